//! What stands along one side of the matrix: lines in order, their sums, and the groups they form.

use super::Totals;
use azflow_engine::session::SubnetInfo;
use azflow_engine::topology::SubnetKind;

/// Neighbouring lines that belong together; a gap stands between two groups.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// The first line.
    pub from: u32,
    /// The line behind the last.
    pub to: u32,
    /// What they have in common: a virtual network, or that they lie outside all of them.
    pub name: Option<String>,
}

/// One side. Positions count from the top or from the left.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct Axis {
    /// By position: the subnet's index in the answer.
    pub lines: Vec<u32>,
    /// By position: sums over the line.
    pub totals: Vec<Totals>,
    /// Groups from the first line to the last; one where nothing is grouped.
    pub groups: Vec<Group>,
    /// Lines that are left out because nothing was seen on them.
    pub hidden: u32,
}

/// What the outside is called beside the names of networks.
const OUTSIDE: &str = "outside";

impl Axis {
    /// How many lines there are.
    pub fn len(&self) -> u32 {
        self.lines.len() as u32
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// The position of a subnet, by its index in the answer.
    pub fn position(&self, subnet: u32) -> Option<u32> {
        self.lines.iter().position(|line| *line == subnet).map(|at| at as u32)
    }

    /// Where groups begin, but for the first: before these positions lies a gap.
    pub fn gaps(&self) -> Vec<u32> {
        self.groups.iter().skip(1).map(|group| group.from).collect()
    }

    /// Whether any group has a name to show.
    pub fn named(&self) -> bool {
        self.groups.iter().any(|group| group.name.is_some())
    }

    /// Groups neighbours of one network, and sets the outside apart.
    pub(super) fn group(&mut self, subnets: &[SubnetInfo]) {
        let key = |line: &u32| {
            let subnet = subnets.get(*line as usize);
            let network = subnet.and_then(|s| s.network.as_deref());
            (network, subnet.is_some_and(|s| network.is_none() && is_outside(s.kind)))
        };
        let mut from = 0;
        for run in self.lines.chunk_by(|a, b| key(a) == key(b)) {
            let to = from + run.len() as u32;
            let (network, outside) = run.first().map(key).unwrap_or_default();
            let name = network.or(outside.then_some(OUTSIDE)).map(str::to_owned);
            self.groups.push(Group { from, to, name });
            from = to;
        }
        // Where every network is one line, brackets would only repeat the names beside them.
        let told = |g: &Group| g.to - g.from > 1 && g.name.as_deref().is_some_and(|name| name != OUTSIDE);
        if !self.groups.iter().any(told) {
            self.groups.iter_mut().for_each(|group| group.name = None);
            let outside = |group: &Group| self.lines.get(group.from as usize).is_some_and(|line| key(line).1);
            let cut = self.groups.iter().find(|group| outside(group)).map(|group| group.from);
            self.groups = Self::whole(self.len(), cut);
        }
    }

    /// One group, or two.
    pub(super) fn whole(len: u32, cut: Option<u32>) -> Vec<Group> {
        let cut = cut.unwrap_or(len);
        let group = |(from, to)| Group { from, to, name: None };
        [(0, cut), (cut, len)].into_iter().filter(|(from, to)| from < to).map(group).collect()
    }
}

/// Whether a group of addresses lies outside the virtual networks.
fn is_outside(kind: SubnetKind) -> bool {
    use SubnetKind::{Broadcast, Internet, Multicast, Platform, ServiceTag};
    matches!(kind, Platform | Broadcast | Multicast | ServiceTag | Internet)
}
