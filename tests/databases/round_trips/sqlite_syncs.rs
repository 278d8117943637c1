//! Calls of fsync and fdatasync of the program, counted by a preloaded library. Linux with glibc only: a static binary
//! does not load it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

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

/// Returns the number of calls of an upgrade of `count` revisions on a fresh file; `config` is added to its config.
fn upgrade_syncs(library: &Path, count: usize, config: &str, sql: Sections) -> usize {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("syncs");
    let project = project(&format!("sqlite:{}", folder.path().join("app.db").display()), count, config, sql);
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
fn a_revision_that_is_durable_by_itself_is_four_syncs_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let library = library(folder.path());
    for sql in [table_and_index, row] {
        assert_eq!(per_revision(|count| upgrade_syncs(&library, count, "durable: each\n", sql)), 4.0);
    }
}

/// Groups end after 100 revisions, or after 200 ms, which a slow machine may need for fewer.
#[test]
fn a_group_of_revisions_is_four_syncs_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let library = library(folder.path());
    for sql in [table_and_index, row] {
        let start = Instant::now();
        let syncs = upgrade_syncs(&library, 1_000, "", sql);
        let groups = 10 + usize::try_from(start.elapsed().as_millis()).unwrap() / 200;
        // The tables of aludel, the snapshot, and the entries of new files in their folder.
        let others = 20;
        assert!(syncs <= 4 * groups + others, "{syncs} syncs in {:?}", start.elapsed());
    }
}
