//! The licences of all parts in one text, to go with what is released: their words as the packages ship them.

use crate::parts::Part;
use crate::read::bytes;
use crate::shell::{Outcome, root};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// How the names of files begin that say what may be done with a package.
const BEGINNINGS: [&str; 6] = ["LICENSE", "LICENCE", "UNLICENSE", "COPYING", "COPYRIGHT", "NOTICE"];

/// The text for what is inside these products.
pub fn text(parts: &[Part]) -> Outcome<String> {
    let mut named = BTreeSet::new();
    let mut words: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for part in parts.iter().filter(|part| part.inside) {
        let name = format!("{} {}", part.id.name, part.id.version);
        for text in texts(part)? {
            words.entry(text).or_default().insert(name.clone());
        }
        named.insert(format!("{name}: {}", part.licence));
    }
    let mut out = "Licences of the parts of azflow\n\n\
        azflow itself is licensed under MIT or Apache-2.0, at your option. These packages\n\
        are compiled into the page or the command, each under the licence behind it; where\n\
        that gives a choice, any of them. The texts follow, as the packages ship them. The\n\
        Rust standard library is inside as well, with a file of its own.\n\n"
        .to_owned();
    for name in &named {
        out.push_str(&format!("* {name}\n"));
    }
    // What most packages have comes first.
    let mut words: Vec<(String, BTreeSet<String>)> = words.into_iter().collect();
    words.sort_by(|(a, of_a), (b, of_b)| {
        of_b.len().cmp(&of_a.len()).then_with(|| of_a.cmp(of_b)).then_with(|| a.cmp(b))
    });
    for (text, of) in words {
        let of: Vec<String> = of.into_iter().collect();
        out.push_str(&format!("\n{}\n\n{}\n\n{text}\n", "=".repeat(80), wrapped(&of)));
    }
    Ok(out)
}

/// What a package ships. Of one that ships nothing the licence must be one whose text is the same for everybody.
fn texts(part: &Part) -> Outcome<BTreeSet<String>> {
    let found = if part.checksum.is_none() { files(&root())? } else { files(&part.folder)? };
    if !found.is_empty() {
        return Ok(found);
    }
    if part.licence.split(" OR ").any(|choice| choice == "Apache-2.0") {
        return Ok(BTreeSet::from([read(&root().join("LICENSE-APACHE"))?]));
    }
    Err(format!(
        "{} {} ships no text of its licence, {}: that licence asks for its words",
        part.id.name, part.id.version, part.licence
    ))
}

fn files(folder: &Path) -> Outcome<BTreeSet<String>> {
    let failed = |e: std::io::Error| format!("{}: {e}", folder.display());
    let mut found = BTreeSet::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let name =
            path.file_name().map(|name| name.to_string_lossy().to_ascii_uppercase()).unwrap_or_default();
        if path.is_file() && BEGINNINGS.iter().any(|beginning| name.starts_with(beginning)) {
            found.insert(read(&path)?);
        }
    }
    Ok(found)
}

/// A text without what editors of different systems do to it, so that equal ones are found.
fn read(path: &Path) -> Outcome<String> {
    let bytes = bytes(path)?;
    let text = String::from_utf8_lossy(&bytes);
    let text = text.trim_start_matches('\u{feff}');
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    Ok(lines.join("\n").trim_matches('\n').to_owned())
}

/// Names with commas, in lines of at most 80 characters.
fn wrapped(names: &[String]) -> String {
    let mut out = String::from("Of");
    let mut length = out.len();
    for (at, name) in names.iter().enumerate() {
        let end = if at + 1 < names.len() { "," } else { ":" };
        if length + 1 + name.len() + end.len() > 80 {
            out.push('\n');
            length = 0;
        } else {
            out.push(' ');
            length += 1;
        }
        out.push_str(name);
        out.push_str(end);
        length += name.len() + end.len();
    }
    out
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;
    use crate::parts::{Id, Product};

    fn part(licence: &str, folder: &Path) -> Part {
        Part {
            id: Id { name: "a".to_owned(), version: "1.0.0".to_owned() },
            inside: true,
            licence: licence.to_owned(),
            description: None,
            repository: None,
            checksum: Some("0a".to_owned()),
            folder: folder.to_owned(),
            uses: BTreeSet::new(),
        }
    }

    #[test]
    fn every_part_of_the_page_and_the_command_has_its_licence() {
        let mut parts = Product::page().parts().unwrap();
        parts.extend(Product::command("x86_64-unknown-linux-gnu").parts().unwrap());
        let text = text(&parts).unwrap();
        for part in &parts {
            // What runs while one of them is compiled may be inside the other.
            let inside = parts.iter().any(|other| other.id == part.id && other.inside);
            let line = format!("\n* {} {}: {}\n", part.id.name, part.id.version, part.licence);
            assert_eq!(text.contains(&line), inside, "{line}");
        }
        assert!(text.contains("Permission is hereby granted") && text.contains("Boost Software License"));
        assert!(!text.contains(&root().display().to_string()));
    }

    #[test]
    fn a_package_without_words_passes_only_under_a_licence_that_is_the_same_for_all() {
        let empty = std::env::temp_dir().join(format!("azflow-licences-{}", std::process::id()));
        fs::create_dir_all(&empty).unwrap();
        let found = texts(&part("MIT OR Apache-2.0", &empty)).unwrap();
        assert!(found.iter().all(|text| text.contains("Apache License")));
        for licence in ["MIT", "(MIT OR Apache-2.0) AND Unicode-3.0", "Apache-2.0 WITH LLVM-exception"] {
            let refusal = texts(&part(licence, &empty)).unwrap_err();
            assert!(
                refusal.contains(&format!("a 1.0.0 ships no text of its licence, {licence}")),
                "{refusal}"
            );
        }
        fs::write(empty.join("license-mit"), "\u{feff}Take it.  \r\n\r\n").unwrap();
        assert_eq!(texts(&part("MIT", &empty)).unwrap(), BTreeSet::from(["Take it.".to_owned()]));
        fs::remove_dir_all(&empty).unwrap();
    }

    #[test]
    fn long_lists_of_names_are_wrapped() {
        let names: Vec<String> = (0..30).map(|n| format!("package {n}")).collect();
        assert!(wrapped(&names).lines().all(|line| line.len() <= 80));
        assert_eq!(wrapped(&names[..2]), "Of package 0, package 1:");
    }
}
