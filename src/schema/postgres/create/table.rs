//! CREATE TABLE with the columns and the constraints that need nothing else. A partition is a table of its own first, as in
//! `pg_dump`'s scripts: so its columns keep their order, and its indexes their names.

use std::collections::BTreeSet;

use super::{assigned, column, constraint};
use crate::schema::postgres::name::{identifier, own};
use crate::schema::{Attribute, Key, Kind, Object, Schema};

const CARRIED: [Kind; 4] = [Kind::PrimaryKey, Kind::Unique, Kind::Check, Kind::Exclusion];

/// The columns and those constraints that hold and need nothing but what the table and its columns need anyway.
pub(super) fn carried<'s>(table: &Object, schema: &'s Schema) -> Vec<&'s Object> {
    let columns = schema.columns(&table.key);
    let own: BTreeSet<&Key> = columns.iter().map(|column| &column.key).collect();
    let needed = columns.iter().flat_map(|column| &column.needs).chain(&table.needs);
    let there: BTreeSet<&Key> = needed.chain(own).collect();
    let constraints = CARRIED.into_iter().flat_map(|kind| schema.of_table(&table.key, kind));
    let comes = |constraint: &&Object| {
        let is_simple = !constraint.has(Attribute::NotValid) && !has_statement_of_its_own(constraint);
        constraint.has(Attribute::Inherited) || is_simple && constraint.needs.iter().all(|need| there.contains(need))
    };
    let constraints: Vec<_> = constraints.filter(comes).collect();
    columns.into_iter().chain(constraints).collect()
}

/// The grammar has no place for the options of an exclusion constraint behind its condition.
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
            statements.push(format!("ALTER TABLE ONLY {name} ADD {}", constraint::text(part)));
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
            (_, true) => None,
            (true, false) if is_typed => column::of_type(object),
            (true, false) => Some(column::text(object)),
            (false, false) if object.has(Attribute::NotValid) => None,
            (false, false) => Some(constraint::text(object)),
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

/// What follows the parentheses, in the grammar's order.
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
