//! CREATE TABLE with the columns and the constraints that depend on nothing else. As in `pg_dump`'s output, a partition
//! is first created as an ordinary table, which preserves the order of its columns and the names of its indexes.

use std::collections::BTreeSet;

use super::{assigned, column, constraint};
use crate::dialects::postgres::schema::name::{identifier, own, qualified};
use crate::dialects::postgres::schema::not_null::beside_inherited;
use crate::schema::{Attribute, Key, Kind, Object, Schema};

const CARRIED: [Kind; 4] = [Kind::PrimaryKey, Kind::Unique, Kind::Check, Kind::Exclusion];
const INDEXED: [Kind; 4] = [Kind::PrimaryKey, Kind::Unique, Kind::Exclusion, Kind::Index];

/// Returns the columns, and the valid constraints whose dependencies are those of the table and its columns.
pub(super) fn carried<'s>(table: &Object, schema: &'s Schema) -> Vec<&'s Object> {
    let columns = schema.columns(&table.key);
    let own: BTreeSet<&Key> = columns.iter().map(|column| &column.key).collect();
    let needed = columns.iter().flat_map(|column| &column.needs).chain(&table.needs);
    let there: BTreeSet<&Key> = needed.chain(own).collect();
    let constraints = CARRIED.into_iter().flat_map(|kind| schema.of_table(&table.key, kind));
    let comes = |constraint: &&Object| {
        let is_simple = !constraint.has(Attribute::NotValid) && !has_statement_of_its_own(constraint);
        let has_needs = constraint.needs.iter().all(|need| there.contains(need));
        (constraint.has(Attribute::Inherited) || is_simple && has_needs)
            && !is_attached_exclusion(constraint)
            && !is_made_after_attach(constraint, table, schema)
    };
    let constraints: Vec<_> = constraints.filter(comes).collect();
    columns.into_iter().chain(constraints).collect()
}

/// Returns whether the server creates the exclusion constraint along with the parent's, or in ATTACH PARTITION. It
/// never attaches an existing one, because it cannot compare exclusion constraints (CompareIndexInfo in index.c, as of
/// version 18).
pub(in crate::dialects::postgres::schema) fn is_attached_exclusion(constraint: &Object) -> bool {
    constraint.key.kind == Kind::Exclusion && constraint.has(Attribute::PartitionOf)
}

/// Returns whether the key must be created after the partitions are attached. ATTACH PARTITION matches indexes by their
/// definition, and could attach one that belongs elsewhere or nowhere, or create one that is not wanted.
fn is_made_after_attach(key: &Object, table: &Object, schema: &Schema) -> bool {
    if key.key.kind == Kind::Check {
        return false;
    }
    if has_attached_twin(key, schema) {
        return true;
    }
    if !table.has(Attribute::PartitionBy) {
        return false;
    }
    let name = own(&table.key);
    let is_partition = |object: &&Object| object.text(Attribute::PartitionOf) == Some(name.as_str());
    let mut partitions = schema.objects().filter(|object| object.key.kind == Kind::Table).filter(is_partition);
    twins(key, schema).next().is_some() || partitions.any(|partition| !has_branch(partition, key, schema))
}

/// Returns whether an index of the partition is attached to the index of `key`.
fn has_branch(partition: &Object, key: &Object, schema: &Schema) -> bool {
    let name = qualified(key.key.namespace.as_deref(), &key.key.name);
    let mut indexes = INDEXED.into_iter().flat_map(|kind| schema.of_table(&partition.key, kind));
    indexes.any(|index| index.text(Attribute::PartitionOf) == Some(name.as_str()))
}

/// Returns whether the index or key is not attached while an equal one of the same table is.
pub(in crate::dialects::postgres::schema) fn has_attached_twin(index: &Object, schema: &Schema) -> bool {
    !index.has(Attribute::PartitionOf) && twins(index, schema).any(|twin| twin.has(Attribute::PartitionOf))
}

/// Returns the other indexes and keys of the table with the same columns.
pub(in crate::dialects::postgres::schema) fn twins<'s>(
    index: &'s Object,
    schema: &'s Schema,
) -> impl Iterator<Item = &'s Object> {
    let table = index.key.parent(Kind::Table);
    let all = table.into_iter().flat_map(move |table| {
        INDEXED.into_iter().flat_map(move |kind| schema.of_table(&table, kind).collect::<Vec<_>>())
    });
    all.filter(move |other| other.key != index.key && other.list(Attribute::Columns) == index.list(Attribute::Columns))
}

/// Returns whether the constraint needs a separate statement. The grammar has no place for storage options after the
/// condition of an exclusion constraint.
fn has_statement_of_its_own(constraint: &Object) -> bool {
    constraint.key.kind == Kind::Exclusion
        && (constraint.has(Attribute::Options) || constraint.has(Attribute::Tablespace))
}

pub(super) fn table(table: &Object, schema: &Schema) -> Vec<String> {
    let carried = carried(table, schema);
    let mut statements = vec![create(table, &carried)];
    let name = own(&table.key);
    let is_partition = table.has(Attribute::PartitionOf);
    for part in &carried {
        if part.key.kind == Kind::Column {
            statements.extend(column::overrides(part, table, schema));
            statements.extend(column::settings(part).map(|settings| format!("ALTER TABLE ONLY {name} {settings}")));
        } else if is_partition && part.has(Attribute::NotValid) {
            // CREATE TABLE marks all checks as valid, because the new table is empty. ATTACH PARTITION requires this one,
            // which the parent has too.
            statements.push(format!("ALTER TABLE ONLY {name} ADD {}", constraint::constraint_definition(part)));
        }
    }
    for (attribute, action) in [(Attribute::RowSecurity, "ENABLE"), (Attribute::ForceRowSecurity, "FORCE")] {
        if table.has(attribute) {
            statements.push(format!("ALTER TABLE {name} {action} ROW LEVEL SECURITY"));
        }
    }
    if let Some(identity @ ("full" | "nothing")) = table.text(Attribute::ReplicaIdentity) {
        statements.push(format!("ALTER TABLE ONLY {name} REPLICA IDENTITY {}", identity.to_uppercase()));
    }
    statements
}

fn create(table: &Object, carried: &[&Object]) -> String {
    let is_partition = table.has(Attribute::PartitionOf);
    let is_typed = table.has(Attribute::OfType);
    let line = |object: &&Object| {
        let is_column = object.key.kind == Kind::Column;
        let comes_from_above = object.has(Attribute::Inherited) && !is_partition;
        match (is_column, comes_from_above) {
            (true, true) => beside_inherited(object),
            (false, true) => None,
            (true, false) if is_typed => column::of_type(object),
            (true, false) => Some(column::column_definition(object)),
            (false, false) if object.has(Attribute::NotValid) => None,
            (false, false) => Some(constraint::constraint_definition(object)),
        }
    };
    let lines: Vec<String> = carried.iter().filter_map(line).map(|line| format!("\n    {line}")).collect();
    let lines = if lines.is_empty() { String::new() } else { format!("{}\n", lines.join(",")) };
    let unlogged = if table.has(Attribute::Unlogged) { "UNLOGGED " } else { "" };
    let name = own(&table.key);
    let tail = tail(table);
    match table.text(Attribute::OfType) {
        Some(of_type) if lines.is_empty() => format!("CREATE {unlogged}TABLE {name} OF {of_type}{tail}"),
        Some(of_type) => format!("CREATE {unlogged}TABLE {name} OF {of_type} ({lines}){tail}"),
        None => format!("CREATE {unlogged}TABLE {name} ({lines}){tail}"),
    }
}

/// Returns the clauses after the column list, in the order of the grammar.
fn tail(table: &Object) -> String {
    let part = |attribute, words: &str| table.text(attribute).map(|text| format!("{words}{text}")).unwrap_or_default();
    let inherits = table.list(Attribute::Inherits);
    let inherits = if inherits.is_empty() { String::new() } else { format!("\nINHERITS ({})", inherits.join(", ")) };
    let partition = part(Attribute::PartitionBy, "\nPARTITION BY ");
    let method = table.text(Attribute::AccessMethod).map(|name| format!("\nUSING {}", identifier(name)));
    let space = table.text(Attribute::Tablespace).map(|name| format!("\nTABLESPACE {}", identifier(name)));
    let options = table.list(Attribute::Options);
    let options = if options.is_empty() { String::new() } else { format!("\nWITH ({})", assigned(options)) };
    format!("{inherits}{partition}{}{options}{}", method.unwrap_or_default(), space.unwrap_or_default())
}
