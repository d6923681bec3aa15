//! Tables as CSV (RFC 4180, UTF-8), safe to open in a spreadsheet.

/// A cell that a spreadsheet would take for a formula gets an apostrophe in front: text from a log
/// may be anybody's.
fn guarded(cell: &str) -> String {
    let risky = cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']);
    if risky && !is_number(cell) { format!("'{cell}") } else { cell.to_owned() }
}

/// Whether a cell is a plain number with its sign: no formula. (Parsing it would bring the standard
/// library's tables for reading floating point into the page, ten kilobytes.)
fn is_number(cell: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let unsigned = cell.strip_prefix(['-', '+']).unwrap_or(cell);
    match unsigned.split_once('.') {
        Some((whole, part)) => digits(whole) && digits(part),
        None => digits(unsigned),
    }
}

/// One line, its cells quoted where they need it.
pub fn line<S: AsRef<str>>(cells: &[S]) -> String {
    let quoted = |cell: &S| {
        let cell = guarded(cell.as_ref());
        if cell.contains([',', '"', '\n', '\r', ';']) {
            format!("\"{}\"", cell.replace('"', "\"\""))
        } else {
            cell
        }
    };
    let mut out = cells.iter().map(quoted).collect::<Vec<_>>().join(",");
    out.push_str("\r\n");
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_and_formulas_disarmed() {
        assert_eq!(line(&["a", "b,c", "d\"e"]), "a,\"b,c\",\"d\"\"e\"\r\n");
        assert_eq!(line(&["=1+1", "-5", "@x", "-a"]), "'=1+1,-5,'@x,'-a\r\n");
        assert_eq!(line(&["-2.5", "+49", "-1+1", "-", "-1.", "+.5"]), "-2.5,+49,'-1+1,'-,'-1.,'+.5\r\n");
    }
}
