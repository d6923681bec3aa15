//! What is said while files hover over the window and when they are dropped.

/// While files hover over the window.
pub const DROP: &str = "Let go to read these files";
/// Keeps what is loaded and adds the drop to it.
pub const ADD: &str = "Add to it";
/// Loads the drop instead of what is loaded.
pub const REPLACE: &str = "Replace it";
/// The hidden input for files.
pub const FILES: &str = "Flow log files to read";
/// The hidden input for a folder.
pub const FOLDER: &str = "Folder of flow logs to read";
/// The drop question.
pub const DROP_QUESTION: &str = "Add these files to what is loaded, or replace it?";
