//! VNet flow logs of a large estate that is open to the internet, which ask most of the memory: few tuples to a record, a
//! million reasons within the estate to talk of which most come again each day, and as many callers from outside and
//! called ones as there are flows, most of them seen once.

use super::bulk::{PORTS, REASONS, RULES, Reason, START};
use super::ends::write_minutes;
use super::random::Random;
use azflow_core::model::UnixMillis;
use std::collections::BTreeMap;
use std::io::{self, Write};

/// New flows, or news of one, in a minute.
const FLOWS: u64 = 5_000;
/// Reasons within the estate, and public addresses that it calls.
const RARE: u64 = 1_000_000;
const CALLED: u64 = 2_000_000;

/// What a NIC logs in a minute: tuples by the rule that decided.
type Logged = BTreeMap<String, BTreeMap<usize, Vec<String>>>;

/// Writes a flow log of about `bytes` bytes; the same arguments always write the same.
///
/// # Errors
/// When `out` does.
pub fn open_estate(bytes: u64, out: &mut impl Write) -> io::Result<()> {
    let named = |rules: BTreeMap<usize, Vec<String>>| {
        let name = |(rule, tuples)| Some((*RULES.get(rule)?, tuples));
        rules.into_iter().filter_map(name).collect::<Vec<_>>()
    };
    let logged = |minute| logged(minute).into_iter().map(|(host, rules)| (host, named(rules))).collect();
    write_minutes(bytes, true, logged, out)
}

fn logged(minute: u32) -> Logged {
    let mut random = Random::new(&[17, u64::from(minute)]);
    let mut out = Logged::new();
    for _ in 0..FLOWS {
        let kind = random.below(10);
        let within = match kind {
            0..=4 => random.below(REASONS) * random.below(REASONS) / REASONS,
            _ => random.below(RARE),
        };
        // Of what comes from outside one in twenty is let in.
        let port = PORTS[random.below(PORTS.len() as u64) as usize];
        let Reason { src, dst, port, rule } = match (kind, Reason::new(within)) {
            (0..=5, reason) => reason,
            (6 | 7, reason) => {
                let rule = if random.below(20) == 0 { 3 } else { 7 };
                Reason { src: public(random.next()), dst: reason.dst, port, rule }
            }
            (_, reason) => {
                let called = random.below(CALLED) * random.below(CALLED) / CALLED;
                Reason { src: reason.src, dst: public(called), port: 443, rule: 2 }
            }
        };
        let allowed = rule < 6;
        let state = if allowed { ['B', 'C', 'E', 'E'][random.below(4) as usize] } else { 'D' };
        let counters = [90, 90_000, 90, 900_000].map(|most| random.below(most));
        let counters = match (state, counters) {
            ('B' | 'D', _) => "0,0,0,0".to_owned(),
            (_, [a, b, c, d]) => format!("{a},{b},{c},{d}"),
        };
        let millis = UnixMillis::from_minute(START + minute).0 + random.below(60_000) as i64;
        let sport = 49_152 + random.below(16_000);
        let protocol = if port == 53 { 17 } else { 6 };
        let tuple = |direction: char, state: char| {
            format!("{millis},{src},{dst},{sport},{port},{protocol},{direction},{state},NX,{counters}")
        };
        let leaves = tuple('O', if state == 'D' { 'B' } else { state });
        let enters = tuple('I', state);
        if !matches!(kind, 6 | 7) {
            let leaving = if kind < 6 { 1 } else { rule };
            out.entry(src).or_default().entry(leaving).or_default().push(leaves);
        }
        if kind < 8 {
            out.entry(dst).or_default().entry(rule).or_default().push(enters);
        }
    }
    out
}

/// A public address: the same for the same number.
fn public(number: u64) -> String {
    let bits = Random::new(&[19, number]).next();
    let [a, b, c, d, ..] = bits.to_le_bytes();
    format!("{}.{b}.{c}.{}", 11 + a % 80, d.max(1))
}
