//! Versions of the rows of a table: whatever may change rows gives the table another one, or none, so that a proof
//! never takes rows for those that were there before.

use aludel::database::{CatalogRequest, Database, TableColumns};

use crate::backend::Backend;

/// Returns the table `x`, whose rows are read again if it differs from what it was.
fn table(database: &mut dyn Database) -> TableColumns {
    let tables = database.table_columns(&CatalogRequest::default()).unwrap().unwrap();
    tables.into_iter().find(|table| table.key.name == "x").unwrap()
}

fn version(database: &mut dyn Database) -> Option<String> {
    table(database).row_version
}

fn followed(backend: &Backend) -> Box<dyn Database> {
    let mut database = backend.ready();
    for sql in ["CREATE TABLE x (id integer, v integer)", "INSERT INTO x VALUES (1, 1), (2, 2)"] {
        database.execute(sql).unwrap();
    }
    database.expect_repeated_reads();
    database
}

/// Runs each change on the database, and expects another version or other columns, unless there is no version.
fn is_another_behind(database: &mut dyn Database, changes: &[&str]) {
    for change in changes {
        let before = table(database);
        database.execute(change).unwrap();
        assert!(before.row_version.is_none() || table(database) != before, "{change}: {before:?}");
    }
}

#[test]
fn on_sqlite_whatever_may_change_rows_gives_them_another_version() {
    let backend = Backend::sqlite();
    let mut database = followed(&backend);
    assert!(version(&mut *database).is_some());
    let other = ["CREATE TABLE y (id integer)", "INSERT INTO y VALUES (1)", "CREATE INDEX i ON x (v)"];
    let before = version(&mut *database);
    other.iter().for_each(|sql| drop(database.execute(sql).unwrap()));
    assert_eq!(version(&mut *database), before);
    database.execute("CREATE TRIGGER g AFTER INSERT ON y BEGIN UPDATE x SET v = 9; END").unwrap();
    is_another_behind(
        &mut *database,
        &[
            "INSERT INTO x VALUES (3, 3)",
            "UPDATE x SET v = 4",
            "INSERT INTO y VALUES (2)",
            "REPLACE INTO X VALUES (5, 5)",
            "DELETE FROM x",
            "ALTER TABLE x DROP COLUMN id",
            "ALTER TABLE x RENAME COLUMN v TO w",
            "ALTER TABLE x ADD COLUMN v integer DEFAULT 3",
        ],
    );
    let before = version(&mut *database);
    database.execute("ALTER TABLE x RENAME TO gone").unwrap();
    database.execute("ALTER TABLE y RENAME TO x").unwrap();
    assert_ne!(version(&mut *database), before);
}

#[test]
fn on_postgres_whatever_may_change_rows_gives_them_another_version_or_none() {
    let mut database = followed(&Backend::postgres());
    database.execute("CREATE TABLE y (id integer)").unwrap();
    let before = version(&mut *database);
    assert!(before.is_some());
    database.execute("INSERT INTO y VALUES (1)").unwrap();
    assert_eq!(version(&mut *database), before);
    let changes = [
        "INSERT INTO x VALUES (3, 3)",
        "UPDATE x SET v = 4",
        "DELETE FROM x WHERE id = 1",
        "ALTER TABLE x ALTER COLUMN v TYPE bigint USING v * 2",
        "ALTER TABLE x DROP COLUMN v, ADD COLUMN v integer DEFAULT 3",
        "ALTER TABLE x RENAME COLUMN id TO w",
        "TRUNCATE x",
        "CREATE TABLE child () INHERITS (x)",
        "INSERT INTO child VALUES (1)",
    ];
    is_another_behind(&mut *database, &changes);
}

/// TRUNCATE in the transaction that made the table empties its file, and takes back the numbers of rows.
#[test]
fn on_postgres_a_table_has_no_version_in_the_transaction_that_made_its_file() {
    let mut database = followed(&Backend::postgres());
    database.execute("DROP TABLE x; BEGIN; CREATE TABLE x (v integer); INSERT INTO x VALUES (1), (2)").unwrap();
    is_another_behind(&mut *database, &["TRUNCATE x; INSERT INTO x VALUES (3), (4)"]);
    database.execute("COMMIT; BEGIN; SAVEPOINT s; TRUNCATE x; INSERT INTO x VALUES (5), (6)").unwrap();
    is_another_behind(&mut *database, &["TRUNCATE x; INSERT INTO x VALUES (7), (8)"]);
    database.execute("COMMIT").unwrap();
    assert!(version(&mut *database).is_some());
}

#[test]
fn on_postgres_the_text_of_a_value_that_depends_on_a_type_of_the_user_has_no_version() {
    let mut database = followed(&Backend::postgres());
    database.execute("CREATE TYPE mood AS ENUM ('low'); ALTER TABLE x ADD COLUMN m mood DEFAULT 'low'").unwrap();
    assert_eq!(version(&mut *database), None);
}
