//! Ways to restore a dump with a database's programs.

use std::path::Path;

use super::dump_error::DumpError;
use super::program::{ProgramCall, ProgramSearch};
use super::{Database, DatabaseError};
use crate::config::DatabaseUrl;

/// Request for the restore of a backup into the database at `url`.
#[derive(Clone, Copy)]
pub struct RestoreRequest<'a> {
    /// Sources of the search for programs.
    pub search: ProgramSearch<'a>,
    /// URL of the database.
    pub url: &'a DatabaseUrl,
    /// Number of connections that restore in parallel.
    pub jobs: usize,
    /// Path of the backup: a file, or a folder of files.
    pub path: &'a Path,
    /// Program that wrote the backup, with its version: `pg_dump 15.8`.
    pub writer: &'a str,
    /// Format of the backup, see [`super::Dumper::dump_formats`].
    pub format: &'a str,
    /// `true` if the backup went through the configured pipe.
    pub piped: bool,
}

/// Database into which a backup is loaded.
#[derive(Debug, Clone, Copy)]
pub struct LoadTarget<'a> {
    /// URL with the address of the server.
    pub url: &'a DatabaseUrl,
    /// Name of the database.
    pub name: &'a str,
}

/// Way in which a backup replaces the contents of a database.
#[derive(Debug)]
pub enum RestoreMethod {
    /// A program restores what it reads from its standard input, in one transaction of its own. It cannot commit before
    /// it has read the last byte.
    OneProgram(ProgramCall),
    /// A program restores the backup with several connections, and therefore without a common transaction.
    Parallel(ParallelRestore),
    /// The database is emptied and loaded by a script in one transaction.
    OneTransaction(TransactionRestore),
    /// The database is emptied and loaded without a common transaction.
    Stepwise(StepwiseRestore),
}

/// Restore with several connections.
#[derive(Debug)]
pub struct ParallelRestore {
    /// Statements that empty the database before.
    pub empty: String,
    /// Program that reads the backup by its path.
    pub program: ProgramCall,
}

/// Restore by a script in one transaction.
#[derive(Debug)]
pub struct TransactionRestore {
    /// Name of the database.
    pub name: String,
    /// Statements that empty the database inside the transaction.
    pub empty: &'static str,
    /// Finds the programs of the script.
    pub script: fn(&mut dyn Database, &RestoreRequest<'_>, &LoadTarget<'_>) -> Result<ScriptLoad, DumpError>,
}

/// Restore by a client that reads the backup as a script, for databases that cannot roll back DDL.
#[derive(Debug)]
pub struct StepwiseRestore {
    /// Client that runs the statements of its standard input.
    pub client: ProgramCall,
    /// Drops everything in the database except the given tables.
    pub empty: fn(&mut dyn Database, &[String]) -> Result<(), DatabaseError>,
}

/// Way in which a backup is loaded into an empty database.
#[derive(Debug)]
pub enum LoadMethod {
    /// A script, in one transaction.
    Script(ScriptLoad),
    /// A client that runs the backup as a script.
    Client(ProgramCall),
}

/// Two programs: one makes a script of the backup, the other one runs it.
#[derive(Debug)]
pub struct ScriptLoad {
    /// Program that writes the script of the backup to its standard output.
    pub writer: ProgramCall,
    /// Source from which the writer reads the backup.
    pub source: ScriptSource,
    /// Filter between the two; `None` if the script is passed on as it is.
    pub filter: Option<Box<dyn ScriptFilter>>,
    /// Client that runs the statements of its standard input.
    pub client: ProgramCall,
}

/// Source from which a program reads a backup.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScriptSource {
    /// Standard input.
    Stdin,
    /// The path of the backup, which is among its arguments.
    Path,
}

/// Filter of a script on its way from one program to another.
pub trait ScriptFilter: std::fmt::Debug {
    /// Filters the next piece of the script. Returns text to pass on first, and the rest of the piece to pass on as it
    /// is.
    fn pass<'p>(&mut self, piece: &'p [u8]) -> (Vec<u8>, &'p [u8]);

    /// Returns the text to pass on at the end of the script.
    fn finish(&mut self) -> Vec<u8>;
}

/// Quick test of a new backup.
#[derive(Debug)]
pub enum RestoreTrial {
    /// The whole backup is read, and the first statements of its script are run.
    Script {
        /// Program that reads the backup by its path and writes its script without rows to its standard output.
        writer: ProgramCall,
        /// Runs the statements in the head of the script that begins with the given text, and rolls them back.
        run_head: fn(&mut dyn Database, &str) -> Result<(), DatabaseError>,
    },
    /// The client runs the head of the backup in the current database.
    Client {
        /// Client that runs the statements of its standard input.
        client: ProgramCall,
        /// Returns the length in bytes of the head of a backup that begins with the given bytes: comments and settings.
        head_length: fn(&[u8]) -> u64,
    },
}
