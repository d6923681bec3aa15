//! Expressions of ARM templates, as far as literals tell what they mean: `parameters`, `variables`, `concat`, `format`,
//! `resourceId`. All else is left as it stands, and so is unknown.

use super::value::{is_expression, plain};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Calls within calls, and variables that name variables.
const MAX_DEPTH: u32 = 24;
/// Values that one template may make: variables that double each other must not fill the memory.
const MOST_MADE: usize = 4_000_000;
/// Bytes of a text that is made.
const MOST_TEXT: usize = 16_384;

/// What a template's expressions may name.
pub(super) struct Scope<'a> {
    parameters: BTreeMap<String, Option<&'a Value>>,
    variables: BTreeMap<String, &'a Value>,
    /// Each with its size.
    known: BTreeMap<String, Option<(Value, usize)>>,
    left: usize,
}

impl<'a> Scope<'a> {
    /// The parameters with what is given for them, else with their default, and the variables.
    pub fn new(template: &'a Map<String, Value>, given: Option<&'a Map<String, Value>>) -> Self {
        let entries = |key: &str| template.get(key).and_then(Value::as_object).into_iter().flatten();
        let value = |name: &str, declared: &'a Value| {
            let given = given.and_then(|given| given.get(name));
            match given {
                Some(given) => given.get("value"),
                None => declared.get("defaultValue"),
            }
            .filter(|value| !value.is_null())
        };
        Self {
            parameters: entries("parameters")
                .map(|(name, p)| (name.to_ascii_lowercase(), value(name, p)))
                .collect(),
            variables: entries("variables").map(|(name, v)| (name.to_ascii_lowercase(), v)).collect(),
            known: BTreeMap::new(),
            left: MOST_MADE,
        }
    }

    /// The value with all its expressions resolved that can be.
    pub fn resolve(&mut self, value: &Value) -> Value {
        self.resolved(value, 0)
    }

    fn resolved(&mut self, value: &Value, depth: u32) -> Value {
        if depth > MAX_DEPTH {
            return Value::String("[…]".to_owned());
        }
        match value {
            Value::String(text) if is_expression(text) => {
                self.expression(text, depth).unwrap_or_else(|| value.clone())
            }
            // Two brackets stand for one that begins no expression.
            Value::String(text) if text.starts_with("[[") => {
                Value::String(text.get(1..).unwrap_or_default().to_owned())
            }
            Value::Array(list) => list.iter().map(|item| self.resolved(item, depth + 1)).collect(),
            Value::Object(map) => {
                map.iter().map(|(key, value)| (key.clone(), self.resolved(value, depth + 1))).collect()
            }
            other => other.clone(),
        }
    }

    fn expression(&mut self, text: &str, depth: u32) -> Option<Value> {
        let inner = text.strip_prefix('[')?.strip_suffix(']')?;
        let mut reader = Reader { rest: inner };
        let value = self.term(&mut reader, depth)?;
        reader.skip();
        reader.rest.is_empty().then_some(value)
    }

    /// A text, a number, or a call.
    fn term(&mut self, reader: &mut Reader<'_>, depth: u32) -> Option<Value> {
        if depth > MAX_DEPTH {
            return None;
        }
        reader.skip();
        if reader.rest.starts_with('\'') {
            return reader.quoted().map(Value::String);
        }
        let word = reader.word();
        if !reader.take('(') {
            return word.parse::<i64>().ok().map(Value::from);
        }
        let mut arguments = Vec::new();
        reader.skip();
        if !reader.take(')') {
            loop {
                arguments.push(self.term(reader, depth + 1)?);
                reader.skip();
                if reader.take(')') {
                    break;
                }
                if !reader.take(',') {
                    return None;
                }
            }
        }
        let value = self.call(&word.to_ascii_lowercase(), &arguments, depth)?;
        self.left = self.left.checked_sub(size(&value))?;
        Some(value)
    }

    fn call(&mut self, name: &str, arguments: &[Value], depth: u32) -> Option<Value> {
        match name {
            "parameters" | "variables" => {
                let [Value::String(wanted)] = arguments else { return None };
                self.named(name, &wanted.to_ascii_lowercase(), depth)
            }
            "concat" if arguments.iter().any(Value::is_array) => {
                let lists: Option<Vec<&Vec<Value>>> = arguments.iter().map(Value::as_array).collect();
                let lists = lists?;
                self.left = self.left.checked_sub(lists.iter().map(|list| list.len()).sum())?;
                Some(lists.into_iter().flatten().cloned().collect())
            }
            "concat" => text(&arguments.iter().map(literal).collect::<Option<Vec<_>>>()?.concat()),
            "format" => {
                let (pattern, values) = arguments.split_first()?;
                format(pattern.as_str()?, &values.iter().map(literal).collect::<Option<Vec<_>>>()?)
            }
            "resourceid" => resource_id(&arguments.iter().map(literal).collect::<Option<Vec<_>>>()?),
            _ => None,
        }
    }

    /// A parameter or variable, each worked out once.
    fn named(&mut self, kind: &str, name: &str, depth: u32) -> Option<Value> {
        let key = format!("{kind}/{name}");
        if let Some(known) = self.known.get(&key) {
            // What is too large is not even copied: it may be named often.
            return known.as_ref().filter(|(_, size)| *size <= self.left).map(|(value, _)| value.clone());
        }
        // One that names itself stays unknown.
        self.known.insert(key.clone(), None);
        let value = match kind {
            "parameters" => self.parameters.get(name).copied().flatten(),
            _ => self.variables.get(name).copied(),
        }?;
        let value = self.resolved(value, depth + 1);
        let value = (!value.as_str().is_some_and(is_expression)).then_some(value);
        self.known.insert(
            key,
            value.clone().map(|value| {
                let size = size(&value);
                (value, size)
            }),
        );
        value
    }
}

/// The values in one.
fn size(value: &Value) -> usize {
    match value {
        Value::Array(list) => 1 + list.iter().map(size).sum::<usize>(),
        Value::Object(map) => 1 + map.values().map(size).sum::<usize>(),
        Value::String(text) => 1 + text.len() / 64,
        _ => 1,
    }
}

fn text(text: &str) -> Option<Value> {
    (text.len() <= MOST_TEXT).then(|| Value::String(text.to_owned()))
}

/// A literal as a part of a text.
fn literal(value: &Value) -> Option<String> {
    plain(value).filter(|text| !is_expression(text))
}

/// `{0}` and so on; what else braces can say is not resolved.
fn format(pattern: &str, values: &[String]) -> Option<Value> {
    let mut out = String::new();
    let mut parts = pattern.split('{');
    out.push_str(parts.next()?);
    for part in parts {
        let (number, rest) = part.split_once('}')?;
        out.push_str(values.get(number.parse::<usize>().ok()?)?);
        out.push_str(rest);
        if out.len() > MOST_TEXT {
            return None;
        }
    }
    if pattern.contains("{{") || out.contains('}') { None } else { text(&out) }
}

/// The id of a resource; without subscription and resource group where they aren't given.
fn resource_id(arguments: &[String]) -> Option<Value> {
    let at = arguments.iter().position(|argument| argument.contains('/'))?;
    let (before, rest) = arguments.split_at(at);
    let (kind, names) = rest.split_first()?;
    let root = match before {
        [] => String::new(),
        [group] => format!("/resourceGroups/{group}"),
        [subscription, group] => format!("/subscriptions/{subscription}/resourceGroups/{group}"),
        _ => return None,
    };
    text(&format!("{root}{}", path(kind, names)?))
}

/// `/providers/Microsoft.Network/virtualNetworks/v/subnets/s` of the type and the names `v`, `s`.
pub(super) fn path(kind: &str, names: &[impl AsRef<str>]) -> Option<String> {
    let (provider, kinds) = kind.split_once('/')?;
    let kinds: Vec<&str> = kinds.split('/').collect();
    let is_whole = kinds.len() == names.len() && names.iter().all(|name| !name.as_ref().is_empty());
    let parts = kinds.iter().zip(names).map(|(kind, name)| format!("/{kind}/{}", name.as_ref()));
    is_whole.then(|| format!("/providers/{provider}{}", parts.collect::<String>()))
}

struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    fn skip(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn take(&mut self, letter: char) -> bool {
        let rest = self.rest.strip_prefix(letter);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn word(&mut self) -> &'a str {
        let end = self.rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '-').unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        word
    }

    /// A text in apostrophes; two of them stand for one.
    fn quoted(&mut self) -> Option<String> {
        let mut out = String::new();
        self.take('\'');
        loop {
            let (part, rest) = self.rest.split_once('\'')?;
            out.push_str(part);
            self.rest = rest;
            if !self.take('\'') {
                return Some(out);
            }
            out.push('\'');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn literals_are_resolved_and_nothing_else() {
        let template = json!({ "parameters": { "name": { "type": "string", "defaultValue": "web" }, "open": { "type": "string" },
                "list": { "defaultValue": ["a"] } },
            "variables": { "vnet": "[concat(parameters('name'), '-net')]", "self": "[variables('self')]",
                "open": "[concat(parameters('open'), 'x')]" } });
        let mut scope = Scope::new(template.as_object().unwrap(), None);
        let mut ask = |text: &str| scope.resolve(&json!(text));
        for (text, value) in [
            ("[parameters('NAME')]", json!("web")),
            ("[ concat( variables('vnet') , '/', 'it''s') ]", json!("web-net/it's")),
            ("[concat(parameters('list'), parameters('list'))]", json!(["a", "a"])),
            ("[format('{0}/{1}', parameters('name'), 7)]", json!("web/7")),
            (
                "[resourceId('Microsoft.Network/networkSecurityGroups', 'g')]",
                json!("/providers/Microsoft.Network/networkSecurityGroups/g"),
            ),
            (
                "[resourceId('s', 'rg', 'Microsoft.Network/virtualNetworks/subnets', 'v', 'n')]",
                json!(
                    "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/v/subnets/n"
                ),
            ),
            ("[[literal]", json!("[literal]")),
        ] {
            assert_eq!(ask(text), value, "{text}");
        }
        for text in [
            "[parameters('open')]",
            "[variables('open')]",
            "[variables('self')]",
            "[resourceGroup().location]",
            "[concat('a'",
            "[concat('a',)]",
            "[parameters('list')[0]]",
            "[resourceId('Microsoft.Network/virtualNetworks/subnets', 'v')]",
            "[format('{2}', 'a')]",
            "[if(true(), 'a', 'b')]",
            "[]",
        ] {
            assert_eq!(ask(text), json!(text));
        }
    }

    #[test]
    fn variables_that_double_each_other_end() {
        let variables: Map<String, Value> = (0..60)
            .map(|i| {
                let next = i + 1;
                (format!("v{i}"), json!(format!("[concat(variables('v{next}'), variables('v{next}'))]")))
            })
            .chain([("v60".to_owned(), json!(["x", "y"]))])
            .collect();
        let template = json!({ "variables": variables });
        let mut scope = Scope::new(template.as_object().unwrap(), None);
        assert!(scope.resolve(&json!("[variables('v0')]")).is_string());
        let deep = format!("[{}'x'{}]", "concat(".repeat(5000), ")".repeat(5000));
        assert_eq!(scope.resolve(&json!(deep)), json!(deep));
    }
}
