//! A review: what is said of services, as files, in drafts.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use azflow::export::{read_review, review_document};
use azflow::model::Protocol;
use azflow::rules::{Mark, Review, Verdict};
use proptest::prelude::*;

fn mark() -> impl Strategy<Value = Mark> {
    let text = || prop_oneof!["[a-z]{1,3}", "[ -~äöü\n]{0,12}"];
    let side = || prop_oneof![Just("snet-web".to_owned()), Just("10.0.0.0/24".to_owned()), "[ -~]{1,9}[a-z]"];
    let verdict = prop_oneof![Just(None), prop::sample::select(Verdict::ALL.to_vec()).prop_map(Some)];
    (side(), side(), any::<u8>(), any::<u16>(), verdict, text(), text()).prop_map(
        |(src, dst, protocol, port, verdict, owner, note)| {
            let protocol = Protocol(protocol);
            let port = protocol.has_ports().then_some(port);
            Mark { verdict, owner, note, ..Mark::of(&src, &dst, protocol, port) }
        },
    )
}

proptest! {
    #[test]
    fn a_review_file_opens_as_it_was_saved(marks in prop::collection::vec(mark(), 0..20)) {
        let review = Review::of(marks);
        let text = review_document(&review);
        let read = read_review(&text).unwrap();
        prop_assert_eq!(&read.problems, &Vec::<String>::new());
        prop_assert_eq!(&read.review, &review);
        prop_assert_eq!(review_document(&read.review), text);
    }

    #[test]
    fn no_text_makes_reading_panic(text in "\\PC{0,200}", table in "(source;destination;protocol;port;decision\n)?[a-z0-9;\",\n]{0,80}") {
        let _ = read_review(&text);
        let _ = read_review(&table);
    }
}

#[test]
fn a_table_comes_back_from_a_spreadsheet() {
    let text = "\u{feff}Please answer by Thursday;;;;;;\r\n\
        Source;Destination;Protocol;Port;allowed flows;Decision;Owner;Note;my column\r\n\
        snet-web;snet-sql;TCP;1433;1,021;Yes;Anna;\"shop;\r\nboth nodes\";x\r\n\
        10.0.0.4;snet-files;tcp;445.0;3;perhaps;Bert;;\r\n\
        ;;;;;;;;\r\n\
        a;b;tcp;;1;no;;;\r\n\
        a;b;quic;1;1;no;;;\r\n\
        a;b;icmp;;1;no;'=boss;;\r\n";
    let read = read_review(text).unwrap();
    let said: Vec<_> = read
        .review
        .marks()
        .iter()
        .map(|m| (m.dst.as_str(), m.port, m.verdict, m.owner.as_str(), m.note.as_str()))
        .collect();
    assert_eq!(
        said,
        [
            ("snet-files", Some(445), None, "Bert", ""),
            ("b", None, Some(Verdict::NotNeeded), "=boss", ""),
            ("snet-sql", Some(1433), Some(Verdict::Needed), "Anna", "shop;\r\nboth nodes"),
        ]
    );
    assert_eq!(read.problems.len(), 3);
    assert!(read.problems[0].starts_with("row 4: “perhaps”"), "{:?}", read.problems);
    assert!(read_review("a,b\n1,2\n").is_err() && read_review("{}").is_err() && read_review("").is_err());
}
