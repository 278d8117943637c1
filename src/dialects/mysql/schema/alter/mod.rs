//! ALTER TABLE statements for one table, grouped by the algorithm the server uses. Foreign keys and dependents of other
//! tables are left to the plan.

mod bound;
mod clauses;
mod columns;

use std::collections::BTreeSet;

use self::clauses::Clauses;
use super::algorithm::{Algorithm, Means};
use super::names::{columns_of, literal, quoted, remark};
use super::{column, create, fill, partition};
use crate::dialects::mysql::flavour::MysqlFlavour;
use crate::schema::{Attribute, Change, Key, Kind, Object, Options, Schema, Statement};

/// A table that exists before and after, with its changes.
pub(super) struct TableAlteration<'s> {
    pub(super) before: &'s Object,
    pub(super) after: &'s Object,
    pub(super) from: &'s Schema,
    pub(super) to: &'s Schema,
    /// Changes of columns, keys, indexes and checks.
    pub(super) changes: Vec<Change<'s>>,
}

impl<'s> TableAlteration<'s> {
    /// Returns the statements in execution order.
    pub(super) fn statements(&self, options: &Options) -> Vec<Statement> {
        let moves = self.changes.iter().any(|change| matches!(change.key().kind, Kind::Column | Kind::PrimaryKey));
        let partitions = partition::steps(self.before, self.after, moves);
        let mut clauses = Clauses::new(Means::new(self.before, self.from, self.to));
        let mut early = Clauses::new(clauses.means);
        let mut fills = Vec::new();
        let mut later = Vec::new();
        self.columns(&mut clauses, &mut early, &mut fills, &mut later);
        let bound = self.bound_indexes();
        self.indexes(&mut clauses, &bound);
        self.checks(&mut clauses);
        self.options(&mut clauses);
        // New NOT NULL columns without a default are added as nullable (`early`) and filled before the main statements
        // make them NOT NULL. Columns that cease to be virtual get their old values afterwards (`later`).
        let mut statements = partitions.first;
        statements.extend(self.without_bound(&bound, options.online));
        statements.extend(early.statements(self.after, options.online));
        statements.extend(fills);
        statements.extend(clauses.statements(self.after, options.online));
        statements.extend(later);
        statements.extend(self.with_bound(&bound, options.online));
        statements.extend(self.forgotten());
        statements.extend(partitions.last);
        statements
    }

    /// MariaDB carries Aria's PAGE_CHECKSUM over to the next engine, and resets it only in a separate statement.
    fn forgotten(&self) -> Option<Statement> {
        let is_aria =
            |table: &Object| table.text(Attribute::Engine).is_some_and(|name| name.eq_ignore_ascii_case("aria"));
        let name = quoted(&self.after.key.name);
        (is_aria(self.before) && !is_aria(self.after))
            .then(|| Statement::new(format!("ALTER TABLE {name} PAGE_CHECKSUM=DEFAULT")))
    }

    fn of_kind(&self, kinds: &'static [Kind]) -> impl Iterator<Item = &Change<'s>> {
        self.changes.iter().filter(move |change| kinds.contains(&change.key().kind))
    }

    fn indexes(&self, clauses: &mut Clauses, bound: &BTreeSet<&Key>) {
        let gone: BTreeSet<&str> = self
            .of_kind(&[Kind::Column])
            .filter(|change| matches!(change, Change::Drop(_)) || self.is_made_anew(change))
            .map(|change| change.key().name.as_str())
            .collect();
        let anew: BTreeSet<&str> = self
            .of_kind(&[Kind::Column])
            .filter(|change| self.is_made_anew(change))
            .map(|change| change.key().name.as_str())
            .collect();
        let changed = |index: &&Object| self.changes.iter().any(|change| change.key() == &index.key);
        // Dropping a column removes it from its indexes. One over a re-created column is therefore dropped and added
        // explicitly.
        let others = self.from.of_table(&self.before.key, Kind::Index).filter(|index| !bound.contains(&index.key));
        for index in others.filter(|index| !changed(index)) {
            if columns_of(index).iter().any(|column| anew.contains(column)) {
                clauses.drop_index(index, true, true);
                clauses.add_index(index);
            }
        }
        for change in self.of_kind(&[Kind::PrimaryKey, Kind::Index]).filter(|change| !bound.contains(change.key())) {
            if let Change::Alter { before, after } = change
                && change.attributes() == BTreeSet::from([Attribute::Invisible])
            {
                clauses.add(Algorithm::Instant, seen(before, after), None);
                continue;
            }
            let (dropped, added) = match change {
                Change::Drop(old) => (Some(*old), None),
                Change::Add(new) => (None, Some(*new)),
                Change::Alter { before, after } => (Some(*before), Some(*after)),
            };
            if change.key().kind == Kind::PrimaryKey && dropped.is_some() && self.has_new_key() {
                clauses.is_whole = true;
            }
            if let Some(old) = dropped {
                let loses_column = columns_of(old).iter().any(|column| gone.contains(column));
                clauses.is_whole |= loses_column && self.is_alone(old);
                clauses.drop_index(old, loses_column, added.is_some() || self.has_new_key());
            }
            if let Some(new) = added {
                clauses.add_index(new);
            }
        }
    }

    fn indexes_anew(&self, clauses: &mut Clauses) {
        for kind in [Kind::PrimaryKey, Kind::Index] {
            for index in self.from.of_table(&self.before.key, kind) {
                if !self.changes.iter().any(|change| change.key() == &index.key) {
                    clauses.is_whole = true;
                    clauses.drop_index(index, false, true);
                    clauses.add_index(index);
                }
            }
        }
    }

    fn has_new_key(&self) -> bool {
        self.of_kind(&[Kind::PrimaryKey]).any(|change| matches!(change, Change::Add(_) | Change::Alter { .. }))
    }

    /// Returns whether a key cannot be dropped before another exists: an AUTO_INCREMENT column has no other index.
    fn is_alone(&self, index: &Object) -> bool {
        let leads = |index: &Object| index.list(Attribute::Columns).first().cloned();
        let is_counter = |schema: &Schema| {
            let columns = schema.of_table(&self.before.key, Kind::Column);
            columns
                .filter(|column| column.has(Attribute::Identity))
                .any(|column| Some(quoted(&column.key.name)) == leads(index))
        };
        let stays = |other: &&Object| !self.changes.iter().any(|change| change.key() == &other.key);
        let others = [Kind::PrimaryKey, Kind::Index].map(|kind| self.from.of_table(&self.before.key, kind));
        let is_held = others.into_iter().flatten().filter(stays).any(|other| leads(other) == leads(index));
        (is_counter(self.from) || is_counter(self.to)) && !is_held
    }

    fn checks(&self, clauses: &mut Clauses) {
        for change in self.of_kind(&[Kind::Check]) {
            let (dropped, added) = match change {
                Change::Drop(old) => (Some(*old), None),
                Change::Add(new) => (None, Some(*new)),
                Change::Alter { before, after } => (Some(*before), Some(*after)),
            };
            if let Some(old) = dropped {
                clauses.drop_check(format!("DROP CONSTRAINT {}", quoted(&old.key.name)));
            }
            if let Some(new) = added {
                clauses.add(Algorithm::Copy, format!("ADD {}", create::clause(new)), create::warning(new));
            }
        }
    }

    /// Adds clauses for the engine, options and comment of the table.
    fn options(&self, clauses: &mut Clauses) {
        let (before, after) = (self.before, self.after);
        let changed = |attribute| before.attributes.get(&attribute) != after.attributes.get(&attribute);
        if changed(Attribute::Engine) {
            clauses.means.copies = true;
            let engine = after.text(Attribute::Engine).unwrap_or_default();
            clauses.add(Algorithm::Copy, format!("ENGINE={engine}"), None);
        }
        if let Some(collation) = after.text(Attribute::Collation).filter(|_| changed(Attribute::Collation)) {
            clauses.add(clauses.means.change_entry(), format!("DEFAULT {}", column::collated(collation)), None);
        }
        if changed(Attribute::RowFormat) {
            let format = after.text(Attribute::RowFormat).unwrap_or("DEFAULT");
            clauses.add(clauses.means.rebuild(), format!("ROW_FORMAT={format}"), None);
        }
        if changed(Attribute::Options) {
            let options = changed_options(before, after);
            // An index keeps the block size it was created with.
            if options.iter().any(|option| option.to_ascii_lowercase().starts_with("key_block_size=")) {
                self.indexes_anew(clauses);
            }
            options.into_iter().for_each(|option| clauses.add(clauses.means.rebuild(), option, None));
        }
        if changed(Attribute::Comment) {
            let comment = literal(after.text(Attribute::Comment).unwrap_or_default());
            clauses.add(clauses.means.change_entry(), format!("COMMENT={comment}"), None);
        }
    }
}

/// `ALTER INDEX ... NOT IGNORED` (MariaDB) or `ALTER INDEX ... VISIBLE` (MySQL).
fn seen(before: &Object, after: &Object) -> String {
    let word = match (before.text(Attribute::Invisible), after.text(Attribute::Invisible)) {
        (_, Some(word)) => word.to_ascii_uppercase(),
        (word, None) => {
            let flavour = MysqlFlavour::ALL.into_iter().find(|flavour| word == Some(flavour.unused_index_keyword()));
            flavour.unwrap_or(MysqlFlavour::DEFAULT).used_index_keyword().to_owned()
        }
    };
    format!("ALTER INDEX {} {word}", quoted(&after.key.name))
}

/// Returns the changed options. Options that are no longer set are reset to the server's default.
fn changed_options(before: &Object, after: &Object) -> Vec<String> {
    const OFF_IS_ZERO: [&str; 7] =
        ["max_rows", "min_rows", "avg_row_length", "checksum", "delay_key_write", "key_block_size", "autoextend_size"];
    let (old, new) = (before.list(Attribute::Options), after.list(Attribute::Options));
    let name = |option: &String| option.split('=').next().unwrap_or_default().to_owned();
    let gone = old.iter().map(name).filter(|gone| !new.iter().any(|option| name(option) == *gone));
    let reset = gone.map(|name| {
        let usual = match name.to_ascii_lowercase().as_str() {
            name if OFF_IS_ZERO.contains(&name) => "0",
            "page_checksum" => "1",
            _ => "DEFAULT",
        };
        format!("{name}={usual}")
    });
    reset.chain(new.iter().filter(|option| !old.contains(option)).cloned()).collect()
}

/// Remark for a column that is dropped and re-created because the server cannot convert it.
fn anew(column: &Object) -> crate::schema::StatementNote {
    remark(format!("{} is re-created: the server cannot change a column to or from a generated one", column.key))
}
