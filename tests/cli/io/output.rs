//! Output: it is complete or the command fails, it cannot control a terminal, and it contains no password.

use std::fs::File;
use std::process::Stdio;

use crate::support::project::{Kind, Project, Run};

fn project() -> Project {
    let (project, _) = Project::with_database(Kind::Sqlite);
    project.revision("aaaa", "", "CREATE TABLE a (x integer);", "DROP TABLE a;");
    project
}

fn onto_full_disk(project: &Project, arguments: &[&str]) -> Run {
    let full = File::options().write(true).open("/dev/full").unwrap();
    Run::of(project.command(arguments).stdout(Stdio::from(full)).stderr(Stdio::piped()).output().unwrap())
}

#[test]
fn output_that_cannot_be_written_is_a_failure_of_every_command() {
    let project = project();
    for arguments in [
        &["upgrade", "head", "--sql"][..],
        &["upgrade", "head", "--json"],
        &["heads"],
        &["history"],
        &["status"],
        &["current"],
        &["show", "aaaa"],
        &["log"],
        &["inspect"],
        &["revision", "-m", "x"],
        &["completions", "bash"],
        &["man"],
        &["help"],
        &["upgrade", "--help"],
        &["--version"],
    ] {
        let run = onto_full_disk(&project, arguments);
        assert!(run.status == 1, "{arguments:?}: {} {}", run.status, run.stderr);
        assert!(
            run.stderr.contains("error[output-unwritable]") && run.stderr.contains("No space left"),
            "{}",
            run.stderr
        );
    }
    let run = onto_full_disk(&project, &["show", "none", "--json"]);
    assert!(run.status == 1 && run.stderr.contains("output-unwritable") && run.stderr.contains("revision-not-found"));
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let project = project();
    for arguments in ["history", "upgrade head --sql", "help"] {
        let line = format!("{} {arguments} | true; echo ${{PIPESTATUS[0]}}", env!("CARGO_BIN_EXE_aludel"));
        let output =
            std::process::Command::new("bash").args(["-c", &line]).current_dir(project.path("")).output().unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "0", "{arguments}");
    }
}

/// Asserts that the text has no characters that could manipulate a terminal, a log or a report.
fn assert_printable(text: &str, what: &str) {
    let evil = |c: char| {
        (c.is_control() && c != '\n' && c != '\t')
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    assert!(!text.contains(evil), "{what}: {text:?}");
}

const EVIL: &str = "a\\e]0;title\\a\\u009b2J\\u202eb\\nc";

#[test]
fn control_characters_of_messages_and_file_names_are_shown_as_escapes() {
    let (project, _) = Project::with_database(Kind::Sqlite);
    project.revision_with("aaaa", "", &format!("-- message: \"{EVIL}\"\n"), "SELECT 1;", "");
    std::fs::rename(project.path("r/aaaa.sql"), project.path("r/a\u{1b}[2J\u{7}\nb.sql")).unwrap();
    project.revision_with("bbbb", "aaaa", "", "SELECT '\u{1b}[2J', nonsense;", "");
    for arguments in [
        &["history"][..],
        &["heads"],
        &["show", "aaaa"],
        &["upgrade", "head", "--dry-run"],
        &["upgrade", "head"],
        &["status"],
        &["log"],
        &["check"],
        &["revision", "-m", "a\u{1b}[2Jb\u{7}"],
        &["history", "-v"],
        &["show", "a\u{1b}]0;x\u{7}"],
        &["upgrade", "\u{9b}2J"],
        &["upgrade", "a", "b\u{1b}[2J"],
        &["--url", "sqlite:\u{1b}[2J/x.db", "--revisions", "r", "current"],
    ] {
        let run = project.run(arguments);
        assert_printable(&run.stdout, &format!("stdout of {arguments:?}"));
        assert_printable(&run.stderr, &format!("stderr of {arguments:?}"));
        let run = project.run(&[arguments, &["--json"]].concat());
        assert_printable(&run.stdout, &format!("document of {arguments:?}"));
    }
    let history = project.ok(&["history"]);
    assert!(history.contains("a\\u{1b}]0;title\\u{7}\\u{9b}2J\\u{202e}b\\nc"), "{history}");
    let document = project.json(&["show", "aaaa"]);
    assert_eq!(document["services"][0]["revision"]["message"], "a\u{1b}]0;title\u{7}\u{9b}2J\u{202e}b\nc");
}

#[test]
fn control_characters_of_the_server_and_of_reports_are_shown_as_escapes() {
    let (project, _) = Project::with_database(Kind::Postgres);
    let raise = "DO $$ BEGIN RAISE EXCEPTION E'evil \\x1b[2J\\x07' USING DETAIL = E'\\x1b]0;x\\x07', HINT = E'\\u202e'; END $$;";
    project.revision("aaaa", "", raise, "");
    let run = project.run(&["deploy", "head", "--no-backup", "--report", "report.md"]);
    assert_eq!(run.status, 1, "{}", run.stderr);
    assert!(run.stderr.contains("evil"), "{}", run.stderr);
    assert_printable(&run.stderr, "stderr");
    let report = std::fs::read_to_string(project.path("report.md")).unwrap();
    assert!(report.contains("evil"), "{report}");
    assert_printable(&report, "the report");
    for arguments in [&["log"][..], &["status"]] {
        assert_printable(&project.run(arguments).stdout, "stdout");
    }
}

#[test]
fn a_script_is_written_letter_for_letter() {
    let (project, _) = Project::with_database(Kind::Sqlite);
    project.revision("aaaa", "", "SELECT '\u{1b}\u{202e}';", "");
    assert!(project.ok(&["upgrade", "head", "--sql"]).contains("SELECT '\u{1b}\u{202e}'"));
}

/// The revisions are prepared some at a time, and by several threads.
#[test]
fn a_script_of_many_revisions_has_each_once_and_in_order_or_nothing() {
    const COUNT: usize = 2_500;
    let (project, _) = Project::with_database(Kind::Sqlite);
    let id = |number: usize| format!("a{number:04}");
    for number in 0..COUNT {
        let down = number.checked_sub(1).map(id).unwrap_or_default();
        project.revision(&id(number), &down, &format!("CREATE TABLE t{number} (x integer);"), "");
    }
    let script = project.ok(&["upgrade", "head", "--sql"]);
    let tables = script.lines().filter_map(|line| line.strip_prefix("CREATE TABLE t")?.strip_suffix(" (x integer);"));
    assert_eq!(tables.collect::<Vec<_>>(), (0..COUNT).map(|number| number.to_string()).collect::<Vec<_>>());
    project.revision(&id(COUNT - 1), &id(COUNT - 2), "CREATE TABLE 'unfinished", "");
    let run = project.run(&["upgrade", "head", "--sql"]);
    assert_eq!((run.status, run.stdout.as_str()), (1, ""), "{}", run.stderr);
}

#[test]
fn no_password_of_a_url_in_the_wrong_place_is_repeated() {
    let project = project();
    let urls = [
        "postgres://u:geheim@localhost/db",
        "u:geheim@localhost/db",
        "oracle://u:geheim@localhost/db",
        "postgres://u:geheim?host=x@localhost/db",
        "postgres://u:gehe:geheim@localhost:1/db",
        "host=localhost password=geheim",
    ];
    for url in urls {
        for arguments in [
            &["upgrade", url][..],
            &["upgrade", "head", url],
            &["downgrade", url],
            &["show", url],
            &["stamp", url],
            &["history", "-r", url],
            &["revision", "-m", "x", "--head", url],
            &["diff", url, "head"],
            &["-c", url, "current"],
            &["-s", url, "current"],
            &["--url", url, "--revisions", "r", "current"],
            &["--revisions", url, "current"],
            &[url],
        ] {
            for more in [&[][..], &["--json"]] {
                let run = project.run(&[arguments, more].concat());
                assert_ne!(run.status, 0, "{arguments:?}");
                assert!(
                    !format!("{}{}", run.stdout, run.stderr).contains("geheim"),
                    "{arguments:?} {} {}",
                    run.stdout,
                    run.stderr
                );
            }
        }
    }
}

#[test]
fn colours_of_messages_are_our_own() {
    let project = project();
    let evil = "\\e[8mhidden\\e[0m\\u202E";
    project.revision_with("bbbb", "aaaa", &format!("-- message: \"{evil}\""), "SELECT 1;", "");
    for arguments in
        [&["heads"][..], &["history", "-v"], &["show", "bbbb"], &["status"], &["upgrade", "head", "--dry-run"]]
    {
        let run = project.run(&[arguments, &["--color", "always"]].concat());
        let said = run.stdout + &run.stderr;
        assert!(said.contains("hidden") && said.contains("\u{1b}["), "{arguments:?}: {said}");
        assert!(!said.contains("\u{1b}[8m") && !said.contains('\u{202e}'), "{arguments:?}: {said:?}");
    }
}
