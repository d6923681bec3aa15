//! Tables as CSV (RFC 4180, UTF-8), safe to open in a spreadsheet.
//!
//! The library reads. Writing is these few lines, since it would not quote a semicolon, at which a spreadsheet in half
//! of the world's languages splits a cell, nor a tab, at which some split by default.

use csv::ReaderBuilder;

/// A cell that a spreadsheet would take for a formula gets an apostrophe in front: text from a log
/// may be anybody's.
fn guarded(cell: &str) -> String {
    let risky = cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']);
    if risky && !is_number(cell) { format!("'{cell}") } else { cell.to_owned() }
}

/// Whether a cell is a plain number with its sign: no formula. Words such as `-inf`, which parsing would take for a
/// number, are none.
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
        if cell.contains([',', '"', '\n', '\r', ';', '\t']) {
            format!("\"{}\"", cell.replace('"', "\"\""))
        } else {
            cell
        }
    };
    let mut out = cells.iter().map(quoted).collect::<Vec<_>>().join(",");
    out.push_str("\r\n");
    out
}

/// The rows of a table as spreadsheets write it: separated by commas, semicolons or tabs, whichever cuts its first rows
/// most alike; quotes keep separators and line breaks together. The apostrophe of [`line()`] goes. A row has the
/// place that a spreadsheet gives it, so an empty line is a row without cells.
pub fn rows(text: &str) -> Vec<Vec<String>> {
    let text = text.trim_start_matches('\u{feff}');
    // Of those that cut alike the last one.
    let separator = [b'\t', b';', b','].into_iter().max_by_key(|one| alike(text, *one)).unwrap_or(b',');
    let mut rows = Vec::new();
    for record in records(text, separator) {
        let from = record.position().map_or(0, |position| position.byte() as usize);
        rows.resize_with(rows.len() + empty_lines(text, from), Vec::new);
        rows.push(record.iter().map(unguarded).collect());
    }
    rows
}

/// Neither can reading from memory fail nor is there text that is no UTF-8.
fn records(text: &str, separator: u8) -> impl Iterator<Item = csv::StringRecord> {
    let mut reader = ReaderBuilder::new();
    reader.has_headers(false).flexible(true).delimiter(separator);
    reader.from_reader(text.as_bytes()).into_records().map_while(Result::ok)
}

/// How many of the first rows have the same number of cells with a separator, and how many: a note may have more of
/// another separator than its row has cells.
fn alike(text: &str, separator: u8) -> (usize, usize) {
    let cells: Vec<usize> =
        records(text, separator).take(8).map(|row| row.len()).filter(|len| *len > 1).collect();
    let times = |len: &usize| cells.iter().filter(|other| *other == len).count();
    cells.iter().map(|len| (times(len), *len)).max().unwrap_or_default()
}

/// How many empty lines lie before the row that is read from this byte on: the library passes over them.
fn empty_lines(text: &str, from: usize) -> usize {
    let (before, behind) = text.split_at_checked(from).unwrap_or((text, ""));
    // The library ends a row at the carriage return; the line feed that belongs to it is still to come.
    let behind = if before.ends_with('\r') { behind.strip_prefix('\n').unwrap_or(behind) } else { behind };
    behind.chars().take_while(|letter| ['\r', '\n'].contains(letter)).filter(|letter| *letter == '\n').count()
}

/// A cell without the apostrophe of [`line`].
fn unguarded(cell: &str) -> String {
    cell.strip_prefix('\'').filter(|rest| guarded(rest) != *rest).unwrap_or(cell).to_owned()
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
        assert_eq!(rows(&line(&cells)), [cells.map(str::to_owned).to_vec()]);
        assert_eq!(rows("\u{feff}a;b,c;d\n1;2;3"), [["a", "b,c", "d"], ["1", "2", "3"]]);
        assert_eq!(rows("a\tb\n\"x\ty\"\tz"), [["a", "b"], ["x\ty", "z"]]);
        // A note with more of another separator than its row has cells, quoted or not; a title above.
        assert_eq!(rows("a,b\nx,1; 2; 3; 4; 5"), [["a", "b"], ["x", "1; 2; 3; 4; 5"]]);
        assert_eq!(rows("a;b\nx;1\t2\t3\t4\n"), [["a", "b"], ["x", "1\t2\t3\t4"]]);
        assert_eq!(rows("one; two; three\na,b\nc,d")[1..], [["a", "b"], ["c", "d"]]);
        assert_eq!(line(&["a\tb", "c"]), "\"a\tb\",c\r\n");
    }

    #[test]
    fn a_row_has_the_place_that_a_spreadsheet_gives_it() {
        let text = "above\r\n\r\n\"two\nlines\",x\r\n\nlast";
        let expected: [&[&str]; 5] = [&["above"], &[], &["two\nlines", "x"], &[], &["last"]];
        assert_eq!(rows(text), expected);
    }
}
