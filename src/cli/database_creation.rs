//! Creation of a service's database where it is missing (`--create-database`).

use clap::Args;

use super::connection_prefetch::{self, ConnectionResult};
use super::report::CommandError;
use super::surroundings::environment;
use crate::config::Service;
use crate::database::DatabaseError;
use crate::drivers;
use crate::sql::{ConnectRefusal, advice_of_all};

/// Option for the creation of missing databases.
#[derive(Debug, Clone, Copy, Default, Args)]
pub struct CreateDatabase {
    /// Create the database first if it does not exist (SQLite: the folders of its file too)
    #[arg(long)]
    pub create_database: bool,
}

impl CreateDatabase {
    /// Refuses the option for a command that only prints what it would do.
    pub fn refuse_preview(self, is_preview: bool) -> Result<(), CommandError> {
        match self.create_database && is_preview {
            true => Err(CommandError::usage("--create-database is for a real run: --dry-run and --sql change nothing")),
            false => Ok(()),
        }
    }
}

/// Creates the service's database. Returns `false` if it existed.
///
/// # Errors
/// If there is no usable URL, the server cannot be reached, or it refuses the statement.
pub fn create(service: &Service) -> Result<bool, DatabaseError> {
    let url = service.url()?;
    drivers::driver(url.dialect())?.create_database(url, &environment)
}

/// Connects to the service's database; creates it first if it is missing. Returns `true` if it was created.
///
/// # Errors
/// As [`connection_prefetch::connect`] and [`create`].
pub fn connect_or_create(service: &Service, first: ConnectionResult) -> (bool, ConnectionResult) {
    // SQLite creates its file by itself, but not the folder.
    let is_file = service.dialect().is_some_and(|dialect| dialect.rules().is_file());
    match first {
        Ok(database) if !is_file => (false, Ok(database)),
        Err(error) if !is_file && !is_missing(&error) => (false, Err(error)),
        _ => match create(service) {
            Ok(created) => (created, connection_prefetch::connect(service)),
            Err(error) => (false, Err(error)),
        },
    }
}

/// Returns `true` if the error may be that the database does not exist.
pub fn is_missing(error: &DatabaseError) -> bool {
    let DatabaseError::Connect { sqlstate: Some(sqlstate), .. } = error else { return false };
    let refusal = advice_of_all(|rules| rules.connect_refusal(sqlstate)).next();
    matches!(refusal, Some(ConnectRefusal::NoDatabase))
}
