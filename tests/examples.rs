//! The programs in `examples`, which people copy: each is run over small inputs.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[allow(dead_code, reason = "its main function is the program's")]
#[path = "../examples/count_folder.rs"]
mod count_folder;
#[allow(dead_code, reason = "its main function is the program's")]
#[path = "../examples/draft_bicep.rs"]
mod draft_bicep;
#[allow(dead_code, reason = "its main function is the program's")]
#[path = "../examples/which_rule.rs"]
mod which_rule;

use azflow_engine::example::{FILES, file};
use std::fs;
use std::path::{Path, PathBuf};

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

/// A folder with the built-in example's logs, laid out as Azure does it.
fn logs(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    for (path, bytes) in (0..FILES).map(file) {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    folder
}

#[test]
fn a_folder_is_counted_pair_by_pair() {
    let matrix = count_folder::count(&logs("examples-count")).unwrap();
    assert!(matrix.contains("10.10.1.0/24 -> 10.10.2.0/24: "), "{matrix}");
    assert!(matrix.lines().all(|line| line.ends_with(" denied")), "{matrix}");
}

#[test]
fn the_deciding_rule_of_a_pair_is_named_by_stage() {
    let files: Vec<PathBuf> =
        ["az_nsg_list.json", "az_vnet_list.json"].map(|name| fixtures().join(name)).into();
    let ask = |src, dst| which_rule::which_rule(&files, (src, dst), 443).unwrap();
    assert_eq!(ask("10.1.8.4", "10.2.0.5"), "destination-subnet: deny-rest of nsg-sql: denied\ndenied\n");
    assert_eq!(
        ask("10.2.0.5", "10.1.8.4"),
        "source-subnet: AllowVnetOutBound of nsg-sql: allowed\nallowed\n"
    );
    // The group of its subnet is on no file.
    assert!(ask("10.1.0.4", "10.2.0.5").contains("nsg-web, which is not on file\n"));
}

#[test]
fn a_draft_becomes_bicep() {
    let folder = logs("examples-draft");
    let subnets = folder.join("subnets.csv");
    fs::write(&subnets, "prefix,name,network\n10.20.1.0/24,snet-web,spoke\n10.20.2.0/24,snet-db,spoke\n")
        .unwrap();
    let logs = (0..FILES).map(|index| folder.join(file(index).0));
    let bicep = draft_bicep::draft_bicep(&std::iter::once(subnets).chain(logs).collect::<Vec<_>>()).unwrap();
    assert!(bicep.contains("resource nsg_snet_web 'Microsoft.Network/networkSecurityGroups@"), "{bicep}");
    assert!(bicep.contains("Deny_VirtualNetwork_to_snet-web"), "{bicep}");
}
