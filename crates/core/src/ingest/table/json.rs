//! Splits JSON query results into rows: arrays of objects, one object a line, or columns with arrays.
//!
//! Only brackets and strings are looked at here; each row by itself is read by `serde_json`.

use serde_json::Value;

/// What the text is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Objects, in an array or one after the other: `az monitor log-analytics query`, data export.
    Objects,
    /// `tables`, each with `columns` and `rows`: the REST interfaces.
    Tables,
}

/// A piece that was found whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// A row and the offset of its first byte.
    Row(u64, Vec<u8>),
    /// The list of columns of a table.
    Columns(Vec<u8>),
}

/// The longest row that is kept together.
const MAX_ROW: usize = 1 << 20;

/// See the module's description.
#[derive(Debug)]
pub struct JsonRows {
    shape: Shape,
    offset: u64,
    depth: u32,
    in_string: bool,
    escaped: bool,
    /// In tables: the last string outside rows, which may be a key.
    key: Vec<u8>,
    in_rows: bool,
    /// What is being kept, from which offset, and the depth at which it ends.
    kept: Option<(u64, Vec<u8>, u32, bool)>,
}

impl JsonRows {
    pub fn new(shape: Shape) -> Self {
        Self {
            shape,
            offset: 0,
            depth: 0,
            in_string: false,
            escaped: false,
            key: Vec::new(),
            in_rows: false,
            kept: None,
        }
    }

    /// Whether the text ended inside a row.
    pub fn is_inside(&self) -> Option<u64> {
        self.kept.as_ref().map(|(start, ..)| *start)
    }

    /// Reads on; hands out what is whole.
    pub fn push(&mut self, bytes: &[u8], out: &mut Vec<Piece>) {
        for &byte in bytes {
            self.byte(byte, out);
            self.offset += 1;
        }
    }

    fn byte(&mut self, byte: u8, out: &mut Vec<Piece>) {
        if let Some((_, kept, ..)) = &mut self.kept
            && kept.len() < MAX_ROW
        {
            kept.push(byte);
        }
        if self.in_string {
            match byte {
                _ if self.escaped => self.escaped = false,
                b'\\' => self.escaped = true,
                b'"' => self.in_string = false,
                _ if self.kept.is_none() && self.key.len() < 64 => self.key.push(byte),
                _ => {}
            }
            return;
        }
        match byte {
            b'"' => {
                self.in_string = true;
                if self.kept.is_none() {
                    self.key.clear();
                }
            }
            b'{' | b'[' => {
                self.depth += 1;
                if self.kept.is_none() && self.begins(byte) {
                    let columns = self.shape == Shape::Tables && !self.in_rows;
                    self.kept = Some((self.offset, vec![byte], self.depth - 1, columns));
                }
            }
            b'}' | b']' => {
                self.depth = self.depth.saturating_sub(1);
                if self.shape == Shape::Tables && self.depth < 4 {
                    self.in_rows = false;
                }
                if let Some((start, kept, depth, columns)) = self.kept.take() {
                    if self.depth > depth {
                        self.kept = Some((start, kept, depth, columns));
                    } else if columns {
                        out.push(Piece::Columns(kept));
                    } else {
                        out.push(Piece::Row(start, kept));
                    }
                }
            }
            _ => {}
        }
    }

    /// Whether the bracket that was just opened begins a piece.
    fn begins(&mut self, byte: u8) -> bool {
        match self.shape {
            Shape::Objects => byte == b'{',
            Shape::Tables if byte == b'[' && self.depth == 4 && self.key.eq_ignore_ascii_case(b"rows") => {
                self.in_rows = true;
                false
            }
            Shape::Tables => {
                byte == b'['
                    && (self.in_rows && self.depth == 5
                        || self.depth == 4 && self.key.eq_ignore_ascii_case(b"columns"))
            }
        }
    }
}

/// The text of a cell.
pub fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(shape: Shape, text: &str, piece: usize) -> Vec<String> {
        let mut reader = JsonRows::new(shape);
        let mut out = Vec::new();
        for piece in text.as_bytes().chunks(piece) {
            reader.push(piece, &mut out);
        }
        let text = |p: Piece| match p {
            Piece::Row(_, bytes) => String::from_utf8(bytes).unwrap(),
            Piece::Columns(bytes) => format!("columns {}", String::from_utf8(bytes).unwrap()),
        };
        out.into_iter().map(text).collect()
    }

    #[test]
    fn objects_and_tables_are_split() {
        for piece in [1, 3, 1000] {
            assert_eq!(
                rows(Shape::Objects, r#"[{"a":"}"},{"b":{"c":[1]}}]"#, piece),
                [r#"{"a":"}"}"#, r#"{"b":{"c":[1]}}"#]
            );
            assert_eq!(rows(Shape::Objects, "{\"a\":1}\n{\"a\":2}\n", piece), [r#"{"a":1}"#, r#"{"a":2}"#]);
            assert_eq!(
                rows(
                    Shape::Tables,
                    r#"{"tables":[{"name":"P","columns":[{"name":"A","type":"x"}],"rows":[["1","]"],["2",null]]}]}"#,
                    piece
                ),
                [r#"columns [{"name":"A","type":"x"}]"#, r#"["1","]"]"#, r#"["2",null]"#]
            );
        }
    }
}
