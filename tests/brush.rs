//! A brushed stretch of time is counted by running sums, two stretches side by side row by row: both must say the same.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use azflow_core::model::UnixMillis;
use azflow_core::store::Mode;
use azflow_engine::session::{Answer, FlowsAnswer, FlowsQuery};
use azflow_engine::session::{Breakdown, Engine, MatrixAnswer, Overview, Query, Selection, View};
use proptest::prelude::*;
use support::load;

/// 2026-10-01T00:00:00Z in minutes since 1970.
const START: i64 = 29_846_880;
/// Minutes that are logged.
const MINUTES: u32 = 200;

/// What one NIC logged of one conversation in one minute.
#[derive(Debug, Clone)]
struct Seen {
    conversation: u8,
    place: u8,
    minute: u32,
    counters: [u8; 4],
    state: u8,
    refused: u8,
}

fn seen() -> impl Strategy<Value = Seen> {
    let numbers = proptest::array::uniform4(0u8..8);
    (0u8..4, 0u8..3, 0..MINUTES, numbers, 0u8..3, 0u8..32).prop_map(
        |(conversation, place, minute, counters, state, refused)| Seen {
            conversation,
            place,
            minute,
            counters,
            state,
            refused,
        },
    )
}

impl Seen {
    /// As a record of its own. Each conversation is seen where it leaves, on the way and where it enters; one is
    /// always refused, one now and then where it enters.
    fn record(&self) -> String {
        let at = UnixMillis((START + i64::from(self.minute)) * 60_000 + i64::from(self.refused) * 1000);
        let direction = if self.place == 0 { 'O' } else { 'I' };
        let refused =
            self.conversation == 3 || (self.conversation == 2 && self.place == 2 && self.refused < 8);
        let decision = if refused { 'D' } else { 'A' };
        let state = if refused { 'B' } else { ['B', 'C', 'E'][usize::from(self.state)] };
        // Now and then more than 32 bits hold.
        let counters = self.counters.map(|n| if n == 7 { 5_000_000_000 } else { u64::from(n) });
        let counters = match (state, counters) {
            ('B', _) => ",,,".to_owned(),
            (_, [a, b, c, d]) => format!("{a},{b},{c},{d}"),
        };
        let (dst, port) = (4 + self.conversation, 440 + u16::from(self.conversation));
        format!(
            "{{\"time\":\"{}\",\"category\":\"NetworkSecurityGroupFlowEvent\",\"resourceId\":\"nsg\",\"properties\":{{\"flows\":[\
             {{\"rule\":\"UserRule_{}\",\"flows\":[{{\"mac\":\"000D3A00000{}\",\"flowTuples\":[\
             \"{},10.0.0.4,10.0.1.{dst},50000,{port},T,{direction},{decision},{state},{counters}\"]}}]}}]}}}}",
            at.to_iso(),
            self.state,
            self.place,
            at.0 / 1000,
        )
    }
}

fn minute(minute: u32) -> String {
    let at = UnixMillis((START + i64::from(minute)) * 60_000).to_iso();
    format!("{}Z", &at[..16])
}

type Answers = (Overview, MatrixAnswer, Breakdown, FlowsAnswer);

fn answers(engine: &mut Engine, mode: Mode, filter: &str) -> Answers {
    let view = View { mode, filter: filter.to_owned(), ..View::default() };
    let overview = engine.answer(Query::Overview(view.clone()));
    let matrix = engine.answer(Query::Matrix(view.clone()));
    let breakdown = engine.answer(Query::Breakdown(view.clone(), Selection::default()));
    let flows = engine.answer(Query::Flows(FlowsQuery { view, count: 100, ..FlowsQuery::default() }));
    match (overview, matrix, breakdown, flows) {
        (Answer::Overview(a), Answer::Matrix(b), Answer::Breakdown(c), Answer::Flows(d)) => (a, b, *c, *d),
        other => panic!("not what was asked for: {other:?}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(120))]
    #[test]
    fn one_stretch_says_what_two_halves_of_it_say(
        seen in prop::collection::vec(seen(), 60..400),
        cuts in prop::collection::vec(prop::array::uniform3(0..=MINUTES), 3),
    ) {
        let records: Vec<String> = seen.iter().map(Seen::record).collect();
        let text = format!("{{\"records\":[{}]}}", records.join(","));
        let mut engine = load(&[("PT1H.json", text.as_bytes())]);
        for mut cuts in cuts {
            cuts.sort_unstable();
            // Neither half is empty: that would not be a range.
            cuts[1] = cuts[1].max(cuts[0] + 1);
            cuts[2] = cuts[2].max(cuts[1] + 1);
            let [from, middle, until] = cuts.map(minute);
            for mode in [Mode::Conversations, Mode::AsLogged] {
                let one = answers(&mut engine, mode, &format!("time:{from}..{until}"));
                let two = answers(&mut engine, mode, &format!("time:{from}..{middle},{middle}..{until}"));
                prop_assert_eq!(&one.0, &two.0, "totals");
                prop_assert_eq!(&one.1, &two.1, "matrix");
                prop_assert_eq!(&one.2, &two.2, "details");
                prop_assert_eq!(&one.3, &two.3, "list");
            }
        }
    }
}
