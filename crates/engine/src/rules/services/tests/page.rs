//! docs/SERVICES.md is written from the table.
//!
//! `AZFLOW_WRITE_DOCS=1 cargo test -p azflow-engine the_services_page` writes it anew.

use crate::rules::services::table::{End, Regions, Sign, table};
use crate::rules::services::{Need, Page, Service, group_fate, needs, refusal};
use azflow_core::model::Direction;
use std::fmt::Write as _;

const HEAD: &str = "# What services need

What Azure's services need of network security groups, as Microsoft's pages say it. A draft keeps what is in force for
these needs, and adds what is missing. The table is `crates/engine/src/rules/services/table.txt`; this page is written
from it, and a test holds the two together. Each fact has its page and the date that the page bore when it was read.
Where a page has changed since, or a service is missing, please tell us.

*Refused*: Azure refuses a group without it. *Breaks*: the service does not work without it. *Recommended*: something
that not everybody uses does not work. What is needed *only where* something holds is not added unasked, since no file
tells; what serves it in force stays. *Clients* are whoever uses the service from the virtual network, *users* the same
from the Internet or from addresses of one's choice. *Tag of the region*: the tag as a loaded service tag file spells it
for the network's region; without such a file the tag of all regions. What an application gateway's listeners and other
services of one's own need depends on their clients, and is drafted from traffic.

A service is recognised by what the subnet is delegated to, by a resource that the subnet names, by a name that Azure
reserves, and, *perhaps*, by rules in force that name its tag or that it writes by itself, or by what its hosts answer.

";

fn end(end: &End) -> String {
    match end {
        End::Any => "any".to_owned(),
        End::Subnet => "its subnet".to_owned(),
        End::Clients => "clients".to_owned(),
        End::Users => "users".to_owned(),
        End::Tag(tag, Regions::AsWritten) => format!("`{tag}`"),
        End::Tag(tag, Regions::Own) => format!("`{tag}` of the region"),
        End::Tag(tag, Regions::Any) => format!("`{tag}`, or of regions"),
        End::Addresses(list) => {
            let texts: Vec<String> = list.iter().map(|prefix| prefix.first().to_string()).collect();
            texts.join(", ")
        }
    }
}

/// A paragraph in lines of 120 characters.
fn wrapped(text: &str) -> String {
    let mut out = String::new();
    let mut width = 0;
    for word in text.split(' ') {
        let length = word.chars().count();
        if width > 0 && width + 1 + length > 120 {
            out.push('\n');
            width = 0;
        } else if width > 0 {
            out.push(' ');
            width += 1;
        }
        out.push_str(word);
        width += length;
    }
    out + "\n\n"
}

fn row(need: &Need, number: &dyn Fn(&Page) -> usize) -> String {
    let way = if need.direction == Direction::Inbound { "in" } else { "out" };
    let protocol = need.protocol.map_or_else(|| "any".to_owned(), |protocol| protocol.to_string());
    let ports: Vec<String> = need.ports.iter().map(|range| range.to_string().replace('*', "any")).collect();
    let only = if need.only_where.is_empty() {
        String::new()
    } else {
        format!(" (only where: {})", need.only_where)
    };
    let pages: Vec<String> = need.pages.iter().map(|page| format!("[{}]", number(page))).collect();
    format!(
        "| {way} | {} | {} | {protocol} | {} | {} | {}{only} | {} |\n",
        end(&need.source),
        end(&need.destination),
        ports.join(", "),
        need.severity.as_str(),
        need.purpose,
        pages.join(" "),
    )
}

fn recognised(service: Service) -> Option<String> {
    let of = |signs: &[Sign]| -> Vec<&'static str> {
        signs.iter().filter(|sign| sign.service == service).map(|sign| sign.word).collect()
    };
    let list = |words: &[&str]| words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ");
    let mut parts = Vec::new();
    for (what, words) in [
        ("a subnet delegated to", of(&table().delegated)),
        ("a subnet that names", of(&table().resources)),
        ("a subnet called", of(&table().subnets)),
    ] {
        if !words.is_empty() {
            parts.push(format!("{what} {}", list(&words)));
        }
    }
    for sign in table().tags.iter().filter(|sign| sign.service == service) {
        parts.push(format!("perhaps by a rule that allows `{}` port {}", sign.word, sign.port));
    }
    for managed in table().managed.iter().filter(|managed| managed.service == service && !managed.may_go) {
        parts.push(format!("perhaps by a rule `{}…`", managed.prefix));
    }
    match service {
        Service::Aks => {
            parts.push("by NICs, machines or scale sets `aks-…`, for certain in a group `MC_…`".to_owned())
        }
        Service::DomainController => {
            parts.push(
                "perhaps by a host that answers Kerberos, LDAP and one of DNS, RPC, SMB, password changes"
                    .to_owned(),
            );
        }
        Service::WindowsActivation => {
            parts.push("by routes, or a tag `VirtualNetwork`, that hold 0.0.0.0/0".to_owned())
        }
        _ => {}
    }
    (!parts.is_empty()).then(|| wrapped(&format!("Recognised: {}.", parts.join("; "))))
}

fn written() -> String {
    let pages = &table().pages;
    let number = |page: &Page| pages.iter().position(|one| one == page).map_or(0, |at| at + 1);
    let mut out = HEAD.to_owned();
    for service in Service::ALL {
        let _ = write!(out, "## {}\n\n", service.name());
        out.push_str(&recognised(service).unwrap_or_default());
        if let Some(fate) = group_fate(service) {
            let what = fate.severity.map_or("without effect", |severity| severity.as_str());
            out.push_str(&wrapped(&format!(
                "Any group ({what}): {} [{}].",
                fate.sentence,
                number(&fate.page)
            )));
        }
        if let Some(refusal) = refusal(service) {
            out.push_str(&wrapped(&format!("Refused: {} [{}].", refusal.sentence, number(&refusal.page))));
        }
        for managed in table().managed.iter().filter(|managed| managed.service == service) {
            let what = if managed.may_go { "may go" } else { "stays" };
            let at = number(&managed.page);
            out.push_str(&wrapped(&format!(
                "Rules `{}…`: {what}; {} [{at}].",
                managed.prefix, managed.purpose
            )));
        }
        let of_it = || needs().iter().filter(|need| need.service == service);
        if of_it().next().is_some() {
            out.push_str("| | from | to | protocol | ports | without it | for | page |\n|---|---|---|---|---|---|---|---|\n");
            of_it().for_each(|need| out.push_str(&row(need, &number)));
            out.push('\n');
        }
    }
    out.push_str("## Pages\n\n| | page | date |\n|---|---|---|\n");
    for page in pages {
        let _ = writeln!(out, "| {} | [{}]({}) | {} |", number(page), page.title, page.address, page.date);
    }
    out
}

#[test]
fn the_services_page_is_the_table() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/SERVICES.md");
    if std::env::var_os("AZFLOW_WRITE_DOCS").is_some() {
        std::fs::write(path, written()).unwrap();
    }
    let page = std::fs::read_to_string(path).unwrap().replace("\r\n", "\n");
    assert!(page == written(), "docs/SERVICES.md is not the table's: write it anew with AZFLOW_WRITE_DOCS=1");
}
