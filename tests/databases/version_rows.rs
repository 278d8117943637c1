//! The version table decides which revisions are applied: behaviour after it was emptied, dropped or renamed, and when
//! a revision changes it.

use crate::support::on_each_database;
use crate::support::project::{Kind, Project};
use serde_json::json;

on_each_database! {
    an_emptied_version_table_beside_a_full_journal_is_refused,
    a_dropped_or_renamed_version_table_beside_a_full_journal_is_refused,
    after_a_downgrade_or_a_stamp_to_base_an_upgrade_starts_from_base,
    a_stamp_leads_out_of_lost_version_rows,
    a_stamped_database_whose_version_table_was_emptied_is_refused,
    one_lost_row_of_several_is_missed,
    a_row_that_moved_back_on_its_line_is_no_lost_one,
    an_adopted_version_table_without_a_journal_is_no_lost_one,
    a_revision_that_changes_its_own_version_table_fails,
    a_revision_outside_a_transaction_that_changes_its_own_tables_fails,
}

/// Creates two revisions; the second one adds a row each time it runs.
fn two(kind: Kind) -> (Project, String) {
    let (project, url) = Project::with_database(kind);
    project.revision("a1111", "", "CREATE TABLE IF NOT EXISTS t (x int);", "DROP TABLE t;");
    project.revision("b1111", "a1111", "INSERT INTO t VALUES (1);", "DELETE FROM t;");
    (project, url)
}

fn upgraded(kind: Kind) -> (Project, String) {
    let (project, url) = two(kind);
    project.ok(&["upgrade", "head"]);
    (project, url)
}

fn rows(project: &Project, kind: Kind, url: &str) -> String {
    project.shell(kind, url, "SELECT COUNT(*) FROM t;").trim().to_owned()
}

fn refuses_as_lost(project: &Project, kind: Kind, url: &str, state: &str) {
    for arguments in [&["upgrade", "head"][..], &["downgrade", "-1", "--yes"], &["upgrade", "head", "--dry-run"]] {
        let refused = project.json(arguments);
        let error = &refused["error"];
        assert_eq!(error["code"], "version-rows-lost", "{arguments:?} {refused}");
        let message = error["message"].as_str().unwrap();
        assert!(message.contains(state) && message.contains("b1111"), "{message}");
        let hints = error["hints"].to_string();
        assert!(hints.contains("aludel stamp --detect") && hints.contains("aludel stamp b1111"), "{hints}");
        assert!(hints.contains("aludel stamp base"), "{hints}");
    }
    assert_eq!(rows(project, kind, url), "1", "nothing ran twice");
    for command in ["status", "current"] {
        let said = project.ok(&[command]);
        assert!(said.contains(state) && said.contains("aludel stamp --detect -s app"), "{said}");
        let document = project.json(&[command]);
        assert_eq!(document["services"][0]["version_rows_lost"], json!(["b1111"]), "{document}");
    }
    assert_eq!(project.run(&["current", "--check-heads"]).status, 3);
    assert_eq!(project.run(&["preflight"]).status, 3);
}

fn an_emptied_version_table_beside_a_full_journal_is_refused(kind: Kind) {
    let (project, url) = upgraded(kind);
    project.shell(kind, &url, "DELETE FROM aludel_version;");
    refuses_as_lost(&project, kind, &url, "aludel_version is empty");
}

fn a_dropped_or_renamed_version_table_beside_a_full_journal_is_refused(kind: Kind) {
    for statement in ["DROP TABLE aludel_version;", "ALTER TABLE aludel_version RENAME TO put_away;"] {
        let (project, url) = upgraded(kind);
        project.shell(kind, &url, statement);
        refuses_as_lost(&project, kind, &url, "aludel_version is missing");
        project.ok(&["ensure-version"]);
        refuses_as_lost(&project, kind, &url, "aludel_version is empty");
    }
}

fn after_a_downgrade_or_a_stamp_to_base_an_upgrade_starts_from_base(kind: Kind) {
    let ways: [&[&str]; 3] = [&["downgrade", "base", "--yes"], &["stamp", "base"], &["stamp", "base", "--purge"]];
    for way in ways {
        let (project, url) = upgraded(kind);
        project.ok(way);
        assert!(project.ok(&["current"]).contains("base: nothing is applied"), "{way:?}");
        project.ok(&["upgrade", "head"]);
        let expected = if way[0] == "downgrade" { "1" } else { "2" };
        assert_eq!(rows(&project, kind, &url), expected, "{way:?}");
    }
}

fn a_stamp_leads_out_of_lost_version_rows(kind: Kind) {
    let (project, url) = upgraded(kind);
    project.shell(kind, &url, "DELETE FROM aludel_version;");
    project.ok(&["stamp", "b1111"]);
    project.ok(&["upgrade", "head"]);
    assert_eq!(rows(&project, kind, &url), "1");
    // The changes of the revisions were really reverted, by other means.
    project.shell(kind, &url, "DELETE FROM aludel_version; DROP TABLE t;");
    let run = project.run(&["stamp", "base"]);
    assert!(run.status == 0 && run.stderr.contains("no longer counts"), "{}", run.stderr);
    assert!(project.run(&["stamp", "base"]).stderr.contains("nothing to do"));
    project.ok(&["upgrade", "head"]);
    assert_eq!(rows(&project, kind, &url), "1");
}

fn a_stamped_database_whose_version_table_was_emptied_is_refused(kind: Kind) {
    let (project, url) = two(kind);
    project.shell(kind, &url, "CREATE TABLE t (x int); INSERT INTO t VALUES (1);");
    project.ok(&["stamp", "b1111"]);
    project.shell(kind, &url, "DELETE FROM aludel_version;");
    refuses_as_lost(&project, kind, &url, "aludel_version is empty");
}

/// Creates two branches from `a1111`, both applied, each of whose revisions adds a row.
fn branched(kind: Kind) -> (Project, String) {
    let (project, url) = two(kind);
    project.revision("c1111", "a1111", "INSERT INTO t VALUES (2);", "DELETE FROM t WHERE x = 2;");
    project.revision("c2222", "c1111", "INSERT INTO t VALUES (3);", "DELETE FROM t WHERE x = 3;");
    project.ok(&["upgrade", "heads"]);
    assert_eq!(rows(&project, kind, &url), "3");
    (project, url)
}

fn one_lost_row_of_several_is_missed(kind: Kind) {
    let (project, url) = branched(kind);
    project.shell(kind, &url, "DELETE FROM aludel_version WHERE version_num = 'c2222';");
    for arguments in [&["upgrade", "heads"][..], &["upgrade", "c2222"], &["downgrade", "b1111-1", "--yes"]] {
        let refused = project.json(arguments);
        let error = &refused["error"];
        assert_eq!(error["code"], "version-rows-lost", "{arguments:?} {refused}");
        assert!(error["message"].as_str().unwrap().contains("is incomplete, but its journal records c2222"), "{error}");
        let hints = error["hints"].to_string();
        assert!(hints.contains("aludel stamp b1111 c2222") && hints.contains("aludel stamp b1111\""), "{hints}");
    }
    for command in ["status", "current"] {
        let said = project.ok(&[command]);
        assert!(said.contains("b1111") && said.contains("is incomplete"), "{said}");
        let document = project.json(&[command]);
        assert_eq!(document["services"][0]["version_rows_lost"], json!(["c2222"]), "{document}");
    }
    assert_eq!(project.run(&["preflight"]).status, 3);
    project.ok(&["stamp", "b1111", "c2222"]);
    assert!(project.run(&["upgrade", "heads"]).stderr.contains("nothing to do"));
    assert_eq!(rows(&project, kind, &url), "3", "nothing ran twice");
    // Another tool reverted that branch.
    project.shell(kind, &url, "DELETE FROM aludel_version WHERE version_num = 'c2222'; DELETE FROM t WHERE x > 1;");
    let run = project.run(&["stamp", "b1111"]);
    assert!(run.status == 0 && run.stderr.contains("no longer counts"), "{}", run.stderr);
    project.ok(&["upgrade", "heads"]);
    assert_eq!(rows(&project, kind, &url), "3");
}

/// Another tool that uses the same version table moves back and forth without writing to the journal.
fn a_row_that_moved_back_on_its_line_is_no_lost_one(kind: Kind) {
    let (project, url) = branched(kind);
    let back =
        "UPDATE aludel_version SET version_num = 'c1111' WHERE version_num = 'c2222'; DELETE FROM t WHERE x = 3;";
    project.shell(kind, &url, back);
    assert!(project.ok(&["current"]).contains("c1111"));
    project.ok(&["upgrade", "heads"]);
    assert_eq!(rows(&project, kind, &url), "3");
}

fn an_adopted_version_table_without_a_journal_is_no_lost_one(kind: Kind) {
    let (project, url) = two(kind);
    project.shell(kind, &url, "CREATE TABLE aludel_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY);");
    project.ok(&["upgrade", "head"]);
    // The row is a base revision, so the downgrade from it is the first entry of the new journal.
    project.ok(&["stamp", "base"]);
    project.shell(kind, &url, "DROP TABLE aludel_version_history; INSERT INTO aludel_version VALUES ('a1111');");
    project.ok(&["downgrade", "base", "--yes"]);
    project.ok(&["upgrade", "head"]);
    assert_eq!(rows(&project, kind, &url), "1");
}

/// Changes of the version table that a dump, or a person, may make.
const CHANGES: [&str; 4] = [
    "DELETE FROM aludel_version;",
    "DROP TABLE aludel_version;",
    "ALTER TABLE aludel_version RENAME TO put_away;",
    "INSERT INTO aludel_version VALUES ('zzzz9999');",
];

fn refuses_as_moved(project: &Project, arguments: &[&str]) -> serde_json::Value {
    let failed = project.json(arguments);
    let error = failed["error"].clone();
    assert_eq!(error["code"], "rows-moved", "{failed}");
    let message = error["message"].as_str().unwrap();
    assert!(message.contains("aludel_version does not contain"), "{message}");
    let hints = error["hints"].to_string();
    assert!(hints.contains("--exclude-table='aludel_version*'") && hints.contains("--ignore-table"), "{hints}");
    error
}

fn a_revision_that_changes_its_own_version_table_fails(kind: Kind) {
    for change in CHANGES {
        let (project, url) = upgraded(kind);
        project.revision("c1111", "b1111", &format!("INSERT INTO t VALUES (7);\n{change}"), change);
        let error = refuses_as_moved(&project, &["upgrade", "head"]);
        assert_eq!(error["revision"], "c1111", "{error}");
        if kind == Kind::Mariadb && !change.starts_with("DELETE") && !change.starts_with("INSERT") {
            // DDL commits implicitly: the statements stay applied, and the journal records that.
            assert_eq!(project.json(&["status"])["services"][0]["incomplete"]["statements_done"], 2);
            continue;
        }
        assert_eq!(rows(&project, kind, &url), "1", "{change}");
        assert_eq!(project.shell(kind, &url, "SELECT version_num FROM aludel_version;"), "b1111", "{change}");
    }
}

fn a_revision_outside_a_transaction_that_changes_its_own_tables_fails(kind: Kind) {
    for change in CHANGES.into_iter().chain(["DELETE FROM aludel_version_history;"]) {
        let (project, url) = upgraded(kind);
        let upgrade = format!("CREATE TABLE u (x int);\n{change}");
        project.revision_with("c1111", "b1111", "-- transaction: false", &upgrade, "");
        let error = refuses_as_moved(&project, &["upgrade", "head"]);
        assert!(error["hints"].to_string().contains("aludel stamp --purge c1111"), "{error}");
        project.ok(&["stamp", "--purge", "c1111"]);
        assert_eq!(project.json(&["current"])["services"][0]["is_head"], true);
        project.shell(kind, &url, "SELECT x FROM u;");
    }
}

#[test]
fn in_a_long_run_too_a_revision_that_changes_its_own_version_table_fails() {
    let (project, url) = two(Kind::Postgres);
    for (at, down) in ["b1111", "c1111", "c1112", "c1113", "c1114"].iter().enumerate() {
        let id = if at == 0 { "c1111".to_owned() } else { format!("c111{}", at + 1) };
        project.revision(&id, down, if at == 4 { CHANGES[0] } else { "SELECT 1;" }, "");
    }
    refuses_as_moved(&project, &["upgrade", "head"]);
    assert_eq!(project.shell(Kind::Postgres, &url, "SELECT version_num FROM aludel_version;"), "c1114");
}

#[test]
fn a_restored_backup_is_no_lost_version_table() {
    for kind in [Kind::Sqlite, Kind::Postgres, Kind::Mariadb] {
        let (project, url) = upgraded(kind);
        project.ok(&["downgrade", "base", "--yes"]);
        project.ok(&["backup"]);
        project.ok(&["upgrade", "head"]);
        project.ok(&["restore", "latest", "--yes"]);
        assert!(project.ok(&["current"]).contains("base: nothing is applied"), "{kind:?}");
        project.ok(&["upgrade", "head"]);
        assert_eq!(rows(&project, kind, &url), "1", "{kind:?}");
    }
}

#[test]
fn a_version_table_that_was_dropped_behind_the_first_schema_of_the_search_path_is_missed() {
    let (project, url) = two(Kind::Postgres);
    project.shell(Kind::Postgres, &url, "CREATE SCHEMA first;");
    project.ok(&["upgrade", "head"]);
    project.shell(Kind::Postgres, &url, "DROP TABLE aludel_version;");
    let joint = if url.contains('?') { '&' } else { '?' };
    let there = format!("{url}{joint}options=-csearch_path%3Dfirst,public");
    let refused = project.json(&["upgrade", "head", "--url", &there]);
    assert_eq!(refused["error"]["code"], "version-rows-lost", "{refused}");
}
