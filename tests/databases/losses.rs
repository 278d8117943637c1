//! Downgrades that would lose rows ask for confirmation and list the losses; others do not.

use crate::support::on_each_database;
use crate::support::project::{Kind, Project};
use serde_json::{Value, json};

on_each_database! {
    nobody_is_asked_about_tables_without_rows,
    a_dropped_table_is_counted,
    of_a_dropped_column_the_values_are_counted,
    of_a_delete_the_rows_of_its_condition_are_counted,
    a_condition_that_an_earlier_statement_changes_is_not_trusted,
    a_table_is_followed_through_its_names,
    what_is_lost_twice_is_told_once,
    services_are_asked_about_together_and_none_goes_down_alone,
    what_would_be_refused_anyway_is_not_asked,
    a_half_done_service_takes_no_other_down_unasked,
}

const TABLES: &str = "CREATE TABLE a (id int PRIMARY KEY, note varchar(20));\nCREATE TABLE b (id int PRIMARY KEY);";

/// Creates a project at `b1111` with the downgrade section `down`. Table `a` has three rows, one of them with a note.
fn project(kind: Kind, down: &str) -> (Project, String) {
    let (project, url) = Project::with_database(kind);
    project.revision("a1111", "", TABLES, "DROP TABLE b;\nDROP TABLE a;");
    project.revision("b1111", "a1111", "", down);
    project.ok(&["upgrade", "head"]);
    project.shell(kind, &url, "INSERT INTO a VALUES (1, NULL), (2, 'x'), (3, NULL);");
    (project, url)
}

/// Returns the losses that the refused downgrade reports.
fn lost(project: &Project) -> Vec<String> {
    let refused = project.json(&["downgrade", "-1"]);
    assert_eq!(refused["error"]["code"], "not-confirmed", "{refused}");
    let notes = refused["error"]["notes"].as_array().unwrap();
    let (last, lost) = notes.split_last().unwrap();
    assert_eq!(last, "nothing was changed");
    assert_eq!(project.json(&["current"])["services"][0]["rows"], json!(["b1111"]));
    let lost = lost.iter().map(|note| note.as_str().unwrap().trim_start_matches("app: b1111 ").to_owned()).collect();
    let dry = project.json(&["downgrade", "-1", "--dry-run"])["services"][0]["loses"].clone();
    assert_eq!(dry.as_array().unwrap().len(), notes.len() - 1, "{dry}");
    // With --yes the downgrade runs.
    project.ok(&["downgrade", "-1", "--yes"]);
    lost
}

fn nobody_is_asked_about_tables_without_rows(kind: Kind) {
    let (project, url) = project(kind, "DROP TABLE b;");
    assert_eq!(project.json(&["downgrade", "-1", "--dry-run"])["services"][0]["loses"], json!([]));
    project.ok(&["downgrade", "-1"]);
    project.shell(kind, &url, "CREATE TABLE b (id int PRIMARY KEY); DELETE FROM a;");
    project.ok(&["downgrade", "base"]);
}

fn a_dropped_table_is_counted(kind: Kind) {
    let (project, _) = project(kind, "DROP TABLE b;\nDROP TABLE a;");
    assert_eq!(lost(&project), ["drops a (3 rows)"]);
}

fn of_a_dropped_column_the_values_are_counted(kind: Kind) {
    let (project, url) = project(kind, "ALTER TABLE a DROP COLUMN note;");
    assert_eq!(lost(&project), ["drops note of a (1 value)"]);
    project.shell(kind, &url, "ALTER TABLE a ADD COLUMN note varchar(20);");
    project.ok(&["upgrade", "head"]);
    project.ok(&["downgrade", "-1"]);
}

fn of_a_delete_the_rows_of_its_condition_are_counted(kind: Kind) {
    let (project, _) = project(kind, "DELETE FROM a WHERE id > 1 -- but the first\n;\nDELETE FROM a WHERE id > 17;");
    assert_eq!(lost(&project), ["deletes rows of a (2 rows)"]);
}

fn a_condition_that_an_earlier_statement_changes_is_not_trusted(kind: Kind) {
    let (project, _) = project(kind, "UPDATE a SET note = 'gone';\nDELETE FROM a WHERE note = 'gone';");
    assert_eq!(lost(&project), ["deletes rows of a (3 rows)"]);
}

fn a_table_is_followed_through_its_names(kind: Kind) {
    let (project, _) = project(kind, "ALTER TABLE a RENAME TO c;\nALTER TABLE c RENAME TO d;\nDROP TABLE d;");
    assert_eq!(lost(&project), ["drops d (3 rows)"]);
}

fn what_is_lost_twice_is_told_once(kind: Kind) {
    let (project, _) = project(kind, "DELETE FROM a;\nALTER TABLE a DROP COLUMN note;\nDROP TABLE a;");
    assert_eq!(lost(&project), ["deletes rows of a (3 rows)"]);
}

/// Creates two services at their heads. The table `a` of the second one has a row.
fn two_services(kind: Kind) -> (Project, [String; 2]) {
    let project = Project::new();
    let urls = ["one", "two"].map(|name| project.new_database(kind, name));
    let service = |name: &str, url: &str| format!("  {name}:\n    url: \"{url}\"\n    revisions: {name}\n");
    project.write("aludel.yaml", &format!("services:\n{}{}", service("one", &urls[0]), service("two", &urls[1])));
    for name in ["one", "two"] {
        let text =
            format!("-- revision: {name}1\n\n-- @upgrade\n{TABLES}\n-- @downgrade\nDROP TABLE a;\nDROP TABLE b;\n");
        project.write(&format!("{name}/1.sql"), &text);
    }
    project.ok(&["upgrade", "head", "--all"]);
    project.shell(kind, &urls[1], "INSERT INTO a VALUES (1, NULL);");
    (project, urls)
}

fn services_are_asked_about_together_and_none_goes_down_alone(kind: Kind) {
    let (project, _) = two_services(kind);
    let refused = project.json(&["downgrade", "base", "--all"]);
    assert_eq!(refused["error"]["notes"][0], "two: two1 drops a (1 row)", "{refused}");
    let is_up = |service: &Value| service["rows"] != json!([]);
    assert!(project.json(&["current"])["services"].as_array().unwrap().iter().all(is_up));
    project.ok(&["downgrade", "base", "-s", "one"]);
    project.ok(&["downgrade", "base", "-s", "two", "--yes"]);
}

fn what_would_be_refused_anyway_is_not_asked(kind: Kind) {
    let (project, _) = project(kind, "DROP TABLE a;");
    project.revision_with(
        "c1111",
        "b1111",
        "-- transaction: false",
        "CREATE TABLE c (x int);\nnonsense;",
        "DROP TABLE c;",
    );
    assert_eq!(project.run(&["upgrade", "head"]).status, 1);
    assert_eq!(project.json(&["downgrade", "-1"])["error"]["code"], "incomplete-revision");
}

fn a_half_done_service_takes_no_other_down_unasked(kind: Kind) {
    let (project, urls) = two_services(kind);
    let half = "-- revision: one2\n-- down_revision: one1\n-- transaction: false\n\n-- @upgrade\n\
                CREATE TABLE c (x int);\nnonsense;\n\n-- @downgrade\nDROP TABLE c;\n";
    project.write("one/2.sql", half);
    assert_eq!(project.run(&["upgrade", "head", "-s", "one"]).status, 1);
    let refused = project.json(&["downgrade", "base", "--all"]);
    assert_eq!(refused["error"]["code"], "incomplete-revision", "{refused}");
    let notes = refused["error"]["notes"].as_array().unwrap();
    assert!(notes.contains(&json!("nothing was run in two")), "{refused}");
    assert_eq!(project.shell(kind, &urls[1], "SELECT count(*) FROM a;"), "1", "the rows of the other service stay");
    assert_eq!(project.json(&["current", "-s", "two"])["services"][0]["rows"], json!(["two1"]));
}

#[test]
fn what_postgres_alone_has_is_counted_too() {
    let kind = Kind::Postgres;
    let down = "TRUNCATE a CASCADE;\nDROP SCHEMA more CASCADE;\nDROP SCHEMA empty CASCADE;\nDELETE FROM b USING a WHERE a.id = b.id;";
    let (project, url) = project(kind, down);
    project.shell(
        kind,
        &url,
        "CREATE SCHEMA more; CREATE SCHEMA empty; CREATE TABLE more.x (y int); CREATE MATERIALIZED VIEW v AS SELECT * FROM a;
         INSERT INTO b VALUES (1), (7); DELETE FROM a;",
    );
    let lost = lost(&project);
    let expected = [
        "empties a (the number of rows is not known)",
        "drops the schema more (1 table)",
        "deletes rows of b (2 rows)",
    ];
    assert_eq!(lost, expected, "what a truncate takes along is not known");
}

#[test]
fn rows_that_cannot_be_counted_are_asked_about_all_the_same() {
    let kind = Kind::Postgres;
    let (project, url) = project(kind, "DROP TABLE a;");
    let config: ::postgres::Config = url.parse().unwrap();
    let mut holder = config.connect(::postgres::NoTls).unwrap();
    let mut transaction = holder.transaction().unwrap();
    transaction.batch_execute("LOCK TABLE a IN ACCESS EXCLUSIVE MODE").unwrap();
    let refused = project.json(&["downgrade", "-1"]);
    assert_eq!(refused["error"]["notes"][0], "app: b1111 drops a (the number of rows is not known)", "{refused}");
    transaction.rollback().unwrap();
}
