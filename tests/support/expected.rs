//! Expected statements of a case: the optional file `expected.sql` beside its `old.sql`, with the statements there
//! below `-- up` and those back below `-- down`, as `aludel diff --sql` prints them. The suites prove that the
//! statements work; the file proves that their form has not changed.
//!
//! `UPDATE_CASES=1` writes the files of the cases that have one, so an empty file adds one. A first line such as `-- on:
//! mariadb`, `-- on: postgres 15+` (that version or later) or `-- on: postgres 12-15` limits the file to the servers on
//! which the statements are the same; on others it is not compared, and counted as such.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock};

use aludel::autogenerate::script_text;
use aludel::schema::Script;
use aludel::sql::Dialect;

use super::cases::{self, Case};

/// Files that were compared so far, of all databases.
static COMPARED: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// Start of the line that limits a file to some servers.
const CONDITION: &str = "-- on: ";

/// Compares the statements with the case's file, if it has one that applies to the server. `down` is `None` if the
/// server has no way back.
pub fn compare(case: &Case, dialect: Dialect, up: &Script, down: Option<&Script>) -> Result<(), String> {
    let Some(path) = case.expected.as_deref() else { return Ok(()) };
    let wanted = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let condition = wanted.lines().next().filter(|line| line.starts_with(CONDITION));
    if !condition.is_none_or(|line| applies(&line[CONDITION.len()..], server(dialect))) {
        return Ok(());
    }
    let condition = condition.map(|line| format!("{line}\n")).unwrap_or_default();
    let section = |name: &str, script: &Script| format!("-- {name}\n{}", script_text(script, dialect));
    let down = down.map(|script| format!("\n{}", section("down", script))).unwrap_or_default();
    let found = format!("{condition}{}{down}", section("up", up));
    COMPARED.lock().expect("no test panics while it adds a path").push(path.to_owned());
    if found == wanted {
        return Ok(());
    }
    if std::env::var_os("UPDATE_CASES").is_some() {
        return std::fs::write(path, found).map_err(|error| format!("{}: {error}", path.display()));
    }
    Err(format!("other statements than in {} (UPDATE_CASES=1 writes it):\n{}", shown(path), diff(&wanted, &found)))
}

/// Prints how many of the files of `tests/cases/FOLDER` were compared, and how many do not apply to the server.
pub fn say_summary(folder: &str) {
    let files: Vec<PathBuf> = cases::cases(folder).into_iter().filter_map(|case| case.expected).collect();
    let compared = COMPARED.lock().expect("no test panics while it adds a path");
    let (all, there) = (files.len(), files.iter().filter(|file| compared.contains(file)).count());
    let others = all - there;
    cases::say(&format!("expected statements: {there} of {all} files compared, {others} not for this server"));
}

fn shown(path: &Path) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    path.strip_prefix(root).unwrap_or(path).display().to_string()
}

/// Returns `true` if the server, a product and its major version, meets a condition: `mariadb`, `postgres 15+`, or
/// `postgres 12-15`.
fn applies(condition: &str, (product, major): &(String, u32)) -> bool {
    let (wanted, versions) = condition.trim().split_once(' ').unwrap_or((condition.trim(), "0+"));
    let number = |text: &str| text.parse::<u32>().unwrap_or_else(|error| panic!("{condition:?}: {error}"));
    let is_version = match (versions.strip_suffix('+'), versions.split_once('-')) {
        (Some(least), _) => *major >= number(least),
        (None, Some((least, most))) => (number(least)..=number(most)).contains(major),
        (None, None) => *major == number(versions),
    };
    wanted == product && is_version
}

/// Product and major version of the test server; one process tests a single dialect.
fn server(dialect: Dialect) -> &'static (String, u32) {
    static SERVER: OnceLock<(String, u32)> = OnceLock::new();
    SERVER.get_or_init(|| {
        let (product, version) = if dialect == Dialect::POSTGRES {
            ("postgres", super::postgres().shell("", "SHOW server_version;"))
        } else if dialect == Dialect::MYSQL {
            let product = if super::is_mariadb() { "mariadb" } else { "mysql" };
            (product, super::mariadb().shell("", "SELECT VERSION();"))
        } else {
            ("sqlite", "3".to_owned())
        };
        let major: String = version.chars().take_while(char::is_ascii_digit).collect();
        (product.to_owned(), major.parse().unwrap())
    })
}

/// Returns all lines of two texts, with `-` before those of `wanted` only and `+` before those of `found` only.
fn diff(wanted: &str, found: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (wanted.lines().collect(), found.lines().collect());
    // Length of the longest common subsequence of the lines from each position on.
    let mut common = vec![vec![0_usize; new.len() + 1]; old.len() + 1];
    for (row, line) in old.iter().enumerate().rev() {
        for (column, other) in new.iter().enumerate().rev() {
            let longer = common[row + 1][column].max(common[row][column + 1]);
            common[row][column] = if line == other { common[row + 1][column + 1] + 1 } else { longer };
        }
    }
    let (mut row, mut column, mut text) = (0, 0, String::new());
    while row < old.len() || column < new.len() {
        let (sign, line) = if row < old.len() && column < new.len() && old[row] == new[column] {
            (row, column) = (row + 1, column + 1);
            (' ', old[row - 1])
        } else if column == new.len() || row < old.len() && common[row + 1][column] >= common[row][column + 1] {
            row += 1;
            ('-', old[row - 1])
        } else {
            column += 1;
            ('+', new[column - 1])
        };
        text += &format!("{sign} {line}\n");
    }
    text
}
