//! Sets of protocols and destination ports.

use super::bits::Bits;
use crate::rules::joined;
use azflow_core::model::{PortRange, Protocol, SecurityRule};
use std::collections::BTreeSet;

/// Protocols that are always named where one of them differs from the others.
const NAMED: [Protocol; 5] =
    [Protocol::TCP, Protocol::UDP, Protocol::ICMP, Protocol::numbered(50), Protocol::numbered(51)];
/// Ports of the platform's services, which rules don't decide: next to them answers may change.
const PLATFORM_PORTS: [u16; 5] = [53, 67, 80, 1688, 32_526];

/// A set of services: ports of TCP and UDP, and protocols without ports.
#[derive(Debug, Default, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ServiceSet {
    tcp: Vec<PortRange>,
    udp: Vec<PortRange>,
    /// Numbers of the other protocols, sorted.
    others: Vec<u8>,
}

impl ServiceSet {
    fn ported(protocol: Protocol, ports: PortRange) -> Self {
        let mut out = Self::default();
        let own = if protocol == Protocol::TCP { &mut out.tcp } else { &mut out.udp };
        own.push(ports);
        out
    }

    /// What either has.
    #[must_use]
    pub fn or(&self, other: &Self) -> Self {
        let ports = |a: &[PortRange], b: &[PortRange]| joined(&[a, b].concat());
        let others: BTreeSet<u8> = self.others.iter().chain(&other.others).copied().collect();
        Self {
            tcp: ports(&self.tcp, &other.tcp),
            udp: ports(&self.udp, &other.udp),
            others: others.into_iter().collect(),
        }
    }

    /// Whether a service is one of them.
    pub fn holds(&self, protocol: Protocol, port: Option<u16>) -> bool {
        let has = |own: &[PortRange]| port.is_some_and(|port| own.iter().any(|range| range.contains(port)));
        match protocol {
            Protocol::TCP => has(&self.tcp),
            Protocol::UDP => has(&self.udp),
            other => other.number().is_some_and(|number| self.others.binary_search(&number).is_ok()),
        }
    }

    /// One of them.
    pub fn one(&self) -> Option<(Protocol, Option<u16>)> {
        let ports = [(Protocol::TCP, &self.tcp), (Protocol::UDP, &self.udp)];
        let mut ported = ports.into_iter().filter_map(|(p, own)| Some((p, Some(own.first()?.first))));
        ported.next().or_else(|| Some((Protocol::numbered(*self.others.last()?), None)))
    }

    /// Which of [`Self::lines`] a service is in.
    pub fn line_of(&self, protocol: Protocol, port: Option<u16>) -> Option<usize> {
        let alone = match (protocol, port) {
            _ if !self.holds(protocol, port) => return None,
            (Protocol::TCP, _) => Self { tcp: self.tcp.clone(), ..Self::default() },
            (Protocol::UDP, _) => Self { udp: self.udp.clone(), ..Self::default() },
            _ => return self.lines().iter().position(|(words, ports)| is_whole(ports) && has_others(words)),
        };
        let (_, ports) = alone.lines().into_iter().next()?;
        self.lines().iter().position(|(_, own)| *own == ports)
    }

    /// As words of protocols with the ports of all of them, one line for each list of ports.
    pub fn lines(&self) -> Vec<(Vec<String>, Vec<String>)> {
        let texts = |ports: &[PortRange]| ports.iter().map(PortRange::to_string).collect::<Vec<_>>();
        let mut lines: Vec<(Vec<String>, Vec<String>)> = Vec::new();
        let mut add = |word: String, ports: Vec<String>| {
            if ports.is_empty() {
                return;
            }
            match lines.iter_mut().find(|(_, own)| *own == ports) {
                Some((words, _)) => words.push(word),
                None => lines.push((vec![word], ports)),
            }
        };
        add(Protocol::TCP.to_string(), texts(&self.tcp));
        add(Protocol::UDP.to_string(), texts(&self.udp));
        let (named, rest): (Vec<u8>, Vec<u8>) =
            self.others.iter().partition(|number| NAMED.contains(&Protocol::numbered(**number)));
        let all = || vec![PortRange::ALL.to_string()];
        named.iter().for_each(|number| add(Protocol::numbered(*number).to_string(), all()));
        // Numbers from 0 to 255 without those with names.
        if rest.len() == 256 - NAMED.len() {
            add("other".to_owned(), all());
        } else {
            rest.iter().for_each(|number| add(Protocol::numbered(*number).to_string(), all()));
        }
        for (words, _) in &mut lines {
            if words.len() == NAMED.len() + 1 {
                *words = vec!["*".to_owned()];
            }
        }
        lines
    }
}

/// Whether a line of [`ServiceSet::lines`] is of every port.
fn is_whole(ports: &[String]) -> bool {
    ports == [PortRange::ALL.to_string()]
}

/// Whether one has more than TCP and UDP.
fn has_others(words: &[String]) -> bool {
    words.iter().any(|word| word != "tcp" && word != "udp")
}

/// All services, cut where the answer of a rule may change.
#[derive(Debug)]
pub struct Services(Vec<ServiceSet>);

impl Services {
    /// Cut for these rules.
    pub fn new<'a>(rules: impl Iterator<Item = &'a SecurityRule>) -> Self {
        let mut starts: BTreeSet<u32> = BTreeSet::from([0]);
        let mut named: BTreeSet<u8> = NAMED.iter().filter_map(|protocol| protocol.number()).collect();
        let mut cut = |range: PortRange| {
            starts.extend([u32::from(range.first), u32::from(range.last) + 1]);
        };
        PLATFORM_PORTS.iter().for_each(|port| cut(PortRange::one(*port)));
        for rule in rules {
            rule.destination_ports.iter().for_each(|range| cut(*range));
            named.extend(rule.protocol.and_then(Protocol::number));
        }
        let starts: Vec<u32> = starts.into_iter().collect();
        let mut out = Vec::new();
        for protocol in [Protocol::TCP, Protocol::UDP] {
            for (at, first) in starts.iter().enumerate() {
                let end = starts.get(at + 1).copied().unwrap_or(1 << 16);
                // The last one begins behind the highest port.
                if let (Ok(first), Ok(last)) = (u16::try_from(*first), u16::try_from(end - 1)) {
                    out.push(ServiceSet::ported(protocol, PortRange { first, last }));
                }
            }
        }
        let of = |others: Vec<u8>| ServiceSet { others, ..ServiceSet::default() };
        let is_ported = |number: &u8| Protocol::numbered(*number).has_ports();
        out.extend(named.iter().filter(|number| !is_ported(number)).map(|number| of(vec![*number])));
        let rest: Vec<u8> = (0..=u8::MAX).filter(|number| !named.contains(number)).collect();
        out.extend((!rest.is_empty()).then(|| of(rest)));
        Self(out)
    }

    /// How many pieces there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The piece of a number.
    pub fn get(&self, number: usize) -> Option<&ServiceSet> {
        self.0.get(number)
    }

    /// The pieces that a rule is for.
    pub fn of_rule(&self, rule: &SecurityRule) -> Bits {
        let ports = joined(&rule.destination_ports);
        let fits = |number: usize| {
            let Some((protocol, port)) = self.0.get(number).and_then(ServiceSet::one) else { return false };
            rule.protocol.is_none_or(|own| own == protocol)
                && match port {
                    None => ports == [PortRange::ALL],
                    Some(port) => {
                        let at = ports.partition_point(|range| range.last < port);
                        ports.get(at).is_some_and(|range| range.first <= port)
                    }
                }
        };
        Bits::of(self.len(), fits)
    }

    /// Pieces together.
    pub fn all_of(&self, pieces: &Bits) -> ServiceSet {
        let mut out = ServiceSet::default();
        for piece in pieces.iter().filter_map(|number| self.0.get(number)) {
            out.tcp.extend(&piece.tcp);
            out.udp.extend(&piece.udp);
            out.others.extend(&piece.others);
        }
        out.tcp = joined(&out.tcp);
        out.udp = joined(&out.udp);
        out.others.sort_unstable();
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_is_a_star_and_pieces_go_by_their_ports() {
        let services = Services::new(std::iter::empty());
        let all = services.all_of(&Bits::of(services.len(), |_| true));
        assert_eq!(all.lines(), [(vec!["*".to_owned()], vec!["*".to_owned()])]);
        assert!(all.holds(Protocol::numbered(132), None) && all.holds(Protocol::UDP, Some(65_535)));
        let dns = ServiceSet::ported(Protocol::UDP, PortRange::one(53));
        let both = dns.or(&ServiceSet::ported(Protocol::TCP, PortRange::one(53)));
        assert_eq!(both.lines(), [(vec!["tcp".to_owned(), "udp".to_owned()], vec!["53".to_owned()])]);
        let ping = ServiceSet { others: vec![1, 47], ..ServiceSet::default() };
        assert_eq!(ping.lines(), [(vec!["icmp".to_owned(), "gre".to_owned()], vec!["*".to_owned()])]);
    }
}
