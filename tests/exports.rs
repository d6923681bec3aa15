//! Rules as other tools take them: complete, safe whatever the names are, and read by those tools' own parsers
//! where they are at hand.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use azflow_core::model::{Endpoint, Nsg, PortRange, ResourceId};
use azflow_engine::export::{Format, Part, read_rules, rules_document, write_part, write_rules};
use azflow_engine::rules::{Draft, DraftOptions, RuleSet};
use azflow_engine::topology::{Cut, read_network};
use azflow_skips::{Need, skip};
use serde_json::{Value, json};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use support::rules::{drafted, fixture, log, ops_and_mgmt};

/// What nobody should be called, and what would hurt in one language or another.
const EVIL: [&str; 9] = [
    "x'; touch pwned # \"${env:X}$(id)`id` */ /* '' \\",
    "a\nb\r\nterraform { }\u{2028}c\u{85}d",
    "@/etc/passwd",
    "-x=@/etc/passwd",
    "$${x} %{ if true } %%{y} $(x) {{ y }}",
    "it\u{2019}s \u{2018}quoted\u{201a} \u{201b}",
    "\\' \\${x} \\u{41} ''' $'x' $${",
    "[parameters('x')]",
    "<script>alert(1)</script>\t\u{7}",
];

fn example() -> Draft {
    let bytes = ops_and_mgmt();
    drafted(&[("PT1H.json", &bytes)], Cut { v4: 28, v6: 64 }, DraftOptions::default()).2
}

/// A draft with lists of everything: hosts, ports, both directions, named subnets.
fn rich() -> Draft {
    let network = fixture("az_vnet_list.json");
    let bytes = log(&[
        ("10.1.0.4", "10.2.0.5", 3389, 'A'),
        ("10.1.0.9", "10.2.0.5", 445, 'A'),
        ("10.1.0.9", "10.2.0.5", 8080, 'A'),
        ("10.1.0.9", "10.2.0.5", 8081, 'A'),
        ("203.0.113.7", "10.2.0.5", 443, 'A'),
    ]);
    let options = DraftOptions {
        scope: azflow_engine::rules::Scope::Host,
        outbound: true,
        keep_icmp: true,
        ..DraftOptions::default()
    };
    drafted(&[("PT1H.json", &bytes), ("vnets.json", &network)], Cut::default(), options).2
}

/// A draft in which every text is somebody's idea of fun.
fn evil(text: &str) -> Draft {
    let mut draft = example();
    for (number, group) in draft.groups.iter_mut().enumerate() {
        text.clone_into(&mut group.subnet);
        group.subnet_id = Some(ResourceId(format!("/subscriptions/{text}/subnets/{text}")));
        group.nsg.name = format!("{text}{number}");
        // One group takes the place of a shared one.
        group.split_from = (number == 0).then(|| Nsg {
            id: ResourceId(format!("/subscriptions/s/resourceGroups/{text}/networkSecurityGroups/{text}")),
            name: text.to_owned(),
            ..Nsg::default()
        });
        for (number, drafted) in group.rules.iter_mut().enumerate() {
            text.clone_into(&mut drafted.rule.description);
            drafted.rule.name = format!("{text}{number}");
        }
        group.rules[0].rule.sources.push(Endpoint::Unknown(text.to_owned()));
        group.rules[0].rule.destinations = vec![Endpoint::Asg(ResourceId(format!("/{text}")))];
        group.nsg.rules = group.rules.iter().map(|drafted| drafted.rule.clone()).collect();
    }
    draft.notes.push(text.to_owned());
    draft
}

fn drafts() -> Vec<Draft> {
    [example(), rich()].into_iter().chain(EVIL.into_iter().map(evil)).collect()
}

/// The rules of each group as a reader finds them.
fn groups(nsgs: &[Nsg]) -> Vec<(&str, &[azflow_core::model::SecurityRule])> {
    nsgs.iter().map(|nsg| (nsg.name.as_str(), nsg.rules.as_slice())).collect()
}

/// Sorted as every reader sorts: inbound first, by priority.
fn expected(draft: &Draft) -> Vec<Nsg> {
    let mut nsgs: Vec<Nsg> = draft.groups.iter().map(|group| group.nsg.clone()).collect();
    for nsg in &mut nsgs {
        nsg.rules.sort_by_key(|rule| (rule.direction, rule.priority));
    }
    nsgs
}

#[test]
fn the_arm_template_reads_back_as_the_same_rules() {
    for draft in [example(), rich()] {
        let mut read = read_network(write_rules(&draft, Format::Arm).as_bytes()).network.nsgs;
        read.iter_mut().for_each(|nsg| nsg.rules.sort_by_key(|rule| (rule.direction, rule.priority)));
        assert_eq!(groups(&read), groups(&expected(&draft)));
    }
}

#[test]
fn the_saved_document_reads_back_as_the_same_rules() {
    let mut draft = rich();
    draft.groups[0].rules[0].rule.destinations = vec![Endpoint::Asg(ResourceId(
        "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/applicationSecurityGroups/web"
            .to_owned(),
    ))];
    draft.groups[0].nsg.rules[0] = draft.groups[0].rules[0].rule.clone();
    let set = read_rules(
        rules_document(&draft, &azflow_engine::rules::Traffic::default(), None).as_bytes(),
        &RuleSet::default(),
    );
    let mut read: Vec<Nsg> = set.unwrap().groups.into_iter().map(|group| group.nsg).collect();
    read.iter_mut().for_each(|nsg| nsg.rules.sort_by_key(|rule| (rule.direction, rule.priority)));
    assert_eq!(groups(&read), groups(&expected(&draft)));
}

/// Runs an az script with a stand-in for az that notes its arguments. `None` where there is no bash.
fn az_calls(script: &str, name: &str) -> Option<Vec<Vec<String>>> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    // Nothing is there yet, so `show` finds nothing.
    let az = "az() { printf '%s\\0' \"$@\" END-OF-CALL >> calls; [ \"$3\" != show ]; }\n";
    fs::write(folder.join("rules.sh"), script).unwrap();
    fs::write(folder.join("run.sh"), format!("{az}. ./rules.sh\n")).unwrap();
    let run = Command::new("bash").arg("run.sh").env("RESOURCE_GROUP", "rg").current_dir(&folder).output();
    let Ok(run) = run else {
        skip(Need::Required, "az scripts are not run without bash; on Debian: apt-get install bash");
        return None;
    };
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let mut files: Vec<String> = fs::read_dir(&folder)
        .unwrap()
        .map(|f| f.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    files.sort();
    assert_eq!(files, ["calls", "rules.sh", "run.sh"], "the script did something else");
    let text = String::from_utf8(fs::read(folder.join("calls")).unwrap()).unwrap();
    let calls = text.split("END-OF-CALL\0").filter(|call| !call.is_empty());
    Some(calls.map(|call| call.trim_end_matches('\0').split('\0').map(str::to_owned).collect()).collect())
}

/// What `az network nsg list` prints after these calls.
fn az_list(calls: &[Vec<String>]) -> Value {
    let mut nsgs: Vec<Value> = Vec::new();
    for call in calls {
        let mut options: Vec<(&str, Vec<&str>)> = Vec::new();
        for word in call.iter().skip_while(|word| !word.starts_with("--")) {
            match word.strip_prefix("--") {
                Some(option) if option.contains('=') => {
                    options.extend(option.split_once('=').map(|(o, v)| (o, vec![v])))
                }
                Some(option) => options.push((option, Vec::new())),
                None => options.last_mut().unwrap().1.push(word.as_str()),
            }
        }
        let many = |name: &str| {
            options.iter().find(|(option, _)| *option == name).map(|(_, v)| v.clone()).unwrap_or_default()
        };
        let one = |name: &str| many(name).first().copied().unwrap_or_default().to_owned();
        if call[..3] == ["network", "nsg", "show"] {
            continue;
        }
        if call[..3] == ["network", "nsg", "create"] {
            nsgs.push(json!({ "name": one("name"), "id": one("name"), "securityRules": [] }));
            continue;
        }
        assert_eq!(call[..4], ["network", "nsg", "rule", "create"]);
        let nsg = nsgs.iter_mut().find(|nsg| nsg["name"] == one("nsg-name")).unwrap();
        let rules = nsg["securityRules"].as_array_mut().unwrap();
        rules.push(json!({
            "name": one("name"), "description": one("description"), "priority": one("priority").parse::<u16>().unwrap(),
            "direction": one("direction"), "access": one("access"), "protocol": one("protocol"),
            "sourceAddressPrefixes": many("source-address-prefixes"), "sourcePortRanges": many("source-port-ranges"),
            "destinationAddressPrefixes": many("destination-address-prefixes"),
            "destinationPortRanges": many("destination-port-ranges"),
        }));
    }
    json!(nsgs)
}

#[test]
fn the_az_script_reads_back_as_the_same_rules() {
    for (number, draft) in [example(), rich()].into_iter().enumerate() {
        let Some(calls) = az_calls(&write_rules(&draft, Format::Az), &format!("az-back-{number}")) else {
            return;
        };
        let mut read = read_network(az_list(&calls).to_string().as_bytes()).network.nsgs;
        read.iter_mut().for_each(|nsg| nsg.rules.sort_by_key(|rule| (rule.direction, rule.priority)));
        assert_eq!(groups(&read), groups(&expected(&draft)));
    }
}

/// Whether az takes a word for the name of a file: one that begins with `@`, itself or behind its first equals sign
/// (`_expand_file_prefixed_files` of azure-cli-core).
fn is_read_from_a_file(word: &str) -> bool {
    let value = word.split_once('=').map_or(word, |(_, value)| value);
    value.len() > 1 && value.starts_with('@')
}

/// What az makes of an option's value: its own quoting is undone, `null` is none (azure-cli-core, `aaz/_utils.py`).
fn as_az_reads(value: &str) -> Option<String> {
    assert!(!value.is_empty() && value != "??", "az stops at {value:?}");
    if value == "null" {
        return None;
    }
    let Some(inner) = value.strip_prefix('\'') else { return Some(value.to_owned()) };
    let inner = inner.strip_suffix('\'').unwrap_or_else(|| panic!("no end: {value}"));
    assert!(!inner.replace("'/", "").contains('\''), "a quote ends early: {value}");
    Some(inner.replace("'/", "'"))
}

#[test]
fn az_gets_each_description_as_it_is() {
    let texts = [
        "null", "??", "'", "''", "it's", "'quoted'", "\"x\"", "[a]", "{a:b}", "-x", "--name", "@file",
        "a=@file", "=@f", "x'/y", " x", "Null",
    ];
    let mut draft = example();
    for (drafted, text) in
        draft.groups.iter_mut().flat_map(|group| &mut group.rules).zip(texts.iter().cycle())
    {
        (*text).clone_into(&mut drafted.rule.description);
    }
    for (at, text) in texts.into_iter().enumerate() {
        text.clone_into(&mut draft.groups[0].rules[0].rule.description);
        let Some(calls) = az_calls(&write_rules(&draft, Format::Az), &format!("az-description-{at}")) else {
            return;
        };
        let told = calls.iter().find_map(|call| {
            let at = call.iter().position(|word| word.starts_with("--description"))?;
            Some(match call[at].split_once('=') {
                Some((_, value)) => value.to_owned(),
                None => call[at + 1].clone(),
            })
        });
        assert_eq!(as_az_reads(&told.unwrap()).as_deref(), Some(text));
        assert!(calls.iter().flatten().all(|word| !is_read_from_a_file(word)));
    }
}

#[test]
fn a_shell_takes_hostile_names_as_data() {
    for (number, text) in EVIL.into_iter().enumerate() {
        let draft = evil(text);
        let script = write_rules(&draft, Format::Az);
        let Some(calls) = az_calls(&script, &format!("az-evil-{number}")) else { return };
        // Whether a group is there, the group, its rules: nothing more was called, and every name came through.
        assert_eq!(calls.len(), draft.groups.iter().map(|g| g.rules.len() + 2).sum::<usize>());
        for call in &calls {
            let name = call.iter().position(|word| word == "--name").map(|at| &call[at + 1]).unwrap();
            // az reads files for values that begin with @, and options for those that begin with a dash.
            assert!(name.contains(text.trim_start()) || name.replace("= @", "=@").contains(text), "{name}");
            assert!(call.iter().all(|word| !is_read_from_a_file(word)), "{call:?}");
            assert!(
                call.iter().skip(1).filter(|word| word.starts_with('-')).all(|word| word.starts_with("--")),
                "{call:?}"
            );
        }
    }
}

fn terraform_string(value: &hcl::Expression) -> Option<String> {
    match value {
        hcl::Expression::String(text) => Some(text.clone()),
        hcl::Expression::TemplateExpr(template) => {
            let template = hcl::template::Template::from_expr(template).unwrap();
            let literal = |element: &hcl::template::Element| match element {
                hcl::template::Element::Literal(text) => text.clone(),
                other => panic!("not literal: {other:?}"),
            };
            Some(template.elements().iter().map(literal).collect())
        }
        _ => None,
    }
}

#[test]
fn terraform_passes_a_parser_and_keeps_names_as_data() {
    for draft in drafts() {
        let text = write_rules(&draft, Format::Terraform);
        let apart = write_rules(&draft, Format::TerraformRules);
        let apart = hcl::parse(&apart).unwrap_or_else(|e| panic!("{e}\n{apart}"));
        let rules = apart.blocks().filter(|block| {
            block.labels.first().is_some_and(|label| label.as_str() == "azurerm_network_security_rule")
        });
        assert_eq!(rules.count(), draft.groups.iter().map(|group| group.rules.len()).sum::<usize>());
        let body = hcl::parse(&text).unwrap_or_else(|e| panic!("{e}\n{text}"));
        let resources: Vec<&hcl::Block> =
            body.blocks().filter(|block| block.identifier.as_str() == "resource").collect();
        assert_eq!(resources.len(), draft.groups.len());
        for (resource, group) in resources.into_iter().zip(&draft.groups) {
            let attribute = |block: &hcl::Block, name: &str| {
                let found =
                    block.body.attributes().find(|a| a.key() == name).map(|a| terraform_string(a.expr()));
                found.flatten().unwrap_or_default()
            };
            assert_eq!(attribute(resource, "name"), group.nsg.name);
            let rules: Vec<&hcl::Block> = resource.body.blocks().collect();
            assert_eq!(rules.len(), group.rules.len());
            for (block, drafted) in rules.into_iter().zip(&group.rules) {
                assert_eq!(attribute(block, "name"), drafted.rule.name);
                assert_eq!(attribute(block, "description"), drafted.rule.description);
            }
        }
    }
}

#[test]
fn terraform_is_formatted_as_terraform_does_it() {
    let texts = drafts().into_iter().flat_map(|draft| {
        [Format::Terraform, Format::TerraformRules].map(|format| write_rules(&draft, format))
    });
    for text in texts {
        let mut child = match Command::new("terraform")
            .args(["fmt", "-check", "-"])
            .env("TF_CLI_CONFIG_FILE", "/dev/null")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
        {
            Ok(child) => child,
            Err(_) => {
                skip(
                    Need::Optional,
                    "files for Terraform are not held against `terraform fmt`: it is not installed",
                );
                return;
            }
        };
        child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
        let out = child.wait_with_output().unwrap();
        assert!(out.status.success(), "{}\n{text}", String::from_utf8_lossy(&out.stderr));
    }
}

/// The strings of a language with single quotes, with comments left out: what `unquote` makes of each.
fn single_quoted(text: &str, comment: &str, powershell: bool) -> Vec<String> {
    let is_quote = |c: char| c == '\'' || powershell && matches!(c, '\u{2018}'..='\u{201b}');
    let mut out = Vec::new();
    let mut rest: std::iter::Peekable<std::str::Chars<'_>> = text.chars().peekable();
    let mut line = String::new();
    while let Some(c) = rest.next() {
        line.push(c);
        if line.ends_with(comment) {
            while rest.next_if(|c| !matches!(c, '\n' | '\r')).is_some() {}
            line.clear();
        } else if matches!(c, '\n') {
            line.clear();
        } else if is_quote(c) {
            line.clear();
            let mut string = String::new();
            loop {
                let c = rest.next().unwrap();
                if powershell && is_quote(c) {
                    if rest.peek().is_some_and(|c| is_quote(*c)) {
                        string.push(rest.next().unwrap());
                        continue;
                    }
                    break;
                }
                match c {
                    '\'' => break,
                    '\\' if !powershell => match rest.next().unwrap() {
                        'u' => {
                            assert_eq!(rest.next(), Some('{'));
                            let digits: String =
                                std::iter::from_fn(|| rest.next_if(char::is_ascii_hexdigit)).collect();
                            assert_eq!(rest.next(), Some('}'));
                            string.push(char::from_u32(u32::from_str_radix(&digits, 16).unwrap()).unwrap());
                        }
                        escaped @ ('\\' | '\'' | '$') => string.push(escaped),
                        other => panic!("no escape: {other}"),
                    },
                    '$' if !powershell && rest.peek() == Some(&'{') => panic!("an interpolation in {text}"),
                    '\n' | '\r' if !powershell => panic!("a line break in a string"),
                    c => string.push(c),
                }
            }
            out.push(string);
        }
    }
    out
}

#[test]
fn bicep_and_powershell_keep_names_as_data() {
    for draft in drafts() {
        for (format, comment) in [(Format::Bicep, "//"), (Format::PowerShell, "#")] {
            let text = write_rules(&draft, format);
            let powershell = format == Format::PowerShell;
            let strings = single_quoted(&text, comment, powershell);
            for group in &draft.groups {
                assert!(strings.contains(&group.nsg.name), "{} in {text}", group.nsg.name);
                for drafted in &group.rules {
                    assert!(strings.contains(&drafted.rule.name), "{} in {text}", drafted.rule.name);
                    assert!(strings.contains(&drafted.rule.description));
                }
            }
            // Outside of strings and comments there is nothing of theirs.
            let code: Vec<&str> = text.lines().map(|line| line.split(comment).next().unwrap()).collect();
            if draft.notes.last().is_some_and(|note| note.contains("pwned")) {
                assert!(code.iter().all(|line| !line.contains("touch") || line.contains('\'')));
            }
        }
    }
}

#[test]
fn every_format_is_complete() {
    let draft = rich();
    for format in Format::ALL {
        let text = write_rules(&draft, format);
        for group in &draft.groups {
            assert!(text.contains(&group.nsg.name), "{format:?}");
            for drafted in &group.rules {
                assert!(text.contains(&drafted.rule.name), "{format:?} lacks {}", drafted.rule.name);
            }
        }
        for field in
            ["Internet", "VirtualNetwork", "AzureLoadBalancer", "10.1.0.9/32", "8080-8081", "learning"]
        {
            assert!(text.contains(field), "{format:?} lacks {field}");
        }
        if format != Format::Csv {
            assert!(
                text.contains("subnets/snet-sql") || text.contains("-Name 'snet-sql'"),
                "{format:?} lacks the subnet"
            );
        }
        assert_eq!(text, write_rules(&draft, format));
    }
}

#[test]
fn rules_keep_their_source_ports_and_application_security_groups() {
    let mut draft = example();
    let asg = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/applicationSecurityGroups/web";
    draft.groups[0].rules[0].rule.sources = vec![Endpoint::Asg(ResourceId(asg.to_owned()))];
    draft.groups[0].rules[0].rule.source_ports =
        vec![PortRange::one(88), PortRange { first: 1024, last: 2048 }];
    for format in Format::ALL {
        let text = write_rules(&draft, format);
        assert!(text.contains(asg) && text.contains("1024-2048"), "{format:?}");
    }
    let read = read_network(write_rules(&draft, Format::Arm).as_bytes()).network.nsgs.remove(0);
    assert_eq!(read.rules[0].sources, draft.groups[0].rules[0].rule.sources);
    assert_eq!(read.rules[0].source_ports, draft.groups[0].rules[0].rule.source_ports);
}

#[test]
fn spreadsheets_get_no_formulas() {
    let text = write_rules(&evil("=1+1"), Format::Csv);
    assert!(text.lines().skip(1).all(|line| line.starts_with("'=")), "{text}");
}

fn script(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/tools").join(name)
}

/// Runs a Python script over documents; its output.
fn python(python: &Path, name: &str, document: &Value) -> String {
    let input = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.json"));
    fs::write(&input, document.to_string()).unwrap();
    let config = Path::new(env!("CARGO_TARGET_TMPDIR")).join("azure-config");
    let out =
        Command::new(python).arg(script(name)).arg(&input).env("AZURE_CONFIG_DIR", config).output().unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout).unwrap()
}

fn imports(python: &Path, module: &str) -> bool {
    let run = Command::new(python).args(["-c", &format!("import {module}")]).stderr(Stdio::null()).status();
    run.is_ok_and(|status| status.success())
}

/// An environment of the tests' own with a package, made once. `None` where that can't be.
fn environment(package: &str, module: &str) -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("venv-{package}"));
    let python = folder.join("bin/python");
    if imports(&python, module) {
        return Some(python);
    }
    let quiet = |command: &mut Command| {
        let run = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
        run.is_ok_and(|status| status.success())
    };
    let made = quiet(Command::new("python3").args(["-m", "venv"]).arg(&folder))
        && quiet(Command::new(&python).args([
            "-m",
            "pip",
            "install",
            "-q",
            "--retries",
            "1",
            "--timeout",
            "10",
            package,
        ]));
    (made && imports(&python, module)).then_some(python)
}

#[test]
fn the_way_back_from_a_split_calls_az_with_names_as_they_are() {
    for (number, text) in EVIL.into_iter().enumerate() {
        let draft = evil(text);
        let script = write_part(&draft, Format::Az, Part { stage: None, rollback: true });
        let Some(calls) = az_calls(&script, &format!("az-split-{number}")) else { return };
        let attached =
            calls.iter().find(|call| call[..4] == ["network", "vnet", "subnet", "update"]).unwrap();
        // az would read a file for a value with `=@` in it.
        let id = |id: String| id.replace('\0', " ").replace("=@", "= @");
        let shared = id(format!("/subscriptions/s/resourceGroups/{text}/networkSecurityGroups/{text}"));
        let subnet = id(format!("/subscriptions/{text}/subnets/{text}"));
        assert_eq!(attached[4..], ["--ids", &subnet, "--network-security-group", &shared]);
        let deleted = calls.iter().filter(|call| call[..3] == ["network", "nsg", "delete"]).count();
        assert_eq!((calls.len(), deleted), (draft.groups.len() + 1, draft.groups.len()), "{script}");
    }
}

#[test]
fn the_arm_template_fits_azures_own_model() {
    let Some(found) = environment("azure-mgmt-network", "azure.mgmt.network") else {
        let why = "the ARM template is not held against Azure's model: azure-mgmt-network can't be installed; \
            on Debian: apt-get install python3-venv, and a way to PyPI";
        skip(Need::Required, why);
        return;
    };
    let templates: Vec<Value> = drafts()
        .iter()
        .map(|draft| serde_json::from_str(&write_rules(draft, Format::Arm)).unwrap())
        .collect();
    let out = python(&found, "arm_model.py", &json!(templates));
    let rules: usize = drafts().iter().flat_map(|d| &d.groups).map(|g| g.rules.len()).sum();
    assert_eq!(out.trim(), format!("{rules} rules fit"));
}

#[test]
fn az_lines_pass_azure_clis_own_parser() {
    let beside_az = std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default())
        .filter(|folder| folder.join("az").is_file())
        .flat_map(|folder| [folder.join("python"), folder.join("python3")])
        .chain([PathBuf::from("/opt/az/bin/python3"), PathBuf::from("python3")])
        .find(|python| imports(python, "azure.cli.core"));
    let Some(found) = beside_az else {
        skip(Need::Optional, "az lines are not read by the Azure CLI's own parser: it is not installed");
        return;
    };
    let draft = rich();
    let Some(calls) = az_calls(&write_rules(&draft, Format::Az), "az-parse") else { return };
    let parsed: Value = serde_json::from_str(&python(&found, "az_parse.py", &json!(calls))).unwrap();
    let parsed = parsed.as_array().unwrap();
    assert_eq!(parsed.len(), calls.len());
    let mut rules = draft.groups.iter().flat_map(|group| &group.nsg.rules);
    for call in parsed.iter().filter(|call| call[0] == "network nsg rule create") {
        let (rule, values) = (rules.next().unwrap(), &call[1]);
        assert_eq!((&values["name"], &values["priority"]), (&json!(rule.name), &json!(rule.priority)));
        assert_eq!(values["description"], rule.description);
        let ports: Vec<String> = rule.destination_ports.iter().map(ToString::to_string).collect();
        assert_eq!(values["destination_port_ranges"], json!(ports));
    }
    assert!(rules.next().is_none());
    // The way back, and both ways of a group in a shared one's place, under names with everything in them.
    let split = evil(EVIL[0]);
    for (number, (draft, rollback)) in
        [(&draft, true), (&split, false), (&split, true)].into_iter().enumerate()
    {
        let script = write_part(draft, Format::Az, Part { stage: None, rollback });
        let calls = az_calls(&script, &format!("az-parse-{number}")).unwrap();
        let parsed: Value = serde_json::from_str(&python(&found, "az_parse.py", &json!(calls))).unwrap();
        let command = |call: &Vec<String>| -> String {
            let words: Vec<&str> =
                call.iter().map(String::as_str).take_while(|w| !w.starts_with("--")).collect();
            words.join(" ")
        };
        let given: Vec<String> = calls.iter().map(command).collect();
        let read: Vec<&str> = parsed.as_array().unwrap().iter().filter_map(|call| call[0].as_str()).collect();
        assert!(!given.is_empty());
        assert_eq!(read, given, "{script}");
    }
}
