//! Points in time, in UTC, as Azure writes them.

use serde::{Deserialize, Serialize};

/// Milliseconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct UnixMillis(pub i64);

const MILLIS_PER_MINUTE: i64 = 60_000;
const MILLIS_PER_DAY: i64 = 86_400_000;

/// Below this a tuple's time counts seconds, from here on milliseconds: 10^11 seconds are
/// the year 5138, 10^11 milliseconds are March 1973.
const SECONDS_BELOW: u64 = 100_000_000_000;

impl UnixMillis {
    /// The last millisecond that can be written with a four-digit year.
    pub const MAX: Self = Self(253_402_300_799_999);

    /// Reads a tuple's time: seconds or milliseconds, told apart by magnitude, since
    /// NSG logs write the one, VNet logs the other and published examples mix them.
    /// `None` after the year 9999.
    pub fn from_tuple(value: u64) -> Option<Self> {
        let millis = if value < SECONDS_BELOW { value * 1000 } else { value };
        (millis <= Self::MAX.0 as u64).then_some(Self(millis as i64))
    }

    /// The minute since 1970 that this instant lies in.
    pub fn minute(self) -> u32 {
        self.0.div_euclid(MILLIS_PER_MINUTE) as u32
    }

    /// The hour since 1970 that this instant lies in.
    pub fn hour(self) -> u32 {
        self.minute() / 60
    }

    /// The first instant of a minute since 1970.
    pub fn from_minute(minute: u32) -> Self {
        Self(i64::from(minute) * MILLIS_PER_MINUTE)
    }

    /// `2026-10-01T00:00:03.000Z`.
    pub fn to_iso(self) -> String {
        let days = self.0.div_euclid(MILLIS_PER_DAY);
        let ms = self.0.rem_euclid(MILLIS_PER_DAY);
        let (year, month, day) = civil_from_days(days);
        let (h, m, s, f) = (ms / 3_600_000, ms / 60_000 % 60, ms / 1000 % 60, ms % 1000);
        format!("{year:04}-{month:02}-{day:02}T{h:02}:{m:02}:{s:02}.{f:03}Z")
    }

    /// Reads an ISO 8601 instant in UTC such as a record's `time`
    /// (`2021-12-13T05:13:25.5108916Z`); digits past the millisecond are cut.
    pub fn from_iso(text: &str) -> Option<Self> {
        let b = text.as_bytes();
        let num = |from: usize, to: usize| -> Option<i64> {
            b.get(from..to)?
                .iter()
                .try_fold(0i64, |n, c| c.is_ascii_digit().then(|| n * 10 + i64::from(c - b'0')))
        };
        let punctuated = b.get(4) == Some(&b'-')
            && b.get(7) == Some(&b'-')
            && b.get(13) == Some(&b':')
            && b.get(16) == Some(&b':');
        if !punctuated || !matches!(b.get(10), Some(b'T' | b't' | b' ')) {
            return None;
        }
        let (year, month, day) = (num(0, 4)?, num(5, 7)?, num(8, 10)?);
        let (h, m, s) = (num(11, 13)?, num(14, 16)?, num(17, 19)?);
        if !(1..=12).contains(&month) || !(1..=31).contains(&day) || h > 23 || m > 59 || s > 60 {
            return None;
        }
        let rest = b.get(19..)?;
        let (fraction, zone) = match rest.strip_prefix(b".") {
            Some(tail) => tail.split_at(tail.iter().take_while(|c| c.is_ascii_digit()).count()),
            None => rest.split_at(0),
        };
        if !matches!(zone, b"" | b"Z" | b"z" | b"+00:00") {
            return None;
        }
        let milli = (0..3).fold(0i64, |n, i| n * 10 + fraction.get(i).map_or(0, |c| i64::from(c - b'0')));
        let days = days_from_civil(year, month, day);
        Some(Self(days * MILLIS_PER_DAY + ((h * 60 + m) * 60 + s) * 1000 + milli))
    }
}

/// The proleptic Gregorian date of a day counted from 1970-01-01, as (year, month, day).
/// Algorithm: Howard Hinnant, "chrono-compatible low-level date algorithms".
pub fn civil_from_days(days: i64) -> (i64, u32, u32) {
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let day = (doy - (153 * mp + 2) / 5 + 1) as u32;
    let month = if mp < 10 { mp + 3 } else { mp - 9 } as u32;
    (yoe + era * 400 + i64::from(month <= 2), month, day)
}

/// The inverse of [`civil_from_days`].
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let y = year - i64::from(month <= 2);
    let era = y.div_euclid(400);
    let yoe = y.rem_euclid(400);
    let mp = (month + 9) % 12;
    let doy = (153 * mp + 2) / 5 + day - 1;
    let doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    era * 146_097 + doe - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_and_milliseconds_are_told_apart_by_magnitude() {
        assert_eq!(UnixMillis::from_tuple(1_639_372_365), Some(UnixMillis(1_639_372_365_000)));
        assert_eq!(UnixMillis::from_tuple(1_786_653_106_963), Some(UnixMillis(1_786_653_106_963)));
        assert_eq!(UnixMillis::from_tuple(u64::MAX), None);
    }

    #[test]
    fn iso_text_round_trips() {
        for ms in [0, 951_782_400_000, 1_786_653_106_963, UnixMillis::MAX.0] {
            assert_eq!(UnixMillis::from_iso(&UnixMillis(ms).to_iso()), Some(UnixMillis(ms)));
        }
        assert_eq!(UnixMillis(1_786_653_106_963).to_iso(), "2026-08-13T20:31:46.963Z");
    }

    #[test]
    fn a_records_time_has_seven_digits_after_the_second() {
        let t = UnixMillis::from_iso("2021-12-13T05:13:25.5108916Z");
        assert_eq!(t.map(UnixMillis::to_iso).as_deref(), Some("2021-12-13T05:13:25.510Z"));
        assert_eq!(UnixMillis::from_iso("2021-13-13T05:13:25Z"), None);
        assert_eq!(UnixMillis::from_iso("soon"), None);
    }
}
