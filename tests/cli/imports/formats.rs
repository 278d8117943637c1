//! Tools with linear histories.

use super::{Switch, warnings};
use crate::support::project::Kind;

#[test]
fn prisma_on_sqlite() {
    let switch = Switch::new("prisma", Kind::Sqlite);
    let document = switch.import_twice(&["20240102030405_init", "20240210111213_name_is_required"]);
    assert_eq!(warnings(&document), []);
    switch.ok(&["upgrade", "20240102030405_init"]);
    switch.sql("INSERT INTO User VALUES (1, 'a@b', 'a'); INSERT INTO Post VALUES (1, 't', 1);");
    switch.ok(&["upgrade", "head"]);
    assert_eq!(switch.sql("SELECT count(*) FROM Post;"), "1", "no cascade while a table is made anew");
    switch.sql("DELETE FROM Post;");
    switch.ok(&["downgrade", "base", "--yes"]);
    switch.up_down_up("SELECT \"notnull\" FROM pragma_table_info('User') WHERE name = 'name';", "1");
}

#[test]
fn prisma_says_what_is_applied_and_what_did_not_finish() {
    let switch = Switch::new("prisma", Kind::Sqlite);
    switch.import();
    switch.play("table.sql");
    assert_eq!(switch.stamp(), ["20240102030405_init"]);
    switch.play("unfinished.sql");
    let (code, message) = switch.refusal();
    assert_eq!(code, "foreign-failed");
    assert!(message.contains("20240210111213_name_is_required") && message.contains("finished_at"), "{message}");
}

#[test]
fn prisma_without_a_way_back_says_so() {
    let switch = Switch::new("prisma", Kind::Sqlite);
    switch.project.write("p/20240102030405_init/migration.sql", "-- This is an empty migration.");
    let document = switch.project.json(&["import", "prisma", "p"]);
    assert_eq!(warnings(&document["services"][0]), [("no-downgrade", "20240102030405_init/migration.sql")]);
    switch.ok(&["upgrade", "head"]);
    assert_eq!(switch.run(&["downgrade", "base", "--yes"]).status, 1);
}

#[test]
fn flyway_on_postgres() {
    let mut switch = Switch::new("flyway", Kind::Postgres);
    let document = switch.import_twice(&["1", "1.1", "1.10", "R__People_view_563cfb03"]);
    let mut found = warnings(&document);
    found.dedup();
    assert_eq!(
        found,
        [
            ("code", "V2__Anonymize.java"),
            ("variable", "V1__Create_person_table.sql"),
            ("variable", "U1__Create_person_table.sql"),
            ("variable", "V1_1__Add_people.sql"),
            ("variable", "U1.1__Add_people.sql"),
            ("variable", "V1_10__Index.sql"),
            ("variable", "U1_10__Index.sql"),
            ("shared-transaction", "V1_10__Index.sql"),
            ("repeatable", "R__People_view.sql"),
            ("no-downgrade", "R__People_view.sql"),
        ]
    );
    let refused = switch.run(&["upgrade", "heads"]);
    assert!(refused.stderr.contains("x.schema"), "{}", refused.stderr);
    switch.variables = &["-x", "schema=app"];
    switch.ok(&["upgrade", "1.10"]);
    assert_eq!(switch.sql("SELECT name FROM app.person WHERE id = 3;"), "Ms. Bar {{x}}");
    assert_eq!(switch.sql("SELECT settings -> 'a' ->> 'b' FROM app.person WHERE id = 1;"), "1");
    switch.ok(&["downgrade", "base", "--yes"]);
    switch.ok(&["upgrade", "heads"]);
    assert_eq!(switch.sql("SELECT count(*) FROM people;"), "1");
}

#[test]
fn flyway_says_what_is_applied_taken_back_and_failed() {
    let switch = Switch::new("flyway", Kind::Postgres);
    switch.import();
    assert_eq!(switch.refusal().0, "foreign-table-missing");
    switch.play("table.sql");
    assert_eq!(switch.stamp(), ["1.1"], "1.10 was undone");
    switch.play("failed.sql");
    let (code, message) = switch.refusal();
    assert_eq!((&*code, message.contains("1.10")), ("foreign-failed", true), "{message}");
}

#[test]
fn golang_migrate_on_mariadb() {
    let switch = Switch::new("golang-migrate", Kind::Mariadb);
    let document = switch.import_twice(&["000001", "000002", "000010"]);
    assert_eq!(warnings(&document), []);
    switch.up_down_up("SELECT count(*) FROM changes JOIN accounts a ON a.id = account WHERE balance = 11;", "1");
}

#[test]
fn golang_migrate_says_one_version_and_refuses_when_dirty() {
    let switch = Switch::new("golang-migrate", Kind::Mariadb);
    switch.import();
    switch.play("table.sql");
    assert_eq!(switch.stamp(), ["000002"]);
    switch.play("dirty.sql");
    let (code, message) = switch.refusal();
    assert_eq!((&*code, message.contains("10") && message.contains("dirty")), ("foreign-failed", true), "{message}");
    switch.sql("UPDATE schema_migrations SET version = 7, dirty = 0;");
    assert_eq!(switch.refusal().0, "foreign-unknown");
}

#[test]
fn dbmate_on_postgres() {
    let switch = Switch::new("dbmate", Kind::Postgres);
    let document = switch.import_twice(&["20240102030405", "20240203040506", "20240304050607"]);
    assert_eq!(warnings(&document), []);
    let text = &switch.files()["20240203040506_email_index.sql"];
    assert!(text.contains("-- transaction: false") && text.contains("-- created: 2024-02-03T04:05:06Z"), "{text}");
    switch.up_down_up("SELECT greeting(ROW(1, 'Ada', 'x')::users);", "Dear Ada;");
}

#[test]
fn dbmate_says_what_is_applied_and_a_gap_is_refused() {
    let switch = Switch::new("dbmate", Kind::Postgres);
    switch.import();
    switch.play("table.sql");
    assert_eq!(switch.stamp(), ["20240203040506"]);
    switch.sql("UPDATE schema_migrations SET version = '20240304050607' WHERE version = '20240102030405';");
    let (code, message) = switch.refusal();
    assert_eq!((&*code, message.contains("but not 20240102030405")), ("foreign-gap", true), "{message}");
}

#[test]
fn what_aludel_did_since_is_not_undone_by_a_second_stamp() {
    let switch = Switch::new("dbmate", Kind::Postgres);
    switch.import();
    switch.play("table.sql");
    assert_eq!(switch.stamp(), ["20240203040506"]);
    assert_eq!(switch.stamp(), ["20240203040506"], "the same again is nothing");
    switch.ok(&["stamp", "head"]);
    assert_eq!(switch.refusal().0, "already-stamped");
    switch.ok(&["stamp", "--from", "dbmate", "--purge"]);
    assert!(switch.ok(&["current"]).stdout.contains("20240203040506"));
}

#[test]
fn goose_on_mariadb() {
    let switch = Switch::new("goose", Kind::Mariadb);
    let document = switch.import_twice(&["00001", "00002", "00003"]);
    assert_eq!(warnings(&document), [("code", "00004_code.go")]);
    switch.up_down_up("SELECT words FROM posts;", "4");
}

#[test]
fn goose_says_what_is_applied_and_what_was_taken_back() {
    let switch = Switch::new("goose", Kind::Mariadb);
    switch.import();
    switch.play("table.sql");
    assert_eq!(switch.stamp(), ["00002"]);
    switch.sql("INSERT INTO goose_db_version (version_id, is_applied) VALUES (4, true);");
    let (code, message) = switch.refusal();
    assert_eq!((&*code, message.contains(" 4 ")), ("foreign-unknown", true), "{message}");
}

#[test]
fn sqlx_on_sqlite() {
    let switch = Switch::new("sqlx", Kind::Sqlite);
    let document = switch.import_twice(&["20240102030405", "20240203040506", "20240304050607"]);
    assert_eq!(warnings(&document), []);
    switch.up_down_up(
        "INSERT INTO todos (description) VALUES ('x'); UPDATE todos SET done = 1; SELECT done_at FROM todos LIMIT 1;",
        "2024",
    );
}

#[test]
fn sqlx_says_what_is_applied_and_what_failed() {
    let switch = Switch::new("sqlx", Kind::Sqlite);
    switch.import();
    switch.play("table.sql");
    assert_eq!(switch.stamp(), ["20240203040506"]);
    switch.play("failed.sql");
    let (code, message) = switch.refusal();
    assert_eq!((&*code, message.contains("20240304050607")), ("foreign-failed", true), "{message}");
}

#[test]
fn diesel_on_postgres() {
    let switch = Switch::new("diesel", Kind::Postgres);
    let document = switch.import_twice(&["00000000000000", "20240102030405", "202402030405060000"]);
    assert_eq!(warnings(&document), []);
    assert!(switch.files()["2024-02-03-040506-0000_title_index.sql"].contains("-- transaction: false"));
    switch.up_down_up("SELECT count(*) FROM pg_indexes WHERE indexname = 'posts_title';", "1");
}

#[test]
fn diesel_says_what_is_applied() {
    let switch = Switch::new("diesel", Kind::Postgres);
    switch.import();
    switch.play("table.sql");
    let planned = switch.ok(&["stamp", "--from", "diesel", "--dry-run"]).stdout;
    assert_eq!(planned, "app: would be at 20240102030405 (it is at base)\n");
    assert_eq!(switch.stamp(), ["20240102030405"]);
    switch.sql("ALTER TABLE __diesel_schema_migrations RENAME TO moved; CREATE SCHEMA other; ALTER TABLE moved SET SCHEMA other;");
    switch.ok(&["stamp", "--from", "diesel", "--from-table", "other.moved"]);
}

#[test]
fn an_import_over_something_else_is_refused_and_writes_nothing() {
    let switch = Switch::new("dbmate", Kind::Postgres);
    switch.import();
    let name = "20240203040506_email_index.sql";
    let text = switch.files()[name].replace("(email)", "(name)");
    switch.project.write(&format!("r/{name}"), &text);
    std::fs::remove_file(switch.project.path("r/20240304050607_greeting.sql")).unwrap();
    let before = switch.files();
    let folder = super::sample("dbmate", "project").display().to_string();
    let refused = switch.project.json(&["import", "dbmate", &folder]);
    assert_eq!(refused["error"]["code"], "import-differs", "{refused:#}");
    assert_eq!(switch.files(), before);
    // Values in the header may be edited.
    switch.project.write(&format!("r/{name}"), &text.replace("(name)", "(email)").replace("email index", "Faster"));
    assert_eq!(super::revisions(&switch.import()["imported"]), ["20240304050607"]);
}
