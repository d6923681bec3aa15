//! Noise and findings, each found where it is and not where it is not. Logs are written by hand, so that a test
//! reads like the condition in docs/SEMANTICS.md.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use azflow_core::store::Noise;
use azflow_engine::findings::{Code, Finding, Instance, Severity};
use azflow_engine::session::{
    Answer, Change, CompareAnswer, Comparison, Engine, FindingsAnswer, Overview, Query, View,
};
use std::collections::BTreeMap;
use std::fmt::Write;

/// 2026-10-07T00:00:00Z in minutes since 1970.
const START: u32 = 29_855_520;

/// A VNet flow log in the making: tuples by record (NIC and minute), group (ACL and rule).
#[derive(Default)]
struct Log(BTreeMap<(String, u32), Groups>);

/// Tuples by ACL and rule.
type Groups = BTreeMap<(String, String), Vec<String>>;

/// Where a tuple is logged: NIC, direction, rule.
type At = (&'static str, char, &'static str);

const IN: &str = "DefaultRule_AllowVnetInBound";
const OUT: &str = "DefaultRule_AllowVnetOutBound";
const DENY: &str = "DefaultRule_DenyAllInBound";
const A: &str = "000D3A00000A";
const B: &str = "000D3A00000B";

/// The port of a caller that gets answers.
const ANSWERED: u16 = 50_500;

impl Log {
    fn tuple(&mut self, minute: u32, flow: (&str, &str, u8, u16), at: At, state: &str, counters: [u32; 4]) {
        self.full(minute, flow, at, ("acl", state, "NX"), counters);
    }

    fn full(
        &mut self,
        minute: u32,
        (src, dst, protocol, port): (&str, &str, u8, u16),
        (mac, direction, rule): At,
        (acl, state, encryption): (&str, &str, &str),
        [a, b, c, d]: [u32; 4],
    ) {
        let time = u64::from(START + minute) * 60_000 + 5;
        // What goes on without having begun comes from a service's port where it is an answer.
        let from = if state == "C" && port == ANSWERED { 443 } else { 50_000 };
        let line = format!(
            "{time},{src},{dst},{from},{port},{protocol},{direction},{state},{encryption},{a},{b},{c},{d}"
        );
        let record = self.0.entry((mac.to_owned(), minute)).or_default();
        record.entry((acl.to_owned(), rule.to_owned())).or_default().push(line);
    }

    /// A flow that was allowed and answered.
    fn allowed(&mut self, minute: u32, flow: (&str, &str, u8, u16), at: At) {
        self.tuple(minute, flow, at, "B", [0; 4]);
        self.tuple(minute, flow, at, "E", [5, 500, 4, 4000]);
    }

    /// A refused attempt.
    fn denied(&mut self, minute: u32, flow: (&str, &str, u8, u16), at: At) {
        self.tuple(minute, flow, at, "D", [0; 4]);
    }

    /// Something at a NIC that no finding is about, so that the NIC has a record of the minute and an own end.
    fn noise_free(&mut self, minute: u32, own: &str, mac: &'static str) {
        for _ in 0..3 {
            self.allowed(minute, (own, "10.9.9.9", 6, 8443), (mac, 'O', "UserRule_Any"));
        }
    }

    fn load(&self) -> Engine {
        let mut text = String::new();
        for ((mac, minute), groups) in &self.0 {
            let time = azflow_core::model::UnixMillis::from_minute(START + minute).to_iso();
            let flows: Vec<String> = groups
                .iter()
                .map(|((acl, rule), tuples)| {
                    let tuples = tuples.join("\",\"");
                    format!("{{\"aclID\":\"{acl}\",\"flowGroups\":[{{\"rule\":\"{rule}\",\"flowTuples\":[\"{tuples}\"]}}]}}")
                })
                .collect();
            let flows = flows.join(",");
            let comma = if text.is_empty() { "" } else { "," };
            write!(
                text,
                "{comma}{{\"time\":\"{time}\",\"flowLogVersion\":4,\"macAddress\":\"{mac}\",\"category\":\"FlowLogFlowEvent\",\
                 \"flowRecords\":{{\"flows\":[{flows}]}}}}"
            )
            .unwrap();
        }
        support::load(&[("PT1H.json", format!("{{\"records\":[{text}]}}").as_bytes())])
    }

    fn ask(&self) -> FindingsAnswer {
        ask(&mut self.load())
    }

    fn finding(&self, code: Code) -> Option<Finding> {
        self.ask().findings.into_iter().find(|finding| finding.code == code)
    }

    fn noise(&self) -> Vec<(Noise, u64)> {
        self.ask().noise.iter().map(|row| (row.kind, row.conversations)).collect()
    }
}

fn ask(engine: &mut Engine) -> FindingsAnswer {
    match engine.answer(Query::Findings(View::default())) {
        Answer::Findings(answer) => *answer,
        other => panic!("not findings: {other:?}"),
    }
}

/// The instances between two subnets at a port.
fn row<'a>(finding: &'a Finding, src: &str, dst: &str, port: u16) -> Option<&'a Instance> {
    finding
        .rows
        .iter()
        .find(|row| row.src == src && row.dst == dst && row.service.is_some_and(|s| s.1 == Some(port)))
}

const ADMIN: At = (B, 'I', "UserRule_Any");

#[test]
fn many_refused_ports_of_one_host_are_a_scan() {
    let scan = |ports: u16| {
        let mut log = Log::default();
        (0..ports).for_each(|port| log.denied(1, ("10.1.0.9", "10.2.0.4", 6, 1000 + port), (B, 'I', DENY)));
        log
    };
    assert_eq!(scan(25).noise(), [(Noise::Scan, 25)]);
    assert_eq!(scan(24).noise(), []);
    let found = scan(25).finding(Code::Scanner).unwrap();
    assert_eq!((found.rows[0].src.as_str(), found.rows[0].number), ("10.1.0.9", 25));
    assert_eq!(found.severity, Severity::Serious, "it comes from inside");
    assert!(scan(24).finding(Code::Scanner).is_none());
}

#[test]
fn many_hosts_at_one_port_are_a_scan_and_few_each_are_none() {
    let mut wide = Log::default();
    (0..30).for_each(|host| {
        wide.denied(1, ("10.1.0.9", &format!("10.2.0.{}", 4 + host), 6, 445), (B, 'I', DENY))
    });
    assert_eq!(wide.noise(), [(Noise::Scan, 30)]);
    // Thirty targets, but never ten at one host or one port.
    let mut square = Log::default();
    for host in 0..6 {
        for port in 0..5 {
            square.denied(1, ("10.1.0.9", &format!("10.2.0.{}", 4 + host), 6, 440 + port), (B, 'I', DENY));
        }
    }
    assert_eq!(square.noise(), []);
}

#[test]
fn a_source_that_mostly_succeeds_is_no_scanner() {
    let mut log = Log::default();
    for port in 0..30 {
        log.denied(1, ("10.1.0.9", "10.2.0.4", 6, 1000 + port), (B, 'I', DENY));
        log.allowed(1, ("10.1.0.9", "10.2.0.4", 6, 2000 + port), ADMIN);
    }
    assert_eq!(log.noise(), []);
}

#[test]
fn what_a_scanner_was_allowed_is_told_and_is_no_noise() {
    let mut log = Log::default();
    (0..40).for_each(|port| log.denied(1, ("8.8.8.8", "10.2.0.4", 6, 1000 + port), (B, 'I', DENY)));
    let outside = log.finding(Code::Scanner).unwrap();
    assert_eq!((outside.severity, outside.rows[0].through), (Severity::Note, 0));
    assert_eq!(outside.rows[0].dst, "Internet");
    log.allowed(1, ("8.8.8.8", "10.2.0.4", 6, 443), ADMIN);
    let found = log.finding(Code::Scanner).unwrap();
    assert_eq!((found.severity, found.rows[0].through), (Severity::Serious, 1));
    assert_eq!(log.noise(), [(Noise::Scan, 40)]);
}

#[test]
fn allowed_without_an_answer_is_in_vain_too() {
    let mut log = Log::default();
    for port in 0..25 {
        let flow = ("10.1.0.9", "10.2.0.4", 6, 1000 + port);
        log.tuple(1, flow, (B, 'I', IN), "B", [0; 4]);
        log.tuple(1, flow, (B, 'I', IN), "E", [1, 60, 0, 0]);
    }
    assert_eq!(log.noise(), [(Noise::Scan, 25)]);
}

#[test]
fn a_public_address_that_never_got_in_is_background() {
    let mut log = Log::default();
    log.denied(1, ("8.8.8.8", "10.2.0.4", 6, 22), (B, 'I', DENY));
    log.denied(1, ("10.1.0.9", "10.2.0.4", 6, 22), (B, 'I', DENY));
    log.denied(1, ("9.9.9.9", "10.2.0.4", 6, 22), (B, 'I', DENY));
    log.allowed(1, ("9.9.9.9", "10.2.0.4", 6, 443), ADMIN);
    // A public address used inside: it was logged leaving its own NIC.
    log.denied(1, ("20.0.0.4", "10.2.0.4", 6, 22), (A, 'O', "UserRule_Deny"));
    assert_eq!(log.noise(), [(Noise::Background, 1)]);
}

#[test]
fn platform_and_group_addresses_are_named_whoever_decides_and_no_others() {
    let mut log = Log::default();
    log.allowed(1, ("168.63.129.16", "10.2.0.4", 6, 8080), ADMIN);
    log.allowed(1, ("10.2.0.4", "169.254.169.254", 6, 80), (B, 'O', "PlatformRule"));
    log.allowed(1, ("10.2.0.4", "20.60.0.1", 6, 443), (B, 'O', "PlatformRule"));
    log.allowed(1, ("10.2.0.4", "20.60.0.2", 6, 443), (B, 'O', "UserRule_Any"));
    log.denied(1, ("10.2.0.5", "255.255.255.255", 17, 67), (B, 'I', DENY));
    log.denied(1, ("10.2.0.5", "10.2.0.255", 17, 137), (B, 'I', DENY));
    log.denied(1, ("10.2.0.5", "10.2.0.255", 6, 137), (B, 'I', DENY));
    log.allowed(1, ("10.2.0.9", "10.2.0.4", 6, 8443), (B, 'I', "DefaultRule_AllowAzureLoadBalancerInBound"));
    assert_eq!(log.noise(), [(Noise::Platform, 2), (Noise::Broadcast, 2)]);
}

#[test]
fn answers_that_come_alone_are_suspected_replies() {
    let mut log = Log::default();
    // Never seen to begin, to a port for callers: from a service's port, and from one for callers. And to another port.
    log.tuple(1, ("10.1.0.4", "10.2.0.4", 6, ANSWERED), (B, 'I', IN), "C", [5, 500, 4, 400]);
    log.tuple(1, ("10.1.0.4", "10.2.0.4", 6, 50_501), (B, 'I', IN), "C", [5, 500, 4, 400]);
    log.tuple(1, ("10.1.0.4", "10.2.0.4", 6, 8443), (B, 'I', IN), "C", [5, 500, 4, 400]);
    // Refused, at a port for callers, by a host that the other one talks to; and by one it does not.
    log.allowed(1, ("10.2.0.4", "10.3.0.4", 6, 443), (B, 'O', OUT));
    log.denied(2, ("10.3.0.4", "10.2.0.4", 6, 51_000), (B, 'I', DENY));
    log.denied(2, ("10.3.0.5", "10.2.0.4", 6, 51_000), (B, 'I', DENY));
    assert_eq!(log.noise(), [(Noise::Reply, 2)]);
}

#[test]
fn management_from_the_internet_is_serious_if_it_was_let_in() {
    let mut log = Log::default();
    log.allowed(1, ("8.8.8.8", "10.2.0.4", 6, 3389), (B, 'I', "UserRule_Rdp_Any"));
    log.denied(1, ("8.8.8.8", "10.2.0.4", 6, 22), (B, 'I', DENY));
    log.allowed(1, ("8.8.8.8", "10.2.0.4", 6, 443), ADMIN);
    log.allowed(1, ("10.1.0.4", "10.2.0.4", 6, 3389), ADMIN);
    let found = log.finding(Code::ManagementOpen).unwrap();
    assert_eq!((found.total, found.severity), (1, Severity::Serious));
    let row = row(&found, "Internet", "10.2.0.0/24", 3389).unwrap();
    assert_eq!((row.rules.as_slice(), row.hosts), (["UserRule_Rdp_Any".to_owned()].as_slice(), (1, 1)));
}

#[test]
fn what_a_rule_of_its_own_lets_in_does_not_ride_on_the_default() {
    let mut log = Log::default();
    log.allowed(1, ("10.1.0.4", "10.2.0.4", 6, 1433), (A, 'O', OUT));
    log.allowed(1, ("10.1.0.4", "10.2.0.4", 6, 1433), (B, 'I', IN));
    log.allowed(1, ("10.1.0.4", "10.2.0.4", 6, 8080), (A, 'O', OUT));
    log.allowed(1, ("10.1.0.4", "10.2.0.4", 6, 8080), (B, 'I', "UserRule_App"));
    // Only seen where it leaves.
    log.allowed(1, ("10.1.0.4", "10.3.0.4", 6, 53), (A, 'O', OUT));
    log.allowed(1, ("10.1.0.4", "8.8.8.8", 6, 53), (A, 'O', "DefaultRule_AllowInternetOutBound"));
    // The log says that the rule of the virtual network let it out: a default route makes every address its member.
    log.allowed(1, ("10.1.0.4", "9.9.9.9", 6, 54), (A, 'O', OUT));
    log.allowed(1, ("10.1.0.4", "10.4.0.4", 6, 99), (A, 'O', "UserRule_AllowVnetOutBound"));
    let found = log.finding(Code::DefaultAllow).unwrap();
    let pairs: Vec<_> =
        found.rows.iter().map(|row| (row.dst.as_str(), row.service.unwrap().1.unwrap())).collect();
    assert_eq!(pairs, [("10.2.0.0/24", 1433), ("10.3.0.0/24", 53), ("Internet", 54)]);
}

#[test]
fn clear_text_anywhere_and_file_sharing_between_networks() {
    let mut log = Log::default();
    for (dst, port) in
        [("10.2.0.4", 445), ("10.1.0.5", 445), ("10.2.0.4", 23), ("10.1.0.5", 21), ("10.2.0.4", 22)]
    {
        log.allowed(1, ("10.1.0.4", dst, 6, port), (A, 'O', OUT));
    }
    log.denied(1, ("10.1.0.4", "10.2.0.4", 6, 110), (B, 'I', DENY));
    let found = log.finding(Code::LegacyProtocol).unwrap();
    let mut seen: Vec<_> =
        found.rows.iter().map(|row| (row.dst.as_str(), row.service.unwrap().1.unwrap())).collect();
    seen.sort_unstable();
    // Within its subnet, file sharing is what one expects.
    assert_eq!(seen, [("10.1.0.0/24", 21), ("10.2.0.0/24", 23), ("10.2.0.0/24", 445)]);
}

#[test]
fn a_pair_that_is_denied_hour_after_hour_retries() {
    let denied = |hours: u32, each: u32| {
        let mut log = Log::default();
        for hour in 0..hours {
            (0..each)
                .for_each(|at| log.denied(hour * 60 + at, ("10.1.0.4", "10.2.0.4", 6, 1433), (B, 'I', DENY)));
        }
        log
    };
    let found = denied(3, 4).finding(Code::DeniedRetries).unwrap();
    assert_eq!((found.rows[0].number, found.rows[0].tally.denied_flows), (3, 12));
    assert!(denied(2, 20).finding(Code::DeniedRetries).is_none(), "two hours");
    assert!(denied(3, 3).finding(Code::DeniedRetries).is_none(), "nine attempts");
    // What gets through now and then is not denied for good.
    let mut mixed = denied(3, 4);
    mixed.allowed(1, ("10.1.0.4", "10.2.0.4", 6, 1433), (B, 'I', IN));
    assert!(mixed.finding(Code::DeniedRetries).is_none());
}

#[test]
fn an_end_that_logs_should_have_logged_it_too() {
    let log = |both_log: bool, both_saw: bool| {
        let mut log = Log::default();
        log.noise_free(1, "10.1.0.4", A);
        // The other NIC has records of the hour, or only of a later one.
        log.noise_free(if both_log { 1 } else { 61 }, "10.2.0.4", B);
        log.allowed(2, ("10.1.0.4", "10.2.0.4", 6, 1433), (A, 'O', OUT));
        if both_saw {
            log.allowed(2, ("10.1.0.4", "10.2.0.4", 6, 1433), (B, 'I', IN));
        }
        log.finding(Code::OneSided)
    };
    let found = log(true, false).unwrap();
    assert_eq!((found.rows[0].src.as_str(), found.rows[0].number), ("10.1.0.0/24", 0));
    assert!(log(true, true).is_none());
    assert!(log(false, false).is_none(), "the other NIC did not log then");
    // What was refused on leaving never came to the other end.
    let mut denied = Log::default();
    denied.noise_free(1, "10.1.0.4", A);
    denied.noise_free(1, "10.2.0.4", B);
    denied.denied(2, ("10.1.0.4", "10.2.0.4", 6, 1433), (A, 'O', "UserRule_Deny"));
    assert!(denied.finding(Code::OneSided).is_none());
    // And what came in without having left.
    let mut inbound = Log::default();
    inbound.noise_free(1, "10.1.0.4", A);
    inbound.noise_free(1, "10.2.0.4", B);
    inbound.allowed(2, ("10.1.0.4", "10.2.0.4", 6, 1433), (B, 'I', IN));
    assert_eq!(inbound.finding(Code::OneSided).unwrap().rows[0].number, 1);
}

#[test]
fn groups_that_both_log_the_same_flows_put_counting_in_doubt() {
    let log = |conversations: u16, second: u32| {
        let mut log = Log::default();
        for port in 0..conversations {
            let flow = ("10.1.0.4", "10.2.0.4", 6, 1000 + port);
            (0..10).for_each(|_| log.full(1, flow, (B, 'I', IN), ("nsg-subnet", "B", "NX"), [0; 4]));
            (0..second).for_each(|_| log.full(1, flow, (B, 'I', IN), ("nsg-nic", "B", "NX"), [0; 4]));
        }
        log.finding(Code::TwoGroups)
    };
    let found = log(10, 9).unwrap();
    let row = &found.rows[0];
    assert_eq!((row.src.as_str(), row.dst.as_str(), row.number), ("nsg-nic", "nsg-subnet", 10));
    assert!(log(9, 10).is_none(), "too few conversations");
    assert!(log(20, 5).is_none(), "half as many is what one of two would log");
}

#[test]
fn hours_without_records_are_gaps() {
    let log = |hours: &[u32]| {
        let mut log = Log::default();
        hours.iter().for_each(|hour| log.noise_free(hour * 60, "10.1.0.4", A));
        log.finding(Code::CoverageGaps)
    };
    let found = log(&[0, 1, 4, 5]).unwrap();
    assert_eq!((found.rows[0].src.as_str(), found.rows[0].number), (A, 2));
    assert!(log(&[0, 1, 2]).is_none());
}

/// A day in which one service is seen all day, and another from the one hour to the other.
fn day(from: u32, to: u32, log_begins: u32) -> Log {
    let mut log = Log::default();
    (0..24).for_each(|hour| log.noise_free(hour * 60, "10.1.0.4", A));
    log.noise_free(23 * 60 + 59, "10.1.0.4", A);
    (log_begins..24).for_each(|hour| log.noise_free(hour * 60, "10.2.0.4", B));
    (from..to).for_each(|hour| log.allowed(hour * 60 + 30, ("10.5.0.4", "10.2.0.4", 6, 1433), (B, 'I', IN)));
    log
}

#[test]
fn who_first_comes_in_the_last_tenth_is_new() {
    let found = day(22, 24, 0).finding(Code::NewTalkers).unwrap();
    assert!(found.total == 1 && row(&found, "10.5.0.0/24", "10.2.0.0/24", 1433).is_some());
    assert!(day(20, 24, 0).finding(Code::NewTalkers).is_none());
    assert!(day(22, 24, 22).finding(Code::NewTalkers).is_none(), "the log itself only began then");
}

#[test]
fn who_stays_away_in_the_last_third_is_gone() {
    let found = day(8, 13, 0).finding(Code::GoneTalkers).unwrap();
    assert!(found.total == 1 && row(&found, "10.5.0.0/24", "10.2.0.0/24", 1433).is_some());
    assert!(day(8, 18, 0).finding(Code::GoneTalkers).is_none());
    assert!(day(11, 13, 0).finding(Code::GoneTalkers).is_none(), "was hardly there");
}

#[test]
fn a_short_window_has_neither_newcomers_nor_leavers() {
    let mut log = Log::default();
    (0..6).for_each(|hour| log.noise_free(hour * 60, "10.1.0.4", A));
    log.allowed(359, ("10.1.0.4", "10.2.0.4", 6, 1433), (A, 'O', OUT));
    assert!(log.finding(Code::NewTalkers).is_none());
}

#[test]
fn public_destinations_are_listed_by_subnet() {
    let mut log = Log::default();
    log.allowed(1, ("10.1.0.4", "8.8.8.8", 17, 53), (A, 'O', "DefaultRule_AllowInternetOutBound"));
    log.allowed(1, ("10.1.0.5", "9.9.9.9", 6, 443), (A, 'O', "DefaultRule_AllowInternetOutBound"));
    let found = log.finding(Code::PublicTalk).unwrap();
    assert_eq!((found.total, found.rows[0].hosts, found.rows[0].number, found.tags), (1, (2, 2), 2, false));
    let mut refused = Log::default();
    refused.denied(1, ("10.1.0.4", "8.8.8.8", 17, 53), (A, 'O', "UserRule_Deny"));
    refused.allowed(1, ("8.8.8.8", "10.1.0.4", 6, 443), (A, 'I', "UserRule_Web"));
    assert!(refused.finding(Code::PublicTalk).is_none());
}

#[test]
fn service_tags_tell_azure_from_the_rest() {
    let mut log = Log::default();
    log.allowed(1, ("10.1.0.4", "20.60.0.1", 6, 443), (A, 'O', "DefaultRule_AllowInternetOutBound"));
    let mut engine = log.load();
    assert!(ask(&mut engine).findings.iter().any(|finding| finding.code == Code::PublicTalk));
    let tags =
        br#"{"changeNumber":1,"cloud":"Public","values":[{"name":"Storage","id":"Storage","properties":{
        "addressPrefixes":["20.60.0.0/16"]}}]}"#;
    engine.take_scan(azflow_engine::session::SourceId(7), support::scan("ServiceTags_Public.json", tags, 64));
    assert!(!ask(&mut engine).findings.iter().any(|finding| finding.code == Code::PublicTalk));
}

#[test]
fn packets_dropped_for_want_of_encryption_are_told_from_denials() {
    let mut log = Log::default();
    let flow = ("10.1.0.4", "10.2.0.4", 6, 1433);
    log.full(1, flow, (A, 'O', "unspecified"), ("unspecified", "D", "NX_NOT_ACCEPTED"), [0; 4]);
    log.full(1, ("10.1.0.4", "10.2.0.4", 6, 99), (A, 'O', DENY), ("acl", "D", "NX"), [0; 4]);
    let found = log.finding(Code::EncryptionDrops).unwrap();
    assert_eq!((found.total, found.tally.denied_flows, found.severity), (1, 1, Severity::Serious));
}

const NETWORKS: &str = r#"[
  {"id":"/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/one","name":"one",
   "addressSpace":{"addressPrefixes":["10.1.0.0/16"]},"subnets":[{"name":"a","addressPrefix":"10.1.0.0/24",
   "id":"/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/one/subnets/a"}],"virtualNetworkPeerings":[PEERING]},
  {"id":"/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/two","name":"two",
   "addressSpace":{"addressPrefixes":["10.2.0.0/16"]},"subnets":[{"name":"b","addressPrefix":"10.2.0.0/24",
   "id":"/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/two/subnets/b"}],"virtualNetworkPeerings":[]}]"#;

#[test]
fn traffic_between_networks_needs_a_peering() {
    let found = |peering: &str| {
        let mut log = Log::default();
        log.allowed(1, ("10.1.0.4", "10.2.0.4", 6, 1433), (A, 'O', OUT));
        let mut engine = log.load();
        let text = NETWORKS.replace("PEERING", peering);
        engine
            .take_scan(azflow_engine::session::SourceId(7), support::scan("vnets.json", text.as_bytes(), 99));
        ask(&mut engine).findings.into_iter().find(|finding| finding.code == Code::WithoutPeering)
    };
    let without = found("").unwrap();
    assert_eq!((without.rows[0].src.as_str(), without.rows[0].dst.as_str()), ("one", "two"));
    let with = r#"{"name":"p","peeringState":"Connected","allowVirtualNetworkAccess":true,"remoteVirtualNetwork":{
        "id":"/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/two"}}"#;
    assert!(found(with).is_none());
}

fn example() -> Engine {
    let files: Vec<_> = (0..azflow_engine::example::FILES).map(azflow_engine::example::file).collect();
    let sources: Vec<_> = files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
    support::load(&sources)
}

fn overview(engine: &mut Engine, filter: &str) -> Overview {
    match engine.answer(Query::Overview(View { filter: filter.to_owned(), ..View::default() })) {
        Answer::Overview(overview) => overview,
        other => panic!("no overview: {other:?}"),
    }
}

#[test]
fn the_filter_of_an_instance_shows_just_what_it_counts() {
    let mut engine = example();
    let answer = ask(&mut engine);
    for finding in &answer.findings {
        for row in &finding.rows {
            let filter = azflow_engine::filter::parse(&row.filter).unwrap();
            assert_eq!(filter.to_string(), row.filter, "{:?}", finding.code);
            let shown = overview(&mut engine, &row.filter);
            // A scanner is shown with all that it did.
            if finding.code == Code::Scanner {
                assert!(
                    shown.shown >= row.conversations && shown.tally.denied_flows >= row.tally.denied_flows
                );
            } else {
                assert_eq!((shown.shown, shown.tally), (row.conversations, row.tally), "{}", row.filter);
            }
        }
    }
}

#[test]
fn noise_is_hidden_or_alone_by_one_term() {
    let mut engine = example();
    let answer = ask(&mut engine);
    let noise: u64 = answer.noise.iter().map(|row| row.conversations).sum();
    assert!(noise > 0);
    assert_eq!(overview(&mut engine, "noise:any").shown, noise);
    assert_eq!(overview(&mut engine, "-noise:any").shown, answer.conversations - noise);
    for row in &answer.noise {
        let shown = overview(&mut engine, &format!("noise:{}", row.kind.as_str()));
        assert_eq!((shown.shown, shown.tally), (row.conversations, row.tally));
    }
    assert!(azflow_engine::filter::parse("noise:loud").is_err());
}

#[test]
fn the_examples_story_is_found() {
    let answer = ask(&mut example());
    let of = |code: Code| answer.findings.iter().find(|finding| finding.code == code).unwrap();
    assert!(row(of(Code::ManagementOpen), "Internet", "10.10.2.0/24", 3389).is_some(), "the forgotten rule");
    assert!(row(of(Code::LegacyProtocol), "10.10.2.0/24", "10.20.2.0/24", 445).is_some(), "the legacy share");
    let scanner = of(Code::Scanner);
    assert_eq!(scanner.rows[0].src, "192.168.10.99");
    assert!(answer.noise.iter().any(|row| row.kind == Noise::Scan && row.conversations > 500));
    // The API that tries a database which is no longer its own.
    assert!(row(of(Code::DeniedRetries), "10.10.3.0/24", "10.20.1.0/24", 1433).is_some());
}

fn compare(engine: &mut Engine, before: &str, after: &str, services: bool) -> CompareAnswer {
    let between = Comparison { before: before.to_owned(), after: after.to_owned(), services, kept: None };
    match engine.answer(Query::Compare(View::default(), between)) {
        Answer::Compare(answer) => *answer,
        other => panic!("no comparison: {other:?}"),
    }
}

#[test]
fn two_periods_tell_what_is_new_gone_and_changed() {
    let mut log = Log::default();
    let at = (B, 'I', "UserRule_Any");
    for minute in 0..20 {
        log.allowed(minute, ("10.1.0.4", "10.2.0.4", 6, 443), at);
        log.allowed(minute + 60, ("10.1.0.4", "10.2.0.4", 6, 443), at);
        log.allowed(minute + 60, ("10.1.0.4", "10.2.0.4", 6, 443), at);
        log.allowed(minute, ("10.3.0.4", "10.2.0.4", 6, 22), at);
        log.denied(minute + 60, ("10.3.0.4", "10.2.0.4", 6, 22), (B, 'I', DENY));
        log.allowed(minute, ("10.1.0.4", "10.2.0.4", 6, 21), at);
        log.allowed(minute + 60, ("10.1.0.4", "10.2.0.4", 6, 990), at);
        log.allowed(minute, ("10.1.0.5", "10.2.0.4", 6, 99), at);
        log.allowed(minute + 60, ("10.1.0.5", "10.2.0.4", 6, 99), at);
    }
    let mut engine = log.load();
    let (first, second) = ("time:..2026-10-07T01:00", "time:2026-10-07T01:00..");
    let found = compare(&mut engine, first, second, true);
    let rows: Vec<_> =
        found.rows.rows.iter().map(|row| (row.service.unwrap().1.unwrap(), row.change)).collect();
    assert_eq!(rows, [(990, Change::New), (21, Change::Gone), (22, Change::Decision), (443, Change::More)]);
    assert_eq!((found.counts, found.rows.total), ([1, 1, 1, 1, 0, 1], 4));
    assert_eq!((found.before.attempts(), found.after.attempts()), (80, 100));
    // By pair alone, one port for another is no news.
    let pairs = compare(&mut engine, first, second, false);
    let rows: Vec<_> = pairs.rows.rows.iter().map(|row| (row.src.as_str(), row.change)).collect();
    assert_eq!(rows, [("10.3.0.0/24", Change::Decision)]);
    // The other way round.
    let back = compare(&mut engine, second, first, true);
    assert_eq!(back.counts, [1, 1, 1, 0, 1, 1]);
    // The filter of a row shows both sides of it.
    let row = &found.rows.rows[3];
    let shown = overview(&mut engine, &row.filter);
    assert_eq!(shown.tally.attempts(), row.before.attempts() + row.after.attempts());
}
