//! Generated statements straight to a database, without a revision: for development databases. Call these with the
//! lock held.

use crate::database::statements::companions;
use crate::database::{Database, DatabaseError};
use crate::schema::Script;
use crate::sql::{Dialect, qualified};

/// A statement that the server refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{error}")]
pub struct Refused {
    /// The statement.
    pub sql: String,
    /// How many statements stay.
    pub applied: usize,
    /// What the server said.
    pub error: DatabaseError,
}

/// Runs all statements, each part in a transaction where it can be in one. Returns how many.
///
/// # Errors
/// [`Refused`]; what earlier parts did stays, and on MySQL what earlier statements did.
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
                    // The failure is what counts.
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

/// Drops version table, journal and snapshot. (The lease, where there is one, is held.)
///
/// # Errors
/// When the server refuses or the connection breaks.
pub fn drop_own_tables(database: &mut dyn Database) -> Result<(), DatabaseError> {
    let dialect = database.server().dialect;
    let table = database.resolve_version_table()?;
    let quiet = if dialect == Dialect::Postgres { "SET client_min_messages = warning; " } else { "" };
    let lease = format!("{}_lock", table.name);
    for own in companions(&table).into_iter().filter(|own| own.name != lease) {
        let name = qualified(own.schema.as_deref(), &own.name, dialect);
        database.execute(&format!("{quiet}DROP TABLE IF EXISTS {name}"))?;
    }
    Ok(())
}
