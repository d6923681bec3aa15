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

/// The rows of a table as spreadsheets write it: separated by commas, semicolons or tabs, whichever its first
/// lines have most of; quotes keep separators and line breaks together. The apostrophe of [`line`] goes.
pub fn rows(text: &str) -> Vec<Vec<String>> {
    let text = text.trim_start_matches('\u{feff}');
    let count =
        |separator: char| text.lines().take(3).map(|line| line.matches(separator).count()).sum::<usize>();
    let separator =
        [';', '\t'].into_iter().fold(',', |best, s| if count(s) > count(best) { s } else { best });
    let mut rows = vec![vec![String::new()]];
    let mut quoted = false;
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        let Some(cell) = rows.last_mut().and_then(|row| row.last_mut()) else { break };
        match letter {
            '"' if quoted && letters.peek() == Some(&'"') => {
                letters.next();
                cell.push('"');
            }
            '"' if quoted || cell.is_empty() => quoted = !quoted,
            '\r' if !quoted => {}
            '\n' if !quoted => rows.push(vec![String::new()]),
            _ if letter == separator && !quoted => {
                if let Some(row) = rows.last_mut() {
                    row.push(String::new());
                }
            }
            _ => cell.push(letter),
        }
    }
    for cell in rows.iter_mut().flatten() {
        if cell.strip_prefix('\'').is_some_and(|rest| guarded(rest) != rest) {
            cell.remove(0);
        }
    }
    rows
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

    #[test]
    fn rows_come_back_as_they_were_written_or_as_a_spreadsheet_has_them() {
        let cells = ["=1+1", "a,b;c", "say \"so\"", "two\r\nlines", "-5", "'x", ""];
        assert_eq!(rows(&line(&cells)), [cells.map(str::to_owned).to_vec(), vec![String::new()]]);
        assert_eq!(rows("\u{feff}a;b,c;d\n1;2;3"), [["a", "b,c", "d"], ["1", "2", "3"]]);
        assert_eq!(rows("a\tb\n\"x\ty\"\tz"), [["a", "b"], ["x\ty", "z"]]);
    }
}
