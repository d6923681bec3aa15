//! What stands behind a colon.

use super::Text;
use super::words::{Field, nearest, ports_of, protocol};
use azflow_core::model::{Address, Prefix, Protocol, UnixMillis};

const DAY: u32 = 24 * 60;

/// Minutes since 1970: from the first up to the end, which is not part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// The first minute.
    pub from: u32,
    /// The minute behind the last; `u32::MAX`: without end.
    pub until: u32,
}

/// One value of a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// Addresses from the first to the last, of one family.
    Block(Address, Address),
    /// A text that names are compared with.
    Text(Text),
    /// Ports from the first to the last.
    Ports(u16, u16),
    /// A protocol.
    Protocol(Protocol),
    /// A word of the field's own.
    Word(&'static str),
    /// A stretch of time.
    Span(Span),
}

impl Value {
    /// Whether an address lies in a block.
    pub fn holds(&self, address: Address) -> bool {
        match self {
            Self::Block(first, last) => {
                (*first..=*last).contains(&address) && first.v4().is_some() == address.v4().is_some()
            }
            _ => false,
        }
    }
}

/// Reads a value. What went wrong, and what was probably meant.
pub(super) fn read(field: Field, text: &str) -> Result<Value, (String, Option<&'static str>)> {
    let plain = || Value::Text(Text { text: text.to_owned(), exact: false });
    let bad = |words: String| Err((words, None));
    match field {
        Field::Src | Field::Dst | Field::Host | Field::Net => match block(text) {
            Some((first, last)) => Ok(Value::Block(first, last)),
            None if is_numeric(text) => bad(format!("“{text}” is no address, prefix or range of addresses")),
            None => Ok(plain()),
        },
        Field::Any => Ok(plain()),
        Field::Port => match ports(text) {
            Some((first, last)) => Ok(Value::Ports(first, last)),
            None if text.bytes().all(|b| b.is_ascii_digit() || b == b'-') => {
                bad(format!("“{text}” is no port from 0 to 65535 and no range of them"))
            }
            None if ports_of(&Text { text: text.to_owned(), exact: false }).is_empty() => {
                bad(format!("no service is called “{text}”"))
            }
            None => Ok(plain()),
        },
        Field::Protocol => match protocol(text) {
            Some(protocol) => Ok(Value::Protocol(protocol)),
            None => {
                let words = Protocol::all().filter_map(Protocol::keyword);
                Err((format!("no protocol is called “{text}”"), nearest(text, words)))
            }
        },
        Field::Decision
        | Field::Logged
        | Field::Direction
        | Field::By
        | Field::Path
        | Field::Kind
        | Field::Noise => match field.value(text) {
            Some(word) => Ok(Value::Word(word)),
            None => Err((
                format!("{} is one of: {}", field.word(), field.values().join(", ")),
                nearest(text, field.values().into_iter()),
            )),
        },
        Field::Time => match span(text) {
            Some(span) => Ok(Value::Span(span)),
            None => bad(format!(
                "“{text}” is no time in UTC: 2026-10-07, 2026-10-07T08:30, or from..to with either end open"
            )),
        },
        Field::Rule | Field::Acl | Field::Nic | Field::Encryption => Ok(plain()),
    }
}

fn is_numeric(text: &str) -> bool {
    text.contains(['.', '/']) && text.bytes().all(|b| b.is_ascii_digit() || b"./*-".contains(&b))
}

/// An address, a prefix, a range `a-b`, or the beginning of an IPv4 address (`10.1.`, `10.1.*`).
pub(super) fn block(text: &str) -> Option<(Address, Address)> {
    let ends = |prefix: Prefix| (prefix.first(), prefix.last());
    if let Some(prefix) = Prefix::parse(text) {
        return Some(ends(prefix));
    }
    if let Some((first, last)) = text.split_once('-') {
        let (first, last) = (Address::parse(first)?, Address::parse(last)?);
        return (first <= last && first.v4().is_some() == last.v4().is_some()).then_some((first, last));
    }
    let octets: Vec<&str> =
        text.strip_suffix(".*").or(text.strip_suffix('.')).unwrap_or(text).split('.').collect();
    if !text.contains('.') || octets.len() > 3 {
        return None;
    }
    let padded = octets.iter().copied().chain(["0"; 4]).take(4).collect::<Vec<_>>().join(".");
    Some(ends(Prefix::of(Address::parse(&padded)?, 8 * octets.len() as u8)))
}

fn ports(text: &str) -> Option<(u16, u16)> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let (first, last) = (first.parse().ok()?, last.parse().ok()?);
    (first <= last).then_some((first, last))
}

/// A point in time and how many minutes it names; an instant with minutes names none when it ends a range.
fn moment(text: &str) -> Option<(u32, u32)> {
    let text = text.to_ascii_uppercase().replace(' ', "T");
    let text = text.trim_end_matches('Z');
    let whole = match text.len() {
        7 => format!("{text}-01T00:00:00"),
        10 => format!("{text}T00:00:00"),
        13 => format!("{text}:00:00"),
        16 => format!("{text}:00"),
        _ => text.to_owned(),
    };
    let time = UnixMillis::from_iso(&whole)?;
    let minute = time.minute();
    let wide = match text.len() {
        7 => month(minute),
        10 => DAY,
        13 => 60,
        _ => 0,
    };
    Some((minute, wide))
}

/// Minutes of the month that begins so.
fn month(first: u32) -> u32 {
    let (year, month, _) = UnixMillis::from_minute(first).date();
    let next = UnixMillis::from_date(year + i64::from(month == 12), i64::from(month % 12 + 1), 1);
    // The year 9999 is the last one.
    next.map_or(UnixMillis::MAX.minute() + 1, UnixMillis::minute).saturating_sub(first)
}

fn span(text: &str) -> Option<Span> {
    let (from, until) = match text.split_once("..") {
        None => {
            let (minute, wide) = moment(text)?;
            (minute, minute + wide.max(1))
        }
        Some(("", "")) => return None,
        Some((from, "")) => (moment(from)?.0, u32::MAX),
        Some(("", until)) => (0, moment(until).map(|(minute, wide)| minute + wide)?),
        Some((from, until)) => (moment(from)?.0, moment(until).map(|(minute, wide)| minute + wide)?),
    };
    (from < until).then_some(Span { from, until })
}

/// Writes a stretch so that it reads as the same one: by days where it is whole days.
pub(super) fn print_span(span: Span) -> String {
    let Span { from, until } = span;
    let day = |minute: u32| iso(minute, 10);
    let whole = from.is_multiple_of(DAY) && (until.is_multiple_of(DAY) || until == u32::MAX);
    let (first, last): (String, String) =
        if whole { (day(from), day(until - 1)) } else { (iso(from, 16), iso(until, 16)) };
    match (from, until) {
        (_, u32::MAX) => format!("{first}.."),
        (0, _) => format!("..{last}"),
        _ if whole && first == last => first,
        _ if !whole && until == from + 1 => first,
        _ => format!("{first}..{last}"),
    }
}

fn iso(minute: u32, letters: usize) -> String {
    let text = UnixMillis::from_minute(minute).to_iso();
    text.get(..letters).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_single_in_blocks_in_ranges_or_begun() {
        let read = |text: &str| block(text).map(|(a, b)| format!("{a} {b}"));
        for (text, first, last) in [
            ("10.0.0.4", "10.0.0.4", "10.0.0.4"),
            ("10.0.0.77/24", "10.0.0.0", "10.0.0.255"),
            ("10.0.0.4-10.0.1.9", "10.0.0.4", "10.0.1.9"),
            ("10.1.", "10.1.0.0", "10.1.255.255"),
            ("10.1", "10.1.0.0", "10.1.255.255"),
            ("192.168.7.*", "192.168.7.0", "192.168.7.255"),
            ("fd00::/8", "fd00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
        ] {
            assert_eq!(read(text), Some(format!("{first} {last}")), "{text}");
        }
        for text in ["snet-web", "10", "10.0.0.9-10.0.0.1", "10.0.0.1-::1", "300.1", "1.2.3.4.5", "a.b"] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn times_name_all_that_they_leave_open() {
        let minutes = |text: &str| span(text).map(|s| s.until - s.from);
        assert_eq!(minutes("2026-10-07"), Some(DAY));
        assert_eq!(minutes("2026-02"), Some(28 * DAY));
        assert_eq!(minutes("2026-12"), Some(31 * DAY));
        assert_eq!(minutes("2026-10-07T08"), Some(60));
        assert_eq!(minutes("2026-10-07T08:15Z"), Some(1));
        assert_eq!(minutes("2026-10-07..2026-10-08"), Some(2 * DAY));
        assert_eq!(minutes("2026-10-07T08:00..2026-10-07T12:00"), Some(240));
        for text in
            ["", "..", "2026-13", "2026-02-30", "2026-10-08..2026-10-07", "yesterday", "1960-01-01", "2026"]
        {
            assert_eq!(span(text), None, "{text}");
        }
        for text in [
            "2026-10-07",
            "2026-10-07..2026-10-09",
            "2026-10-07T08:00..2026-10-07T12:00",
            "2026-10-07..",
            "..2026-10-07",
            "..2026-10-07T08:30",
            "2026-10-07T08:15",
            "2026-10-07T08:15..",
        ] {
            assert_eq!(span(text).map(print_span).as_deref(), Some(text));
        }
    }
}
