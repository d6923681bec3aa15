//! Which rules of a list have a spot as their source or destination: bits, by what is taken for granted of membership.

use super::Compiled;
use super::classes::Spot;
use crate::rules::evaluate::Members;
use crate::rules::lists::List;
use crate::rules::sites::Site;
use crate::rules::world::{Answer, Membership, World, by_address};
use azflow_core::model::{Address, Endpoint};

/// Whether ends have an address, where the address alone tells.
fn plainly(ends: &[Endpoint], address: Address) -> Option<Answer> {
    let has = |end| by_address(end, address);
    if ends.iter().any(|end| has(end) == Some(true)) {
        return Some(Answer::Yes);
    }
    ends.iter().all(|end| has(end).is_some()).then_some(Answer::No)
}

/// What may be taken for granted of membership; rows have a part for each.
pub(in crate::rules) const MEMBERSHIPS: [Membership; 4] =
    [Membership::OnFile, Membership::IfOpen(true), Membership::IfOpen(false), Membership::Logged];

/// Numbers of [`MEMBERSHIPS`] that are asked for one end: first, and then by turns where that leaves it open.
pub(in crate::rules) type Parts = [usize; 3];
/// An end at whose own place a rule is asked: an address is of the network that it is in.
const OWN: Parts = [1, 1, 1];
/// Where logs say nothing, and where they say yes or no.
const OPEN: Parts = [0, 1, 2];
const MEMBER: Parts = [3, 3, 3];
const NO_MEMBER: Parts = [2, 2, 2];

/// The parts of source and destination: an end's own membership is given, the far one's is as logged.
pub(in crate::rules) fn parts(outbound: bool, members: Members) -> [Parts; 2] {
    let far = match members[usize::from(outbound)] {
        None => OPEN,
        Some(true) => MEMBER,
        Some(false) => NO_MEMBER,
    };
    if outbound { [OWN, far] } else { [far, OWN] }
}

/// Whether ends have an address, for certain and perhaps, by what is taken for granted.
type Told = [(bool, bool); MEMBERSHIPS.len()];

fn tell(world: &World, ends: &[Endpoint], at: (Address, Site), view: Option<u32>) -> Told {
    let bits = |answer: Answer| (answer == Answer::Yes, answer != Answer::No);
    match plainly(ends, at.0) {
        Some(answer) => [bits(answer); MEMBERSHIPS.len()],
        None => MEMBERSHIPS.map(|membership| {
            bits(Answer::any(ends.iter().map(|end| world.matches(end, at, view, membership))))
        }),
    }
}

impl Compiled<'_> {
    /// A row's bits by what is taken for granted: certain, and perhaps.
    pub(super) fn bits(&self, row: u32, case: usize, words: usize) -> (&[u64], &[u64]) {
        let from = row as usize + 2 * case * words;
        (&self.rows[from..from + words], &self.rows[from + words..from + 2 * words])
    }

    /// The bits of a spot against the rules of a list, as seen with a view of the virtual network.
    pub(super) fn row(&mut self, spot: u32, list: u32, view: Option<u32>, is_dst: bool) -> u32 {
        let key = (spot, list, view, is_dst);
        if let Some(known) = self.row_of.get(&key) {
            return *known;
        }
        let Spot { address, site, .. } = self.spots[spot as usize];
        let at = (address, site);
        let List { rules, words, same, .. } = &self.lists[list as usize];
        let row = self.rows.len();
        self.rows.resize(row + 2 * MEMBERSHIPS.len() * words, 0);
        let mut told: Vec<Told> = Vec::with_capacity(rules.len());
        for ((number, rule), first) in rules.iter().enumerate().zip(&same[usize::from(is_dst)]) {
            let ends = if is_dst { &rule.destinations } else { &rule.sources };
            let cases = match told.get(*first as usize) {
                Some(told) => *told,
                None => tell(self.world, ends, at, view),
            };
            told.push(cases);
            for (case, (is, may)) in cases.into_iter().enumerate() {
                let word = row + 2 * case * words + number / 64;
                self.rows[word] |= u64::from(is) << (number % 64);
                self.rows[word + words] |= u64::from(may) << (number % 64);
            }
        }
        self.row_of.insert(key, row as u32);
        row as u32
    }
}
