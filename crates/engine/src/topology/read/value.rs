//! Looking things up in JSON whose spelling nobody agrees on.

use azflow_core::model::{Prefix, ResourceId};
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// A resource: its own fields, and those of its `properties`.
#[derive(Debug, Clone, Copy)]
pub struct Object<'a> {
    own: &'a Map<String, Value>,
    properties: Option<&'a Map<String, Value>>,
    /// Which keys there may be in both: most that are asked for are not there.
    keys: u64,
}

/// The bit that stands for a key, in any case.
fn bit(key: &str) -> u64 {
    let letters = key.as_bytes();
    let letter = |at: Option<&u8>| u64::from(at.map_or(0, u8::to_ascii_lowercase));
    let mixed = letters.len() as u64 * 5 + letter(letters.first()) * 3 + letter(letters.last()) * 7;
    1 << (mixed & 63)
}

fn field<'a>(map: &'a Map<String, Value>, key: &str) -> Option<&'a Value> {
    map.get(key).or_else(|| map.iter().find(|(k, _)| k.eq_ignore_ascii_case(key)).map(|(_, v)| v))
}

/// A JSON object, seen through.
pub fn object(value: &Value) -> Option<Object<'_>> {
    let own = value.as_object()?;
    let properties = field(own, "properties").and_then(Value::as_object);
    let keys =
        own.keys().chain(properties.into_iter().flat_map(Map::keys)).fold(0, |keys, key| keys | bit(key));
    Some(Object { own, properties, keys })
}

impl<'a> Object<'a> {
    /// The fields of the object itself.
    pub fn fields(&self) -> impl Iterator<Item = (&'a String, &'a Value)> + use<'a> {
        self.own.iter()
    }

    /// A field that is there and not null.
    pub fn get(&self, key: &str) -> Option<&'a Value> {
        if self.keys & bit(key) == 0 {
            return None;
        }
        let found = field(self.own, key).filter(|v| !v.is_null());
        found.or_else(|| self.properties.and_then(|p| field(p, key)).filter(|v| !v.is_null()))
    }

    pub fn has(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    /// Whether the key is there at all, if only with null.
    pub fn names(&self, key: &str) -> bool {
        self.keys & bit(key) != 0
            && (field(self.own, key).is_some() || self.properties.is_some_and(|p| field(p, key).is_some()))
    }

    pub fn text(&self, key: &str) -> &'a str {
        self.get(key).and_then(Value::as_str).unwrap_or_default()
    }

    /// The resource's id, under whichever key a tool writes it. A key may also hold a number or a name: a path goes first.
    pub fn id(&self) -> &'a str {
        let [id, other] = ["id", "resourceid"].map(|key| self.text(key));
        if id.contains('/') || other.is_empty() { id } else { other }
    }

    /// The resource's type in lower case; empty where the file doesn't say.
    pub fn kind(&self) -> String {
        let [kind, other] = ["type", "resourcetype"].map(|key| self.text(key));
        if kind.contains('/') || other.is_empty() { kind } else { other }.to_ascii_lowercase()
    }

    pub fn flag(&self, key: &str) -> Option<bool> {
        match self.get(key)? {
            Value::Bool(flag) => Some(*flag),
            Value::String(text) if text.eq_ignore_ascii_case("true") => Some(true),
            Value::String(text) if text.eq_ignore_ascii_case("false") => Some(false),
            _ => None,
        }
    }

    pub fn number(&self, key: &str) -> Option<u64> {
        match self.get(key)? {
            Value::Number(number) => number.as_u64(),
            Value::String(text) => text.trim().parse().ok(),
            _ => None,
        }
    }

    /// The resource behind a field: `{ "id": "…" }`, or the id itself.
    pub fn reference(&self, key: &str) -> Option<ResourceId> {
        reference(self.get(key)?)
    }

    /// A list of objects; one object stands for a list of one, `{ value: […] }` and PowerShell's
    /// `{ value: […], Count: n }` for their list.
    pub fn list(&self, key: &str) -> Vec<&'a Value> {
        match self.get(key) {
            Some(Value::Array(list)) => list.iter().collect(),
            Some(value @ Value::Object(map)) => {
                wrapped(map).map_or(vec![value], |list| list.iter().collect())
            }
            _ => Vec::new(),
        }
    }

    /// Texts of one key or of another: a singular and its plural. Empty ones are left out.
    pub fn texts(&self, keys: &[&str]) -> Vec<&'a str> {
        keys.iter().filter_map(|key| self.get(key)).flat_map(texts_of).collect()
    }

    /// Prefixes of one key or of another, each once; what is none comes back as text.
    pub fn prefixes(&self, keys: &[&str]) -> (Vec<Prefix>, Vec<&'a str>) {
        prefixes(self.texts(keys))
    }
}

/// The texts of a text, of a list of some, or of a list in a wrapper. Empty ones are left out.
pub fn texts_of(value: &Value) -> Vec<&str> {
    let mut out = Vec::new();
    match value {
        Value::String(text) => out.push(text.as_str()),
        Value::Array(list) => out.extend(list.iter().filter_map(Value::as_str)),
        Value::Object(map) => out.extend(wrapped(map).into_iter().flatten().filter_map(Value::as_str)),
        _ => {}
    }
    out.retain(|text| !text.trim().is_empty());
    out
}

/// Prefixes, each once, and the texts that are none.
pub fn prefixes(texts: Vec<&str>) -> (Vec<Prefix>, Vec<&str>) {
    let mut seen = BTreeSet::new();
    let mut prefixes = Vec::new();
    let mut others = Vec::new();
    for text in texts {
        match Prefix::parse(text) {
            Some(prefix) if seen.insert(prefix) => prefixes.push(prefix),
            Some(_) => {}
            None => others.push(text),
        }
    }
    (prefixes, others)
}

/// The list in an object that only wraps one.
pub fn wrapped(map: &Map<String, Value>) -> Option<&Vec<Value>> {
    let is_wrapper = map.keys().all(|key| {
        ["value", "count", "nextlink", "@odata.nextlink"].iter().any(|known| key.eq_ignore_ascii_case(known))
    });
    field(map, "value").filter(|_| is_wrapper)?.as_array()
}

/// The id in `{ "id": "…" }`, or a text that is one.
pub fn reference(value: &Value) -> Option<ResourceId> {
    let text = match value {
        Value::String(text) => text.as_str(),
        Value::Object(_) => object(value)?.id(),
        _ => return None,
    };
    // What was cut off, or is an expression, names something that no file has: it is not nothing.
    (!text.is_empty()).then(|| ResourceId(text.to_owned()))
}

/// What ConvertTo-Json leaves of an object below its depth.
pub fn is_cut(text: &str) -> bool {
    text.starts_with("@{") || text == "System.Object[]" || text.starts_with("Microsoft.Azure.Commands.")
}

/// A text, or a number as one.
pub fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// Whether a text is a template's expression.
pub fn is_expression(text: &str) -> bool {
    text.starts_with('[') && text.ends_with(']') && !text.starts_with("[[")
}

/// The last part of a name like `parent/child`; a template's expression is one whole.
pub fn last(name: &str) -> &str {
    if is_expression(name) { name } else { name.rsplit('/').next().unwrap_or_default() }
}
