#![allow(clippy::unwrap_used)]

use super::*;

#[test]
fn losses_are_found() {
    for dialect in [Dialect::POSTGRES, Dialect::MYSQL, Dialect::SQLITE] {
        for (sql, expected) in [
            ("DROP TABLE a", Some((Loss::Table, "a"))),
            ("ALTER TABLE a DROP COLUMN b", Some((Loss::Column, "a"))),
            ("DELETE FROM a", Some((Loss::Delete, "a"))),
            ("CREATE TABLE a (b int)", None),
            ("UPDATE a SET b = 1", None),
            ("WITH c AS (SELECT 1) DELETE FROM a WHERE b IN (SELECT * FROM c)", Some((Loss::Delete, "a"))),
            ("WITH c AS (SELECT 1) UPDATE a SET b = 1", None),
        ] {
            let losses = impact(sql, dialect).losses;
            let loss = losses.first().map(|losing| (losing.loss, losing.table.name.as_str()));
            assert_eq!(loss, expected, "{sql} {dialect:?}");
        }
    }
}

#[test]
fn how_much_is_lost_is_found() {
    let part = |sql: &str, dialect| impact(sql, dialect).losses.into_iter().map(|losing| losing.part).next().unwrap();
    let rows = |text: &str| LossScope::Rows(text.to_owned());
    for dialect in [Dialect::POSTGRES, Dialect::MYSQL, Dialect::SQLITE] {
        for (sql, expected) in [
            ("DROP TABLE a", LossScope::All),
            ("ALTER TABLE a DROP COLUMN b", LossScope::Column("b".to_owned())),
            ("ALTER TABLE a DROP b", LossScope::Column("b".to_owned())),
            ("DELETE FROM a", rows("a")),
            ("delete from a -- all\n where x in (1, 2) -- of it", rows("a -- all\n where x in (1, 2)")),
            ("DELETE FROM a WHERE x = 1 RETURNING id", LossScope::All),
        ] {
            assert_eq!(part(sql, dialect), expected, "{sql} {dialect:?}");
        }
    }
    let postgres = Dialect::POSTGRES;
    assert_eq!(part("ALTER TABLE a DROP COLUMN IF EXISTS \"B c\"", postgres), LossScope::Column("B c".to_owned()));
    assert_eq!(part("DELETE FROM a USING b WHERE a.x = b.x", postgres), LossScope::All);
    assert_eq!(part("DELETE FROM ONLY a AS t WHERE t.x", postgres), rows("ONLY a AS t WHERE t.x"));
    assert_eq!(part("WITH x AS (DELETE FROM a RETURNING *) SELECT * FROM x", postgres), LossScope::All);
    assert_eq!(part("TRUNCATE a CASCADE", postgres), LossScope::More);
    assert_eq!(part("TRUNCATE a", postgres), LossScope::All);
    assert_eq!(part("DELETE FROM a, b USING a JOIN b", Dialect::MYSQL), LossScope::All);
    assert_eq!(part("DELETE FROM a ORDER BY x LIMIT 3", Dialect::MYSQL), rows("a ORDER BY x LIMIT 3"));
}

#[test]
fn new_names_are_found() {
    let renames = |sql: &str, dialect| {
        let renames = impact(sql, dialect).renames;
        renames.iter().map(|(from, to)| format!("{from} > {to}")).collect::<Vec<_>>().join(", ")
    };
    for dialect in [Dialect::POSTGRES, Dialect::MYSQL, Dialect::SQLITE] {
        assert_eq!(renames("ALTER TABLE a RENAME TO b", dialect), "a > b");
        assert_eq!(renames("ALTER TABLE a RENAME COLUMN x TO y", dialect), "");
    }
    assert_eq!(renames("ALTER TABLE s.a RENAME TO b", Dialect::POSTGRES), "s.a > s.b");
    assert_eq!(renames("RENAME TABLE a TO b, c TO d", Dialect::MYSQL), "a > b, c > d");
}

#[test]
fn a_verb_is_the_first_words() {
    for (sql, verb) in [
        ("create unique index i on a (b)", "CREATE UNIQUE INDEX"),
        ("ALTER TABLE a ADD b int", "ALTER TABLE"),
        ("CREATE TABLE a (b int)", "CREATE TABLE"),
        ("UPDATE a SET b = 1", "UPDATE"),
        ("INSERT INTO a VALUES (1)", "INSERT INTO"),
    ] {
        assert_eq!(impact(sql, Dialect::POSTGRES).verb, verb);
    }
}
