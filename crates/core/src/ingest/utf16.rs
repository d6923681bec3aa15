//! UTF-16 to UTF-8 in pieces, remembering which byte of the file each byte of text came from.
//! PowerShell's `>` writes UTF-16, and people save downloads that way.

/// After this many changes between scripts, offsets are extrapolated rather than remembered.
const MAX_SPANS: usize = 1 << 20;

/// A run of characters whose UTF-16 and UTF-8 lengths have one ratio.
#[derive(Debug, Clone, Copy)]
struct Span {
    text: u64,
    raw: u64,
    raw_per_char: u64,
    text_per_char: u64,
}

/// See the module's description.
#[derive(Debug)]
pub struct Utf16 {
    big_endian: bool,
    pending: Vec<u8>,
    high: Option<u16>,
    spans: Vec<Span>,
    text: u64,
    raw: u64,
}

impl Utf16 {
    /// `raw` is the number of bytes of the file before the first one given.
    pub fn new(big_endian: bool, raw: u64) -> Self {
        Self { big_endian, pending: Vec::new(), high: None, spans: Vec::new(), text: 0, raw }
    }

    /// Decodes a piece of any length.
    pub fn decode(&mut self, bytes: &[u8]) -> String {
        self.pending.extend_from_slice(bytes);
        let whole = self.pending.len() / 2 * 2;
        let pending = std::mem::take(&mut self.pending);
        let mut out = String::with_capacity(whole / 2);
        for pair in pending[..whole].chunks_exact(2) {
            let pair = [pair[0], pair[1]];
            self.unit(
                if self.big_endian { u16::from_be_bytes(pair) } else { u16::from_le_bytes(pair) },
                &mut out,
            );
        }
        self.pending.extend_from_slice(&pending[whole..]);
        out
    }

    /// What is left at the end of the file: half a character becomes U+FFFD.
    pub fn finish(&mut self) -> String {
        let mut out = String::new();
        if self.high.take().is_some() {
            self.emit(char::REPLACEMENT_CHARACTER, 2, &mut out);
        }
        if !self.pending.is_empty() {
            self.pending.clear();
            self.emit(char::REPLACEMENT_CHARACTER, 1, &mut out);
        }
        out
    }

    /// The offset in the file of an offset in the text.
    pub fn raw_offset(&self, text: u64) -> u64 {
        let index = self.spans.partition_point(|s| s.text <= text);
        match index.checked_sub(1).and_then(|i| self.spans.get(i)) {
            Some(span) => span.raw + (text - span.text) * span.raw_per_char / span.text_per_char,
            None => text,
        }
    }

    fn unit(&mut self, unit: u16, out: &mut String) {
        if let Some(high) = self.high.take() {
            if let Some(Ok(c)) = char::decode_utf16([high, unit]).next() {
                return self.emit(c, 4, out);
            }
            self.emit(char::REPLACEMENT_CHARACTER, 2, out);
        }
        match unit {
            0xd800..=0xdbff => self.high = Some(unit),
            _ => self.emit(char::from_u32(u32::from(unit)).unwrap_or(char::REPLACEMENT_CHARACTER), 2, out),
        }
    }

    fn emit(&mut self, c: char, raw: u64, out: &mut String) {
        out.push(c);
        let text = c.len_utf8() as u64;
        let same = self.spans.last().is_some_and(|s| s.raw_per_char == raw && s.text_per_char == text);
        if !same && self.spans.len() < MAX_SPANS {
            self.spans.push(Span { text: self.text, raw: self.raw, raw_per_char: raw, text_per_char: text });
        }
        self.text += text;
        self.raw += raw;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_offsets_survive_any_cut() {
        let text = "{\"é€😀\":1}";
        let raw: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        for cut in 0..raw.len() {
            let mut decoder = Utf16::new(false, 2);
            let mut out = decoder.decode(&raw[..cut]);
            out.push_str(&decoder.decode(&raw[cut..]));
            out.push_str(&decoder.finish());
            assert_eq!(out, text);
            let colon = text.find(':').unwrap() as u64;
            assert_eq!(decoder.raw_offset(0), 2);
            assert_eq!(decoder.raw_offset(colon), 2 + 2 * 7);
        }
    }

    #[test]
    fn lonely_surrogates_and_an_odd_byte_become_replacement_characters() {
        let mut decoder = Utf16::new(true, 0);
        assert_eq!(decoder.decode(&[0xd8, 0, 0, b'a', 0xdc]), "\u{fffd}a");
        assert_eq!(decoder.finish(), "\u{fffd}");
    }
}
