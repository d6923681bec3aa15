//! Writes pictures as SVG text. Whatever is drawn, the result is well-formed XML: text and attributes are
//! escaped, and characters that XML has no place for are replaced.

/// A picture that is being written.
#[derive(Debug, Default)]
pub struct Svg {
    out: String,
}

/// How text stands at its place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TextAt {
    /// The place of its baseline.
    pub at: (f64, f64),
    /// `start`, `middle` or `end`.
    pub anchor: &'static str,
    /// Degrees, clockwise around its place.
    pub turn: f64,
    /// In pixels.
    pub size: f64,
    /// Whether it is heavy.
    pub strong: bool,
}

impl TextAt {
    /// Plain text that begins here.
    pub fn new(x: f64, y: f64) -> Self {
        Self { at: (x, y), anchor: "start", turn: 0.0, size: 11.5, strong: false }
    }
}

impl Svg {
    /// Begins a picture of this size in pixels on this ground. The title is what a screen reader says.
    pub fn new((width, height): (f64, f64), title: &str, font: &str, ground: &str) -> Self {
        let mut svg = Self::default();
        svg.out.push_str("<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\"");
        for (name, value) in [("width", width), ("height", height)] {
            svg.number(name, value);
        }
        svg.attribute("viewBox", &format!("0 0 {} {}", coordinate(width), coordinate(height)));
        svg.attribute("font-family", font);
        svg.out.push_str("><title>");
        svg.out.push_str(&escaped(title));
        svg.out.push_str("</title>");
        svg.rects(&[(0.0, 0.0, width, height)], ground);
        svg
    }

    /// Makes the hatch, which `url(#hatch)` fills with.
    pub fn hatch(&mut self, colour: &str) {
        self.out.push_str(
            "<defs><pattern id=\"hatch\" width=\"5\" height=\"5\" patternUnits=\"userSpaceOnUse\" \
             patternTransform=\"rotate(45)\"><rect width=\"2\" height=\"5\"",
        );
        self.attribute("fill", colour);
        self.out.push_str("/></pattern></defs>");
    }

    /// Rectangles (left, top, width, height) of one colour, as one path.
    pub fn rects(&mut self, rects: &[(f64, f64, f64, f64)], fill: &str) {
        let mut path = String::new();
        for (x, y, w, h) in rects {
            path.push_str(&format!(
                "M{} {}h{}v{}h-{}z",
                coordinate(*x),
                coordinate(*y),
                coordinate(*w),
                coordinate(*h),
                coordinate(*w)
            ));
        }
        self.path(&path, &[("fill", fill)]);
    }

    /// A path with its attributes; nothing for an empty one.
    pub fn path(&mut self, path: &str, attributes: &[(&str, &str)]) {
        if path.is_empty() {
            return;
        }
        self.out.push_str("\n<path");
        self.attribute("d", path);
        attributes.iter().for_each(|(name, value)| self.attribute(name, value));
        self.out.push_str("/>");
    }

    /// Text.
    pub fn text(&mut self, place: TextAt, fill: &str, text: &str) {
        let (x, y) = place.at;
        self.out.push_str("\n<text");
        if place.turn == 0.0 {
            self.number("x", x);
            self.number("y", y);
        } else {
            let turn =
                format!("translate({} {}) rotate({})", coordinate(x), coordinate(y), coordinate(place.turn));
            self.attribute("transform", &turn);
        }
        self.number("font-size", place.size);
        if place.anchor != "start" {
            self.attribute("text-anchor", place.anchor);
        }
        if place.strong {
            self.attribute("font-weight", "600");
        }
        self.attribute("fill", fill);
        self.out.push('>');
        self.out.push_str(&escaped(text));
        self.out.push_str("</text>");
    }

    /// The whole document.
    pub fn finish(mut self) -> String {
        self.out.push_str("\n</svg>\n");
        self.out
    }

    fn attribute(&mut self, name: &str, value: &str) {
        for part in [" ", name, "=\"", &escaped(value), "\""] {
            self.out.push_str(part);
        }
    }

    fn number(&mut self, name: &str, value: f64) {
        self.attribute(name, &coordinate(value));
    }
}

/// A coordinate to a hundredth, without what says nothing; nothing that is no number.
pub fn coordinate(value: f64) -> String {
    // Casting clamps, and makes a zero of what is no number.
    let hundredths = (value * 100.0).round() as i64;
    let (whole, rest) = ((hundredths / 100).unsigned_abs(), hundredths.unsigned_abs() % 100);
    let sign = if hundredths < 0 { "-" } else { "" };
    match rest {
        0 => format!("{sign}{whole}"),
        _ if rest.is_multiple_of(10) => format!("{sign}{whole}.{}", rest / 10),
        _ => format!("{sign}{whole}.{rest:02}"),
    }
}

/// Text as XML content or attribute.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            // XML 1.0, production 2: no other control characters, no noncharacters at the end of the plane.
            '\t' | '\n' | '\r' => out.push(' '),
            c if c < ' ' || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coordinates_are_short() {
        let texts = [12.0, -0.5, 3.456, 0.004, f64::NAN, 1e3].map(coordinate);
        assert_eq!(texts, ["12", "-0.5", "3.46", "0", "0", "1000"]);
    }

    #[test]
    fn hostile_names_stay_text() {
        assert_eq!(escaped("<script>&\"\u{0}\u{1b}"), "&lt;script&gt;&amp;&quot;\u{fffd}\u{fffd}");
    }
}
