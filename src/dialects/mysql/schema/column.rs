//! Column definitions for CREATE TABLE and MODIFY COLUMN.

use super::names::{literal, quoted};
use crate::schema::{Attribute, Object};

/// Returns the full column definition. The collation is omitted if it equals `usual`, the table's collation.
pub(super) fn definition(column: &Object, usual: Option<&str>) -> String {
    let mut text = format!("{} {}", quoted(&column.key.name), column.text(Attribute::Type).unwrap_or_default());
    // `REF_SYSTEM_ID` is MariaDB's and part of the type; MySQL's `SRID` is an attribute and comes later.
    for system in column.list(Attribute::Options).iter().filter_map(|option| option.strip_prefix("ref_system_id=")) {
        text.push_str(&format!(" REF_SYSTEM_ID={system}"));
    }
    if let Some(collation) = column.text(Attribute::Collation).filter(|collation| Some(*collation) != usual) {
        text.push_str(&format!(" {}", collated(collation)));
    }
    if let Some(expression) = column.text(Attribute::Generated) {
        let kind = column.text(Attribute::GeneratedKind).unwrap_or("virtual").to_ascii_uppercase();
        text.push_str(&format!(" GENERATED ALWAYS AS ({expression}) {kind}"));
    }
    let is_moment = column.text(Attribute::Type).is_some_and(|of_type| of_type.starts_with("timestamp"));
    if column.has(Attribute::NotNull) {
        text.push_str(" NOT NULL");
    } else if is_moment && !column.has(Attribute::Generated) {
        // Without an explicit NULL, servers with explicit_defaults_for_timestamp = OFF make a timestamp column NOT
        // NULL.
        text.push_str(" NULL");
    }
    for option in column.list(Attribute::Options) {
        if let Some(system) = option.strip_prefix("srid=") {
            text.push_str(&format!(" SRID {system}"));
        }
    }
    if column.has(Attribute::Invisible) {
        text.push_str(" INVISIBLE");
    }
    for (word, attribute) in [("DEFAULT", Attribute::Default), ("ON UPDATE", Attribute::OnUpdate)] {
        if let Some(value) = column.text(attribute) {
            text.push_str(&format!(" {word} {value}"));
        }
    }
    if column.has(Attribute::Identity) {
        text.push_str(" AUTO_INCREMENT");
    }
    if let Some(comment) = column.text(Attribute::Comment) {
        text.push_str(&format!(" COMMENT {}", literal(comment)));
    }
    if let Some(check) = column.text(Attribute::ColumnCheck) {
        text.push_str(&format!(" CHECK ({check})"));
    }
    text
}

/// Returns `true` if MariaDB takes the column for one of type JSON, whatever its statement said: a long text that its own check
/// requires to be valid JSON.
pub(super) fn is_json_text(column: &Object) -> bool {
    column.text(Attribute::Type) == Some("longtext")
        && column.text(Attribute::Collation) == Some("utf8mb4_bin")
        && column.text(Attribute::ColumnCheck) == Some(&format!("json_valid({})", quoted(&column.key.name)))
}

/// [`definition`] of a column that is and stays [`is_json_text`], with the type JSON: as `longtext` MariaDB takes it for a
/// change of the type, and copies the table.
pub(super) fn json_definition(column: &Object) -> String {
    let mut named = column.clone();
    named.set(Attribute::Type, "json");
    named.attributes.remove(&Attribute::Collation);
    definition(&named, None)
}

/// `CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`: the part before the first underscore is the character set.
pub(super) fn collated(collation: &str) -> String {
    match collation.split_once('_') {
        Some((charset, _)) => format!("CHARACTER SET {charset} COLLATE {collation}"),
        None => format!("CHARACTER SET {collation}"),
    }
}
