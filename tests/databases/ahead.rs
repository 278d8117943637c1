//! An older release beside a database that a newer one has upgraded: its files lack revisions that the journal
//! describes.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::support;
use crate::support::on_each_database;
use crate::support::project::{Kind, Project};

on_each_database! {
    an_older_release_starts_on_a_newer_database,
    eight_copies_of_an_older_release_start_at_once,
    a_downgrade_without_the_files_leaves_what_one_with_them_leaves,
    an_older_release_applies_its_own_missing_revisions,
    ahead_refuse_refuses_to_upgrade_and_lets_downgrade,
    a_downgrade_section_that_was_not_kept_is_refused,
    a_journal_of_an_earlier_version_is_extended_by_the_next_run,
    a_revision_that_failed_is_not_described,
    a_row_that_neither_files_nor_journal_know_stays_unknown,
    another_revision_with_the_same_label_keeps_it,
    the_library_knows_what_is_ahead,
}

/// Creates the files of two releases: `old` has `a111`; `new` also has two branches behind it, one of them outside a
/// transaction and the other a template, their merge, and a last revision.
fn releases(kind: Kind) -> (Project, Project, String) {
    let (new, url) = Project::with_database(kind);
    let drop_index = if kind == Kind::Mariadb { "DROP INDEX t_v ON t;" } else { "DROP INDEX t_v;" };
    let first = ("CREATE TABLE t (id int, v varchar(50));\nINSERT INTO t VALUES (1, 'a');", "DROP TABLE t;");
    new.revision("a111", "", first.0, first.1);
    new.revision_with("b111", "a111", "-- transaction: false\n", "CREATE INDEX t_v ON t (v);", drop_index);
    let header = "-- template: true\n-- branch_labels: [billing]\n-- message: \"Accounts\"\n";
    new.revision_with("c111", "a111", header, "CREATE TABLE {{ 'u' }} (id int);", "DROP TABLE {{ 'u' }};");
    // The rows hold lines that look like sections.
    new.write(
        "r/d111.sql",
        "-- revision: d111\n-- down_revision: [b111, c111]\n-- section_prefix: x-\n\n\
         -- @x-upgrade\nINSERT INTO t VALUES (3, '\n-- @upgrade\n');\n\
         -- @x-downgrade\nDELETE FROM t WHERE id = 3;\nINSERT INTO t VALUES (4, '\n-- @downgrade\n');\n",
    );
    new.revision_with(
        "e111",
        "d111",
        "-- depends_on: billing\n",
        "INSERT INTO t VALUES (2, 'b');",
        "DELETE FROM t WHERE id = 2;",
    );
    let old = older(&new, &["a111"]);
    (old, new, url)
}

/// Returns a project with the config of `new` and only these of its files.
fn older(new: &Project, revisions: &[&str]) -> Project {
    let old = Project::new();
    old.write("aludel.yaml", &fs::read_to_string(new.path("aludel.yaml")).unwrap());
    fs::create_dir_all(old.path("r")).unwrap();
    for entry in fs::read_dir(new.path("r")).unwrap() {
        let path = entry.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        if revisions.iter().any(|id| text.starts_with(&format!("-- revision: {id}\n"))) {
            old.write(&format!("r/{}", path.file_name().unwrap().to_str().unwrap()), &text);
        }
    }
    old
}

/// Returns tables, indexes and rows of the database without aludel's own tables, as its own programs print them.
fn contents(project: &Project, kind: Kind, url: &str) -> String {
    let rows = "SELECT id, v FROM t ORDER BY id, v;";
    match kind {
        Kind::Sqlite => {
            let names = "SELECT name, sql FROM sqlite_schema WHERE tbl_name NOT LIKE 'aludel%' ORDER BY name;";
            project.shell(kind, url, &format!("{names} {rows}"))
        }
        Kind::Postgres => {
            let dump = support::postgres().dump(url, &["--exclude-table=aludel*", "--exclude-table=*_aludel*"]);
            let dump = dump.lines().filter(|line| !line.contains("restrict ")).collect::<Vec<_>>().join("\n");
            format!("{dump}\n{}", project.shell(kind, url, rows))
        }
        Kind::Mariadb => {
            let tables = project.shell(kind, url, "SHOW TABLES;");
            let own = tables.split_whitespace().filter(|name| !name.starts_with("aludel"));
            let made: String =
                own.map(|name| project.shell(kind, url, &format!("SHOW CREATE TABLE {name};"))).collect();
            format!("{made}\n{}", project.shell(kind, url, rows))
        }
    }
}

fn service(project: &Project, arguments: &[&str]) -> Value {
    let document = project.json(arguments);
    assert!(document["error"].is_null(), "{arguments:?} {document}");
    document["services"][0].clone()
}

fn ahead(document: &Value) -> Vec<&str> {
    let ahead = document["ahead"].as_array().unwrap();
    ahead.iter().map(|revision| revision["revision"].as_str().unwrap()).collect()
}

fn an_older_release_starts_on_a_newer_database(kind: Kind) {
    let (old, new, url) = releases(kind);
    new.ok(&["upgrade", "head"]);
    let before = contents(&new, kind, &url);
    let run = old.run(&["upgrade", "head"]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert!(run.stderr.contains("app: ahead by 4 revisions: nothing to do, at e111"), "{}", run.stderr);
    assert_eq!(contents(&new, kind, &url), before);
    let all = ["b111", "c111", "d111", "e111"];
    let upgraded = service(&old, &["upgrade", "head"]);
    assert_eq!((ahead(&upgraded), &upgraded["steps"]), (all.to_vec(), &json!([])));
    for command in ["status", "current"] {
        let document = service(&old, &[command]);
        assert_eq!(ahead(&document), all, "{document}");
        assert_eq!((&document["unknown"], &document["is_head"]), (&json!([]), &json!(true)), "{document}");
        assert!(document["ahead"][1]["applied_at"].as_str().unwrap().ends_with('Z'), "{document}");
        assert_eq!(document["ahead"][1]["message"], "Accounts");
        let said = old.ok(&[command]);
        assert!(said.contains("e111") && said.contains("(ahead: no file; applied "), "{said}");
    }
    assert_eq!(service(&old, &["status"])["pending"], json!([]));
    old.ok(&["current", "--check-heads"]);
    old.ok(&["preflight"]);
    let history = old.ok(&["history", "-i"]);
    for line in ["e111 (current) (ahead: ", "c111 [billing] Accounts (ahead: ", "a111 (head) (branch point)"] {
        assert!(history.contains(line), "{history}");
    }
    let check = old.ok(&["check"]);
    assert!(check.contains("ahead of these files by 4 revisions"), "{check}");
    for arguments in [&["verify"][..], &["deploy", "--no-backup"], &["log"], &["upgrade", "a111"]] {
        old.ok(arguments);
    }
    let compared = old.json(&["diff", "database", "current"]);
    assert_eq!(compared["error"]["code"], "database-ahead", "{compared}");
    let planned = old.ok(&["downgrade", "a111", "--dry-run"]);
    assert!(planned.contains("downgrade of 4 revisions from e111 to a111"), "{planned}");
}

fn eight_copies_of_an_older_release_start_at_once(kind: Kind) {
    let (_, new, url) = releases(kind);
    let old = older(&new, &["a111", "b111"]);
    // The newer release has not applied `b111` itself.
    new.ok(&["upgrade", "c111"]);
    let copies: Vec<_> = (0..8)
        .map(|_| old.command(&["upgrade", "head"]).stderr(std::process::Stdio::piped()).spawn().unwrap())
        .collect();
    for copy in copies {
        let output = copy.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    let ran = "SELECT COUNT(*) FROM aludel_version_history WHERE revision = 'b111' AND state = 'done';";
    assert_eq!(new.shell(kind, &url, ran).trim(), "1");
    assert_eq!(service(&new, &["current"])["rows"], json!(["b111", "c111"]));
}

fn a_downgrade_without_the_files_leaves_what_one_with_them_leaves(kind: Kind) {
    let (old, new, url) = releases(kind);
    new.ok(&["upgrade", "head"]);
    new.ok(&["downgrade", "a111", "--yes"]);
    let with_files = contents(&new, kind, &url);
    assert!(with_files.contains("-- @downgrade"), "{with_files}");

    let (other_old, other_new, other_url) = releases(kind);
    other_new.ok(&["upgrade", "head"]);
    let run = other_old.run(&["downgrade", "a111", "--yes"]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    for id in ["b111", "c111", "d111", "e111"] {
        let line = format!("app: {id} has no file here: the downgrade section that the journal keeps is run");
        assert!(run.stderr.contains(&line), "{}", run.stderr);
    }
    assert_eq!(contents(&other_new, kind, &other_url), with_files);
    let document = service(&other_old, &["current"]);
    assert_eq!((&document["rows"], ahead(&document).len()), (&json!(["a111"]), 0));
    assert!(old.run(&["upgrade", "head"]).stderr.contains("app: nothing to do, at a111"));

    other_new.ok(&["upgrade", "head"]);
    new.ok(&["upgrade", "head"]);
    assert_eq!(contents(&other_new, kind, &other_url), contents(&new, kind, &url));
}

fn an_older_release_applies_its_own_missing_revisions(kind: Kind) {
    let (_, new, url) = releases(kind);
    let old = older(&new, &["a111", "b111"]);
    new.ok(&["upgrade", "c111"]);
    let document = service(&old, &["status"]);
    assert_eq!((ahead(&document), &document["is_head"]), (vec!["c111"], &json!(false)), "{document}");
    assert_eq!(document["pending"][0]["revision"], "b111", "{document}");
    assert_eq!(old.run(&["current", "--check-heads"]).status, 3);
    old.ok(&["upgrade", "head"]);
    assert_eq!(service(&new, &["current"])["rows"], json!(["b111", "c111"]));
    new.ok(&["upgrade", "head"]);
    assert_eq!(new.shell(kind, &url, "SELECT COUNT(*) FROM t;").trim(), "3");
}

fn ahead_refuse_refuses_to_upgrade_and_lets_downgrade(kind: Kind) {
    let (old, new, _) = releases(kind);
    new.ok(&["upgrade", "head"]);
    let config = fs::read_to_string(old.path("aludel.yaml")).unwrap();
    old.write("aludel.yaml", &format!("ahead: refuse\n{config}"));
    let refused = old.run(&["upgrade", "head"]);
    assert_eq!(refused.status, 1);
    assert!(refused.stderr.contains("error[database-ahead]") && refused.stderr.contains("e111"), "{}", refused.stderr);
    old.ok(&["current"]);
    old.ok(&["downgrade", "a111", "--yes"]);
    old.ok(&["upgrade", "head"]);
}

fn a_downgrade_section_that_was_not_kept_is_refused(kind: Kind) {
    let (_, new, url) = releases(kind);
    new.revision_with(
        "f111",
        "e111",
        "-- keep_downgrade: false\n",
        "INSERT INTO t VALUES (9, 'z');",
        "DELETE FROM t WHERE id = 9;",
    );
    new.ok(&["upgrade", "f111"]);
    let text = new.shell(kind, &url, "SELECT definition FROM aludel_version_history WHERE revision = 'f111';");
    assert!(text.contains("keep_downgrade: false") && !text.contains("DELETE"), "{text}");
    let old = older(&new, &["a111"]);
    let before = contents(&new, kind, &url);
    let refused = old.run(&["downgrade", "a111", "--yes"]);
    assert_eq!(refused.status, 1);
    assert!(
        refused.stderr.contains("error[no-downgrade]") && refused.stderr.contains("keep_downgrades"),
        "{}",
        refused.stderr
    );
    assert_eq!(contents(&new, kind, &url), before);
    assert!(old.run(&["upgrade", "head"]).stderr.contains("ahead by 5 revisions"));

    let (old, new, url) = releases(kind);
    let config = fs::read_to_string(new.path("aludel.yaml")).unwrap();
    new.write("aludel.yaml", &format!("keep_downgrades: false\n{config}"));
    new.ok(&["upgrade", "head"]);
    let kept = "SELECT COUNT(*) FROM aludel_version_history WHERE definition LIKE '%@downgrade%';";
    assert_eq!(new.shell(kind, &url, kept).trim(), "0");
    assert!(old.run(&["upgrade", "head"]).stderr.contains("ahead by 4 revisions"));
    assert_eq!(old.run(&["downgrade", "a111", "--yes"]).status, 1);
}

fn a_journal_of_an_earlier_version_is_extended_by_the_next_run(kind: Kind) {
    let (old, new, url) = releases(kind);
    new.ok(&["upgrade", "c111"]);
    new.shell(kind, &url, "ALTER TABLE aludel_version_history DROP COLUMN definition;");
    // Commands that only read leave the journal as it is.
    for command in ["status", "current", "log", "preflight"] {
        new.ok(&[command]);
    }
    let refused = old.run(&["upgrade", "head"]);
    assert!(refused.stderr.contains("error[unknown-row]"), "{}", refused.stderr);
    new.ok(&["upgrade", "head"]);
    // What ran before is not described, so nothing above it can be placed.
    let refused = old.run(&["upgrade", "head"]);
    assert!(refused.stderr.contains("error[unknown-row]"), "{}", refused.stderr);
    let middle = older(&new, &["a111", "c111"]);
    assert!(middle.run(&["upgrade", "head"]).stderr.contains("ahead by 3 revisions"));
    new.ok(&["downgrade", "base", "--yes"]);
    new.ok(&["upgrade", "head"]);
    old.ok(&["upgrade", "head"]);
}

fn a_revision_that_failed_is_not_described(kind: Kind) {
    let (_, new, url) = releases(kind);
    new.revision("f111", "e111", "INSERT INTO nowhere VALUES (1);", "DROP TABLE t;");
    assert_eq!(new.run(&["upgrade", "head"]).status, 1);
    let described = "SELECT COUNT(*), COUNT(definition) FROM aludel_version_history WHERE revision = 'f111';";
    let counts: Vec<String> =
        new.shell(kind, &url, described).split(['|', '\t']).map(|n| n.trim().to_owned()).collect();
    assert_eq!(counts, ["1", "0"]);
}

fn a_row_that_neither_files_nor_journal_know_stays_unknown(kind: Kind) {
    let (old, new, url) = releases(kind);
    new.ok(&["upgrade", "a111"]);
    new.shell(kind, &url, "UPDATE aludel_version SET version_num = 'dead1234';");
    let refused = old.run(&["upgrade", "head"]);
    assert!(
        refused.stderr.contains("error[unknown-row]") && refused.stderr.contains("stamp --detect"),
        "{}",
        refused.stderr
    );
    assert_eq!(service(&old, &["current"])["unknown"], json!(["dead1234"]));
}

fn another_revision_with_the_same_label_keeps_it(kind: Kind) {
    let (old, new, _) = releases(kind);
    new.ok(&["upgrade", "c111"]);
    old.revision_with("x111", "a111", "-- branch_labels: [billing]\n", "CREATE TABLE w (id int);", "DROP TABLE w;");
    old.ok(&["upgrade", "billing"]);
    assert_eq!(service(&old, &["current"])["rows"], json!(["c111", "x111"]));
}

fn the_library_knows_what_is_ahead(kind: Kind) {
    let (old, new, _) = releases(kind);
    new.ok(&["upgrade", "head"]);
    let migrator = aludel::Migrator::from_config_in(old.path("aludel.yaml"), |_| None).unwrap();
    assert!(migrator.upgrade("head").unwrap().is_empty());
    let status = migrator.status().unwrap().remove(0);
    assert_eq!(status.ahead.iter().map(|id| id.as_str()).collect::<Vec<_>>(), ["b111", "c111", "d111", "e111"]);
    assert!(status.is_up_to_date() && status.unknown.is_empty());
    let migrator = migrator.may_lose_rows(true);
    assert_eq!(migrator.downgrade("a111").unwrap().steps().count(), 4);
    assert!(migrator.status().unwrap().remove(0).ahead.is_empty());
    assert!(!Path::new(&old.path("aludel_version_history")).exists());
}

/// Only its owner may add a column to a table.
#[test]
fn a_user_who_may_not_extend_the_journal_still_upgrades() {
    let (_, new, url) = releases(Kind::Postgres);
    new.ok(&["upgrade", "a111"]);
    let server = support::postgres();
    server.shell(&url, "ALTER TABLE aludel_version_history DROP COLUMN definition;");
    let role = format!("runner_{}", std::process::id());
    server.shell(
        &url,
        &format!(
            "CREATE ROLE {role} LOGIN; GRANT ALL ON SCHEMA public TO {role};
             GRANT ALL ON ALL TABLES IN SCHEMA public TO {role}; GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO {role};
             ALTER TABLE t OWNER TO {role};"
        ),
    );
    let other = url.replacen("postgres@", &format!("{role}@"), 1);
    assert_ne!(other, url);
    let run = new.run(&["upgrade", "head", "--url", &other]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert!(run.stderr.contains("may not add a column"), "{}", run.stderr);
    assert_eq!(service(&new, &["current"])["rows"], json!(["e111"]));
    new.ok(&["downgrade", "base", "--yes"]);
    server.shell(&url, &format!("DROP OWNED BY {role}; DROP ROLE {role};"));
}
