//! Answers of a short while ago: conversations that lie one behind the other mostly ask what was asked before.
//!
//! Each question has one place, which the next one that falls on it takes. So the room is bounded, and an answer that is
//! gone is only worked out again.

use super::compiled::Question;
use super::evaluate::Members;
use azflow_core::model::Protocol;

/// The most places: those of a source in a hundred subnets with forty services.
const MOST: usize = 4_096;
const FEWEST: usize = 16;

/// All that the rules between two classes of addresses are asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked {
    /// What decides between the classes, by number.
    plan: u32,
    /// The list of rules where one alone is asked.
    list: u32,
    protocol: Protocol,
    port: Option<u16>,
    outside: [bool; 2],
    members: Members,
}

impl Asked {
    /// Of a question, whose ends are in the classes that the plan is for.
    pub fn of(plan: u32, list: u32, question: &Question) -> Self {
        let Question { protocol, port, outside, members, .. } = *question;
        Self { plan, list, protocol, port, outside, members }
    }

    /// Spreads what differs mostly: plan, port, list.
    fn place(&self, places: usize) -> usize {
        let port = self.port.map_or(0, |port| u32::from(port) + 1);
        let mixed = self.plan.wrapping_mul(0x9e37_79b1) ^ port.wrapping_mul(0x85eb_ca6b) ^ self.list << 7;
        (mixed ^ mixed >> 15) as usize & (places - 1)
    }
}

/// See the module's description.
#[derive(Debug)]
pub struct Memo<T> {
    /// As many as a power of two.
    places: Vec<Option<(Asked, T)>>,
}

impl<T: Copy> Memo<T> {
    /// With room that befits the number of addresses asked about.
    pub fn new(addresses: usize) -> Self {
        Self { places: vec![None; addresses.clamp(FEWEST, MOST).next_power_of_two()] }
    }

    pub fn get(&self, asked: &Asked) -> Option<T> {
        let (known, answer) = self.places.get(asked.place(self.places.len()))?.as_ref()?;
        (known == asked).then_some(*answer)
    }

    pub fn put(&mut self, asked: Asked, answer: T) {
        let place = asked.place(self.places.len());
        if let Some(place) = self.places.get_mut(place) {
            *place = Some((asked, answer));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(plan: u32, port: u16) -> Asked {
        let question = Question {
            ends: (0, 0),
            protocol: Protocol::TCP,
            port: Some(port),
            outside: [false; 2],
            members: [None; 2],
        };
        Asked::of(plan, 0, &question)
    }

    #[test]
    fn an_answer_is_of_its_own_question_alone() {
        let mut memo = Memo::new(1);
        for plan in 0..40 {
            for port in 0..40 {
                assert_eq!(memo.get(&asked(plan, port)), None);
                memo.put(asked(plan, port), (plan, port));
                assert_eq!(memo.get(&asked(plan, port)), Some((plan, port)));
            }
        }
        let question = Question {
            ends: (0, 0),
            protocol: Protocol::TCP,
            port: Some(39),
            outside: [false; 2],
            members: [None; 2],
        };
        let others = [
            Question { protocol: Protocol::UDP, ..question },
            Question { port: None, ..question },
            Question { outside: [true, false], ..question },
            Question { members: [None, Some(true)], ..question },
        ];
        assert_eq!(memo.get(&Asked::of(39, 0, &question)), Some((39, 39)));
        assert_eq!(memo.get(&Asked::of(39, 1, &question)), None);
        assert!(others.iter().all(|other| memo.get(&Asked::of(39, 0, other)).is_none()));
    }
}
