//! Pairs of files named by time, imported or read in place.

use super::{Switch, warnings};
use crate::support::on_each_database;
use crate::support::project::Kind;

#[test]
fn pairs_written_for_psql_on_postgres() {
    let mut switch = Switch::new("pairs", Kind::Postgres);
    let document = switch.import_twice(&["20240102_030405", "20240110_101112", "20240111_000000"]);
    assert_eq!(
        warnings(&document),
        [
            ("psql-dropped", "20240102_030405_create_rooms.sql"),
            ("psql-dropped", "20240102_030405_create_rooms.sql"),
            ("variable", "20240110_101112_owner.sql"),
        ]
    );
    switch.variables = &["-x", "owner=O'Neil"];
    switch.up_down_up("SELECT name, owner, tags[2][1] FROM rooms ORDER BY 1 LIMIT 1;", "room 1|O'Neil|c");
}

/// Creates a service whose files are pairs, on a fresh database.
fn in_place(kind: Kind) -> Switch {
    let switch = Switch::new("pairs", kind);
    let url = &switch.url;
    switch
        .project
        .write("aludel.yaml", &format!("services:\n  app:\n    url: \"{url}\"\n    revisions: r\n    layout: pairs\n"));
    let file = |name: &str, text: &str| switch.project.write(&format!("r/{name}.sql"), text);
    file("20240102_030405_rooms", "-- Rooms\nBEGIN;\nCREATE TABLE rooms (id int, name varchar(20));\nCOMMIT;\n");
    file("20240102_030405_rooms_rollback", "DROP TABLE rooms;\n");
    file("20240110_000000_first", "INSERT INTO rooms VALUES (1, 'one');\nINSERT INTO rooms VALUES (2, 'two');\n");
    file("20240110_000000_first_rollback", "DELETE FROM rooms;\n");
    switch
}

on_each_database! { pairs_are_read_in_place, an_error_in_a_rollback_points_into_it, a_new_pair_comes_last, }

fn pairs_are_read_in_place(kind: Kind) {
    let switch = in_place(kind);
    let history = switch.ok(&["history"]).stdout;
    assert!(history.find("20240110_000000 (head) first") < history.find("20240102_030405 rooms"), "{history}");
    switch.up_down_up("SELECT count(*) FROM rooms;", "2");
    let status = switch.project.json(&["status"]);
    assert_eq!(status["services"][0]["rows"][0], "20240110_000000", "{status:#}");
    // A changed comment is not an edit; a changed statement is.
    let file = "r/20240102_030405_rooms.sql";
    switch.project.write(file, "CREATE TABLE rooms (id int, name varchar(20)); -- Rooms\n");
    assert_eq!(switch.project.json(&["status"])["services"][0]["changed"], serde_json::json!([]));
    switch.project.write(file, "CREATE TABLE rooms (id int, name varchar(30));\n");
    assert_eq!(switch.project.json(&["status"])["services"][0]["changed"][0]["what"], "edited");
}

fn an_error_in_a_rollback_points_into_it(kind: Kind) {
    let switch = in_place(kind);
    switch.project.write("r/20240110_000000_first_rollback.sql", "-- a\nDELETE FROM rooms;\nDELETE FROM nothing;\n");
    switch.ok(&["upgrade", "head"]);
    let failed = switch.project.json(&["downgrade", "-1", "--yes"]);
    let error = &failed["error"];
    assert_eq!((error["line"].as_i64(), error["code"].as_str()), (Some(3), Some("statement-failed")), "{failed:#}");
    assert_eq!(error["path"], "r/20240110_000000_first_rollback.sql");
    std::fs::remove_file(switch.project.path("r/20240110_000000_first_rollback.sql")).unwrap();
    let refused = switch.project.json(&["downgrade", "-1", "--yes"]);
    assert_eq!(refused["error"]["path"], "r/20240110_000000_first.sql", "{refused:#}");
}

fn a_new_pair_comes_last(kind: Kind) {
    let switch = in_place(kind);
    switch.project.write("r/29990101_000000_far.sql", "SELECT 1;\n");
    let made = switch.ok(&["revision", "-m", "Add chairs!"]).stdout;
    assert_eq!(made, "r/29990101_000001_add_chairs.sql\nr/29990101_000001_add_chairs_rollback.sql\n");
    switch.ok(&["upgrade", "head"]);
    assert!(switch.ok(&["current"]).stdout.starts_with("29990101_000001 (head) add chairs"));
    assert_eq!(switch.run(&["revision", "-m", "x", "--head", "base"]).status, 2);
    assert_eq!(switch.run(&["import", "pairs", "r"]).status, 2);
}

#[test]
fn what_is_no_pair_is_refused() {
    let switch = in_place(Kind::Sqlite);
    for name in ["r/notes.sql", "r/20240111_000000_gone_rollback.sql"] {
        switch.project.write(name, "SELECT 1;\n");
        let refused = switch.project.json(&["heads"]);
        assert_eq!(refused["error"]["code"], "revision-invalid", "{refused:#}");
        assert_eq!(refused["error"]["path"], name);
        std::fs::remove_file(switch.project.path(name)).unwrap();
    }
    switch.ok(&["heads"]);
}

#[test]
fn two_pairs_of_one_second_both_count() {
    let switch = in_place(Kind::Sqlite);
    switch.project.write("r/20240110_000000_also.sql", "SELECT 1;\n");
    let history = switch.project.json(&["history"]);
    let ids = super::revisions(&history["services"][0]["revisions"]);
    assert_eq!(ids, ["20240110_000000_first", "20240110_000000_also", "20240102_030405"]);
}

#[test]
fn a_history_that_was_read_in_place_goes_on_as_revisions() {
    let switch = in_place(Kind::Sqlite);
    switch.ok(&["upgrade", "head"]);
    std::fs::rename(switch.project.path("r"), switch.project.path("pairs")).unwrap();
    std::fs::create_dir(switch.project.path("r")).unwrap();
    let url = &switch.url;
    switch.project.write("aludel.yaml", &format!("services:\n  app:\n    url: \"{url}\"\n    revisions: r\n"));
    switch.ok(&["import", "pairs", "pairs"]);
    let status = switch.project.json(&["status"]);
    assert_eq!(status["services"][0]["is_head"], true, "{status:#}");
    assert_eq!(status["services"][0]["changed"], serde_json::json!([]), "what ran is what stands there");
}
