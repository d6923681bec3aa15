//! Servers that hand out ports: the next connection goes to another port than the last, so that the port that was seen
//! is not what is needed, but the range that it is from.

use crate::rules::traffic::{Observed, Traffic};
use azflow_core::model::{DYNAMIC_PORTS, PortRange, Protocol, service_name};
use hashbrown::{HashMap, HashSet};
use std::collections::BTreeMap;

/// The endpoint mapper: it names a port from [`DYNAMIC_PORTS`] on (RPC, and all of Windows that uses it).
const MAPPER: u16 = 135;
/// FTP's commands. Passive transfers go to a port from a range that its administrator chose.
const FTP: u16 = 21;
/// SQL Server's gateway. Azure SQL redirects to a port of [`REDIRECT`].
const SQL: u16 = 1433;
/// "Allow ports 1433 and 11000-11999" (Azure SQL connectivity architecture, connection policy redirect).
const REDIRECT: PortRange = PortRange { first: 11_000, last: 11_999 };
const DYNAMIC: PortRange = PortRange { first: DYNAMIC_PORTS, last: u16::MAX };
/// Ranges for passive transfers mostly begin and end at thousands.
const STEP: u16 = 1_000;
/// Below, systems have their own services.
const FIRST_FREE: u16 = 1_024;
/// From here on a registered name says little of what a port is used for.
const RARELY_NAMED: u16 = 30_000;

/// Why a host's ports are taken for handed out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Way {
    Mapper,
    Redirect,
    Passive,
}

/// The hosts that hand out TCP ports, by number, with the ranges.
#[derive(Debug, Default)]
pub struct HandedOut {
    of: HashMap<u32, Vec<(PortRange, Way)>>,
}

/// What is known of a host.
#[derive(Debug, Clone, Copy, Default)]
struct Host {
    mapper: bool,
    ftp: bool,
    sql: bool,
    dynamic: bool,
    redirect: bool,
}

/// What is known of all hosts, by their numbers.
#[derive(Debug, Default)]
pub struct Hosts {
    all: Vec<Host>,
    /// Whether any of them may hand out ports.
    servers: bool,
}

impl Hosts {
    pub fn new(traffic: &Traffic) -> Self {
        Self { all: vec![Host::default(); traffic.addresses.len()], servers: false }
    }

    /// Takes in a conversation that seeds a rule.
    pub fn add(&mut self, seen: &Observed) {
        let Some((seen, port)) = tcp(seen) else { return };
        let Some(host) = self.all.get_mut(seen.dst as usize) else { return };
        host.mapper |= port == MAPPER;
        host.ftp |= port == FTP;
        host.sql |= port == SQL;
        host.dynamic |= DYNAMIC.contains(port);
        host.redirect |= REDIRECT.contains(port);
        self.servers |= [MAPPER, FTP, SQL].contains(&port);
    }
}

/// Who uses FTP at a host, and who its other ports.
#[derive(Debug, Default)]
struct Ftp {
    clients: HashSet<u32>,
    /// Ports, and whether only those use it that use FTP.
    ports: BTreeMap<u16, bool>,
}

impl HandedOut {
    /// By the conversations that seed rules.
    pub fn of(traffic: &Traffic, seeds: &[usize], hosts: &Hosts) -> Self {
        let Hosts { all: hosts, servers } = hosts;
        let seeds = || seeds.iter().filter_map(|index| traffic.conversations.get(*index)).filter_map(tcp);
        let mut out = Self::default();
        if !servers {
            return out;
        }
        for (number, host) in (0..).zip(hosts) {
            if host.mapper && host.dynamic {
                out.add(number, DYNAMIC, Way::Mapper);
            }
            if host.sql && host.redirect {
                out.add(number, REDIRECT, Way::Redirect);
            }
        }
        let is_ftp = |number: u32| hosts.get(number as usize).is_some_and(|host| host.ftp);
        let mut ftp: BTreeMap<u32, Ftp> = BTreeMap::new();
        for (seen, _) in seeds().filter(|(seen, port)| *port == FTP && is_ftp(seen.dst)) {
            ftp.entry(seen.dst).or_default().clients.insert(seen.src);
        }
        for (seen, port) in seeds().filter(|(seen, port)| may_be_passive(*port) && is_ftp(seen.dst)) {
            if out.range(seen.dst, Protocol::TCP, Some(port)).is_none()
                && let Some(ftp) = ftp.get_mut(&seen.dst)
            {
                *ftp.ports.entry(port).or_insert(true) &= ftp.clients.contains(&seen.src);
            }
        }
        for (number, of) in ftp {
            let mut ports = of.ports.iter().filter(|(_, only)| **only).map(|(port, _)| *port);
            if let (Some(first), Some(last)) = (ports.next(), ports.next_back()) {
                out.add(number, around(first, last), Way::Passive);
            }
        }
        out
    }

    fn add(&mut self, host: u32, range: PortRange, way: Way) {
        self.of.entry(host).or_default().push((range, way));
    }

    /// The range that a host hands this port out from.
    pub fn range(&self, host: u32, protocol: Protocol, port: Option<u16>) -> Option<PortRange> {
        let port = port.filter(|_| protocol == Protocol::TCP && !self.of.is_empty())?;
        let list = self.of.get(&host)?;
        list.iter().map(|(range, _)| *range).find(|range| range.contains(port))
    }

    /// What to say of them, a sentence a host.
    pub fn notes(&self, traffic: &Traffic) -> Vec<String> {
        let mut all: Vec<_> = self
            .of
            .iter()
            .filter_map(|(host, list)| Some((traffic.addresses.get(*host as usize)?, list)))
            .flat_map(|(address, list)| list.iter().map(move |(range, way)| (*way, *address, *range)))
            .collect();
        all.sort_unstable();
        let sentence = |(way, address, range): &(Way, _, PortRange)| match way {
            Way::Mapper => format!(
                "{address} has the endpoint mapper (135), which hands out ports: {range} is let pass to it"
            ),
            Way::Redirect => {
                format!("{address} has SQL (1433) and ports of its redirection: {range} is let pass to it")
            }
            Way::Passive => format!(
                "{address} has FTP (21), and ports that FTP's clients alone use: {range} is let pass to it, a guess from those seen; the server's passive range is what is right"
            ),
        };
        all.iter().map(sentence).collect()
    }
}

fn tcp(seen: &Observed) -> Option<(&Observed, u16)> {
    Some((seen, seen.port.filter(|_| seen.protocol == Protocol::TCP)?))
}

/// Whether a port may be one for passive transfers.
fn may_be_passive(port: u16) -> bool {
    port >= FIRST_FREE && (port >= RARELY_NAMED || service_name(Protocol::TCP, port).is_none())
}

/// The range of ports from whose ends some were seen.
fn around(first: u16, last: u16) -> PortRange {
    if first >= DYNAMIC_PORTS {
        return DYNAMIC;
    }
    let first = (first / STEP * STEP).max(FIRST_FREE);
    PortRange { first, last: (last / STEP * STEP).saturating_add(STEP - 1) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_passive_range_is_whole_thousands_around_what_was_seen() {
        let of = |first, last| (around(first, last).first, around(first, last).last);
        assert_eq!(of(40_112, 40_990), (40_000, 40_999));
        assert_eq!(of(1_500, 2_999), (1_024, 2_999));
        assert_eq!(of(49_000, 65_001), (49_000, 65_535));
        assert_eq!(of(50_000, 50_001), (49_152, 65_535));
        assert!(may_be_passive(40_000) && !may_be_passive(3_389) && !may_be_passive(22));
    }
}
