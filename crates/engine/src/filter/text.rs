//! Texts that names are compared with: part of the name, a pattern with `*`, or the whole of it.

/// See the module's description. Case never matters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// As it was written.
    pub text: String,
    /// Whether the name must be just this; `*` then means itself.
    pub exact: bool,
}

impl Text {
    /// Whether a name fits: all of it where the text is exact or has a `*`, else any part of it.
    pub fn fits(&self, name: &str) -> bool {
        let (text, name) = (self.text.to_lowercase(), name.to_lowercase());
        if self.exact {
            return text == name;
        }
        if text.contains('*') { glob(&text, &name) } else { name.contains(&text) }
    }

    /// The same, but a text without `*` is a whole name too: for words such as those of services.
    pub fn is(&self, name: &str) -> bool {
        if self.exact || !self.text.contains('*') {
            return self.text.eq_ignore_ascii_case(name);
        }
        self.fits(name)
    }
}

/// Whether pieces between stars follow each other in the name, the first at its beginning, the last at its end.
fn glob(pattern: &str, name: &str) -> bool {
    let mut pieces = pattern.split('*');
    let Some(mut rest) = pieces.next().and_then(|first| name.strip_prefix(first)) else { return false };
    let Some(last) = pieces.next_back() else { return rest.is_empty() };
    for piece in pieces {
        match rest.find(piece) {
            Some(at) => rest = rest.get(at + piece.len()..).unwrap_or_default(),
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_part_of_a_name_and_a_star_stands_for_anything() {
        let fits = |text: &str, name: &str| Text { text: text.into(), exact: false }.fits(name);
        assert!(fits("WEB", "snet-web-1") && !fits("app", "snet-web-1"));
        for (pattern, good, bad) in [
            ("snet*", "Snet-web", "a-snet"),
            ("*web", "snet-web", "web-1"),
            ("s*w*1", "snet-web-1", "snet-web-2"),
            ("a*a", "aa", "a"),
            ("*", "", "-"),
        ] {
            assert!(fits(pattern, good), "{pattern} {good}");
            assert!(pattern == "*" || !fits(pattern, bad), "{pattern} {bad}");
        }
        let exact = Text { text: "Web*".into(), exact: true };
        assert!(exact.fits("web*") && !exact.fits("web-1"));
    }
}
