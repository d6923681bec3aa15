//! Reads a summary document back: what it says of pairs of subnets, to compare with what is loaded now.

use super::review::protocol;
use super::summary::SUMMARY_SCHEMA;
use azflow_core::model::{Counters, Protocol, Tally, UnixMillis};
use azflow_core::store::Mode;
use serde_json::Value;

/// What a summary document says of pairs.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct ReadSummary {
    /// How flows were counted.
    pub mode: Mode,
    /// Earliest and latest tuple.
    pub window: Option<(UnixMillis, UnixMillis)>,
    /// Sources with flow records.
    pub sources: u32,
    /// The pairs.
    pub pairs: Vec<SummaryPair>,
}

/// A pair of subnets.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct SummaryPair {
    /// The source subnet's name.
    pub src: String,
    /// The destination subnet's.
    pub dst: String,
    /// What went between: protocol, port where there is one, flows and traffic.
    pub services: Vec<(Protocol, Option<u16>, Tally)>,
}

/// Reads a summary document.
///
/// # Errors
/// Where the text is none, or a row of it can't be read: what is half read would show pairs as new that are not.
pub fn read_summary(text: &str) -> Result<ReadSummary, String> {
    let text = text.trim_start_matches('\u{feff}');
    let value: Value = serde_json::from_str(text).map_err(|e| format!("the file is no whole JSON: {e}"))?;
    let pairs = value["pairs"].as_array().filter(|_| value["schema"] == SUMMARY_SCHEMA);
    let pairs = pairs.ok_or(format!("the file is no {SUMMARY_SCHEMA}"))?;
    let sources = value["sources"].as_array().map(Vec::as_slice).unwrap_or_default();
    let time = |key: &str| value["window"][key].as_str().and_then(UnixMillis::from_iso);
    let mode = [Mode::Conversations, Mode::AsLogged].into_iter().find(|mode| value["mode"] == mode.as_str());
    let mut out = ReadSummary {
        mode: mode.ok_or("the file does not say how it counted")?,
        window: time("first").zip(time("last")),
        sources: sources.iter().filter(|one| one["records"] != 0).count() as u32,
        pairs: Vec::new(),
    };
    for (at, pair) in pairs.iter().enumerate() {
        let read = read_pair(pair).ok_or_else(|| format!("pair {} of the file can't be read", at + 1))?;
        out.pairs.push(read);
    }
    Ok(out)
}

fn read_pair(pair: &Value) -> Option<SummaryPair> {
    let name = |key: &str| pair[key].as_str().map(str::to_owned);
    let services = pair["services"].as_array()?.iter().map(read_service).collect::<Option<_>>()?;
    Some(SummaryPair { src: name("src")?, dst: name("dst")?, services })
}

fn read_service(service: &Value) -> Option<(Protocol, Option<u16>, Tally)> {
    let number = |key: &str| service[key].as_u64();
    // What no log counts is `null`.
    let counter =
        |key: &str| service.get(key).filter(|value| value.is_null()).map_or_else(|| number(key), |_| Some(0));
    let port = match &service["port"] {
        Value::Null => None,
        port => Some(u16::try_from(port.as_u64()?).ok()?),
    };
    let tally = Tally {
        allowed_flows: number("allowed_flows")?,
        denied_flows: number("denied_flows")?,
        counters: Counters {
            packets_src_to_dst: counter("packets_src_to_dst")?,
            bytes_src_to_dst: counter("bytes_src_to_dst")?,
            packets_dst_to_src: counter("packets_dst_to_src")?,
            bytes_dst_to_src: counter("bytes_dst_to_src")?,
        },
    };
    Some((protocol(service["protocol"].as_str()?)?, port, tally))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_summary_is_refused_with_its_place() {
        let why = |text: &str| read_summary(text).unwrap_err();
        assert!(why("{").starts_with("the file is no whole JSON"));
        assert_eq!(why("{}"), "the file is no azflow.summary/1");
        assert_eq!(why(r#"{"schema": "azflow.summary/1"}"#), "the file is no azflow.summary/1");
        let with = |pairs: &str| {
            format!(
                r#"{{"schema": "azflow.summary/1", "mode": "as-logged", "window": null, "pairs": {pairs}}}"#
            )
        };
        assert_eq!(
            why(&with(r#"[{"src": "a", "dst": "b", "services": []}, {}]"#)),
            "pair 2 of the file can't be read"
        );
        let odd = r#"[{"src": "a", "dst": "b", "services": [{"protocol": "tcp", "port": 70000}]}]"#;
        assert_eq!(why(&with(odd)), "pair 1 of the file can't be read");
        assert_eq!(
            why(&with("[]").replace("as-logged", "otherwise")),
            "the file does not say how it counted"
        );
        assert_eq!(
            read_summary(&with("[]")),
            Ok(ReadSummary { mode: Mode::AsLogged, ..ReadSummary::default() })
        );
    }
}
