//! What was said of services, step by step, so that it can be taken back and said again.

use azflow_engine::rules::{Mark, Review};

/// Steps that are kept.
const MOST: usize = 200;

/// One step: of each service that it was about, what was said before and after it.
#[derive(Debug, Clone, PartialEq)]
struct Step {
    before: Vec<Mark>,
    after: Vec<Mark>,
}

/// The steps so far, and those that were taken back.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct Said {
    done: Vec<Step>,
    undone: Vec<Step>,
    /// What the last key or button did: how many services, and whether it took a step back.
    last: Option<(usize, bool)>,
}

/// What a review says of the services of some marks; an empty mark where it says nothing.
fn known(review: &Review, marks: &[Mark]) -> Vec<Mark> {
    let of = |mark: &Mark| {
        let known = review.get(&mark.src, &mark.dst, mark.protocol, mark.port);
        known.cloned().unwrap_or_else(|| Mark::of(&mark.src, &mark.dst, mark.protocol, mark.port))
    };
    marks.iter().map(of).collect()
}

impl Said {
    /// Whether any step was made since the review began.
    pub fn is_empty(&self) -> bool {
        self.done.is_empty() && self.undone.is_empty()
    }

    /// How many services the next step back changes, and the next step forth.
    pub fn ahead(&self) -> [Option<usize>; 2] {
        [&self.done, &self.undone].map(|steps| steps.last().map(|step| step.after.len()))
    }

    /// What was taken back or said again last: how many services, and whether it was taken back.
    pub fn last(&self) -> Option<(usize, bool)> {
        self.last
    }

    /// Changes a review of what these marks are about, and keeps how it was.
    pub fn step(&mut self, review: &mut Review, marks: &[Mark], change: impl FnOnce(&mut Review)) {
        let before = known(review, marks);
        change(review);
        let after = known(review, marks);
        let (before, after): (Vec<Mark>, Vec<Mark>) =
            before.into_iter().zip(after).filter(|(before, after)| before != after).unzip();
        if !before.is_empty() {
            self.done.push(Step { before, after });
            if self.done.len() > MOST {
                self.done.remove(0);
            }
            self.undone.clear();
            self.last = None;
        }
    }

    /// Takes the last step back, or makes it again.
    pub fn go(&mut self, review: &mut Review, back: bool) {
        let (from, to) =
            if back { (&mut self.done, &mut self.undone) } else { (&mut self.undone, &mut self.done) };
        let Some(step) = from.pop() else { return };
        let marks = if back { &step.before } else { &step.after };
        marks.iter().for_each(|mark| review.set(mark.clone()));
        self.last = Some((marks.len(), back));
        to.push(step);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use azflow_core::model::Protocol;
    use azflow_engine::rules::Verdict;

    fn mark(port: u16, verdict: Option<Verdict>) -> Mark {
        Mark { verdict, ..Mark::of("web", "sql", Protocol::TCP, Some(port)) }
    }

    #[test]
    fn steps_go_back_and_forth_and_a_new_one_ends_what_was_undone() {
        let (mut said, mut review) = (Said::default(), Review::default());
        let say = |said: &mut Said, review: &mut Review, marks: &[Mark]| {
            said.step(review, marks, |review| marks.iter().for_each(|mark| review.set(mark.clone())));
        };
        let (needed, ask) = (Some(Verdict::Needed), Some(Verdict::Ask));
        say(&mut said, &mut review, &[mark(1, needed)]);
        let one = review.clone();
        say(&mut said, &mut review, &[mark(1, ask), mark(2, ask), mark(3, None)]);
        let two = review.clone();
        assert_eq!(said.ahead(), [Some(2), None], "what stays as it is is no part of a step");
        // The same again is no step.
        say(&mut said, &mut review, &[mark(1, ask)]);
        said.go(&mut review, true);
        assert_eq!((&review, said.last(), said.ahead()), (&one, Some((2, true)), [Some(1), Some(2)]));
        said.go(&mut review, true);
        said.go(&mut review, true);
        assert_eq!((&review, said.ahead()), (&Review::default(), [None, Some(1)]));
        said.go(&mut review, false);
        said.go(&mut review, false);
        said.go(&mut review, false);
        assert_eq!((&review, said.last()), (&two, Some((2, false))));
        said.go(&mut review, true);
        say(&mut said, &mut review, &[mark(9, needed)]);
        assert_eq!(said.ahead(), [Some(1), None]);
        assert!(!said.is_empty());
    }

    #[test]
    fn owners_and_notes_come_back_too() {
        let (mut said, mut review) = (Said::default(), Review::default());
        let owned = Mark { owner: "anna".to_owned(), note: "shop".to_owned(), ..mark(1, Some(Verdict::Ask)) };
        review.set(owned.clone());
        said.step(&mut review, std::slice::from_ref(&owned), |review| review.set(mark(1, None)));
        assert_eq!(review, Review::default());
        said.go(&mut review, true);
        assert_eq!(review.marks(), [owned]);
    }
}
