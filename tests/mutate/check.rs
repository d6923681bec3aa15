//! What must hold of every file, whatever is in it.

use super::dice::Dice;
use crate::support::everything::{differences, everything};
use crate::support::{load, scan, summary, view};
use azflow_core::ingest::{ArchiveReader, Meaning, SourceScan, TableHint, Wanted, is_zip};
use azflow_core::model::Network;
use azflow_core::store::Mode;
use azflow_engine::audit::audit;
use azflow_engine::export::{read_review, read_rules, read_summary, review_document};
use azflow_engine::filter;
use azflow_engine::rules::{RuleSet, Traffic, World, simulate};
use azflow_engine::session::{
    Accounts, Answer, DataAnswer, Engine, Overview, Query, SourceId, SourceRow, View,
};
use azflow_engine::topology::{Naming, merge_network, read_network};
use std::collections::BTreeMap;
use std::io::{Cursor, Read, Result as IoResult, Seek, SeekFrom};
use std::rc::Rc;

const GOOD: &str = "good/PT1H.json";
const NIC: &str = "02A0B0C0D0E0";

/// A whole log that no mutant has anything of.
fn good_log() -> Vec<u8> {
    let tuple = |n: u32| {
        let (decision, counters) = if n.is_multiple_of(3) { ('D', ",,,") } else { ('A', "7,700,5,500") };
        format!(
            "\"{},172.29.7.{},172.29.8.9,{},{},T,O,{decision},B,{counters}\"",
            1_793_700_000 + n,
            n % 5,
            50_000 + n,
            440 + n % 4
        )
    };
    let tuples: Vec<String> = (0..30).map(tuple).collect();
    format!(
        r#"{{"records":[{{"time":"2026-11-03T10:00:00Z","category":"NetworkSecurityGroupFlowEvent","resourceId":"/good","properties":{{"Version":2,"flows":[{{"rule":"UserRule_Good","flows":[{{"mac":"{NIC}","flowTuples":[{}]}}]}}]}}}}]}}"#,
        tuples.join(",")
    )
    .into_bytes()
}

/// A whole log, what is said of it, and what rules of mutants are asked about.
pub struct Beside {
    log: Vec<u8>,
    alone: Good,
    traffic: Traffic,
    world: World,
}

/// What is said of the whole log.
#[derive(Debug, PartialEq)]
struct Good {
    row: SourceRow,
    flows: Vec<(azflow_core::model::Tally, u64)>,
}

impl Beside {
    pub fn new() -> Self {
        let log = good_log();
        let mut engine = load(&[(GOOD, &log)]);
        let alone = good(&mut engine).unwrap();
        assert_eq!((alone.row.accounts.tuples, alone.row.issues.len()), (30, 0));
        assert!(alone.flows.iter().all(|(tally, shown)| tally.allowed_flows > 0 && *shown > 0));
        let (traffic, world) = (engine.traffic(), engine.world());
        drop(engine);
        Self { log, alone, traffic: Rc::into_inner(traffic).unwrap(), world }
    }
}

fn good(engine: &mut Engine) -> Result<Good, String> {
    let found = data(engine)?;
    let row = found.sources.into_iter().find(|row| row.name == GOOD).ok_or("the good file is not listed")?;
    let mut flows = Vec::new();
    for mode in [Mode::Conversations, Mode::AsLogged] {
        let view = View { filter: format!("nic:{NIC}"), ..view(mode) };
        let Answer::Overview(Overview { tally, shown, .. }) = engine.answer(Query::Overview(view)) else {
            return Err("no overview".to_owned());
        };
        flows.push((tally, shown));
    }
    Ok(Good { row: SourceRow { source: 0, ..row }, flows })
}

fn data(engine: &mut Engine) -> Result<DataAnswer, String> {
    match engine.answer(Query::Data) {
        Answer::Data(data) => Ok(data),
        other => Err(format!("not the sources: {other:?}")),
    }
}

/// Gives no more than so many bytes at a time.
struct Slow<'a>(Cursor<&'a [u8]>, usize);

impl Read for Slow<'_> {
    fn read(&mut self, into: &mut [u8]) -> IoResult<usize> {
        let most = into.len().min(self.1);
        self.0.read(&mut into[..most])
    }
}

impl Seek for Slow<'_> {
    fn seek(&mut self, to: SeekFrom) -> IoResult<u64> {
        self.0.seek(to)
    }
}

fn take(engine: &mut Engine, id: u32, bytes: &[u8], piece: usize, hints: &[TableHint]) {
    let (source, name) = (SourceId(id), "mutant");
    if is_zip(bytes) {
        let reader = Slow(Cursor::new(bytes), piece);
        let mut archive = ArchiveReader::open(name, reader, bytes.len() as u64).hinted(hints);
        while archive.read_next(&mut |part| engine.take_part(source, part)) {}
        engine.take_last(source, vec![archive.finish()]);
    } else {
        let mut scan = SourceScan::new(name).hinted(hints);
        bytes.chunks(piece).for_each(|piece| scan.push(piece));
        engine.take_scan(source, scan);
    }
}

fn hints(dice: &mut Dice) -> Vec<TableHint> {
    if !dice.one_in(4) {
        return Vec::new();
    }
    let columns = [("von", "source"), ("nach", "destination"), ("port", "port"), ("was", "decision")];
    let columns = columns.map(|(heading, meaning)| (heading.to_owned(), Meaning::parse(meaning)));
    vec![TableHint { columns: columns.to_vec(), day_first: Some(dice.one_in(2)), ..TableHint::default() }]
}

/// Everything at once.
pub fn check(bytes: &[u8], beside: &Beside, dice: &mut Dice) -> Result<(), String> {
    let hints = hints(dice);
    let piece = 1 + dice.below(97);
    let read = |piece: usize| {
        let mut engine = Engine::default();
        take(&mut engine, 0, bytes, piece.max(1), &hints);
        engine
    };
    let mut whole = read(bytes.len());
    let mut pieces = read(piece);
    let found = data(&mut whole)?;
    same(&found, &data(&mut pieces)?, &format!("the sources in pieces of {piece}"))?;
    let document = summary(&mut whole, Mode::Conversations);
    same(
        &document,
        &summary(&mut pieces, Mode::Conversations),
        &format!("the summary in pieces of {piece}"),
    )?;
    accounts(&found, bytes)?;
    read_summary(&document).map_err(|why| format!("the summary can't be read back: {why}"))?;
    if dice.one_in(50) {
        let told = [&mut whole, &mut pieces].map(|engine| everything(engine, &BTreeMap::new()));
        if let Some(first) = differences(&told[0], &told[1]).first() {
            return Err(format!("in pieces of {piece}: {first}"));
        }
    }
    seek(bytes, piece)?;
    company(bytes, beside, &hints, &found)?;
    described(bytes)?;
    rules(bytes, beside);
    texts(bytes)
}

fn same<T: PartialEq + std::fmt::Debug>(one: &T, other: &T, what: &str) -> Result<(), String> {
    if one == other {
        return Ok(());
    }
    let (one, other) = (format!("{one:#?}"), format!("{other:#?}"));
    let line = one.lines().zip(other.lines()).find(|(a, b)| a != b);
    Err(format!("{what} differ: {line:?}"))
}

/// Every byte, record and tuple is somewhere, and what gives nothing says why.
fn accounts(found: &DataAnswer, bytes: &[u8]) -> Result<(), String> {
    // An hour without flows has an empty list; what is packed can't be looked into here.
    let text: String = String::from_utf8_lossy(bytes).split_whitespace().collect();
    let says_none = !text.contains("records") || text.contains("[]") || text.contains("null");
    let mut sum = Accounts::default();
    for row in &found.sources {
        let a = row.accounts;
        let held = [
            ("bytes", a.bytes == a.bytes_scanned + a.bytes_skipped),
            ("records", a.records >= a.duplicate_records),
            ("tuples", a.tuples >= a.duplicate_tuples + a.rejected_tuples),
            ("tuples without a record", a.records > 0 || a.tuples == 0),
        ];
        if let Some((what, _)) = held.iter().find(|(_, holds)| !holds) {
            return Err(format!("{what} don't add up: {row:?}"));
        }
        let is_description = ["azure-network", "service-tags"].contains(&row.kind.as_str());
        if a.tuples == 0 && (a.records == 0 || !says_none) && !is_description && row.issues.is_empty() {
            return Err(format!("a file of which nothing counts has no issue: {row:?}"));
        }
        let is_whole = row.issues.iter().all(|issue| issue.code != "more");
        let told: u64 = row.issues.iter().map(|issue| issue.length).sum();
        if is_whole && told != a.bytes_skipped {
            return Err(format!("issues name {told} bytes of {}: {row:?}", a.bytes_skipped));
        }
        let rejected = row
            .issues
            .iter()
            .filter(|issue| issue.code.starts_with("tuple-") || issue.code == "counter-overflow");
        if is_whole && a.duplicate_records == 0 && rejected.clone().count() as u64 != a.rejected_tuples {
            return Err(format!("{} tuples are named of {}: {row:?}", rejected.count(), a.rejected_tuples));
        }
        sum.bytes += a.bytes;
        sum.records += a.records;
        sum.tuples += a.tuples;
        sum.rejected_tuples += a.rejected_tuples;
    }
    let t = found.totals;
    same(
        &(sum.bytes, sum.records, sum.tuples, sum.rejected_tuples),
        &(t.bytes, t.records, t.tuples, t.rejected_tuples),
        "the sums",
    )
}

/// Raw tuples are found the same however the file comes.
fn seek(bytes: &[u8], piece: usize) -> Result<(), String> {
    if is_zip(bytes) {
        return Ok(());
    }
    let found = |piece: usize| {
        let mut scan = SourceScan::seeking("mutant", Wanted::default());
        bytes.chunks(piece.max(1)).for_each(|piece| scan.push(piece));
        scan.finish_seeking()
    };
    same(&found(bytes.len()), &found(piece), "raw tuples in pieces")
}

/// A good file's figures stay, and the order of files changes nothing.
fn company(bytes: &[u8], beside: &Beside, hints: &[TableHint], alone: &DataAnswer) -> Result<(), String> {
    let mut before = Engine::default();
    take(&mut before, 0, bytes, bytes.len().max(1), hints);
    before.take_scan(SourceId(1), scan(GOOD, &beside.log, beside.log.len()));
    let mut behind = Engine::default();
    behind.take_scan(SourceId(0), scan(GOOD, &beside.log, beside.log.len()));
    take(&mut behind, 1, bytes, bytes.len().max(1), hints);
    same(&good(&mut before)?, &beside.alone, "the good file's figures")?;
    let found = data(&mut before)?;
    let of_mutant = |found: &DataAnswer| -> Vec<Accounts> {
        found.sources.iter().filter(|row| row.name != GOOD).map(|row| row.accounts).collect()
    };
    same(&of_mutant(&found), &of_mutant(alone), "the file's own figures beside a good one")?;
    let documents = [&mut before, &mut behind].map(|engine| summary(engine, Mode::Conversations));
    same(&documents[0], &documents[1], "the summaries of both orders")
}

/// As a description: what was read survives being merged, and groups can be asked about.
fn described(bytes: &[u8]) -> Result<(), String> {
    let file = read_network(bytes);
    let mut once = Network::default();
    merge_network(&mut once, file.network.clone());
    let mut twice = once.clone();
    merge_network(&mut twice, file.network);
    same(&once.networks.len(), &twice.networks.len(), "networks merged twice")?;
    Naming::new(&twice, &[]);
    RuleSet::of(&twice).not_understood();
    Ok(())
}

/// As rules: whatever was understood can be audited and simulated.
fn rules(bytes: &[u8], beside: &Beside) {
    if let Ok(set) = read_rules(bytes, &RuleSet::default()) {
        audit(&set, &beside.world, &beside.traffic, &azflow_engine::audit::Covered::default());
        simulate(&set, &beside.world, &beside.traffic);
    }
}

/// As what is opened on a screen: an older summary, a review, a filter.
fn texts(bytes: &[u8]) -> Result<(), String> {
    let text = String::from_utf8_lossy(bytes);
    drop(read_summary(&text));
    if let Ok(found) = read_review(&text) {
        let again = read_review(&review_document(&found.review)).map_err(|why| format!("a review: {why}"))?;
        same(&found.review, &again.review, "a review read back")?;
    }
    let line: String = text.chars().take(400).collect();
    if let Ok(parsed) = filter::parse(&line) {
        let printed = parsed.to_string();
        let again = filter::parse(&printed).map_err(|why| format!("a filter: {printed}: {why}"))?;
        same(&parsed, &again, "a filter read back")?;
    }
    Ok(())
}
