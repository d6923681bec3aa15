//! Commands for people to copy: names from files are quoted, so that none can become a command.

use azflow_core::model::ResourceId;

/// A word for a POSIX shell.
pub(super) fn posix(word: &str) -> String {
    let word = printable(word);
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '/');
    if !word.is_empty() && word.chars().all(is_plain) && !word.starts_with('-') {
        return word;
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// A word for PowerShell, which takes typographic quotes for plain ones.
pub(super) fn powershell(word: &str) -> String {
    let mut out = String::from("'");
    for c in printable(word).chars() {
        out.push(c);
        if matches!(c, '\'' | '\u{2018}' | '\u{2019}' | '\u{201a}' | '\u{201b}') {
            out.push(c);
        }
    }
    out.push('\'');
    out
}

/// Without line ends and other control characters.
fn printable(word: &str) -> String {
    word.chars().filter(|c| !c.is_control()).collect()
}

/// `--resource-group … --name …`, with the subscription where it is known.
pub(super) fn az_name(id: &ResourceId) -> String {
    let mut out = String::new();
    if let Some(group) = id.segment("resourceGroups") {
        out.push_str(&format!(" --resource-group {}", posix(group)));
    }
    out.push_str(&format!(" --name {}", posix(id.name())));
    if let Some(subscription) = id.segment("subscriptions") {
        out.push_str(&format!(" --subscription {}", posix(subscription)));
    }
    out
}

/// `-ResourceGroupName … -Name …`.
pub(super) fn powershell_name(id: &ResourceId) -> String {
    let group = id.segment("resourceGroups");
    let group = group.map(|g| format!(" -ResourceGroupName {}", powershell(g))).unwrap_or_default();
    format!("{group} -Name {}", powershell(id.name()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_becomes_a_command() {
        assert_eq!(posix("rg-net_1.a"), "rg-net_1.a");
        assert_eq!(posix("a; rm -rf ~"), "'a; rm -rf ~'");
        assert_eq!(posix("a'$(x)\n"), r"'a'\''$(x)'");
        assert_eq!(posix("--help"), "'--help'");
        assert_eq!(powershell("a'; x"), "'a''; x'");
        assert_eq!(powershell("a\u{2019}; x"), "'a\u{2019}\u{2019}; x'");
    }
}
