//! The page: Yew components, one file a screen. Holds no data beyond what is on screen.
