//! Choosing a stretch of a timeline's bins by keyboard and by mouse. Plain functions of plain data.

/// The first bin, and the one behind the last.
pub type Stretch = (usize, usize);

/// Where a key takes a stretch; `None` for other keys. Without one, keys begin at the end that they come from.
pub fn step(chosen: Option<Stretch>, key: &str, widen: bool, bins: usize) -> Option<Stretch> {
    let (first, end) = match chosen {
        Some((first, end)) if first < end && end <= bins => (first, end),
        _ => {
            let at = match key {
                "ArrowRight" | "Home" => 0,
                "ArrowLeft" | "End" => bins.checked_sub(1)?,
                _ => return None,
            };
            return (bins > 0).then_some((at, at + 1));
        }
    };
    let width = end - first;
    Some(match (key, widen) {
        ("ArrowRight", true) => (first, bins.min(end + 1)),
        ("ArrowLeft", true) => (first.saturating_sub(1), end),
        ("Home", true) => (0, end),
        ("End", true) => (first, bins),
        ("ArrowRight", false) if end < bins => (first + 1, end + 1),
        ("ArrowLeft", false) if first > 0 => (first - 1, end - 1),
        ("ArrowRight" | "ArrowLeft", false) => (first, end),
        ("Home", false) => (0, width),
        ("End", false) => (bins - width, bins),
        _ => return None,
    })
}

/// The bin at a share of the width.
pub fn bin_at(share: f64, bins: usize) -> usize {
    ((share * bins as f64).max(0.0) as usize).min(bins.saturating_sub(1))
}

/// Everything between two bins, both included, whichever comes first.
pub fn between(a: usize, b: usize) -> Stretch {
    (a.min(b), a.max(b) + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrows_move_and_shift_widens() {
        for (chosen, key, widen, expected) in [
            (None, "ArrowRight", false, (0, 1)),
            (None, "ArrowLeft", true, (9, 10)),
            (Some((3, 5)), "ArrowRight", false, (4, 6)),
            (Some((3, 5)), "ArrowLeft", true, (2, 5)),
            (Some((3, 5)), "ArrowRight", true, (3, 6)),
            (Some((8, 10)), "ArrowRight", false, (8, 10)),
            (Some((8, 10)), "ArrowRight", true, (8, 10)),
            (Some((3, 5)), "End", false, (8, 10)),
            (Some((3, 5)), "Home", true, (0, 5)),
            // Bins became fewer meanwhile.
            (Some((30, 50)), "ArrowRight", false, (0, 1)),
        ] {
            assert_eq!(step(chosen, key, widen, 10), Some(expected), "{chosen:?} {key} {widen}");
        }
        assert_eq!(step(Some((1, 2)), "x", false, 10), None);
        assert_eq!(step(None, "ArrowRight", false, 0), None);
        assert_eq!(step(None, "End", false, 0), None);
    }

    #[test]
    fn a_mouse_is_always_over_some_bin() {
        assert_eq!([-0.2, 0.0, 0.55, 1.0, 7.0].map(|share| bin_at(share, 10)), [0, 0, 5, 9, 9]);
        assert_eq!(between(7, 3), (3, 8));
    }
}
