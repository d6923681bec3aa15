//! Leaves out of a script or style sheet what only people read: comments and indentation.
//!
//! Only whole lines go, and line ends stay, so that nothing has to be parsed: a line that begins with a
//! comment's sign begins a comment unless it is inside a text of several lines, and where there may be
//! one, everything stays as it is.

/// The text without lines that are nothing but comments, empty lines, and space before lines.
pub fn bare(text: &str) -> String {
    if text.lines().any(goes_on) {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut in_comment = false;
    for line in text.lines().map(str::trim) {
        let comment = if in_comment { Some(line) } else { line.strip_prefix("/*") };
        match comment.map(|comment| comment.split_once("*/")) {
            Some(None) => in_comment = true,
            Some(Some((_, behind))) => {
                in_comment = false;
                // Code behind a comment's end is left alone with it, and so is what may begin another.
                if !behind.is_empty() {
                    return text.to_owned();
                }
            }
            None if line.is_empty() || line.starts_with("//") => {}
            None => {
                // A comment that begins behind code may go on over lines.
                if opens_comment(line) {
                    return text.to_owned();
                }
                out.push_str(line);
                out.push('\n');
            }
        }
    }
    if in_comment { text.to_owned() } else { out }
}

/// Whether a text may go on in the next line: a template with an end of line in it, or an escaped one.
fn goes_on(line: &str) -> bool {
    line.matches('`').count() % 2 == 1 || line.ends_with('\\')
}

/// Whether a comment (or what looks like one) begins in the line and does not end there.
fn opens_comment(line: &str) -> bool {
    line.rsplit_once("/*").is_some_and(|(_, comment)| !comment.contains("*/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_indentation_go() {
        let text = "/**\n * What it does.\n * @param {number} a\n */\nfunction f(a) {\n\n    // Why.\n    return a; // here\n    /* one line */\n}\n";
        assert_eq!(bare(text), "function f(a) {\nreturn a; // here\n}\n");
        assert_eq!(bare("/* a */\na {\n  b: c; /* d */\n}\n"), "a {\nb: c; /* d */\n}\n");
    }

    #[test]
    fn what_may_be_a_text_of_several_lines_stays() {
        for text in [
            "f(`\n  // not a comment\n`);\n",
            "f('\\\n  // not a comment');\n",
            "f(); /* a comment\n  // of */ g();\n",
            "/* a comment */ f();\n",
            "/* never\n ends\n",
        ] {
            assert_eq!(bare(text), text);
        }
        assert_eq!(bare("f(`a ${b} /* c */`);\n"), "f(`a ${b} /* c */`);\n");
    }
}
