//! The values of a table's cells: numbers, words and dates in the ways that exports write them.

use crate::model::{Decision, Direction, Protocol, UnixMillis};
use std::borrow::Cow;

/// Whether a cell says nothing.
pub fn is_blank(text: &str) -> bool {
    text.is_empty() || text.eq_ignore_ascii_case("null")
}

/// A whole number, written as such or as a real one: `443`, `443.0`, `443,0`, `4.43E+2`. Empty is zero.
pub fn number(text: &str) -> Option<u64> {
    let text = text.trim();
    if is_blank(text) {
        return Some(0);
    }
    if let Ok(whole) = text.parse() {
        return Some(whole);
    }
    let (value, rest) = decimal(text, 0)?;
    (rest == 0 && value < 9_000_000_000_000_000).then_some(value)
}

/// A number without a sign, `8.5`, `8,5` or `4.43E+2`, times ten to the power of `shift`: what is before the
/// point, and whether there is more behind it (0: nothing, 5 or more: round up). Exact, and without the
/// tables that the standard library needs for floating point.
fn decimal(text: &str, shift: i32) -> Option<(u64, u8)> {
    let (digits, power) = match text.split_once(['e', 'E']) {
        Some((digits, power)) => (digits, power.strip_prefix('+').unwrap_or(power).parse::<i32>().ok()?),
        None => (text, 0),
    };
    let (whole, part) = digits.split_once(['.', ',']).unwrap_or((digits, ""));
    let all = whole.bytes().chain(part.bytes());
    if whole.len() + part.len() == 0 || !all.clone().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let point = i64::try_from(whole.len()).ok()? + i64::from(power) + i64::from(shift);
    let (mut value, mut rest) = (0_u64, 0);
    for (place, digit) in (0_i64..).zip(all.map(|digit| digit - b'0')) {
        if place < point {
            value = value.checked_mul(10)?.checked_add(u64::from(digit))?;
        } else if place == point {
            rest = digit;
        } else if digit != 0 {
            rest = rest.max(1);
        }
    }
    for _ in (whole.len() + part.len()) as i64..point {
        value = if value == 0 { return Some((0, 0)) } else { value.checked_mul(10)? };
    }
    Some((value, rest))
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
    let word = text.split(' ').next().unwrap_or_default();
    if word.eq_ignore_ascii_case("icmp") {
        // A firewall adds the message's type.
        return Some(Protocol::ICMP);
    }
    Some(match text.to_ascii_lowercase().as_str() {
        "t" | "tcp" => Protocol::TCP,
        "u" | "udp" => Protocol::UDP,
        "i" | "icmp" => Protocol::ICMP,
        "esp" => Protocol::numbered(50),
        "ah" => Protocol::numbered(51),
        "icmpv6" | "ipv6-icmp" => Protocol::numbered(58),
        _ => Protocol::numbered(u8::try_from(number(text).filter(|_| !text.is_empty())?).ok()?),
    })
}

/// Whether a text is one of these words. Not inlined: the compiler would spell every word out.
#[inline(never)]
fn is(text: &str, words: &[&str]) -> bool {
    let text = text.trim();
    words.iter().any(|word| text.eq_ignore_ascii_case(word))
}

/// `I`, `Inbound`, `In`, and what other tools write.
pub fn direction(text: &str) -> Option<Direction> {
    if is(text, &["i", "in", "inbound", "ingress"]) {
        Some(Direction::Inbound)
    } else {
        is(text, &["o", "out", "outbound", "egress"]).then_some(Direction::Outbound)
    }
}

/// `A`, `Allowed`, `Allow`, and what other tools write.
pub fn decision(text: &str) -> Option<Decision> {
    if is(text, &["a", "allow", "allowed", "accept", "accepted", "permit", "permitted", "pass"]) {
        Some(Decision::Allowed)
    } else {
        is(text, &["d", "deny", "denied", "drop", "dropped", "block", "blocked", "reject", "rejected"])
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
                let midnight = UnixMillis::from_date(year, month.into(), day.into())?;
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
    let (millis, rest) = parts.next().map_or(Some((0, 0)), |second| decimal(second, 3))?;
    let hour = match half {
        Some(later) if (0..=12).contains(&hour) => hour % 12 + later,
        // 20:11 PM, as some tools write it.
        Some(12) | None => hour,
        Some(_) => return None,
    };
    let fits = (0..24).contains(&hour) && (0..60).contains(&minute) && millis < 61_000;
    fits.then(|| (hour * 60 + minute) * 60_000 + millis as i64 + i64::from(rest >= 5))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_every_dialect() {
        for text in ["443", "443.0", "443,0", " 443 ", "4.43E+2", "44300e-2", "443.", "0.443E3"] {
            assert_eq!(number(text), Some(443), "{text}");
        }
        for text in [
            "-443.0", "4.4E+0", "443.01", "443.001", "1E400", "1e17", ".", "E2", "4.4.3", "nan", "inf",
            "4.43E",
        ] {
            assert_eq!(number(text), None, "{text}");
        }
        assert_eq!(
            (number("0E+400"), number("1e15"), number("1e-400")),
            (Some(0), Some(1_000_000_000_000_000), None)
        );
        assert_eq!(decimal("59.9996", 3), Some((59_999, 6)));
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
        for no_day in ["2025-02-31 20:11:21", "2/29/2025 8:11 PM", "4/31/2025", "2025-04-31"] {
            assert_eq!(at(no_day, false), None, "{no_day}");
        }
        for no_time in [
            "8/25/2025 24:00:00",
            "8/25/2025 20:00 AM",
            "8/25/2025 24:00 PM",
            "8/25/2025 8:60 PM",
            "8/25/2025 -1:00 PM",
        ] {
            assert_eq!(at(no_time, false), None, "{no_time}");
        }
        assert_eq!(at("8/25/2025 20:11:21.937 PM", false), expected);
        assert_eq!(at("29.02.2025", true), None);
        assert_eq!(at("29.02.2024", true).as_deref(), Some("2024-02-29T00:00:00.000Z"));
        assert_eq!(at("8/25/2025 12:00:00 AM", false).as_deref(), Some("2025-08-25T00:00:00.000Z"));
    }
}
