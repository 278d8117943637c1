//! Tests that need more than a pair of statements: names of databases, users, refusals of the server, omitted objects.

use aludel::config::DatabaseUrl;
use aludel::database::{CatalogRequest, VersionTable};
use aludel::schema::{Attribute, Options, Script, StatementNote, ddl, difference, rename_candidates, script};

use super::place::Place;
use crate::support;

/// Returns the type INT as the server prints it.
fn int() -> &'static str {
    if support::is_mariadb() { "int(11)" } else { "int" }
}

fn statements(way: &Script) -> Vec<String> {
    way.statements().map(|statement| statement.sql.clone()).collect()
}

#[test]
fn schemas_read_equal_whatever_their_databases_are_called() {
    let sequence = "CREATE SEQUENCE s; CREATE TABLE t (id INT PRIMARY KEY DEFAULT NEXTVAL(s));";
    let table = if support::is_mariadb() { sequence } else { "CREATE TABLE t (id INT PRIMARY KEY);" };
    let sql = "CREATE FUNCTION f(x INT) RETURNS INT DETERMINISTIC RETURN x; CREATE TABLE u (id INT); \
               CREATE VIEW v AS SELECT ALIAS.id, f(ALIAS.id) AS y, (SELECT COUNT(*) FROM u) AS n FROM t AS ALIAS JOIN u ON u.id = ALIAS.id";
    // An alias may have the same name as the database.
    let mut one = Place::new();
    let mut other = Place::new();
    for place in [&mut one, &mut other] {
        place.empty();
        let sql = format!("{table}{sql}").replace("ALIAS", &place.name);
        place.run(&sql).unwrap();
    }
    let text = |place: &mut Place| place.read(false).to_json().replace(&place.name, "ALIAS");
    let (first, second) = (text(&mut one), text(&mut other));
    assert_eq!(first, second);
    assert!(
        !first.contains("`ALIAS`.`t`") && !first.contains("`ALIAS`.`f`") && !first.contains("`ALIAS`.`s`"),
        "{first}"
    );
}

#[test]
fn the_tables_of_the_version_table_are_left_out() {
    let mut place = Place::new();
    place.database.ensure_tables().unwrap();
    let without = vec![VersionTable { schema: None, name: "aludel_version".to_owned() }];
    let schema = place.database.catalog(&CatalogRequest { without, ..CatalogRequest::default() }).unwrap();
    assert!(schema.is_empty(), "{:?}", schema.objects().collect::<Vec<_>>());
    assert!(!place.read(false).is_empty());
}

#[test]
fn what_the_user_may_not_see_is_named() {
    let mut place =
        Place::of("CREATE TABLE t (a INT); CREATE FUNCTION f() RETURNS INT RETURN 1; CREATE VIEW v AS SELECT a FROM t");
    let name = place.name.clone();
    let user = format!("reader_{name}");
    place
        .run(&format!(
            "CREATE USER `{user}`@'%' IDENTIFIED BY 'x'; GRANT SELECT, EXECUTE ON `{name}`.* TO `{user}`@'%'"
        ))
        .unwrap();
    let url = support::mariadb().new_database();
    let at = url.find('@').unwrap();
    let server = url[at..].rsplit_once('/').unwrap().0;
    let address = DatabaseUrl::parse(&format!("mysql://{user}:x{server}/{name}"), None).unwrap();
    let table = VersionTable { schema: None, name: "aludel_version".to_owned() };
    let mut database = aludel::drivers::open(&address, &table, "cases", &|_| None).unwrap();
    let schema = database.catalog(&CatalogRequest::default()).unwrap();
    let named: Vec<_> = schema.unmodelled.iter().map(|other| format!("{} {}", other.kind, other.name)).collect();
    assert_eq!(named, ["function that cannot be shown f", "view that cannot be shown v"]);
    // The objects are neither created nor dropped.
    let way = script(&schema, &place.read(false), &Options::default());
    assert_eq!(statements(&way), Vec::<String>::new());
    place.run(&format!("DROP USER `{user}`@'%'")).unwrap();
}

#[test]
fn a_statement_fails_rather_than_copies_and_says_what_else_there_is() {
    // The dropped full-text index leaves a hidden column, so columns can no longer be added with ALGORITHM=INSTANT.
    let mut place =
        Place::of("CREATE TABLE t (id INT PRIMARY KEY, a TEXT, FULLTEXT KEY k (a)); ALTER TABLE t DROP INDEX k");
    let to = Place::of("CREATE TABLE t (id INT PRIMARY KEY, a TEXT, b INT)").read(false);
    let before = place.dump();
    let way = script(&place.read(false), &to, &Options::default());
    let [statement] = way.statements().collect::<Vec<_>>()[..] else { panic!("{way:?}") };
    assert_eq!(statement.sql, format!("ALTER TABLE `t` ADD COLUMN `b` {}, ALGORITHM=INSTANT", int()));
    let remark = statement
        .notes
        .iter()
        .any(|note| matches!(note, StatementNote::Remark(text) if text.contains("ALGORITHM=COPY, LOCK=SHARED")));
    assert!(remark, "{:?}", statement.notes);
    assert!(place.run(&statement.sql).unwrap_err().contains("ALGORITHM=INSTANT is not supported"));
    assert_eq!(place.dump(), before);
    place.run(&statement.sql.replace("ALGORITHM=INSTANT", "ALGORITHM=COPY, LOCK=SHARED")).unwrap();
    assert!(difference(&place.read(false), &to).is_empty());
}

#[test]
fn offline_nothing_is_asserted() {
    let from = Place::of("CREATE TABLE t (id INT PRIMARY KEY)").read(false);
    let to = Place::of("CREATE TABLE t (id INT PRIMARY KEY, b INT)").read(false);
    let way = script(&from, &to, &Options { online: false, ..Options::default() });
    assert_eq!(statements(&way), [format!("ALTER TABLE `t` ADD COLUMN `b` {}", int())]);
}

#[test]
fn what_looks_like_a_rename_is_found_and_works() {
    let mut place = Place::of("CREATE TABLE users (id INT PRIMARY KEY, mail TEXT); INSERT INTO users VALUES (1, 'a')");
    let from = place.read(false);
    let to = Place::of("CREATE TABLE users (id INT PRIMARY KEY, email TEXT)").read(false);
    let renames = rename_candidates(&difference(&from, &to), &from, &to);
    assert_eq!(renames.len(), 1);
    let way = script(&from, &to, &Options { renames, ..Options::default() });
    assert_eq!(statements(&way), ["ALTER TABLE `users` RENAME COLUMN `mail` TO `email`"]);
    place.apply(&[(true, statements(&way))]).unwrap();
    assert_eq!(place.ask("SELECT email FROM users").concat(), ["a"]);
}

#[test]
fn an_event_without_a_start_says_the_same_whenever_it_was_made() {
    let sql = "CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO SELECT 1";
    let schema = Place::of(sql).read(false);
    let event = schema.objects().next().unwrap();
    assert_eq!(event.text(Attribute::Type), Some("EVERY 1 DAY"));
    assert_eq!(statements(&ddl(&schema)).len(), 1);
}
