//! What the server has to open for a question about some tables.

use aludel::database::{CatalogRequest, Database};
use aludel::sql::TableName;

use crate::backend::Backend;
use crate::support;
use crate::support::project::{Kind, Project};

/// Returns how many tables the server has opened for this session.
fn opened(database: &mut dyn Database) -> u64 {
    let rows = database.execute("SHOW SESSION STATUS LIKE 'Opened_tables'").unwrap();
    rows[0][0][1].as_deref().unwrap().parse().unwrap()
}

#[test]
fn facts_about_a_table_open_no_other_one_of_the_server() {
    if !support::is_mariadb() {
        support::cases::say("tables opened for facts about one: MySQL reads its data dictionary instead");
        return;
    }
    let (other, backend) = (Backend::mariadb(), Backend::mariadb());
    let tables: String = (0..40).map(|number| format!("CREATE TABLE t{number} (id int);")).collect();
    other.shell(&tables);
    backend.shell(&tables);
    let mut database = backend.ready();
    database.execute("INSERT INTO t7 VALUES (1), (2)").unwrap();
    let name = |name: &str| TableName { schema: None, name: name.to_owned() };
    let (seven, none) = (name("t7"), name("none"));
    let before = opened(&mut *database);
    let facts = database.driver().table_facts(&mut *database, &[&none, &seven]).unwrap();
    let opened = opened(&mut *database) - before;
    assert!(facts[&seven].bytes.unwrap() > 0 && !facts.contains_key(&none), "{facts:?}");
    assert!(opened < 5, "{opened} tables opened");
}

#[test]
fn a_run_reads_only_the_tables_again_that_it_names() {
    let tables = 40;
    let (project, url) = Project::with_database(Kind::Mariadb);
    let all: String = (0..tables).map(|number| format!("CREATE TABLE t{number} (id int);\n")).collect();
    project.revision("aaaa", "", &all, "SELECT 1;");
    project.ok(&["upgrade", "head"]);
    project.shell(Kind::Mariadb, &url, "ALTER TABLE t7 ADD COLUMN by_hand int;");
    project.revision("bbbb", "aaaa", "ALTER TABLE t3 ADD COLUMN more int;", "ALTER TABLE t3 DROP COLUMN more;");
    project.ok(&["upgrade", "head"]);
    // The run does not hide what was changed by hand before it.
    let drift = project.run(&["check", "--drift"]);
    assert_eq!(drift.status, 3, "{}", drift.stderr);
    assert!(drift.stdout.contains("by_hand") && !drift.stdout.contains("more"), "{}", drift.stdout);
    // With an unknown table everything is read again.
    project.shell(Kind::Mariadb, &url, "CREATE TABLE unknown (id int);");
    project.revision("cccc", "bbbb", "ALTER TABLE t3 ADD COLUMN last int;", "ALTER TABLE t3 DROP COLUMN last;");
    project.ok(&["upgrade", "head"]);
    project.ok(&["check", "--drift"]);
}

#[test]
fn a_run_of_one_service_knows_what_that_of_another_one_changed() {
    let project = Project::new();
    let url = support::mariadb().new_database();
    let service =
        |name: &str| format!("  {name}:\n    url: \"{url}\"\n    revisions: {name}\n    version_table: {name}\n");
    project.write("aludel.yaml", &format!("services:\n{}{}", service("one"), service("two")));
    let revision = |service: &str, id: &str, down: &str, sql: &str| {
        let text = format!("-- revision: {id}\n-- down_revision: {down}\n\n-- @upgrade\n{sql}\n");
        project.write(&format!("{service}/{id}.sql"), &text);
    };
    let tables = |name: &str| -> String { (0..20).map(|n| format!("CREATE TABLE {name}{n} (id int);\n")).collect() };
    let run = |service: &str| project.ok(&["upgrade", "head", "-s", service]);
    revision("one", "a1", "null", &tables("a"));
    revision("two", "b1", "null", &tables("b"));
    run("two");
    run("one");
    revision("two", "b2", "b1", "ALTER TABLE b3 ADD COLUMN more int;");
    run("two");
    revision("one", "a2", "a1", "ALTER TABLE a3 ADD COLUMN more int;");
    run("one");
    project.ok(&["check", "--drift"]);
}

#[test]
fn tables_that_no_statement_names_are_not_opened_behind_a_run() {
    let backend = Backend::mariadb();
    let tables = |number| format!("CREATE TABLE t{number} (id int PRIMARY KEY); ");
    backend.shell(&(0..40).map(tables).collect::<String>());
    let mut database = backend.ready();
    let without = vec![database.resolve_version_table().unwrap()];
    let request = CatalogRequest { without, ..CatalogRequest::default() };
    let before = database.catalog_text(&request).unwrap();
    let statements = ["ALTER TABLE t7 ADD COLUMN up int, ADD FOREIGN KEY (up) REFERENCES t3 (id)", "DROP TABLE t9"];
    database.execute(&statements.join("; ")).unwrap();
    let opened_before = opened(&mut *database);
    let after = database.catalog_text_after(&request, &before, &statements).unwrap();
    let opened = opened(&mut *database) - opened_before;
    assert_eq!(after.unwrap(), database.catalog_text(&request).unwrap());
    assert!(opened < 20, "{opened} tables opened");
}
