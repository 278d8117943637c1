//! Effect of a statement that can be verified in the catalog, derived from its first words. It is used to find out
//! after a crash if the statement was executed. Returns nothing when the effect cannot be determined reliably.

use self::ObjectKind as K;
use super::Dialect;
use super::lexer::{Lexer, TokenKind};
use super::quote::unquoted;

/// Kind of an object that is listed in a catalog.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ObjectKind {
    /// Table.
    Table,
    /// View.
    View,
    /// Materialized view.
    MaterializedView,
    /// Index.
    Index,
    /// Column of a table.
    Column,
    /// Constraint of a table.
    Constraint,
    /// Sequence.
    Sequence,
    /// Type or domain.
    Type,
    /// Function.
    Function,
    /// Procedure.
    Procedure,
    /// Trigger.
    Trigger,
    /// Schema (in MySQL, a database).
    Schema,
    /// Database.
    Database,
    /// Extension.
    Extension,
}

/// Object that can be looked up in the catalog.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Object {
    /// Kind of the object.
    pub kind: ObjectKind,
    /// Schema, if the statement names it.
    pub schema: Option<String>,
    /// Table that the object belongs to (columns, constraints, indexes, triggers). The table's schema is in
    /// [`Object::schema`].
    pub table: Option<String>,
    /// Name as stored in the catalog.
    pub name: String,
}

/// Verifiable effect of a statement.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Effect {
    /// The object exists after the statement and did not exist before.
    Makes(Object),
    /// The object does not exist after the statement.
    Drops(Object),
    /// Executing the statement twice has the same effect as executing it once.
    Repeatable,
}

/// Returns the effect by which an execution of `sql` can be detected; `None` if there is none, or it is not reliable.
#[must_use]
pub fn effect(sql: &str, dialect: Dialect) -> Option<Effect> {
    let mut words = Words { tokens: tokens(sql, dialect), at: 0, dialect };
    if words.take("CREATE") {
        return words.created();
    }
    if words.take("DROP") {
        return words.dropped();
    }
    if words.take("ALTER") {
        return words.altered();
    }
    if words.take("RENAME") && words.take("TABLE") {
        words.name()?;
        return words.take("TO").then(|| words.makes(K::Table)).flatten();
    }
    const REPEATABLE: [&str; 9] =
        ["VACUUM", "ANALYZE", "OPTIMIZE", "REINDEX", "CLUSTER", "COMMENT", "GRANT", "REVOKE", "CHECKPOINT"];
    REPEATABLE.iter().any(|word| words.take(word)).then_some(Effect::Repeatable)
}

#[derive(Debug, Clone, Copy)]
struct Word<'t> {
    kind: TokenKind,
    text: &'t str,
}

/// Maximum number of tokens examined. Names come early in a statement, which may contain megabytes of data after them.
const LOOKED_AT: usize = 64;

fn tokens(sql: &str, dialect: Dialect) -> Vec<Word<'_>> {
    let code = Lexer::new(sql, dialect).map_while(Result::ok).filter(|token| {
        !token.kind.is_trivia() && !matches!(token.kind, TokenKind::ExecutableOpen | TokenKind::ExecutableClose)
    });
    code.take(LOOKED_AT).map(|token| Word { kind: token.kind, text: token.span.of(sql) }).collect()
}

struct Words<'t> {
    tokens: Vec<Word<'t>>,
    at: usize,
    dialect: Dialect,
}

impl Words<'_> {
    fn is(&self, ahead: usize, word: &str) -> bool {
        let token = self.tokens.get(self.at + ahead);
        token.is_some_and(|token| token.kind == TokenKind::Word && token.text.eq_ignore_ascii_case(word))
    }

    fn take(&mut self, word: &str) -> bool {
        let taken = self.is(0, word);
        self.at += usize::from(taken);
        taken
    }

    fn take_any(&mut self, words: &[&str]) -> bool {
        words.iter().any(|word| self.take(word))
    }

    fn take_all(&mut self, words: &[&str]) -> bool {
        let all = words.iter().enumerate().all(|(ahead, word)| self.is(ahead, word));
        self.at += if all { words.len() } else { 0 };
        all
    }

    /// Skips to the position after the next `word`.
    fn skip_to(&mut self, word: &str) -> Option<()> {
        while self.at < self.tokens.len() {
            if self.take(word) {
                return Some(());
            }
            self.at += 1;
        }
        None
    }

    /// Parses `a`, `"a"`, `s.a`, `"s"."a"` into schema and name, as stored in the catalog.
    fn name(&mut self) -> Option<(Option<String>, String)> {
        let first = self.identifier()?;
        if self.tokens.get(self.at).is_some_and(|token| token.text == ".") {
            self.at += 1;
            return Some((Some(first), self.identifier()?));
        }
        Some((None, first))
    }

    fn identifier(&mut self) -> Option<String> {
        let token = *self.tokens.get(self.at)?;
        let name = match token.kind {
            TokenKind::Word if self.dialect == Dialect::Postgres => token.text.to_lowercase(),
            TokenKind::Word => token.text.to_owned(),
            TokenKind::QuotedIdentifier => unquoted(token.text),
            _ => return None,
        };
        self.at += 1;
        Some(name)
    }

    fn object(&mut self, kind: ObjectKind) -> Option<Object> {
        let (schema, name) = self.name()?;
        Some(Object { kind, schema, table: None, name })
    }

    fn makes(&mut self, kind: ObjectKind) -> Option<Effect> {
        self.object(kind).map(Effect::Makes)
    }

    fn created(&mut self) -> Option<Effect> {
        if self.take_all(&["OR", "REPLACE"]) {
            return Some(Effect::Repeatable);
        }
        // A temporary object disappears with the session, so after a crash it can be created again.
        if self.take_any(&["TEMP", "TEMPORARY"]) {
            return Some(Effect::Repeatable);
        }
        self.skip_modifiers();
        let kind = self.kind()?;
        if kind == K::Index {
            return self.created_index();
        }
        if self.take_all(&["IF", "NOT", "EXISTS"]) {
            return Some(Effect::Repeatable);
        }
        let object = self.object(kind)?;
        if kind == K::Trigger {
            self.skip_to("ON")?;
            let (schema, table) = self.name()?;
            return Some(Effect::Makes(Object { schema: schema.or(object.schema), table: Some(table), ..object }));
        }
        Some(Effect::Makes(object))
    }

    fn created_index(&mut self) -> Option<Effect> {
        self.take("CONCURRENTLY");
        if self.take_all(&["IF", "NOT", "EXISTS"]) {
            return Some(Effect::Repeatable);
        }
        // `own` is the schema of the index itself, as in SQLite's `CREATE INDEX main.i ON t`.
        let (own, name) = self.name()?;
        if name.eq_ignore_ascii_case("on") {
            return None; // CREATE INDEX ON t: the server chooses the name
        }
        if self.take("USING") {
            self.at += 1;
        }
        self.skip_to("ON")?;
        self.take("ONLY");
        let (schema, table) = self.name()?;
        Some(Effect::Makes(Object { kind: K::Index, schema: schema.or(own), table: Some(table), name }))
    }

    fn dropped(&mut self) -> Option<Effect> {
        self.take("TEMPORARY");
        let kind = self.kind()?;
        self.take("CONCURRENTLY");
        if self.take_all(&["IF", "EXISTS"]) {
            return Some(Effect::Repeatable);
        }
        let object = self.object(kind)?;
        // With several objects, some of the last ones may remain; the catalog has to be checked for all of them then.
        if self.tokens.get(self.at).is_some_and(|token| token.text == ",") {
            return None;
        }
        if matches!(kind, K::Index | K::Trigger) && self.take("ON") {
            let (schema, table) = self.name()?;
            return Some(Effect::Drops(Object { schema: schema.or(object.schema), table: Some(table), ..object }));
        }
        Some(Effect::Drops(object))
    }

    /// Parses ALTER TABLE. The first action with a verifiable effect is sufficient, because all actions take effect
    /// together.
    fn altered(&mut self) -> Option<Effect> {
        self.take_any(&["ONLINE", "IGNORE"]);
        let kind = self.kind()?;
        self.take_all(&["IF", "EXISTS"]);
        self.take("ONLY");
        let (schema, table) = self.name()?;
        if kind != K::Table {
            let renamed = kind != K::Type && self.take_all(&["RENAME", "TO"]);
            return renamed
                .then(|| self.identifier())
                .flatten()
                .map(|name| Effect::Makes(Object { kind, schema, table: None, name }));
        }
        let mut all_repeatable = true;
        loop {
            match self.action(schema.as_deref(), &table) {
                Some(Effect::Repeatable) => {}
                None => all_repeatable = false,
                telling => return telling,
            }
            if self.skip_action().is_none() {
                return all_repeatable.then_some(Effect::Repeatable);
            }
        }
    }

    fn action(&mut self, schema: Option<&str>, table: &str) -> Option<Effect> {
        let of = |kind, name| Object { kind, schema: schema.map(str::to_owned), table: Some(table.to_owned()), name };
        if self.take("ADD") {
            let kind = self.part(true)?;
            if self.take_all(&["IF", "NOT", "EXISTS"]) {
                return Some(Effect::Repeatable);
            }
            let name = self.identifier()?;
            return Some(Effect::Makes(of(kind, name)));
        }
        if self.take("DROP") {
            let kind = self.part(false)?;
            if self.take_all(&["IF", "EXISTS"]) {
                return Some(Effect::Repeatable);
            }
            let name = self.identifier()?;
            return Some(Effect::Drops(of(kind, name)));
        }
        // With the same name twice, only the definition changes, but the catalog is searched for names.
        if self.take("CHANGE") {
            self.take("COLUMN");
            let (old, new) = (self.identifier()?, self.identifier()?);
            return (!old.eq_ignore_ascii_case(&new)).then(|| Effect::Makes(of(K::Column, new)));
        }
        if self.take("MODIFY") {
            return Some(Effect::Repeatable);
        }
        if self.take("RENAME") {
            return self.renamed(schema, table);
        }
        None
    }

    fn renamed(&mut self, schema: Option<&str>, table: &str) -> Option<Effect> {
        let of = |kind, name| Object { kind, schema: schema.map(str::to_owned), table: Some(table.to_owned()), name };
        if self.take_any(&["TO", "AS"]) {
            let (other, name) = self.name()?;
            return Some(Effect::Makes(Object {
                kind: K::Table,
                schema: other.or_else(|| schema.map(str::to_owned)),
                table: None,
                name,
            }));
        }
        let kind = match () {
            () if self.take_any(&["INDEX", "KEY"]) => K::Index,
            () if self.take("CONSTRAINT") => K::Constraint,
            () => {
                self.take("COLUMN");
                K::Column
            }
        };
        self.identifier()?;
        self.take("TO").then(|| self.identifier()).flatten().map(|name| Effect::Makes(of(kind, name)))
    }

    /// Kind of an object that is added to a table or dropped from it. Unnamed keys and constraints cannot be looked up.
    fn part(&mut self, adds: bool) -> Option<ObjectKind> {
        if self.take("COLUMN") {
            return Some(K::Column);
        }
        if self.take("CONSTRAINT") {
            return Some(K::Constraint);
        }
        let unique = self.take_any(&["UNIQUE", "FULLTEXT", "SPATIAL"]);
        if self.take_any(&["INDEX", "KEY"]) || unique {
            return Some(K::Index);
        }
        if self.take_all(&["FOREIGN", "KEY"]) {
            return (!adds).then_some(K::Constraint);
        }
        let other = ["PRIMARY", "CHECK", "EXCLUDE", "PARTITION", "PERIOD", "SYSTEM"];
        let is_open = self.tokens.get(self.at).is_some_and(|token| token.kind == TokenKind::Open);
        (!is_open && !other.iter().any(|word| self.is(0, word))).then_some(K::Column)
    }

    /// Skips to the position after the next comma outside parentheses.
    fn skip_action(&mut self) -> Option<()> {
        let mut depth = 0_usize;
        while let Some(token) = self.tokens.get(self.at) {
            self.at += 1;
            match token.kind {
                TokenKind::Open => depth += 1,
                TokenKind::Close => depth = depth.saturating_sub(1),
                TokenKind::Operator if token.text == "," && depth == 0 => return Some(()),
                _ => {}
            }
        }
        None
    }

    fn skip_modifiers(&mut self) {
        const MODIFIERS: [&str; 9] =
            ["UNIQUE", "FULLTEXT", "SPATIAL", "UNLOGGED", "GLOBAL", "LOCAL", "RECURSIVE", "CONSTRAINT", "AGGREGATE"];
        loop {
            if self.take_any(&MODIFIERS) {
                continue;
            }
            // MySQL: DEFINER = user@host, ALGORITHM = MERGE, SQL SECURITY INVOKER
            if self.is(0, "DEFINER") || self.is(0, "ALGORITHM") || self.is(0, "SQL") {
                let kinds = ["VIEW", "TRIGGER", "FUNCTION", "PROCEDURE", "EVENT"];
                while self.at < self.tokens.len() && !kinds.iter().any(|kind| self.is(0, kind)) {
                    self.at += 1;
                }
                continue;
            }
            return;
        }
    }

    fn kind(&mut self) -> Option<ObjectKind> {
        if self.take_all(&["MATERIALIZED", "VIEW"]) {
            return Some(K::MaterializedView);
        }
        if self.take("DATABASE") {
            return Some(if self.dialect == Dialect::Mysql { K::Schema } else { K::Database });
        }
        let kinds = [
            ("TABLE", K::Table),
            ("VIEW", K::View),
            ("INDEX", K::Index),
            ("SEQUENCE", K::Sequence),
            ("TYPE", K::Type),
            ("DOMAIN", K::Type),
            ("FUNCTION", K::Function),
            ("PROCEDURE", K::Procedure),
            ("TRIGGER", K::Trigger),
            ("SCHEMA", K::Schema),
            ("EXTENSION", K::Extension),
        ];
        kinds.into_iter().find(|(word, _)| self.take(word)).map(|(_, kind)| kind)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn told(sql: &str, dialect: Dialect) -> String {
        let object = |object: &Object| {
            let parts = [object.schema.as_deref(), object.table.as_deref(), Some(object.name.as_str())];
            format!("{:?} {}", object.kind, parts.into_iter().flatten().collect::<Vec<_>>().join("."))
        };
        match effect(sql, dialect) {
            Some(Effect::Makes(made)) => format!("makes {}", object(&made)),
            Some(Effect::Drops(dropped)) => format!("drops {}", object(&dropped)),
            Some(Effect::Repeatable) => "repeatable".to_owned(),
            None => "open".to_owned(),
        }
    }

    #[test]
    fn mysql_statements_tell_what_they_make_and_drop() {
        for (sql, expected) in [
            ("CREATE TABLE `t` (a INT)", "makes Table t"),
            ("create table app.Users (a int)", "makes Table app.Users"),
            ("CREATE TABLE IF NOT EXISTS t (a INT)", "repeatable"),
            ("CREATE UNIQUE INDEX i USING BTREE ON t (a)", "makes Index t.i"),
            ("CREATE TEMPORARY TABLE t (a INT)", "repeatable"),
            ("CREATE OR REPLACE VIEW v AS SELECT 1", "repeatable"),
            ("CREATE DEFINER=`root`@`%` TRIGGER tr BEFORE INSERT ON t FOR EACH ROW SET @a = 1", "makes Trigger t.tr"),
            ("CREATE DEFINER = CURRENT_USER SQL SECURITY INVOKER VIEW v AS SELECT 1", "makes View v"),
            ("CREATE DATABASE d", "makes Schema d"),
            ("DROP TABLE t", "drops Table t"),
            ("DROP TABLE t, u", "open"),
            ("DROP TABLE IF EXISTS t", "repeatable"),
            ("DROP INDEX i ON s.t", "drops Index s.t.i"),
            ("ALTER TABLE t ADD COLUMN a INT, ADD COLUMN b INT", "makes Column t.a"),
            ("ALTER TABLE t ADD a DECIMAL(10, 2) NOT NULL", "makes Column t.a"),
            ("ALTER TABLE t ENGINE = InnoDB, ADD UNIQUE KEY k (a)", "makes Index t.k"),
            ("ALTER TABLE t ADD CONSTRAINT c FOREIGN KEY (a) REFERENCES u (a)", "makes Constraint t.c"),
            ("ALTER TABLE t ADD PRIMARY KEY (a)", "open"),
            ("ALTER TABLE t DROP FOREIGN KEY c", "drops Constraint t.c"),
            ("ALTER TABLE t DROP COLUMN IF EXISTS a", "repeatable"),
            ("ALTER TABLE t DROP a", "drops Column t.a"),
            ("ALTER TABLE t CHANGE a b INT", "makes Column t.b"),
            ("ALTER TABLE t CHANGE a a BIGINT", "open"),
            ("ALTER TABLE t MODIFY a BIGINT", "repeatable"),
            ("ALTER TABLE t MODIFY a BIGINT, ADD CHECK (a > 0)", "open"),
            ("ALTER TABLE t RENAME COLUMN a TO b", "makes Column t.b"),
            ("ALTER TABLE t RENAME TO u", "makes Table u"),
            ("RENAME TABLE t TO u", "makes Table u"),
            ("INSERT INTO t VALUES (1)", "open"),
            ("TRUNCATE TABLE t", "open"),
            ("CALL p()", "open"),
        ] {
            assert_eq!(told(sql, Dialect::Mysql), expected, "{sql}");
        }
    }

    #[test]
    fn postgres_statements_tell_what_they_make_and_drop() {
        for (sql, expected) in [
            ("CREATE INDEX CONCURRENTLY I ON ONLY app.t (a)", "makes Index app.t.i"),
            ("CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON t (a)", "repeatable"),
            ("CREATE INDEX CONCURRENTLY \"I\" ON t (a)", "makes Index t.I"),
            ("CREATE INDEX CONCURRENTLY ON t (a)", "open"),
            ("DROP INDEX CONCURRENTLY i", "drops Index i"),
            ("CREATE UNLOGGED TABLE t (a int)", "makes Table t"),
            ("CREATE MATERIALIZED VIEW m AS SELECT 1", "makes MaterializedView m"),
            ("CREATE TYPE e AS ENUM ('a')", "makes Type e"),
            ("ALTER TYPE e RENAME TO f", "open"),
            ("ALTER TABLE ONLY t ADD COLUMN IF NOT EXISTS a int", "repeatable"),
            ("ALTER TABLE t ADD COLUMN IF NOT EXISTS a int, ADD b int", "makes Column t.b"),
            ("ALTER TABLE t ALTER COLUMN a TYPE bigint, ADD CHECK (a > 0)", "open"),
            ("ALTER INDEX i RENAME TO j", "makes Index j"),
            ("CREATE DATABASE d", "makes Database d"),
            ("VACUUM t", "repeatable"),
            ("DO $$ BEGIN END $$", "open"),
        ] {
            assert_eq!(told(sql, Dialect::Postgres), expected, "{sql}");
        }
    }

    #[test]
    fn a_text_that_ends_early_tells_nothing() {
        for sql in
            ["", "CREATE", "CREATE TABLE", "ALTER TABLE t ADD", "DROP INDEX", "CREATE INDEX i ON", "RENAME TABLE a"]
        {
            assert_eq!(told(sql, Dialect::Mysql), "open", "{sql}");
        }
    }
}
