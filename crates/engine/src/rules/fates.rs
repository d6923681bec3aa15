//! A simulation added up: by pair of subnets, by rule, by service. Millions of conversations are added up by numbers;
//! words are for what is left.

use super::simulate::{ByFate, Simulated, Simulation};
use super::traffic::{Observed, Traffic};
use crate::pieces::end_of_piece;
use azflow_core::store::AT_ONCE;
use hashbrown::HashMap;

/// What a conversation is added to: the places of its subnets (source in the upper half), the number of the rule
/// behind its fate, and its service (protocol in the upper half, the port or `u32::MAX` in the lower).
pub type FateKeys = [u64; 3];

/// Conversations by fate, in the order of [`super::Fate::ALL`].
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct FateSums {
    /// All of them.
    pub totals: ByFate,
    /// Those that the default allow alone lets pass.
    pub on_default: u64,
    /// By each of [`FateKeys`].
    pub tables: [HashMap<u64, ByFate>; 3],
}

impl Simulation {
    /// What a conversation is added to. `subnet_of` tells the place of an address's subnet, by the traffic's numbers.
    pub fn keys(seen: &Observed, result: &Simulated, subnet_of: &[u32]) -> FateKeys {
        let place = |number: u32| u64::from(subnet_of.get(number as usize).copied().unwrap_or(u32::MAX));
        let port = seen.port.map_or(u32::MAX, u32::from);
        [
            place(seen.src) << 32 | place(seen.dst),
            u64::from(result.rule()),
            (seen.protocol.place() as u64) << 32 | u64::from(port),
        ]
    }

    /// Adds up what became of the traffic that was simulated, in pieces.
    pub async fn sums(&self, traffic: &Traffic, subnet_of: &[u32]) -> FateSums {
        let subnets = subnet_of.iter().max().map_or(0, |last| u64::from(*last) + 1);
        // Side by side if there are not too many: a table of hashes is slower.
        let side_by_side =
            |count: u64| vec![[0; 5]; if count <= MOST_SIDE_BY_SIDE { count as usize } else { 0 }];
        let mut out = Adding {
            subnets,
            pairs: side_by_side(subnets.saturating_mul(subnets)),
            sums: FateSums::default(),
        };
        let all = traffic.conversations.chunks(AT_ONCE).zip(self.results.chunks(AT_ONCE));
        for (seen, results) in all {
            out.take(seen, results, subnet_of);
            end_of_piece().await;
        }
        let mut sums = out.finish();
        // By rule the replay has counted already, but for what none decides.
        let mut none = sums.totals;
        for (rule, decided) in (0..).zip(&self.decided) {
            add(&mut sums.tables[1], &(rule, *decided));
            none.iter_mut().zip(decided).for_each(|(rest, of_rule)| *rest -= of_rule);
        }
        add(&mut sums.tables[1], &(NO_RULE, none));
        sums
    }
}

/// The tables of pairs and of services.
const TABLES: [usize; 2] = [0, 2];
/// The key of what no rule decides.
const NO_RULE: u64 = u32::MAX as u64;
/// Pairs of subnets that are added up side by side: 40 MB.
const MOST_SIDE_BY_SIDE: u64 = 1 << 20;

/// What is added up on the way.
struct Adding {
    subnets: u64,
    pairs: Vec<ByFate>,
    sums: FateSums,
}

impl Adding {
    #[inline(never)]
    fn take(&mut self, seen: &[Observed], results: &[Simulated], subnet_of: &[u32]) {
        // What has the same key mostly comes one behind the other: it is looked up once.
        let mut runs = [(u64::MAX, [0; 5]); 2];
        for (seen, result) in seen.iter().zip(results) {
            let fate = result.fate as usize;
            self.sums.totals[fate] += 1;
            self.sums.on_default += u64::from(result.on_default);
            let [ends, _, service] = Simulation::keys(seen, result, subnet_of);
            let pair = (ends >> 32).wrapping_mul(self.subnets).wrapping_add(ends & u64::from(u32::MAX));
            let place = self.pairs.get_mut(pair as usize).filter(|_| ends >> 32 < self.subnets);
            for ((table, key), (run, place)) in
                TABLES.into_iter().zip([ends, service]).zip(runs.iter_mut().zip([place, None]))
            {
                if let Some(place) = place {
                    place[fate] += 1;
                    continue;
                }
                if run.0 != key {
                    add(&mut self.sums.tables[table], run);
                    *run = (key, [0; 5]);
                }
                run.1[fate] += 1;
            }
        }
        for (table, run) in TABLES.into_iter().zip(&runs) {
            add(&mut self.sums.tables[table], run);
        }
    }

    fn finish(mut self) -> FateSums {
        let subnets = self.subnets.max(1);
        for (pair, sums) in (0..).zip(self.pairs) {
            add(&mut self.sums.tables[0], &((pair / subnets) << 32 | (pair % subnets), sums));
        }
        self.sums
    }
}

fn add(table: &mut HashMap<u64, ByFate>, (key, run): &(u64, ByFate)) {
    if *run != [0; 5] {
        let sums = table.entry(*key).or_default();
        sums.iter_mut().zip(run).for_each(|(sum, more)| *sum += more);
    }
}
