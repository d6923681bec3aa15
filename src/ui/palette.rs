//! The colours of `styles/tokens.css` for canvases, and the hatch for SVG.

use super::browser::token;
use super::grid::LEVELS;
use yew::prelude::*;

/// A colour's red, green and blue.
pub type Rgb = (u8, u8, u8);

/// Everything a canvas paints with. Read anew when the theme changes.
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
    /// Reads the tokens.
    pub fn read() -> Self {
        let (allowed_rgb, denied_rgb) = (triple("--allowed-rgb"), triple("--denied-rgb"));
        let page = triple("--never-rgb");
        let steps = |(r, g, b): Rgb| -> Vec<String> {
            // Mixed with the empty cell's colour instead of transparent: overlaps cannot darken.
            let mix = |k: f64, from: u8, to: u8| f64::from(from) + (f64::from(to) - f64::from(from)) * k;
            (0..LEVELS)
                .map(opacity)
                .map(|k| {
                    format!("rgb({:.0},{:.0},{:.0})", mix(k, page.0, r), mix(k, page.1, g), mix(k, page.2, b))
                })
                .collect()
        };
        Self {
            allowed: steps(allowed_rgb),
            denied: steps(denied_rgb),
            allowed_rgb,
            denied_rgb,
            hatch: token("--hatch"),
            never: css(page),
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

/// `rgb(…)` of a colour.
pub fn css((r, g, b): Rgb) -> String {
    format!("rgb({r},{g},{b})")
}

fn triple(name: &str) -> Rgb {
    let text = token(name);
    let mut parts = text.split_whitespace().map(|part| part.parse().unwrap_or(0));
    let mut next = || parts.next().unwrap_or(0);
    (next(), next(), next())
}

/// The hatch that every denied bar in the document is filled with, and that of hours without logs.
#[component]
pub fn Patterns() -> Html {
    html! {
        <svg class="patterns" width="0" height="0" aria-hidden="true" focusable="false">
            <defs>
                <pattern id="hatch" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
                    <rect class="hatch-line" width="2" height="5" />
                </pattern>
                <pattern id="gap" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
                    <rect class="gap-line" width="1.4" height="6" />
                </pattern>
            </defs>
        </svg>
    }
}
