//! Numbers, sizes and times as people read them. Pure, so that every view and test agrees.
//!
//! The short form shows three figures at most (`12.4 k`); the exact one belongs into the title or the
//! words beside it. A no-break space joins a number and its unit. Times are UTC.

use azflow_core::model::UnixMillis;

/// Characters of a longer name that are drawn: from its beginning, and from its end, where paths differ.
const DRAWN: (usize, usize) = (80, 39);
const NBSP: char = '\u{a0}';
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// `1021` as `1,021`.
pub fn exact(value: u64) -> String {
    let digits = value.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A name as it is drawn: laying out one of 64 kB takes as long as a whole screen.
pub fn drawn(name: &str) -> String {
    let (head, tail) = DRAWN;
    let cut = |at: usize| name.char_indices().nth(at).map(|(at, _)| at);
    // Few bytes are few characters: most names need no counting.
    match (name.len() > head + tail).then(|| (cut(head), cut(head + tail + 1))) {
        Some((Some(from), Some(_))) => {
            let to = name.char_indices().nth_back(tail - 1).map_or(name.len(), |(at, _)| at);
            format!("{}…{}", &name[..from], &name[to..])
        }
        _ => name.to_owned(),
    }
}

/// Exact below ten thousand, then `12.4 k`, `3.1 M`, `2.0 G`.
pub fn short(value: u64) -> String {
    if value < 10_000 { exact(value) } else { scaled(value, &["", "k", "M", "G", "T", "P", "E"]) }
}

/// Bytes in decimal units: `812 B`, `3.1 GB`.
pub fn bytes(value: u64) -> String {
    if value < 1000 {
        return format!("{value}{NBSP}B");
    }
    scaled(value, &["B", "kB", "MB", "GB", "TB", "PB", "EB"])
}

/// Bytes to the last one: `3,112,004,551 bytes`.
pub fn exact_bytes(value: u64) -> String {
    counted(value, "byte", "bytes")
}

/// `1 file`, `1,284 files`.
pub fn counted(value: u64, one: &str, many: &str) -> String {
    format!("{}{NBSP}{}", exact(value), if value == 1 { one } else { many })
}

/// Rounds half up in integers and moves to the next unit where rounding reaches it.
fn scaled(value: u64, units: &[&str]) -> String {
    let (mut unit, mut size) = (0, 1u64);
    while unit + 1 < units.len() && value / size >= 1000 {
        unit += 1;
        size = size.saturating_mul(1000);
    }
    let tenths = |size: u64| (u128::from(value) * 10 + u128::from(size) / 2) / u128::from(size);
    let mut in_tenths = tenths(size);
    if in_tenths >= 9995 && unit + 1 < units.len() {
        unit += 1;
        in_tenths = tenths(size.saturating_mul(1000));
    }
    let name = units.get(unit).copied().unwrap_or_default();
    if in_tenths < 1000 {
        format!("{}.{}{NBSP}{name}", in_tenths / 10, in_tenths % 10)
    } else {
        format!("{}{NBSP}{name}", (in_tenths + 5) / 10)
    }
}

/// A share as a percentage; never rounds something to nothing or a part to the whole.
pub fn percent(part: u64, whole: u64) -> String {
    if whole == 0 {
        return "–".to_owned();
    }
    let tenths = (u128::from(part) * 1000 + u128::from(whole) / 2) / u128::from(whole);
    match tenths {
        0 if part > 0 => format!("<0.1{NBSP}%"),
        1000.. if part < whole => format!(">99.9{NBSP}%"),
        0 => format!("0{NBSP}%"),
        1000.. => format!("100{NBSP}%"),
        100.. => format!("{}{NBSP}%", (tenths + 5) / 10),
        _ => format!("{}.{}{NBSP}%", tenths / 10, tenths % 10),
    }
}

/// A span of time in its two largest units: `3 min 20 s`.
pub fn duration(ms: u64) -> String {
    let s = ms / 1000;
    match s {
        0 => format!("0.{}{NBSP}s", ms / 100),
        1..10 => format!("{s}.{}{NBSP}s", ms % 1000 / 100),
        10..60 => format!("{s}{NBSP}s"),
        60..3600 => format!("{}{NBSP}min {}{NBSP}s", s / 60, s % 60),
        3600..86_400 => format!("{}{NBSP}h {}{NBSP}min", s / 3600, s / 60 % 60),
        _ => format!("{}{NBSP}d {}{NBSP}h", s / 86_400, s / 3600 % 24),
    }
}

struct Civil {
    year: i64,
    month: &'static str,
    day: u32,
    seconds: i64,
}

fn civil(at: UnixMillis) -> Civil {
    let (year, month, day) = at.date();
    let month = MONTHS.get((month as usize).wrapping_sub(1)).copied().unwrap_or_default();
    Civil { year, month, day, seconds: at.0.rem_euclid(86_400_000) / 1000 }
}

/// `16 Oct 2026 06:02:11`.
pub fn moment(at: UnixMillis) -> String {
    let c = civil(at);
    let s = c.seconds;
    format!("{} {} {} {:02}:{:02}:{:02}", c.day, c.month, c.year, s / 3600, s / 60 % 60, s % 60)
}

/// `16 Oct 06:02`.
pub fn minute(at: UnixMillis) -> String {
    let c = civil(at);
    format!("{} {} {:02}:{:02}", c.day, c.month, c.seconds / 3600, c.seconds / 60 % 60)
}

/// `16 Oct 2026`.
pub fn day(at: UnixMillis) -> String {
    let c = civil(at);
    format!("{} {} {}", c.day, c.month, c.year)
}

/// `06:02`.
pub fn clock(at: UnixMillis) -> String {
    let c = civil(at);
    format!("{:02}:{:02}", c.seconds / 3600, c.seconds / 60 % 60)
}

/// A span in as few words as tell it: `1 – 31 Oct 2026`, `13 Dec 2021, 05:12 – 05:59`.
pub fn span(first: UnixMillis, last: UnixMillis) -> String {
    let (a, b) = (civil(first), civil(last));
    if (a.year, a.month, a.day) == (b.year, b.month, b.day) {
        let (from, to) = (clock(first), clock(last));
        let date = format!("{} {} {}", a.day, a.month, a.year);
        return if from == to { format!("{date}, {from}") } else { format!("{date}, {from} – {to}") };
    }
    let end = format!("{} {} {}", b.day, b.month, b.year);
    if a.year != b.year {
        format!("{} {} {} – {end}", a.day, a.month, a.year)
    } else if a.month != b.month {
        format!("{} {} – {end}", a.day, a.month)
    } else {
        format!("{} – {end}", a.day)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: &str) -> String {
        text.replace(NBSP, " ")
    }

    #[test]
    fn long_names_are_drawn_by_their_ends() {
        let (whole, long) = ("n".repeat(121), format!("{}{}", "é".repeat(82), "n".repeat(39)));
        assert_eq!(drawn(&whole), format!("{}…{}", "n".repeat(80), "n".repeat(39)));
        assert_eq!(drawn(&whole[..120]), &whole[..120]);
        assert_eq!(drawn(&long), format!("{}…{}", "é".repeat(80), "n".repeat(39)));
        assert_eq!(drawn(&"é".repeat(120)), "é".repeat(120));
        let path = format!("{}/networks/a/subnets/b", "x".repeat(60_000));
        assert!(drawn(&path).ends_with("/networks/a/subnets/b"));
    }

    #[test]
    fn counts_are_exact_while_short() {
        for (value, text) in
            [(0, "0"), (999, "999"), (1021, "1,021"), (9999, "9,999"), (12_449, "12.4 k"), (412_000, "412 k")]
        {
            assert_eq!(plain(&short(value)), text);
        }
        assert_eq!(exact(u64::MAX), "18,446,744,073,709,551,615");
    }

    #[test]
    fn rounding_moves_to_the_next_unit() {
        assert_eq!(plain(&short(999_949)), "1.0 M");
        assert_eq!(plain(&short(999_400)), "999 k");
        assert_eq!(plain(&bytes(999)), "999 B");
        assert_eq!(plain(&bytes(3_112_004_551)), "3.1 GB");
        assert_eq!(plain(&bytes(u64::MAX)), "18.4 EB");
    }

    #[test]
    fn shares_never_hide_a_remainder() {
        assert_eq!(plain(&percent(1, 1_000_000)), "<0.1 %");
        assert_eq!(plain(&percent(999_999, 1_000_000)), ">99.9 %");
        assert_eq!(plain(&percent(1, 3)), "33 %");
        assert_eq!(plain(&percent(1, 30)), "3.3 %");
        assert_eq!(percent(0, 0), "–");
    }

    #[test]
    fn spans_name_what_differs() {
        let at = |text: &str| UnixMillis::from_iso(text).unwrap();
        let span = |a: &str, b: &str| span(at(a), at(b));
        assert_eq!(span("2026-10-01T00:00:03Z", "2026-10-31T23:59:59Z"), "1 – 31 Oct 2026");
        assert_eq!(span("2026-09-30T00:00:03Z", "2026-10-31T23:59:59Z"), "30 Sep – 31 Oct 2026");
        assert_eq!(span("2021-12-13T05:12:00Z", "2021-12-13T05:59:00Z"), "13 Dec 2021, 05:12 – 05:59");
        assert_eq!(span("2021-12-31T05:12:00Z", "2022-01-01T05:59:00Z"), "31 Dec 2021 – 1 Jan 2022");
    }

    #[test]
    fn durations_show_two_units() {
        let texts = [300, 4200, 42_000, 200_000, 3_720_000].map(|ms| plain(&duration(ms)));
        assert_eq!(texts, ["0.3 s", "4.2 s", "42 s", "3 min 20 s", "1 h 2 min"]);
    }
}
