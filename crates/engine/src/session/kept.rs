//! What the user asked to keep for the next visit: names, descriptions of the network, what tables mean.
//! Never logs. Written as JSON, so that anyone can read in the browser's tools what is kept.

use crate::topology::HandName;
use azflow_core::ingest::{EveryRow, Meaning, TableHint};
use azflow_core::model::Prefix;
use serde_json::{Value, json};

/// Descriptions larger than this in all are not kept: browsers keep about five megabytes for a page.
pub const MOST_KEPT: usize = 2_000_000;

/// See the module's description.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Names given by hand, if they are kept.
    pub names: Option<Vec<HandName>>,
    /// What was said about tables.
    pub tables: Vec<TableHint>,
    /// Descriptions of the network: file names and texts.
    pub files: Vec<(String, String)>,
}

impl Kept {
    /// Whether nothing is kept.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// As JSON.
    pub fn to_text(&self) -> String {
        let name = |hand: &HandName| json!([hand.prefix.to_string(), hand.name, hand.network]);
        let column = |(heading, meaning): &(String, Option<Meaning>)| {
            json!([heading, meaning.map_or("", Meaning::name)])
        };
        let table = |hint: &TableHint| {
            json!({
                "headings": format!("{:016x}", hint.headings),
                "columns": hint.columns.iter().map(column).collect::<Vec<_>>(),
                "day_first": hint.day_first,
                "every_row": hint.every_row.words(),
            })
        };
        let names = self.names.as_ref().map(|names| names.iter().map(name).collect::<Vec<_>>());
        let tables: Vec<Value> = self.tables.iter().map(table).collect();
        let files: Vec<Value> = self.files.iter().map(|(name, text)| json!([name, text])).collect();
        json!({ "names": names, "tables": tables, "files": files }).to_string()
    }

    /// The inverse; what can't be understood is left out, since another version may have written it.
    pub fn from_text(text: &str) -> Self {
        let whole: Value = serde_json::from_str(text).unwrap_or_default();
        let list = |key: &str| whole[key].as_array().cloned().unwrap_or_default();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let name = |value: &Value| {
            let prefix = Prefix::parse(value[0].as_str()?)?;
            let hand = HandName { prefix, name: text(&value[1]), network: text(&value[2]) };
            hand.is_sound().then_some(hand)
        };
        let column = |value: &Value| (text(&value[0]), value[1].as_str().and_then(Meaning::parse));
        let every_row = |value: &Value| {
            let mut said = EveryRow::default();
            for word in value.as_array().into_iter().flatten().filter_map(Value::as_str) {
                said.say(word);
            }
            said
        };
        let table = |value: &Value| {
            Some(TableHint {
                headings: u64::from_str_radix(value["headings"].as_str()?, 16).ok()?,
                columns: value["columns"].as_array()?.iter().map(column).collect(),
                day_first: value["day_first"].as_bool(),
                every_row: every_row(&value["every_row"]),
            })
        };
        Self {
            names: whole["names"].as_array().map(|names| names.iter().filter_map(name).collect()),
            tables: list("tables").iter().filter_map(table).collect(),
            files: list("files").iter().map(|value| (text(&value[0]), text(&value[1]))).collect(),
        }
    }

    /// Puts a hint into a list, instead of what it has for the same headings.
    pub fn tell(hints: &mut Vec<TableHint>, hint: TableHint) {
        hints.retain(|known| known.headings != hint.headings);
        hints.push(hint);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use azflow_core::model::{Decision, Direction, Protocol, UnixMillis};

    #[test]
    fn what_is_kept_comes_back_and_what_is_strange_is_left_out() {
        let hand = HandName {
            prefix: Prefix::parse("10.0.0.0/24").unwrap(),
            name: "a \"b\"".into(),
            network: "n".into(),
        };
        let hint = TableHint {
            headings: u64::MAX,
            columns: vec![("Von".into(), Some(Meaning::Src)), ("x".into(), None)],
            day_first: Some(true),
            every_row: EveryRow {
                decision: Some(Decision::Denied),
                time: Some(UnixMillis(0)),
                protocol: Some(Protocol::UDP),
                port: Some(53),
                direction: Some(Direction::Outbound),
            },
        };
        let kept =
            Kept { names: Some(vec![hand]), tables: vec![hint], files: vec![("v.json".into(), "[]".into())] };
        assert_eq!(Kept::from_text(&kept.to_text()), kept);
        assert_eq!(Kept::from_text(&Kept::default().to_text()), Kept::default());
        for text in ["", "[]", "{\"names\":[[\"x\"],3],\"tables\":[{}],\"files\":{}}"] {
            assert!(Kept::from_text(text).tables.is_empty(), "{text}");
        }
    }
}
