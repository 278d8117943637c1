//! Effects of ALTER TABLE and RENAME TABLE. Their actions take effect together, so an object that one action makes and
//! another removes exists both before and after the statement, and tells nothing.

use super::ObjectKind as K;
use super::{CatalogObject, Effect, EffectParser, ObjectKind};
use crate::sql::lexer::TokenKind;

/// Objects that the actions of one statement make and remove.
#[derive(Default)]
struct Actions {
    changes: Vec<AlterClause>,
    /// Kinds of objects that are made under a name that the server chooses, or that was not read.
    unnamed: Vec<ObjectKind>,
    /// An action whose repetition may have a further effect, and that cannot be verified.
    is_unclear: bool,
}

/// An object that an action makes or removes.
struct AlterClause {
    object: CatalogObject,
    is_made: bool,
    /// Written with `IF EXISTS` or `IF NOT EXISTS`: the state before the statement is unknown.
    is_conditional: bool,
}

impl Actions {
    fn add(&mut self, object: CatalogObject, is_made: bool, is_conditional: bool) {
        self.changes.push(AlterClause { object, is_made, is_conditional });
    }

    fn add_renamed(&mut self, old: CatalogObject, new: CatalogObject, is_conditional: bool) {
        // With another schema the same name is another object.
        let is_moved = old.name == new.name && old.schema != new.schema;
        self.add(new, true, is_conditional);
        if !is_moved {
            self.add(old, false, is_conditional);
        }
        // Repeated, a conditional rename may take what came under the old name meanwhile.
        self.is_unclear |= is_conditional;
    }

    /// Returns `true` if another action does the opposite to an object of this name.
    fn is_undone(&self, change: &AlterClause) -> bool {
        let opposite = |other: &AlterClause| {
            other.is_made != change.is_made
                && namespace(other.object.kind) == namespace(change.object.kind)
                && other.object.name.eq_ignore_ascii_case(&change.object.name)
        };
        let is_unnamed = |kind: &ObjectKind| namespace(*kind) == namespace(change.object.kind);
        self.changes.iter().any(opposite) || (!change.is_made && self.unnamed.iter().any(is_unnamed))
    }

    fn effect(self) -> Option<Effect> {
        let is_undone = self.changes.iter().any(|change| self.is_undone(change));
        let telling = || self.changes.iter().filter(|change| !change.is_conditional && !self.is_undone(change));
        // After a rename of the table its other objects are no longer found under the table's old name.
        let found = telling().find(|change| change.object.kind == K::Table).or_else(|| telling().next());
        if let Some(AlterClause { object, is_made, .. }) = found {
            let object = object.clone();
            return Some(if *is_made { Effect::Makes(object) } else { Effect::Drops(object) });
        }
        (!is_undone && !self.is_unclear).then_some(Effect::Repeatable)
    }
}

/// Constraints and indexes share their names: a unique constraint is an index of its name.
const fn namespace(kind: ObjectKind) -> ObjectKind {
    match kind {
        K::Constraint => K::Index,
        other => other,
    }
}

impl EffectParser<'_> {
    /// Parses ALTER.
    pub(super) fn altered(&mut self) -> Option<Effect> {
        self.take_any(&["ONLINE", "IGNORE"]);
        let kind = self.kind()?;
        self.take_all(&["IF", "EXISTS"]);
        self.take("ONLY");
        let (schema, name) = self.name()?;
        if kind != K::Table {
            let renamed = kind != K::Type && self.take_all(&["RENAME", "TO"]);
            return renamed
                .then(|| self.identifier())
                .flatten()
                .map(|name| Effect::Makes(CatalogObject { kind, schema, table: None, name }));
        }
        let table = CatalogObject { kind, schema, table: None, name };
        let mut actions = Actions::default();
        loop {
            if self.action(&table, &mut actions).is_none() {
                actions.is_unclear = true;
            }
            if self.skip_action().is_none() {
                return actions.effect();
            }
        }
    }

    /// Parses RENAME TABLE after its first words.
    pub(super) fn renamed_tables(&mut self) -> Option<Effect> {
        let mut actions = Actions::default();
        loop {
            let old = self.object(K::Table)?;
            let new = self.take("TO").then(|| self.object(K::Table)).flatten()?;
            actions.add_renamed(old, new, false);
            match self.tokens.get(self.at) {
                None => return actions.effect(),
                Some(token) if token.text == "," => self.at += 1,
                Some(token) if token.kind == TokenKind::Semicolon => return actions.effect(),
                Some(_) => return None,
            }
        }
    }

    /// Parses an action of ALTER TABLE. Returns `None` if it cannot be verified.
    fn action(&mut self, table: &CatalogObject, actions: &mut Actions) -> Option<()> {
        if self.take("ADD") {
            return self.added(table, actions);
        }
        if self.take("DROP") {
            let kind = self.part(false).ok()?;
            let is_conditional = self.take_all(&["IF", "EXISTS"]);
            let name = self.identifier()?;
            actions.add(part_of(table, kind, name), false, is_conditional);
            return Some(());
        }
        if self.take("CHANGE") {
            self.take("COLUMN");
            let is_conditional = self.take_all(&["IF", "EXISTS"]);
            let (old, new) = (self.identifier()?, self.identifier()?);
            // With the same name twice, only the definition changes, but the catalog is searched for names.
            let [old, new] = [old, new].map(|name| part_of(table, K::Column, name));
            actions.add_renamed(old, new, is_conditional);
            return Some(());
        }
        if self.take("MODIFY") {
            return Some(());
        }
        if self.take("RENAME") { self.renamed(table, actions) } else { None }
    }

    fn added(&mut self, table: &CatalogObject, actions: &mut Actions) -> Option<()> {
        let kind = match self.part(true) {
            Ok(kind) => kind,
            Err(unnamed) => {
                actions.unnamed.push(unnamed);
                return None;
            }
        };
        let is_conditional = self.take_all(&["IF", "NOT", "EXISTS"]);
        let follows = match kind {
            K::Constraint => ["UNIQUE", "PRIMARY", "FOREIGN", "CHECK"].as_slice(),
            K::Index => ["USING"].as_slice(),
            _ => &[],
        };
        let has_name = !follows.iter().any(|word| self.is(0, word));
        let Some(name) = has_name.then(|| self.identifier()).flatten() else {
            actions.unnamed.push(kind);
            return None;
        };
        actions.add(part_of(table, kind, name), true, is_conditional);
        Some(())
    }

    fn renamed(&mut self, table: &CatalogObject, actions: &mut Actions) -> Option<()> {
        // RENAME [TO | AS] name
        let is_table = self.take_any(&["TO", "AS"]) || self.is_last_name();
        if is_table {
            let (schema, name) = self.name()?;
            let new = CatalogObject { schema: schema.or_else(|| table.schema.clone()), name, ..table.clone() };
            actions.add_renamed(table.clone(), new, false);
            return Some(());
        }
        let kind = match () {
            () if self.rules.alters_indexes_in_tables() && self.take_any(&["INDEX", "KEY"]) => K::Index,
            () if self.take("CONSTRAINT") => K::Constraint,
            () => {
                self.take("COLUMN");
                K::Column
            }
        };
        let is_conditional = self.take_all(&["IF", "EXISTS"]);
        let old = self.identifier()?;
        let new = self.take("TO").then(|| self.identifier()).flatten()?;
        actions.add_renamed(part_of(table, kind, old), part_of(table, kind, new), is_conditional);
        Some(())
    }

    /// Returns `true` if the next token is the last one of its action.
    fn is_last_name(&self) -> bool {
        self.rules.renames_table_without_to()
            && self.tokens.get(self.at + 1).is_none_or(|token| token.text == "," || token.kind == TokenKind::Semicolon)
    }

    /// Parses the kind of an object that is added to a table or dropped from it. The error is the kind of an object
    /// that has no name here.
    fn part(&mut self, adds: bool) -> Result<ObjectKind, ObjectKind> {
        if self.take("COLUMN") {
            let is_list = self.tokens.get(self.at).is_some_and(|token| token.kind == TokenKind::Open);
            return if is_list { Err(K::Column) } else { Ok(K::Column) };
        }
        if self.take("CONSTRAINT") {
            return Ok(K::Constraint);
        }
        if self.rules.alters_indexes_in_tables() {
            let unique = self.take_any(&["UNIQUE", "FULLTEXT", "SPATIAL"]);
            if self.take_any(&["INDEX", "KEY"]) || unique {
                return Ok(K::Index);
            }
        }
        if self.take_all(&["FOREIGN", "KEY"]) {
            return if adds { Err(K::Constraint) } else { Ok(K::Constraint) };
        }
        let other = ["PRIMARY", "UNIQUE", "CHECK", "EXCLUDE", "PARTITION", "PERIOD", "SYSTEM"];
        if other.iter().any(|word| self.is(0, word)) {
            return Err(K::Constraint);
        }
        let is_list = self.tokens.get(self.at).is_some_and(|token| token.kind == TokenKind::Open);
        if is_list { Err(K::Column) } else { Ok(K::Column) }
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
}

/// Returns the column, index or constraint `name` of the table.
fn part_of(table: &CatalogObject, kind: ObjectKind, name: String) -> CatalogObject {
    CatalogObject { kind, schema: table.schema.clone(), table: Some(table.name.clone()), name }
}
