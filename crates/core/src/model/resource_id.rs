//! The paths by which Azure names its resources.

use serde::{Deserialize, Serialize};
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

/// The path of an Azure resource (`/subscriptions/…/providers/…/name`). Azure does not keep its
/// case, so comparing and hashing ignore it; printing keeps what the file had.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
pub struct ResourceId(pub String);

impl ResourceId {
    /// The last segment: the resource's own name.
    pub fn name(&self) -> &str {
        self.0.trim_end_matches('/').rsplit('/').next().unwrap_or_default()
    }

    /// The segment that follows the given one, compared without regard to case:
    /// `resourceGroups`, `virtualNetworks`, …
    pub fn segment(&self, after: &str) -> Option<&str> {
        let mut segments = self.0.split('/');
        segments.find(|s| s.eq_ignore_ascii_case(after))?;
        segments.next().filter(|s| !s.is_empty())
    }

    /// The id up to and with the name that follows the given segment: the virtual network of a
    /// subnet, the NIC of an IP configuration.
    pub fn parent(&self, kind: &str) -> Option<Self> {
        let name = self.segment(kind)?;
        // Both are slices of one string, so their distance is the parent's length.
        let end = name.as_ptr() as usize - self.0.as_ptr() as usize + name.len();
        self.0.get(..end).map(|s| Self(s.to_owned()))
    }

    /// Whether it says which subscription it belongs to; those of templates and lists don't.
    pub fn is_full(&self) -> bool {
        self.segment("subscriptions").is_some()
    }

    fn folded(&self) -> impl Iterator<Item = u8> + '_ {
        self.0.trim_end_matches('/').bytes().map(|b| b.to_ascii_lowercase())
    }
}

impl PartialEq for ResourceId {
    fn eq(&self, other: &Self) -> bool {
        self.0.trim_end_matches('/').eq_ignore_ascii_case(other.0.trim_end_matches('/'))
    }
}

impl Eq for ResourceId {}

impl PartialOrd for ResourceId {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for ResourceId {
    fn cmp(&self, other: &Self) -> Ordering {
        self.folded().cmp(other.folded())
    }
}

impl Hash for ResourceId {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.folded().for_each(|b| state.write_u8(b));
        state.write_u8(0);
    }
}

impl fmt::Display for ResourceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_the_same_in_any_case() {
        let a = ResourceId(
            "/subscriptions/S/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/Hub/subnets/app"
                .into(),
        );
        let b = ResourceId(a.0.to_uppercase());
        assert_eq!(a, b);
        assert_eq!(a.cmp(&b), Ordering::Equal);
        assert_eq!((a.name(), a.segment("RESOURCEGROUPS")), ("app", Some("rg")));
        assert_eq!(a.parent("virtualnetworks").map(|p| p.name().to_owned()).as_deref(), Some("Hub"));
        assert_eq!(a.segment("networkInterfaces"), None);
    }
}
