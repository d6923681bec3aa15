//! Which groups apply to an address, and what tags mean there.

use azflow_core::model::{
    Address, Decision, Direction, Endpoint, Lookup, Network, Nsg, PortRange, Prefix, ResourceId, SecurityRule,
};
use hashbrown::HashMap;

/// Whence the load balancer probes: 168.63.129.16.
pub const LOAD_BALANCER: Address = Address::from_v4(0xa83f_8110);

/// Whether an address is one of Azure's own, whose traffic no rule decides.
pub fn is_platform(address: Address) -> bool {
    address.is_platform()
}

/// The default rules of every group.
pub fn default_rules() -> Vec<SecurityRule> {
    let rule = |name: &str, priority, direction, access, source: &str, destination: &str| {
        let end = |text: &str| if text == "*" { Endpoint::Any } else { Endpoint::Tag(text.to_owned()) };
        SecurityRule {
            name: name.to_owned(),
            description: String::new(),
            priority,
            direction,
            access,
            protocol: None,
            sources: vec![end(source)],
            source_ports: vec![PortRange::ALL],
            destinations: vec![end(destination)],
            destination_ports: vec![PortRange::ALL],
        }
    };
    use Decision::{Allowed, Denied};
    use Direction::{Inbound, Outbound};
    vec![
        rule("AllowVnetInBound", 65_000, Inbound, Allowed, "VirtualNetwork", "VirtualNetwork"),
        rule("AllowAzureLoadBalancerInBound", 65_001, Inbound, Allowed, "AzureLoadBalancer", "*"),
        rule("DenyAllInBound", 65_500, Inbound, Denied, "*", "*"),
        rule("AllowVnetOutBound", 65_000, Outbound, Allowed, "VirtualNetwork", "VirtualNetwork"),
        rule("AllowInternetOutBound", 65_001, Outbound, Allowed, "*", "Internet"),
        rule("DenyAllOutBound", 65_500, Outbound, Denied, "*", "*"),
    ]
}

/// A group and where it applies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// The group.
    pub nsg: Nsg,
    /// The subnets that it applies to.
    pub prefixes: Vec<Prefix>,
    /// The addresses of NICs that it applies to.
    pub nics: Vec<Address>,
}

impl Applied {
    /// Its rules of one direction in the order of evaluation, defaults last.
    pub fn ordered(&self, direction: Direction) -> Vec<SecurityRule> {
        let brings = self.nsg.default_rules.iter().any(|r| r.direction == direction);
        let defaults = if brings { self.nsg.default_rules.clone() } else { default_rules() };
        let mut rules: Vec<SecurityRule> = self.nsg.rules.iter().cloned().chain(defaults).collect();
        rules.retain(|rule| rule.direction == direction);
        rules.sort_by_key(|rule| rule.priority);
        rules
    }
}

/// Groups with their places.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct RuleSet {
    /// The groups.
    pub groups: Vec<Applied>,
}

impl RuleSet {
    /// The groups of a network's description, where it says that they apply.
    pub fn of(network: &Network) -> Self {
        let group = |nsg: &Nsg| {
            let at_subnet =
                |id: &ResourceId, own: Option<&ResourceId>| own == Some(&nsg.id) || nsg.subnets.contains(id);
            let mut prefixes: Vec<Prefix> = network
                .networks
                .iter()
                .flat_map(|one| &one.subnets)
                .filter(|subnet| at_subnet(&subnet.id, subnet.nsg.as_ref()))
                .flat_map(|subnet| subnet.prefixes.clone())
                .collect();
            prefixes.sort_unstable();
            let at_nic = |nic: &&azflow_core::model::Nic| {
                nic.nsg.as_ref() == Some(&nsg.id) || nsg.nics.contains(&nic.id)
            };
            let mut nics: Vec<Address> = network
                .nics
                .iter()
                .filter(at_nic)
                .flat_map(|nic| nic.addresses.iter().map(|a| a.address))
                .collect();
            nics.sort_unstable();
            Applied { nsg: nsg.clone(), prefixes, nics }
        };
        Self { groups: network.nsgs.iter().map(group).collect() }
    }

    /// This set over another one: where both have a group at a subnet or NIC, this one's applies.
    #[must_use]
    pub fn over(mut self, below: &Self) -> Self {
        let (prefixes, nics): (Vec<Prefix>, Vec<Address>) = (
            self.groups.iter().flat_map(|g| g.prefixes.clone()).collect(),
            self.groups.iter().flat_map(|g| g.nics.clone()).collect(),
        );
        for group in &below.groups {
            let mut group = group.clone();
            group.prefixes.retain(|p| !prefixes.contains(p));
            group.nics.retain(|n| !nics.contains(n));
            if !group.prefixes.is_empty() || !group.nics.is_empty() {
                self.groups.push(group);
            }
        }
        self
    }
}

/// Yes, no, or not to be told and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Yes.
    Yes,
    /// No.
    No,
    /// Not to be told, and why.
    Unknown(String),
}

impl Answer {
    /// Yes if any is yes; else unknown if any is.
    pub fn any(answers: impl Iterator<Item = Self>) -> Self {
        let mut unknown = Self::No;
        for answer in answers {
            match answer {
                Self::Yes => return Self::Yes,
                Self::Unknown(why) if unknown == Self::No => unknown = Self::Unknown(why),
                _ => {}
            }
        }
        unknown
    }
}

/// Whether an endpoint has an address, where the address alone tells: nearly always.
pub(super) fn by_address(end: &Endpoint, address: Address) -> Option<bool> {
    match end {
        Endpoint::Any => Some(true),
        Endpoint::Prefix(prefix) => Some(prefix.contains(address)),
        Endpoint::Range(first, last) => Some((*first..=*last).contains(&address)),
        Endpoint::Tag(_) | Endpoint::Asg(_) | Endpoint::Unknown(_) => None,
    }
}

/// What evaluating needs to know besides the rules.
#[derive(Debug, Default)]
pub struct World {
    /// By network: its own address space and that of networks peered with it.
    spaces: Vec<Lookup<()>>,
    /// Which network an address is in.
    network_of: Lookup<u32>,
    has_networks: bool,
    tags: HashMap<String, Lookup<()>>,
    asgs: HashMap<u128, Vec<ResourceId>>,
}

impl World {
    /// Out of a network's description.
    pub fn new(network: &Network) -> Self {
        let mut owners = Vec::new();
        let own = |one: &azflow_core::model::VirtualNetwork| -> Vec<Prefix> {
            if one.prefixes.is_empty() {
                one.subnets.iter().flat_map(|s| s.prefixes.clone()).collect()
            } else {
                one.prefixes.clone()
            }
        };
        let mut spaces = Vec::new();
        for (index, one) in network.networks.iter().enumerate() {
            let mut space: Vec<Prefix> = own(one);
            owners.extend(space.iter().map(|prefix| (*prefix, index as u32)));
            for peering in one.peerings.iter().filter(|p| p.carries_traffic()) {
                let remote = network.networks.iter().find(|n| n.id == peering.remote);
                space.extend(remote.map(own).unwrap_or_default());
                space.extend(&peering.remote_prefixes);
            }
            spaces.push(Lookup::new(space.into_iter().map(|prefix| (prefix, ())).collect()));
        }
        let tag = |tag: &azflow_core::model::ServiceTag| {
            (tag.name.to_ascii_lowercase(), Lookup::new(tag.prefixes.iter().map(|p| (*p, ())).collect()))
        };
        let mut asgs: HashMap<u128, Vec<ResourceId>> = HashMap::new();
        for address in network.nics.iter().flat_map(|nic| &nic.addresses) {
            asgs.entry(address.address.bits()).or_default().extend(address.asgs.clone());
        }
        Self {
            spaces,
            network_of: Lookup::new(owners),
            has_networks: !network.networks.is_empty(),
            tags: network.tags.iter().map(tag).collect(),
            asgs,
        }
    }

    /// The virtual network that an address is in, by number; `None` where none on file has it.
    pub fn network_of(&self, address: Address) -> Option<u32> {
        self.network_of.get(address)
    }

    /// Whether a NIC on file tells which application security groups an address is in.
    pub fn knows_groups_of(&self, address: Address) -> bool {
        self.asgs.contains_key(&address.bits())
    }

    /// Addresses at which answers may change: of networks, of what is public, and of these tags.
    pub fn cuts<'a>(&self, tags: impl Iterator<Item = &'a str>) -> Vec<u128> {
        let mut out: Vec<u128> = self.network_of.starts().to_vec();
        self.spaces.iter().for_each(|space| out.extend(space.starts()));
        for tag in tags {
            out.extend(self.tags.get(&tag.to_ascii_lowercase()).map(Lookup::starts).unwrap_or_default());
        }
        out
    }

    /// Whether an address is one that an endpoint of a rule means, as seen from the NIC at `here`.
    /// `assumed` answers for membership of the virtual network where nothing on file does.
    pub fn matches(&self, end: &Endpoint, address: Address, here: Address, assumed: Option<bool>) -> Answer {
        let yes = |is: bool| if is { Answer::Yes } else { Answer::No };
        match end {
            Endpoint::Any | Endpoint::Prefix(_) | Endpoint::Range(..) => {
                yes(by_address(end, address) == Some(true))
            }
            Endpoint::Unknown(text) => Answer::Unknown(format!("not a literal value: {text}")),
            Endpoint::Asg(group) => match self.asgs.get(&address.bits()) {
                Some(groups) => yes(groups.contains(group)),
                None => {
                    Answer::Unknown(format!("no NIC on file tells whether {address} is in {}", group.name()))
                }
            },
            Endpoint::Tag(tag) => self.in_tag(tag, address, here, assumed),
        }
    }

    /// Whether the tag `Internet` has an address, as seen from the NIC at `here`: public space may be a virtual
    /// network's own.
    pub fn is_internet(&self, address: Address, here: Address) -> bool {
        address.is_public() && self.in_virtual_network(address, here) != Answer::Yes
    }

    fn in_tag(&self, tag: &str, address: Address, here: Address, assumed: Option<bool>) -> Answer {
        let yes = |is: bool| if is { Answer::Yes } else { Answer::No };
        let is = |name: &str| tag.eq_ignore_ascii_case(name);
        if is("VirtualNetwork") {
            return match (self.in_virtual_network(address, here), assumed) {
                (Answer::Unknown(_), Some(assumed)) => yes(assumed),
                (answer, _) => answer,
            };
        }
        if is("AzureLoadBalancer") {
            return yes(address == LOAD_BALANCER);
        }
        if is("Internet") {
            return yes(self.is_internet(address, here));
        }
        match self.tags.get(&tag.to_ascii_lowercase()) {
            Some(prefixes) => yes(prefixes.get(address).is_some()),
            None if !address.is_public() => Answer::No,
            None => Answer::Unknown(format!("no service tag file tells whether {address} is in {tag}")),
        }
    }

    /// SEMANTICS: the network's own space and that of working peerings. Without any network on file,
    /// private addresses are taken to be one virtual network.
    fn in_virtual_network(&self, address: Address, here: Address) -> Answer {
        if is_platform(address) {
            return Answer::Yes;
        }
        if !self.has_networks {
            return if address.is_public() { Answer::No } else { Answer::Yes };
        }
        match self.network_of.get(here).and_then(|index| self.spaces.get(index as usize)) {
            Some(space) if space.get(address).is_some() => Answer::Yes,
            _ if address.is_public() => Answer::No,
            Some(_) => Answer::Unknown(format!(
                "{address} is in no network on file: it may be on premises, or behind a gateway or route"
            )),
            None => Answer::Unknown(format!("the network of {here} is not on file")),
        }
    }
}
