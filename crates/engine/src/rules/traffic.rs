//! Traffic as rules look at it: every conversation counted once, with who decided it as the logs say.
//!
//! A conversation is small and holds no text: addresses and logged rules are numbers into lists beside it, so
//! that millions can be drafted from and replayed. What a conversation is unfit for is found here, once.

use super::evaluate::{Flow, Members};
use azflow_core::model::{Address, Decision, FlowDirection, LogKind, Protocol, Tally, UnixMillis};
use azflow_core::store::{AT_ONCE, Noise};
use hashbrown::HashMap;

/// Conversations, and the lists that their numbers mean.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Traffic {
    /// Addresses by number: that of a conversation's end, and of an assignment of subnets.
    pub addresses: Vec<Address>,
    /// By source, destination, protocol and port.
    pub conversations: Vec<Observed>,
    /// Deciders as the logs name them, sorted.
    pub logged: Vec<Logged>,
    /// Who decided, conversation by conversation.
    pub hits: Vec<Hit>,
    /// Earliest and latest tuple.
    pub window: Option<(UnixMillis, UnixMillis)>,
    /// Conversations of which anything was allowed.
    pub allowed: u64,
    /// Whether a log is there that would show ICMP; NSG flow logs know TCP and UDP alone.
    pub shows_icmp: bool,
}

/// A conversation that was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Observed {
    /// The initiator, by number.
    pub src: u32,
    /// The other end, by number.
    pub dst: u32,
    /// The protocol.
    pub protocol: Protocol,
    /// The destination port; `None` for protocols without ports, and where it is not on file.
    pub port: Option<u16>,
    /// Flows and traffic, counted once.
    pub tally: Tally,
    /// Whether anything of it was allowed: flows, or traffic of flows that began before the window.
    pub allowed: bool,
    /// No new flow counts: only traffic of earlier ones, or what only a superseded log holds.
    pub begun_earlier: bool,
    /// Whether all logs of it hold denials alone, so that what else was allowed there is not known.
    pub blind: bool,
    /// Whether it is noise.
    pub noise: Noise,
    /// Whether it rides on the default allow alone, as logged: see [`super::DefaultAllows`].
    pub on_default: bool,
    /// Why it seeds no rule by itself.
    pub unfit: Option<Unfit>,
    /// Whether something other than a group let it in, and out.
    pub outside: [bool; 2],
    /// Whether something other than a group refused all of it: no group's rules change that.
    pub refused_outside: bool,
    /// Whether the platform let it pass and no other rule is told.
    pub by_platform: bool,
    /// Whether any decision on it was logged as it came in, and as it went out; both where a log tells no direction.
    pub logged: [bool; 2],
    /// What was logged of the far end's membership of the virtual network: a default rule for members says yes, one that
    /// comes behind it says no.
    pub members: Members,
    /// Earliest tuple.
    pub first: UnixMillis,
    /// Latest tuple.
    pub last: UnixMillis,
    /// Its part of [`Traffic::hits`]: from, to.
    pub hits: (u32, u32),
}

/// Why a conversation seeds no rule unless a reviewer says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Unfit {
    /// One end is Azure's own: such traffic passes outside the rules.
    Platform,
    /// Dropped because of flow encryption: no rule did it.
    Encryption,
    /// Denied.
    Denied,
    /// Let pass by a security admin rule: no group decided.
    Outside,
    /// Noise.
    Noise,
    /// Let pass, and of a source that scans: it may be what a scanner broke into, or what a monitor needs.
    Scanner,
    /// Probably the answering half of a flow whose beginning was not seen.
    SuspectedReply,
}

impl Unfit {
    /// Every reason.
    pub const ALL: [Self; 7] = [
        Self::Platform,
        Self::Encryption,
        Self::Denied,
        Self::Outside,
        Self::Noise,
        Self::Scanner,
        Self::SuspectedReply,
    ];

    /// The word used in documents.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Platform => "platform",
            Self::Encryption => "encryption",
            Self::Denied => "denied",
            Self::Outside => "outside-groups",
            Self::Noise => "noise",
            Self::Scanner => "of-scanner",
            Self::SuspectedReply => "suspected-reply",
        }
    }
}

/// What decided, by the names in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Decider {
    /// A rule of a network security group.
    Rule,
    /// A default rule of one.
    Default,
    /// A security admin rule of Virtual Network Manager.
    Admin,
    /// Azure itself: `PlatformRule`. Which rule that was is not told: between addresses that are not the platform's it
    /// is a balancer's connection made again, or a return path, and the traffic may still come to groups' rules.
    Platform,
    /// Flow encryption: rule and group are `unspecified`.
    Encryption,
    /// The source names none.
    Unnamed,
    /// A firewall on the way, as its own table says: no group, and in no group's place.
    Firewall,
}

impl Decider {
    /// Told by the names. Groups' rules are written `UserRule_…` and `DefaultRule_…` in flow logs, bare by Traffic
    /// Analytics; a VNet flow log's bare name at no group is a security admin rule. Some logs write the class alone,
    /// under a number instead of the group's path: that is a group's rule whose name is not told.
    pub fn of(kind: LogKind, acl: &str, rule: &str) -> Self {
        let (acl, rule) = (acl.to_ascii_lowercase(), rule.to_ascii_lowercase());
        let at_group = acl.contains("/networksecuritygroups/");
        if acl.contains("/azurefirewalls/") {
            Self::Firewall
        } else if rule.starts_with("platformrule") {
            Self::Platform
        } else if rule == "unspecified" {
            Self::Encryption
        } else if rule.is_empty() {
            Self::Unnamed
        } else if acl.contains("/networkmanagers/") || acl.contains("/securityadminconfigurations/") {
            Self::Admin
        } else if is_of_class(&rule, "defaultrule") || is_default_name(&rule) {
            Self::Default
        } else if kind == LogKind::Vnet && !at_group && !is_of_class(&rule, "userrule") {
            Self::Admin
        } else {
            Self::Rule
        }
    }

    /// Whether it is a rule of a group.
    pub fn is_group(self) -> bool {
        matches!(self, Self::Rule | Self::Default | Self::Unnamed)
    }

    /// Whether it decided in groups' place, so that no group's rule changes what became of the traffic.
    pub fn is_outside(self) -> bool {
        matches!(self, Self::Admin | Self::Encryption)
    }
}

/// Whether a name is a class of rules, alone or before a rule's name.
fn is_of_class(lower: &str, class: &str) -> bool {
    lower.strip_prefix(class).is_some_and(|name| name.is_empty() || name.starts_with(['_', '-']))
}

fn is_default_name(lower: &str) -> bool {
    matches!(
        lower,
        "allowvnetinbound"
            | "allowazureloadbalancerinbound"
            | "denyallinbound"
            | "allowvnetoutbound"
            | "allowinternetoutbound"
            | "denyalloutbound"
    )
}

/// A decider and what it decided, as logged.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Logged {
    /// The group or other resource.
    pub acl: String,
    /// The rule's name.
    pub rule: String,
    /// The direction it was applied in.
    pub direction: FlowDirection,
    /// What it decided.
    pub decision: Decision,
    /// What it is.
    pub decider: Decider,
}

impl Logged {
    /// Whether it may have decided on what came in, and on what went out; both where no direction is on file.
    pub fn ways(&self) -> [bool; 2] {
        match self.direction {
            FlowDirection::Inbound => [true, false],
            FlowDirection::Outbound => [false, true],
            FlowDirection::Unknown => [true; 2],
        }
    }

    /// What it says of the far end's membership of the virtual network.
    fn membership(&self) -> Option<bool> {
        if self.decider != Decider::Default {
            return None;
        }
        let name = self.rule.to_ascii_lowercase();
        let name = name.strip_prefix("defaultrule_").unwrap_or(&name);
        match (name, self.decision) {
            ("allowvnetinbound" | "allowvnetoutbound", Decision::Allowed) => Some(true),
            ("allowinternetoutbound", Decision::Allowed) => Some(false),
            ("denyallinbound" | "denyalloutbound", Decision::Denied) => Some(false),
            _ => None,
        }
    }
}

/// What is asked of a decider for every conversation: without its texts it is small.
#[derive(Debug, Clone, Copy)]
struct Known {
    decision: Decision,
    decider: Decider,
    /// Inbound and outbound; both where no direction is on file.
    ways: [bool; 2],
    /// What it says of the far end's membership.
    members: Members,
}

impl Known {
    fn of(by: &Logged) -> Self {
        let is = by.membership().filter(|_| by.direction.known().is_some());
        let ways = by.ways();
        Self { decision: by.decision, decider: by.decider, ways, members: ways.map(|way| is.filter(|_| way)) }
    }
}

/// Whether there are deciders, and all of them are of a kind.
#[derive(Debug, Default)]
struct Only {
    some: bool,
    others: bool,
}

impl Only {
    fn add(&mut self, is_of_kind: bool) {
        self.some = true;
        self.others |= !is_of_kind;
    }

    fn is_all(&self) -> bool {
        self.some && !self.others
    }
}

/// Flows of a conversation that were decided by one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hit {
    /// Number in [`Traffic::logged`].
    pub logged: u32,
    /// New flows or denied attempts; zero where only earlier ones went on.
    pub flows: u64,
}

impl Traffic {
    /// Bytes that it takes.
    pub fn held(&self) -> usize {
        let seen = self.conversations.capacity() * size_of::<Observed>();
        seen + self.hits.capacity() * size_of::<Hit>() + self.addresses.capacity() * size_of::<Address>()
    }

    /// A conversation's initiator.
    pub fn src(&self, seen: &Observed) -> Address {
        self.address(seen.src)
    }

    /// A conversation's other end.
    pub fn dst(&self, seen: &Observed) -> Address {
        self.address(seen.dst)
    }

    fn address(&self, number: u32) -> Address {
        self.addresses.get(number as usize).copied().unwrap_or(Address::from_bits(0))
    }

    /// A conversation as a question to rules.
    pub fn flow(&self, seen: &Observed) -> Flow {
        Flow { src: self.src(seen), dst: self.dst(seen), protocol: seen.protocol, port: seen.port }
    }

    /// A conversation's part of [`Self::hits`].
    pub fn hits_of(&self, seen: &Observed) -> &[Hit] {
        self.hits.get(seen.hits.0 as usize..seen.hits.1 as usize).unwrap_or_default()
    }

    /// Who decided a conversation, as logged, with the flows.
    pub fn decided(&self, seen: &Observed) -> impl Iterator<Item = (&Logged, u64)> {
        self.hits_of(seen).iter().filter_map(|hit| Some((self.logged.get(hit.logged as usize)?, hit.flows)))
    }

    /// The conversation of a flow, where one was seen.
    pub fn find(&self, flow: Flow) -> Option<&Observed> {
        self.conversations.iter().find(|seen| self.flow(seen) == flow)
    }

    /// The conversations of several flows, where they were seen: one pass for all.
    pub fn find_each(&self, flows: &[Flow]) -> Vec<Option<&Observed>> {
        let mut numbers: HashMap<Address, u32> =
            flows.iter().flat_map(|flow| [flow.src, flow.dst]).map(|address| (address, u32::MAX)).collect();
        for (number, address) in (0..).zip(&self.addresses) {
            if let Some(known) = numbers.get_mut(address) {
                *known = number;
            }
        }
        let number = |address| numbers.get(&address).copied().unwrap_or(u32::MAX);
        let wanted: HashMap<_, usize> = flows
            .iter()
            .enumerate()
            .map(|(at, flow)| ((number(flow.src), number(flow.dst), flow.protocol, flow.port), at))
            .collect();
        let mut out = vec![None; flows.len()];
        for seen in &self.conversations {
            let at = wanted.get(&(seen.src, seen.dst, seen.protocol, seen.port));
            if let Some(place) = at.and_then(|at| out.get_mut(*at)) {
                *place = Some(seen);
            }
        }
        out
    }

    /// What was logged of membership for a flow; nothing where it was never seen.
    pub fn members_of(&self, flow: Flow) -> Members {
        self.find(flow).map(|seen| seen.members).unwrap_or_default()
    }

    /// Fills in what follows from who decided and from all conversations together: [`Observed::unfit`],
    /// [`Observed::outside`], [`Observed::refused_outside`], [`Observed::by_platform`], [`Observed::logged`],
    /// [`Observed::members`], how many were allowed, and the window.
    pub fn judge(&mut self) {
        self.allowed = 0;
        let mut scans = vec![false; self.addresses.len()];
        for seen in self.conversations.iter().filter(|seen| seen.noise == Noise::Scan) {
            if let Some(scans) = scans.get_mut(seen.src as usize) {
                *scans = true;
            }
        }
        let known: Vec<Known> = self.logged.iter().map(Known::of).collect();
        let mut all = std::mem::take(&mut self.conversations);
        for some in all.chunks_mut(AT_ONCE) {
            self.judge_some(some, &scans, &known);
        }
        self.conversations = all;
    }

    #[inline(never)]
    fn judge_some(&mut self, some: &mut [Observed], scans: &[bool], known: &[Known]) {
        let scans = |src: u32| scans.get(src as usize).copied().unwrap_or_default();
        for seen in some {
            self.allowed += u64::from(seen.allowed);
            let mut inside = [false; 2];
            let mut outside = [false; 2];
            let mut refused = [false; 2];
            let mut logged = [false; 2];
            let mut members = Members::default();
            let (mut denied, mut allowed) = (Only::default(), Only::default());
            for by in self.hits_of(seen).iter().filter_map(|hit| known.get(hit.logged as usize)) {
                match by.decision {
                    Decision::Denied => {
                        refused[usize::from(by.decider == Decider::Encryption)] = true;
                        denied.add(by.decider.is_outside() || by.decider == Decider::Firewall);
                    }
                    Decision::Allowed => allowed.add(by.decider == Decider::Platform),
                }
                for at in 0..2 {
                    logged[at] |= by.ways[at];
                    if by.decision != Decision::Denied {
                        inside[at] |= by.ways[at] && by.decider.is_group();
                        outside[at] |= by.ways[at] && by.decider.is_outside();
                    }
                    if let Some(is) = by.members[at] {
                        // Routes may change within the logs: what was a member once may be one again.
                        members[at] = Some(is || members[at] == Some(true));
                    }
                }
            }
            (seen.logged, seen.members) = (logged, members);
            seen.refused_outside = !seen.allowed && denied.is_all();
            seen.by_platform = seen.allowed && allowed.is_all();
            seen.outside = [outside[0] && !inside[0], outside[1] && !inside[1]];
            let is_platform = self.src(seen).is_platform() || self.dst(seen).is_platform();
            seen.unfit = if is_platform {
                Some(Unfit::Platform)
            } else if !seen.allowed && refused == [false, true] {
                Some(Unfit::Encryption)
            } else if !seen.allowed {
                Some(Unfit::Denied)
            } else if outside != [false; 2] && inside == [false; 2] {
                Some(Unfit::Outside)
            } else if seen.noise == Noise::Reply {
                Some(Unfit::SuspectedReply)
            } else if seen.noise.is_noise() {
                Some(Unfit::Noise)
            } else {
                scans(seen.src).then_some(Unfit::Scanner)
            };
            let (first, last) = self.window.unwrap_or((seen.first, seen.last));
            self.window = Some((first.min(seen.first), last.max(seen.last)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deciders_are_told_by_their_names() {
        let of = |acl, rule| Decider::of(LogKind::Vnet, acl, rule);
        let nsg = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/networkSecurityGroups/n";
        assert_eq!(of(nsg, "UserRule_web"), Decider::Rule);
        assert_eq!(of("0000-guid", "UserRule_web"), Decider::Rule);
        assert_eq!(of("0000-guid", "DefaultRule_AllowVnetInBound"), Decider::Default);
        assert_eq!(of("0000-guid", "UserRule"), Decider::Rule);
        assert_eq!(of("0000-guid", "UserRule-web"), Decider::Rule);
        assert_eq!(of("0000-guid", "DefaultRule"), Decider::Default);
        assert_eq!(of(nsg, "DefaultRule"), Decider::Default);
        assert_eq!(of("0000-guid", "UserRules"), Decider::Admin);
        assert_eq!(of("0000-guid", "BlockHighRiskTCPPortsFromInternet_1234"), Decider::Admin);
        assert_eq!(of("/x/networkManagers/m", "Internet"), Decider::Admin);
        assert_eq!(of("00000000-0000-0000-0000-000000000000", "PlatformRule"), Decider::Platform);
        assert_eq!(of("unspecified", "unspecified"), Decider::Encryption);
        assert_eq!(Decider::of(LogKind::Analytics, "Unspecified", "platformrule"), Decider::Platform);
        assert_eq!(Decider::of(LogKind::Analytics, nsg, "denyallinbound"), Decider::Default);
        assert_eq!(Decider::of(LogKind::Nsg, "/nsg", "web"), Decider::Rule);
    }
}
