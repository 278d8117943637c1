//! Features: a program gets neither the command line nor drivers that it did not enable.

use std::collections::BTreeSet;
use std::process::Command;

/// Returns the crates that a program with these features depends on.
fn crates(features: &str) -> BTreeSet<String> {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["tree", "--locked", "--offline", "--edges", "normal", "--prefix", "none", "--no-default-features"]);
    let output = cargo.args(["--features", features]).current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let name = |line: &str| line.split_whitespace().next().map(str::to_owned);
    String::from_utf8(output.stdout).unwrap().lines().filter_map(name).collect()
}

const TERMINAL: [&str; 7] =
    ["clap", "clap_complete", "clap_mangen", "indicatif", "console", "ctrlc", "annotate-snippets"];

#[test]
fn a_program_gets_the_drivers_it_asks_for_and_no_command_line() {
    let drivers = [("sqlite", "rusqlite"), ("postgres", "tokio-postgres"), ("mysql", "mysql")];
    for (feature, driver) in drivers {
        let crates = crates(feature);
        assert!(crates.contains(driver), "{feature}: {driver}");
        let others = drivers.iter().map(|(_, other)| *other).filter(|other| *other != driver);
        for name in others.chain(TERMINAL) {
            assert!(!crates.contains(name), "{feature} brings {name}");
        }
    }
}

#[test]
fn no_asynchronous_runtime_comes_with_sqlite() {
    assert!(!crates("sqlite").contains("tokio"));
}
