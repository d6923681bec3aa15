//! Rules that keep services working: what a draft keeps in a group, or adds to it.
//!
//! A safety rule is the skeleton of a rule. Its name and number are for whoever writes the group. Whether rules in force
//! serve it already is asked of [`SafetyRule::standing`].

use super::recognise::{Recognised, base};
use super::table::{End, Need, Page, Regions, Service, Severity, needs, refusal};
use crate::rules::tags::is_service_tag;
use azflow_core::model::SortSmall;
use azflow_core::model::{
    Decision, Direction, Endpoint, PortRange, Prefix, Protocol, SecurityRule, ServiceTag,
};

/// Where a service is.
#[derive(Debug, Clone, Copy, Default)]
pub struct Here<'a> {
    /// The prefixes of its subnet.
    pub prefixes: &'a [Prefix],
    /// The region of its network.
    pub region: Option<&'a str>,
    /// Service tags on file, which tell how the tag of a region is spelled.
    pub tags: &'a [ServiceTag],
}

/// A rule that a service needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SafetyRule {
    /// The service.
    pub service: Service,
    /// Which way connections are begun.
    pub direction: Direction,
    /// Where they come from; any one of these.
    pub sources: Vec<Endpoint>,
    /// Where they go to; any one of these.
    pub destinations: Vec<Endpoint>,
    /// The protocol; `None` is any.
    pub protocol: Option<Protocol>,
    /// Destination ports; any one of these.
    pub ports: Vec<PortRange>,
    /// What becomes of the service without it.
    pub severity: Severity,
    /// Where alone it is needed, which no file tells: `external mode`. `None` for everywhere. One with a condition is not
    /// to be added unasked; what serves it in force stays.
    pub only_where: Option<&'static str>,
    /// Whether the service is there perhaps only.
    pub perhaps: bool,
    /// Whether the far end is whoever uses the service, for which `VirtualNetwork` or `Internet` stands. Narrower sources,
    /// seen or chosen, serve as well.
    pub is_for_clients: bool,
    /// The pages that say so, the one with the ports first.
    pub pages: Vec<Page>,
    /// The reason, as a sentence with its page.
    pub why: String,
    regions: Regions,
    /// Whether the subnet has IPv4 alone, so that `0.0.0.0/0` is all there is.
    is_v4: bool,
}

/// The services at a subnet, and the rules that they need inbound and outbound.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct AtSubnet {
    /// The services.
    pub recognised: Vec<Recognised>,
    /// Their rules.
    pub rules: [Vec<SafetyRule>; 2],
}

impl AtSubnet {
    /// Of services that were recognised.
    pub fn of(recognised: Vec<Recognised>, here: &Here<'_>) -> Self {
        let rules = [Direction::Inbound, Direction::Outbound]
            .map(|direction| safety_rules(&recognised, here, direction));
        Self { recognised, rules }
    }

    /// The rules of a direction.
    pub fn rules(&self, direction: Direction) -> &[SafetyRule] {
        &self.rules[usize::from(direction == Direction::Outbound)]
    }
}

/// How a need stands under the rules of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// Rules allow all of it: their names, in order.
    Served(Vec<String>),
    /// A rule denies some of it.
    Cut(String),
    /// A rule decides about some of it, and how can't be told.
    Open(String),
    /// No rule decides about some of it.
    Missing,
}

/// The rules that services need in one direction: the worst to lack first, then in the order of the table. Where the
/// subnet's prefixes are not known, those that name it are left out.
pub fn safety_rules(recognised: &[Recognised], here: &Here<'_>, direction: Direction) -> Vec<SafetyRule> {
    let mut out: Vec<SafetyRule> = Vec::new();
    for one in recognised {
        for need in needs().iter().filter(|need| need.service == one.service && need.direction == direction) {
            out.extend(SafetyRule::of(need, one, here));
        }
    }
    out.sort_small_by_key(|rule| (rule.severity, rule.service));
    out
}

impl SafetyRule {
    fn of(need: &Need, one: &Recognised, here: &Here<'_>) -> Option<Self> {
        let (sources, destinations) = (ends(&need.source, here)?, ends(&need.destination, here)?);
        let far = match need.direction {
            Direction::Inbound => &need.source,
            Direction::Outbound => &need.destination,
        };
        let regions = if let End::Tag(_, regions) = far { *regions } else { Regions::AsWritten };
        Some(Self {
            service: need.service,
            direction: need.direction,
            sources,
            destinations,
            protocol: need.protocol,
            ports: need.ports.clone(),
            severity: need.severity,
            only_where: (!need.only_where.is_empty()).then_some(need.only_where),
            perhaps: one.perhaps,
            is_for_clients: matches!(far, End::Clients | End::Users),
            pages: need.pages.clone(),
            why: why(need, one),
            regions,
            is_v4: here.prefixes.iter().all(|prefix| prefix.first().v4().is_some()),
        })
    }

    /// The rule, once it has a name and a number.
    pub fn rule(&self, name: String, priority: u16) -> SecurityRule {
        SecurityRule {
            name,
            description: self.why.clone(),
            priority,
            direction: self.direction,
            access: Decision::Allowed,
            protocol: self.protocol,
            sources: self.sources.clone(),
            source_ports: vec![PortRange::ALL],
            destinations: self.destinations.clone(),
            destination_ports: self.ports.clone(),
            doubt: None,
        }
    }

    /// The far end in a word, for names: `GatewayManager`, `subnet`, `any`.
    pub fn far(&self) -> &str {
        let far = match self.direction {
            Direction::Inbound => &self.sources,
            Direction::Outbound => &self.destinations,
        };
        match far.first() {
            Some(Endpoint::Tag(tag)) => tag,
            Some(Endpoint::Any) | None => "any",
            Some(_) if far == self.near() => "subnet",
            Some(_) => "addresses",
        }
    }

    fn near(&self) -> &[Endpoint] {
        match self.direction {
            Direction::Inbound => &self.destinations,
            Direction::Outbound => &self.sources,
        }
    }

    /// Whether it lets in anybody from the Internet.
    pub fn opens_to_internet(&self) -> bool {
        let is_open = |end: &Endpoint| match end {
            Endpoint::Any => true,
            end => end.is_tag("Internet"),
        };
        self.direction == Direction::Inbound && self.sources.iter().any(is_open)
    }

    /// Whether a rule in force allows some of it to just whom it is for: one that a draft keeps for the service's sake.
    pub fn is_served_in_part_by(&self, rule: &SecurityRule) -> bool {
        rule.direction == self.direction
            && rule.access == Decision::Allowed
            && rule.doubt.is_none()
            && (rule.protocol.is_none() || self.protocol.is_none() || rule.protocol == self.protocol)
            && self.ports.iter().any(|range| rule.destination_ports.iter().any(|own| meets(*own, *range)))
            && self.far_ends().iter().any(|end| rule.far().iter().any(|own| self.same(own, end)))
    }

    fn far_ends(&self) -> &[Endpoint] {
        match self.direction {
            Direction::Inbound => &self.sources,
            Direction::Outbound => &self.destinations,
        }
    }

    /// How it stands under rules of its direction, in the order in which they are asked. Default rules count where they
    /// are among them.
    pub fn standing(&self, rules: &[SecurityRule]) -> Standing {
        let mut names: Vec<String> = Vec::new();
        for source in &self.sources {
            for destination in &self.destinations {
                for ports in &self.ports {
                    match self.piece(rules, (source, destination), *ports) {
                        Ok(name) if names.contains(name) => {}
                        Ok(name) => names.push(name.clone()),
                        Err(standing) => return standing,
                    }
                }
            }
        }
        Standing::Served(names)
    }

    fn piece<'r>(
        &self,
        rules: &'r [SecurityRule],
        (source, destination): (&Endpoint, &Endpoint),
        ports: PortRange,
    ) -> Result<&'r String, Standing> {
        let (far, near) = match self.direction {
            Direction::Inbound => (source, destination),
            Direction::Outbound => (destination, source),
        };
        for rule in rules.iter().filter(|rule| rule.direction == self.direction) {
            let has_port = |own: &PortRange| own.holds(ports);
            let is_protocol = rule.protocol.is_none() || rule.protocol == self.protocol;
            if !(is_protocol || self.protocol.is_none())
                || !rule.destination_ports.iter().any(|own| meets(*own, ports))
            {
                continue;
            }
            let covers_far = self.covers(rule.far(), far);
            let covers = is_protocol
                && rule.source_ports.contains(&PortRange::ALL)
                && rule.destination_ports.iter().any(has_port)
                && self.covers(rule.near(), near);
            let touches = touch(rule.far(), far).and(touch(rule.near(), near));
            match rule.access {
                _ if touches == Touch::No => {}
                _ if rule.doubt.is_some() => return Err(Standing::Open(rule.name.clone())),
                Decision::Allowed if covers && (covers_far || self.is_for_clients) => return Ok(&rule.name),
                // What it allows is a part; the rest is for the rules below.
                Decision::Allowed => {}
                // Which clients are denied is for whoever wrote that.
                Decision::Denied if self.is_for_clients && !covers_far => {}
                Decision::Denied if touches == Touch::Open => return Err(Standing::Open(rule.name.clone())),
                Decision::Denied => return Err(Standing::Cut(rule.name.clone())),
            }
        }
        Err(Standing::Missing)
    }

    fn covers(&self, ends: &[Endpoint], wanted: &Endpoint) -> bool {
        ends.iter().any(|end| *end == Endpoint::Any || self.is_v4 && is_all_v4(end) || self.same(end, wanted))
    }

    /// Whether an end holds another for certain. A tag holds its regions; where regions serve as well they do.
    fn same(&self, end: &Endpoint, wanted: &Endpoint) -> bool {
        match (end, wanted) {
            (Endpoint::Prefix(own), Endpoint::Prefix(wanted)) => own.holds(*wanted),
            (Endpoint::Tag(own), Endpoint::Tag(wanted)) => {
                let of_region =
                    self.regions != Regions::AsWritten && base(own).eq_ignore_ascii_case(base(wanted));
                own.eq_ignore_ascii_case(wanted) || own.eq_ignore_ascii_case(base(wanted)) || of_region
            }
            _ => end == wanted,
        }
    }
}

fn is_all_v4(end: &Endpoint) -> bool {
    matches!(end, Endpoint::Prefix(all) if all.length() == 0 && all.first().v4().is_some())
}

fn meets(a: PortRange, b: PortRange) -> bool {
    a.first <= b.last && b.first <= a.last
}

/// Whether two ends share addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Touch {
    No,
    Open,
    Yes,
}

impl Touch {
    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::No, _) | (_, Self::No) => Self::No,
            (Self::Yes, Self::Yes) => Self::Yes,
            _ => Self::Open,
        }
    }
}

fn touch(ends: &[Endpoint], wanted: &Endpoint) -> Touch {
    let mut out = Touch::No;
    for end in ends {
        match (end, wanted) {
            (Endpoint::Any, _) | (_, Endpoint::Any) => return Touch::Yes,
            _ if is_all_v4(end) => return Touch::Yes,
            (Endpoint::Prefix(own), Endpoint::Tag(tag)) | (Endpoint::Tag(tag), Endpoint::Prefix(own))
                if is_outside(tag) && !own.first().is_public() && !own.last().is_public() => {}
            (Endpoint::Prefix(own), Endpoint::Prefix(wanted)) => {
                if own.overlaps(*wanted) {
                    return Touch::Yes;
                }
            }
            (Endpoint::Tag(own), Endpoint::Tag(wanted)) => match tags_touch(own, wanted) {
                Touch::Yes => return Touch::Yes,
                Touch::Open => out = Touch::Open,
                Touch::No => {}
            },
            _ => out = Touch::Open,
        }
    }
    out
}

/// Whether a tag has public addresses alone.
fn is_outside(tag: &str) -> bool {
    tag.eq_ignore_ascii_case("Internet") || is_service_tag(tag)
}

fn tags_touch(own: &str, wanted: &str) -> Touch {
    let is = |tag: &str, name: &str| tag.eq_ignore_ascii_case(name);
    let either = |a: &str, b: &str| (is(own, a) && is(wanted, b)) || (is(own, b) && is(wanted, a));
    if base(own).eq_ignore_ascii_case(base(wanted)) || either("VirtualNetwork", "AzureLoadBalancer") {
        Touch::Yes
    } else if either("Internet", "VirtualNetwork") || either("Internet", "AzureLoadBalancer") {
        Touch::No
    } else if is(own, "Internet") {
        // Services have public addresses.
        Touch::Yes
    } else {
        Touch::Open
    }
}

/// An end as rules name it; `None` where the subnet's prefixes are not known.
fn ends(end: &End, here: &Here<'_>) -> Option<Vec<Endpoint>> {
    let prefixes = |list: &[Prefix]| list.iter().copied().map(Endpoint::Prefix).collect();
    Some(match end {
        End::Any => vec![Endpoint::Any],
        End::Subnet if here.prefixes.is_empty() => return None,
        End::Subnet => prefixes(here.prefixes),
        End::Clients => vec![Endpoint::Tag("VirtualNetwork".to_owned())],
        End::Users => vec![Endpoint::Tag("Internet".to_owned())],
        End::Tag(tag, Regions::Own) => vec![Endpoint::Tag(regional(tag, here))],
        End::Tag(tag, _) => vec![Endpoint::Tag((*tag).to_owned())],
        End::Addresses(list) => prefixes(list),
    })
}

/// The tag of a region as the service tag file spells it; without one, the tag of all regions, which Azure knows for
/// certain.
fn regional(tag: &str, here: &Here<'_>) -> String {
    let folded = |text: &str| text.replace([' ', '-'], "").to_ascii_lowercase();
    let found = here.region.and_then(|region| {
        let wanted = format!("{}.{}", tag.to_ascii_lowercase(), folded(region));
        here.tags.iter().find(|one| one.name.to_ascii_lowercase() == wanted)
    });
    found.map_or_else(|| tag.to_owned(), |one| one.name.clone())
}

fn why(need: &Need, one: &Recognised) -> String {
    let place = if need.only_where.is_empty() {
        String::new()
    } else {
        format!(", where it has: {}", need.only_where)
    };
    let refused = match refusal(need.service) {
        Some(_) if need.severity == Severity::Refused => "; Azure refuses a group without it",
        _ => "",
    };
    let page = need.pages.first().map_or(String::new(), |page| format!(" ({}, {})", page.address, page.date));
    format!("{}: {}{place}{refused}{page}", one.sentence(), need.purpose)
}
