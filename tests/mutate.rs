//! Mutants: files changed in their structure, as copies, other versions, careless scripts and attackers change them,
//! and what must hold of every one of them.
//!
//! A few that are always the same are tested with everything else. `cargo xtask mutate` goes on for as long as it is told
//! to and prints the seed of each mutant over which something fails; the same seed makes the same mutant again.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, clippy::print_stderr, reason = "a test")]

#[path = "mutate/bytes.rs"]
mod bytes;
#[path = "mutate/check.rs"]
mod check;
#[path = "mutate/dice.rs"]
mod dice;
#[path = "mutate/json.rs"]
mod json;
#[path = "mutate/odd.rs"]
mod odd;
#[path = "mutate/seeds.rs"]
mod seeds;
mod support;
#[path = "mutate/table.rs"]
mod table;

use check::{Beside, check};
use dice::Dice;
use seeds::Seed;
use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// Mutants that are tested with everything else.
const FEW: u64 = 300;
/// A longer mutant is cut: reading it is no other work, only more of it.
const LONGEST: usize = 400_000;
/// A mutant that takes so long hangs.
const HANGS: Duration = Duration::from_secs(180);
const WORKERS: u64 = 2;

thread_local! {
    /// What the last panic of this thread said.
    static PANIC: RefCell<String> = const { RefCell::new(String::new()) };
}

/// The mutant of a seed, and what it was made of.
fn mutant(seeds: &[Seed], dice: &mut Dice) -> (Vec<u8>, String) {
    let (of, other) = (&seeds[dice.below(seeds.len())], &seeds[dice.below(seeds.len())]);
    let mut bytes = of.bytes.clone();
    let mut made = of.name.clone();
    for _ in 0..1 + dice.below(3) {
        let text = std::str::from_utf8(&bytes).ok();
        let is_json = text.is_some_and(|text| text.trim_start().starts_with(['{', '[']));
        let changed = match (text, dice.below(8)) {
            (Some(text), 0..=5) if is_json => json::mutate(text, dice).map(|text| ("json", text)),
            (Some(text), 0..=5) => Some(("table", table::mutate(text, dice))),
            (Some(text), 6) => Some(("text", odd::changed(text, dice))),
            _ => None,
        };
        match changed {
            Some((how, text)) => {
                bytes = text.into_bytes();
                made.push_str(&format!(" → {how}"));
            }
            None => {
                bytes::mutate(&mut bytes, &other.bytes, dice);
                made.push_str(" → bytes");
            }
        }
    }
    if dice.one_in(8) {
        bytes = bytes::encode(&bytes, dice);
        made.push_str(" → encoded");
    }
    bytes.truncate(LONGEST);
    if dice.one_in(8) {
        bytes = bytes::gzip(&bytes, dice);
        made.push_str(" → gzip");
    }
    if dice.one_in(8) {
        bytes = bytes::zip(&bytes, &other.bytes, dice);
        made.push_str(&format!(" → zip with {}", other.name));
    }
    (bytes, made)
}

/// What all workers share.
struct Run {
    seeds: Vec<Seed>,
    beside: Beside,
    next: AtomicU64,
    ended: AtomicBool,
    failures: Mutex<Vec<String>>,
    /// By worker: the seed it is at, and since when.
    at: Vec<Mutex<Option<(u64, Instant)>>>,
    folder: PathBuf,
}

impl Run {
    fn one(&self, worker: usize, seed: u64) {
        let mut dice = Dice::new(seed);
        let (bytes, made) = mutant(&self.seeds, &mut dice);
        // Kept beforehand: where memory or the stack runs out nobody is left to do it.
        let file = self.folder.join(format!("worker-{worker}"));
        std::fs::write(&file, &bytes).unwrap();
        std::fs::write(self.folder.join(format!("worker-{worker}.seed")), seed.to_string()).unwrap();
        *self.at[worker].lock().unwrap() = Some((seed, Instant::now()));
        let outcome = catch_unwind(AssertUnwindSafe(|| check(&bytes, &self.beside, &mut dice)));
        *self.at[worker].lock().unwrap() = None;
        let why = match outcome {
            Ok(Ok(())) => return,
            Ok(Err(why)) => why,
            Err(_) => PANIC.with_borrow(|said| format!("panicked: {said}")),
        };
        let kept = self.folder.join(format!("{seed}"));
        std::fs::write(&kept, &bytes).unwrap();
        let why: String = why.chars().take(2000).collect();
        let told = format!(
            "mutant {seed} ({made}, {} bytes): {why}\n  kept as {}; again: cargo xtask mutate --seed {seed}",
            bytes.len(),
            kept.display()
        );
        println!("{told}");
        self.failures.lock().unwrap().push(told);
    }

    /// Ends the process where a mutant hangs: nothing else can.
    fn watch(&self) {
        while !self.ended.load(Ordering::Relaxed) {
            std::thread::sleep(Duration::from_millis(200));
            for at in &self.at {
                if let Some((seed, since)) = *at.lock().unwrap()
                    && since.elapsed() > HANGS
                {
                    eprintln!("mutant {seed} hangs; again: cargo xtask mutate --seed {seed}");
                    std::process::exit(1);
                }
            }
        }
    }
}

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}

/// Tests mutants from a seed on, so many or for so long; how many, and what failed.
fn run(first: u64, count: u64, until: Option<Instant>) -> (u64, Vec<String>) {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("mutants");
    std::fs::create_dir_all(&folder).unwrap();
    let run = Arc::new(Run {
        seeds: seeds::all(),
        beside: Beside::new(),
        next: AtomicU64::new(0),
        ended: AtomicBool::new(false),
        failures: Mutex::default(),
        at: (0..WORKERS).map(|_| Mutex::default()).collect(),
        folder,
    });
    std::panic::set_hook(Box::new(|info| PANIC.with_borrow_mut(|said| *said = info.to_string())));
    let watch = std::thread::spawn({
        let run = Arc::clone(&run);
        move || run.watch()
    });
    std::thread::scope(|scope| {
        for worker in 0..WORKERS as usize {
            let run = &run;
            scope.spawn(move || {
                loop {
                    let number = run.next.fetch_add(1, Ordering::Relaxed);
                    let is_over = until.map_or(number >= count, |until| Instant::now() > until);
                    if is_over || run.failures.lock().unwrap().len() >= 20 {
                        return;
                    }
                    run.one(worker, first.wrapping_add(number));
                }
            });
        }
    });
    run.ended.store(true, Ordering::Relaxed);
    watch.join().unwrap();
    drop(std::panic::take_hook());
    let tested = run.next.load(Ordering::Relaxed).saturating_sub(WORKERS);
    let failures = std::mem::take(&mut *run.failures.lock().unwrap());
    (tested, failures)
}

#[test]
fn whatever_is_in_a_file_nothing_panics_and_all_is_accounted_for() {
    let (tested, failures) = match (number("AZFLOW_MUTATE_SEED"), number("AZFLOW_MUTATE_SECONDS")) {
        (Some(seed), None) => run(seed, 1, None),
        (seed, Some(seconds)) => {
            let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
            let first = seed.unwrap_or(now.as_secs() << 24);
            println!("mutants from {first} on, for {seconds} seconds");
            run(first, 0, Some(Instant::now() + Duration::from_secs(seconds)))
        }
        (None, None) => run(1, FEW, None),
    };
    println!("{tested} mutants, {} failed", failures.len());
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
