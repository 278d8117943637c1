//! Added, dropped and altered columns.

use std::collections::BTreeSet;

use super::{Clauses, TableAlteration, anew, column, fill};
use crate::dialects::mysql::schema::algorithm::{Algorithm, of_modify};
use crate::dialects::mysql::schema::names::{columns_of, quoted, table};
use crate::schema::{Attribute, Change, Kind, Object, Statement};

impl TableAlteration<'_> {
    pub(super) fn columns(
        &self,
        clauses: &mut Clauses,
        early: &mut Clauses,
        fills: &mut Vec<Statement>,
        later: &mut Vec<Statement>,
    ) {
        clauses.is_whole = self.keeps_none();
        for change in self.of_kind(&[Kind::Column]) {
            if let Change::Drop(old) = change {
                clauses.drop_column(old);
            }
        }
        // In column order, so that a new column can be placed after another new one.
        let mut there: BTreeSet<&str> = self.kept().collect();
        let mut there_early = there.clone();
        for column in self.to.columns(&self.after.key) {
            let Some(change) = self.of_kind(&[Kind::Column]).find(|change| change.key() == &column.key) else {
                continue;
            };
            match change {
                // NOT NULL without a default: add the column as nullable, fill the existing rows, then set NOT NULL.
                Change::Add(new) if fill::is_open(new) => {
                    let place = self.position_clause(new, &there_early);
                    there_early.insert(&column.key.name);
                    let open = fill::opened(new);
                    let sql = format!("ADD COLUMN {}{place}", column::definition(&open, self.usual()));
                    early.add_column(&open, sql);
                    fills.push(fill::statement(new, self.from));
                    clauses.add(clauses.means.change_null(new), self.modified(new), None);
                }
                Change::Add(new) => {
                    let sql = format!(
                        "ADD COLUMN {}{}",
                        column::definition(new, self.usual()),
                        self.position_clause(new, &there)
                    );
                    clauses.add_column(new, sql);
                }
                Change::Alter { before, after } if self.is_made_anew(change) => {
                    clauses.cut_column(before, vec![anew(after)]);
                    let place = self.position_clause(after, &there);
                    let sql = format!("ADD COLUMN {}{place}", column::definition(after, self.usual()));
                    clauses.add(Algorithm::Copy, sql, None);
                    // An ordinary column in the place of a virtual one: store the values that were computed.
                    if let (Some(expression), false) =
                        (before.text(Attribute::Generated), after.has(Attribute::Generated))
                    {
                        let (table, name) = (table(&after.key), quoted(&after.key.name));
                        later.push(Statement::new(format!(
                            "UPDATE {table} SET {name} = {expression}{}",
                            fill::kept(after, self.to)
                        )));
                    }
                }
                Change::Alter { before, after } => self.change(before, after, change, clauses, fills),
                Change::Drop(_) => {}
            }
            there.insert(&column.key.name);
        }
    }

    fn change(
        &self,
        before: &Object,
        after: &Object,
        change: &Change<'_>,
        clauses: &mut Clauses,
        fills: &mut Vec<Statement>,
    ) {
        let changed = change.attributes();
        let gets_not_null = changed.contains(&Attribute::NotNull) && after.has(Attribute::NotNull);
        if gets_not_null && !after.has(Attribute::Identity) && !after.has(Attribute::Generated) {
            let mut fill = fill::statement(after, self.from);
            if before.text(Attribute::Type) != after.text(Attribute::Type) {
                fill.notes.push(super::remark("the column still has its old type here"));
            }
            fills.push(fill);
        }
        let is_indexed = self
            .from
            .of_table(&self.before.key, Kind::Index)
            .any(|index| columns_of(index).contains(before.key.name.as_str()));
        let way = of_modify(before, after, &changed, is_indexed, clauses.means);
        let notes = [fill::loss(before, after), fill::may_not_fit(before, after), fill::renumbered(before, after)];
        let notes = notes.into_iter().flatten();
        let sql = if column::is_json_text(before) && column::is_json_text(after) {
            format!("MODIFY COLUMN {}", column::json_definition(after))
        } else {
            self.modified(after)
        };
        clauses.add(way, sql, notes);
    }

    fn modified(&self, after: &Object) -> String {
        format!("MODIFY COLUMN {}", column::definition(after, self.usual()))
    }

    /// Default collation of the table, which column definitions can omit; `None` if it changes too.
    fn usual(&self) -> Option<&str> {
        let usual = self.after.text(Attribute::Collation);
        usual.filter(|usual| self.before.text(Attribute::Collation) == Some(usual))
    }

    /// Returns whether the column must be dropped and re-created. The server converts no column to or from a virtual
    /// one; only STORED columns and ordinary ones can be converted into each other.
    pub(super) fn is_made_anew(&self, change: &Change<'_>) -> bool {
        let Change::Alter { before, after } = change else { return false };
        let kinds = [before, after].map(|column| column.text(Attribute::GeneratedKind));
        kinds[0] != kinds[1] && kinds.contains(&Some("virtual"))
    }

    /// Columns that exist before and after.
    fn kept(&self) -> impl Iterator<Item = &str> {
        let columns = self.from.of_table(&self.before.key, Kind::Column);
        columns.filter(|column| self.to.get(&column.key).is_some()).map(|column| column.key.name.as_str())
    }

    fn keeps_none(&self) -> bool {
        self.kept().next().is_none()
    }

    /// Returns the position clause of a new column; empty if no existing column follows it.
    fn position_clause(&self, new: &Object, there: &BTreeSet<&str>) -> String {
        let columns = self.to.columns(&self.after.key);
        let own = columns.iter().position(|column| column.key == new.key).unwrap_or(columns.len());
        let (before, after) = columns.split_at(own);
        let stays = |column: &&&Object| there.contains(column.key.name.as_str());
        // If a table has virtual columns, even ones that are dropped later, only an addition at the end avoids a copy.
        let old = self.from.of_table(&self.before.key, Kind::Column);
        let has_virtual =
            old.chain(columns.iter().copied()).any(|column| column.text(Attribute::GeneratedKind) == Some("virtual"));
        if has_virtual || !after.iter().skip(1).any(|column| stays(&column)) {
            return String::new();
        }
        match before.iter().rev().find(stays) {
            Some(column) => format!(" AFTER {}", quoted(&column.key.name)),
            None => " FIRST".to_owned(),
        }
    }
}
