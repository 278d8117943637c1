//! Check constraints and foreign keys.

use super::MysqlSchemaBuilder;
use super::expression::listed_expression;
use super::query::{Answers, TextRow, some, text_at};
use crate::schema::{Attribute, Key, Kind};
use crate::sql::{Dialect, qualified, quote_identifier};

pub(super) fn add(draft: &mut MysqlSchemaBuilder, answers: &Answers) {
    for row in &answers.checks {
        check(draft, row);
    }
    let mut columns = answers.foreign_columns.as_slice();
    for row in &answers.foreign_keys {
        // Both lists are sorted the same way.
        let is_same = |other: &TextRow| text_at(other, 0) == text_at(row, 0) && text_at(other, 1) == text_at(row, 1);
        let start = columns.iter().position(is_same).unwrap_or(columns.len());
        columns = &columns[start..];
        let length = columns.iter().take_while(|other| is_same(other)).count();
        let (own, rest) = columns.split_at(length);
        columns = rest;
        if draft.has_table(text_at(row, 0)) {
            foreign_key(draft, row, own);
        }
    }
}

fn check(draft: &mut MysqlSchemaBuilder, row: &TextRow) {
    let (table, name) = (text_at(row, 0), text_at(row, 1));
    if !draft.has_table(table) {
        return;
    }
    let mut clause = listed_expression(draft.flavour, text_at(row, 3));
    if draft.flavour.lists_checks_in_parentheses()
        && let Some(inner) = clause.strip_prefix('(').and_then(|inner| inner.strip_suffix(')'))
    {
        clause = inner.to_owned();
    }
    if text_at(row, 2) == "Column" {
        if let Some(column) = draft.schema.get_mut(&Key::of_table(Kind::Column, None, table, name)) {
            column.set(Attribute::ColumnCheck, clause);
        }
        return;
    }
    let mut object = MysqlSchemaBuilder::of_table(Kind::Check, table, name);
    object.set(Attribute::Definition, format!("CHECK ({clause})"));
    object.set_if(Attribute::NotValid, text_at(row, 4) == "NO");
    draft.schema.add(object);
}

fn foreign_key(draft: &mut MysqlSchemaBuilder, row: &TextRow, columns: &[TextRow]) {
    let (table, name, target) = (text_at(row, 0), text_at(row, 1), text_at(row, 2));
    let list = |place: usize| -> Vec<String> {
        columns.iter().map(|column| quote_identifier(text_at(column, place), Dialect::MYSQL)).collect()
    };
    let (own, theirs) = (list(2), list(3));
    let references = qualified(some(row, 5), target, Dialect::MYSQL);
    let definition = format!(
        "FOREIGN KEY ({}) REFERENCES {references} ({}){}{}",
        own.join(", "),
        theirs.join(", "),
        rule(draft, "DELETE", text_at(row, 4)),
        rule(draft, "UPDATE", text_at(row, 3)),
    );
    let mut object = MysqlSchemaBuilder::of_table(Kind::ForeignKey, table, name);
    object.set(Attribute::Definition, definition);
    object.set(Attribute::Columns, own);
    object.set(Attribute::References, references);
    if some(row, 5).is_none() {
        object.needs.insert(MysqlSchemaBuilder::table(target));
        let theirs = columns.iter().map(|column| Key::of_table(Kind::Column, None, target, text_at(column, 3)));
        object.needs.extend(theirs);
    }
    object.needs.extend(columns.iter().map(|column| Key::of_table(Kind::Column, None, table, text_at(column, 2))));
    draft.schema.add(object);
}

/// Returns the clause for an action; empty for the server's default.
fn rule(draft: &MysqlSchemaBuilder, event: &str, rule: &str) -> String {
    if rule == draft.flavour.default_foreign_key_action() || rule.is_empty() {
        String::new()
    } else {
        format!(" ON {event} {rule}")
    }
}
