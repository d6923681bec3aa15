//! The chart over time, with plotters on a canvas, and its table; saving charts as pictures.

mod picture;
mod table;
mod timeline;

pub use picture::{SavePicture, Wanted};
pub use table::TimelineTable;
pub use timeline::{BELOW, Look, Timeline, draw};
