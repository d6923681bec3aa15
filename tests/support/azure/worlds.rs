//! Trying every way to fill in what is not known.

use std::collections::BTreeMap;

/// One way to fill in what the files leave open. Each fact has a name; asked again, it has the same answer.
#[derive(Debug, Default)]
pub struct World {
    /// What the first, second, … fact asked is, and out of how many.
    script: Vec<(usize, usize)>,
    asked: BTreeMap<String, usize>,
}

impl World {
    /// One of so many answers.
    pub fn pick(&mut self, fact: &str, answers: usize) -> usize {
        if answers < 2 {
            return 0;
        }
        if let Some(answer) = self.asked.get(fact) {
            return *answer;
        }
        let at = self.asked.len();
        if at == self.script.len() {
            self.script.push((0, answers));
        }
        let answer = self.script[at].0;
        self.asked.insert(fact.to_owned(), answer);
        answer
    }

    /// Yes or no.
    pub fn is(&mut self, fact: &str) -> bool {
        self.pick(fact, 2) == 1
    }
}

/// More worlds than this are a fault of the test's own network.
const MOST: usize = 100_000;

/// What every world says, each answer once, and the facts that were asked for. It stops when `enough` of the answers.
pub fn every<T: PartialEq>(
    mut answer: impl FnMut(&mut World) -> T,
    enough: impl Fn(&[T]) -> bool,
) -> (Vec<T>, Vec<String>) {
    let (mut answers, mut facts) = (Vec::new(), BTreeMap::new());
    let mut world = World::default();
    for _ in 0..MOST {
        let found = answer(&mut world);
        facts.append(&mut world.asked);
        if !answers.contains(&found) {
            answers.push(found);
        }
        while world.script.last().is_some_and(|(at, of)| at + 1 == *of) {
            world.script.pop();
        }
        let Some(last) = world.script.last_mut() else { return (answers, facts.into_keys().collect()) };
        last.0 += 1;
        if enough(&answers) {
            return (answers, facts.into_keys().collect());
        }
    }
    panic!("too much is open: {facts:?}")
}
