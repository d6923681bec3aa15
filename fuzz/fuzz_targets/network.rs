//! Any bytes as a description of a network: nothing panics, and what was read survives being merged.

#![no_main]

use azflow_core::model::Network;
use azflow_engine::topology::{Naming, merge_network, read_network};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let file = read_network(bytes);
    let mut once = Network::default();
    merge_network(&mut once, file.network.clone());
    let mut twice = once.clone();
    merge_network(&mut twice, file.network);
    assert_eq!(once.networks.len(), twice.networks.len());
    Naming::new(&twice, &[]);
});
