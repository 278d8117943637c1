//! Dumps and restores with a database's own programs or API. A driver provides command lines, statements and copies; the
//! files, pipes, checksums and the order of a restore are not its concern.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::dump_error::DumpError;
use super::program::{ProgramCall, ProgramSearch};
use super::restore::{LoadMethod, LoadTarget, RestoreMethod, RestoreRequest, RestoreTrial};
use super::{Database, VersionTable};
use crate::config::DatabaseUrl;

/// Dumps and restores with a database's own programs or API. The defaults are those of a database that cannot be dumped.
pub trait Dumper {
    /// Returns the way in which this database is dumped and restored.
    fn dump_method(&self) -> DumpMethod {
        DumpMethod::Copy(&NoFile)
    }

    /// Returns the formats of its dumps, as recorded with each dump.
    fn dump_formats(&self) -> &'static [&'static str] {
        &[]
    }

    /// Returns the query for schema and name of each ordinary table that a dump contains. The schema is NULL for tables
    /// that are named without one. `None` if there are no dumps.
    fn dumped_tables(&self) -> Option<&'static str> {
        None
    }

    /// Reads the whole content of the current database in a form that can be compared with that of another one.
    ///
    /// # Errors
    /// [`DumpError`] if the server refuses a query, or a program is not found or fails.
    fn read_contents(
        &self,
        _database: &mut dyn Database,
        _request: &ContentsRequest<'_>,
    ) -> Result<DatabaseContents, DumpError> {
        Err(DumpError::InMemory)
    }
}

/// Way in which a database is dumped and restored.
#[derive(Clone, Copy)]
pub enum DumpMethod {
    /// Programs write the contents as a stream or as a folder of files.
    Programs(&'static dyn DumpPrograms),
    /// The file of the database is copied.
    Copy(&'static dyn FileCopier),
}

/// Programs that dump and restore a database.
pub trait DumpPrograms: Sync {
    /// Finds the dump program. Returns its name and version, and problems that would make a dump fail. Read-only.
    ///
    /// # Errors
    /// [`DumpError`] if no program can be used, or the server refuses a query.
    fn check_dump(
        &self,
        database: &mut dyn Database,
        search: &ProgramSearch<'_>,
    ) -> Result<(String, Vec<Obstacle>), DumpError>;

    /// Returns `true` if several connections can dump at once, into a folder of files.
    fn has_parallel_dump(&self) -> bool {
        false
    }

    /// Returns the statements that begin a transaction and return the name of its snapshot, which a dump can share.
    /// `None` if the programs cannot share one.
    fn export_snapshot(&self) -> Option<&'static str> {
        None
    }

    /// Returns the command lines of a dump of the current database.
    ///
    /// # Errors
    /// [`DumpError`] if no program can be used, or the server refuses a query.
    fn dump(&self, database: &mut dyn Database, request: &DumpRequest<'_>) -> Result<ProgramDump, DumpError>;

    /// Returns the way in which a backup replaces the contents of the current database.
    ///
    /// # Errors
    /// [`DumpError`] if no program can be used, or the server refuses a query.
    fn restore(&self, database: &mut dyn Database, request: &RestoreRequest<'_>) -> Result<RestoreMethod, DumpError>;

    /// Returns the way in which a backup is loaded into an empty database.
    ///
    /// # Errors
    /// [`DumpError`] if no program can be used, or the server refuses a query.
    fn load(
        &self,
        database: &mut dyn Database,
        request: &RestoreRequest<'_>,
        target: &LoadTarget<'_>,
    ) -> Result<LoadMethod, DumpError>;

    /// Finds the programs that a restore needs, and returns a quick test of the backup with them. `None` for a backup
    /// that went through a pipe: reversing it may need a key that is not available here.
    ///
    /// # Errors
    /// [`DumpError`] if no program can be used, or the server refuses a query.
    fn try_restore(
        &self,
        database: &mut dyn Database,
        request: &RestoreRequest<'_>,
    ) -> Result<Option<RestoreTrial>, DumpError>;

    /// Returns the sessions that block a program, one line each, if its stderr output `said` shows that it timed out
    /// waiting for a lock. `None` if it failed for another reason.
    fn blocking_sessions(
        &self,
        _database: &mut dyn Database,
        _said: &str,
        _blocked: BlockedProgram,
    ) -> Option<Vec<String>> {
        None
    }
}

/// Copies of whole database files.
pub trait FileCopier: Sync {
    /// Returns the format of the copies, as recorded with each dump.
    fn format(&self) -> &'static str;

    /// Returns the ending of the names of copies.
    fn ending(&self) -> &'static str;

    /// Returns the path of the file of the database at `url`.
    ///
    /// # Errors
    /// [`DumpError::InMemory`].
    fn database_file(&self, url: &DatabaseUrl) -> Result<PathBuf, DumpError>;

    /// Copies the database file `from` over the contents of `to`, which is created if it does not exist. Calls `go_on`
    /// before each step, which returns whether to continue. Returns `false` if the copy was stopped; `to` is unchanged
    /// then.
    ///
    /// # Errors
    /// [`DumpError`] if a file cannot be opened or written, or another program keeps it locked.
    fn copy(
        &self,
        from: &Path,
        to: &Path,
        target: CopyTarget,
        go_on: &mut dyn FnMut(CopyProgress) -> bool,
    ) -> Result<bool, DumpError>;
}

/// Copier for a database without a file: every request fails with [`DumpError::InMemory`].
struct NoFile;

impl FileCopier for NoFile {
    fn format(&self) -> &'static str {
        ""
    }

    fn ending(&self) -> &'static str {
        ""
    }

    fn database_file(&self, _url: &DatabaseUrl) -> Result<PathBuf, DumpError> {
        Err(DumpError::InMemory)
    }

    fn copy(
        &self,
        _from: &Path,
        _to: &Path,
        _target: CopyTarget,
        _go_on: &mut dyn FnMut(CopyProgress) -> bool,
    ) -> Result<bool, DumpError> {
        Err(DumpError::InMemory)
    }
}

/// Target of a copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CopyTarget {
    /// A file that is not used before the copy is complete; the caller syncs it then.
    NewFile,
    /// A database that must have either the old or the new content at any time.
    Database,
}

/// Progress of a copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CopyProgress {
    /// Number of copied pages.
    pub done: u64,
    /// Total number of pages.
    pub all: u64,
    /// True if the next step completes and commits the copy.
    pub ends: bool,
}

/// Kind of program that waits for a lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BlockedProgram {
    /// A dump, which reads tables.
    Dump,
    /// A restore, which replaces tables.
    Restore,
}

/// A problem that would prevent a dump.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Obstacle {
    /// Missing right: `read bot.messages`.
    pub what: String,
    /// Statement that would fix it.
    pub remedy: String,
}

/// Request for a dump of the current database.
#[derive(Clone, Copy)]
pub struct DumpRequest<'a> {
    /// Sources of the search for programs.
    pub search: ProgramSearch<'a>,
    /// URL of the database.
    pub url: &'a DatabaseUrl,
    /// Version table, as configured.
    pub table: &'a VersionTable,
    /// Number of connections that dump in parallel.
    pub jobs: usize,
    /// Name of the snapshot to dump, see [`DumpPrograms::export_snapshot`].
    pub snapshot: Option<&'a str>,
}

/// Command lines of a dump.
#[derive(Debug)]
pub struct ProgramDump {
    /// Program with its version, for the record: `pg_dump 15.8`.
    pub program: String,
    /// Format of the dump, see [`Dumper::dump_formats`].
    pub format: &'static str,
    /// Ending of the name of the file or folder.
    pub ending: &'static str,
    /// Programs to run.
    pub output: DumpOutput,
}

/// Programs of a dump, and what they write.
#[derive(Debug)]
pub enum DumpOutput {
    /// The program writes a folder of files. The path of the folder is to be appended as its last argument.
    Folder(ProgramCall),
    /// The programs write to their standard output.
    Stream(DumpStream),
}

/// Programs that run one after the other and whose outputs, one after the other, are the dump.
#[derive(Debug)]
pub struct DumpStream {
    /// Programs that dump everything but scheduled events.
    pub data: Vec<ProgramCall>,
    /// Program that dumps the scheduled events; runs last. A rehearsal does not load its output, because restored events
    /// would run.
    pub events: Option<ProgramCall>,
    /// `true` if the programs never seek back in their output, so that it may be read while they write it to a file.
    pub only_appends: bool,
}

/// Request for the whole content of a database.
#[derive(Clone, Copy)]
pub struct ContentsRequest<'a> {
    /// Sources of the search for programs.
    pub search: ProgramSearch<'a>,
    /// URL of the database.
    pub url: &'a DatabaseUrl,
    /// Names of tables to leave out.
    pub excluded: &'a [String],
}

/// Content of a database, for comparison with another one of the same kind.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DatabaseContents {
    /// Schema as the database prints it, line by line.
    pub schema: Vec<String>,
    /// Text of the rows of each table.
    pub rows: BTreeMap<String, Vec<String>>,
}
