//! The scheduler: who reads what, and what happens when a worker, a source or the engine fails.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use azflow_engine::session::{
    Command, Event, Failure, LoadPhase, NewSource, Scheduler, SourceId, ToEngine, Whole, WorkerId,
};

fn sources(sizes: &[Option<u64>]) -> Vec<NewSource> {
    let source = |(i, bytes): (usize, &Option<u64>)| NewSource {
        alone: false,
        id: SourceId(i as u32),
        name: format!("{i}"),
        bytes: *bytes,
    };
    sizes.iter().enumerate().map(source).collect()
}

fn small(count: usize) -> Vec<NewSource> {
    sources(&vec![Some(1000); count])
}

fn assigned(commands: &[Command]) -> Vec<(WorkerId, Vec<u32>)> {
    let ids = |list: &Vec<SourceId>| list.iter().map(|s| s.0).collect();
    commands
        .iter()
        .filter_map(|c| if let Command::Assign(worker, list) = c { Some((*worker, ids(list))) } else { None })
        .collect()
}

fn whole(source: u32) -> Whole {
    Whole { source: SourceId(source), bytes: 1000, length: 5, scan_micros: 1 }
}

/// Finishes everything that is assigned, until nothing is.
fn run_to_end(scheduler: &mut Scheduler, mut commands: Vec<Command>, now: u64) -> Vec<u32> {
    let mut order = Vec::new();
    while let Some((worker, list)) = assigned(&commands).pop() {
        order.extend(&list);
        let done: Vec<Whole> = list.iter().map(|s| whole(*s)).collect();
        let ids = list.iter().map(|s| SourceId(*s)).collect();
        commands = scheduler.handle(Event::Finished(worker, done), now);
        commands.extend(scheduler.handle(Event::Took(ids, Some(worker)), now));
    }
    order
}

#[test]
fn small_sources_go_in_batches_and_large_ones_alone() {
    let mut scheduler = Scheduler::new(1);
    let sizes: Vec<Option<u64>> =
        vec![Some(10), Some(10), Some(1 << 30), Some(10), Some(10), Some(10), Some(10), Some(10)];
    let commands = scheduler.handle(Event::Added(sources(&sizes)), 0);
    let first = assigned(&commands);
    assert_eq!(first[0].1, [0, 1]);
    assert_eq!(run_to_end(&mut scheduler, commands, 1), [0, 1, 2, 3, 4, 5, 6, 7]);
    assert_eq!(scheduler.state(1).phase, LoadPhase::Ready);
}

#[test]
fn fifty_thousand_sources_need_few_messages() {
    let mut scheduler = Scheduler::new(3);
    let mut waiting = assigned(&scheduler.handle(Event::Added(small(50_000)), 0));
    let mut messages = 0;
    while let Some((worker, list)) = waiting.pop() {
        messages += 1;
        let done = list.iter().map(|s| whole(*s)).collect();
        let ids = list.iter().map(|s| SourceId(*s)).collect();
        waiting.extend(assigned(&scheduler.handle(Event::Finished(worker, done), 0)));
        waiting.extend(assigned(&scheduler.handle(Event::Took(ids, Some(worker)), 0)));
    }
    assert!(messages < 2000, "{messages}");
    assert_eq!((scheduler.state(0).files_done, scheduler.state(0).phase), (50_000, LoadPhase::Ready));
}

#[test]
fn after_a_death_each_source_is_read_alone_and_only_the_culprit_is_given_up() {
    let mut scheduler = Scheduler::new(1);
    let mut commands = scheduler.handle(Event::Added(small(6)), 0);
    let mut given_up = Vec::new();
    // Source 1 kills whoever reads it.
    for _ in 0..40 {
        let Some((worker, list)) = assigned(&commands).pop() else { break };
        if list.contains(&1) {
            commands = scheduler.handle(Event::Died(worker, Failure::Killed), 0);
            for command in commands.clone() {
                if let Command::Tell(ToEngine::Failed { source, .. }) = command {
                    given_up.push(source.0);
                    commands.extend(scheduler.handle(Event::Took(vec![source], None), 0));
                }
            }
        } else {
            let done = list.iter().map(|s| whole(*s)).collect();
            let ids = list.iter().map(|s| SourceId(*s)).collect();
            commands = scheduler.handle(Event::Finished(worker, done), 0);
            commands.extend(scheduler.handle(Event::Took(ids, Some(worker)), 0));
        }
    }
    assert_eq!(given_up, [1]);
    let state = scheduler.state(0);
    assert_eq!((state.files_done, state.files_total, state.phase), (6, 6, LoadPhase::Ready));
}

#[test]
fn a_source_whose_worker_died_once_is_read_again() {
    let mut scheduler = Scheduler::new(1);
    let commands = scheduler.handle(Event::Added(small(1)), 0);
    let (worker, _) = assigned(&commands)[0];
    let commands = scheduler.handle(Event::Died(worker, Failure::Killed), 0);
    assert!(commands.contains(&Command::Tell(ToEngine::Again { source: SourceId(0) })));
    assert_eq!(run_to_end(&mut scheduler, commands, 0), [0]);
    assert_eq!(scheduler.state(0).phase, LoadPhase::Ready);
}

#[test]
fn a_silent_worker_is_taken_for_dead_but_not_after_the_machine_slept() {
    let mut scheduler = Scheduler::new(1);
    scheduler.handle(Event::Added(small(1)), 0);
    let mut died_at = None;
    for now in (100..100_000).step_by(100) {
        let commands = scheduler.handle(Event::Tick, now);
        if commands.iter().any(|c| matches!(c, Command::Terminate(_))) {
            died_at = Some(now);
            break;
        }
    }
    assert!(died_at.is_some_and(|at| (30_000..31_000).contains(&at)), "{died_at:?}");
    let mut scheduler = Scheduler::new(1);
    scheduler.handle(Event::Added(small(1)), 0);
    let commands = scheduler.handle(Event::Tick, 3_600_000);
    assert!(!commands.iter().any(|c| matches!(c, Command::Terminate(_))));
}

#[test]
fn cancelling_drops_what_is_being_read_and_keeps_what_is_whole() {
    let mut scheduler = Scheduler::new(1);
    let commands = scheduler.handle(Event::Added(small(4)), 0);
    let (worker, list) = assigned(&commands)[0].clone();
    scheduler.handle(Event::Finished(worker, vec![whole(list[0])]), 0);
    let commands = scheduler.handle(Event::Cancel, 5);
    assert!(commands.contains(&Command::Terminate(worker)));
    assert!(
        !commands
            .iter()
            .any(|c| matches!(c, Command::Tell(ToEngine::Drop { source, .. }) if source.0 == list[0]))
    );
    assert!(scheduler.handle(Event::Progress(worker, SourceId(1), 10), 6).is_empty());
    scheduler.handle(Event::Took(vec![SourceId(list[0])], Some(worker)), 7);
    let state = scheduler.state(7);
    assert_eq!((state.phase, state.files_done, state.elapsed_ms), (LoadPhase::Cancelled, 1, 5));
}

#[test]
fn sizes_may_become_known_later() {
    let mut scheduler = Scheduler::new(1);
    let commands = scheduler.handle(Event::Added(sources(&[None, None])), 0);
    assert_eq!((scheduler.state(0).bytes_total, scheduler.state(0).files_unsized), (0, 2));
    scheduler.handle(Event::Sized(vec![(SourceId(1), 500)]), 0);
    assert_eq!((scheduler.state(0).bytes_total, scheduler.state(0).files_unsized), (500, 1));
    run_to_end(&mut scheduler, commands, 0);
    let state = scheduler.state(0);
    assert_eq!((state.bytes_total, state.bytes_done, state.files_unsized), (1500, 1500, 0));
}

#[test]
fn what_the_engine_has_dealt_with_gives_credit() {
    let mut scheduler = Scheduler::new(1);
    let commands = scheduler.handle(Event::Added(small(1)), 0);
    let (worker, _) = assigned(&commands)[0];
    assert!(scheduler.handle(Event::Kept(worker), 0).contains(&Command::Credit(worker)));
    assert!(!scheduler.handle(Event::Kept(WorkerId(99)), 0).contains(&Command::Credit(WorkerId(99))));
}

#[test]
fn nothing_of_an_abandoned_load_counts() {
    let mut scheduler = Scheduler::new(1);
    let commands = scheduler.handle(Event::Added(small(2)), 0);
    let (worker, list) = assigned(&commands)[0].clone();
    scheduler.handle(Event::Clear, 0);
    let late = scheduler.handle(Event::Finished(worker, vec![whole(list[0])]), 0);
    assert!(!late.iter().any(|c| matches!(c, Command::Forward(_))));
    assert_eq!(scheduler.state(0).phase, LoadPhase::Idle);
}
