//! Fields of JSON, whatever its shape: flattened by `az`, under `properties` as ARM writes, PascalCase as PowerShell does.

use serde_json::Value;

/// What a field says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said<T> {
    /// The field is not there, or null.
    Absent,
    Is(T),
    /// Something stands there that is not understood.
    Unknown,
}

impl<T> Said<T> {
    pub fn known(self) -> Option<T> {
        match self {
            Self::Is(value) => Some(value),
            Self::Absent | Self::Unknown => None,
        }
    }
}

/// A list, and whether all of it was understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed<T> {
    pub items: Vec<T>,
    pub whole: bool,
}

impl<T> Default for Listed<T> {
    fn default() -> Self {
        Self { items: Vec::new(), whole: true }
    }
}

/// A field of an object or of its `properties`. Null is as good as absent.
pub fn field<'a>(object: &'a Value, name: &str) -> Option<&'a Value> {
    let own = |object: &'a Value| {
        let (_, value) = object.as_object()?.iter().find(|(key, _)| key.eq_ignore_ascii_case(name))?;
        (!value.is_null()).then_some(value)
    };
    own(object).or_else(|| own(own_properties(object)?))
}

fn own_properties(object: &Value) -> Option<&Value> {
    object.as_object()?.iter().find(|(key, _)| key.eq_ignore_ascii_case("properties")).map(|(_, v)| v)
}

/// A text. An expression of a template is not understood.
pub fn text(object: &Value, name: &str) -> Said<String> {
    match field(object, name) {
        None => Said::Absent,
        Some(Value::String(text)) if !text.starts_with('[') => Said::Is(text.clone()),
        Some(_) => Said::Unknown,
    }
}

pub fn truth(object: &Value, name: &str) -> Said<bool> {
    match field(object, name) {
        None => Said::Absent,
        Some(Value::Bool(truth)) => Said::Is(*truth),
        Some(_) => Said::Unknown,
    }
}

/// The resource id in small letters: ids are equal whatever their case.
pub fn id(object: &Value) -> Option<String> {
    ["id", "resourceId"].iter().find_map(|name| text(object, name).known()).map(|id| id.to_lowercase())
}

/// What a field of the kind `{ "id": … }` leads to.
pub fn reference(object: &Value, name: &str) -> Said<String> {
    match field(object, name) {
        None => Said::Absent,
        Some(value) => id(value).map_or(Said::Unknown, Said::Is),
    }
}

/// The objects of a list, each read; what can't be read makes the list less than whole.
pub fn list<T>(object: &Value, name: &str, read: impl Fn(&Value) -> Option<T>) -> Listed<T> {
    match field(object, name) {
        None => Listed::default(),
        Some(Value::Array(values)) => {
            let items: Vec<T> = values.iter().filter_map(&read).collect();
            Listed { whole: items.len() == values.len(), items }
        }
        Some(_) => Listed { items: Vec::new(), whole: false },
    }
}

/// The ids of a list of references.
pub fn ids(object: &Value, name: &str) -> Listed<String> {
    list(object, name, id)
}

/// Texts from one field or from its plural, or from both; either may hold a text or a list of texts.
pub fn texts(object: &Value, one: &str, many: &str) -> Listed<String> {
    let mut out = Listed::default();
    for name in [one, many] {
        match field(object, name) {
            None => {}
            Some(Value::String(text)) => out.items.extend((!text.is_empty()).then(|| text.clone())),
            Some(Value::Number(number)) => out.items.push(number.to_string()),
            Some(Value::Array(values)) => {
                for value in values {
                    match value {
                        Value::String(text) => out.items.push(text.clone()),
                        Value::Number(number) => out.items.push(number.to_string()),
                        _ => out.whole = false,
                    }
                }
            }
            Some(_) => out.whole = false,
        }
    }
    out
}
