//! An order in which neighbours talk to the same partners with the same verdicts.
//!
//! Average linkage over the Jaccard distance of partners, found by nearest-neighbour chains (Müllner,
//! "Modern hierarchical, agglomerative clustering algorithms", 2011); two clusters are joined at their
//! most alike ends. Equal distances fall to the earlier line, so equal input gives equal order.

use azflow_engine::session::MatrixCell;

/// Beyond so many lines the table of distances would be too large: the others follow as they come.
pub const MOST: usize = 1000;

/// A cluster: its lines in order.
type Leaves = Vec<usize>;

/// Orders `lines` (indices of subnets, the more important first) by who they talk to.
pub fn similar(lines: &[u32], cells: &[MatrixCell]) -> Vec<u32> {
    let (near, far) = lines.split_at(lines.len().min(MOST));
    let order = cluster(near.len(), &distances(near, cells));
    order.into_iter().filter_map(|at| near.get(at).copied()).chain(far.iter().copied()).collect()
}

/// The share of partners that two lines don't have in common, for every two.
fn distances(lines: &[u32], cells: &[MatrixCell]) -> Vec<f32> {
    let n = lines.len();
    let all = lines.iter().max().map_or(0, |most| *most as usize + 1);
    let mut place = vec![usize::MAX; all];
    lines.iter().enumerate().for_each(|(at, line)| place[*line as usize] = at);
    // Four planes of bits: allowed and denied, as source and as destination.
    let words = (4 * n).div_ceil(64);
    let mut bits = vec![0u64; n * words];
    let mut mark = |line: usize, bit: usize| bits[line * words + bit / 64] |= 1 << (bit % 64);
    for cell in cells {
        let at = |index: u32| place.get(index as usize).copied().filter(|at| *at < n);
        let (Some(src), Some(dst)) = (at(cell.src), at(cell.dst)) else { continue };
        let denied = cell.tally.denied_flows > 0;
        let planes = [(cell.tally.allowed_flows > 0 || !denied, 0), (denied, 1)];
        for (_, plane) in planes.into_iter().filter(|(there, _)| *there) {
            mark(src, plane * n + dst);
            mark(dst, (plane + 2) * n + src);
        }
    }
    let mut out = vec![1.0; n * n];
    for a in 0..n {
        for b in 0..a {
            let (mut both, mut any) = (0, 0);
            for (x, y) in bits[a * words..][..words].iter().zip(&bits[b * words..][..words]) {
                both += (x & y).count_ones();
                any += (x | y).count_ones();
            }
            let distance = if any == 0 { 1.0 } else { 1.0 - both as f32 / any as f32 };
            out[a * n + b] = distance;
            out[b * n + a] = distance;
        }
    }
    out
}

fn cluster(n: usize, leaf: &[f32]) -> Leaves {
    let mut far = leaf.to_vec();
    let mut clusters: Vec<Leaves> = (0..n).map(|at| vec![at]).collect();
    let mut chain: Vec<usize> = Vec::new();
    for _ in 1..n {
        let (a, b) = nearest(n, &far, &clusters, &mut chain);
        let sizes = (clusters[a].len() as f32, clusters[b].len() as f32);
        for k in 0..n {
            let mean = (sizes.0 * far[a * n + k] + sizes.1 * far[b * n + k]) / (sizes.0 + sizes.1);
            far[a * n + k] = mean;
            far[k * n + a] = mean;
        }
        let other = std::mem::take(&mut clusters[b]);
        join(&mut clusters[a], other, |x, y| leaf[x * n + y]);
    }
    let mut order = clusters.into_iter().find(|c| !c.is_empty()).unwrap_or_default();
    // Of the two ways to read it, the one that begins nearer to where the lines began.
    if order.first() > order.last() {
        order.reverse();
    }
    order
}

/// Two clusters that are each other's nearest, the earlier first. The chain keeps what was learnt.
fn nearest(n: usize, far: &[f32], clusters: &[Leaves], chain: &mut Vec<usize>) -> (usize, usize) {
    if chain.is_empty() {
        chain.extend((0..n).find(|at| !clusters[*at].is_empty()));
    }
    while let Some(&a) = chain.last() {
        let before = chain.len().checked_sub(2).map(|at| chain[at]);
        // The one before wins ties, or the chain would never end.
        let mut best = before;
        for b in (0..n).filter(|b| *b != a && !clusters[*b].is_empty()) {
            if best.is_none_or(|best| far[a * n + b] < far[a * n + best]) {
                best = Some(b);
            }
        }
        match best {
            Some(b) if before == Some(b) => {
                chain.truncate(chain.len() - 2);
                return (a.min(b), a.max(b));
            }
            Some(b) => chain.push(b),
            None => break,
        }
    }
    (0, 0)
}

/// Puts two clusters together so that the ends that meet are the most alike.
fn join(a: &mut Leaves, mut b: Leaves, far: impl Fn(usize, usize) -> f32) {
    let ends = |leaves: &Leaves| (leaves.first().copied().unwrap_or(0), leaves.last().copied().unwrap_or(0));
    let ((a0, a1), (b0, b1)) = (ends(a), ends(&b));
    let ways = [far(a1, b0), far(a1, b1), far(a0, b0), far(a0, b1)];
    let mut best = 0;
    for way in 1..ways.len() {
        if ways[way] < ways[best] {
            best = way;
        }
    }
    if best >= 2 {
        a.reverse();
    }
    if best % 2 == 1 {
        b.reverse();
    }
    a.append(&mut b);
}

#[cfg(test)]
mod tests {
    use super::*;
    use azflow_core::model::Tally;
    use proptest::prelude::*;

    fn cell(src: u32, dst: u32, allowed: u64, denied: u64) -> MatrixCell {
        let tally = Tally { allowed_flows: allowed, denied_flows: denied, ..Tally::default() };
        MatrixCell { src, dst, tally }
    }

    #[test]
    fn lines_with_the_same_partners_stand_together() {
        // Webs (0, 2, 4, 6) talk to 8; jobs (1, 3, 5, 7) to 9, one of them denied.
        let cells: Vec<MatrixCell> =
            (0..8).map(|i| cell(i, 8 + i % 2, u64::from(i != 7), u64::from(i == 7))).collect();
        let lines: Vec<u32> = (0..10).collect();
        let order = similar(&lines, &cells);
        let at = |line: u32| order.iter().position(|l| *l == line).unwrap();
        let spread = |lines: [u32; 4]| {
            let places = lines.map(at);
            places.iter().max().unwrap() - places.iter().min().unwrap()
        };
        assert_eq!(spread([0, 2, 4, 6]), 3, "{order:?}");
        let apart = [1, 3, 5].map(at);
        assert_eq!(apart.iter().max().unwrap() - apart.iter().min().unwrap(), 2, "{order:?}");
    }

    #[test]
    fn four_hundred_lines_are_ordered_at_once() {
        let cells: Vec<MatrixCell> =
            (0..400 * 40u32).map(|i| cell(i / 40, i * 7919 % 400, 1, u64::from(i % 5 == 0))).collect();
        let lines: Vec<u32> = (0..400).collect();
        let began = std::time::Instant::now();
        let order = similar(&lines, &cells);
        // Unoptimised and on a busy machine; optimised it takes a few milliseconds.
        assert!(began.elapsed().as_millis() < 3000, "{:?}", began.elapsed());
        assert_eq!(order, similar(&lines, &cells));
    }

    proptest! {
        #[test]
        fn every_line_stands_once_whatever_the_cells(
            n in 0u32..30,
            pairs in proptest::collection::vec((0u32..40, 0u32..40, 0u64..3, 0u64..3), 0..120),
        ) {
            let cells: Vec<MatrixCell> = pairs.into_iter().map(|(s, d, a, x)| cell(s, d, a, x)).collect();
            let lines: Vec<u32> = (0..n).rev().collect();
            let mut order = similar(&lines, &cells);
            order.sort_unstable();
            prop_assert_eq!(order, (0..n).collect::<Vec<u32>>());
        }
    }
}
