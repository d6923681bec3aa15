//! Tables about which people can say something, or did: gathered from what the scan kept of them.

use super::TableQuestion;
use azflow_core::store::{SourceAccount, Store};
use std::collections::BTreeSet;

/// Kinds of tables that are told of; a page of them is more than anyone answers.
const MOST: usize = 20;

/// One question for all tables with the same headings, in the order of the sources, and how many kinds
/// more there are.
pub(super) fn tables(accounts: &[SourceAccount], store: &Store) -> (Vec<TableQuestion>, u32) {
    let mut out: Vec<TableQuestion> = Vec::new();
    let mut more = BTreeSet::new();
    // The files of one archive share a number, and are read again together.
    let counted: BTreeSet<u32> =
        store.sources().iter().filter(|s| !s.records.is_empty()).map(|s| s.id).collect();
    for account in accounts {
        let Some(source) = store.sources().get(account.index) else { continue };
        let Some(sketch) = &source.report.table else { continue };
        let counted = counted.contains(&source.id);
        let same = |known: &&mut TableQuestion| {
            known.sketch.key == sketch.key && known.sketch.day_first.is_some() == sketch.day_first.is_some()
        };
        if let Some(known) = out.iter_mut().find(same) {
            known.sources.push(source.id);
            known.counted |= counted;
        } else if out.len() < MOST {
            out.push(TableQuestion {
                name: source.report.name.clone(),
                sources: vec![source.id],
                sketch: (**sketch).clone(),
                counted,
            });
        } else {
            more.insert(sketch.key);
        }
    }
    (out, more.len() as u32)
}
