//! The values of a table's cells: numbers, words and dates in the ways that exports write them.

use crate::model::{Decision, Direction, Protocol, UnixMillis};
use std::borrow::Cow;

/// A whole number, written as such or as a real one: `443`, `443.0`, `443,0`, `4.43E+2`. Empty is zero.
pub fn number(text: &str) -> Option<u64> {
    let text = text.trim();
    if text.is_empty() || text.eq_ignore_ascii_case("null") {
        return Some(0);
    }
    if let Ok(whole) = text.parse() {
        return Some(whole);
    }
    let value: f64 = text.replace(',', ".").parse().ok()?;
    ((0.0..9e15).contains(&value) && value.fract() == 0.0).then_some(value as u64)
}

/// `T`, `TCP`, `6`.
pub fn protocol(text: &str) -> Option<Protocol> {
    let text = text.trim();
    // What nearly every row has.
    match text {
        "TCP" => return Some(Protocol::TCP),
        "UDP" => return Some(Protocol::UDP),
        _ => {}
    }
    Some(match text.to_ascii_lowercase().as_str() {
        "t" | "tcp" => Protocol::TCP,
        "u" | "udp" => Protocol::UDP,
        "i" | "icmp" => Protocol::ICMP,
        "esp" => Protocol(50),
        "ah" => Protocol(51),
        "icmpv6" | "ipv6-icmp" => Protocol(58),
        _ => Protocol(u8::try_from(number(text).filter(|_| !text.is_empty())?).ok()?),
    })
}

/// `I`, `Inbound`, `In`, and what other tools write.
pub fn direction(text: &str) -> Option<Direction> {
    let is = |words: &[&str]| words.iter().any(|word| text.trim().eq_ignore_ascii_case(word));
    if is(&["i", "in", "inbound", "ingress"]) {
        Some(Direction::Inbound)
    } else {
        is(&["o", "out", "outbound", "egress"]).then_some(Direction::Outbound)
    }
}

/// `A`, `Allowed`, `Allow`, and what other tools write.
pub fn decision(text: &str) -> Option<Decision> {
    let is = |words: &[&str]| words.iter().any(|word| text.trim().eq_ignore_ascii_case(word));
    if is(&["a", "allow", "allowed", "accept", "accepted", "permit", "permitted", "pass"]) {
        Some(Decision::Allowed)
    } else {
        is(&["d", "deny", "denied", "drop", "dropped", "block", "blocked", "reject", "rejected"])
            .then_some(Decision::Denied)
    }
}

/// A MAC address as logs write it: twelve digits in upper case.
pub fn mac(text: &str) -> Cow<'_, str> {
    if text.len() == 12 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'A'..=b'F')) {
        return text.into();
    }
    let digits: String = text.chars().filter(char::is_ascii_hexdigit).collect();
    if digits.len() == 12 { digits.to_ascii_uppercase().into() } else { text.trim().into() }
}

/// A date whose first two numbers may be month and day or day and month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Date {
    /// The order is known.
    Known(UnixMillis),
    /// First number, second number, year, milliseconds of the day.
    Either(u32, u32, i64, i64),
}

impl Date {
    /// The time under an order; `None` where it makes no date.
    pub fn settle(self, day_first: bool) -> Option<UnixMillis> {
        match self {
            Self::Known(time) => Some(time),
            Self::Either(a, b, year, millis) => {
                let (month, day) = if day_first { (b, a) } else { (a, b) };
                if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
                    return None;
                }
                let midnight = UnixMillis::from_iso(&format!("{year:04}-{month:02}-{day:02}T00:00:00Z"))?;
                Some(UnixMillis(midnight.0 + millis))
            }
        }
    }
}

/// Reads a date: ISO, or numbers with slashes, dots or dashes, with or without AM and PM.
pub fn date(text: &str) -> Option<Date> {
    if let Some(time) = UnixMillis::from_iso(text) {
        return Some(Date::Known(time));
    }
    let text = text.trim().trim_end_matches(" UTC").trim_end_matches(" GMT");
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    if digits == 4 {
        let iso = text.replacen(' ', "T", 1);
        let iso = iso.strip_suffix("+00:00").unwrap_or(&iso);
        let iso = if iso.ends_with('Z') { iso.to_owned() } else { format!("{iso}Z") };
        return UnixMillis::from_iso(&iso).map(Date::Known);
    }
    let (date, time) = text.split_once([' ', 'T']).unwrap_or((text, ""));
    let mut numbers = date.trim_end_matches(',').split(['/', '.', '-']).map(str::parse::<u32>);
    let (a, b, year) = (numbers.next()?.ok()?, numbers.next()?.ok()?, numbers.next()?.ok()?);
    if numbers.next().is_some() || year < 1970 || a.max(b) > 31 {
        return None;
    }
    Some(Date::Either(a, b, i64::from(year), time_of_day(time.trim())?))
}

/// Milliseconds since midnight: `8:11:21.937 PM`, `20:11`, nothing.
fn time_of_day(text: &str) -> Option<i64> {
    let upper = text.to_ascii_uppercase();
    let (clock, half) = if let Some(clock) = upper.strip_suffix("PM") {
        (clock, Some(12))
    } else if let Some(clock) = upper.strip_suffix("AM") {
        (clock, Some(0))
    } else {
        (upper.as_str(), None)
    };
    let clock = clock.trim();
    if clock.is_empty() {
        return half.is_none().then_some(0);
    }
    let mut parts = clock.split(':');
    let hour: i64 = parts.next()?.parse().ok()?;
    let minute: i64 = parts.next()?.parse().ok()?;
    let second: f64 = parts.next().map_or(Ok(0.0), |s| s.replace(',', ".").parse()).ok()?;
    let hour = match half {
        Some(later) => hour % 12 + later,
        None => hour,
    };
    let fits = (0..24).contains(&hour) && (0..60).contains(&minute) && (0.0..61.0).contains(&second);
    fits.then(|| (hour * 60 + minute) * 60_000 + (second * 1000.0).round() as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_every_dialect() {
        for text in ["443", "443.0", "443,0", " 443 ", "4.43E+2"] {
            assert_eq!(number(text), Some(443), "{text}");
        }
        assert_eq!((number(""), number("-1"), number("1.5"), number("x")), (Some(0), None, None, None));
    }

    #[test]
    fn dates_in_every_dialect() {
        let at = |text: &str, day_first| date(text).and_then(|d| d.settle(day_first)).map(UnixMillis::to_iso);
        let expected = Some("2025-08-25T20:11:21.937Z".to_owned());
        for text in [
            "2025-08-25T20:11:21.937Z",
            "2025-08-25 20:11:21.937",
            "2025-08-25T20:11:21.9370000Z",
            "8/25/2025 8:11:21.937 PM",
            "8/25/2025, 8:11:21.937 PM",
        ] {
            assert_eq!(at(text, false), expected, "{text}");
        }
        assert_eq!(at("25/08/2025 20:11:21.937", true), expected);
        assert_eq!(at("25.08.2025 20:11:21,937", true), expected);
        assert_eq!(at("25/08/2025 20:11:21.937", false), None);
        assert_eq!(at("12:00", false), None);
        assert_eq!(at("8/25/2025 12:00:00 AM", false).as_deref(), Some("2025-08-25T00:00:00.000Z"));
    }
}
