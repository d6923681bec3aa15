//! Groups of addresses: what they are and which address is in which. `topology` makes them.

use serde::{Deserialize, Serialize};

/// Subnets that Azure reserves for one of its services: they need fixed ports, and rules of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum SpecialSubnet {
    /// `GatewaySubnet`: VPN and ExpressRoute gateways.
    Gateway,
    /// `AzureBastionSubnet`.
    Bastion,
    /// `AzureFirewallSubnet` and `AzureFirewallManagementSubnet`.
    Firewall,
    /// `RouteServerSubnet`.
    RouteServer,
}

impl SpecialSubnet {
    /// By the name, which Azure prescribes.
    pub fn of(name: &str) -> Option<Self> {
        Some(match name.to_ascii_lowercase().as_str() {
            "gatewaysubnet" => Self::Gateway,
            "azurebastionsubnet" => Self::Bastion,
            "azurefirewallsubnet" | "azurefirewallmanagementsubnet" => Self::Firewall,
            "routeserversubnet" => Self::RouteServer,
            _ => return None,
        })
    }
}

/// What a group of addresses is, and so how it got its name. In the order of the axes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum SubnetKind {
    /// A subnet of a network's description.
    Named,
    /// A named subnet that Azure reserves for one of its services.
    Special(SpecialSubnet),
    /// One of several subnets of one prefix in different virtual networks: which one is not known.
    Clash,
    /// A subnet that rows of Traffic Analytics name.
    Carried,
    /// Private addresses, cut to a prefix length.
    InferredPrivate,
    /// Public addresses used inside a virtual network, cut to a prefix length.
    InferredLocal,
    /// Azure's own addresses: 168.63.129.16 and 169.254.169.254.
    Platform,
    /// 255.255.255.255.
    Broadcast,
    /// 224.0.0.0/4 and ff00::/8.
    Multicast,
    /// An Azure service, by a loaded service tag.
    ServiceTag,
    /// Everything else.
    Internet,
}

/// A group of addresses with its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subnet {
    /// The name shown.
    pub name: String,
    /// What it is.
    pub kind: SubnetKind,
    /// The virtual network it belongs to, where that is known.
    pub network: Option<String>,
    /// Its number in `topology`'s naming, where a description has it.
    pub named: Option<u32>,
    /// Distinct addresses seen in it.
    pub addresses: u32,
}

/// Every address's subnet.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Assignment {
    /// By address number: index into `subnets`.
    pub subnet_of: Vec<u32>,
    /// In natural order: inferred ones by address, then the outside.
    pub subnets: Vec<Subnet>,
}
