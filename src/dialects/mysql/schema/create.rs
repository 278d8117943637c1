//! CREATE TABLE statements, and index and constraint clauses.

use super::column;
use super::names::{literal, quoted};
use crate::schema::{Attribute, Kind, Object, Schema, Statement, StatementNote};

/// Returns CREATE TABLE with columns, keys, indexes and checks, and with the foreign keys for which `is_ready` holds.
pub(super) fn table(table: &Object, schema: &Schema, is_ready: &dyn Fn(&Object) -> bool) -> Statement {
    let key = &table.key;
    let usual = table.text(Attribute::Collation);
    let mut lines: Vec<String> =
        schema.columns(key).into_iter().map(|column| column::definition(column, usual)).collect();
    for kind in [Kind::PrimaryKey, Kind::Index, Kind::Check, Kind::ForeignKey] {
        let objects = schema.of_table(key, kind).filter(|object| kind != Kind::ForeignKey || is_ready(object));
        lines.extend(objects.map(clause));
    }
    let options: Vec<String> = options(table).into_iter().map(|option| format!(" {option}")).collect();
    let partitions = table.text(Attribute::PartitionBy).map(|by| format!("\n{by}")).unwrap_or_default();
    Statement::new(format!(
        "CREATE TABLE {} (\n  {}\n){}{partitions}",
        quoted(&key.name),
        lines.join(",\n  "),
        options.concat()
    ))
}

/// Returns the table options, each as `NAME=value`.
fn options(table: &Object) -> Vec<String> {
    let mut options = Vec::new();
    if let Some(engine) = table.text(Attribute::Engine) {
        options.push(format!("ENGINE={engine}"));
    }
    if let Some(collation) = table.text(Attribute::Collation) {
        options.push(format!("DEFAULT {}", column::collated(collation)));
    }
    if let Some(format) = table.text(Attribute::RowFormat) {
        options.push(format!("ROW_FORMAT={format}"));
    }
    options.extend(table.list(Attribute::Options).iter().cloned());
    if let Some(comment) = table.text(Attribute::Comment) {
        options.push(format!("COMMENT={}", literal(comment)));
    }
    options
}

/// Returns the definition of a key, index or constraint, as used in CREATE TABLE and after ADD.
pub(super) fn clause(object: &Object) -> String {
    match object.key.kind {
        Kind::PrimaryKey | Kind::Index => index(object),
        _ => constraint(object),
    }
}

/// Returns whether a key part of the index is an expression (MySQL).
pub(super) fn is_functional(index: &Object) -> bool {
    index.list(Attribute::Columns).iter().any(|part| part.starts_with('('))
}

fn index(index: &Object) -> String {
    let method = index.text(Attribute::Method).unwrap_or_default();
    let kind = match (index.key.kind, method) {
        (Kind::PrimaryKey, _) => "PRIMARY KEY".to_owned(),
        (_, "fulltext" | "spatial" | "vector") => {
            format!("{} KEY {}", method.to_ascii_uppercase(), quoted(&index.key.name))
        }
        _ if index.has(Attribute::IsUnique) => format!("UNIQUE KEY {}", quoted(&index.key.name)),
        _ => format!("KEY {}", quoted(&index.key.name)),
    };
    let mut text = format!("{kind} ({})", index.list(Attribute::Columns).join(", "));
    if matches!(method, "btree" | "hash" | "rtree") {
        text.push_str(&format!(" USING {}", method.to_ascii_uppercase()));
    }
    for option in index.list(Attribute::Options) {
        if let Some(parser) = option.strip_prefix("parser=") {
            text.push_str(&format!(" WITH PARSER {}", quoted(parser)));
        }
    }
    if let Some(comment) = index.text(Attribute::Comment) {
        text.push_str(&format!(" COMMENT {}", literal(comment)));
    }
    // Options of MariaDB's vector indexes: `m`='6' `distance`='cosine'.
    for (name, value) in index.list(Attribute::Options).iter().filter_map(|option| option.split_once('=')) {
        if method == "vector" {
            text.push_str(&format!(" {}={}", quoted(name), literal(value)));
        }
    }
    if let Some(word) = index.text(Attribute::Invisible) {
        text.push_str(&format!(" {}", word.to_ascii_uppercase()));
    }
    text
}

fn constraint(object: &Object) -> String {
    let definition = object.text(Attribute::Definition).unwrap_or_default();
    let enforced = if object.has(Attribute::NotValid) { " NOT ENFORCED" } else { "" };
    format!("CONSTRAINT {} {definition}{enforced}", quoted(&object.key.name))
}

/// Returns a remark on how existing rows can make the statement fail.
pub(super) fn warning(object: &Object) -> Option<StatementNote> {
    let text = match object.key.kind {
        Kind::PrimaryKey => format!("fails when two rows have the same {}", object.list(Attribute::Columns).join(", ")),
        Kind::Index if object.has(Attribute::IsUnique) => {
            format!("fails when two rows have the same {}", object.list(Attribute::Columns).join(", "))
        }
        Kind::Check if !object.has(Attribute::NotValid) => {
            format!("fails when a row does not satisfy {}", object.key.name)
        }
        Kind::ForeignKey => format!("fails when a row references a missing row ({})", object.key.name),
        _ => return None,
    };
    Some(StatementNote::Remark(text))
}
