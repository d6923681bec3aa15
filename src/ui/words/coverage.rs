//! What the coverage of the data means, in words.

use crate::ui::format::{counted, exact};
use azflow_core::model::UnixMillis;
use azflow_core::store::Holds;
use azflow_engine::session::{Coverage, CoveredNic};

/// The section.
pub const TITLE: &str = "Coverage";
/// Nothing there.
pub const NONE: &str = "No record yet.";
/// The table.
pub const CAPTION: &str = "Hours with records, by NIC";
/// Column: the NIC.
pub const NIC: &str = "NIC";
/// Column: hours that have records.
pub const COVERED: &str = "hours";
/// Column: hours without records between the first and the last.
pub const MISSING: &str = "missing";
/// Column: when those hours are.
pub const GAPS: &str = "gaps (UTC)";
/// Column: what the NIC's logs hold.
pub const HOLDS: &str = "its logs hold";
/// Sorts by missing hours.
pub const GAPS_FIRST: &str = "Gaps first";
/// Records that name no NIC.
pub const UNNAMED: &str = "(no NIC named)";
/// Gaps listed of one NIC.
const LISTED: usize = 3;

/// An hour since 1970: `2026-10-01 05 h`.
pub fn hour(hour: u32) -> String {
    let text = UnixMillis::from_minute(hour.saturating_mul(60)).to_iso();
    format!("{} {} h", text.get(..10).unwrap_or_default(), text.get(11..13).unwrap_or_default())
}

/// Opens the whole list.
pub fn all(count: usize) -> String {
    format!("Show all {}", counted(count as u64, "NIC", "NICs"))
}

/// A NIC's gaps.
pub fn gaps(nic: &CoveredNic) -> String {
    let mut gaps: Vec<(u32, u32)> = Vec::new();
    for pair in nic.runs.windows(2) {
        if let [before, after] = pair {
            let end = before.first + before.hours;
            if after.first > end {
                gaps.push((end, after.first - end));
            }
        }
    }
    let mut words: Vec<String> = gaps
        .iter()
        .take(LISTED)
        .map(|(first, hours)| match hours {
            1 => hour(*first),
            _ => format!("{} – {}", hour(*first), hour(first + hours - 1)),
        })
        .collect();
    if gaps.len() > LISTED {
        words.push(format!("and {} more", exact((gaps.len() - LISTED) as u64)));
    }
    words.join("; ")
}

/// What the data can and cannot support.
pub fn sentence(coverage: &Coverage, current: bool) -> String {
    let with_gaps = coverage.nics.iter().filter(|nic| nic.missing > 0).count() as u64;
    let missing: u64 = coverage.nics.iter().map(|nic| u64::from(nic.missing)).sum();
    let mut out = format!(
        "{} logged between {} and {} UTC. ",
        counted(coverage.nics.len() as u64, "NIC", "NICs"),
        hour(coverage.first),
        hour(coverage.first + coverage.hours - 1)
    );
    if with_gaps == 0 {
        out.push_str("None has an hour without records between its first and its last. ");
    } else {
        out.push_str(&format!(
            "{} without records for {} in between: no traffic, no logging, or files that are not here. ",
            if with_gaps == 1 { "1 NIC is".to_owned() } else { format!("{} NICs are", exact(with_gaps)) },
            counted(missing, "hour", "hours"),
        ));
    }
    for holds in
        [Holds::DenialsAlone, Holds::BegunAlone, Holds::CountersAlone, Holds::NoDenials, Holds::Filtered]
    {
        let nics = coverage.nics.iter().filter(|nic| nic.holds == holds).count() as u64;
        if nics > 0 {
            let of = counted(nics, "NIC", "NICs");
            out.push_str(&format!(
                "The logs of {of} hold {}: what they leave out is not known. ",
                holds.words()
            ));
        }
    }
    if current {
        out.push_str("The last hour is still being written and incomplete. ");
    }
    out.push_str("That something was not seen says nothing about hours and NICs that are not covered here.");
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use azflow_engine::session::CoveredRun;

    #[test]
    fn gaps_are_named_and_counted() {
        let run = |first, hours| CoveredRun { first, hours, vnet: false, nsg: true, analytics: false };
        let nic = CoveredNic {
            mac: "A".into(),
            runs: vec![run(0, 2), run(3, 1), run(9, 1)],
            hours: 4,
            missing: 6,
            holds: Holds::DenialsAlone,
        };
        assert_eq!(gaps(&nic), "1970-01-01 02 h; 1970-01-01 04 h – 1970-01-01 08 h");
        let coverage = Coverage { first: 0, hours: 10, nics: vec![nic] };
        let text = sentence(&coverage, true).replace('\u{a0}', " ");
        assert!(text.contains("1 NIC is without records for 6 hours"), "{text}");
        assert!(text.contains("incomplete"));
        assert!(text.contains("The logs of 1 NIC hold denials alone"), "{text}");
    }
}
