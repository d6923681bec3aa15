//! JSON strings and white space inside the scanner's buffer.

/// Where a string ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// The index of the closing quote, and whether the string has escapes.
    At(usize, bool),
    /// Not inside these bytes.
    Missing,
}

/// Finds the closing quote of the string whose opening quote is at `open`.
pub fn string_end(bytes: &[u8], open: usize) -> End {
    let mut at = open + 1;
    let mut escaped = false;
    while let Some(found) = bytes.get(at..).and_then(|rest| memchr::memchr2(b'"', b'\\', rest)) {
        if bytes[at + found] == b'"' {
            return End::At(at + found, escaped);
        }
        escaped = true;
        at += found + 2;
    }
    End::Missing
}

/// The index of the first byte from `at` on that is not JSON white space, or the length.
#[inline]
pub fn skip_space(bytes: &[u8], mut at: usize) -> usize {
    while let Some(b' ' | b'\n' | b'\r' | b'\t') = bytes.get(at) {
        at += 1;
    }
    at
}

/// Resolves the escapes of a string's content; what is no escape stays as it is.
pub fn unescape(content: &[u8]) -> Vec<u8> {
    let mut quoted = Vec::with_capacity(content.len() + 2);
    quoted.push(b'"');
    quoted.extend_from_slice(content);
    quoted.push(b'"');
    match serde_json::from_slice::<String>(&quoted) {
        Ok(text) => text.into_bytes(),
        Err(_) => content.to_vec(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_escaped_quote_does_not_end_a_string() {
        assert_eq!(string_end(br#""ab","#, 0), End::At(3, false));
        assert_eq!(string_end(br#""a\"b""#, 0), End::At(5, true));
        assert_eq!(string_end(br#""a\\""#, 0), End::At(4, true));
        assert_eq!(string_end(br#""a\"#, 0), End::Missing);
    }

    #[test]
    fn escapes_are_resolved() {
        assert_eq!(unescape(br"a\u0031\/\n"), b"a1/\n");
        assert_eq!(unescape(br"a\q"), br"a\q");
    }
}
