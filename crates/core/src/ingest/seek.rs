//! The raw tuples behind a selection: found by scanning a source again.
//!
//! A [`Wanted`] says which tuples; the scanner then keeps each that fits with its place, and hands it
//! out when its record is whole, with the rule, NIC and resource that the record names.

use super::tuple::FlowTuple;
use serde::{Deserialize, Serialize};

/// Which tuples are looked for; `None` is any.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wanted {
    /// Source addresses as 128 bits, in order.
    pub src: Option<Vec<u128>>,
    /// Destination addresses as 128 bits, in order.
    pub dst: Option<Vec<u128>>,
    /// Protocol number in the upper 16 bits, destination port in the lower; in order.
    pub services: Option<Vec<u32>>,
    /// First and last minute since 1970.
    pub minutes: Option<(u32, u32)>,
    /// Only these rows.
    pub rows: Option<WantedRows>,
}

/// Rows that are looked for: of some conversations all, or those of some contexts and times.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WantedRows {
    /// Source and destination address as 128 bits, and service, in order.
    pub conversations: Vec<(u128, u128, u32)>,
    /// Contexts by the names that records have.
    pub contexts: Vec<WantedContext>,
    /// Places of conversation and context in these lists with the first and last minute, in order; `None`: all rows.
    pub runs: Option<Vec<[u32; 4]>>,
}

/// What a tuple's record and its own letters say about it.
#[derive(Debug, Default, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct WantedContext {
    /// The rule's logged name.
    pub rule: String,
    /// The network security group or ACL, as the log names it.
    pub acl: String,
    /// The NIC.
    pub mac: String,
    /// The encryption field.
    pub encryption: String,
    /// Whether it left the NIC.
    pub outbound: bool,
    /// Whether it was denied.
    pub denied: bool,
}

impl WantedRows {
    /// Whether a tuple of this conversation, context and minute is in one of the rows.
    pub(super) fn has(&self, conversation: (u128, u128, u32), minute: u32, context: &WantedContext) -> bool {
        let Ok(at) = self.conversations.binary_search(&conversation) else { return false };
        let Some(runs) = &self.runs else { return true };
        let from = runs.partition_point(|run| (run[0] as usize) < at);
        let of = runs.get(from..).unwrap_or_default().iter().take_while(|run| run[0] as usize == at);
        let mut of = of.filter(|run| (run[2]..=run[3]).contains(&minute));
        of.any(|run| self.contexts.get(run[1] as usize) == Some(context))
    }
}

impl Wanted {
    /// Whether a tuple is one of them.
    pub(super) fn fits(&self, tuple: &FlowTuple<'_>) -> bool {
        let among = |list: &Option<Vec<u128>>, bits: u128| {
            list.as_ref().is_none_or(|list| list.binary_search(&bits).is_ok())
        };
        let service = tuple.protocol.service(Some(tuple.dst_port));
        let minute = tuple.time.minute();
        among(&self.src, tuple.src.bits())
            && among(&self.dst, tuple.dst.bits())
            && self.services.as_ref().is_none_or(|list| list.binary_search(&service).is_ok())
            && self.minutes.is_none_or(|(first, last)| (first..=last).contains(&minute))
    }
}

/// A tuple that was looked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use std::io::Write;

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

    #[test]
    fn the_last_tuples_of_a_gzip_are_found() {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(LOG.as_bytes()).unwrap();
        let mut scan = SourceScan::seeking("PT1H.json.gz", Wanted::default());
        scan.push(&encoder.finish().unwrap());
        assert_eq!(scan.finish_seeking().len(), 2);
    }
}
