//! Bills of materials in CycloneDX: what a released file is made of, for tools that look for weaknesses in it.
//!
//! Nothing in them is of the moment: the same release has the same bill, byte for byte.

use crate::parts::{Id, Part};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;

/// What a bill is of.
pub struct Released<'a> {
    /// The file's name.
    pub file: &'a str,
    /// Its SHA-256.
    pub hash: &'a str,
    pub version: &'a str,
    /// The commit that it was made of.
    pub commit: &'a str,
    /// The name of the package that it is compiled from.
    pub package: &'a str,
    /// The compiler's version: its standard library is inside, too.
    pub compiler: &'a str,
    /// Tools that had a hand in it, with their versions.
    pub tools: &'a [(&'a str, &'a str)],
}

/// The bill.
pub fn bill(of: &Released<'_>, parts: &[Part]) -> String {
    let is_product = |part: &&Part| part.id.name == of.package;
    let standard = format!("rust-std@{}", of.compiler);
    let mut components = vec![json!({
        "type": "library", "bom-ref": standard, "name": "rust-std", "version": of.compiler, "scope": "required",
        "description": "The Rust standard library, as it comes with the compiler",
        "licenses": [{ "expression": "MIT OR Apache-2.0" }],
        "externalReferences": [{ "type": "vcs", "url": "https://github.com/rust-lang/rust" }],
    })];
    components.extend(parts.iter().filter(|part| !is_product(part)).map(component));
    let dependencies: Vec<Value> = parts
        .iter()
        .map(|part| {
            let mut uses: BTreeSet<String> = part.uses.iter().map(|id| reference(id, parts)).collect();
            if is_product(&part) {
                uses.insert(standard.clone());
            }
            json!({ "ref": reference(&part.id, parts), "dependsOn": uses })
        })
        .collect();
    let own: Vec<Value> =
        parts.iter().filter(is_product).map(|part| json!(reference(&part.id, parts))).collect();
    let tool =
        |(name, version): &(&str, &str)| json!({ "type": "application", "name": name, "version": version });
    let mut bill = json!({
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application", "bom-ref": own.first(), "name": of.file, "version": of.version,
                "licenses": [{ "expression": "MIT OR Apache-2.0" }],
                "hashes": [{ "alg": "SHA-256", "content": of.hash }],
                "properties": [{ "name": "azflow:commit", "value": of.commit }],
            },
            "tools": { "components": of.tools.iter().map(tool).collect::<Vec<Value>>() },
        },
        "components": components,
        "dependencies": dependencies,
    });
    let serial = serial(bill.to_string().as_bytes());
    bill["serialNumber"] = json!(serial);
    format!("{bill:#}\n")
}

fn component(part: &Part) -> Value {
    let Id { name, version } = &part.id;
    let mut component = json!({
        "type": "library", "bom-ref": own_reference(part), "name": name, "version": version,
        // What only compiled the product is no part of what runs.
        "scope": if part.inside { "required" } else { "excluded" },
        "licenses": [{ "expression": part.licence }],
    });
    if let Some(description) = &part.description {
        component["description"] = json!(description.split_whitespace().collect::<Vec<_>>().join(" "));
    }
    if let Some(url) = &part.repository {
        component["externalReferences"] = json!([{ "type": "vcs", "url": url }]);
    }
    if let Some(checksum) = &part.checksum {
        component["purl"] = json!(own_reference(part));
        component["hashes"] = json!([{ "alg": "SHA-256", "content": checksum }]);
    }
    component
}

/// How the bill refers to a package: by its address among packages where it has one.
fn own_reference(part: &Part) -> String {
    let Id { name, version } = &part.id;
    if part.checksum.is_some() { format!("pkg:cargo/{name}@{version}") } else { format!("{name}@{version}") }
}

fn reference(id: &Id, parts: &[Part]) -> String {
    let part = parts.iter().find(|part| part.id == *id);
    part.map_or_else(|| format!("{}@{}", id.name, id.version), own_reference)
}

/// A number that only a bill of this content has (a UUID of version 8: made of a hash).
fn serial(content: &[u8]) -> String {
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&Sha256::digest(content)[..16]);
    bytes[6] = bytes[6] & 0x0f | 0x80;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("urn:uuid:{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;
    use crate::parts::Product;
    use crate::shell::root;

    const OF: Released<'_> = Released {
        file: "azflow-0.1.0.html",
        hash: "0a",
        version: "0.1.0",
        commit: "0123",
        package: "azflow",
        compiler: "1.95.0",
        tools: &[("rustc", "1.95.0")],
    };

    #[test]
    fn a_bill_is_whole_and_says_the_same_each_time() {
        let parts = Product::page().parts().unwrap();
        let text = bill(&OF, &parts);
        assert_eq!(text, bill(&OF, &parts));
        assert!(!text.contains(&root().display().to_string()), "it names this folder");

        let bill: Value = serde_json::from_str(&text).unwrap();
        let components = bill["components"].as_array().unwrap();
        assert_eq!(components.len(), parts.len(), "the standard library is there instead of the product");
        let mut references: BTreeSet<&str> =
            components.iter().map(|c| c["bom-ref"].as_str().unwrap()).collect();
        references.insert(bill["metadata"]["component"]["bom-ref"].as_str().unwrap());
        assert_eq!(references.len(), components.len() + 1);
        for dependency in bill["dependencies"].as_array().unwrap() {
            let ends = dependency["dependsOn"].as_array().unwrap().iter().chain([&dependency["ref"]]);
            for end in ends {
                assert!(references.contains(end.as_str().unwrap()), "{end} is no component");
            }
        }
        for component in components {
            let own = component["name"].as_str().unwrap();
            if own != "rust-std" && !own.starts_with("azflow-") {
                assert_eq!(component["hashes"][0]["content"].as_str().unwrap().len(), 64, "{own}");
                assert!(component["purl"].as_str().unwrap().starts_with("pkg:cargo/"));
            }
        }
    }

    #[test]
    fn another_content_has_another_number() {
        assert_eq!(serial(b"a"), serial(b"a"));
        assert_ne!(serial(b"a"), serial(b"b"));
        let number = serial(b"a");
        assert_eq!((number.len(), &number[23..24]), ("urn:uuid:".len() + 36, "8"));
    }
}
