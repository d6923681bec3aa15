//! The raw tuples behind a selection: found by scanning a source again.
//!
//! A [`Wanted`] says which tuples; the scanner then keeps each that fits with its place, and hands it
//! out when its record is whole, with the rule, NIC and resource that the record names.

use super::tuple::FlowTuple;
use crate::model::wire::Wire;

/// Which tuples are looked for; `None` is any.
#[derive(Debug, Default, Clone, PartialEq, Eq, Wire)]
pub struct Wanted {
    /// Source addresses as 128 bits, in order.
    pub src: Option<Vec<u128>>,
    /// Destination addresses as 128 bits, in order.
    pub dst: Option<Vec<u128>>,
    /// Source and destination together, in order.
    pub pairs: Option<Vec<(u128, u128)>>,
    /// Protocol number in the upper 16 bits, destination port in the lower; in order.
    pub services: Option<Vec<u32>>,
    /// First and last minute since 1970.
    pub minutes: Option<(u32, u32)>,
}

impl Wanted {
    /// Whether a tuple is one of them.
    pub(super) fn fits(&self, tuple: &FlowTuple<'_>) -> bool {
        let among = |list: &Option<Vec<u128>>, bits: u128| {
            list.as_ref().is_none_or(|list| list.binary_search(&bits).is_ok())
        };
        let service = u32::from(tuple.protocol.0) << 16 | u32::from(tuple.dst_port);
        let minute = tuple.time.minute();
        among(&self.src, tuple.src.bits())
            && among(&self.dst, tuple.dst.bits())
            && self
                .pairs
                .as_ref()
                .is_none_or(|list| list.binary_search(&(tuple.src.bits(), tuple.dst.bits())).is_ok())
            && self.services.as_ref().is_none_or(|list| list.binary_search(&service).is_ok())
            && self.minutes.is_none_or(|(first, last)| (first..=last).contains(&minute))
    }
}

/// A tuple that was looked for.
#[derive(Debug, Clone, PartialEq, Eq, Wire)]
pub struct FoundTuple {
    /// The record's number in the source, counted from 1.
    pub record: u64,
    /// Where the tuple begins in the source's text, in bytes from 0.
    pub offset: u64,
    /// The tuple as it was logged.
    pub text: String,
    /// The rule's logged name.
    pub rule: String,
    /// The network security group or ACL, as the log names it.
    pub acl: String,
    /// The NIC.
    pub mac: String,
    /// The record's fingerprint: the same record in two files is the same evidence.
    pub fingerprint: u128,
}

#[cfg(test)]
mod tests {
    use super::super::SourceScan;
    use super::*;
    use crate::model::Address;

    const LOG: &str = r#"{"records":[{"time":"2026-10-01T00:00:30Z","macAddress":"000D3AF87856","category":"NetworkSecurityGroupFlowEvent","resourceId":"/nsg","properties":{"flows":[{"flows":[{"flowTuples":["1790812800,10.0.0.4,10.0.1.5,44931,443,T,O,A,B,,,,","1790812801,10.0.0.4,10.0.1.5,44932,80,T,O,D,B,,,,"],"mac":"000D3AF87856"}],"rule":"UserRule_Web"}]}}]}"#;

    #[test]
    fn tuples_come_with_their_place_and_their_names() {
        let wanted = Wanted {
            dst: Some(vec![Address::parse("10.0.1.5").unwrap().bits()]),
            services: Some(vec![6 << 16 | 80]),
            ..Wanted::default()
        };
        let mut scan = SourceScan::seeking("PT1H.json", wanted);
        for piece in LOG.as_bytes().chunks(7) {
            scan.push(piece);
        }
        let found = scan.finish_seeking();
        assert_eq!(found.len(), 1);
        let tuple = &found[0];
        assert!(LOG[tuple.offset as usize..].starts_with(&tuple.text));
        assert_eq!(tuple.text, "1790812801,10.0.0.4,10.0.1.5,44932,80,T,O,D,B,,,,");
        let names = (tuple.rule.as_str(), tuple.acl.as_str(), tuple.mac.as_str(), tuple.record);
        assert_eq!(names, ("UserRule_Web", "/nsg", "000D3AF87856", 1));
    }
}
