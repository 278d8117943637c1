//! Rebuild of a table, the documented procedure for changes that ALTER TABLE cannot make
//! (<https://www.sqlite.org/lang_altertable.html>, section 7). The caller handles indexes, triggers and referencing
//! tables.
//!
//! Foreign keys are off while revisions run, so that dropping the old table cascades to no referencing row. Everything
//! runs in one transaction, so that a crash in the middle leaves the old table in place.

use std::collections::BTreeSet;

use super::loss;
use super::rename::unused;
use super::table::{Column, ParsedTable, Use};
use super::words::{self, folded};
use crate::schema::{Script, Statement, StatementNote};
use crate::sql::{Dialect, quote_literal};

/// Returns the statements that rebuild `old` as `new`, which has the same name, with its rows. `sql` is the statement
/// of `new`.
pub(super) fn rebuild(old: &ParsedTable, new: &ParsedTable, sql: &str, taken: &BTreeSet<String>) -> Vec<Statement> {
    let name = words::name(&old.name);
    let made = unused(&old.name, taken);
    let why = format!("ALTER TABLE cannot do it: {name} is rebuilt, and its rows are copied");
    let mut found = vec![Statement::new(renamed(sql, new, &made)).note(StatementNote::Remark(why))];
    // The AUTOINCREMENT counter may be ahead of the largest rowid. RENAME carries the row in sqlite_sequence along.
    if is_auto(old) && is_auto(new) {
        let [from, to] = [&old.name, &made].map(|name| quote_literal(name, Dialect::SQLITE));
        let sequence = "INSERT INTO sqlite_sequence (name, seq) SELECT";
        found.push(Statement::new(format!("{sequence} {to}, seq FROM sqlite_sequence WHERE name = {from}")));
    }
    found.push(copy(old, new, &made));
    found.push(Statement::new(format!("DROP TABLE {name}")));
    found.push(Statement::new(format!("ALTER TABLE {} RENAME TO {name}", words::name(&made))));
    found
}

fn is_auto(table: &ParsedTable) -> bool {
    table.columns.iter().any(|column| column.is_auto)
}

/// Replaces the table's name in its statement. Qualifiers such as `t.a` in a check are removed, because the final
/// RENAME would not change them back.
fn renamed(sql: &str, table: &ParsedTable, name: &str) -> String {
    let mut text = String::with_capacity(sql.len());
    let mut end = 0;
    for (index, (span, _)) in table.uses.iter().filter(|(_, used)| *used == Use::Table).enumerate() {
        text += &sql[end..span.start];
        end = span.end;
        if index == 0 {
            text += &words::name(name);
        } else {
            // Skip the qualifier and its dot.
            end += sql[end..].find('.').map_or(0, |point| point + 1);
        }
    }
    text + &sql[end..]
}

fn copy(old: &ParsedTable, new: &ParsedTable, made: &str) -> Statement {
    let name = words::name(&old.name);
    let mut columns = Vec::new();
    let mut notes =
        vec![StatementNote::Locks(format!("the database for all other writers, while every row of {name} is copied"))];
    let (mut targets, mut values) = (Vec::new(), Vec::new());
    for column in new.columns.iter().filter(|column| column.generated.is_none()) {
        if let Some((value, note)) = value(old, new, column) {
            targets.push(words::name(&column.name));
            values.push(value);
            notes.extend(note);
            columns.push(column);
        }
    }
    if let Some(rowid) = rowid(old, new) {
        targets.insert(0, rowid.to_owned());
        values.insert(0, rowid.to_owned());
    }
    // No column is copied: insert one row per old row all the same.
    if let (true, Some(first)) = (targets.is_empty(), new.columns.iter().find(|column| column.generated.is_none())) {
        targets.push(words::name(&first.name));
        values.push(first.default.clone().unwrap_or_else(|| "NULL".to_owned()));
    }
    notes.extend(loss::of_columns(old, new));
    notes.extend(loss::refusals(old, new));
    // A constraint's own ON CONFLICT REPLACE or IGNORE would drop rows silently; OR ABORT overrides it.
    let insert = if new.has_conflict_clause() { "INSERT OR ABORT INTO" } else { "INSERT INTO" };
    let (targets, values) = (targets.join(", "), values.join(", "));
    let sql = format!("{insert} {} ({targets}) SELECT {values} FROM {name}", words::name(made));
    notes.into_iter().fold(Statement::new(sql), Statement::note)
}

/// Returns the expression that fills a new column from the old rows; `None` leaves it to the column's default.
fn value(old: &ParsedTable, new: &ParsedTable, column: &Column) -> Option<(String, Option<StatementNote>)> {
    let place = || format!("{}.{}", words::name(&new.name), words::name(&column.name));
    let is_needed = new.refuses_null(column) && new.rowid_column().is_none_or(|rowid| rowid.name != column.name);
    let default = column.default.as_deref().filter(|default| *default != "null");
    match (old.column(&column.name), default) {
        (None, None) if is_needed => {
            let placeholder = format!("the value of {} for the existing rows", place());
            Some((Script::PLACEHOLDER.to_owned(), Some(StatementNote::Placeholder(placeholder))))
        }
        (None, _) => None,
        (Some(was), default) => {
            let name = words::name(&was.name);
            let may_be_null =
                is_needed && !old.refuses_null(was) && old.rowid_column().is_none_or(|rowid| rowid.name != was.name);
            Some(match default {
                _ if !may_be_null => (name, None),
                Some(default) => {
                    let note = StatementNote::Remark(format!("{} becomes {default} where it was NULL", place()));
                    (format!("ifnull({name}, {default})"), Some(note))
                }
                None => {
                    let note = StatementNote::Placeholder(format!("the value of {} where it was NULL", place()));
                    (format!("ifnull({name}, {})", Script::PLACEHOLDER), Some(note))
                }
            })
        }
    }
}

/// Returns the name of the rowid if it must be copied: both tables have one that is not a column, and applications may
/// have stored its values elsewhere.
fn rowid(old: &ParsedTable, new: &ParsedTable) -> Option<&'static str> {
    let hidden = !old.is_without_rowid && !new.is_without_rowid && new.rowid_column().is_none();
    let free = |name: &&str| old.column_index(name).is_none() && new.column_index(name).is_none();
    ["rowid", "_rowid_", "oid"].into_iter().find(free).filter(|_| hidden)
}

impl ParsedTable {
    fn has_conflict_clause(&self) -> bool {
        let says = |text: &String| text.contains(" ON CONFLICT ");
        self.constraints.iter().any(|constraint| says(&constraint.definition))
            || self.columns.iter().any(|column| column.extras.iter().any(says))
    }
}

/// Returns foreign key checks for `rebuilt` tables with foreign keys, and for tables that reference a rebuilt one.
pub(super) fn checks<'t>(
    tables: impl Iterator<Item = (&'t str, Vec<String>)>,
    rebuilt: &BTreeSet<String>,
) -> Vec<Statement> {
    let concerned = tables.filter(|(name, targets)| {
        !targets.is_empty()
            && (rebuilt.contains(&folded(name)) || targets.iter().any(|target| rebuilt.contains(&folded(target))))
    });
    concerned
        .map(|(name, _)| {
            let remark = format!("fails when a row of {} references a missing row", words::name(name));
            let table = quote_literal(name, Dialect::SQLITE);
            Statement::new(format!("PRAGMA foreign_key_check({table})")).note(StatementNote::Remark(remark))
        })
        .collect()
}
