//! Records of a flow log inside a quoted column of a CSV, as pipelines and SIEMs export raw events.
//!
//! The text is turned into JSON with its bytes where they were, so that offsets and sums of bytes are the file's: what
//! lies outside such cells becomes white space, and of the two quotes that stand for one the second does. Where a
//! quote belongs to a text inside the JSON (`\""`), the space is made up for behind that text.

/// A cell that begins like this holds a record, or the wrapper of some.
const KEYS: [&str; 3] = ["\"\"flowtuples\"\"", "\"\"flowrecords\"\"", "\"\"flowlogversion\"\""];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    /// Outside quotes; whether a cell begins here.
    Plain { begins: bool },
    /// Behind the quote that opens a cell, before anything visible.
    Opened,
    /// In a cell that holds no JSON; whether the last byte was a quote that may end it.
    Other { quote: bool },
    /// In a cell that holds JSON.
    Json,
}

/// See the module's description.
#[derive(Debug)]
pub struct Cells {
    at: At,
    separator: u8,
    /// In JSON: whether the last byte was the first of two quotes, or ends the cell.
    quote: bool,
    /// Whether a text of the JSON is open.
    in_text: bool,
    /// Whether the text's last byte was a backslash that escapes.
    escaped: bool,
    /// Spaces to be made up for.
    owed: usize,
}

impl Cells {
    /// For a text that begins like this, if it is a table with such a column.
    pub fn detect(head: &[u8]) -> Option<Self> {
        let text = String::from_utf8_lossy(head);
        let trimmed = text.trim_start_matches(['\u{feff}', ' ', '\n', '\r', '\t']);
        if trimmed.starts_with(['{', '[']) {
            return None;
        }
        let lower = text.to_ascii_lowercase();
        let opens =
            [",\"{", ";\"{", "\t\"{", "\n\"{", ",\"[{", "\n\"[{"].iter().any(|open| lower.contains(open));
        if !opens || !KEYS.iter().any(|key| lower.contains(key)) {
            return None;
        }
        let line = trimmed.lines().next().unwrap_or_default();
        let separator =
            [b',', b';', b'\t'].into_iter().max_by_key(|s| line.bytes().filter(|b| b == s).count());
        Some(Self {
            at: At::Plain { begins: true },
            separator: separator.unwrap_or(b','),
            quote: false,
            in_text: false,
            escaped: false,
            owed: 0,
        })
    }

    /// Reads on: as many bytes come out as go in, but for a quote at the end that is still open to be one of two.
    pub fn push(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        for byte in bytes {
            self.byte(*byte, out);
        }
    }

    /// Ends the text.
    pub fn finish(&mut self, out: &mut Vec<u8>) {
        if std::mem::take(&mut self.quote) {
            out.push(b' ');
        }
        out.extend(std::iter::repeat_n(b' ', std::mem::take(&mut self.owed)));
    }

    fn byte(&mut self, byte: u8, out: &mut Vec<u8>) {
        match self.at {
            At::Plain { begins } => {
                self.at = match byte {
                    b'"' if begins => At::Opened,
                    b'\n' => At::Plain { begins: true },
                    _ => At::Plain { begins: byte == self.separator },
                };
                out.push(if byte == b'\n' { b'\n' } else { b' ' });
            }
            At::Opened => {
                self.at = match byte {
                    b' ' | b'\r' | b'\n' | b'\t' => At::Opened,
                    b'{' | b'[' => At::Json,
                    _ => At::Other { quote: byte == b'"' },
                };
                out.push(if self.at == At::Json { byte } else { b' ' });
            }
            At::Other { quote } => {
                self.at = match byte {
                    b'"' => At::Other { quote: !quote },
                    // The quote before this byte has ended the cell.
                    _ if quote => At::Plain { begins: byte == self.separator || byte == b'\n' },
                    _ => At::Other { quote: false },
                };
                out.push(b' ');
            }
            At::Json => self.json(byte, out),
        }
    }

    fn json(&mut self, byte: u8, out: &mut Vec<u8>) {
        match (std::mem::take(&mut self.quote), byte) {
            (false, b'"') => self.quote = true,
            (true, b'"') if self.escaped => {
                // Part of a text: nothing may be put beside it.
                self.escaped = false;
                out.push(b'"');
                self.owed += 1;
            }
            (true, b'"') => {
                self.in_text = !self.in_text;
                out.push(b'"');
                if self.in_text {
                    // Before the text nothing may be put any more; what it takes is made up for behind it.
                    self.owed += 1;
                } else {
                    out.extend(std::iter::repeat_n(b' ', 1 + std::mem::take(&mut self.owed)));
                }
            }
            (true, _) => {
                // One quote alone ends the cell.
                out.extend(std::iter::repeat_n(b' ', 1 + std::mem::take(&mut self.owed)));
                (self.in_text, self.escaped) = (false, false);
                self.at = At::Plain { begins: true };
                self.byte(byte, out);
            }
            (false, _) => {
                self.escaped = self.in_text && byte == b'\\' && !self.escaped;
                out.push(byte);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "source,raw\nnsg,\"{\"\"time\"\":\"\"t\"\",\"\"flowTuples\"\":[\"\"a\\\"\"b\"\",\"\"c\"\"]}\"\nx,\"y \"\"z\"\" w\",\"{\"\"k\"\":1}\"\n";

    fn read(text: &str, piece: usize) -> String {
        let mut cells = Cells::detect(text.as_bytes()).unwrap();
        let mut out = Vec::new();
        text.as_bytes().chunks(piece).for_each(|piece| cells.push(piece, &mut out));
        cells.finish(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn cells_of_json_are_read_where_they_are() {
        for piece in [1, 3, 1000] {
            let out = read(TABLE, piece);
            assert_eq!(out.len(), TABLE.len());
            let found: Vec<serde_json::Value> =
                serde_json::Deserializer::from_str(&out).into_iter().map(Result::unwrap).collect();
            assert_eq!(found.len(), 2, "{out}");
            assert_eq!(found[0]["flowTuples"], serde_json::json!(["a\"b", "c"]));
            assert_eq!(out.find('{'), TABLE.find('{'));
        }
    }

    #[test]
    fn other_texts_are_left_alone() {
        for text in ["{\"flowTuples\":[]}", "a,b\n1,2\n", "a,b\n1,\"{\"\"time\"\":1}\"\n", ""] {
            assert!(Cells::detect(text.as_bytes()).is_none(), "{text}");
        }
    }
}
