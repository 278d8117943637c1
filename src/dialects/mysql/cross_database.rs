//! Databases that MySQL and MariaDB statements write to or switch to by name.

use crate::sql::{TableNameToken, TokenKind};

/// Returns the name of the database in which a statement of these `words` operates, if it is named.
pub(super) fn named_database<'t>(words: &[TableNameToken<'t>]) -> Option<TableNameToken<'t>> {
    let first = words.first()?;
    let rest = words.get(1..)?;
    match first.text.to_ascii_uppercase().as_str() {
        "USE" => rest.first().copied(),
        "CREATE" | "DROP" | "ALTER" => definition(first, rest),
        "RENAME" => (0..rest.len()).find_map(|place| qualifier(rest, place)),
        "TRUNCATE" | "CALL" => (0..2).find_map(|place| qualifier(rest, place)),
        "INSERT" | "REPLACE" => in_region(rest, &["VALUES", "VALUE", "SELECT", "SET", "WITH", "TABLE"], &["INTO"]),
        "WITH" => named_database(words.get(outside_parentheses(words, &["UPDATE", "DELETE"])?..)?),
        "SET" if rest.first()?.is("STATEMENT") => {
            named_database(words.get(outside_parentheses(words, &["FOR"])? + 1..)?)
        }
        // MariaDB runs the statement that it analyzes.
        "ANALYZE" if !rest.iter().take(2).any(|word| word.is_any(&["TABLE", "TABLES"])) => {
            named_database(rest.get(outside_parentheses(rest, &["INSERT", "REPLACE", "UPDATE", "DELETE", "WITH"])?..)?)
        }
        "ANALYZE" | "OPTIMIZE" | "REPAIR" => (0..rest.len()).find_map(|place| qualifier(rest, place)),
        "LOAD" => rest.iter().position(|word| word.is("TABLE")).and_then(|place| qualifier(rest, place + 1)),
        "UPDATE" => in_region(words, &["SET"], &["UPDATE", "JOIN", "STRAIGHT_JOIN"]),
        "DELETE" => {
            in_region(words, &["WHERE", "ORDER", "LIMIT"], &["DELETE", "FROM", "JOIN", "STRAIGHT_JOIN", "USING"])
        }
        _ => None,
    }
}

/// Position of the first of the keywords outside parentheses.
fn outside_parentheses(words: &[TableNameToken<'_>], keywords: &[&str]) -> Option<usize> {
    let mut depth = 0_usize;
    words.iter().position(|word| {
        match word.kind {
            TokenKind::Open => depth += 1,
            TokenKind::Close => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && word.is_any(keywords)
    })
}

/// First part of a dotted name at `place`: `db` of `db.t`.
fn qualifier<'t>(words: &[TableNameToken<'t>], place: usize) -> Option<TableNameToken<'t>> {
    let (name, point, behind) = (words.get(place)?, words.get(place + 1)?, words.get(place + 2)?);
    (name.is_name() && point.text == "." && behind.is_name()).then_some(*name)
}

/// Finds a dotted name where a table is expected, outside parentheses: at the start, after one of `before`, or after a
/// comma. The search stops at one of `ends`.
fn in_region<'t>(words: &[TableNameToken<'t>], ends: &[&str], before: &[&str]) -> Option<TableNameToken<'t>> {
    const MODIFIERS: [&str; 6] = ["LOW_PRIORITY", "HIGH_PRIORITY", "DELAYED", "IGNORE", "QUICK", "ONLY"];
    let mut depth = 0_usize;
    let mut is_place = true;
    for (place, word) in words.iter().enumerate() {
        match word.kind {
            TokenKind::Open => depth += 1,
            TokenKind::Close => depth = depth.saturating_sub(1),
            _ if depth == 0 && word.is_any(ends) => return None,
            _ => {}
        }
        if is_place
            && depth == 0
            && let Some(found) = qualifier(words, place)
        {
            return Some(found);
        }
        is_place = word.text == "," || word.is_any(before) || is_place && word.is_any(&MODIFIERS);
    }
    None
}

/// Handles CREATE, DROP and ALTER: the name of the object.
fn definition<'t>(first: &TableNameToken<'t>, rest: &[TableNameToken<'t>]) -> Option<TableNameToken<'t>> {
    const KINDS: [&str; 11] = [
        "TABLE",
        "VIEW",
        "INDEX",
        "TRIGGER",
        "FUNCTION",
        "PROCEDURE",
        "EVENT",
        "SEQUENCE",
        "PACKAGE",
        "DATABASE",
        "SCHEMA",
    ];
    let place = rest.iter().position(|word| word.is_any(&KINDS))?;
    // A user, role or server may have the name of an object type.
    if rest.get(..place)?.iter().any(|word| word.is_any(&["USER", "ROLE", "SERVER"])) {
        return None;
    }
    let kind = rest.get(place)?;
    let named = rest.get(place + 1..)?;
    if kind.is_any(&["DATABASE", "SCHEMA"]) {
        let name = named.iter().find(|word| !word.is_any(&["IF", "NOT", "EXISTS"]))?;
        // Without a name, ALTER DATABASE refers to the current database.
        let options = ["DEFAULT", "CHARACTER", "CHARSET", "COLLATE", "COMMENT", "ENCRYPTION", "READ"];
        return (!name.is_any(&options)).then_some(*name);
    }
    if first.is("ALTER") && kind.is("TABLE") {
        return altered(named);
    }
    let ends = ["AS", "SELECT", "LIKE", "FOR", "DO", "RETURNS", "RETURN", "BEGIN", "BEFORE", "AFTER", "RENAME"];
    let is_end = |word: &TableNameToken<'_>| word.kind == TokenKind::Open || word.is_any(&ends);
    let head = named.iter().position(is_end).map_or(named, |end| &named[..end]);
    let found = (0..head.len()).find_map(|place| qualifier(head, place));
    // The table of a trigger comes after its event.
    let table = || named.iter().position(|word| kind.is("TRIGGER") && word.is("ON")).map(|on| on + 1);
    found.or_else(|| table().and_then(|place| qualifier(named, place)))
}

/// Handles ALTER TABLE: the table itself, its new name, and the table that a partition is exchanged with.
fn altered<'t>(named: &[TableNameToken<'t>]) -> Option<TableNameToken<'t>> {
    let own = (0..3).find_map(|place| {
        qualifier(named, place).filter(|_| {
            named.get(..place).is_some_and(|before| before.iter().all(|word| word.is_any(&["IF", "EXISTS"])))
        })
    });
    let pairs = || named.windows(2).enumerate();
    let is_target = |pair: &[TableNameToken<'_>]| matches!(pair, [one, two] if one.is("RENAME") && two.is_any(&["TO", "AS"]) || one.is("WITH") && two.is("TABLE"));
    own.or_else(|| pairs().filter(|(_, pair)| is_target(pair)).find_map(|(place, _)| qualifier(named, place + 2)))
}

#[cfg(test)]
mod tests {
    use crate::sql::{Dialect, named_database};

    #[test]
    fn where_a_statement_writes_to_another_database_it_is_found() {
        for sql in [
            "USE app",
            "CREATE DATABASE IF NOT EXISTS app",
            "DROP SCHEMA app",
            "ALTER DATABASE app CHARACTER SET utf8mb4",
            "CREATE TABLE app.t (id INT)",
            "CREATE TABLE IF NOT EXISTS `app`.`t` LIKE t",
            "CREATE OR REPLACE DEFINER=`a`@`b` SQL SECURITY INVOKER VIEW app.v AS SELECT 1",
            "/*!50003 CREATE*/ /*!50017 DEFINER=`r`@`l`*/ /*!50003 TRIGGER app.g BEFORE INSERT ON t FOR EACH ROW SET @a = 1 */",
            "CREATE TRIGGER g BEFORE INSERT ON app.t FOR EACH ROW SET @a = 1",
            "CREATE UNIQUE INDEX i ON app.t (a)",
            "CREATE FUNCTION app.f(x INT) RETURNS INT RETURN x",
            "DROP TABLE IF EXISTS a, app.b",
            "DROP INDEX i ON app.t",
            "DROP PROCEDURE app.p",
            "ALTER TABLE app.t ADD COLUMN a INT",
            "ALTER TABLE t RENAME TO app.t",
            "ALTER TABLE t EXCHANGE PARTITION p WITH TABLE app.t",
            "RENAME TABLE a TO app.a",
            "TRUNCATE TABLE app.t",
            "INSERT IGNORE INTO app.t (a) SELECT 1",
            "REPLACE app.t VALUES (1)",
            "UPDATE app.t SET a = 1",
            "UPDATE t JOIN app.u ON t.id = u.id SET u.a = 1",
            "DELETE FROM app.t WHERE a = 1",
            "LOAD DATA INFILE 'x' INTO TABLE app.t",
            "CALL app.p()",
            "WITH c (a) AS (SELECT 1) UPDATE app.t SET a = 1",
            "WITH c AS (SELECT 1 FOR UPDATE) DELETE FROM app.t",
            "SET STATEMENT max_statement_time = 1 FOR DELETE FROM app.t",
            "ANALYZE FORMAT = JSON UPDATE app.t SET a = 1",
            "ANALYZE DELETE FROM app.t",
            "OPTIMIZE TABLE t, app.t",
            "REPAIR TABLE app.t",
        ] {
            let (name, span) = named_database(sql, Dialect::MYSQL).unwrap_or_default();
            assert_eq!((name.as_str(), span.slice(sql).trim_matches('`')), ("app", "app"), "{sql}");
        }
    }

    #[test]
    fn what_works_on_its_own_database_may_read_others() {
        for sql in [
            "CREATE TABLE t (id INT, FOREIGN KEY (id) REFERENCES app.p (id))",
            "CREATE TABLE t LIKE app.t",
            "CREATE TABLE t AS SELECT * FROM app.t",
            "CREATE VIEW v AS SELECT a.b FROM app.t a",
            "CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO DELETE FROM app.t",
            "CREATE PROCEDURE p() BEGIN DELETE FROM app.t; END",
            "CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW SET NEW.a = 1",
            "CREATE USER app@localhost",
            "ALTER DATABASE CHARACTER SET utf8mb4",
            "ALTER TABLE t MODIFY COLUMN a INT DEFAULT (app.f())",
            "INSERT INTO t SELECT app.a FROM app.t",
            "INSERT INTO t (a) VALUES (1.5)",
            "UPDATE t SET a = (SELECT app.b FROM app.u)",
            "UPDATE t JOIN u ON t.id = u.id AND f(t.a, u.a) SET t.a = u.a",
            "DELETE t FROM t JOIN u ON t.id = u.id WHERE u.a IS NULL",
            "DELETE t.* FROM t WHERE t.a = 1",
            "SELECT app.f(), 'USE app'",
            "WITH c AS (SELECT app.t.a FROM app.t) UPDATE t SET a = 1",
            "WITH c AS (SELECT a FROM app.t) SELECT a FROM c",
            "SET @a = app.f()",
        ] {
            assert_eq!(named_database(sql, Dialect::MYSQL), None, "{sql}");
        }
    }
}
