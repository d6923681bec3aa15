//! Points in time, in UTC, as Azure writes them.

use serde::{Deserialize, Serialize};
use time::{Date, Month};

/// Milliseconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct UnixMillis(pub i64);

const MILLIS_PER_MINUTE: i64 = 60_000;
const MILLIS_PER_DAY: i64 = 86_400_000;
/// The Julian day number of 1970-01-01.
const FIRST_DAY: i64 = 2_440_588;

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

    /// The day that this instant lies in, in UTC: year, month from 1, day from 1.
    pub fn date(self) -> (i64, u32, u32) {
        let number = i32::try_from(FIRST_DAY + self.0.div_euclid(MILLIS_PER_DAY));
        // No instant that azflow makes lies beyond the year 9999; where one did, the last day would stand for it.
        let day = number.ok().and_then(|number| Date::from_julian_day(number).ok()).unwrap_or(Date::MAX);
        (i64::from(day.year()), u8::from(day.month()).into(), day.day().into())
    }

    /// The first instant of a day in UTC; `None` where the calendar has no such day, before 1970, and after the year
    /// 9999.
    pub fn from_date(year: i64, month: i64, day: i64) -> Option<Self> {
        let month = Month::try_from(u8::try_from(month).ok()?).ok()?;
        let day = Date::from_calendar_date(year.try_into().ok()?, month, day.try_into().ok()?).ok()?;
        let days = i64::from(day.to_julian_day()) - FIRST_DAY;
        (days >= 0).then_some(Self(days * MILLIS_PER_DAY))
    }

    /// `2026-10-01`.
    pub fn to_day(self) -> String {
        let (year, month, day) = self.date();
        format!("{year:04}-{month:02}-{day:02}")
    }

    /// `2026-10-01T00:00:03.000Z`.
    pub fn to_iso(self) -> String {
        let (year, month, day) = self.date();
        let ms = self.0.rem_euclid(MILLIS_PER_DAY);
        let (h, m, s, f) = (ms / 3_600_000, ms / 60_000 % 60, ms / 1000 % 60, ms % 1000);
        format!("{year:04}-{month:02}-{day:02}T{h:02}:{m:02}:{s:02}.{f:03}Z")
    }

    /// Reads an ISO 8601 instant in UTC such as a record's `time`
    /// (`2021-12-13T05:13:25.5108916Z`); digits past the millisecond are cut. `None` for a day that the calendar does
    /// not have, such as 31 February, and for one before 1970.
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
        // The 60th second is a leap second, which clocks may show.
        if h > 23 || m > 59 || s > 60 {
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
        let midnight = Self::from_date(year, month, day)?;
        let time = Self(midnight.0 + ((h * 60 + m) * 60 + s) * 1000 + milli);
        (time <= Self::MAX).then_some(time)
    }
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

    #[test]
    fn days_that_no_calendar_has_are_refused() {
        for day in
            ["2026-02-31", "2026-02-29", "2100-02-29", "2026-04-31", "2026-00-10", "2026-13-01", "2026-01-00"]
        {
            assert_eq!(UnixMillis::from_iso(&format!("{day}T00:00:00Z")), None, "{day}");
        }
        for day in ["2024-02-29", "2000-02-29", "2026-04-30", "9999-12-31", "1970-01-01"] {
            let read = UnixMillis::from_iso(&format!("{day}T00:00:00Z"));
            assert_eq!(read.map(|t| t.to_iso().get(..10).map(str::to_owned)), Some(Some(day.to_owned())));
        }
        for before in ["1969-12-31T23:59:59Z", "0000-01-01T00:00:00Z"] {
            assert_eq!(UnixMillis::from_iso(before), None, "flow logs are younger than 1970: {before}");
        }
    }

    #[test]
    fn times_of_day_have_their_bounds() {
        let at = |time: &str| UnixMillis::from_iso(&format!("2026-10-01T{time}Z")).map(UnixMillis::to_iso);
        assert_eq!(at("24:00:00"), None);
        assert_eq!(at("23:60:00"), None);
        assert_eq!(at("23:59:61"), None);
        assert_eq!(at("23:59:60").as_deref(), Some("2026-10-02T00:00:00.000Z"));
        assert_eq!(UnixMillis::from_iso("9999-12-31T23:59:59.999Z"), Some(UnixMillis::MAX));
        assert_eq!(UnixMillis::from_iso("9999-12-31T23:59:60Z"), None, "the year 10000");
    }
}
