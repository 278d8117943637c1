//! What the benchmarks share: projects made up in temporary folders, other programs, runs in turn, tables.
//!
//! A benchmark compares whole processes with another program's in the same run, in turn (A B A B ...), and tells
//! medians: the machine's moods hit both. `ALUDEL_BENCH_RUNS` sets how often (default: what each benchmark says).
#![allow(dead_code, unreachable_pub)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::print_stderr)]

pub mod alembic;
pub mod measure;
pub mod process;
pub mod proxy;
pub mod revisions;
pub mod tables;

use std::path::{Path, PathBuf};

/// The binary under test, as cargo built it for this benchmark (release profile).
pub const ALUDEL: &str = env!("CARGO_BIN_EXE_aludel");

/// A number from the environment.
pub fn setting(name: &str, otherwise: usize) -> usize {
    std::env::var(name).ok().and_then(|value| value.parse().ok()).unwrap_or(otherwise)
}

/// How often each contender runs: at least 5 for a median worth its name, unless the user wants otherwise.
pub fn runs(usual: usize) -> usize {
    setting("ALUDEL_BENCH_RUNS", usual).max(1)
}

/// Whether the part `name` is wanted: all are, unless arguments name some (`cargo bench --bench NAME -- PART`).
pub fn is_wanted(name: &str) -> bool {
    let mut named = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).peekable();
    named.peek().is_none() || named.any(|argument| name.contains(&argument))
}

/// A folder that goes away with the value. `TMPDIR` says on which disk.
pub fn folder() -> tempfile::TempDir {
    tempfile::Builder::new().prefix("aludel-bench-").tempdir().expect("a temporary folder")
}

/// `name` on the PATH.
pub fn on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|program| program.is_file())
}

/// A program named by an environment variable, else found on the PATH; otherwise says how to get it.
pub fn program(variable: &str, name: &str, install: &str) -> Option<PathBuf> {
    let given = std::env::var_os(variable).map(PathBuf::from).filter(|program| program.is_file());
    let found = given.or_else(|| on_path(name));
    if found.is_none() {
        println!("\n{name} is not here, and is left out. To have it in the table:\n    {install}");
    }
    found
}

/// Warns where syncing costs nothing, because then commits cost nothing either.
pub fn tell_disk(folder: &Path) {
    let kind = process::output(std::process::Command::new("stat").args(["-f", "-c", "%T"]).arg(folder));
    let kind = kind.trim();
    println!("temporary files are on: {kind}");
    if kind == "tmpfs" {
        println!("warning: a sync costs nothing there; set TMPDIR to a folder on a disk");
    }
}
