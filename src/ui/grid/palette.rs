//! The colours of `styles/tokens.css` for what is drawn elsewhere than by the style sheet.

use super::LEVELS;

/// A colour's red, green and blue.
type Rgb = (u8, u8, u8);

/// Everything that canvases and pictures are painted with.
#[derive(Debug, Clone, PartialEq)]
pub struct Palette {
    /// Allowed, by level of depth.
    pub allowed: Vec<String>,
    /// Denied, by level of depth.
    pub denied: Vec<String>,
    /// Allowed at its deepest.
    pub allowed_rgb: Rgb,
    /// Denied at its deepest.
    pub denied_rgb: Rgb,
    /// Denied before, and let in by the rules that are looked at.
    pub opened: String,
    /// Not to be told.
    pub open: String,
    /// The lines of the hatch.
    pub hatch: String,
    /// A pair never seen.
    pub never: String,
    /// The diagonal.
    pub diagonal: String,
    /// The page behind the matrix.
    pub page: String,
    /// Text.
    pub ink: String,
    /// Lesser text.
    pub mute: String,
    /// Hairlines.
    pub line: String,
    /// The cursor.
    pub accent: String,
    /// The band along the cursor's row and column.
    pub band: String,
    /// The font family.
    pub font: String,
}

/// The opacity of a level: the lightest is still seen.
pub fn opacity(level: usize) -> f64 {
    0.2 + 0.8 * level as f64 / (LEVELS - 1) as f64
}

impl Palette {
    /// From the values of the tokens.
    pub fn of(token: impl Fn(&str) -> String) -> Self {
        let triple = |name: &str| -> Rgb {
            let text = token(name);
            let mut parts = text.split_whitespace().map(|part| part.parse().unwrap_or(0));
            let mut next = || parts.next().unwrap_or(0);
            (next(), next(), next())
        };
        let css = |(r, g, b): Rgb| format!("rgb({r},{g},{b})");
        let (allowed_rgb, denied_rgb, never) =
            (triple("--allowed-rgb"), triple("--denied-rgb"), triple("--never-rgb"));
        let steps = |(r, g, b): Rgb| -> Vec<String> {
            // Mixed with the empty cell's colour instead of transparent: overlaps cannot darken.
            let mix = |k: f64, from: u8, to: u8| {
                (f64::from(from) + (f64::from(to) - f64::from(from)) * k).round() as u8
            };
            let step = |k: f64| css((mix(k, never.0, r), mix(k, never.1, g), mix(k, never.2, b)));
            (0..LEVELS).map(opacity).map(step).collect()
        };
        Self {
            allowed: steps(allowed_rgb),
            denied: steps(denied_rgb),
            allowed_rgb,
            denied_rgb,
            opened: token("--opened"),
            open: token("--open"),
            hatch: token("--hatch"),
            never: css(never),
            diagonal: token("--diagonal"),
            page: token("--page"),
            ink: token("--ink"),
            mute: token("--mute"),
            line: token("--line"),
            accent: token("--accent"),
            band: token("--band"),
            font: token("--font"),
        }
    }
}
