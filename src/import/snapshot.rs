//! Snapshot of a database for comparison with another of the same kind: its schema as the database prints it, and all
//! rows.

use std::path::Path;

use crate::config::DatabaseUrl;
use crate::database::dump::{ContentsRequest, DatabaseContents};
use crate::database::program::ProgramSearch;
use crate::database::scratch::SHADOW_TABLE;
use crate::database::{self, DatabaseError, VersionTable};
use crate::drivers;

use super::cell::without_times;
use super::error::ImportAlembicError;

/// Source of snapshots.
#[derive(Clone, Copy)]
pub struct SnapshotSource<'a> {
    /// Version table of the service. It and its companion tables are left out.
    pub table: &'a VersionTable,
    /// Dump program named in the config.
    pub program: Option<&'a Path>,
    /// Returns environment variables (`PATH`, `PGPASSWORD`).
    pub environment: &'a dyn Fn(&str) -> Option<String>,
}

/// Contents of a database, comparable with those after another run.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DatabaseSnapshot {
    /// Schema and rows; the rows of each table are sorted by their text.
    pub contents: DatabaseContents,
    /// If `true`, times on the days of the run were removed from the rows.
    pub has_times: bool,
}

/// Takes a snapshot of the database at `url`. Times on `days` are removed from the rows.
///
/// # Errors
/// The database or its dump program refuses.
pub fn snapshot(
    source: &SnapshotSource<'_>,
    url: &DatabaseUrl,
    days: &[String],
) -> Result<DatabaseSnapshot, ImportAlembicError> {
    let SnapshotSource { table, program, environment } = *source;
    let mut database = drivers::open(url, table, "import", environment)?;
    let search = ProgramSearch { configured: program, environment };
    // The version table and the shadow's table, each with its companion tables.
    let own = [table.clone(), VersionTable { schema: None, name: SHADOW_TABLE.to_owned() }];
    let own = own.iter().flat_map(database::statements::companions).map(|table| table.name);
    let excluded: Vec<String> = own.collect();
    let url = url.current().map_err(DatabaseError::from)?;
    let request = ContentsRequest { search, url: &url, excluded: &excluded };
    let mut contents = database.driver().read_contents(&mut *database, &request)?;
    // With --sql Alembic writes four spaces for each tab (callers of `DefaultImpl.static_output`), which makes no
    // difference in a definition.
    contents.schema.iter_mut().for_each(|line| *line = line.replace('\t', "    "));
    let mut has_times = false;
    for rows in contents.rows.values_mut() {
        for row in rows.iter_mut() {
            let (text, found) = without_times(row, days);
            has_times |= found;
            *row = text;
        }
        rows.sort();
    }
    Ok(DatabaseSnapshot { contents, has_times })
}
