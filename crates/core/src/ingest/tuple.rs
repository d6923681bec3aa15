//! One flow tuple: a string of 8 or 13 comma-separated fields.
//!
//! Two parsers give the same answer: `fast` walks a well-formed tuple once and gives up at the
//! first surprise; `careful` splits, trims and explains. A change to one needs the other; the
//! property test below holds them together. Facts: docs/FORMATS.md, sections 1 and 2.

use super::IssueCode;
use crate::model::{Address, Counters, Decision, Direction, Protocol, UnixMillis};

/// Whose tuples an array holds, known from the keys around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// NSG flow log: `T|U`, direction, decision and, in version 2, state.
    Nsg,
    /// VNet flow log: protocol number, direction, state, encryption.
    Vnet,
}

/// A tuple with its fields read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FlowTuple<'a> {
    /// When it was logged.
    pub time: UnixMillis,
    /// The initiator.
    pub src: Address,
    /// The responder.
    pub dst: Address,
    /// Source port, as written.
    pub src_port: u16,
    /// Destination port; 0 for protocols without ports.
    pub dst_port: u16,
    /// IP protocol.
    pub protocol: Protocol,
    /// Direction at the NIC.
    pub direction: Direction,
    /// What was decided.
    pub decision: Decision,
    /// Whether it stands for a new flow (or a new denied attempt).
    pub new_flow: bool,
    /// Traffic since the flow's last tuple.
    pub counters: Counters,
    /// VNet: the encryption field as written. NSG: empty.
    pub encryption: &'a [u8],
    /// A flow state that no documentation names, as written.
    pub unknown_state: Option<&'a [u8]>,
}

/// Reads the tuple that begins at the front of `bytes`, just behind its opening quote.
/// Returns it with the index of its closing quote. `None` means only: use [`careful`].
#[inline]
pub fn fast(bytes: &[u8], layout: Layout) -> Option<(FlowTuple<'_>, usize)> {
    let mut at = Cursor { bytes, i: 0 };
    let time = at.number()?;
    let src = at.comma_address()?;
    let dst = at.comma_address()?;
    at.comma()?;
    let src_port = at.port()?;
    at.comma()?;
    let dst_port = at.port()?;
    at.comma()?;
    let protocol = match (layout, at.peek()?) {
        (Layout::Nsg, b'T') => at.skip(Protocol::TCP),
        (Layout::Nsg, b'U') => at.skip(Protocol::UDP),
        (_, b'0'..=b'9') => numbered(at.number()?)?,
        _ => return None,
    };
    at.comma()?;
    let direction = match at.next()? {
        b'I' => Direction::Inbound,
        b'O' => Direction::Outbound,
        _ => return None,
    };
    at.comma()?;
    let letter = at.next()?;
    let decision = match letter {
        b'D' => Decision::Denied,
        b'A' if layout == Layout::Nsg => Decision::Allowed,
        b'B' | b'C' | b'E' if layout == Layout::Vnet => Decision::Allowed,
        _ => return None,
    };
    let mut new_flow = true;
    let mut encryption: &[u8] = b"";
    let mut counters = Counters::default();
    if at.peek()? == b',' {
        match layout {
            Layout::Nsg => {
                at.comma()?;
                new_flow = match at.next()? {
                    b'B' => true,
                    b'C' | b'E' => decision == Decision::Denied,
                    _ => return None,
                };
            }
            Layout::Vnet => {
                new_flow = matches!(letter, b'B' | b'D');
                at.comma()?;
                encryption = at.word();
            }
        }
        counters = Counters::from_array([at.counter()?, at.counter()?, at.counter()?, at.counter()?]);
    } else if layout == Layout::Vnet {
        return None;
    }
    if at.peek()? != b'"' {
        return None;
    }
    if carries_nothing(decision, layout, new_flow) {
        counters = Counters::default();
    }
    let dst_port = if protocol.has_ports() { dst_port } else { 0 };
    let time = UnixMillis::from_tuple(time)?;
    let tuple = FlowTuple {
        time,
        src: Address::from_v4(src),
        dst: Address::from_v4(dst),
        src_port,
        dst_port,
        protocol,
        direction,
        decision,
        new_flow,
        counters,
        encryption,
        unknown_state: None,
    };
    Some((tuple, at.i))
}

/// The protocol of an IANA number.
#[inline]
fn numbered(number: u64) -> Option<Protocol> {
    u8::try_from(number).ok().map(Protocol::numbered)
}

const POWERS: [u64; 9] = [1, 10, 100, 1000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000];

/// How many of the eight bytes, from the lowest on, are digits, and the number they write.
#[inline(always)]
fn leading_digits(word: u64) -> (usize, u64) {
    let values = word ^ 0x3030_3030_3030_3030;
    // A byte above nine sets its high bit, alone or by the addition. A carry can only spoil
    // bytes behind the first such one, which is all that is asked for.
    let others = (values.wrapping_add(0x7676_7676_7676_7676) | values) & 0x8080_8080_8080_8080;
    let count = (others.trailing_zeros() / 8) as usize;
    if count == 0 {
        return (0, 0);
    }
    // Digits move to the high end; zeros that come in below are leading zeros.
    let aligned = values << (64 - 8 * count as u32);
    // Pairs, then fours, then eight: the lowest byte is the most significant digit.
    let pairs = aligned.wrapping_mul(10).wrapping_add(aligned >> 8);
    const EVEN: u64 = 0x0000_00ff_0000_00ff;
    let high = (pairs & EVEN).wrapping_mul(100 + (1_000_000 << 32));
    let low = ((pairs >> 16) & EVEN).wrapping_mul(1 + (10_000 << 32));
    (count, high.wrapping_add(low) >> 32)
}

struct Cursor<'a> {
    bytes: &'a [u8],
    i: usize,
}

impl<'a> Cursor<'a> {
    #[inline(always)]
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.i).copied()
    }

    #[inline(always)]
    fn next(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.i += 1;
        Some(byte)
    }

    #[inline(always)]
    fn skip<T>(&mut self, value: T) -> T {
        self.i += 1;
        value
    }

    #[inline(always)]
    fn comma(&mut self) -> Option<()> {
        (self.next()? == b',').then_some(())
    }

    /// One to nineteen digits: what always fits 64 bits. Eight bytes at a time, since numbers
    /// are half of a tuple.
    #[inline(always)]
    fn number(&mut self) -> Option<u64> {
        let start = self.i;
        let mut value = 0u64;
        loop {
            let Some(word) = self.bytes.get(self.i..).and_then(|rest| rest.first_chunk::<8>()) else {
                return self.number_at_end(start, value);
            };
            let (count, low) = leading_digits(u64::from_le_bytes(*word));
            self.i += count;
            value = value.wrapping_mul(POWERS[count]).wrapping_add(low);
            if count < 8 {
                return (1..=19).contains(&(self.i - start)).then_some(value);
            }
        }
    }

    /// The rest of a number among the last seven bytes.
    #[cold]
    fn number_at_end(&mut self, start: usize, mut value: u64) -> Option<u64> {
        while let Some(digit @ b'0'..=b'9') = self.peek() {
            value = value.wrapping_mul(10).wrapping_add(u64::from(digit - b'0'));
            self.i += 1;
        }
        (1..=19).contains(&(self.i - start)).then_some(value)
    }

    #[inline(always)]
    fn port(&mut self) -> Option<u16> {
        u16::try_from(self.number()?).ok()
    }

    #[inline(always)]
    fn counter(&mut self) -> Option<u64> {
        self.comma()?;
        match self.peek()? {
            b'0'..=b'9' => self.number(),
            _ => Some(0),
        }
    }

    #[inline(always)]
    fn word(&mut self) -> &'a [u8] {
        let start = self.i;
        while matches!(self.peek(), Some(b'A'..=b'Z' | b'_')) {
            self.i += 1;
        }
        &self.bytes[start..self.i]
    }

    /// `,a.b.c.d`, strictly: no leading zeros, as `Ipv4Addr` has it. Without a branch on an
    /// octet's length, which no processor could foresee.
    #[inline(always)]
    fn comma_address(&mut self) -> Option<u32> {
        self.comma()?;
        let mut bits = 0u32;
        for octet in 0..4 {
            let word = u32::from_le_bytes(*self.bytes.get(self.i..)?.first_chunk::<4>()?);
            let values = word ^ 0x3030_3030;
            let others = (values.wrapping_add(0x7676_7676) | values) & 0x8080_8080;
            let count = others.trailing_zeros() / 8;
            if count == 0 || count > 3 {
                return None;
            }
            let aligned = values << (32 - 8 * count);
            let value = (aligned >> 24) + (aligned >> 16 & 0xff) * 10 + (aligned >> 8 & 0xff) * 100;
            let leading_zero = count > 1 && values & 0xff == 0;
            if value > 255 || leading_zero {
                return None;
            }
            bits = bits << 8 | value;
            self.i += count as usize;
            if octet < 3 {
                if (word >> (8 * count)) as u8 != b'.' {
                    return None;
                }
                self.i += 1;
            }
        }
        Some(bits)
    }
}

/// Whose tuple it is, where its own fields tell: a decision at the eighth place, or a state.
pub fn layout(text: &[u8]) -> Option<Layout> {
    let fields: Vec<&[u8]> = text.split(|b| *b == b',').map(<[u8]>::trim_ascii).collect();
    let (letter, next) = (fields.get(7)?, fields.get(8).copied().unwrap_or_default());
    match letter.to_ascii_uppercase().as_slice() {
        b"A" => Some(Layout::Nsg),
        b"B" | b"C" | b"E" => Some(Layout::Vnet),
        // Behind a denial stands a state in an NSG log, the encryption in a VNet log.
        b"D" if fields.len() == 8 || matches!(upper(next), Some(b'B' | b'C' | b'E')) => Some(Layout::Nsg),
        b"D" => Some(Layout::Vnet),
        _ => None,
    }
}

/// Whether counters don't count: a denied attempt moves no traffic, and in a VNet log a flow's
/// first tuple stands for its beginning alone. In an NSG log whatever is there counts.
fn carries_nothing(decision: Decision, layout: Layout, new_flow: bool) -> bool {
    decision == Decision::Denied || (layout == Layout::Vnet && new_flow)
}

/// Why a tuple was rejected, with the field that was wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejected {
    /// The code of the issue.
    pub code: IssueCode,
    /// A sentence for people.
    pub message: String,
}

fn reject<T>(code: IssueCode, what: &str, value: &[u8]) -> Result<T, Rejected> {
    Err(Rejected { code, message: format!("{what}: {}", excerpt(value)) })
}

/// The value as shown in a message: cut to 60 characters, control characters replaced.
pub fn excerpt(value: &[u8]) -> String {
    let text = String::from_utf8_lossy(&value[..value.len().min(240)]);
    let mut shown: String =
        text.chars().take(60).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
    if text.chars().count() > 60 || value.len() > 240 {
        shown.push('…');
    }
    shown
}

const FIELDS: usize = 13;

/// Reads a whole tuple (without its quotes, escapes resolved), tolerating spaces around fields.
///
/// # Errors
/// Says which field is wrong.
pub fn careful(text: &[u8], layout: Layout) -> Result<FlowTuple<'_>, Rejected> {
    let mut fields: [&[u8]; FIELDS] = [b""; FIELDS];
    let mut count = 0;
    for field in text.split(|b| *b == b',') {
        if let Some(slot) = fields.get_mut(count) {
            *slot = field.trim_ascii();
        }
        count += 1;
    }
    if count != 8 && count != FIELDS {
        return reject(
            IssueCode::TupleFields,
            &format!("a tuple has 8 or 13 fields, this one has {count}"),
            text,
        );
    }
    let [time, src, dst, sport, dport, proto, direction, letter, eighth, c0, c1, c2, c3] = fields;

    let Some(time) = number(time).and_then(UnixMillis::from_tuple) else {
        return reject(IssueCode::TupleTime, "not a time in seconds or milliseconds since 1970", time);
    };
    let address = |field: &[u8]| match std::str::from_utf8(field).ok().and_then(Address::parse) {
        Some(address) => Ok(address),
        None => reject(IssueCode::TupleAddress, "not an IP address", field),
    };
    let (src, dst) = (address(src)?, address(dst)?);
    let protocol = match proto {
        b"T" | b"t" => Protocol::TCP,
        b"U" | b"u" => Protocol::UDP,
        _ => match number(proto).and_then(numbered) {
            Some(protocol) => protocol,
            None => return reject(IssueCode::TupleProtocol, "not a protocol", proto),
        },
    };
    let port = |field: &[u8]| match number(field).and_then(|n| u16::try_from(n).ok()) {
        Some(port) => Ok(port),
        None if field.is_empty() && !protocol.has_ports() => Ok(0),
        None => reject(IssueCode::TuplePort, "not a port", field),
    };
    let src_port = port(sport)?;
    let dst_port = port(dport)?;
    let dst_port = if protocol.has_ports() { dst_port } else { 0 };
    let direction = match direction {
        b"I" | b"i" => Direction::Inbound,
        b"O" | b"o" => Direction::Outbound,
        _ => return reject(IssueCode::TupleDirection, "not a direction (I or O)", direction),
    };
    let counter = |field: &[u8]| match number(field) {
        Some(n) => Ok(n),
        None if field.is_empty() => Ok(0),
        None => reject(IssueCode::TupleCounter, "not a counter", field),
    };
    let mut counters = Counters::from_array([counter(c0)?, counter(c1)?, counter(c2)?, counter(c3)?]);

    let vnet = layout == Layout::Vnet && count == FIELDS;
    let (decision, state): (Decision, &[u8]) = match letter {
        _ if vnet => (if upper(letter) == Some(b'D') { Decision::Denied } else { Decision::Allowed }, letter),
        b"A" | b"a" => (Decision::Allowed, eighth),
        b"D" | b"d" => (Decision::Denied, eighth),
        _ => return reject(IssueCode::TupleDecision, "not a decision (A or D)", letter),
    };
    let denied = decision == Decision::Denied;
    let (new_flow, unknown_state) = match upper(state) {
        _ if denied => (true, None),
        _ if count == 8 => (true, None),
        Some(b'B') => (true, None),
        Some(b'C' | b'E') => (false, None),
        _ => (false, Some(state)),
    };
    if carries_nothing(decision, if vnet { Layout::Vnet } else { Layout::Nsg }, new_flow) {
        counters = Counters::default();
    }
    let encryption = if vnet { eighth } else { b"" };
    Ok(FlowTuple {
        time,
        src,
        dst,
        src_port,
        dst_port,
        protocol,
        direction,
        decision,
        new_flow,
        counters,
        encryption,
        unknown_state,
    })
}

/// The letter of a one-letter field, in upper case.
fn upper(field: &[u8]) -> Option<u8> {
    match field {
        [letter] => Some(letter.to_ascii_uppercase()),
        _ => None,
    }
}

fn number(field: &[u8]) -> Option<u64> {
    if field.is_empty() {
        return None;
    }
    field.iter().try_fold(0u64, |n, c| {
        let digit = c.is_ascii_digit().then(|| u64::from(c - b'0'))?;
        n.checked_mul(10)?.checked_add(digit)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str, layout: Layout) -> FlowTuple<'_> {
        careful(text.as_bytes(), layout).unwrap()
    }

    fn code(text: &str, layout: Layout) -> &'static str {
        careful(text.as_bytes(), layout).unwrap_err().code.as_str()
    }

    #[test]
    fn a_version_1_tuple_is_one_flow_without_counters() {
        let t = read("1493763938,185.170.185.105,10.2.0.4,35370,23,T,I,A", Layout::Nsg);
        assert_eq!((t.new_flow, t.decision, t.counters), (true, Decision::Allowed, Counters::default()));
        assert_eq!((t.protocol, t.dst_port, t.direction), (Protocol::TCP, 23, Direction::Inbound));
    }

    #[test]
    fn version_2_states_begin_continue_and_end_a_flow() {
        let begin = read("1,10.0.0.4,10.0.1.4,5,443,T,O,A,B,,,,", Layout::Nsg);
        let go_on = read("1,10.0.0.4,10.0.1.4,5,443,T,O,A,C,1,2,3,4", Layout::Nsg);
        let end = read("1,10.0.0.4,10.0.1.4,5,443,T,O,A,E,0,0,0,0", Layout::Nsg);
        assert_eq!([begin.new_flow, go_on.new_flow, end.new_flow], [true, false, false]);
        assert_eq!(go_on.counters.as_array(), [1, 2, 3, 4]);
    }

    #[test]
    fn a_denied_tuple_is_one_denied_flow_whatever_its_state() {
        for text in ["1,1.1.1.1,10.0.1.4,5,443,T,I,D,B,,,,", "1,1.1.1.1,10.0.1.4,5,443,T,I,D,E,1,2,3,4"] {
            let t = read(text, Layout::Nsg);
            assert_eq!((t.new_flow, t.decision, t.counters), (true, Decision::Denied, Counters::default()));
        }
        assert_eq!(
            read("1,1.1.1.1,10.0.1.4,5,443,6,I,D,NX,0,0,0,0", Layout::Vnet).decision,
            Decision::Denied
        );
    }

    #[test]
    fn vnet_tuples_have_any_protocol_ipv6_and_encryption_by_name() {
        let t = read("1786653106963,2001:db8::1,fd00::2,0,8,58,I,B,NX_NEW,0,0,0,0", Layout::Vnet);
        assert_eq!(
            (t.protocol.to_string().as_str(), t.dst_port, t.encryption),
            ("ipv6-icmp", 0, &b"NX_NEW"[..])
        );
    }

    #[test]
    fn an_unknown_state_keeps_its_counters_and_its_name() {
        let t = read("1,10.0.0.4,10.0.1.4,5,443,6,O,R,NX,1,2,3,4", Layout::Vnet);
        assert_eq!((t.new_flow, t.unknown_state), (false, Some(&b"R"[..])));
        assert_eq!(t.counters.packets(), 4);
    }

    #[test]
    fn a_bad_field_is_named() {
        for (text, expected) in [
            ("", "tuple-fields"),
            ("1,10.0.0.4,10.0.1.4,5,443,T,O", "tuple-fields"),
            ("x,10.0.0.4,10.0.1.4,5,443,T,O,A", "tuple-time"),
            ("99999999999999999,10.0.0.4,10.0.1.4,5,443,T,O,A", "tuple-time"),
            ("1,10.0.0.256,10.0.1.4,5,443,T,O,A", "tuple-address"),
            ("1,10.0.0.4,10.0.1.4,65536,443,T,O,A", "tuple-port"),
            ("1,10.0.0.4,10.0.1.4,5,443,Q,O,A", "tuple-protocol"),
            ("1,10.0.0.4,10.0.1.4,5,443,T,X,A", "tuple-direction"),
            ("1,10.0.0.4,10.0.1.4,5,443,T,O,Z", "tuple-decision"),
            ("1,10.0.0.4,10.0.1.4,5,443,T,O,A,C,-1,0,0,0", "tuple-counter"),
            ("1,10.0.0.4,10.0.1.4,5,443,T,O,A,C,18446744073709551616,0,0,0", "tuple-counter"),
        ] {
            assert_eq!(code(text, Layout::Nsg), expected, "{text}");
        }
    }

    fn fields() -> impl Strategy<Value = String> {
        let time = prop_oneof!["[0-9]{1,20}", Just("1639372365".to_owned())];
        let octet = prop_oneof![(0u16..300).prop_map(|n| n.to_string()), Just("01".to_owned())];
        let v4 = (octet.clone(), octet.clone(), octet.clone(), octet)
            .prop_map(|(a, b, c, d)| format!("{a}.{b}.{c}.{d}"));
        let address = prop_oneof![8 => v4, 1 => Just("2001:db8::1".to_owned()), 1 => Just("x".to_owned())];
        let port = (0u32..70_000).prop_map(|n| n.to_string());
        let tail = prop_oneof![
            Just("T,I,A".to_owned()),
            "[TU6],[IOX],[AD],[BCEX],[0-9]{0,20},[0-9]{0,3},[0-9]{0,3},[0-9]{0,3}",
            "([0-9]{1,3}),[IO],[BCED],(X|NX|NX_FALLBACK|nx|),[0-9]{0,3},[0-9]{0,3},[0-9]{0,3},[0-9]{0,3}",
        ];
        (time, address.clone(), address, port.clone(), port, tail)
            .prop_map(|(t, s, d, sp, dp, tail)| format!("{t},{s},{d},{sp},{dp},{tail}"))
    }

    #[test]
    fn eight_bytes_are_read_at_once() {
        for (text, expected) in [
            ("12345678", (8, 12_345_678)),
            ("00000000", (8, 0)),
            ("99999999", (8, 99_999_999)),
            ("1,345678", (1, 1)),
            ("443,T,O,", (3, 443)),
            ("65535\",\"", (5, 65_535)),
            (",2345678", (0, 0)),
            ("7\u{7f}999999", (1, 7)),
            ("0:/999999", (1, 0)),
        ] {
            let bytes: [u8; 8] = text.as_bytes()[..8].try_into().unwrap();
            assert_eq!(leading_digits(u64::from_le_bytes(bytes)), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn digits_are_counted_before_anything_else(bytes: [u8; 8]) {
            let count = bytes.iter().take_while(|b| b.is_ascii_digit()).count();
            let value = bytes[..count].iter().fold(0, |n, b| n * 10 + u64::from(b - b'0'));
            prop_assert_eq!(leading_digits(u64::from_le_bytes(bytes)), (count, value));
        }

        #[test]
        fn what_the_fast_parser_reads_the_careful_one_reads_alike(text in fields(), vnet: bool) {
            let layout = if vnet { Layout::Vnet } else { Layout::Nsg };
            let quoted = format!("{text}\",");
            if let Some((tuple, end)) = fast(quoted.as_bytes(), layout) {
                prop_assert_eq!(end, text.len());
                prop_assert_eq!(Ok(tuple), careful(text.as_bytes(), layout));
            }
        }

        #[test]
        fn no_bytes_make_either_parser_panic(bytes: Vec<u8>) {
            let _ = fast(&bytes, Layout::Nsg);
            let _ = careful(&bytes, Layout::Vnet);
        }
    }
}
