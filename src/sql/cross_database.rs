//! Statements that explicitly name a database in order to write to it or to switch to it.
//!
//! On MySQL and MariaDB, a scratch database is on the same server as the real ones, and a statement with a qualified
//! name affects these, whatever the session's current database is. Names that are only read (in a view, a foreign key,
//! `LIKE`) are not reported. The effects of a called routine cannot be determined from its call.

use super::{Dialect, Lexer, TokenKind, unquoted};
use crate::diagnostic::Span;

/// Returns the database (on SQLite, the file) in which the single statement `sql` explicitly operates, with the
/// position of its name.
#[must_use]
pub fn named_database(sql: &str, dialect: Dialect) -> Option<(String, Span)> {
    let trivial =
        |kind: TokenKind| kind.is_trivia() || matches!(kind, TokenKind::ExecutableOpen | TokenKind::ExecutableClose);
    let tokens = Lexer::new(sql, dialect).map_while(Result::ok).filter(|token| !trivial(token.kind));
    let words: Vec<TableNameToken<'_>> =
        tokens.map(|token| TableNameToken { kind: token.kind, text: token.span.of(sql), span: token.span }).collect();
    let found = match dialect {
        Dialect::Mysql => mysql(&words),
        Dialect::Sqlite => sqlite_file(&words),
        Dialect::Postgres => None,
    };
    found.map(|word| (word.plain(), word.span))
}

#[derive(Debug, Clone, Copy)]
struct TableNameToken<'t> {
    kind: TokenKind,
    text: &'t str,
    span: Span,
}

impl TableNameToken<'_> {
    fn is(&self, word: &str) -> bool {
        self.kind == TokenKind::Word && self.text.eq_ignore_ascii_case(word)
    }

    fn is_any(&self, words: &[&str]) -> bool {
        words.iter().any(|word| self.is(word))
    }

    const fn is_name(&self) -> bool {
        matches!(self.kind, TokenKind::Word | TokenKind::QuotedIdentifier)
    }

    fn plain(&self) -> String {
        unquoted(self.text)
    }
}

/// File of `ATTACH [DATABASE] expression AS name` and `VACUUM [schema] INTO expression`. Only the empty string (a
/// temporary file) and `:memory:` are certain to be no file of the user's: SQLite also takes a name, quoted or not, as
/// the string, and evaluates any expression.
fn sqlite_file<'t>(words: &[TableNameToken<'t>]) -> Option<TableNameToken<'t>> {
    let (first, rest) = words.split_first()?;
    let expression = if first.is("ATTACH") {
        let is_keyword = matches!(rest, [keyword, next, ..] if keyword.is("DATABASE") && !next.is("AS"));
        rest.get(usize::from(is_keyword)..)?
    } else if first.is("VACUUM") {
        let into = rest.iter().take(2).position(|word| word.is("INTO"))?;
        rest.get(into + 1..)?
    } else {
        return None;
    };
    let file = expression.first()?;
    let is_alone = expression.get(1).is_none_or(|next| next.is("AS"));
    let is_literal = matches!(file.kind, TokenKind::Text | TokenKind::QuotedIdentifier);
    let is_no_file = is_alone && is_literal && matches!(file.plain().as_str(), "" | ":memory:");
    (!is_no_file).then_some(*file)
}

fn mysql<'t>(words: &[TableNameToken<'t>]) -> Option<TableNameToken<'t>> {
    let first = words.first()?;
    let rest = words.get(1..)?;
    match first.text.to_ascii_uppercase().as_str() {
        "USE" => rest.first().copied(),
        "CREATE" | "DROP" | "ALTER" => definition(first, rest),
        "RENAME" => (0..rest.len()).find_map(|place| qualifier(rest, place)),
        "TRUNCATE" | "CALL" => (0..2).find_map(|place| qualifier(rest, place)),
        "INSERT" | "REPLACE" => in_region(rest, &["VALUES", "VALUE", "SELECT", "SET", "WITH", "TABLE"], &["INTO"]),
        "WITH" => mysql(words.get(outside_parentheses(words, &["UPDATE", "DELETE"])?..)?),
        "SET" if rest.first()?.is("STATEMENT") => mysql(words.get(outside_parentheses(words, &["FOR"])? + 1..)?),
        // MariaDB runs the statement that it analyzes.
        "ANALYZE" if !rest.iter().take(2).any(|word| word.is_any(&["TABLE", "TABLES"])) => {
            mysql(rest.get(outside_parentheses(rest, &["INSERT", "REPLACE", "UPDATE", "DELETE", "WITH"])?..)?)
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
    let head = named.iter().position(is_end).and_then(|end| named.get(..end)).unwrap_or(named);
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
    use super::*;

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
            let (name, span) = named_database(sql, Dialect::Mysql).unwrap_or_default();
            assert_eq!((name.as_str(), span.of(sql).trim_matches('`')), ("app", "app"), "{sql}");
        }
    }

    #[test]
    fn a_file_that_sqlite_attaches_or_writes_is_found_however_it_is_written() {
        for (sql, file) in [
            ("ATTACH 'app.db' AS x", "app.db"),
            ("attach database 'app.db' as x", "app.db"),
            ("ATTACH \"app.db\" AS x", "app.db"),
            ("ATTACH [app.db] AS x", "app.db"),
            ("ATTACH app AS x", "app"),
            ("ATTACH DATABASE app AS ':memory:'", "app"),
            ("ATTACH '' || 'app.db' AS x", ""),
            ("ATTACH ('app.db') AS x", "("),
            ("VACUUM INTO 'app.db'", "app.db"),
            ("VACUUM main INTO \"app.db\"", "app.db"),
        ] {
            assert_eq!(named_database(sql, Dialect::Sqlite).map(|(name, _)| name).as_deref(), Some(file), "{sql}");
        }
        for sql in
            ["ATTACH ':memory:' AS x", "ATTACH '' AS x", "ATTACH DATABASE \":memory:\" AS x", "VACUUM", "VACUUM x"]
        {
            assert_eq!(named_database(sql, Dialect::Sqlite), None, "{sql}");
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
            assert_eq!(named_database(sql, Dialect::Mysql), None, "{sql}");
        }
        assert_eq!(named_database("CREATE TABLE app.t (id int)", Dialect::Postgres), None);
    }
}
