//! The same objects as ARM and PowerShell write them.

use serde_json::{Map, Value};

/// What stays outside `properties` in ARM's shape.
const OUTSIDE: [&str; 6] = ["id", "name", "type", "location", "etag", "tags"];

/// ARM: what describes a resource is under `properties`, at every level.
pub fn arm(value: &Value) -> Value {
    match value {
        Value::Array(values) => values.iter().map(arm).collect(),
        Value::Object(object) if object.contains_key("type") => {
            let (outside, inside): (Map<String, Value>, Map<String, Value>) = object
                .iter()
                .map(|(k, v)| (k.clone(), arm(v)))
                .partition(|(k, _)| OUTSIDE.contains(&k.as_str()));
            let mut out = outside;
            out.insert("properties".to_owned(), Value::Object(inside));
            Value::Object(out)
        }
        Value::Object(object) => {
            object.iter().map(|(k, v)| (k.clone(), arm(v))).collect::<Map<_, _>>().into()
        }
        other => other.clone(),
    }
}

/// PowerShell: every name begins with a capital, a subnet's and a rule's one prefix is a list, no `type`.
pub fn power_shell(value: &Value) -> Value {
    match value {
        Value::Array(values) => values.iter().map(power_shell).collect(),
        Value::Object(object) => {
            let kind = object.get("type").and_then(Value::as_str).unwrap_or_default();
            let listed = kind.ends_with("/subnets") || kind.ends_with("/securityRules");
            let mut out = Map::new();
            for (name, value) in object.iter().filter(|(name, _)| *name != "type") {
                let one =
                    name.ends_with("AddressPrefix") || name == "addressPrefix" || name.ends_with("PortRange");
                let many = name.ends_with("Prefixes") || name.ends_with("PortRanges");
                if listed && many && value.as_array().is_some_and(Vec::is_empty) {
                    continue;
                }
                let name = match name.as_str() {
                    "privateIPAddress" => "PrivateIpAddress".to_owned(),
                    "addressPrefixes" if kind.ends_with("/subnets") => "AddressPrefix".to_owned(),
                    name if listed && name.ends_with("Prefixes") => capital(&name[..name.len() - 2]),
                    name if listed && many => capital(&name[..name.len() - 1]),
                    name => capital(name),
                };
                let mut value = power_shell(value);
                if listed && one && value.is_string() {
                    value = Value::Array(vec![value]);
                }
                out.insert(name, value);
            }
            Value::Object(out)
        }
        other => other.clone(),
    }
}

fn capital(name: &str) -> String {
    let mut chars = name.chars();
    chars.next().map_or_else(String::new, |first| first.to_ascii_uppercase().to_string() + chars.as_str())
}
