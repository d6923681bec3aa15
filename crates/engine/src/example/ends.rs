//! The traffic of `bulk` as an estate logs it whose every NIC has flow logs: each flow leaves its source's NIC and enters
//! its destination's, where one in twenty is refused; each NIC has a record of its own every minute.

use super::bulk::{REASONS, RULES, Reason, START, record};
use super::random::Random;
use azflow_core::model::UnixMillis;
use std::collections::BTreeMap;
use std::io::{self, Write};

/// New flows, or news of one, in a minute.
const FLOWS: u64 = 3_300;

/// What a NIC logs in a minute: tuples by the rule that decided.
type Logged = BTreeMap<String, BTreeMap<&'static str, Vec<String>>>;

/// Writes a log of about `bytes` bytes.
pub(super) fn write(bytes: u64, out: &mut impl Write) -> io::Result<()> {
    write_minutes(bytes, false, logged, out)
}

/// Writes a log in which each NIC has a record of its own every minute, of what `logged` says, until there are about
/// `bytes` bytes.
pub(super) fn write_minutes<R: IntoIterator<Item = (&'static str, Vec<String>)>>(
    bytes: u64,
    vnet: bool,
    logged: impl Fn(u32) -> BTreeMap<String, R>,
    out: &mut impl Write,
) -> io::Result<()> {
    let (mut written, mut text) = (0, String::new());
    out.write_all(b"{\"records\":[")?;
    for minute in 0.. {
        if written >= bytes {
            break;
        }
        text.clear();
        for (host, rules) in logged(minute) {
            text.push_str(if written == 0 && text.is_empty() { "" } else { "," });
            let subnet = host.rsplit_once('.').map_or(host.as_str(), |(subnet, _)| subnet);
            record(&mut text, vnet, START + minute, (&mac(&host), subnet), rules.into_iter());
        }
        out.write_all(text.as_bytes())?;
        written += text.len() as u64;
    }
    out.write_all(b"]}")
}

fn logged(minute: u32) -> Logged {
    let mut random = Random::new(&[13, u64::from(minute)]);
    let mut out = Logged::new();
    for _ in 0..FLOWS {
        let reason = Reason::new(random.below(REASONS) * random.below(REASONS) / REASONS);
        let allowed = reason.rule < 6;
        let state = ['B', 'C', 'E', 'E'][random.below(4) as usize];
        let state = if allowed { state } else { 'B' };
        let counters = [90, 90_000, 90, 900_000].map(|most| random.below(most));
        let counters = match (state, counters) {
            ('B', _) => ",,,".to_owned(),
            (_, [a, b, c, d]) => format!("{a},{b},{c},{d}"),
        };
        let seconds = UnixMillis::from_minute(START + minute).0 / 1000 + random.below(60) as i64;
        let sport = 49_152 + random.below(16_000);
        let Reason { src, dst, port, rule } = reason;
        let protocol = if port == 53 { 'U' } else { 'T' };
        let tuple = |direction: char, allowed: bool| {
            let decision = if allowed { 'A' } else { 'D' };
            format!(
                "{seconds},{src},{dst},{sport},{port},{protocol},{direction},{decision},{state},{counters}"
            )
        };
        let [leaves, enters] = [tuple('O', true), tuple('I', allowed)];
        out.entry(src).or_default().entry(RULES[1]).or_default().push(leaves);
        out.entry(dst).or_default().entry(RULES[rule]).or_default().push(enters);
    }
    out
}

/// The address of a host's NIC, made of the host's own.
fn mac(host: &str) -> String {
    let parts = host.split('.').filter_map(|part| part.parse::<u8>().ok());
    parts.fold("000D".to_owned(), |mac, part| format!("{mac}{part:02X}"))
}
