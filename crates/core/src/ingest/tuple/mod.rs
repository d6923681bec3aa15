//! One flow tuple: a string of 8 or 13 comma-separated fields.
//!
//! Two parsers give the same answer: `fast` walks a well-formed tuple once and gives up at the
//! first surprise; `careful` splits, trims and explains. A change to one needs the other; the
//! property test here holds them together. Facts: docs/FORMATS.md, sections 1 and 2.

mod careful;
mod fast;

pub use careful::{careful, excerpt};
pub use fast::fast;

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

/// The protocol of an IANA number.
#[inline]
fn numbered(number: u64) -> Option<Protocol> {
    u8::try_from(number).ok().map(Protocol::numbered)
}

/// Whether counters don't count: a denied attempt moves no traffic, and in a VNet log a flow's
/// first tuple stands for its beginning alone. In an NSG log whatever is there counts.
fn carries_nothing(decision: Decision, layout: Layout, new_flow: bool) -> bool {
    decision == Decision::Denied || (layout == Layout::Vnet && new_flow)
}

/// The letter of a one-letter field, in upper case.
fn upper(field: &[u8]) -> Option<u8> {
    match field {
        [letter] => Some(letter.to_ascii_uppercase()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

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

    proptest! {
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
