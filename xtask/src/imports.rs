//! What the module is given to call: all of it is on a list that is committed, and nothing on it sends.

use std::collections::BTreeSet;

/// What the module may be given, a line each; what stands behind `#` says why where it isn't plain.
const ALLOWED: &str = include_str!("imports.txt");

/// What wasm-bindgen's glue gives the module: names as the browser has them, without the hash that makes them unique,
/// and for each kind of thing that is made `new` and its class.
fn given(glue: &str) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for line in glue.lines().map(str::trim_start) {
        if let Some((name, _)) = line.split_once(": function(") {
            let name =
                name.strip_prefix("__wbg_").or_else(|| name.starts_with("__wbindgen_").then_some(name));
            all.extend(name.map(|name| without_hash(name).to_owned()));
        }
        for (at, _) in line.match_indices("new ") {
            let class = &line[at + 4..];
            let end = class
                .find(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '.')
                .unwrap_or(class.len());
            if class[..end].starts_with(|c: char| c.is_ascii_uppercase()) {
                all.insert(format!("new {}", &class[..end]));
            }
        }
    }
    all
}

fn without_hash(name: &str) -> &str {
    match name.rsplit_once('_') {
        Some((rest, hash)) if hash.len() == 16 && hash.bytes().all(|b| b.is_ascii_hexdigit()) => rest,
        _ => name,
    }
}

fn allowed() -> impl Iterator<Item = &'static str> {
    ALLOWED
        .lines()
        .map(|line| line.split_once('#').map_or(line, |(name, _)| name).trim())
        .filter(|name| !name.is_empty())
}

/// What the glue gives the module without being on the list.
pub fn unlisted(glue: &str) -> Vec<String> {
    let allowed: BTreeSet<&str> = allowed().collect();
    given(glue).into_iter().filter(|name| !allowed.contains(name.as_str())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const GLUE: &str = "    __wbg_fetch_0123456789abcdef: function(arg0) {\n\
        __wbg_new_from_slice_fedcba9876543210: function(arg0, arg1) {\n const ret = new WebTransport(arg0);\n\
        __wbindgen_init_externref_table: function() {\n // a new value, renewed new lowercase(\n";

    #[test]
    fn names_and_classes_are_read_from_the_glue() {
        let expected = ["__wbindgen_init_externref_table", "fetch", "new WebTransport", "new_from_slice"];
        assert_eq!(given(GLUE).into_iter().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn what_is_not_on_the_list_is_told() {
        assert_eq!(unlisted(GLUE), ["fetch", "new WebTransport"]);
    }

    #[test]
    fn nothing_on_the_list_sends_or_leads_elsewhere() {
        let ways = [
            "fetch",
            "request",
            "socket",
            "rtc",
            "peer",
            "beacon",
            "eventsource",
            "transport",
            "open",
            "assign",
            "replace",
            "reload",
            "set_location",
            "cookie",
            "import",
            "write",
        ];
        // A place in the address bar, and the clipboard.
        let harmless = ["replaceState", "writeText"];
        for name in allowed().filter(|name| !harmless.contains(name)) {
            let lower = name.to_ascii_lowercase();
            assert!(!ways.iter().any(|way| lower.contains(way)), "{name}");
        }
    }

    #[test]
    fn the_list_is_sorted_and_names_each_once() {
        let all: Vec<&str> = allowed().collect();
        assert!(all.is_sorted_by(|a, b| a < b), "{all:?}");
    }
}
