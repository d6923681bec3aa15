//! What tags and groups of applications mean at a place.

use super::set::is_unread;
use super::sites::{Site, Sites};
use super::tags::is_service_tag;
use azflow_core::model::{
    Address, Endpoint, Lookup, Network, Nic, NicAddress, Protocol, SecurityRule, ServiceTag, VirtualNetwork,
};
use hashbrown::HashMap;

/// Whence the load balancer probes: 168.63.129.16.
pub const LOAD_BALANCER: Address = Address::from_v4(0xa83f_8110);
/// Where a machine asks for its metadata: 169.254.169.254.
const METADATA: Address = Address::from_v4(0xa9fe_a9fe);
/// Whence the load balancer probes over IPv6: `fe80::1234:5678:9abc`.
const PROBES: Address = Address::from_bits(0xfe80 << 112 | 0x1234_5678_9abc);
/// Where Windows asks for its licence (`azkms.core.windows.net`, `kms.core.windows.net`).
const LICENSING: [Address; 3] =
    [Address::from_v4(0x1476_63e0), Address::from_v4(0x2853_eb35), Address::from_v4(0x1766_87f6)];

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

    fn not(self) -> Self {
        match self {
            Self::Yes => Self::No,
            Self::No => Self::Yes,
            unknown => unknown,
        }
    }
}

impl From<bool> for Answer {
    fn from(is: bool) -> Self {
        if is { Self::Yes } else { Self::No }
    }
}

/// What is taken for granted of an address's membership of the virtual network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Membership {
    /// Nothing beyond what is on file.
    OnFile,
    /// This, where nothing on file tells.
    IfOpen(bool),
    /// It is one: a log names the default rule for members.
    Logged,
}

/// A service of the platform that passes outside the rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlatformService {
    /// Addresses for machines. No tag names it.
    Dhcp,
    /// What the machine's agent asks for: "isn't subject to the configured network security groups" by Microsoft's page of
    /// 168.63.129.16. No tag names it.
    Agent,
    /// Names.
    Dns,
    /// A machine's metadata.
    Metadata,
    /// Licences of Windows.
    Licensing,
}

impl PlatformService {
    /// The service that a flow is of.
    pub fn of(dst: Address, protocol: Protocol, port: Option<u16>) -> Option<Self> {
        match port {
            Some(53) if dst == LOAD_BALANCER => Some(Self::Dns),
            Some(67) if dst == LOAD_BALANCER && protocol == Protocol::UDP => Some(Self::Dhcp),
            Some(80 | 32526) if dst == LOAD_BALANCER && protocol == Protocol::TCP => Some(Self::Agent),
            Some(80) if dst == METADATA && protocol == Protocol::TCP => Some(Self::Metadata),
            Some(1688) if LICENSING.contains(&dst) && protocol == Protocol::TCP => Some(Self::Licensing),
            _ => None,
        }
    }

    /// The tag that a rule must name to decide it; with any other end a rule does not.
    pub fn tag(self) -> Option<&'static str> {
        match self {
            Self::Dhcp | Self::Agent => None,
            Self::Dns => Some("AzurePlatformDNS"),
            Self::Metadata => Some("AzurePlatformIMDS"),
            Self::Licensing => Some("AzurePlatformLKM"),
        }
    }

    /// Whether a rule names the tag as its destination, or may: a destination that was not understood could be that, and
    /// a rule that is not on file could name it.
    pub fn may_be_named(self, rule: &SecurityRule) -> bool {
        let Some(tag) = self.tag() else { return false };
        is_unread(rule)
            || rule.destinations.iter().any(|end| match end {
                Endpoint::Tag(name) => name.eq_ignore_ascii_case(tag),
                Endpoint::Unknown(_) => true,
                _ => false,
            })
    }

    /// The addresses of a tag of this kind, which no service tag file need tell.
    fn addresses(tag: &str) -> Option<&'static [Address]> {
        let is = |service: Self| service.tag().is_some_and(|own| own.eq_ignore_ascii_case(tag));
        if is(Self::Dns) {
            Some(&[LOAD_BALANCER])
        } else if is(Self::Metadata) {
            Some(&[METADATA])
        } else if is(Self::Licensing) {
            Some(&LICENSING)
        } else {
            None
        }
    }
}

/// Whether an address may be one of a platform service that passes outside the rules.
pub fn may_be_service(address: Address) -> bool {
    address == LOAD_BALANCER || address == METADATA || LICENSING.contains(&address)
}

/// Whether an endpoint has an address, where the address alone tells: nearly always.
pub(super) fn by_address(end: &Endpoint, address: Address) -> Option<bool> {
    match end {
        Endpoint::Any => Some(true),
        Endpoint::Prefix(prefix) => Some(prefix.contains(address)),
        Endpoint::Range(first, last) => {
            Some(first.v4().is_some() == address.v4().is_some() && (*first..=*last).contains(&address))
        }
        Endpoint::Tag(_) | Endpoint::Asg(_) | Endpoint::Unknown(_) => None,
    }
}

/// What evaluating needs to know besides the rules.
#[derive(Debug, Default)]
pub struct World {
    sites: Sites,
    tags: HashMap<String, Lookup<()>>,
}

impl World {
    /// Out of a network's description.
    pub fn new(network: &Network) -> Self {
        let tag = |tag: &ServiceTag| {
            (tag.name.to_ascii_lowercase(), Lookup::new(tag.prefixes.iter().map(|p| (*p, ())).collect()))
        };
        Self { sites: Sites::new(network), tags: network.tags.iter().map(tag).collect() }
    }

    /// What is known of addresses at a place that no file has: tags and members of application security groups. Whether
    /// an address is of the virtual network is open there, if any network is on file.
    pub fn of_no_place(network: &Network) -> Self {
        let nic = |nic: &Nic| {
            let addresses = nic.addresses.iter().map(|a| NicAddress { subnet: None, ..a.clone() }).collect();
            Nic { nsg: None, private_endpoint: None, addresses, ..nic.clone() }
        };
        Self::new(&Network {
            networks: network.networks.iter().take(1).map(|_| VirtualNetwork::default()).collect(),
            nics: network.nics.iter().map(nic).collect(),
            tags: network.tags.clone(),
            ..Network::default()
        })
    }

    /// Where addresses may be.
    pub fn sites(&self) -> &Sites {
        &self.sites
    }

    /// Tells that an address was logged as the near end at the NIC of a MAC address.
    pub fn logged(&mut self, address: Address, mac: &str) {
        self.sites.logged(address, mac);
    }

    /// Addresses at which answers may change: of networks, of what is public, and of these tags.
    pub fn cuts<'a>(&self, tags: impl Iterator<Item = &'a str>) -> Vec<u128> {
        let mut out = Vec::new();
        self.sites.cuts(&mut out);
        // What the platform's own addresses may do differs from their neighbours.
        for address in [LOAD_BALANCER, PROBES, METADATA].iter().chain(&LICENSING) {
            out.extend([address.bits(), address.bits() + 1]);
        }
        tags.for_each(|tag| self.tag_cuts(tag, &mut out));
        out
    }

    /// Addresses at which the answer of a tag may change that neither networks nor what is public tells.
    pub(super) fn tag_cuts(&self, tag: &str, out: &mut Vec<u128>) {
        out.extend(self.tags.get(&tag.to_ascii_lowercase()).map(Lookup::starts).unwrap_or_default());
        for address in PlatformService::addresses(tag).into_iter().flatten() {
            out.extend([address.bits(), address.bits() + 1]);
        }
    }

    /// Whether an address, at a place where it may be, is one that an endpoint of a rule means, as seen from a place with
    /// this view of the virtual network.
    pub fn matches(
        &self,
        end: &Endpoint,
        (address, site): (Address, Site),
        view: Option<u32>,
        membership: Membership,
    ) -> Answer {
        match end {
            Endpoint::Any | Endpoint::Prefix(_) | Endpoint::Range(..) => {
                (by_address(end, address) == Some(true)).into()
            }
            Endpoint::Unknown(text) => Answer::Unknown(format!("not a literal value: {text}")),
            Endpoint::Asg(group) => match site.nic.and_then(|nic| self.sites.asgs(address, nic)) {
                Some(groups) => groups.contains(group).into(),
                // The Internet's and the platform's own, where no network uses them.
                None if (address.is_public() || address.is_platform()) && site.is_nowhere() => Answer::No,
                None => {
                    Answer::Unknown(format!("no NIC on file tells whether {address} is in {}", group.name()))
                }
            },
            Endpoint::Tag(tag) => self.in_tag(tag, address, view, membership),
        }
    }

    /// The same as seen from an address, wherever that may be.
    pub fn matches_from(&self, end: &Endpoint, address: Address, here: Address) -> Answer {
        let of = |site: Site, at: Site| self.matches(end, (address, site), at.view, Membership::OnFile);
        let all = self.sites.of(here).into_iter();
        let mut answers = all.flat_map(|at| self.sites.of(address).into_iter().map(move |site| of(site, at)));
        let first = answers.next().unwrap_or(Answer::No);
        match answers.find(|answer| *answer != first) {
            None => first,
            Some(Answer::Unknown(why)) => Answer::Unknown(why),
            Some(_) => Answer::Unknown(format!("{address} or {here} may be in several networks")),
        }
    }

    /// Whether the tag `Internet` has an address for certain, as seen from another: public space may be a virtual
    /// network's own.
    pub fn is_internet(&self, address: Address, here: Address) -> bool {
        let end = Endpoint::Tag("Internet".to_owned());
        self.matches_from(&end, address, here) == Answer::Yes
    }

    /// Whether it may.
    pub fn may_be_internet(&self, address: Address, here: Address) -> bool {
        let end = Endpoint::Tag("Internet".to_owned());
        self.matches_from(&end, address, here) != Answer::No
    }

    fn in_tag(&self, tag: &str, address: Address, view: Option<u32>, membership: Membership) -> Answer {
        let is = |name: &str| tag.eq_ignore_ascii_case(name);
        let member = || match (self.in_virtual_network(address, view), membership) {
            (_, Membership::Logged) => Answer::Yes,
            (Answer::Unknown(_), Membership::IfOpen(assumed)) => assumed.into(),
            (answer, _) => answer,
        };
        if is("VirtualNetwork") {
            return member();
        }
        if is("AzureLoadBalancer") {
            return matches!(address, LOAD_BALANCER | PROBES).into();
        }
        if is("Internet") {
            return if address.is_public() { member().not() } else { Answer::No };
        }
        if let Some(prefixes) = self.tags.get(&tag.to_ascii_lowercase()) {
            return prefixes.get(address).is_some().into();
        }
        match PlatformService::addresses(tag) {
            Some(addresses) => addresses.contains(&address).into(),
            None if !address.is_public() && is_service_tag(tag) => Answer::No,
            None if !is_service_tag(tag) => Answer::Unknown(format!("{tag} is no tag that is known here")),
            None => Answer::Unknown(format!("no service tag file tells whether {address} is in {tag}")),
        }
    }

    /// SEMANTICS: the network's own space, that of working peerings, and the prefixes of routes. Without any network on
    /// file, private addresses are taken to be one virtual network.
    fn in_virtual_network(&self, address: Address, view: Option<u32>) -> Answer {
        if address.is_platform() {
            return (address != METADATA).into();
        }
        match self.sites.view(view) {
            Some(view) => view.holds(address),
            None if !self.sites.has_networks() => (!address.is_public()).into(),
            None if address.is_public() => Answer::No,
            None => Answer::Unknown(format!(
                "no network on file tells whether {address} is of the virtual network"
            )),
        }
    }

    /// Whether a service passes outside the rules at a place, but for rules that name its tag. The platform's rule for
    /// licences is off where everything is routed elsewhere.
    pub fn passes_outside(&self, service: PlatformService, view: Option<u32>) -> Answer {
        if service != PlatformService::Licensing {
            return Answer::Yes;
        }
        match self.sites.view(view) {
            None => Answer::Yes,
            Some(view) => view.takes_all().not(),
        }
    }
}
