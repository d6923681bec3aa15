//! Makes files on which something goes wrong as small as they can be: files, elements of lists and optional fields go, as
//! long as it still goes wrong.

use serde_json::Value;

/// Fields that an object may lack.
const OPTIONAL: [&str; 8] = [
    "networkSecurityGroup",
    "routeTable",
    "defaultSecurityRules",
    "applicationSecurityGroups",
    "networkInterfaces",
    "privateEndpoint",
    "privateEndpoints",
    "privateEndpointNetworkPolicies",
];

/// The smallest files found that still go wrong.
pub fn shrink(mut files: Vec<Value>, wrong: impl Fn(&[Value]) -> bool) -> Vec<Value> {
    loop {
        let Some(smaller) = smaller(&files).into_iter().find(|files| wrong(files)) else { return files };
        files = smaller;
    }
}

/// Everything that is one step smaller, the largest steps first.
fn smaller(files: &[Value]) -> Vec<Vec<Value>> {
    let without =
        |at: usize| files.iter().enumerate().filter(|(i, _)| *i != at).map(|(_, f)| f.clone()).collect();
    let mut out: Vec<Vec<Value>> = (0..files.len()).map(without).collect();
    for (at, file) in files.iter().enumerate() {
        for value in reduced(file) {
            let mut files = files.to_vec();
            files[at] = value;
            out.push(files);
        }
    }
    out
}

fn reduced(value: &Value) -> Vec<Value> {
    let mut out = Vec::new();
    match value {
        Value::Array(values) => {
            // Lists of objects may lose any of them; lists of texts keep their last, lest something become unknown.
            let least = usize::from(values.iter().any(|v| !v.is_object()));
            if values.len() > least {
                for at in 0..values.len() {
                    let mut fewer = values.clone();
                    fewer.remove(at);
                    out.push(Value::Array(fewer));
                }
            }
            for (at, inner) in values.iter().enumerate() {
                for smaller in reduced(inner) {
                    let mut changed = values.clone();
                    changed[at] = smaller;
                    out.push(Value::Array(changed));
                }
            }
        }
        Value::Object(object) => {
            for (name, inner) in object {
                if OPTIONAL.iter().any(|optional| optional.eq_ignore_ascii_case(name)) {
                    let mut fewer = object.clone();
                    fewer.remove(name);
                    out.push(Value::Object(fewer));
                }
                // A NIC without an address would be another oddity.
                let keeps_one = name.eq_ignore_ascii_case("ipConfigurations");
                for smaller in reduced(inner) {
                    if keeps_one && smaller.as_array().is_some_and(Vec::is_empty) {
                        continue;
                    }
                    let mut changed = object.clone();
                    changed.insert(name.clone(), smaller);
                    out.push(Value::Object(changed));
                }
            }
        }
        _ => {}
    }
    out
}
