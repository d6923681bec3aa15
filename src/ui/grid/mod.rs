//! The matrix as plain data: order, scale, geometry and cursor. Nothing here knows of a browser,
//! so all of it is tested natively; `ui::matrix` draws it.

mod chart;
mod cursor;
mod layout;
mod order;
mod scale;

pub use chart::{Chart, ChartCell, Measure, Totals};
pub use cursor::{Move, Spot, step};
pub use layout::{Layout, Room};
pub use order::Sort;
pub use scale::{LEVELS, Scale};
