//! The matrix as plain data: order, scale, geometry and cursor. Nothing here knows of a browser,
//! so all of it is tested natively; `ui::matrix` draws it.

mod axis;
mod chart;
mod cursor;
mod layout;
mod order;
mod palette;
mod parts;
mod picture;
mod scale;
mod search;
mod similar;

pub use axis::{Axis, Group};
pub use chart::{Arrange, Chart, ChartCell, Measure, Totals};
pub use cursor::{Move, Spot, step};
pub use layout::{Layout, Room, Zoom};
pub use order::Sort;
pub use palette::{Palette, opacity};
pub use parts::{Parts, Rect, bars, elided, parts};
pub use picture::{Bar, Caption, bar_picture, bracket_room, matrix_picture, timeline_picture};
pub use scale::{LEVELS, Scale};
pub use search::{Hit, search};
