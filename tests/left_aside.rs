//! What seeds no rule by itself, and what must not be taken for such: traffic that is never answered, ports that were
//! handed out, connections older than the log.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use azflow_core::store::Noise;
use azflow_engine::rules::{Draft, DraftOptions, Skip, Unfit};
use azflow_engine::topology::Cut;
use support::rules::{drafted, nsg_record, records, vnet_record};

const ACL: &str = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/networkSecurityGroups/nsg";
const RULE: &str = "UserRule_all";

/// A tuple of a VNet flow log: its state, packets there and back.
fn told(ends: (&str, u16, &str, u16), protocol: u8, state: char, packets: (u64, u64)) -> String {
    let (src, src_port, dst, port) = ends;
    let (there, back) = packets;
    let (out, home) = (there * 100, back * 100);
    format!("1790812800000,{src},{dst},{src_port},{port},{protocol},I,{state},NX,{there},{out},{back},{home}")
}

/// A flow that began and ended in the log.
fn flow(ends: (&str, u16, &str, u16), protocol: u8, packets: (u64, u64)) -> [String; 2] {
    [told(ends, protocol, 'B', (0, 0)), told(ends, protocol, 'E', packets)]
}

fn draft_of(tuples: &[String]) -> (Vec<Noise>, Draft) {
    let bytes = records(&[vnet_record(0, "000D3A445566", ACL, RULE, tuples)]);
    let (_, traffic, draft) = drafted(&[("PT1H.json", &bytes)], Cut::default(), DraftOptions::default());
    (traffic.conversations.iter().map(|seen| seen.noise).collect(), draft)
}

/// The ports of rules that rest on traffic.
fn ports(draft: &Draft) -> Vec<String> {
    let rules = draft.groups.iter().flat_map(|group| &group.rules).filter(|rule| rule.conversations > 0);
    rules.flat_map(|rule| &rule.rule.destination_ports).map(ToString::to_string).collect()
}

fn skipped(draft: &Draft, unfit: Unfit) -> u64 {
    draft.skipped.get(&Skip::Unfit(unfit)).copied().unwrap_or_default()
}

const TCP: u8 = 6;
const UDP: u8 = 17;

#[test]
fn tunnels_between_nodes_are_no_scan_though_no_packet_of_theirs_comes_back() {
    for (protocol, port) in [(UDP, 4789), (UDP, 6081)] {
        let mut tuples = Vec::new();
        for from in 0..30 {
            for to in (0..30).filter(|to| *to != from) {
                let (from, to) = (format!("10.0.0.{}", 4 + from), format!("10.0.1.{}", 4 + to));
                tuples.extend(flow((&from, 40_000, &to, port), protocol, (3, 0)));
                tuples.extend(flow((&to, 40_001, &from, port), protocol, (2, 0)));
            }
        }
        let (noise, draft) = draft_of(&tuples);
        assert!(noise.iter().all(|noise| *noise == Noise::None));
        assert_eq!(draft.skipped.values().sum::<u64>(), 0);
        assert_eq!(ports(&draft), [port.to_string(), port.to_string()]);
    }
    // One way alone, a few packets each: that is what a scan over UDP looks like.
    let host = |number: u32| format!("10.0.1.{}", 4 + number);
    let one_way = |packets| -> Vec<String> {
        (0..30).flat_map(|to| flow(("10.0.0.4", 40_000, &host(to), 161), UDP, (packets, 0))).collect()
    };
    assert!(draft_of(&one_way(2)).0.iter().all(|noise| *noise == Noise::Scan));
    // A poller whose answers another way carries, ten packets a flow and more.
    assert!(draft_of(&one_way(20)).0.iter().all(|noise| *noise == Noise::None));
    // The handshake is TCP's answer: whatever was sent, nobody was there.
    let syns: Vec<String> =
        (0..30).flat_map(|to| flow(("10.0.0.4", 40_000, &host(to), 161), TCP, (500, 0))).collect();
    assert!(draft_of(&syns).0.iter().all(|noise| *noise == Noise::Scan));
}

#[test]
fn what_the_internet_sends_and_is_kept_up_is_no_background() {
    let sender = |packets| flow(("198.51.100.7", 50_001, "10.0.1.5", 514), UDP, (packets, 0));
    let (noise, draft) = draft_of(&sender(9_000));
    assert_eq!((noise, ports(&draft)), (vec![Noise::None], vec!["514".to_owned()]));
    // Many short flows of a sender that is never answered.
    let traps: Vec<String> =
        (0..100).flat_map(|_| flow(("198.51.100.7", 50_001, "10.0.1.5", 162), UDP, (1, 0))).collect();
    assert_eq!(draft_of(&traps).0, [Noise::None]);
    let (noise, draft) = draft_of(&sender(3));
    assert_eq!((noise, skipped(&draft, Unfit::Noise)), (vec![Noise::Background], 1));
    // IPsec without ports, kept up.
    assert_eq!(draft_of(&flow(("198.51.100.7", 0, "10.0.1.5", 0), 50, (5_000, 0))).0, [Noise::None]);
}

#[test]
fn a_long_connection_to_a_high_port_is_a_service_where_its_source_port_is_a_callers() {
    let going_on = |src, src_port, dst, port| told((src, src_port, dst, port), TCP, 'C', (900, 800));
    let (noise, draft) = draft_of(&[
        going_on("10.0.0.4", 50_000, "10.0.1.5", 49_301),
        going_on("10.0.0.6", 33_001, "10.0.1.5", 49_301),
    ]);
    assert_eq!((noise, ports(&draft)), (vec![Noise::None; 2], vec!["49301".to_owned()]));
    // From a service's port it is the answering half, and the draft says so.
    let (noise, draft) = draft_of(&[
        going_on("10.0.0.4", 1_433, "10.0.1.5", 49_301),
        going_on("10.0.0.4", 50_002, "10.0.1.5", 443),
    ]);
    assert_eq!((noise, skipped(&draft, Unfit::SuspectedReply)), (vec![Noise::None, Noise::Reply], 1));
    assert!(draft.notes.iter().any(|note| note.contains("probably answers") && note.contains(": 1 ")));
    // The same in an NSG flow log, in whatever order and in files of their own.
    let nsg = |src_port: u16| {
        let tuple = format!("1790812800,10.0.0.4,10.0.1.5,{src_port},49301,T,I,A,C,9,900,8,800");
        records(&[nsg_record(0, "000D3A445566", ACL, RULE, &[tuple])])
    };
    let (service, reply) = (nsg(50_000), nsg(443));
    for files in
        [[("a.json", &service[..]), ("b.json", &reply[..])], [("a.json", &reply), ("b.json", &service)]]
    {
        let (_, traffic, _) = drafted(&files, Cut::default(), DraftOptions::default());
        assert_eq!(traffic.conversations.iter().map(|seen| seen.noise).collect::<Vec<_>>(), [Noise::None]);
    }
}

#[test]
fn ports_that_a_server_hands_out_become_its_range() {
    let to = |src: &str, dst: &str, port| flow((src, 50_100, dst, port), TCP, (5, 5));
    let list = |flows: &[(&str, &str, u16)]| -> Vec<String> {
        flows.iter().flat_map(|(src, dst, port)| to(src, dst, *port)).collect()
    };
    let of = |flows: &[(&str, &str, u16)]| {
        let (_, draft) = draft_of(&list(flows));
        (ports(&draft), draft.notes)
    };
    let (client, other, server) = ("10.0.0.4", "10.0.0.5", "10.0.1.5");
    // SQL's redirection, seen once.
    let (seen, notes) = of(&[(client, server, 1433), (client, server, 11_003)]);
    assert_eq!(seen, ["1433", "11000-11999"]);
    assert!(notes.iter().any(|note| note.starts_with("10.0.1.5 has SQL")));
    // Without the gateway it is a port like others; so is one beside the range.
    assert_eq!(of(&[(client, server, 11_003)]).0, ["11003"]);
    assert_eq!(of(&[(client, server, 1433), (client, server, 12_003)]).0, ["1433", "12003"]);
    // Passive FTP, wherever its range is.
    let passive = [(client, server, 21), (client, server, 40_112), (client, server, 40_990)];
    let (seen, notes) = of(&passive);
    assert_eq!(seen, ["21", "40000-40999"]);
    assert!(notes.iter().any(|note| note.contains("the server's passive range is what is right")));
    // Remote desktop is no transfer; nor is what others use than FTP's clients; nor what one port alone shows.
    let desktop = [(client, server, 21), (client, server, 3389), (client, server, 40_112)];
    assert_eq!(of(&desktop).0, ["21", "3389", "40112"]);
    let others =
        [(client, server, 21), (client, server, 40_112), (client, server, 40_990), (other, server, 40_990)];
    assert_eq!(of(&others).0, ["21", "40112", "40990"]);
    // The endpoint mapper's range, for its host alone.
    let mapper = [(client, server, 135), (client, server, 49_700), (client, "10.0.1.6", 49_701)];
    assert_eq!(of(&mapper).0, ["135", "49701", "49152-65535"]);
}

#[test]
fn what_a_scanner_was_let_pass_is_told_and_not_mixed_with_noise() {
    let host = |number: u32| format!("10.0.1.{}", 4 + number);
    let mut tuples: Vec<String> =
        (0..30).map(|to| told(("10.0.0.4", 40_000, &host(to), 22), TCP, 'D', (0, 0))).collect();
    tuples.extend(flow(("10.0.0.4", 40_000, "10.0.1.60", 443), TCP, (5, 5)));
    tuples.extend(flow(("10.0.0.9", 40_000, "10.0.1.60", 443), TCP, (5, 5)));
    let (_, draft) = draft_of(&tuples);
    assert_eq!((skipped(&draft, Unfit::Denied), skipped(&draft, Unfit::Scanner)), (30, 1));
    assert_eq!(draft.seeds.len(), 1);
    assert!(draft.notes.iter().any(|note| note.starts_with("let pass, but from hosts that scan: 1 ")));
}
