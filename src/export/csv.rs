//! Tables as CSV (RFC 4180, UTF-8), safe to open in a spreadsheet.

/// A cell that a spreadsheet would take for a formula gets an apostrophe in front: text from a log
/// may be anybody's.
fn guarded(cell: &str) -> String {
    let risky = cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']);
    // A negative number is no formula.
    let number = cell.parse::<f64>().is_ok();
    if risky && !number { format!("'{cell}") } else { cell.to_owned() }
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
    }
}
