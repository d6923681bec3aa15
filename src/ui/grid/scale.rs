//! The one logarithmic scale that a matrix's depths are printed on.

/// Steps of depth: few enough to fill a whole step with one canvas call, too many to see.
pub const LEVELS: usize = 12;

/// From 1 to the largest value, logarithmic.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scale {
    /// The largest value; depth 1.
    pub max: u64,
}

impl Scale {
    /// The step of a value above zero, `0..LEVELS`.
    pub fn level(&self, value: u64) -> usize {
        ((self.depth(value) * LEVELS as f64) as usize).min(LEVELS - 1)
    }

    /// 0 for the smallest value, 1 for the largest. With a single value everything is deep.
    pub fn depth(&self, value: u64) -> f64 {
        if self.max <= 1 {
            return 1.0;
        }
        ((value.max(1) as f64).ln() / (self.max as f64).ln()).clamp(0.0, 1.0)
    }

    /// The values to print beside the scale: powers of ten up to the largest, thinned to at most five.
    pub fn ticks(&self) -> Vec<u64> {
        let mut powers = vec![1u64];
        while let Some(next) = powers.last().and_then(|p| p.checked_mul(10)).filter(|p| *p < self.max) {
            powers.push(next);
        }
        let every = powers.len().div_ceil(4).max(1);
        let mut ticks: Vec<u64> = powers.into_iter().step_by(every).collect();
        // A power just below the end would print on top of it.
        if ticks.len() > 1 && ticks.last().is_some_and(|t| self.depth(*t) > 0.7) {
            ticks.pop();
        }
        if self.max > 1 {
            ticks.push(self.max);
        }
        ticks
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_of_the_scale_are_its_extremes() {
        let scale = Scale { max: 420_000 };
        assert_eq!((scale.level(1), scale.level(420_000)), (0, LEVELS - 1));
        assert!(scale.level(600) > scale.level(60));
        assert_eq!(Scale { max: 1 }.level(1), LEVELS - 1);
        assert_eq!(Scale { max: 0 }.level(0), LEVELS - 1);
    }

    #[test]
    fn few_ticks_are_printed_and_they_do_not_crowd_the_end() {
        assert_eq!(Scale { max: 420_000 }.ticks(), [1, 100, 420_000]);
        assert_eq!(Scale { max: 1 }.ticks(), [1]);
        assert_eq!(Scale { max: 7 }.ticks(), [1, 7]);
        assert!(Scale { max: u64::MAX }.ticks().len() <= 6);
    }
}
