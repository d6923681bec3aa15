//! Names of ports, from the IANA Service Name and Transport Protocol Port Number Registry.
//!
//! `services.txt` has a line a port: its number, its name over TCP and, where that differs, over UDP (`-`: none).
//! Names are the registry's own; a name says what a port is registered for, not what runs there.

use super::Protocol;
use std::sync::OnceLock;

static REGISTRY: &str = include_str!("services.txt");

/// A port's names over TCP and UDP.
type Entry = (u16, Option<&'static str>, Option<&'static str>);

fn entries() -> &'static [Entry] {
    static ENTRIES: OnceLock<Vec<Entry>> = OnceLock::new();
    ENTRIES.get_or_init(read)
}

/// The IANA service name of a TCP or UDP port, where it has one.
pub fn service_name(protocol: Protocol, port: u16) -> Option<&'static str> {
    let entries = entries();
    let at = entries.binary_search_by_key(&port, |e| e.0).ok()?;
    let (_, tcp, udp) = entries.get(at)?;
    match protocol {
        Protocol::TCP => *tcp,
        Protocol::UDP => *udp,
        _ => None,
    }
}

/// The ports whose registered name is wanted, by number.
pub fn named_ports(wanted: &dyn Fn(&str) -> bool) -> Vec<(Protocol, u16)> {
    let mut out = Vec::new();
    for (port, tcp, udp) in entries() {
        for (protocol, name) in [(Protocol::TCP, tcp), (Protocol::UDP, udp)] {
            if name.is_some_and(wanted) {
                out.push((protocol, *port));
            }
        }
    }
    out
}

fn read() -> Vec<Entry> {
    REGISTRY.lines().filter_map(entry).collect()
}

/// One line.
fn entry(line: &'static str) -> Option<Entry> {
    let mut words = line.split(' ');
    let port = words.next()?.parse().ok()?;
    let named = |word: &'static str| (word != "-").then_some(word);
    let tcp = words.next()?;
    let udp = words.next().unwrap_or(tcp);
    Some((port, named(tcp), named(udp)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn well_known_ports_have_their_registered_names() {
        for (port, name) in [
            (22, "ssh"),
            (80, "http"),
            (443, "https"),
            (445, "microsoft-ds"),
            (1433, "ms-sql-s"),
            (3389, "ms-wbt-server"),
        ] {
            assert_eq!(service_name(Protocol::TCP, port), Some(name));
        }
        assert_eq!(service_name(Protocol::UDP, 53), Some("domain"));
        // The last of the registry's.
        assert_eq!(service_name(Protocol::TCP, 49_150), Some("inspider"));
        assert_eq!(service_name(Protocol::TCP, 49_152), None);
        assert_eq!(service_name(Protocol::ICMP, 53), None);
    }

    #[test]
    fn every_line_of_the_registry_is_read_in_order() {
        let entries = read();
        assert_eq!(entries.len(), REGISTRY.lines().count());
        assert!(entries.is_sorted_by(|a, b| a.0 < b.0));
    }
}
