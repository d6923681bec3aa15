//! The core's work in one thread: scanning, taking in, answering.

#![allow(missing_docs, reason = "criterion's macros make public functions")]

use azflow::example::{BulkKind, bulk};
use azflow::ingest::SourceScan;
use azflow::session::{Engine, Query, Selection, SourceId, View};
use azflow::topology::Cut;
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;

fn log(kind: BulkKind, bytes: u64) -> Vec<u8> {
    let mut out = Vec::new();
    bulk(kind, bytes, &mut out).unwrap_or_default();
    out
}

fn scan(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut scan = SourceScan::new("PT1H.json");
    let mut parts = Vec::new();
    for piece in bytes.chunks(1 << 20) {
        scan.space(piece.len())[..piece.len()].copy_from_slice(piece);
        scan.filled(piece.len());
        parts.extend(std::iter::from_fn(|| scan.take_part()));
    }
    parts.extend(scan.finish());
    parts
}

fn take(parts: Vec<Vec<u8>>) -> Engine {
    let mut engine = Engine::default();
    engine.take_last(SourceId(0), parts);
    engine
}

fn scanning(c: &mut Criterion) {
    let mut group = c.benchmark_group("scan");
    group.sample_size(10);
    for (name, kind) in [("nsg-v2", BulkKind::NsgV2), ("vnet", BulkKind::Vnet)] {
        let bytes = log(kind, 32_000_000);
        group.throughput(Throughput::Bytes(bytes.len() as u64));
        group.bench_function(name, |b| b.iter(|| scan(black_box(&bytes))));
    }
    group.finish();
}

fn engine(c: &mut Criterion) {
    let parts = scan(&log(BulkKind::NsgV2, 70_000_000));
    let mut group = c.benchmark_group("engine, a million tuples");
    group.sample_size(10);
    group.bench_function("take in and first matrix", |b| {
        b.iter_batched(
            || parts.clone(),
            |parts| {
                let mut engine = take(parts);
                engine.answer(Query::Matrix(View::default()))
            },
            BatchSize::LargeInput,
        );
    });
    let mut engine = take(parts.clone());
    let mut v4 = 16;
    group.bench_function("matrix after a change of prefix length", |b| {
        b.iter(|| {
            v4 = if v4 == 29 { 16 } else { v4 + 1 };
            engine.answer(Query::Matrix(View { cut: Cut { v4, v6: 64 }, ..View::default() }))
        });
    });
    group.bench_function("breakdown of everything", |b| {
        b.iter(|| engine.answer(Query::Breakdown(View::default(), Selection::default())));
    });
    group.finish();
}

criterion_group!(benches, scanning, engine);
criterion_main!(benches);
