//! The colours as the style sheet has them now, and the hatch for SVG.

use super::browser::token;
use super::grid::Palette;
use yew::prelude::*;

/// The palette of the theme that is shown. Read anew when the theme changes.
pub fn palette() -> Palette {
    Palette::of(token)
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
                <pattern id="grid" width="6" height="6" patternUnits="userSpaceOnUse">
                    <path class="hatch-line" d="M0 0h6v1.400h-4.600v4.600h-1.400z" />
                </pattern>
                <pattern id="dots" width="6" height="6" patternUnits="userSpaceOnUse">
                    <path class="hatch-line" d="M0 0h2v2h-2zM3 3h2v2h-2z" />
                </pattern>
                <pattern id="gap" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
                    <rect class="gap-line" width="1.4" height="6" />
                </pattern>
            </defs>
        </svg>
    }
}
