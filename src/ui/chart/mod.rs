//! The chart over time, with plotters on a canvas, and its table.

mod timeline;

pub use timeline::{BELOW, Look, Timeline, TimelineTable, draw};
