//! Constraints and indexes.

use super::with;
use crate::dialects::postgres::schema::name::{identifier, own, qualified, table};
use crate::schema::{Attribute, Key, Kind, Object, Schema};

/// Returns `CONSTRAINT name ...` for CREATE TABLE and ADD.
pub(super) fn constraint_definition(constraint: &Object) -> String {
    format!("CONSTRAINT {} {}", identifier(&constraint.key.name), definition(constraint))
}

/// Returns the part after the name.
fn definition(constraint: &Object) -> String {
    let definition = constraint.text(Attribute::Definition).unwrap_or_default();
    let is_key = matches!(constraint.key.kind, Kind::PrimaryKey | Kind::Unique);
    let options = if is_key { with(constraint.list(Attribute::Options)) } else { String::new() };
    let space = constraint.text(Attribute::Tablespace).filter(|_| is_key);
    let space = space.map(|name| format!(" USING INDEX TABLESPACE {}", identifier(name))).unwrap_or_default();
    format!("{definition}{options}{space}{}", tail(constraint))
}

/// Returns deferrability and ` NOT VALID`, each with a leading space.
pub(in crate::dialects::postgres::schema) fn tail(constraint: &Object) -> String {
    let deferrable = constraint.text(Attribute::Deferrable).map(|words| format!(" {}", words.to_uppercase()));
    let not_valid = if constraint.has(Attribute::NotValid) { " NOT VALID" } else { "" };
    format!("{}{not_valid}", deferrable.unwrap_or_default())
}

/// Returns the statements that add the constraint to an existing table or domain.
pub(super) fn add(constraint: &Object, schema: &Schema) -> Vec<String> {
    let name = table(&constraint.key);
    if constraint.has(Attribute::OfDomain) {
        return vec![format!("ALTER DOMAIN {name} ADD {}", constraint_definition(constraint))];
    }
    let only = if reaches_partitions(constraint, schema) { "" } else { "ONLY " };
    let mut statements = vec![format!("ALTER TABLE {only}{name} ADD {}", constraint_definition(constraint))];
    if constraint.key.kind == Kind::Exclusion {
        let index = qualified(constraint.key.namespace.as_deref(), &constraint.key.name);
        let options = constraint.list(Attribute::Options);
        // The definition has the options too; the server takes none for the index of a partitioned table afterwards.
        if !options.is_empty() && !only.is_empty() {
            statements.push(format!("ALTER INDEX {index} SET ({})", super::assigned(options)));
        }
        if let Some(space) = constraint.text(Attribute::Tablespace) {
            statements.push(format!("ALTER INDEX {index} SET TABLESPACE {}", identifier(space)));
        }
    }
    statements
}

/// Returns whether the constraint is created on the child tables too. Keys of partitions have names of their own and
/// are attached ([`super::later`]); checks and foreign keys are inherited by all children, except checks with NO
/// INHERIT.
fn reaches_partitions(constraint: &Object, schema: &Schema) -> bool {
    let is_partitioned = constraint
        .key
        .parent(Kind::Table)
        .and_then(|key: Key| schema.get(&key))
        .is_some_and(|table| table.has(Attribute::PartitionBy));
    match constraint.key.kind {
        Kind::ForeignKey | Kind::Exclusion => is_partitioned,
        Kind::Check => !constraint.text(Attribute::Definition).unwrap_or_default().ends_with(" NO INHERIT"),
        _ => false,
    }
}

/// Returns `CREATE INDEX`, CONCURRENTLY if requested. An index of a partitioned table is created ON ONLY that table:
/// the indexes of its partitions have names of their own and are attached.
pub(in crate::dialects::postgres::schema) fn index(index: &Object, schema: &Schema, concurrently: bool) -> String {
    let is_partitioned = index
        .key
        .parent(Kind::Table)
        .and_then(|key| schema.get(&key))
        .is_some_and(|table| table.has(Attribute::PartitionBy));
    let unique = if index.has(Attribute::IsUnique) { "UNIQUE " } else { "" };
    let concurrently = if concurrently { "CONCURRENTLY " } else { "" };
    let only = if is_partitioned { "ONLY " } else { "" };
    let (definition, condition) = split(index);
    let space = index.text(Attribute::Tablespace).map(|name| format!(" TABLESPACE {}", identifier(name)));
    format!(
        "CREATE {unique}INDEX {concurrently}{} ON {only}{} {definition}{}{}{condition}",
        identifier(&index.key.name),
        table(&index.key),
        with(index.list(Attribute::Options)),
        space.unwrap_or_default(),
    )
}

/// Splits off the condition, with ` WHERE ` before it, because the options go between definition and condition.
fn split(index: &Object) -> (&str, String) {
    let definition = index.text(Attribute::Definition).unwrap_or_default();
    let Some(predicate) = index.text(Attribute::Predicate) else { return (definition, String::new()) };
    let condition = [format!(" WHERE {predicate}"), format!(" WHERE ({predicate})")];
    let found = condition.into_iter().find_map(|condition| Some((definition.strip_suffix(&condition)?, condition)));
    found.unwrap_or((definition, String::new()))
}

pub(super) fn index_statements(object: &Object, schema: &Schema) -> Vec<String> {
    let name = own(&object.key);
    let statistics = object.list(Attribute::Statistics).iter().filter_map(|text| text.split_once('='));
    let statistics =
        statistics.map(|(column, target)| format!("ALTER INDEX {name} ALTER COLUMN {column} SET STATISTICS {target}"));
    [index(object, schema, false)].into_iter().chain(statistics).collect()
}
