//! How to switch accelerated networking on for chosen NICs: what must be true, what to run.
//!
//! A machine must be deallocated for it, and with it every machine of its availability set
//! (Microsoft, *Create a virtual machine with accelerated networking*).

use super::shell::{az_name, powershell, powershell_name};
use azflow_core::model::SortSmall;
use azflow_core::model::{Machine, Network, Nic, ResourceId};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Commands for some NICs.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acceleration {
    /// NICs that it is switched on for; those that have it already are left out.
    pub nics: Vec<ResourceId>,
    /// Machines that stop meanwhile.
    pub machines: Vec<ResourceId>,
    /// Commands of Azure CLI, one a line, in order.
    pub az: Vec<String>,
    /// Commands of PowerShell, one a line, in order.
    pub powershell: Vec<String>,
    /// What to know about these NICs: unknown availability sets, NICs without a machine.
    pub notes: Vec<String>,
}

/// Makes the commands for the chosen NICs.
pub fn accelerate(network: &Network, chosen: &[ResourceId]) -> Acceleration {
    let chosen = BTreeSet::from_iter(chosen);
    let wanted = |nic: &&Nic| chosen.contains(&nic.id) && nic.accelerated_networking != Some(true);
    let nics: Vec<&Nic> = network.nics.iter().filter(wanted).collect();
    let machine_of = machines_of_nics(network);
    let mut machines: BTreeSet<ResourceId> = BTreeSet::new();
    let mut notes = Vec::new();
    let known: BTreeMap<&ResourceId, &Machine> = network.machines.iter().rev().map(|m| (&m.id, m)).collect();
    let mut of_sets: BTreeMap<&ResourceId, Vec<&ResourceId>> = BTreeMap::new();
    for machine in &network.machines {
        if let Some(set) = &machine.availability_set {
            of_sets.entry(set).or_default().push(&machine.id);
        }
    }
    for nic in &nics {
        let Some(machine) = machine_of.get(&nic.id) else {
            notes.push(format!("{} belongs to no machine on file: nothing needs to stop for it", nic.name));
            continue;
        };
        machines.insert(machine.clone());
        match known.get(machine) {
            None => notes.push(format!(
                "whether {} is in an availability set is not on file; if it is, all machines of the set must be \
                 deallocated: az vm show{} --query availabilitySet.id -o tsv",
                machine.name(),
                az_name(machine)
            )),
            Some(known) => {
                if let Some(size) = known.size.as_deref().filter(|size| vcpus(size).is_some_and(|n| n < 2)) {
                    notes.push(format!(
                        "{} is a {size}: with less than two vCPUs it has no accelerated networking",
                        machine.name()
                    ));
                }
                if let Some(set) = &known.availability_set {
                    // The first of a set's machines takes all of it along.
                    let of_set = of_sets.remove(set).unwrap_or_default();
                    machines.extend(of_set.into_iter().cloned());
                    notes.push(format!(
                        "{} is in the availability set {}: all its machines on file stop together",
                        machine.name(),
                        set.name()
                    ));
                }
            }
        }
    }
    notes.sort_small();
    notes.dedup();
    let each = |verb: &str, name: fn(&ResourceId) -> String, suffix: &str| {
        machines.iter().map(|m| format!("{verb}{}{suffix}", name(m))).collect::<Vec<_>>()
    };
    let mut az = each("az vm deallocate", az_name, "");
    az.extend(
        nics.iter().map(|n| format!("az network nic update{} --accelerated-networking true", az_name(&n.id))),
    );
    az.extend(each("az vm start", az_name, ""));
    Acceleration {
        nics: nics.iter().map(|n| n.id.clone()).collect(),
        powershell: powershell_lines(&nics, &machines),
        machines: machines.into_iter().collect(),
        az,
        notes,
    }
}

/// The vCPUs that a size tells by its name: `Standard_D4s_v5` has four.
fn vcpus(size: &str) -> Option<u32> {
    let family = size.split('_').nth(1)?;
    let digits = family.trim_start_matches(|c: char| c.is_ascii_alphabetic());
    let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
    digits.get(..end)?.parse().ok()
}

/// PowerShell works in one subscription at a time; machines of a set share one.
fn powershell_lines(nics: &[&Nic], machines: &BTreeSet<ResourceId>) -> Vec<String> {
    let of = |id: &ResourceId| id.segment("subscriptions").unwrap_or_default().to_ascii_lowercase();
    let ids = nics.iter().map(|n| &n.id).chain(machines);
    let subscriptions = BTreeSet::from_iter(ids.map(of));
    let mut out = Vec::new();
    for subscription in subscriptions {
        if !subscription.is_empty() {
            out.push(format!("Set-AzContext -Subscription {}", powershell(&subscription)));
        }
        let here = || machines.iter().filter(|m| of(m) == subscription);
        out.extend(here().map(|m| format!("Stop-AzVM{} -Force", powershell_name(m))));
        for nic in nics.iter().filter(|n| of(&n.id) == subscription) {
            out.push(format!("$nic = Get-AzNetworkInterface{}", powershell_name(&nic.id)));
            out.push("$nic.EnableAcceleratedNetworking = $true".to_owned());
            out.push("$nic | Set-AzNetworkInterface".to_owned());
        }
        out.extend(here().map(|m| format!("Start-AzVM{}", powershell_name(m))));
    }
    out
}

/// Each NIC's machine, as the NIC or the machine says it.
fn machines_of_nics(network: &Network) -> BTreeMap<ResourceId, ResourceId> {
    let told = network.machines.iter().flat_map(|m| m.nics.iter().map(|n| (n.clone(), m.id.clone())));
    let mut out = BTreeMap::from_iter(told);
    for nic in &network.nics {
        if let Some(machine) = &nic.machine {
            out.insert(nic.id.clone(), machine.clone());
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use azflow_core::model::Machine;

    fn id(kind: &str, name: &str) -> ResourceId {
        ResourceId(format!("/subscriptions/S1/resourceGroups/rg 1/providers/{kind}/{name}"))
    }

    fn network() -> Network {
        let machine = |name: &str, set: Option<&str>| Machine {
            id: id("Microsoft.Compute/virtualMachines", name),
            name: name.to_owned(),
            availability_set: set.map(|s| id("Microsoft.Compute/availabilitySets", s)),
            ..Machine::default()
        };
        let nic = |name: &str, machine: Option<&str>, accelerated| Nic {
            id: id("Microsoft.Network/networkInterfaces", name),
            name: name.to_owned(),
            machine: machine.map(|m| id("Microsoft.Compute/virtualMachines", m)),
            accelerated_networking: accelerated,
            ..Nic::default()
        };
        Network {
            nics: vec![
                nic("a", Some("vm-a"), Some(false)),
                nic("b", Some("vm-b"), Some(true)),
                nic("c", Some("vm-c"), None),
                nic("d", None, Some(false)),
            ],
            machines: vec![machine("vm-a", Some("set")), machine("vm-b", Some("set"))],
            ..Network::default()
        }
    }

    #[test]
    fn a_whole_availability_set_stops() {
        let network = network();
        let all: Vec<ResourceId> = network.nics.iter().map(|n| n.id.clone()).collect();
        let found = accelerate(&network, &all[..2]);
        assert_eq!(
            found.az,
            [
                "az vm deallocate --resource-group 'rg 1' --name vm-a --subscription S1",
                "az vm deallocate --resource-group 'rg 1' --name vm-b --subscription S1",
                "az network nic update --resource-group 'rg 1' --name a --subscription S1 --accelerated-networking true",
                "az vm start --resource-group 'rg 1' --name vm-a --subscription S1",
                "az vm start --resource-group 'rg 1' --name vm-b --subscription S1",
            ]
        );
        assert_eq!(
            found.powershell,
            [
                "Set-AzContext -Subscription 's1'",
                "Stop-AzVM -ResourceGroupName 'rg 1' -Name 'vm-a' -Force",
                "Stop-AzVM -ResourceGroupName 'rg 1' -Name 'vm-b' -Force",
                "$nic = Get-AzNetworkInterface -ResourceGroupName 'rg 1' -Name 'a'",
                "$nic.EnableAcceleratedNetworking = $true",
                "$nic | Set-AzNetworkInterface",
                "Start-AzVM -ResourceGroupName 'rg 1' -Name 'vm-a'",
                "Start-AzVM -ResourceGroupName 'rg 1' -Name 'vm-b'",
            ]
        );
    }

    #[test]
    fn a_size_tells_its_vcpus() {
        let sizes = ["Standard_D4s_v5", "Standard_B1ms", "Standard_DS1_v2", "Standard_M128-32ms", "Basic"];
        assert_eq!(sizes.map(vcpus), [Some(4), Some(1), Some(1), Some(128), None]);
        let mut network = network();
        network.machines[0].size = Some("Standard_B1ms".into());
        let found = accelerate(&network, &[network.nics[0].id.clone()]);
        assert!(found.notes.iter().any(|note| note.contains("less than two vCPUs")));
    }

    #[test]
    fn what_is_not_on_file_is_said() {
        let network = network();
        let found = accelerate(&network, &[network.nics[2].id.clone(), network.nics[3].id.clone()]);
        assert_eq!(found.nics.len(), 2);
        assert_eq!(found.machines.len(), 1);
        assert!(found.notes[0].starts_with("d belongs to no machine"));
        assert!(found.notes[1].contains("az vm show --resource-group 'rg 1' --name vm-c"));
        assert_eq!(accelerate(&network, &[]), Acceleration::default());
    }
}
