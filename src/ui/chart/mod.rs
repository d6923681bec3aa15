//! The chart over time, with plotters on a canvas, and its table; saving charts as pictures.

mod picture;
mod timeline;

pub use picture::{SavePicture, Wanted};
pub use timeline::{BELOW, Look, Timeline, TimelineTable, draw};
