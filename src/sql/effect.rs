//! Effect of a statement that can be verified in the catalog, derived from its first words. It is used to find out
//! after a crash if the statement was executed. Returns nothing when the effect cannot be determined reliably.

mod alter;

use self::ObjectKind as K;
use super::lexer::{Lexer, TokenKind};
use super::quote::unquoted;
use super::{Dialect, DialectRules};

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
pub struct CatalogObject {
    /// Kind of the object.
    pub kind: ObjectKind,
    /// Schema, if the statement names it.
    pub schema: Option<String>,
    /// Table that the object belongs to (columns, constraints, indexes, triggers). The table's schema is in
    /// [`CatalogObject::schema`].
    pub table: Option<String>,
    /// Name as stored in the catalog.
    pub name: String,
}

/// Verifiable effect of a statement.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Effect {
    /// The object exists after the statement and did not exist before.
    Makes(CatalogObject),
    /// The object does not exist after the statement.
    Drops(CatalogObject),
    /// Executing the statement twice has the same effect as executing it once.
    Repeatable,
}

/// Returns the effect by which an execution of `sql` can be detected; `None` if there is none, or it is not reliable.
#[must_use]
pub fn effect(sql: &str, dialect: Dialect) -> Option<Effect> {
    let mut words = EffectParser { tokens: tokens(sql, dialect)?, at: 0, rules: dialect.rules() };
    if words.take("CREATE") {
        return words.created();
    }
    if words.take("DROP") {
        return words.dropped();
    }
    if words.take("ALTER") {
        return words.altered();
    }
    if words.take("RENAME") && words.take_any(&["TABLE", "TABLES"]) {
        return words.renamed_tables();
    }
    const REPEATABLE: [&str; 9] =
        ["VACUUM", "ANALYZE", "OPTIMIZE", "REINDEX", "CLUSTER", "COMMENT", "GRANT", "REVOKE", "CHECKPOINT"];
    REPEATABLE.iter().any(|word| words.take(word)).then_some(Effect::Repeatable)
}

#[derive(Debug, Clone, Copy)]
struct EffectToken<'t> {
    kind: TokenKind,
    text: &'t str,
}

/// Maximum number of tokens examined of a statement that has its names at the beginning. Megabytes of data may follow
/// them.
const LOOKED_AT: usize = 64;

/// Returns the tokens of the statement; `None` if it cannot be read. Of statements that list several actions all tokens
/// are returned: the effect of the statement is known only if all of its actions are.
fn tokens(sql: &str, dialect: Dialect) -> Option<Vec<EffectToken<'_>>> {
    let mut code = Lexer::new(sql, dialect).filter(|token| {
        let kind = token.as_ref().ok().map(|token| token.kind);
        !kind.is_some_and(|kind| {
            kind.is_trivia() || matches!(kind, TokenKind::ExecutableOpen | TokenKind::ExecutableClose)
        })
    });
    let first = code.next()?.ok()?;
    let has_actions = ["ALTER", "RENAME"].iter().any(|word| first.span.slice(sql).eq_ignore_ascii_case(word));
    let most = if has_actions { usize::MAX } else { LOOKED_AT };
    let all = std::iter::once(Ok(first)).chain(code).take(most);
    all.map(|token| token.ok().map(|token| EffectToken { kind: token.kind, text: token.span.slice(sql) })).collect()
}

struct EffectParser<'t> {
    tokens: Vec<EffectToken<'t>>,
    at: usize,
    rules: &'static dyn DialectRules,
}

impl EffectParser<'_> {
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
            TokenKind::Word => self.rules.fold_identifier(token.text),
            TokenKind::QuotedIdentifier => unquoted(token.text),
            _ => return None,
        };
        self.at += 1;
        Some(name)
    }

    fn object(&mut self, kind: ObjectKind) -> Option<CatalogObject> {
        let (schema, name) = self.name()?;
        Some(CatalogObject { kind, schema, table: None, name })
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
            return Some(Effect::Makes(CatalogObject {
                schema: schema.or(object.schema),
                table: Some(table),
                ..object
            }));
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
        Some(Effect::Makes(CatalogObject { kind: K::Index, schema: schema.or(own), table: Some(table), name }))
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
            return Some(Effect::Drops(CatalogObject {
                schema: schema.or(object.schema),
                table: Some(table),
                ..object
            }));
        }
        Some(Effect::Drops(object))
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
            return Some(self.rules.kind_of_database());
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
