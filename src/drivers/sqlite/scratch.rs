//! Scratch databases in memory and in temporary files.

use std::path::Path;

use super::SqliteDriver;
use crate::config::DatabaseUrl;
use crate::database::session::{first_column, pairs};
use crate::database::{
    Database, DatabaseError, HostSession, ScratchDatabase, ScratchError, ScratchFile, ScratchHost, ScratchRequest,
};
use crate::sql::{Dialect, quote_identifier};

/// Query for the names of up to five objects of the database.
const CONTENTS: &str =
    "SELECT name FROM sqlite_schema WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name LIMIT 5";

impl ScratchHost for SqliteDriver {
    /// Opens a database in memory, because SQLite has no server and creates a file without a session.
    fn open_host(
        &self,
        _url: &DatabaseUrl,
        _application_name: &str,
        environment: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Box<dyn Database>, DatabaseError> {
        super::open(&in_memory(), &self.shadow_table(), environment)
    }

    fn create_scratch<'s>(
        &self,
        session: HostSession<'s>,
        request: &ScratchRequest<'_>,
    ) -> Result<ScratchDatabase<'s>, ScratchError> {
        if request.in_memory {
            return Ok(ScratchDatabase::in_memory(session, in_memory()));
        }
        Ok(ScratchDatabase::in_file(session, ScratchFile::new(request.purpose)?))
    }

    fn can_copy_scratch(&self) -> bool {
        true
    }

    fn forgo_durability(&self, database: &mut dyn Database) -> Result<(), DatabaseError> {
        database.execute("PRAGMA synchronous = OFF").map(drop)
    }

    fn is_same_address(
        &self,
        one: &DatabaseUrl,
        other: &DatabaseUrl,
        _environment: &dyn Fn(&str) -> Option<String>,
    ) -> bool {
        let real = |url: &DatabaseUrl| url.path().map(|path| path.canonicalize().unwrap_or_else(|_| path.to_owned()));
        real(one) == real(other) && one.path().is_some_and(|path| path.as_os_str() != ":memory:")
    }

    fn contents(&self, database: &mut dyn Database) -> Result<Vec<String>, DatabaseError> {
        Ok(first_column(database.execute(CONTENTS)?))
    }

    fn counters(&self, database: &mut dyn Database) -> Result<Vec<(String, String)>, DatabaseError> {
        // The table appears with the first AUTOINCREMENT column.
        if database.execute("SELECT 1 FROM sqlite_schema WHERE name = 'sqlite_sequence'")?.concat().is_empty() {
            return Ok(Vec::new());
        }
        Ok(pairs(database.execute("SELECT name, seq FROM sqlite_sequence")?))
    }

    /// Drops views, then tables with their indexes and triggers. The order of tables does not matter because foreign
    /// keys are not enforced in our connections; virtual tables come first because they drop their shadow tables.
    fn clear(&self, database: &mut dyn Database) -> Result<(), DatabaseError> {
        let list = "SELECT type, name FROM sqlite_schema WHERE type IN ('view', 'table') \
            AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY type DESC, sql LIKE 'CREATE VIRTUAL%' DESC";
        for row in database.execute(list)?.into_iter().next().unwrap_or_default() {
            if let [Some(kind), Some(name)] = row.as_slice() {
                let name = quote_identifier(name, Dialect::SQLITE);
                database.execute(&format!("DROP {kind} IF EXISTS {name}"))?;
            }
        }
        Ok(())
    }
}

fn in_memory() -> DatabaseUrl {
    DatabaseUrl::of_file(Path::new(":memory:"))
}
