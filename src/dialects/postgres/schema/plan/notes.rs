//! Lock notes for statements that block sessions on existing tables. The locks are derived from the statements
//! themselves.

use std::collections::BTreeSet;

use crate::dialects::postgres::schema::alter::column;
use crate::schema::{Attribute, Kind, Schema, Script, Statement, StatementNote};
use crate::sql::{Blocks, Dialect, Work, impact};

type AlteredTables<'s> = BTreeSet<(Option<&'s str>, &'s str)>;

/// Adds a note for each lock that blocks writes on a table that existed before.
pub(in crate::dialects::postgres::schema) fn note_locks(script: &mut Script, from: &Schema, to: &Schema) {
    let widened = widened(from, to);
    let tables: AlteredTables<'_> = from
        .objects()
        .filter(|object| matches!(object.key.kind, Kind::Table | Kind::MaterializedView))
        .map(|object| (object.key.namespace.as_deref(), object.key.name.as_str()))
        .collect();
    for part in &mut script.parts {
        for statement in &mut part.statements {
            note(statement, &tables, &widened);
        }
    }
}

/// Returns the tables whose only type changes are to wider types, for which the server rewrites no row.
fn widened<'s>(from: &'s Schema, to: &Schema) -> AlteredTables<'s> {
    let (mut widened, mut written) = (AlteredTables::new(), AlteredTables::new());
    for before in from.objects().filter(|object| object.key.kind == Kind::Column) {
        let Some(after) = to.get(&before.key) else { continue };
        if before.text(Attribute::Type) == after.text(Attribute::Type) {
            continue;
        }
        let table = (before.key.namespace.as_deref(), before.key.table.as_deref().unwrap_or_default());
        let keeps = column::cast_of(before, after, false).keeps_rows;
        if keeps {
            widened.insert(table)
        } else {
            written.insert(table)
        };
    }
    widened.retain(|table| !written.contains(table));
    widened
}

/// Returns whether a change of type is the only reason for which the server could rewrite the table.
fn only_types(sql: &str) -> bool {
    sql.contains(" TYPE ")
        && !["ADD COLUMN", " USING ", "LOGGED", "ACCESS METHOD", "EXPRESSION"].iter().any(|other| sql.contains(other))
}

fn note(statement: &mut Statement, tables: &AlteredTables<'_>, widened: &AlteredTables<'_>) {
    if statement.notes.iter().any(|note| matches!(note, StatementNote::Locks(_))) {
        return;
    }
    for lock in impact(&statement.sql, Dialect::POSTGRES).locks {
        let known = tables.contains(&(lock.table.schema.as_deref(), lock.table.name.as_str()));
        if !known || lock.blocks < Blocks::Writes || lock.blocks == Blocks::Unknown {
            continue;
        }
        let table = (lock.table.schema.as_deref(), lock.table.name.as_str());
        let work = match lock.work {
            Work::Rewrite if widened.contains(&table) && only_types(&statement.sql) => Work::Catalog,
            work => work,
        };
        let how_long = match work {
            Work::Catalog => "for a moment",
            Work::Rows => "while the rows it names are written",
            Work::Scan => "while every row is read",
            Work::Rewrite => "while the table is rewritten",
        };
        statement.notes.push(StatementNote::Locks(format!("{} on {}, {how_long}", lock.name, short(&lock.table))));
    }
}

fn short(table: &crate::sql::TableName) -> String {
    match table.schema.as_deref() {
        None | Some("public") => table.name.clone(),
        Some(schema) => format!("{schema}.{}", table.name),
    }
}
