//! Names of files that are saved: what it is, over which days, through which filter.

use azflow_core::model::UnixMillis;

/// A filter's part of the name has so many characters at most.
const MOST: usize = 40;

/// `azflow-matrix_2026-10-01_2026-10-31_src-web.svg`: letters, digits, dots and hyphens only, whatever the filter.
pub fn file_name(what: &str, span: Option<(UnixMillis, UnixMillis)>, filter: &str, ending: &str) -> String {
    let mut name = format!("azflow-{what}");
    if let Some((first, last)) = span {
        let (first, last) = (first.to_day(), last.to_day());
        name.push_str(&format!("_{first}"));
        if first != last {
            name.push_str(&format!("_{last}"));
        }
    }
    let mut slug = String::new();
    for c in filter.chars() {
        if c.is_ascii_alphanumeric() || c == '.' {
            slug.push(c);
        } else if !slug.ends_with('-') {
            slug.push('-');
        }
    }
    let slug: String = slug.trim_matches(['-', '.']).chars().take(MOST).collect();
    if !slug.is_empty() {
        name.push('_');
        name.push_str(slug.trim_end_matches(['-', '.']));
    }
    format!("{name}.{ending}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_what_when_and_through_which_filter() {
        let at = |text: &str| UnixMillis::from_iso(text).unwrap();
        let span = Some((at("2026-10-01T00:00:00Z"), at("2026-10-31T23:59:59Z")));
        let name = file_name("matrix", span, "src:web port:443,8000 -rule:\"Deny *\"", "svg");
        assert_eq!(name, "azflow-matrix_2026-10-01_2026-10-31_src-web-port-443-8000-rule-Deny.svg");
        assert_eq!(file_name("bars", None, "../../<x>", "png"), "azflow-bars_x.png");
        let day = Some((at("2026-10-01T00:00:00Z"), at("2026-10-01T20:00:00Z")));
        assert_eq!(file_name("timeline", day, "", "png"), "azflow-timeline_2026-10-01.png");
        assert!(file_name("matrix", None, &"x".repeat(500), "svg").len() < 80);
    }
}
