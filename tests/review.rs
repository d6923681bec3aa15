//! A review: what is said of services, as files, in drafts.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use azflow_core::model::{Protocol, Tally};
use azflow_engine::export::{is_review, read_review, review_document};
use azflow_engine::rules::{Fate, Mark, Review, Verdict};
use azflow_engine::session::{
    Answer, DecideAsk, Denial, DraftAnswer, DraftAsk, Engine, Listed, Query, ReviewAnswer, ReviewAsk,
    ReviewShow, RuleSource, RulesAnswer, RulesAsk, Selection, SimulateAsk, SimulatedPart, SimulationAnswer,
    ToEngine, View,
};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use support::load;
use support::rules::{log, nsg_record, records, tuple};

fn mark() -> impl Strategy<Value = Mark> {
    let text = || prop_oneof!["[a-z]{1,3}", "[ -~äöü\n]{0,12}"];
    let side = || prop_oneof![Just("snet-web".to_owned()), Just("10.0.0.0/24".to_owned()), "[ -~]{1,9}[a-z]"];
    let verdict = prop_oneof![Just(None), prop::sample::select(Verdict::ALL.to_vec()).prop_map(Some)];
    (side(), side(), any::<u8>(), any::<u16>(), verdict, text(), text()).prop_map(
        |(src, dst, protocol, port, verdict, owner, note)| {
            let protocol = Protocol::numbered(protocol);
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

fn fixture(name: &str) -> Vec<u8> {
    fs::read(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)).unwrap()
}

/// Two subnets: RDP and SMB pass, Telnet is denied, HTTP passes from one host.
fn ops_and_mgmt() -> Engine {
    load(&[(
        "PT1H.json",
        &log(&[
            ("10.1.0.4", "10.1.1.20", 3389, 'A'),
            ("10.1.0.5", "10.1.1.20", 3389, 'A'),
            ("10.1.0.4", "10.1.1.21", 445, 'A'),
            ("10.1.0.4", "10.1.1.20", 80, 'A'),
            ("10.1.0.4", "10.1.1.20", 23, 'D'),
        ]),
    )])
}

fn said(src: &str, port: u16, verdict: Verdict) -> Mark {
    Mark { verdict: Some(verdict), ..Mark::of(src, "10.1.1.0/24", Protocol::TCP, Some(port)) }
}

fn tell(engine: &mut Engine, marks: &[Mark]) {
    engine.handle(ToEngine::Marks(marks.to_vec()), None);
}

fn ask(marks: u32, show: ReviewShow) -> ReviewAsk {
    ReviewAsk { view: View::default(), marks, pair: Selection::default(), show }
}

fn review(engine: &mut Engine, marks: u32, show: ReviewShow) -> ReviewAnswer {
    match engine.answer(Query::Review(Box::new(ask(marks, show)))) {
        Answer::Review(answer) => *answer,
        other => panic!("no review: {other:?}"),
    }
}

fn all() -> ReviewShow {
    ReviewShow { listed: Listed::All, most: u32::MAX, ..ReviewShow::default() }
}

#[test]
fn hosts_of_a_service_are_counted_in_whatever_order_their_conversations_came() {
    let mut seen = vec![
        ("10.1.0.4", "10.1.1.20", 443, 'A'),
        ("10.1.0.5", "10.1.1.20", 443, 'A'),
        ("10.1.0.4", "10.1.1.21", 443, 'A'),
        ("10.1.0.5", "10.1.1.22", 443, 'A'),
        ("10.1.0.4", "10.1.1.22", 443, 'A'),
    ];
    for _ in 0..seen.len() {
        seen.rotate_left(1);
        let row = review(&mut load(&[("PT1H.json", &log(&seen))]), 0, all()).rows.rows.remove(0);
        assert_eq!(row.hosts, (2, 3), "{seen:?}");
    }
}

#[test]
fn what_somebody_denied_is_told_apart_from_what_nothing_let_pass() {
    let nsg = "/SUBSCRIPTIONS/S/RESOURCEGROUPS/G/PROVIDERS/MICROSOFT.NETWORK/NETWORKSECURITYGROUPS/NSG-WEB";
    let admin = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/networkManagers/m/securityAdminConfigurations/c";
    let at = |acl: &str, rule: &str, port: u16, decision: char, count: usize| {
        nsg_record(
            0,
            "000D3A000002",
            acl,
            rule,
            &vec![tuple(0, "10.1.0.4", "10.1.1.20", port, 'I', decision); count],
        )
    };
    let mut engine = load(&[(
        "PT1H.json",
        &records(&[
            at(nsg, "UserRule_No_Telnet", 23, 'D', 5),
            at(nsg, "UserRule_Guests", 23, 'D', 2),
            at(nsg, "DefaultRule_DenyAllInBound", 24, 'D', 5),
            at(nsg, "UserRule", 25, 'D', 1),
            at(nsg, "UserRule_Web", 80, 'A', 3),
            // Denied before it was allowed.
            at(nsg, "UserRule_No_Telnet", 80, 'D', 1),
            at(admin, "no-smtp", 26, 'D', 4),
        ]),
    )]);
    let rows = review(&mut engine, 0, all()).rows.rows;
    let told = |port: u16| {
        let row = rows.iter().find(|row| row.mark.port == Some(port)).unwrap();
        let one = |denial: &Denial| (denial.by.rule.clone(), denial.by.flows.1, denial.is_group);
        row.denials.rows.iter().map(one).collect::<Vec<_>>()
    };
    let named = |rule: &str, attempts: u64, is_group: bool| (rule.to_owned(), attempts, is_group);
    assert_eq!(told(23), [named("UserRule_No_Telnet", 5, true), named("UserRule_Guests", 2, true)]);
    assert_eq!(told(24), []);
    assert_eq!(told(25), [named("UserRule", 1, true)]);
    assert_eq!(told(80), [named("UserRule_No_Telnet", 1, true)]);
    assert_eq!(told(26), [named("no-smtp", 4, false)]);
    // The owners' table says the same.
    let table = match engine.answer(Query::ReviewTable(Box::new(ask(0, all())))) {
        Answer::File(_, table) => table,
        other => panic!("no table: {other:?}"),
    };
    assert!(table.lines().next().unwrap().ends_with(",denied on purpose by"), "{table}");
    let line = table.lines().find(|line| line.contains(",tcp,23,")).unwrap();
    let denied = "\"UserRule_No_Telnet (NSG-WEB, inbound); UserRule_Guests (NSG-WEB, inbound)\"";
    assert!(line.ends_with(denied), "{line}");
    // Columns beside those that are read back are for people.
    assert_eq!(read_review(&table).unwrap().problems, Vec::<String>::new());
}

#[test]
fn the_rule_that_decided_as_the_service_counts_is_named_first() {
    let many = |count: usize, port: u16, way: char, decision: char| {
        vec![tuple(0, "10.1.0.4", "10.1.1.20", port, way, decision); count]
    };
    let (source, destination) = ("000D3A000001", "000D3A000002");
    let mut out = many(12, 443, 'O', 'A');
    out.extend(many(7, 445, 'O', 'A'));
    let denied = [many(9, 443, 'I', 'D'), many(7, 445, 'I', 'D')].concat();
    let earlier = ["1790814590,10.1.0.4,10.1.1.20,50123,446,T,I,A,C,4,400,3,300".to_owned()];
    let bytes = records(&[
        nsg_record(0, source, "/out", "DefaultRule_AllowVnetOutBound", &out),
        nsg_record(0, destination, "/in", "UserRule_web", &many(3, 443, 'I', 'A')),
        nsg_record(0, destination, "/in", "DefaultRule_DenyAllInBound", &denied),
        nsg_record(0, destination, "/in", "UserRule_old", &earlier),
        nsg_record(0, source, "/out", "UserRule_new", &many(2, 446, 'O', 'D')),
    ]);
    let rows = review(&mut load(&[("PT1H.json", &bytes)]), 0, all()).rows.rows;
    let named = |port: u16| -> (u64, u64, Vec<&str>) {
        let row = rows.iter().find(|row| row.mark.port == Some(port)).unwrap();
        let rules = row.decided.rows.iter().map(|by| by.rule.as_str()).collect();
        (row.tally.allowed_flows, row.tally.denied_flows, rules)
    };
    let (outbound, inbound, deny) =
        ("DefaultRule_AllowVnetOutBound", "UserRule_web", "DefaultRule_DenyAllInBound");
    // Of three that came through and nine that did not, the three are what there is to decide.
    assert_eq!(named(443), (3, 9, vec![outbound, inbound, deny]));
    // Nothing came through: what let it leave did not let it arrive.
    assert_eq!(named(445), (0, 7, vec![deny, outbound]));
    // New attempts were refused at the source; that one begun earlier still talked is no new flow.
    assert_eq!(named(446), (0, 2, vec!["UserRule_new", "UserRule_old"]));
}

fn draft(engine: &mut Engine, marks: u32, only_needed: bool) -> DraftAnswer {
    drafted(engine, DraftAsk { marks, only_needed, ..DraftAsk::default() })
}

fn drafted(engine: &mut Engine, ask: DraftAsk) -> DraftAnswer {
    match engine.answer(Query::Rules(Box::new(RulesAsk::Draft(ask)))) {
        Answer::Rules(answer) => match *answer {
            RulesAnswer::Draft(draft) => draft,
            other => panic!("no draft: {other:?}"),
        },
        other => panic!("no draft: {other:?}"),
    }
}

fn draft_text(engine: &mut Engine, ask: DraftAsk, format: &str) -> String {
    match engine.answer(Query::Rules(Box::new(RulesAsk::Text(
        ask,
        format.into(),
        azflow_engine::export::Part::default(),
    )))) {
        Answer::Rules(answer) => match *answer {
            RulesAnswer::Text(text) => text,
            other => panic!("no text: {other:?}"),
        },
        other => panic!("no text: {other:?}"),
    }
}

fn simulation(engine: &mut Engine, ask: SimulateAsk) -> SimulationAnswer {
    match engine.answer(Query::Rules(Box::new(RulesAsk::Simulate(ask)))) {
        Answer::Rules(answer) => match *answer {
            RulesAnswer::Simulation(found) => found,
            other => panic!("no simulation: {other:?}"),
        },
        other => panic!("no simulation: {other:?}"),
    }
}

#[test]
fn services_add_up_to_the_matrix() {
    for (name, filter) in
        [("vnet.json", ""), ("nsg_v2.json", ""), ("appliance.json", ""), ("appliance.json", "port:443")]
    {
        let mut engine = load(&[(name, &fixture(name))]);
        let view = View { filter: filter.to_owned(), ..View::default() };
        let Answer::Matrix(matrix) = engine.answer(Query::Matrix(view.clone())) else { panic!("no matrix") };
        let name_of = |at: u32| matrix.subnets[at as usize].name.clone();
        let cells: BTreeMap<(String, String), Tally> =
            matrix.cells.iter().map(|cell| ((name_of(cell.src), name_of(cell.dst)), cell.tally)).collect();
        for hosts in [false, true] {
            let show = ReviewShow { hosts, ..all() };
            let question = ReviewAsk { view: view.clone(), ..ask(0, show) };
            let Answer::Review(answer) = engine.answer(Query::Review(Box::new(question))) else {
                panic!("no review")
            };
            let mut sums: BTreeMap<(String, String), Tally> = BTreeMap::new();
            for row in &answer.rows.rows {
                let pair = row.subnets.clone().unwrap_or((row.mark.src.clone(), row.mark.dst.clone()));
                sums.entry(pair).or_default().add(&row.tally);
            }
            assert_eq!(sums, cells, "{name} {filter}");
            assert_eq!(answer.rows.total, answer.services + answer.denied);
        }
    }
}

#[test]
fn progress_counts_services_of_which_something_was_allowed() {
    let mut engine = ops_and_mgmt();
    let before = review(&mut engine, 0, ReviewShow::default());
    assert_eq!((before.services, before.decided, before.denied, before.rows.total), (3, 0, 1, 3));
    tell(
        &mut engine,
        &[
            said("10.1.0.0/24", 3389, Verdict::Needed),
            said("10.1.0.0/24", 80, Verdict::Ask),
            said("10.1.0.0/24", 443, Verdict::Needed),
        ],
    );
    let after = review(&mut engine, 1, ReviewShow::default());
    assert_eq!((after.decided, after.asked, after.unseen), (1, 1, 1));
    let open = review(&mut engine, 1, ReviewShow { undecided: true, ..ReviewShow::default() });
    assert_eq!(open.rows.rows.iter().map(|row| row.mark.port).collect::<Vec<_>>(), [Some(80), Some(445)]);
    let found = review(&mut engine, 1, ReviewShow { text: "MICROSOFT-DS".into(), ..all() });
    assert_eq!(found.rows.rows.iter().map(|row| row.mark.port).collect::<Vec<_>>(), [Some(445)]);
}

#[test]
fn a_mark_of_one_host_makes_its_service_differ() {
    let mut engine = ops_and_mgmt();
    tell(&mut engine, &[said("10.1.0.4", 3389, Verdict::NotNeeded)]);
    let answer = review(&mut engine, 1, ReviewShow::default());
    let rdp = answer.rows.rows.iter().find(|row| row.mark.port == Some(3389)).unwrap();
    assert!(rdp.is_mixed() && rdp.verdict().is_none(), "{:?}", rdp.said);
    assert_eq!(answer.decided, 0);
    let hosts = review(&mut engine, 1, ReviewShow { hosts: true, ..all() });
    let row =
        hosts.rows.rows.iter().find(|row| row.mark.src == "10.1.0.4" && row.mark.port == Some(3389)).unwrap();
    assert_eq!(row.verdict(), Some(Verdict::NotNeeded));
    assert_eq!(row.subnets, Some(("10.1.0.0/24".into(), "10.1.1.0/24".into())));
}

#[test]
fn the_table_for_owners_comes_back_as_it_went() {
    let mut engine = ops_and_mgmt();
    let mark =
        Mark { owner: "=Anna".into(), note: "a;b\n\"c\"".into(), ..said("10.1.0.0/24", 445, Verdict::Ask) };
    tell(&mut engine, std::slice::from_ref(&mark));
    let Answer::File(name, text) = engine.answer(Query::ReviewTable(Box::new(ask(1, all())))) else {
        panic!("no table")
    };
    assert_eq!(name, "azflow-review.csv");
    assert_eq!(text.lines().filter(|line| line.starts_with("10.1.0.0/24,")).count(), 4);
    assert!(text.contains("'=Anna"), "{text}");
    let Answer::ReviewRead(Ok(read)) = engine.answer(Query::ReadReview(text)) else { panic!("not read") };
    assert_eq!(read.problems, Vec::<String>::new());
    assert_eq!(
        Review::of(read.marks).get("10.1.0.0/24", "10.1.1.0/24", Protocol::TCP, Some(445)),
        Some(&mark)
    );
}

#[test]
fn a_draft_follows_the_review() {
    let mut engine = ops_and_mgmt();
    let whole = draft(&mut engine, 0, false);
    assert_eq!((whole.covered, whole.needed), (4, 0));
    tell(
        &mut engine,
        &[
            said("10.1.0.0/24", 3389, Verdict::Needed),
            said("10.1.0.0/24", 23, Verdict::Needed),
            said("10.1.0.0/24", 80, Verdict::NotNeeded),
        ],
    );
    let reviewed = draft(&mut engine, 1, false);
    // RDP twice, Telnet though it was denied; not HTTP, and once something is decided not SMB, on which nobody decided.
    assert_eq!((reviewed.covered, reviewed.needed, reviewed.undecided), (3, 3, 1));
    assert!(reviewed.skipped.contains(&("undecided".to_owned(), 1)), "{:?}", reviewed.skipped);
    let open = DraftAsk { marks: 1, undecided: true, ..DraftAsk::default() };
    let open = drafted(&mut engine, open);
    assert_eq!((open.covered, open.undecided), (4, 1));
    let only = draft(&mut engine, 1, true);
    assert_eq!(only.covered, 3);
    let ports: Vec<&str> =
        only.groups.iter().flat_map(|g| &g.rules).map(|rule| rule.ports.as_str()).collect();
    assert_eq!(ports[0], "23, 3389");
    let only = DraftAsk { marks: 1, only_needed: true, ..DraftAsk::default() };
    let text = draft_text(&mut engine, only, "terraform");
    assert!(text.contains("azurerm_network_security_"), "{text}");

    let ask = SimulateAsk {
        draft: DraftAsk { marks: 1, only_needed: true, ..DraftAsk::default() },
        part: SimulatedPart { fate: Some(Fate::WouldBreak), ..SimulatedPart::default() },
        ..SimulateAsk::default()
    };
    let found = simulation(&mut engine, ask.clone());
    assert_eq!(found.totals, [2, 2, 0, 1, 0], "RDP kept, SMB and HTTP break, Telnet opened");
    assert_eq!(
        found.rows.rows.iter().map(|row| row.service.as_str()).collect::<Vec<_>>(),
        ["tcp/80", "tcp/445"]
    );
    for table in &found.tables {
        let sums: u64 = table.rows.iter().flat_map(|line| line.2).sum();
        assert_eq!(sums, 5);
    }
    // Nothing that was marked as needed breaks.
    let line = Some((String::new(), "tcp/3389".to_owned()));
    let part = SimulatedPart { fate: Some(Fate::WouldBreak), line, ..SimulatedPart::default() };
    assert_eq!(simulation(&mut engine, SimulateAsk { part, ..ask.clone() }).rows.total, 0);
    let loaded = simulation(&mut engine, SimulateAsk { source: RuleSource::Loaded, ..ask.clone() });
    assert!(loaded.error.is_some());
    let no_file = simulation(&mut engine, SimulateAsk { source: RuleSource::File, ..ask });
    assert!(no_file.error.is_some());
}

#[test]
fn an_opened_file_of_rules_is_simulated_like_the_draft_that_it_is() {
    let mut engine = ops_and_mgmt();
    let made = simulation(&mut engine, SimulateAsk::default());
    let text = draft_text(&mut engine, DraftAsk::default(), "json");
    engine.handle(ToEngine::Rules(text), None);
    let opened =
        simulation(&mut engine, SimulateAsk { source: RuleSource::File, file: 1, ..SimulateAsk::default() });
    assert_eq!(opened.totals, made.totals);
    assert_eq!(made.totals, [4, 0, 1, 0, 0]);
}

#[test]
fn a_typed_flow_is_decided_and_compared() {
    let mut engine = load(&[
        ("PT1H.json", &log(&[("10.1.0.4", "10.2.0.5", 3389, 'A')])),
        ("nsgs.json", &fixture("az_nsg_list.json")),
        ("vnets.json", &fixture("az_vnet_list.json")),
    ]);
    let mut decide = |src: &str, port: &str| {
        let flow =
            DecideAsk { src: src.into(), dst: " 10.2.0.5".into(), port: port.into(), protocol: "TCP".into() };
        match engine.answer(Query::Rules(Box::new(RulesAsk::Decide(View::default(), flow)))) {
            Answer::Rules(answer) => match *answer {
                RulesAnswer::Decision(found) => found,
                other => panic!("no decision: {other:?}"),
            },
            other => panic!("no decision: {other:?}"),
        }
    };
    let seen = decide("10.1.0.4", "3389");
    assert_eq!(seen.problem, None);
    assert_eq!(seen.seen.map(|tally| tally.allowed_flows), Some(1));
    assert_eq!(seen.logged.len(), 1);
    assert!(!seen.stages.is_empty());
    assert!(decide("10.1.0.4", "99").seen.is_none());
    assert!(decide("10.1.0", "99").problem.is_some_and(|why| why.contains("10.1.0")));
    assert!(decide("10.1.0.4", "http").problem.is_some());
}

#[test]
fn a_table_of_flows_is_no_review_though_it_has_its_columns() {
    let heading = "time,source,destination,port,protocol,direction,decision,owner,note";
    let flows = format!("{heading}\n2026-10-01T00:00:00Z,10.0.0.4,10.0.1.4,443,tcp,in,allowed,anna,x\n");
    assert!(!is_review(&flows));
    assert!(!is_review(&flows.replace(',', ";").replace("allowed", "D")));
    let review = "source,destination,protocol,port,decision,owner,note\n";
    for row in ["", "a,b,tcp,443,needed,anna,x\n", "a,b,tcp,443,,,\n", "a,b,tcp,443,who knows,,\n", "a,b,tc"]
    {
        assert!(is_review(&format!("{review}{row}")), "{row}");
    }
    // With more beside the columns, something above them, and a note full of another separator.
    assert!(is_review(&format!(
        "ours;;;;;;;\nflows;{}a;b;tcp;1;ask;o;n, n, n, n, n, n, n, n, n\n",
        review.replace(',', ";")
    )));
    assert!(is_review(&review_document(&Review::default())) && !is_review("{}") && !is_review("a,b\n1,2\n"));
    let note = "a; b; c; d; e; f; g; h; i; j; k; l; m; n; o; p; q; r; s; t; u";
    let read = read_review(&format!("{review}a,b,tcp,443,needed,x,{note}\n")).unwrap();
    assert_eq!((read.problems.len(), read.review.marks().len()), (0, 1));
}
