//! Calls of fsync and fdatasync of the program, counted by a preloaded library. Linux with glibc only: a static binary
//! does not load it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{Sections, per_revision, project, row, table_and_index};

/// Compiles the library into `folder`.
fn library(folder: &Path) -> PathBuf {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/databases/round_trips/count_syncs.c");
    let library = folder.join("count_syncs.so");
    let compiler = std::env::var_os("CC").unwrap_or_else(|| "cc".into());
    let mut command = Command::new(compiler);
    command.args(["-shared", "-fPIC", "-o"]).arg(&library).arg(source).arg("-ldl");
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    library
}

/// Returns the number of calls of an upgrade of `count` revisions on a fresh file.
fn upgrade_syncs(library: &Path, count: usize, sql: Sections) -> usize {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("syncs");
    let project = project(&format!("sqlite:{}", folder.path().join("app.db").display()), count, "", sql);
    let mut command = project.command(&["upgrade", "head"]);
    let output = command.env("LD_PRELOAD", library).env("SYNC_LOG", &log).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let log = std::fs::read_to_string(log).expect("no call was counted");
    let mut calls: BTreeMap<&str, usize> = BTreeMap::new();
    log.lines().for_each(|line| *calls.entry(line).or_default() += 1);
    println!("{count} revisions: {calls:?}");
    log.lines().count()
}

#[test]
fn a_revision_is_four_syncs_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let library = library(folder.path());
    for sql in [table_and_index, row] {
        assert_eq!(per_revision(|count| upgrade_syncs(&library, count, sql)), 4.0);
    }
}
