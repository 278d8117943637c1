//! Indexes and primary keys, from STATISTICS with one row for each column of an index.

use std::collections::BTreeSet;

use super::MysqlSchemaBuilder;
use super::expression::decode_expression;
use super::query::{Answers, TextRow, some, text_at};
use super::text::words;
use crate::schema::{Attribute, Key, Kind, Value};
use crate::sql::{Dialect, quote_identifier};

pub(super) fn add(draft: &mut MysqlSchemaBuilder, answers: &Answers) {
    for rows in answers
        .indexes
        .chunk_by(|one, other| text_at(one, 0) == text_at(other, 0) && text_at(one, 1) == text_at(other, 1))
    {
        if let Some(first) = rows.first().filter(|row| draft.has_table(text_at(row, 0))) {
            index(draft, first, rows);
        }
    }
}

fn index(draft: &mut MysqlSchemaBuilder, first: &TextRow, rows: &[TextRow]) {
    let (table, name) = (text_at(first, 0), text_at(first, 1));
    let is_primary = name == "PRIMARY";
    let mut index = MysqlSchemaBuilder::of_table(if is_primary { Kind::PrimaryKey } else { Kind::Index }, table, name);
    let method = text_at(first, 6).to_ascii_lowercase();
    let is_special = matches!(method.as_str(), "fulltext" | "spatial" | "vector");
    let columns: Vec<String> = rows.iter().map(|row| part(row, is_special)).collect();
    index.set(Attribute::Columns, columns);
    index.set_if(Attribute::IsUnique, text_at(first, 2) == "0" && !is_primary);
    if method != usual(draft, table) {
        index.set(Attribute::Method, method);
    }
    index.set_some(Attribute::Comment, some(first, 7).filter(|comment| !comment.is_empty()));
    if text_at(first, 8) == "YES" {
        index.set(Attribute::Invisible, draft.flavour.unused_index_keyword());
    }
    let columns = rows.iter().filter_map(|row| some(row, 3));
    let mut columns: BTreeSet<String> = columns.map(str::to_owned).collect();
    columns.extend(rows.iter().filter_map(|row| some(row, 9)).flat_map(names_in));
    let columns = columns.iter().map(|column| Key::of_table(Kind::Column, None, table, column));
    index.needs.extend(columns.filter(|column| draft.schema.get(column).is_some()));
    draft.schema.add(index);
}

/// Returns a key part: `` `name`(10) DESC ``.
fn part(row: &TextRow, is_special: bool) -> String {
    let name = match (some(row, 3), some(row, 9)) {
        (Some(column), _) => quote_identifier(column, Dialect::MYSQL),
        (None, expression) => format!("({})", decode_expression(expression.unwrap_or_default())),
    };
    let length = some(row, 5).filter(|_| !is_special).map(|length| format!("({length})")).unwrap_or_default();
    let order = if text_at(row, 4) == "D" { " DESC" } else { "" };
    format!("{name}{length}{order}")
}

/// Returns the quoted names in an expression, most of which are columns.
fn names_in(expression: &str) -> Vec<String> {
    words(&decode_expression(expression)).into_iter().filter_map(|word| word.name()).collect()
}

fn engine(draft: &MysqlSchemaBuilder, table: &str) -> String {
    let table = draft.schema.get(&MysqlSchemaBuilder::table(table));
    let engine = table.and_then(|table| table.attributes.get(&Attribute::Engine)).and_then(Value::text);
    engine.unwrap_or_default().to_ascii_lowercase()
}

/// Returns the default index method of the table's engine.
fn usual(draft: &MysqlSchemaBuilder, table: &str) -> &'static str {
    if engine(draft, table) == "memory" { "hash" } else { "btree" }
}
