//! Tests of the statement parsers.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeSet;

use super::*;
use crate::schema::{Kind, Schema, SchemaEntry, Unmodelled, statements_to_json};
use crate::sql::Dialect;

fn definitions(sql: &str) -> Vec<String> {
    let table = ParsedTable::parse(sql).unwrap();
    table.constraints.iter().map(|constraint| constraint.definition.clone()).collect()
}

#[test]
fn a_column_is_read_with_all_it_can_have() {
    let sql = "CREATE TABLE t (\n  id integer PRIMARY KEY AUTOINCREMENT, -- the key\n  [a b] Varchar ( 10 , 2 ) CONSTRAINT nn NOT NULL ON CONFLICT \
               IGNORE DEFAULT -1 COLLATE nocase CHECK (\"a b\" <> '') REFERENCES o(id) ON DELETE SET NULL NOT DEFERRABLE UNIQUE, \
               c AS (id*2) STORED, 'd', e DEFAULT abc, f DEFAULT (1 + 2) NOT NULL)";
    let table = ParsedTable::parse(sql).unwrap();
    let names: Vec<_> = table.columns.iter().map(|column| column.name.as_str()).collect();
    assert_eq!(names, ["id", "a b", "c", "d", "e", "f"]);
    let column = table.column("A B").unwrap();
    assert_eq!((column.of_type.as_str(), column.default.as_deref()), ("VARCHAR(10,2)", Some("-1")));
    assert_eq!(column.extras, ["CONSTRAINT nn NOT NULL", "NOT NULL ON CONFLICT IGNORE"]);
    assert_eq!(table.columns[2].generated.as_deref(), Some("id * 2"));
    assert!(table.columns[2].is_stored && table.columns[0].is_auto && table.columns[5].is_not_null);
    assert_eq!(table.columns[4].default.as_deref(), Some("'abc'"));
    assert_eq!(table.columns[5].default.as_deref(), Some("(1 + 2)"));
    assert_eq!(table.columns[2].source, "c AS (id*2) STORED");
    assert_eq!(
        definitions(sql),
        [
            "PRIMARY KEY (id)",
            "CHECK (\"a b\" <> '')",
            "FOREIGN KEY (\"a b\") REFERENCES o (id) ON DELETE SET NULL",
            "UNIQUE (\"a b\")"
        ]
    );
}

#[test]
fn constraints_of_a_table_need_no_commas_between_them() {
    let sql = "CREATE TABLE t (a, b, CONSTRAINT k PRIMARY KEY (a ASC, b COLLATE nocase DESC) ON CONFLICT REPLACE UNIQUE(a) \
               CHECK (t.a>-1 AND f(b)), FOREIGN KEY(b, a) REFERENCES o DEFERRABLE INITIALLY DEFERRED) STRICT, WITHOUT ROWID";
    assert_eq!(
        definitions(sql),
        [
            "PRIMARY KEY (a, b collate nocase desc) ON CONFLICT REPLACE",
            "UNIQUE (a)",
            "CHECK (a > -1 and f(b))",
            "FOREIGN KEY (b, a) REFERENCES o"
        ]
    );
    let table = ParsedTable::parse(sql).unwrap();
    assert!(table.is_strict && table.is_without_rowid);
    assert_eq!(table.constraints[3].deferrable.as_deref(), Some("deferrable initially deferred"));
    assert_eq!(table.constraints[0].name.as_deref(), Some("k"));
}

#[test]
fn spellings_of_the_same_table_are_the_same() {
    let spelled = |sql: &str| {
        let entry = SchemaEntry { kind: Kind::Table, name: "t".to_owned(), table: "t".to_owned(), sql: sql.to_owned() };
        read(&[entry])
    };
    let one = spelled("CREATE TABLE t (a INT, b TEXT, CHECK (a > 0 AND \"b\" <> 'X'), UNIQUE (a, b))");
    let other = spelled("CREATE TABLE \"t\"(\"a\" int,`b` text /* b */,check(A>0 and t.b<>'X'),unique([a],b))");
    assert!(crate::schema::difference(&one, &other).is_empty(), "{:?}", crate::schema::difference(&one, &other));
    let changed = spelled("CREATE TABLE t (a INT, b TEXT, CHECK (a > 0 AND b <> 'x'), UNIQUE (a, b))");
    assert_eq!(crate::schema::difference(&one, &changed).changes.len(), 2);
}

#[test]
fn what_is_not_understood_is_not_read() {
    for sql in
        ["CREATE TABLE t (a", "CREATE TABLE t (a FOO(1) BAR)", "CREATE TABLE t (a) SOMETHING", "CREATE TABLE t ()"]
    {
        assert!(ParsedTable::parse(sql).is_none(), "{sql}");
    }
}

#[test]
fn which_column_is_the_rowid() {
    let rowid = |sql: &str| ParsedTable::parse(sql).unwrap().rowid_column().map(|column| column.name.clone());
    assert_eq!(rowid("CREATE TABLE t (a INTEGER PRIMARY KEY)").as_deref(), Some("a"));
    assert_eq!(rowid("CREATE TABLE t (a INTEGER, PRIMARY KEY (a DESC))").as_deref(), Some("a"));
    assert_eq!(rowid("CREATE TABLE t (a INTEGER PRIMARY KEY DESC)"), None);
    assert_eq!(rowid("CREATE TABLE t (a INT PRIMARY KEY)"), None);
    assert_eq!(rowid("CREATE TABLE t (a INTEGER PRIMARY KEY) WITHOUT ROWID"), None);
}

#[test]
fn an_index_is_read() {
    let columns = ["a", "b"].map(str::to_owned).into();
    let index =
        Index::parse("CREATE UNIQUE INDEX i ON t (\"a\" ASC, lower(b) DESC) WHERE t.b IS NOT NULL", &columns).unwrap();
    assert_eq!((index.columns, index.is_unique), (vec!["a".to_owned(), "lower(b) desc".to_owned()], true));
    assert_eq!(index.predicate.as_deref(), Some("b is not null"));
}

#[test]
fn of_statements_that_were_kept_a_table_that_is_read_wrongly_is_left_out_with_its_index() {
    let entry = |kind, name: &str, table: &str, sql: &str| SchemaEntry {
        kind,
        name: name.to_owned(),
        table: table.to_owned(),
        sql: sql.to_owned(),
    };
    let entries = [
        entry(Kind::Table, "a", "a", "CREATE TABLE a (x INT)"),
        entry(Kind::Table, "b", "b", "CREATE TABLE b (y INT)"),
        entry(Kind::Index, "i", "b", "CREATE INDEX i ON b (y)"),
    ];
    let text = statements_to_json(Dialect::SQLITE, &entries);
    assert_eq!(Schema::from_json(&text, &BTreeSet::new()), Some(read(&entries)));
    let named = |kind: &str, name: &str| Unmodelled { kind: kind.to_owned(), name: name.to_owned() };
    let found = Schema::from_json(&text, &BTreeSet::from([named("table", "b")])).unwrap();
    assert_eq!(found.objects().map(|object| object.key.to_string()).collect::<Vec<_>>(), ["a", "a.x"]);
    assert_eq!(found.unmodelled, BTreeSet::from([named("index", "i"), named("table", "b")]));
}
