//! Services that show in traffic alone.

use super::recognise::{By, Recognised, is_like_a_controller};
use super::table::Service;
use crate::rules::traffic::Traffic;
use azflow_core::model::Protocol;

/// Protocols and ports that tell a domain controller.
const TELLING: [u16; 6] = [88, 389, 53, 135, 445, 464];

/// Hosts that were seen to answer like domain controllers, by the traffic's numbers of addresses, in order.
pub fn controllers(traffic: &Traffic) -> Vec<(u32, Recognised)> {
    // By host, a bit for each port of TCP and, behind those, of UDP.
    let mut answers = vec![0u16; traffic.addresses.len()];
    for seen in traffic.conversations.iter().filter(|seen| seen.allowed && seen.unfit.is_none()) {
        if let Some(bit) = seen.port.and_then(|port| bit(seen.protocol, port))
            && let Some(known) = answers.get_mut(seen.dst as usize)
        {
            *known |= bit;
        }
    }
    let like = |known: u16| {
        is_like_a_controller(&|protocol, port| bit(protocol, port).is_some_and(|bit| known & bit != 0))
    };
    let mut hosts: Vec<u32> =
        (0..).zip(answers).filter(|(_, known)| like(*known)).map(|(host, _)| host).collect();
    hosts.sort_unstable_by_key(|host| traffic.addresses.get(*host as usize).copied());
    let told = |host: u32| {
        let address = traffic.addresses.get(host as usize)?;
        let by = By::Traffic(format!("{address}, which answers Kerberos and LDAP"));
        Some((host, Recognised { service: Service::DomainController, by, perhaps: true }))
    };
    hosts.into_iter().filter_map(told).collect()
}

fn bit(protocol: Protocol, port: u16) -> Option<u16> {
    let at = TELLING.iter().position(|own| *own == port)?;
    match protocol {
        Protocol::TCP => Some(1 << at),
        Protocol::UDP => Some(1 << (at + TELLING.len())),
        _ => None,
    }
}
