//! Changes of the catalog are found by the numbers that the server keeps, and none is overlooked.

use aludel::config::DatabaseUrl;
use aludel::database::{CatalogRequest, Database, Transaction};
use aludel::drivers;
use aludel::sql::{self, Dialect};

use crate::backend::{Backend, Script, table};
use crate::support;

fn mark(database: &mut dyn Database) -> String {
    database.catalog_mark(&CatalogRequest::default()).unwrap().unwrap()
}

/// Opens a database whose later marks are relative to what it holds now. Returns the mark of that.
fn followed(backend: &Backend) -> (Box<dyn Database>, String) {
    let mut database = backend.ready();
    database.execute("CREATE TABLE t (id integer)").unwrap();
    database.expect_repeated_reads();
    let base = mark(&mut *database);
    (database, base)
}

#[test]
fn what_a_transaction_did_is_in_the_mark_until_it_is_rolled_back() {
    let (mut database, base) = followed(&Backend::postgres());
    for change in ["CREATE TABLE more (id integer)", "ALTER TABLE t ADD COLUMN more text", "COMMENT ON TABLE t IS 'x'"]
    {
        database.execute(&format!("BEGIN; SAVEPOINT s; {change}; RELEASE SAVEPOINT s")).unwrap();
        assert_ne!(mark(&mut *database), base, "{change}");
        database.execute("ROLLBACK").unwrap();
        assert_eq!(mark(&mut *database), base, "{change}");
    }
    database.execute("ALTER TABLE t ADD COLUMN more text").unwrap();
    let changed = mark(&mut *database);
    assert_ne!(changed, base);
    assert_eq!(mark(&mut *database), changed);
    database.execute("ALTER TABLE t DROP COLUMN more").unwrap();
    assert_eq!(mark(&mut *database), base);
}

#[test]
fn a_revision_that_stops_the_numbers_for_a_while_is_noticed() {
    let (mut database, base) = followed(&Backend::postgres());
    let text = "SET LOCAL track_counts = off; ALTER TABLE t ADD COLUMN hidden text;";
    let pieces = sql::split(text, Dialect::POSTGRES).unwrap();
    let script = Script { text: text.to_owned(), pieces, ..Script::base("a1", &[]) };
    script.run(&mut *database, Transaction::Own).unwrap();
    assert_ne!(mark(&mut *database), base);
    let hidden = mark(&mut *database);
    database.execute("ALTER TABLE t ADD COLUMN more text").unwrap();
    assert_ne!(mark(&mut *database), hidden);
}

#[test]
fn a_revision_that_moves_the_rows_of_catalogs_ends_what_was_known() {
    let (mut database, base) = followed(&Backend::postgres());
    let text = "VACUUM FULL pg_catalog.pg_class;";
    let pieces = sql::split(text, Dialect::POSTGRES).unwrap();
    let script = Script { text: text.to_owned(), pieces, ..Script::base("a1", &[]) };
    script.run(&mut *database, Transaction::None).unwrap();
    assert_eq!(database.catalog_mark(&CatalogRequest::default()).unwrap(), None);
    let next = mark(&mut *database);
    assert_ne!(next, base);
    database.execute("CREATE TABLE more (id integer)").unwrap();
    assert_ne!(mark(&mut *database), next);
}

#[test]
fn what_is_no_row_of_a_followed_catalog_is_in_the_mark() {
    let (mut database, base) = followed(&Backend::postgres());
    database.execute("CREATE TEXT SEARCH TEMPLATE simplest (LEXIZE = dsimple_lexize)").unwrap();
    assert_ne!(mark(&mut *database), base);
    database.execute("DROP TEXT SEARCH TEMPLATE simplest").unwrap();
    assert_eq!(mark(&mut *database), base);
    database.execute("SELECT lo_create(0)").unwrap();
    assert_ne!(mark(&mut *database), base);
}

#[test]
fn another_session_and_a_copy_continue_with_what_was_known() {
    let backend = Backend::postgres();
    let (mut database, base) = followed(&backend);
    database.execute("ALTER TABLE t ADD COLUMN more text").unwrap();
    let changed = mark(&mut *database);
    let known = database.known_catalog().unwrap();
    drop(database);
    let name = backend.url.rsplit('/').next().unwrap();
    let copied = format!("{name}_copy");
    let admin = support::postgres().new_database();
    let shell = |sql: &str| support::postgres().shell(&admin, sql);
    let wait = format!(
        "DO $$ BEGIN FOR i IN 1..5000 LOOP PERFORM pg_stat_clear_snapshot(); EXIT WHEN NOT EXISTS (SELECT FROM \
         pg_stat_activity WHERE datname = '{name}'); PERFORM pg_sleep(0.002); END LOOP; END $$;"
    );
    shell(&wait);
    shell(&format!("CREATE DATABASE {copied} TEMPLATE {name};"));
    for (url, is_copy) in [(backend.url.clone(), false), (backend.url.replace(name, &copied), true)] {
        let url = DatabaseUrl::parse(&url, None).unwrap();
        let mut database = drivers::open(&url, &table("aludel_version"), "contract", &|_| None).unwrap();
        database.expect_repeated_reads();
        database.follow_known_catalog(&known, is_copy).unwrap();
        assert_eq!(mark(&mut *database), changed, "copy: {is_copy}");
        database.execute("ALTER TABLE t DROP COLUMN more").unwrap();
        assert_eq!(mark(&mut *database), base, "copy: {is_copy}");
        database.execute("CREATE INDEX i ON t (id)").unwrap();
        assert_ne!(mark(&mut *database), base, "copy: {is_copy}");
    }
    shell(&format!("DROP DATABASE {copied};"));
}
