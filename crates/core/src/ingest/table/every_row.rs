//! What a flow needs, and what people say of every row of a table that has no column for it.

use super::columns::Meaning;
use super::values;
use crate::model::{Decision, Direction, Protocol, UnixMillis};
use serde::{Deserialize, Serialize};

/// What people say of every row of a table that has no column for it.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct EveryRow {
    /// What was decided.
    pub decision: Option<Decision>,
    /// When it was.
    pub time: Option<UnixMillis>,
    /// Its protocol.
    pub protocol: Option<Protocol>,
    /// Its destination port.
    pub port: Option<u16>,
    /// Its direction at the NIC.
    pub direction: Option<Direction>,
}

impl EveryRow {
    /// Only what these columns lack: what a table says itself counts.
    #[inline(never)]
    pub fn lacked_by(self, columns: &[Option<Meaning>]) -> Self {
        let without = |said: Self| missing(columns, said).len();
        let all = without(Self::default());
        let lacks = |said: Self| without(said) < all;
        let has = |list: &[Meaning]| list.iter().any(|meaning| columns.contains(&Some(*meaning)));
        // Counts by direction, and packed rules, say the direction too.
        let directed = [
            Meaning::Direction,
            Meaning::AllowedIn,
            Meaning::DeniedIn,
            Meaning::AllowedOut,
            Meaning::DeniedOut,
            Meaning::Rules,
        ];
        Self {
            decision: self.decision.filter(|_| lacks(Self { decision: self.decision, ..Self::default() })),
            time: self.time.filter(|_| lacks(Self { time: self.time, ..Self::default() })),
            protocol: self.protocol.filter(|_| !has(&[Meaning::Protocol])),
            port: self.port.filter(|_| !has(&[Meaning::Port])),
            direction: self.direction.filter(|_| !has(&directed)),
        }
    }

    /// What was said, or else what was said before.
    pub fn or(self, before: Self) -> Self {
        Self {
            decision: self.decision.or(before.decision),
            time: self.time.or(before.time),
            protocol: self.protocol.or(before.protocol),
            port: self.port.or(before.port),
            direction: self.direction.or(before.direction),
        }
    }

    /// The cells that every row then has.
    pub fn cells(self) -> impl Iterator<Item = (Meaning, String)> {
        [
            self.decision.map(|decision| (Meaning::Decision, word(decision).to_owned())),
            self.time.map(|time| (Meaning::Time, time.to_iso())),
            self.protocol.map(|protocol| (Meaning::Protocol, protocol_word(protocol))),
            self.port.map(|port| (Meaning::Port, port.to_string())),
            self.direction.map(|direction| (Meaning::Direction, direction.as_str().to_owned())),
        ]
        .into_iter()
        .flatten()
    }

    /// Takes a word for it: `decision=allowed`, `time=2026-10-01`, `protocol=tcp`, `port=443`, `direction=inbound`.
    /// Whether it was understood.
    #[inline(never)]
    pub fn say(&mut self, text: &str) -> bool {
        match text.split_once('=') {
            Some(("decision", said)) => {
                self.decision = [Decision::Allowed, Decision::Denied].into_iter().find(|d| word(*d) == said);
                self.decision.is_some()
            }
            Some(("time", said)) => {
                let midnight = || UnixMillis::from_iso(&format!("{said}T00:00:00Z"));
                self.time = UnixMillis::from_iso(said).or_else(midnight);
                self.time.is_some()
            }
            Some(("protocol", said)) => {
                self.protocol = protocol_of(said);
                self.protocol.is_some()
            }
            Some(("port", said)) => {
                self.port = said.trim().parse().ok();
                self.port.is_some()
            }
            Some(("direction", said)) => {
                self.direction = values::direction(said);
                self.direction.is_some()
            }
            _ => false,
        }
    }

    /// The words that [`EveryRow::say`] takes.
    #[inline(never)]
    pub fn words(self) -> Vec<String> {
        self.cells().map(|(meaning, said)| format!("{}={said}", meaning.name())).collect()
    }
}

/// A protocol by IANA's keyword, by a table's letter, or by its number.
fn protocol_of(text: &str) -> Option<Protocol> {
    let text = text.trim().to_ascii_lowercase();
    let known = Protocol::all().find(|protocol| protocol.number().is_some() && protocol.to_string() == text);
    known.or_else(|| values::protocol(&text)).filter(|_| !text.is_empty())
}

/// A protocol as a cell has it: the keyword where tables have it, else the number.
fn protocol_word(protocol: Protocol) -> String {
    let number = || protocol.number().map(|number| number.to_string()).unwrap_or_default();
    Some(protocol.to_string()).filter(|word| values::protocol(word) == Some(protocol)).unwrap_or_else(number)
}

fn word(decision: Decision) -> &'static str {
    if decision == Decision::Allowed { "allowed" } else { "denied" }
}

/// What a flow needs and neither any of these columns holds nor was said of every row, in words.
#[inline(never)]
pub fn missing(columns: &[Option<Meaning>], said: EveryRow) -> Vec<&'static str> {
    let any = |list: &[Meaning]| list.iter().any(|m| columns.contains(&Some(*m)));
    let mut out = Vec::new();
    if !any(&[Meaning::Src, Meaning::SrcPublic, Meaning::Public, Meaning::Machine]) {
        out.push("a source address");
    }
    if !any(&[Meaning::Dst, Meaning::DstPublic, Meaning::Public, Meaning::Machine]) {
        out.push("a destination address");
    }
    if said.time.is_none() && !any(&[Meaning::Start, Meaning::Interval, Meaning::Time, Meaning::End]) {
        out.push("a time");
    }
    let counted = any(&[Meaning::AllowedIn, Meaning::DeniedIn, Meaning::AllowedOut, Meaning::DeniedOut]);
    if said.decision.is_none() && !counted && !any(&[Meaning::Decision]) {
        out.push("allowed or denied");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_of_every_row_comes_back_as_it_was_said() {
        for protocol in Protocol::all().filter(|protocol| protocol.number().is_some()) {
            let mut said = EveryRow::default();
            assert!(said.say(&format!("protocol={protocol}")), "{protocol}");
            assert_eq!(said.protocol, Some(protocol));
            let mut again = EveryRow::default();
            assert!(said.words().iter().all(|word| again.say(word)) && again == said, "{protocol}");
        }
        let mut said = EveryRow::default();
        assert!(said.say("port=443") && said.say("direction=inbound") && said.say("protocol=6"));
        assert_eq!(said.words(), ["protocol=tcp", "port=443", "direction=inbound"]);
        for wrong in [
            "protocol=",
            "protocol=300",
            "protocol=unknown",
            "port=70000",
            "port=",
            "direction=up",
            "source=10.0.0.1",
        ] {
            assert!(!EveryRow::default().say(wrong), "{wrong}");
        }
        // Only what no column says.
        let nothing = EveryRow::default();
        assert_eq!(
            said.lacked_by(&[Some(Meaning::Protocol), Some(Meaning::Port), Some(Meaning::Direction)]),
            nothing
        );
        assert_eq!(said.lacked_by(&[Some(Meaning::DeniedIn)]).direction, None);
        assert_eq!(said.lacked_by(&[None]), said);
    }
}
