//! The careful reader: splits a tuple, trims its fields, and says which one is wrong.

use super::{FlowTuple, Layout, carries_nothing, numbered, upper};
use crate::ingest::IssueCode;
use crate::model::{Address, Counters, Decision, Direction, Protocol, UnixMillis};

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
}
