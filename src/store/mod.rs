//! The flow store.

use serde::{Deserialize, Serialize};

/// How flows are counted.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Mode {
    /// Each conversation once, whatever the number of NICs that logged it.
    #[default]
    Conversations,
    /// Everything that was logged, added up.
    AsLogged,
}
