//! docs/from-others.md: the outputs in it are real, as proved by a transcript of its project or by running the command.

use std::path::Path;

use super::{Switch, sample};
use crate::support::project::Kind;

fn file(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Returns the session of the page that starts with this line.
fn session(first: &str) -> String {
    let page = file("docs/from-others.md");
    let start = page.find(&format!("```console\n{first}")).unwrap_or_else(|| panic!("no session begins with {first}"));
    page[start + 11..].split("```").next().unwrap().to_owned()
}

/// Replaces the numbers of a line, because times differ from run to run.
fn plain(line: &str) -> String {
    let line = line.strip_prefix("! ").unwrap_or(line).trim_end();
    let words = line.split(' ').map(|word| if word.bytes().all(|byte| byte.is_ascii_digit()) { "[N]" } else { word });
    words.collect::<Vec<_>>().join(" ")
}

/// Asserts that every line of the session is in the real output, in this order.
#[track_caller]
fn is_said(session: &str, said: &str) {
    let mut said = said.lines().map(plain);
    for line in session.lines().filter(|line| !line.trim().is_empty()) {
        assert!(said.any(|told| told == plain(line)), "the page says, and nothing else does at this place:\n{line}");
    }
}

#[test]
fn the_session_with_dbmate_is_the_transcript() {
    is_said(&session("$ aludel import dbmate"), &file("tests/transcripts/commands/import.txt"));
}

#[test]
fn the_session_with_sqitch_is_what_its_scenario_says() {
    let switch = Switch::new("sqitch", Kind::Postgres);
    let config = std::fs::read_to_string(switch.project.path("aludel.yaml")).unwrap();
    switch.project.write("aludel.yaml", &config.replace("  app:", "  flipr:"));
    let folder = sample("sqitch", "project").display().to_string();
    let session = session("$ aludel import sqitch");
    let (import, history) = session.split_once("$ aludel history\n").unwrap();
    let run = switch.ok(&["import", "sqitch", &folder]);
    is_said(import.split_once('\n').unwrap().1, &run.stderr);
    assert_eq!(history.trim_end(), switch.ok(&["history"]).stdout.trim_end());
}

#[test]
fn the_session_with_drizzle_is_what_its_scenario_prints() {
    let switch = Switch::new("drizzle", Kind::Postgres);
    let sample = sample("drizzle", "project");
    for name in ["0000_init.sql", "0001_graceful_doctor_octopus.sql", "meta/_journal.json"] {
        switch.project.write(&format!("drizzle/{name}"), &std::fs::read_to_string(sample.join(name)).unwrap());
    }
    let run = switch.ok(&["import", "drizzle", "drizzle"]);
    is_said(session("$ aludel import drizzle").split_once('\n').unwrap().1, &format!("{}{}", run.stdout, run.stderr));
}

#[test]
fn every_format_has_a_line_in_the_page_and_a_scenario() {
    let page = file("docs/from-others.md");
    let formats = [
        "pairs",
        "prisma",
        "flyway",
        "golang-migrate",
        "dbmate",
        "goose",
        "sqlx",
        "diesel",
        "sqitch",
        "supabase",
        "drizzle",
        "atlas",
        "refinery",
        "liquibase",
        "django",
    ];
    for format in formats {
        assert!(page.contains(&format!("\n| `{format}` | ")), "{format}");
        assert!(sample(format, "project").is_dir(), "{format}");
    }
}
