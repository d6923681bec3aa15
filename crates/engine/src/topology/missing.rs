//! Which files would name what is still unnamed, with the exact commands that make them.

use super::shell::{posix, powershell};
use crate::rules::named;
use azflow_core::model::{Network, ResourceId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What the traffic has and the descriptions have not.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unnamed {
    /// Private addresses that no subnet of a description has.
    pub private_addresses: u64,
    /// Public addresses that no service tag has.
    pub public_addresses: u64,
    /// MAC addresses of NICs that logged and are on no file.
    pub macs: BTreeSet<String>,
    /// Network security groups that the logs name by id and that are on no file.
    pub nsgs: BTreeSet<ResourceId>,
    /// Subscriptions that the logs name.
    pub subscriptions: BTreeSet<String>,
}

/// A file worth having.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Missing {
    /// What it would tell, for people.
    pub reason: String,
    /// The command of Azure CLI.
    pub az: String,
    /// The command of PowerShell.
    pub powershell: String,
}

/// Peered networks that are called by their names.
const NAMED: usize = 3;

/// What to fetch, most useful first. Without a known subscription commands use the current one.
pub fn missing(network: &Network, unnamed: &Unnamed) -> Vec<Missing> {
    let mut out = Vec::new();
    let subscriptions = subscriptions(network, unnamed);
    if unnamed.private_addresses > 0 {
        let reason =
            format!("subnets and peerings: {} no subnet", have(unnamed.private_addresses, "private address"));
        per_subscription(
            &mut out,
            &subscriptions,
            &reason,
            "az network vnet list",
            "Get-AzVirtualNetwork",
            "vnets",
        );
    }
    let remotes = remotes(network);
    if !remotes.is_empty() {
        let names: Vec<&str> = remotes.iter().map(ResourceId::name).collect();
        let list = |quote: fn(&str) -> String, separator: &str| {
            remotes.iter().map(|id| quote(&id.0)).collect::<Vec<_>>().join(separator)
        };
        out.push(Missing {
            reason: format!("peered networks that are not on file: {}", named(&names, NAMED)),
            az: format!("az network vnet show --ids {} -o json > vnets-peered.json", list(posix, " ")),
            powershell: format!(
                "{} | ForEach-Object {{ Get-AzResource -ResourceId $_ -ExpandProperties }} | ConvertTo-Json -Depth 10 \
                 > vnets-peered.json",
                list(powershell, ", ")
            ),
        });
    }
    if !unnamed.macs.is_empty() {
        let reason = format!("machines and their subnets: {}", logged(unnamed.macs.len(), "NIC"));
        per_subscription(
            &mut out,
            &subscriptions,
            &reason,
            "az network nic list",
            "Get-AzNetworkInterface",
            "nics",
        );
    }
    let machines = BTreeSet::from_iter(network.machines.iter().map(|machine| &machine.id));
    let lacks_machines =
        network.nics.iter().filter_map(|nic| nic.machine.as_ref()).any(|id| !machines.contains(id));
    if lacks_machines {
        let reason = "sizes and availability sets of machines, for accelerated networking";
        per_subscription(&mut out, &subscriptions, reason, "az vm list", "Get-AzVM", "vms");
    }
    if !unnamed.nsgs.is_empty() {
        let of = BTreeSet::from_iter(unnamed.nsgs.iter().filter_map(subscription));
        let of = if of.is_empty() { subscriptions.clone() } else { of };
        let reason = format!("rules: {}", logged(unnamed.nsgs.len(), "network security group"));
        per_subscription(&mut out, &of, &reason, "az network nsg list", "Get-AzNetworkSecurityGroup", "nsgs");
    }
    if unnamed.public_addresses > 0 && network.tags.is_empty() {
        let location =
            network.networks.iter().filter_map(|n| n.location.as_deref()).min().unwrap_or("westeurope");
        out.push(Missing {
            reason: format!(
                "Azure services: {} no service tag",
                have(unnamed.public_addresses, "public address")
            ),
            az: format!(
                "az network list-service-tags --location {} -o json > service-tags.json",
                posix(location)
            ),
            powershell: format!(
                "Get-AzNetworkServiceTag -Location {} | ConvertTo-Json -Depth 10 > service-tags.json",
                powershell(location)
            ),
        });
    }
    out
}

/// `1 private address has`, `7 private addresses have`.
fn have(count: u64, what: &str) -> String {
    if count == 1 { format!("1 {what} has") } else { format!("{count} {what}es have") }
}

/// `1 NIC logged and is on no file`.
fn logged(count: usize, what: &str) -> String {
    if count == 1 {
        format!("1 {what} logged and is on no file")
    } else {
        format!("{count} {what}s logged and are on no file")
    }
}

fn per_subscription(
    out: &mut Vec<Missing>,
    subscriptions: &BTreeSet<String>,
    reason: &str,
    az: &str,
    cmdlet: &str,
    name: &str,
) {
    let reason = reason.to_owned();
    if subscriptions.is_empty() {
        let az = format!("{az} -o json > {name}.json");
        let powershell = format!("{cmdlet} | ConvertTo-Json -Depth 10 > {name}.json");
        out.push(Missing { reason, az, powershell });
        return;
    }
    for subscription in subscriptions {
        let file = format!("{name}-{}.json", file(subscription));
        out.push(Missing {
            reason: reason.clone(),
            az: format!("{az} --subscription {} -o json > {file}", posix(subscription)),
            powershell: format!(
                "Set-AzContext -Subscription {}; {cmdlet} | ConvertTo-Json -Depth 10 > {file}",
                powershell(subscription)
            ),
        });
    }
}

/// The end of a file's name: letters, digits and hyphens, not too many.
fn file(name: &str) -> String {
    name.chars()
        .filter(|c| c.is_ascii_alphanumeric() || *c == '-')
        .take(40)
        .collect::<String>()
        .to_ascii_lowercase()
}

fn subscription(id: &ResourceId) -> Option<String> {
    id.segment("subscriptions").map(str::to_ascii_lowercase)
}

fn subscriptions(network: &Network, unnamed: &Unnamed) -> BTreeSet<String> {
    let of_networks = network.networks.iter().map(|n| &n.id);
    let ids = of_networks.chain(network.nics.iter().map(|n| &n.id)).chain(&unnamed.nsgs);
    let mut out = BTreeSet::from_iter(ids.filter_map(subscription));
    out.extend(unnamed.subscriptions.iter().map(|s| s.to_ascii_lowercase()));
    out
}

/// Networks that are peered with and not described, sorted.
fn remotes(network: &Network) -> BTreeSet<ResourceId> {
    let whole = network.networks.iter().filter(|one| !one.prefixes.is_empty());
    let known = BTreeSet::from_iter(whole.map(|one| &one.id));
    let remotes = network.networks.iter().flat_map(|one| &one.peerings).map(|peering| &peering.remote);
    BTreeSet::from_iter(remotes.filter(|id| id.is_full() && !known.contains(id)).cloned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_filled_with_what_the_logs_name() {
        let unnamed = Unnamed {
            private_addresses: 7,
            public_addresses: 3,
            nsgs: BTreeSet::from([ResourceId("/SUBSCRIPTIONS/ABC/RESOURCEGROUPS/R/X/Y".into())]),
            ..Unnamed::default()
        };
        let found = missing(&Network::default(), &unnamed);
        let az: Vec<_> = found.iter().map(|m| m.az.as_str()).collect();
        assert_eq!(
            az,
            [
                "az network vnet list --subscription abc -o json > vnets-abc.json",
                "az network nsg list --subscription abc -o json > nsgs-abc.json",
                "az network list-service-tags --location westeurope -o json > service-tags.json",
            ]
        );
        assert!(found[0].powershell.starts_with("Set-AzContext -Subscription 'abc'; Get-AzVirtualNetwork |"));
        assert_eq!(missing(&Network::default(), &Unnamed::default()), []);
        let nowhere = Unnamed { private_addresses: 1, ..Unnamed::default() };
        assert_eq!(missing(&Network::default(), &nowhere)[0].az, "az network vnet list -o json > vnets.json");
    }

    #[test]
    fn a_peered_network_that_is_not_on_file_is_asked_for() {
        let text = super::super::path::tests::NETWORKS;
        let mut network = crate::topology::read_network(text.as_bytes()).network;
        network.networks[1].peerings.retain(|p| p.name != "far");
        assert_eq!(missing(&network, &Unnamed::default()), []);
        network.networks.remove(1);
        let found = missing(&network, &Unnamed::default());
        assert_eq!(found.len(), 1);
        assert!(found[0].az.starts_with("az network vnet show --ids /subscriptions/s/"), "{}", found[0].az);
    }
}
