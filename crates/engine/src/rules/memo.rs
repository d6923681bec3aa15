//! Answers of a short while ago: conversations that lie one behind the other mostly ask what was asked before.
//!
//! Each question has one place, which the next one that falls on it takes. So the room is bounded, and an answer that is
//! gone is only worked out again.

use super::compiled::Question;

/// The most places: those of a source in some hundred subnets with some hundred services.
const MOST: usize = 16_384;
const FEWEST: usize = 16;

/// All that the rules between two classes of addresses are asked, packed into one number: questions are compared millions
/// of times.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked(u64);

impl Asked {
    /// That of no question: there are fewer plans.
    const NOTHING: Self = Self(u64::MAX);

    /// Of a question, whose ends are in the classes that what decides between them, the plan of a number, is for.
    pub fn of(plan: u32, question: &Question) -> Self {
        let Question { protocol, port, outside, members, .. } = *question;
        let member = |is: Option<bool>| is.map_or(0, |is| 1 + u64::from(is));
        let mut out = u64::from(plan);
        out = out << 17 | port.map_or(0, |port| u64::from(port) + 1);
        out = out << 9 | protocol.place() as u64;
        out = out << 2 | u64::from(outside[0]) << 1 | u64::from(outside[1]);
        Self(out << 4 | member(members[0]) << 2 | member(members[1]))
    }

    /// The uppermost bits of a product hang on all bits of its factors; there are as many as [`MOST`] needs.
    fn place(self, places: usize) -> usize {
        (self.0.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 50) as usize & (places - 1)
    }
}

/// See the module's description.
#[derive(Debug)]
pub struct Memo<T> {
    /// As many as a power of two.
    places: Vec<(Asked, T)>,
}

impl<T: Clone + Default> Memo<T> {
    /// With room that befits the number of addresses asked about.
    pub fn new(addresses: usize) -> Self {
        Self {
            places: vec![(Asked::NOTHING, T::default()); addresses.clamp(FEWEST, MOST).next_power_of_two()],
        }
    }

    /// The place of a question, which is empty where the question is new; and what it held of another one.
    pub fn place(&mut self, asked: Asked) -> (usize, Option<T>) {
        let at = asked.place(self.places.len());
        let (of, held) = &mut self.places[at];
        if *of == asked {
            return (at, None);
        }
        let was = std::mem::replace(of, asked);
        (at, (was != Asked::NOTHING).then(|| std::mem::take(held)))
    }

    /// What is at a place.
    pub fn at(&mut self, place: usize) -> &mut T {
        &mut self.places[place].1
    }

    /// All that it holds.
    pub fn into_held(self) -> impl Iterator<Item = T> {
        self.places.into_iter().filter(|(of, _)| *of != Asked::NOTHING).map(|(_, held)| held)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use azflow_core::model::Protocol;

    fn question(port: u16) -> Question {
        Question {
            ends: (0, 0),
            protocol: Protocol::TCP,
            port: Some(port),
            outside: [false; 2],
            members: [None; 2],
        }
    }

    fn asked(plan: u32, port: u16) -> Asked {
        Asked::of(plan, &question(port))
    }

    fn known(memo: &mut Memo<Option<(u32, u16)>>, asked: Asked) -> Option<(u32, u16)> {
        let (place, _) = memo.place(asked);
        *memo.at(place)
    }

    #[test]
    fn an_answer_is_of_its_own_question_alone() {
        let mut memo = Memo::new(1);
        for plan in 0..40 {
            for port in 0..40 {
                assert_eq!(known(&mut memo, asked(plan, port)), None);
                let (place, _) = memo.place(asked(plan, port));
                *memo.at(place) = Some((plan, port));
                assert_eq!(known(&mut memo, asked(plan, port)), Some((plan, port)));
            }
        }
        let question = question(39);
        let others = [
            Question { protocol: Protocol::UDP, ..question },
            Question { port: None, ..question },
            Question { outside: [true, false], ..question },
            Question { outside: [false, true], ..question },
            Question { members: [None, Some(true)], ..question },
            Question { members: [None, Some(false)], ..question },
            Question { members: [Some(true), None], ..question },
            Question { protocol: Protocol::UNKNOWN, ..question },
            Question { port: Some(u16::MAX), ..question },
        ];
        assert_eq!(known(&mut memo, Asked::of(39, &question)), Some((39, 39)));
        assert!(others.iter().all(|other| known(&mut memo, Asked::of(39, other)).is_none()));
    }

    #[test]
    fn what_makes_room_is_handed_out() {
        let mut memo: Memo<u32> = Memo::new(1);
        let mut handed_out = 0;
        for plan in 0..40 {
            for port in 0..40 {
                let (place, gone) = memo.place(asked(plan, port));
                *memo.at(place) += 1;
                handed_out += gone.unwrap_or_default();
            }
        }
        assert_eq!(handed_out + memo.into_held().sum::<u32>(), 1_600);
    }
}
