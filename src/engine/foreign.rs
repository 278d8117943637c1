//! Converts the state of another tool's version table to version rows. Writes nothing.

use std::collections::BTreeSet;

use crate::database::{Database, DatabaseError, ErrorKind};
use crate::formats::Format;
use crate::formats::applied::{KnownRevision, Registry, RegistryRow, Unfit};
use crate::id::RevisionId;
use crate::project::History;
use crate::sql::{Dialect, qualified};

/// Reason why another tool's state cannot be adopted.
#[derive(Debug, thiserror::Error)]
pub enum ForeignState {
    /// The database reported an error or could not be reached.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// The tool's version table does not exist.
    #[error("there is no table {table} of {tool}")]
    NoTable {
        /// Name of the tool.
        tool: &'static str,
        /// Name of the table.
        table: String,
    },
    /// Its rows cannot be converted.
    #[error(transparent)]
    Unfit(#[from] Unfit),
    /// A revision is applied, and one that it needs is not.
    #[error("{tool} has applied {applied}, but not {missing}, which comes before it")]
    Gap {
        /// Name of the tool.
        tool: &'static str,
        applied: RevisionId,
        /// The revision that is missing.
        missing: RevisionId,
    },
    /// The service's own version table already has other rows.
    #[error("the version table is at {} already, but {tool} is at {}", shown(rows), shown(said))]
    Elsewhere {
        /// Name of the tool.
        tool: &'static str,
        /// Existing rows.
        rows: Vec<RevisionId>,
        /// Rows that the tool's state corresponds to.
        said: Vec<RevisionId>,
    },
}

fn shown(rows: &[RevisionId]) -> String {
    let rows: Vec<&str> = rows.iter().map(RevisionId::as_str).collect();
    if rows.is_empty() { "base".to_owned() } else { rows.join(", ") }
}

/// Reads all rows of the tool's version table. `database` may be another one than the service's (Sqitch's registry on
/// SQLite).
///
/// # Errors
/// [`ForeignState::NoTable`]; an error of the database.
pub fn foreign_rows(
    database: &mut dyn Database,
    format: Format,
    registry: &Registry,
    dialect: Dialect,
) -> Result<Vec<RegistryRow>, ForeignState> {
    match database.query(&format.query(dialect, registry), usize::MAX) {
        Ok(rows) => Ok(rows.rows),
        Err(DatabaseError::Server(error)) if error.kind == Some(ErrorKind::NoSuchTable) => {
            let table = qualified(registry.schema.as_deref(), &registry.table, dialect);
            Err(ForeignState::NoTable { tool: format.name(), table })
        }
        Err(error) => Err(error.into()),
    }
}

/// Returns the version rows that the tool's rows correspond to: the newest applied revisions.
///
/// # Errors
/// A migration that failed, one without a file, or one that is applied without a revision that it needs.
pub fn foreign_heads(history: &History, format: Format, rows: &[RegistryRow]) -> Result<Vec<RevisionId>, ForeignState> {
    let headers = history.entries.iter().map(|entry| &entry.header);
    let known: Vec<_> =
        headers.map(|header| KnownRevision { id: &header.revision, created: header.created.as_deref() }).collect();
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

/// Checks that the service's version table is empty or agrees, so that it can be stamped with these rows.
///
/// # Errors
/// [`ForeignState::Elsewhere`].
pub fn fits(format: Format, rows: &[RevisionId], said: &[RevisionId]) -> Result<(), ForeignState> {
    if rows.is_empty() || rows == said {
        return Ok(());
    }
    Err(ForeignState::Elsewhere { tool: format.name(), rows: rows.to_vec(), said: said.to_vec() })
}
