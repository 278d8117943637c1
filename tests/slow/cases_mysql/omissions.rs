//! Objects that are not modelled are reported with their kind; everything beside them is compared as usual.

use aludel::database::CatalogRequest;
use aludel::schema::{Options, difference, script};

use super::place::Place;
use crate::support::cases::say;
use crate::support::is_mariadb;

fn named(place: &mut Place, owners: bool) -> Vec<String> {
    let schema = place.database.catalog(&CatalogRequest { owners, ..CatalogRequest::default() }).unwrap();
    schema.unmodelled.iter().map(|other| format!("{} {}", other.kind, other.name)).collect()
}

#[test]
fn each_kind_that_is_not_modelled_is_named() {
    // MySQL has none of these kinds except tables of other engines, which the cases cover.
    if !is_mariadb() {
        say("kinds that are not modelled: those of this test are MariaDB's only");
        return;
    }
    let sql = "CREATE TABLE plain (id INT PRIMARY KEY); \
        CREATE TABLE versioned (id INT) WITH SYSTEM VERSIONING; \
        CREATE TRIGGER of_versioned BEFORE INSERT ON versioned FOR EACH ROW SET NEW.id = 1; \
        CREATE TABLE period (a DATE, b DATE, PERIOD FOR p (a, b)); \
        CREATE TABLE part (a INT) ENGINE=MyISAM; CREATE TABLE merged (a INT) ENGINE=MERGE UNION=(part); \
        CREATE VIEW reading AS SELECT part.a, versioned.id FROM part JOIN versioned; \
        SET sql_mode = ORACLE; DELIMITER //\n\
        CREATE PACKAGE pack AS FUNCTION f RETURN INT; END;//\n\
        CREATE PACKAGE BODY pack AS FUNCTION f RETURN INT AS BEGIN RETURN 1; END; END;//\n\
        DELIMITER ;\n";
    let mut place = Place::of(sql);
    assert_eq!(
        named(&mut place, false),
        [
            "package pack",
            "package body pack",
            "system-versioned table versioned",
            "table of the engine MRG_MyISAM merged",
            "table with a period period",
            "trigger of a table that is not modelled of_versioned",
        ]
    );
    // They are neither created nor dropped, whichever side has them.
    let without = Place::of(
        "CREATE TABLE plain (id INT PRIMARY KEY); CREATE TABLE part (a INT) ENGINE=MyISAM; \
                      CREATE TABLE versioned (id INT); CREATE VIEW reading AS SELECT part.a, versioned.id FROM part JOIN versioned",
    );
    let (from, to) = (place.read(false), { without }.read(false));
    // The view is compared, without the name of its database.
    assert!(!from.to_json().contains(&place.name), "{}", from.to_json());
    assert!(script(&from, &to, &Options::default()).is_empty() && script(&to, &from, &Options::default()).is_empty());
    assert_eq!(difference(&from, &to).unmodelled.len(), 6);
}

#[test]
fn where_the_server_keeps_a_tables_files_is_named_and_no_difference() {
    // MySQL does not follow symbolic links, and rejects DATA DIRECTORY for MyISAM.
    if !is_mariadb() {
        say("the place of a table's files: MySQL takes none for MyISAM");
        return;
    }
    let mut place = Place::new();
    place.empty();
    // The server's temporary folder is shared, so the name of the table must be unique.
    let folder = place.ask("SELECT @@tmpdir").concat().concat();
    let table = format!("t_{}", place.name);
    let create = format!("CREATE TABLE {table} (id INT, KEY k (id)) ENGINE=MyISAM");
    place.run(&format!("{create} DATA DIRECTORY='{folder}' INDEX DIRECTORY='{folder}'")).unwrap();
    let wanted = ["DATA", "INDEX"].map(|what| format!("table option {table}.{what} DIRECTORY"));
    assert_eq!(named(&mut place, false), wanted);
    let mut elsewhere = Place::of(&create);
    assert!(difference(&place.read(false), &elsewhere.read(false)).is_empty());
    // The table itself is compared.
    elsewhere.run(&format!("ALTER TABLE {table} ADD COLUMN a INT")).unwrap();
    assert!(!script(&place.read(false), &elsewhere.read(false), &Options::default()).is_empty());
    place.run(&format!("DROP TABLE {table}")).unwrap();
}

#[test]
fn a_table_with_a_default_that_is_no_text_is_named_and_one_with_a_question_mark_is_read() {
    let mut place =
        Place::of("CREATE TABLE bytes (a BINARY(2) DEFAULT X'FF00'); CREATE TABLE asking (a VARBINARY(9) DEFAULT '?')");
    // MySQL prints such bytes as hexadecimal digits, MariaDB 10 does not print them at all.
    let prints_none = is_mariadb() && place.ask("SELECT VERSION()").concat().concat().starts_with("10.");
    let wanted: &[&str] = if prints_none { &["table that cannot be shown bytes"] } else { &[] };
    assert_eq!(named(&mut place, false), wanted);
    let schema = place.read(false).to_json();
    // MariaDB 11 prints binary defaults as digits.
    assert!(["'?'", "x'3f'"].iter().any(|default| schema.contains(default)), "{schema}");
}

#[test]
fn privileges_are_named_when_owners_are_asked_for() {
    let mut place = Place::of("CREATE TABLE t (id INT, a INT); CREATE VIEW v AS SELECT a FROM t");
    let (name, user) = (place.name.clone(), format!("named_{}", place.name));
    place
        .run(&format!(
            "CREATE USER `{user}`; GRANT SELECT ON `{name}`.* TO `{user}`; GRANT INSERT, DELETE ON t TO `{user}`; \
                        GRANT UPDATE (a) ON t TO `{user}`"
        ))
        .unwrap();
    assert_eq!(named(&mut place, false), [""; 0]);
    let wanted = ["t", "t.a", "the database"].map(|what| format!("privileges '{user}'@'%' on {what}"));
    assert_eq!(named(&mut place, true), wanted);
    place.run(&format!("DROP USER `{user}`")).unwrap();
}

#[test]
fn what_is_replaced_keeps_its_privileges() {
    // MySQL cannot replace routines: a note on the statement warns that their privileges are lost.
    if !is_mariadb() {
        say("privileges of what is replaced: MySQL replaces no routines");
        return;
    }
    let old = "CREATE TABLE t (id INT, a INT); CREATE VIEW v AS SELECT id FROM t; \
               CREATE FUNCTION f() RETURNS INT DETERMINISTIC RETURN 1; CREATE PROCEDURE p() SELECT 1";
    let mut place = Place::of(old);
    let (name, user) = (place.name.clone(), format!("keeper_{}", place.name));
    place
        .run(&format!(
            "CREATE USER `{user}`; GRANT SELECT ON v TO `{user}`; GRANT EXECUTE ON FUNCTION f TO `{user}`; \
                        GRANT EXECUTE ON PROCEDURE p TO `{user}`"
        ))
        .unwrap();
    let grants = |place: &mut Place| place.ask(&format!("SHOW GRANTS FOR `{user}`")).concat();
    let before = grants(&mut place);
    assert_eq!(before.len(), 4, "{before:?} in {name}");
    let new = old
        .replace("SELECT id FROM", "SELECT id, a FROM")
        .replace("RETURN 1", "RETURN 2")
        .replace("SELECT 1", "SELECT 2");
    let to = { Place::of(&new) }.read(false);
    let way = script(&place.read(false), &to, &Options::default());
    let statements = way.statements().map(|statement| statement.sql.clone()).collect();
    place.apply(&[(true, statements)]).unwrap();
    assert!(difference(&place.read(false), &to).is_empty());
    assert_eq!(grants(&mut place), before);
    place.run(&format!("DROP USER `{user}`")).unwrap();
}
