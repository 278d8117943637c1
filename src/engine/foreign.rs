//! Where another tool says that the database is, as version rows of ours. Reads; writes nothing.

use std::collections::BTreeSet;

use crate::database::{Database, DatabaseError};
use crate::formats::Format;
use crate::formats::applied::{Registry, RegistryRow, Unfit};
use crate::id::RevisionId;
use crate::project::History;
use crate::sql::{Dialect, qualified};

/// Why another tool's state cannot be taken over.
#[derive(Debug, thiserror::Error)]
pub enum ForeignState {
    /// The database could not be asked.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// The tool's version table is not there.
    #[error("there is no table {table} of {tool}")]
    NoTable {
        /// The tool.
        tool: &'static str,
        /// The table.
        table: String,
    },
    /// Its rows say what ours cannot.
    #[error(transparent)]
    Unfit(#[from] Unfit),
    /// Something is applied, and something that comes before it is not.
    #[error("{tool} has applied {applied}, but not {missing}, which comes before it")]
    Gap {
        /// The tool.
        tool: &'static str,
        /// What is applied.
        applied: RevisionId,
        /// What is not.
        missing: RevisionId,
    },
    /// The version table of ours says something else already.
    #[error("the version table is at {} already, but {tool} is at {}", shown(rows), shown(said))]
    Elsewhere {
        /// The tool.
        tool: &'static str,
        /// The rows.
        rows: Vec<RevisionId>,
        /// What they would be.
        said: Vec<RevisionId>,
    },
}

fn shown(rows: &[RevisionId]) -> String {
    let rows: Vec<&str> = rows.iter().map(RevisionId::as_str).collect();
    if rows.is_empty() { "base".to_owned() } else { rows.join(", ") }
}

/// All rows of the tool's version table. `database` may be another one than the service's (Sqitch's registry of SQLite).
///
/// # Errors
/// A table that is not there; what the database says.
pub fn foreign_rows(
    database: &mut dyn Database,
    format: Format,
    registry: &Registry,
    dialect: Dialect,
) -> Result<Vec<RegistryRow>, ForeignState> {
    match database.query(&format.query(dialect, registry), usize::MAX) {
        Ok(rows) => Ok(rows.rows),
        Err(DatabaseError::Server(error)) if is_no_table(&error) => {
            let table = qualified(registry.schema.as_deref(), &registry.table, dialect);
            Err(ForeignState::NoTable { tool: format.name(), table })
        }
        Err(error) => Err(error.into()),
    }
}

/// PostgreSQL's `undefined_table`, `invalid_schema_name`; MySQL's `ER_NO_SUCH_TABLE`, `ER_BAD_DB_ERROR`; SQLite has only words.
fn is_no_table(error: &crate::database::ServerError) -> bool {
    matches!(error.sqlstate.as_deref(), Some("42P01" | "3F000"))
        || (error.sqlstate.is_some() && matches!(error.number, Some(1146 | 1049)))
        || error.message.contains("no such table")
}

/// The version rows that the tool's rows mean: the newest of what is applied.
///
/// # Errors
/// Something failed, is unknown, or has a gap below it.
pub fn foreign_heads(history: &History, format: Format, rows: &[RegistryRow]) -> Result<Vec<RevisionId>, ForeignState> {
    let known: Vec<RevisionId> = history.entries.iter().map(|entry| entry.header.revision.clone()).collect();
    let applied = format.applied(rows, &known)?;
    let said: BTreeSet<&str> = applied.iter().map(RevisionId::as_str).collect();
    let mut needed: BTreeSet<&str> = BTreeSet::new();
    for id in &applied {
        let Some(node) = history.graph.get(id.as_str()) else { continue };
        let needs =
            node.down_revisions.iter().map(RevisionId::as_str).chain(node.depends_on.iter().map(String::as_str));
        for need in needs {
            if !said.contains(need) {
                let missing = RevisionId::from_row(need);
                return Err(ForeignState::Gap { tool: format.name(), applied: id.clone(), missing });
            }
            needed.insert(need);
        }
    }
    let mut heads: Vec<RevisionId> = applied.iter().filter(|id| !needed.contains(id.as_str())).cloned().collect();
    heads.sort();
    Ok(heads)
}

/// Whether the service's own rows let it be stamped so.
///
/// # Errors
/// [`ForeignState::Elsewhere`].
pub fn fits(format: Format, rows: &[RevisionId], said: &[RevisionId]) -> Result<(), ForeignState> {
    if rows.is_empty() || rows == said {
        return Ok(());
    }
    Err(ForeignState::Elsewhere { tool: format.name(), rows: rows.to_vec(), said: said.to_vec() })
}
