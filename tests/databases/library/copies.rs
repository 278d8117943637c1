//! Eight copies of the example program at once on one database: one applies the revisions, and all of them start.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

use aludel::{Embedded, Migrator};

use crate::support::project::{Kind, Project};

const COPIES: usize = 8;
static REVISIONS: Embedded = aludel::embed!("examples/notes/revisions");

/// Builds the example with the profile of these tests.
fn example() -> &'static Path {
    static EXAMPLE: OnceLock<PathBuf> = OnceLock::new();
    EXAMPLE.get_or_init(|| {
        let profile = std::env::current_exe().unwrap().ancestors().nth(2).unwrap().to_owned();
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(["build", "--quiet", "--locked", "--offline", "--example", "notes"]);
        cargo.current_dir(env!("CARGO_MANIFEST_DIR")).arg("--target-dir").arg(profile.parent().unwrap());
        if profile.ends_with("release") {
            cargo.arg("--release");
        }
        // What cargo sets for a test program makes build scripts run again, and with them all that depends on them.
        const OF_THIS_TEST: [&str; 7] = [
            "ALUDEL_BUILD",
            "CARGO_BIN_",
            "CARGO_CRATE_",
            "CARGO_MANIFEST_",
            "CARGO_PKG_",
            "CARGO_PRIMARY_",
            "OUT_DIR",
        ];
        for (name, _) in std::env::vars_os() {
            if OF_THIS_TEST.iter().any(|prefix| name.to_string_lossy().starts_with(prefix)) {
                cargo.env_remove(name);
            }
        }
        let output = cargo.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        profile.join("examples").join("notes")
    })
}

fn start(project: &Project, url: &str) -> std::process::Child {
    let mut copy = Command::new(example());
    copy.env_clear().env("DATABASE_URL", url).env("HOME", project.path("")).current_dir(project.path(""));
    copy.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

fn applied(output: &Output) -> usize {
    let (said, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}{errors}");
    let number = said.split_whitespace().find_map(|word| word.parse().ok());
    number.unwrap_or_else(|| panic!("{said}{errors}"))
}

fn eight_copies(kind: Kind) {
    let project = Project::new();
    let url = project.new_database(kind, "notes");
    let copies: Vec<_> = (0..COPIES).map(|_| start(&project, &url)).collect();
    let outputs = copies.into_iter().map(|copy| copy.wait_with_output().unwrap());
    let mut numbers: Vec<usize> = outputs.map(|output| applied(&output)).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, [0, 0, 0, 0, 0, 0, 0, 3], "one of them did all of the work");
    let done = "SELECT count(*) FROM aludel_version_history WHERE state = 'done' AND operation = 'upgrade';";
    assert_eq!(project.shell(kind, &url, done), "3");
    assert_eq!(project.shell(kind, &url, "SELECT count(*) FROM notes;"), "1");
    down_again(&url);
}

fn down_again(url: &str) {
    let migrator = Migrator::embedded(REVISIONS.clone().url(url)).unwrap().may_lose_rows(true);
    let report = migrator.downgrade("base").unwrap();
    assert_eq!(report.steps().count(), 3);
    assert!(report.services[0].to.is_empty());
}

#[test]
fn eight_copies_start_at_once_on_sqlite() {
    eight_copies(Kind::Sqlite);
}

#[test]
fn eight_copies_start_at_once_on_postgres() {
    eight_copies(Kind::Postgres);
}

#[test]
fn eight_copies_start_at_once_on_mariadb() {
    eight_copies(Kind::Mariadb);
}
