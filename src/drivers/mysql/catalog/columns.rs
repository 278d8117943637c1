//! Columns, with the servers' different formats of defaults and `EXTRA`.

use super::MysqlSchemaBuilder;
use super::expression::{decode_expression, listed_expression};
use super::query::{Answers, TextRow, some, text_at};
use super::text::without_database;
use crate::schema::{Attribute, Key, Kind, Object};
use crate::sql::{Dialect, quote_literal};

pub(super) fn add(draft: &mut MysqlSchemaBuilder, answers: &Answers) {
    for row in &answers.columns {
        if draft.has_table(text_at(row, 0)) {
            let column = column(draft, row);
            draft.schema.add(column);
        }
    }
    for row in &answers.systems {
        if let Some(column) = draft.schema.get_mut(&Key::of_table(Kind::Column, None, text_at(row, 0), text_at(row, 1)))
        {
            column.set(Attribute::Options, vec![format!("ref_system_id={}", text_at(row, 2))]);
        }
    }
}

fn column(draft: &MysqlSchemaBuilder, row: &TextRow) -> Object {
    let mut column = MysqlSchemaBuilder::of_table(Kind::Column, text_at(row, 0), text_at(row, 1));
    let extra = text_at(row, 7).to_ascii_lowercase();
    let generated = some(row, 8).filter(|expression| !expression.is_empty());
    column.set_some(Attribute::Position, text_at(row, 2).parse::<i64>().ok());
    column.set(Attribute::Type, text_at(row, 3));
    column.set_some(Attribute::Collation, some(row, 4));
    column.set_if(Attribute::NotNull, text_at(row, 5) == "NO");
    column.set_if(Attribute::Invisible, extra.contains("invisible"));
    column.set_some(Attribute::Comment, some(row, 9).filter(|comment| !comment.is_empty()));
    if extra.contains("auto_increment") {
        column.set(Attribute::Identity, "auto");
    }
    if let Some(place) = extra.find("on update ") {
        let rest = &extra[place + 10..];
        column.set(Attribute::OnUpdate, rest.split([' ', ',']).next().unwrap_or_default());
    }
    if let Some(expression) = generated {
        column.set(Attribute::Generated, listed_expression(draft.flavour, expression));
        column.set(Attribute::GeneratedKind, if extra.contains("stored") { "stored" } else { "virtual" });
    } else {
        let default = match draft.flavour.lists_defaults_as_sql() {
            true => some(row, 6).filter(|default| *default != "NULL").map(str::to_owned),
            false => default_as_sql(row, &extra),
        };
        let default = default.map(|default| without_database(&default, &draft.database, &draft.relations));
        if let Some(default) = &default {
            column.needs.extend(super::text::sequences(default, &draft.relations));
        }
        column.set_some(Attribute::Default, default);
    }
    if let Some(system) = some(row, 11) {
        column.set(Attribute::Options, vec![format!("srid={system}")]);
    }
    column
}

/// Returns a default as SQL, from a list of literals without quotes that marks expressions in `EXTRA`.
fn default_as_sql(row: &TextRow, extra: &str) -> Option<String> {
    let default = some(row, 6)?;
    let numeric = ["tinyint", "smallint", "mediumint", "int", "bigint", "decimal", "float", "double", "bit", "year"];
    Some(if default.to_ascii_uppercase().starts_with("CURRENT_TIMESTAMP") {
        default.to_owned()
    } else if extra.contains("default_generated") {
        format!("({})", decode_expression(default))
    } else if numeric.contains(&text_at(row, 10)) {
        default.to_owned()
    } else {
        quote_literal(default, Dialect::MYSQL)
    })
}
