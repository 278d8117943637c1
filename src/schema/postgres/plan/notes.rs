//! What a reader should know of each statement: whom it makes wait. Knows what is in use; the rest is read from the statement.

use std::collections::BTreeSet;

use crate::schema::{Kind, Note, Schema, Script, Statement};
use crate::sql::{Blocks, Dialect, Work, impact};

/// Adds the locks to each statement that makes others wait, on tables that were there before.
pub(in crate::schema::postgres) fn note_locks(script: &mut Script, from: &Schema) {
    let tables: BTreeSet<(Option<&str>, &str)> = from
        .objects()
        .filter(|object| matches!(object.key.kind, Kind::Table | Kind::MaterializedView))
        .map(|object| (object.key.namespace.as_deref(), object.key.name.as_str()))
        .collect();
    for part in &mut script.parts {
        for statement in &mut part.statements {
            note(statement, &tables);
        }
    }
}

fn note(statement: &mut Statement, tables: &BTreeSet<(Option<&str>, &str)>) {
    if statement.notes.iter().any(|note| matches!(note, Note::Locks(_))) {
        return;
    }
    for lock in impact(&statement.sql, Dialect::Postgres).locks {
        let known = tables.contains(&(lock.table.schema.as_deref(), lock.table.name.as_str()));
        if !known || lock.blocks < Blocks::Writes || lock.blocks == Blocks::Unknown {
            continue;
        }
        let how_long = match lock.work {
            Work::Catalog => "for a moment",
            Work::Rows => "while the rows it names are written",
            Work::Scan => "while every row is read",
            Work::Rewrite => "while the table is written anew",
        };
        statement.notes.push(Note::Locks(format!("{} on {}, {how_long}", lock.name, short(&lock.table))));
    }
}

fn short(table: &crate::sql::TableName) -> String {
    match table.schema.as_deref() {
        None | Some("public") => table.name.clone(),
        Some(schema) => format!("{schema}.{}", table.name),
    }
}
