//! What the columns of a table with unknown headings seem to hold: by words in the headings and by the
//! values of the first rows. A proposal for people to look at; nothing is counted by it.

use super::columns::Meaning;
use super::values;
use crate::model::Address;

/// What cells look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Look {
    Address,
    Date,
    Decision,
    Direction,
    Protocol,
    Mac,
    /// A whole number.
    Number,
    Text,
}

/// Parts of headings, what such a column would hold, and how its cells must look. The first that fits counts;
/// of several columns that fit the first.
const WORDS: [(&str, Meaning, Look); 42] = [
    ("srcsubnet", Meaning::SrcSubnet, Look::Text),
    ("sourcesubnet", Meaning::SrcSubnet, Look::Text),
    ("destsubnet", Meaning::DstSubnet, Look::Text),
    ("destinationsubnet", Meaning::DstSubnet, Look::Text),
    ("src", Meaning::Src, Look::Address),
    ("source", Meaning::Src, Look::Address),
    ("client", Meaning::Src, Look::Address),
    ("from", Meaning::Src, Look::Address),
    ("local", Meaning::Src, Look::Address),
    ("dst", Meaning::Dst, Look::Address),
    ("dest", Meaning::Dst, Look::Address),
    ("target", Meaning::Dst, Look::Address),
    ("server", Meaning::Dst, Look::Address),
    ("remote", Meaning::Dst, Look::Address),
    ("to", Meaning::Dst, Look::Address),
    ("dport", Meaning::Port, Look::Number),
    ("dstport", Meaning::Port, Look::Number),
    ("destport", Meaning::Port, Look::Number),
    ("destinationport", Meaning::Port, Look::Number),
    ("serverport", Meaning::Port, Look::Number),
    ("remoteport", Meaning::Port, Look::Number),
    ("srcport", Meaning::FlowType, Look::Number),
    ("sport", Meaning::FlowType, Look::Number),
    ("sourceport", Meaning::FlowType, Look::Number),
    ("clientport", Meaning::FlowType, Look::Number),
    ("fromport", Meaning::FlowType, Look::Number),
    ("localport", Meaning::FlowType, Look::Number),
    ("port", Meaning::Port, Look::Number),
    ("proto", Meaning::Protocol, Look::Number),
    ("start", Meaning::Start, Look::Date),
    ("begin", Meaning::Start, Look::Date),
    ("end", Meaning::End, Look::Date),
    ("bytessent", Meaning::BytesThere, Look::Number),
    ("bytesout", Meaning::BytesThere, Look::Number),
    ("sentbytes", Meaning::BytesThere, Look::Number),
    ("bytesreceived", Meaning::BytesBack, Look::Number),
    ("bytesin", Meaning::BytesBack, Look::Number),
    ("receivedbytes", Meaning::BytesBack, Look::Number),
    ("hits", Meaning::Count, Look::Number),
    ("count", Meaning::Count, Look::Number),
    ("rule", Meaning::Rule, Look::Text),
    ("policy", Meaning::Rule, Look::Text),
];

/// What a column with such cells holds where its heading says nothing, in this order.
const LOOKS: [(Look, &[Meaning]); 6] = [
    (Look::Address, &[Meaning::Src, Meaning::Dst]),
    (Look::Date, &[Meaning::Time]),
    (Look::Decision, &[Meaning::Decision]),
    (Look::Direction, &[Meaning::Direction]),
    (Look::Protocol, &[Meaning::Protocol]),
    (Look::Mac, &[Meaning::Mac]),
];

/// What a cell looks like; an empty one like nothing.
fn look(cell: &str) -> Option<Look> {
    let hex = cell.bytes().filter(u8::is_ascii_hexdigit).count();
    Some(if cell.is_empty() {
        return None;
    } else if Address::parse(cell).is_some() {
        Look::Address
    } else if values::number(cell).is_some() {
        Look::Number
    } else if values::decision(cell).is_some() && cell.len() > 1 {
        Look::Decision
    } else if values::direction(cell).is_some() && cell.len() > 1 {
        Look::Direction
    } else if values::protocol(cell).is_some() && cell.len() > 1 {
        Look::Protocol
    } else if values::date(cell).is_some() {
        Look::Date
    } else if hex == 12 && (cell.len() == 12 || cell.len() == 17) {
        Look::Mac
    } else if values::decision(cell).is_some() {
        Look::Decision
    } else if values::direction(cell).is_some() {
        Look::Direction
    } else if values::protocol(cell).is_some() {
        Look::Protocol
    } else {
        Look::Text
    })
}

/// What all cells of a column look like, if they look alike.
fn column_look(rows: &[Vec<String>], column: usize) -> Option<Look> {
    let mut looks = rows.iter().filter_map(|row| look(row.get(column)?));
    let first = looks.next()?;
    looks.all(|look| look == first).then_some(first)
}

/// Whether these rows have two columns of addresses: then they are probably flows.
pub fn look_like_flows(rows: &[Vec<String>]) -> bool {
    let width = rows.iter().map(Vec::len).max().unwrap_or_default();
    (0..width).filter(|column| column_look(rows, *column) == Some(Look::Address)).count() >= 2
}

/// Proposes a meaning for columns that have none.
pub fn suggest(headings: &[String], rows: &[Vec<String>], columns: &mut [Option<Meaning>]) {
    let looks: Vec<Option<Look>> = (0..columns.len()).map(|column| column_look(rows, column)).collect();
    let words: Vec<String> = headings
        .iter()
        .map(|heading| heading.to_ascii_lowercase().chars().filter(char::is_ascii_alphanumeric).collect())
        .collect();
    for (word, meaning, wanted) in WORDS {
        for at in 0..columns.len() {
            let named = words.get(at).is_some_and(|heading| heading.contains(word));
            let looks_so = |look: Look| {
                look == wanted
                    || wanted == Look::Number && meaning == Meaning::Protocol && look == Look::Protocol
            };
            let free = meaning == Meaning::FlowType || !columns.contains(&Some(meaning));
            if named && looks[at].is_some_and(looks_so) && free {
                columns[at].get_or_insert(meaning);
            }
        }
    }
    for (look, meanings) in LOOKS {
        for meaning in meanings {
            let free = (0..columns.len()).find(|at| looks[*at] == Some(look) && columns[*at].is_none());
            if let Some(at) = free.filter(|_| !columns.contains(&Some(*meaning))) {
                columns[at] = Some(*meaning);
            }
        }
    }
    // A source port means nothing to a flow record: it was claimed only so that nothing else is.
    for column in columns.iter_mut().filter(|column| **column == Some(Meaning::FlowType)) {
        *column = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn suggested(table: &str) -> Vec<&'static str> {
        let mut lines = table.lines().map(|line| line.split(',').map(str::to_owned).collect::<Vec<_>>());
        let headings = lines.next().unwrap();
        let rows: Vec<Vec<String>> = lines.collect();
        let mut columns = vec![None; headings.len()];
        suggest(&headings, &rows, &mut columns);
        columns.into_iter().map(|column| column.map_or("-", Meaning::name)).collect()
    }

    #[test]
    fn headings_and_values_together_tell() {
        assert_eq!(
            suggested(
                "when,from_host,from_port,to_host,to_port,proto,verdict,Firewall policy,Bytes sent\n\
                 2026-10-01T00:00:00Z,10.0.0.4,50123,10.0.1.5,443,tcp,accept,web,12\n\
                 2026-10-01T00:00:01Z,10.0.0.4,50124,10.0.1.5,443,tcp,drop,web,0"
            ),
            ["time", "source", "-", "destination", "port", "protocol", "decision", "rule", "bytes-there"]
        );
    }

    #[test]
    fn values_alone_tell_addresses_times_and_decisions() {
        assert_eq!(
            suggested("Quelle,Ziel,Zeit,Aktion,Richtung\n10.0.0.4,10.0.1.5,1.10.2026 10:00,Allow,In"),
            ["source", "destination", "time", "decision", "direction"]
        );
    }
}
