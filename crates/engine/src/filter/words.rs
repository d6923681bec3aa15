//! The vocabulary of the language, and which word was probably meant.

use super::Text;
use crate::topology::Path;
use azflow_core::model::{Protocol, named_ports};
use azflow_core::store::Noise;

/// What stands before a colon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// Nothing: a word by itself, which anything may contain.
    Any,
    /// The source: address, subnet, network, machine.
    Src,
    /// The destination.
    Dst,
    /// Either end.
    Host,
    /// The subnet or network of either end.
    Net,
    /// The destination port.
    Port,
    /// The protocol.
    Protocol,
    /// What became of it, counted once: the part that was allowed or denied.
    Decision,
    /// What the log's own line says was decided.
    Logged,
    /// The direction at the NIC that logged it.
    Direction,
    /// The rule that decided.
    Rule,
    /// The resource whose rule it is.
    Acl,
    /// The NIC that logged it, by MAC address or machine.
    Nic,
    /// What alone let it pass.
    By,
    /// What lies between the two ends.
    Path,
    /// The state of encryption.
    Encryption,
    /// The kind of log.
    Kind,
    /// The kind of noise.
    Noise,
    /// When.
    Time,
}

/// What is written for a field; the first word of a field is its canonical one.
pub(super) const FIELDS: [(&str, Field); 24] = [
    ("src", Field::Src),
    ("dst", Field::Dst),
    ("host", Field::Host),
    ("net", Field::Net),
    ("port", Field::Port),
    ("proto", Field::Protocol),
    ("decision", Field::Decision),
    ("logged", Field::Logged),
    ("dir", Field::Direction),
    ("rule", Field::Rule),
    ("acl", Field::Acl),
    ("nic", Field::Nic),
    ("by", Field::By),
    ("path", Field::Path),
    ("enc", Field::Encryption),
    ("kind", Field::Kind),
    ("noise", Field::Noise),
    ("time", Field::Time),
    ("mac", Field::Nic),
    ("nsg", Field::Acl),
    ("protocol", Field::Protocol),
    ("direction", Field::Direction),
    ("source", Field::Src),
    ("destination", Field::Dst),
];

/// Decisions: canonical word, other words.
const DECISIONS: [(&str, &[&str]); 2] = [("allowed", &["allow", "a"]), ("denied", &["deny", "d", "blocked"])];
const DIRECTIONS: [(&str, &[&str]); 3] =
    [("in", &["inbound", "i"]), ("out", &["outbound", "o"]), ("unknown", &[])];
/// The default allow.
pub const BY_DEFAULT: &str = "default";
/// Noise of whatever kind.
pub const ANY_NOISE: &str = "any";
const KINDS: [(&str, &[&str]); 4] =
    [("vnet", &[]), ("nsg", &[]), ("analytics", &["ta"]), ("query", &["kusto"])];

/// What ports are called in the field besides their registered names.
const ALIASES: [(&str, &[u16]); 10] = [
    ("dns", &[53]),
    ("kerberos", &[88]),
    ("rpc", &[135]),
    ("smb", &[445]),
    ("sql", &[1433]),
    ("mssql", &[1433]),
    ("rdp", &[3389]),
    ("postgres", &[5432]),
    ("winrm", &[5985, 5986]),
    ("redis", &[6379, 6380]),
];

impl Field {
    /// What is written for it.
    pub fn word(self) -> &'static str {
        FIELDS.iter().find(|(_, field)| *field == self).map(|(word, _)| *word).unwrap_or_default()
    }

    /// What it asks for, in a few words.
    pub(super) fn means(self) -> &'static str {
        match self {
            Self::Any => "any name",
            Self::Src => "source address, subnet, machine",
            Self::Dst => "destination address, subnet, machine",
            Self::Host => "either end",
            Self::Net => "subnet or network of either end",
            Self::Port => "destination port or service",
            Self::Protocol => "protocol",
            Self::Decision => "allowed or denied, counted once",
            Self::Logged => "allowed or denied, as a log line says",
            Self::Direction => "direction at the NIC",
            Self::Rule => "rule that decided",
            Self::Acl => "security group",
            Self::Nic => "NIC that logged it",
            Self::By => "what alone let it pass",
            Self::Path => "what it crosses",
            Self::Encryption => "encryption state",
            Self::Kind => "kind of log",
            Self::Time => "UTC, from..to",
            Self::Noise => "what is recognised as noise",
        }
    }

    pub(super) fn of(word: &str) -> Option<Self> {
        FIELDS.iter().find(|(known, _)| known.eq_ignore_ascii_case(word)).map(|(_, field)| *field)
    }

    /// The canonical words of a field that takes no others.
    pub fn values(self) -> Vec<&'static str> {
        match self {
            Self::Decision | Self::Logged => DECISIONS.map(|(word, _)| word).to_vec(),
            Self::Direction => DIRECTIONS.map(|(word, _)| word).to_vec(),
            Self::Kind => KINDS.map(|(word, _)| word).to_vec(),
            Self::By => vec![BY_DEFAULT],
            Self::Path => Path::ALL.map(Path::as_str).to_vec(),
            Self::Noise => std::iter::once(ANY_NOISE).chain(Noise::KINDS.map(Noise::as_str)).collect(),
            _ => Vec::new(),
        }
    }

    /// The canonical word for what was written.
    pub(super) fn value(self, written: &str) -> Option<&'static str> {
        let others: &[(&'static str, &[&str])] = match self {
            Self::Decision | Self::Logged => &DECISIONS,
            Self::Direction => &DIRECTIONS,
            Self::Kind => &KINDS,
            _ => &[],
        };
        let is = |word: &&str| word.eq_ignore_ascii_case(written);
        let other = others.iter().find(|(_, list)| list.iter().any(&is));
        other.map(|(word, _)| *word).or_else(|| self.values().into_iter().find(|word| is(word)))
    }
}

/// What is compared with a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// Attempts, allowed or denied.
    Flows,
    /// Allowed flows.
    Allowed,
    /// Denied flows.
    Denied,
    /// Bytes, both ways.
    Bytes,
    /// Packets, both ways.
    Packets,
}

/// What is written for a measure.
pub(super) const MEASURES: [(&str, Measure); 5] = [
    ("flows", Measure::Flows),
    ("allowed", Measure::Allowed),
    ("denied", Measure::Denied),
    ("bytes", Measure::Bytes),
    ("packets", Measure::Packets),
];

/// How it is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    /// `>`
    Above,
    /// `>=`
    AtLeast,
    /// `<`
    Below,
    /// `<=`
    AtMost,
    /// `=`
    Equal,
}

/// Operators, the longer first.
pub(super) const OPS: [(&str, Op); 5] =
    [(">=", Op::AtLeast), ("<=", Op::AtMost), (">", Op::Above), ("<", Op::Below), ("=", Op::Equal)];

impl Op {
    /// Whether a number compares so with another.
    pub fn holds(self, a: u64, b: u64) -> bool {
        match self {
            Self::Above => a > b,
            Self::AtLeast => a >= b,
            Self::Below => a < b,
            Self::AtMost => a <= b,
            Self::Equal => a == b,
        }
    }
}

/// The ports that a name of a service means, each with its protocol.
pub fn ports_of(name: &Text) -> Vec<(Protocol, u16)> {
    let mut out = named_ports(&|service| name.is(service));
    for (alias, ports) in ALIASES {
        if name.is(alias) {
            out.extend(ports.iter().flat_map(|port| [(Protocol::TCP, *port), (Protocol::UDP, *port)]));
        }
    }
    out
}

/// A protocol by keyword or number.
pub(super) fn protocol(written: &str) -> Option<Protocol> {
    let written = written.to_ascii_lowercase();
    let number = written.parse().ok().map(Protocol::numbered);
    number.or_else(|| Protocol::all().find(|p| p.keyword() == Some(&written)))
}

/// Of these words the one that was probably meant: the nearest, if it is near.
pub(super) fn nearest(written: &str, words: impl Iterator<Item = &'static str>) -> Option<&'static str> {
    let written = written.to_ascii_lowercase();
    let near = words.map(|word| (strsim::levenshtein(&written, word), word));
    near.filter(|(steps, word)| {
        *steps <= 2 && *steps < word.len().min(written.len()) || word.starts_with(&written)
    })
    .min_by_key(|(steps, _)| *steps)
    .map(|(_, word)| word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistyped_word_has_its_neighbour() {
        let words = || FIELDS.iter().map(|(word, _)| *word);
        assert_eq!(nearest("prt", words()), Some("port"));
        assert_eq!(nearest("scr", words()), Some("src"));
        assert_eq!(nearest("Rules", words()), Some("rule"));
        assert_eq!(nearest("xyzzy", words()), None);
    }

    #[test]
    fn services_are_known_by_their_registered_and_their_common_names() {
        let ports = |name: &str| ports_of(&Text { text: name.into(), exact: false });
        assert!(ports("https").contains(&(Protocol::TCP, 443)));
        assert!(!ports("http").contains(&(Protocol::TCP, 443)), "a name is whole");
        assert!(ports("http*").contains(&(Protocol::TCP, 443)));
        assert!(ports("RDP").contains(&(Protocol::TCP, 3389)));
        assert_eq!(ports("no-such-service"), []);
    }
}
