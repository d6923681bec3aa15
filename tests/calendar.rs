//! A time that no calendar or clock has is refused alike by every reader, and the one of the next day is never meant.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use azflow_core::ingest::EveryRow;
use azflow_core::model::UnixMillis;
use azflow_engine::filter::parse;
use support::{data, load};

/// Days that the calendar does not have, or that lie outside of 1970 to 9999.
const NO_DAYS: [&str; 11] = [
    "2026-02-30",
    "2026-02-31",
    "2026-04-31",
    "2026-02-29",
    "2100-02-29",
    "2026-00-01",
    "2026-13-01",
    "2026-01-00",
    "2026-01-32",
    "0000-01-01",
    "1969-12-31",
];
const DAYS: [&str; 6] = ["2024-02-29", "2000-02-29", "2026-02-28", "2026-04-30", "1970-01-01", "9999-12-31"];

/// What is told of a log whose only record has this time, as codes.
fn of_log(time: &str) -> Vec<String> {
    let log = format!(
        r#"{{"records":[{{"time":"{time}","category":"NetworkSecurityGroupFlowEvent","properties":{{"flows":[{{"rule":
        "UserRule_A","flows":[{{"mac":"000D3A000000","flowTuples":["1790000000,10.0.0.4,10.0.1.5,5,443,T,O,A"]}}]}}]}}}}]}}"#
    );
    let found = data(&mut load(&[("PT1H.json", log.as_bytes())]));
    // The tuple has a time of its own and counts either way.
    assert_eq!((found.totals.records, found.totals.counted_tuples()), (1, 1), "{time}");
    found.sources[0].issues.iter().map(|issue| issue.code.clone()).collect()
}

/// The same of a table whose second row has this time.
fn of_table(time: &str) -> Vec<String> {
    let row = |time: &str| format!("\"{time}\",10.0.0.4,10.0.1.5,443,TCP,Inbound,Allowed\n");
    let head = "Time,SrcIP,DestIP,DestPort,Protocol,Direction,Access\n";
    // The first row says that months come before days.
    let text = format!("{head}{}{}", row("8/25/2026 8:11:21 PM"), row(time));
    let found = data(&mut load(&[("x.csv", text.as_bytes())]));
    found.sources[0].issues.iter().map(|issue| issue.code.clone()).collect()
}

fn with_slashes(day: &str) -> String {
    let [year, month, date] = [&day[..4], &day[5..7], &day[8..]];
    format!("{month}/{date}/{year}")
}

#[test]
fn days_that_the_calendar_does_not_have_are_refused() {
    for day in NO_DAYS {
        assert_eq!(of_log(&format!("{day}T05:00:00Z")), ["record-time"], "{day}");
        assert_eq!(of_table(&format!("{day}T05:00:00Z")), ["tuple-time"], "{day}");
        assert_eq!(of_table(&format!("{day} 05:00:00")), ["tuple-time"], "{day}");
        assert_eq!(of_table(&with_slashes(day)), ["tuple-time"], "{day}");
        assert!(parse(&format!("time:{day}")).is_err(), "{day}");
        assert!(parse(&format!("time:{day}T05:00..2026-05-01")).is_err(), "{day}");
        assert!(!EveryRow::default().say(&format!("time={day}")), "{day}");
    }
}

#[test]
fn days_that_it_has_are_read() {
    for day in DAYS {
        assert!(of_log(&format!("{day}T05:00:00Z")).is_empty(), "{day}");
        assert!(of_table(&format!("{day}T05:00:00Z")).is_empty(), "{day}");
        assert!(of_table(&with_slashes(day)).is_empty(), "{day}");
        assert!(parse(&format!("time:{day}")).is_ok(), "{day}");
        assert!(EveryRow::default().say(&format!("time={day}")), "{day}");
    }
}

#[test]
fn times_that_no_clock_shows_are_refused() {
    for clock in ["24:00:00", "23:60:00", "23:59:61", "99:00:00"] {
        let time = format!("2026-10-01T{clock}Z");
        assert_eq!(of_log(&time), ["record-time"], "{clock}");
        assert_eq!(of_table(&time), ["tuple-time"], "{clock}");
        assert_eq!(of_table(&format!("10/1/2026 {clock}")), ["tuple-time"], "{clock}");
        assert!(parse(&format!("time:2026-10-01T{clock}..")).is_err(), "{clock}");
        assert!(!EveryRow::default().say(&format!("time={time}")), "{clock}");
    }
    // A leap second is the first of the next minute.
    assert!(of_log("2026-10-01T23:59:60Z").is_empty());
    assert!(of_table("2026-10-01T23:59:60Z").is_empty());
    assert!(of_table("10/1/2026 23:59:60").is_empty());
}

#[test]
fn a_month_has_its_own_days() {
    for (month, days) in [("2024-02", 29), ("2026-02", 28), ("2026-04", 30), ("2026-12", 31), ("9999-12", 31)]
    {
        let whole = parse(&format!("time:{month}")).unwrap();
        let spelled = parse(&format!("time:{month}-01..{month}-{days}")).unwrap();
        assert_eq!(whole.to_string(), spelled.to_string());
    }
    for (first, next) in [("2024-02-29", "2024-03-01"), ("2026-12-31", "2027-01-01")] {
        let at = |day: &str| UnixMillis::from_iso(&format!("{day}T00:00:00Z")).unwrap();
        assert_eq!(at(next).0 - at(first).0, 86_400_000);
    }
}
