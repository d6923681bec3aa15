//! Names for people, as Azure takes them.

use azflow_core::model::{PortRange, Protocol};
use std::collections::BTreeSet;

/// Azure's limit.
pub const MOST_NAME: usize = 80;

/// A name as part of a rule's name: letters, digits, dots, dashes, underscores.
pub fn plain(name: &str) -> String {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    let text: String = name.chars().map(|c| if fits(c) { c } else { '-' }).collect();
    let text = text.trim_matches(['.', '-', '_']);
    if text.is_empty() { "subnet".to_owned() } else { text.to_owned() }
}

/// `TCP_445_3389`, `UDP_12_ports`, `ICMP`.
pub fn service(protocol: Protocol, ports: &[PortRange]) -> String {
    let protocol = protocol.to_string().to_ascii_uppercase();
    match ports {
        [PortRange::ALL] | [] => protocol,
        few if few.len() <= 3 => {
            let texts: Vec<String> = few.iter().map(PortRange::to_string).collect();
            format!("{protocol}_{}", texts.join("_"))
        }
        many => {
            let count: u32 = many.iter().map(|range| u32::from(range.last - range.first) + 1).sum();
            format!("{protocol}_{count}_ports")
        }
    }
}

/// `Allow_a_to_b_TCP_443`, in 80 characters, unlike any before: where it is too long the places are cut, not the
/// service.
pub fn rule(verb: &str, from: &str, to: &str, service: &str, used: &mut BTreeSet<String>) -> String {
    let service = if service.is_empty() { String::new() } else { format!("_{service}") };
    for number in 1u32.. {
        let tail = if number == 1 { service.clone() } else { format!("{service}_{number}") };
        let room = MOST_NAME.saturating_sub(verb.len() + tail.len() + "__to_".len());
        // The shorter of the two leaves what it does not need to the other.
        let from_room = room.saturating_sub(to.len()).max(room / 2);
        let from = cut(from, from_room);
        let name = format!("{verb}_{from}_to_{}{tail}", cut(to, room.saturating_sub(from.len())));
        if used.insert(name.to_ascii_lowercase()) {
            return name;
        }
    }
    String::new()
}

/// A name for a group, unlike any before.
pub fn group(subnet: &str, used: &mut BTreeSet<String>) -> String {
    for number in 1u32.. {
        let tail = if number == 1 { String::new() } else { format!("_{number}") };
        let name = format!("nsg-{}{tail}", cut(&plain(subnet), MOST_NAME - 4 - tail.len()));
        if used.insert(name.to_ascii_lowercase()) {
            return name;
        }
    }
    String::new()
}

/// The first characters, without an end that Azure would not take.
fn cut(text: &str, most: usize) -> &str {
    text.get(..most).unwrap_or(text).trim_end_matches(['.', '-'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_names_keep_their_service_and_stay_apart() {
        let (long, mut used) = ("s".repeat(90), BTreeSet::new());
        let one = rule("Allow", &long, &long, "TCP_1433", &mut used);
        let two = rule("Allow", &long, &long, "TCP_1433", &mut used);
        assert!(one.len() <= 80 && one.ends_with("_TCP_1433"), "{one}");
        assert!(two.len() <= 80 && two.ends_with("_TCP_1433_2"), "{two}");
        assert_eq!(
            rule("Allow", "snet-web", "snet-sql", "TCP_1433", &mut used),
            "Allow_snet-web_to_snet-sql_TCP_1433"
        );
        assert_eq!((plain("a/b $(x)"), plain("データ")), ("a-b---x".to_owned(), "subnet".to_owned()));
    }
}
