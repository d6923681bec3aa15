//! The built-in example: a small company's hub and spokes, as the log files it would have
//! written on one day; and bulk files of any size for measuring.
//!
//! Everything is made up by fixed rules from fixed numbers (`random`), so the example is the same
//! everywhere and needs no data. `estate` tells the story, `write` puts it into Azure's formats,
//! `bulk`, `open` and `table` make large files without a story.

mod bulk;
mod ends;
mod estate;
mod open;
mod random;
mod table;
mod write;

pub use bulk::{BulkKind, bulk};
pub use open::open_estate;
pub use table::bulk_table;

use estate::NICS;

/// Hours of the example's day, which is a Wednesday.
const HOURS: u32 = 24;
/// 2026-10-07T00:00:00Z in minutes since 1970.
const DAY_START: u32 = 29_855_520;

/// How many files the example has: one for every NIC and hour.
pub const FILES: u32 = NICS.len() as u32 * HOURS;

/// The name, as Azure lays files out, and the bytes of one of the example's files. Numbers from
/// [`FILES`] on give an empty file.
pub fn file(index: u32) -> (String, Vec<u8>) {
    let hour = index % HOURS;
    match NICS.get((index / HOURS) as usize) {
        Some(nic) => (write::path(nic, hour), write::hour_file(nic, DAY_START + hour * 60)),
        None => (format!("example/{index}/PT1H.json"), Vec::new()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::{Answer, Engine, Query, Selection, SourceId, View};
    use azflow_core::ingest::SourceScan;
    use azflow_core::model::UnixMillis;

    fn load() -> Engine {
        let mut engine = Engine::default();
        for index in 0..FILES {
            let (name, bytes) = file(index);
            let mut scan = SourceScan::new(&name);
            scan.push(&bytes);
            engine.take_scan(SourceId(index), scan);
        }
        engine
    }

    #[test]
    fn the_day_is_the_seventh_of_october() {
        assert_eq!(UnixMillis::from_minute(DAY_START).to_iso(), "2026-10-07T00:00:00.000Z");
    }

    #[test]
    fn every_file_is_a_clean_flow_log_and_the_story_can_be_found() {
        let mut engine = load();
        let Answer::Data(data) = engine.answer(Query::Data) else { unreachable!() };
        assert!(data.sources.iter().all(|s| s.issues.is_empty() && s.kind.ends_with("flow-log")));
        assert_eq!(data.totals.duplicate_records, 0);
        let mut ask = |src: &str, dst: &str| {
            let selection = Selection { src: Some(src.into()), dst: Some(dst.into()) };
            let Answer::Breakdown(found) = engine.answer(Query::Breakdown(View::default(), selection)) else {
                unreachable!()
            };
            found
        };
        let has = |found: &crate::session::Breakdown, port: u16, allowed: bool| {
            let mut services = found.services.rows.iter().filter(|s| s.port == Some(port));
            services.any(|s| if allowed { s.tally.allowed_flows > 0 } else { s.tally.denied_flows > 0 })
        };
        assert!(has(&ask("10.10.2.0/24", "10.20.2.0/24"), 445, true), "the legacy share");
        assert!(has(&ask("Internet", "10.10.2.0/24"), 3389, true), "the forgotten rule");
        assert!(ask("192.168.10.0/24", "10.20.1.0/24").tally.denied_flows > 100, "the scanner");
    }

    #[test]
    fn both_ends_of_a_connection_log_it_alike() {
        let mut engine = load();
        let selection = Selection { src: Some("10.10.3.0/24".into()), dst: Some("10.20.1.0/24".into()) };
        let Answer::Breakdown(found) = engine.answer(Query::Breakdown(View::default(), selection)) else {
            unreachable!()
        };
        assert!(found.seen_at.both > 0);
        // What is denied at the destination was allowed to leave its source.
        let denied = found.tally.denied_flows;
        assert!(denied > 0 && denied == found.denied_at.destination);
        assert_eq!(found.as_logged.allowed_flows, 2 * found.tally.allowed_flows + denied);
    }
}
