//! Runs generated statements directly on a development database, without a revision. Must be called with the lock held.

use crate::database::statements::companions;
use crate::database::{Database, DatabaseError};
use crate::schema::Script;
use crate::sql::qualified;

/// A statement that the server refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{error}")]
pub struct Refused {
    /// The statement.
    pub sql: String,
    /// Number of statements whose effects remain.
    pub applied: usize,
    /// Error of the server.
    pub error: DatabaseError,
}

/// Runs all statements, each part in a transaction if possible. Returns the number of statements.
///
/// # Errors
/// [`Refused`]. The effects of earlier parts remain, on MySQL also those of earlier statements of the part.
pub fn apply(database: &mut dyn Database, script: &Script) -> Result<usize, Refused> {
    let mut applied = 0;
    for part in &script.parts {
        let together = part.transaction && database.has_transactional_ddl();
        let mut done = 0;
        let say = |database: &mut dyn Database, sql: &str, done: usize| {
            let stays = if together { applied } else { applied + done };
            database.execute(sql).map_err(|error| Refused { sql: sql.to_owned(), applied: stays, error })
        };
        if together {
            say(database, "BEGIN", 0)?;
        }
        for statement in &part.statements {
            if let Err(refused) = say(database, &statement.sql, done) {
                if together {
                    // The first error is returned.
                    let _ = database.execute("ROLLBACK");
                }
                return Err(refused);
            }
            done += 1;
        }
        if together {
            say(database, "COMMIT", done)?;
        }
        applied += done;
    }
    Ok(applied)
}

/// Drops the version table, the journal and the snapshot, but not the lease, which is held.
///
/// # Errors
/// When the server refuses or the connection breaks.
pub fn drop_own_tables(database: &mut dyn Database) -> Result<(), DatabaseError> {
    let dialect = database.server().dialect;
    let table = database.resolve_version_table()?;
    let quiet = dialect.rules().without_notices(false);
    let lease = format!("{}_lock", table.name);
    for own in companions(&table).into_iter().filter(|own| own.name != lease) {
        let name = qualified(own.schema.as_deref(), &own.name, dialect);
        database.execute(&format!("{quiet}DROP TABLE IF EXISTS {name}"))?;
    }
    Ok(())
}
