//! What the server has to open for a question about some tables.

use aludel::database::Database;
use aludel::sql::TableName;

use crate::backend::Backend;
use crate::support;

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
