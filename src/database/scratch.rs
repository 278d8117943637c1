//! Scratch databases: created for a moment, dropped afterwards, on the server of a service's database.
//!
//! The name of a scratch database has a prefix by which leftovers are recognized. The session that creates it holds a
//! lock of that name for as long as the database is in use (for a SQLite file: the lock of a file beside it). If that
//! lock is free and no session is connected to the database, its creator was killed. Such leftovers are dropped before
//! the next scratch database is created.

use super::scratch_database::{HostSession, ScratchDatabase, ScratchError};
use super::{Database, DatabaseError, InstalledExtension, VersionTable};
use crate::config::DatabaseUrl;
use crate::sql::{TableName, quote_identifier};

/// Name of the version table in a shadow.
pub const SHADOW_TABLE: &str = "aludel_shadow";

/// Use of a scratch database; part of its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScratchPurpose {
    /// Replay of a history, or load of a schema.
    Shadow,
    /// Verification of a backup.
    Verify,
}

impl ScratchPurpose {
    /// Prefix of the names of databases.
    #[must_use]
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Shadow => "aludel_shadow_",
            Self::Verify => "aludel_verify_",
        }
    }

    /// Prefix of the names of files.
    #[must_use]
    pub const fn file_prefix(self) -> &'static str {
        match self {
            Self::Shadow => "aludel-shadow-",
            Self::Verify => "aludel-verify-",
        }
    }
}

/// Scratch database to create.
#[derive(Debug, Clone, Copy)]
pub struct ScratchRequest<'a> {
    /// Database on whose server it is created, and whose encoding and locale it gets.
    pub url: &'a DatabaseUrl,
    /// Use of it.
    pub purpose: ScratchPurpose,
    /// `true` if it may be in memory, where other programs cannot open it (SQLite).
    pub in_memory: bool,
    /// Scratch database on the same server whose content it gets ([`ScratchHost::can_copy_scratch`]); no session is
    /// connected to it.
    pub template: Option<&'a str>,
}

/// Transaction in which revisions are tried, and which is rolled back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrialTransaction {
    /// Statements behind each revision that do what its COMMIT and the reset of its settings would.
    pub after_revision: &'static str,
    /// Name of the schema that is the default one.
    pub schema: &'static str,
    /// Values of the counters before the transaction, which no ROLLBACK restores.
    pub counters: Vec<(String, String)>,
    /// Number of transactions that it is nested in.
    pub depth: usize,
}

/// State of a server before a scratch database is created.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ScratchSurvey {
    /// Name of the user, if it lacks the right to create a database. Reported by PostgreSQL only.
    pub refused_user: Option<String>,
    /// Names of the scratch databases that killed processes left behind.
    pub leftovers: Vec<String>,
}

impl ScratchSurvey {
    /// Drops the leftovers. Returns the names of the dropped ones. Another process may be dropping the same ones, so
    /// errors are ignored: what remains is left to the next call.
    pub fn sweep(self, session: &mut dyn Database) -> Vec<String> {
        let dialect = session.server().dialect;
        let is_dropped = |name: &String| {
            session.execute(&format!("DROP DATABASE IF EXISTS {}", quote_identifier(name, dialect))).is_ok()
        };
        self.leftovers.into_iter().filter(is_dropped).collect()
    }
}

/// Properties of a database that its shadows share.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ScratchModel {
    /// Installed extensions in order of creation, without those that every database has.
    pub extensions: Vec<InstalledExtension>,
    /// Text that changes with the encoding, the locale and the settings of the database.
    pub properties: String,
}

/// Schema in an open transaction, in place of a scratch database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScratchSchema {
    /// Name of the schema.
    pub name: String,
    /// All other schemas that users created.
    pub others: Vec<String>,
    /// Statements that restore the state of the session within the transaction.
    pub reset: String,
}

/// Undo of trials in a scratch database, where DDL cannot be rolled back.
pub trait TrialUndo: Send {
    /// Reads the state of the session's database, to which trials are undone. Returns `false` if they could not be.
    ///
    /// # Errors
    /// When the server refuses a statement or the connection breaks.
    fn keep(&mut self, database: &mut dyn Database) -> Result<bool, DatabaseError>;

    /// Undoes all that the session's database has been through since. Returns `false` if that is not possible: the
    /// database must not be used any more.
    ///
    /// # Errors
    /// When the server refuses a statement or the connection breaks. The database must not be used then, either.
    fn undo(&mut self, database: &mut dyn Database) -> Result<bool, DatabaseError>;
}

/// Creation, inspection and clearing of scratch databases. The defaults are those of a database without a server.
pub trait ScratchHost {
    /// Opens a session that can create scratch databases on the server of `url`, whose own database may be missing.
    ///
    /// # Errors
    /// [`DatabaseError::Url`] and [`DatabaseError::Connect`]; neither contains a password.
    fn open_host(
        &self,
        url: &DatabaseUrl,
        application_name: &str,
        environment: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Box<dyn Database>, DatabaseError>;

    /// Reads what must be known before a scratch database is created, in one message.
    ///
    /// # Errors
    /// When the server refuses a statement or the connection breaks.
    fn survey(&self, _session: &mut dyn Database, _purpose: ScratchPurpose) -> Result<ScratchSurvey, DatabaseError> {
        Ok(ScratchSurvey::default())
    }

    /// Creates an empty scratch database.
    ///
    /// # Errors
    /// [`ScratchError::Refused`] if the server refuses to create it; other errors of the session or of files.
    fn create_scratch<'s>(
        &self,
        session: HostSession<'s>,
        request: &ScratchRequest<'_>,
    ) -> Result<ScratchDatabase<'s>, ScratchError>;

    /// Returns `true` if a scratch database can be a copy of another one: of a template on the same server, or with
    /// [`Database::copy`].
    fn can_copy_scratch(&self) -> bool {
        false
    }

    /// Returns `true` if trials are undone without a transaction ([`ScratchHost::trial_undo`]).
    fn can_undo_trials(&self) -> bool {
        false
    }

    /// Returns the undo for a scratch database whose rows are kept in another one, which is empty; `None` where trials
    /// are not undone that way.
    fn trial_undo(&self, _kept: &DatabaseUrl) -> Option<Box<dyn TrialUndo>> {
        None
    }

    /// Opens a transaction in a scratch database, in which revisions are tried and which is rolled back, or, within
    /// such a transaction, `outer`, one that is nested in it; `None` where that would not undo all they do.
    ///
    /// # Errors
    /// When the server refuses a statement or the connection breaks.
    fn begin_trial(
        &self,
        _database: &mut dyn Database,
        _outer: Option<&TrialTransaction>,
    ) -> Result<Option<TrialTransaction>, DatabaseError> {
        Ok(None)
    }

    /// Returns `true` if [`ScratchHost::begin_trial`] opens transactions.
    fn can_roll_back_trials(&self) -> bool {
        false
    }

    /// Rolls back such a transaction.
    ///
    /// # Errors
    /// When the server refuses a statement or the connection breaks.
    fn roll_back_trial(&self, _database: &mut dyn Database, _trial: &TrialTransaction) -> Result<(), DatabaseError> {
        Ok(())
    }

    /// Returns the version table of a shadow, which marks the database as one. A replay writes neither version rows nor
    /// journal.
    fn shadow_table(&self) -> VersionTable {
        VersionTable { schema: None, name: SHADOW_TABLE.to_owned() }
    }

    /// Reads the properties that the shadows of the session's database share, in one message.
    ///
    /// # Errors
    /// When the server refuses a statement or the connection breaks.
    fn model(&self, _database: &mut dyn Database) -> Result<ScratchModel, DatabaseError> {
        Ok(ScratchModel::default())
    }

    /// Creates the schemas that must exist in a shadow before the first revision; `namespace` is that of the version
    /// table.
    ///
    /// # Errors
    /// When the server refuses a statement or the connection breaks.
    fn prepare(&self, _database: &mut dyn Database, _namespace: Option<&str>) -> Result<(), DatabaseError> {
        Ok(())
    }

    /// Makes the session wait for the disk no longer, where it can: nothing in a scratch database has to survive a
    /// crash of the machine. Not called for a database provided by the user, which has to.
    ///
    /// # Errors
    /// When the database refuses a statement or the connection breaks.
    fn forgo_durability(&self, _database: &mut dyn Database) -> Result<(), DatabaseError> {
        Ok(())
    }

    /// Creates an extension. Returns the server's message if it refuses.
    ///
    /// # Errors
    /// When its schema cannot be created or the connection breaks.
    fn create_extension(
        &self,
        _database: &mut dyn Database,
        _extension: &InstalledExtension,
    ) -> Result<Option<String>, DatabaseError> {
        Ok(None)
    }

    /// Opens a transaction with a scratch schema in it, for a user that cannot create databases. `None` if this kind
    /// of database has no such schemas.
    ///
    /// # Errors
    /// When the server refuses a statement or the connection breaks.
    fn begin_scratch_schema(&self, _session: &mut dyn Database) -> Result<Option<ScratchSchema>, DatabaseError> {
        Ok(None)
    }

    /// Reads the last values of sequences and AUTO_INCREMENT, with the names of the sequences or tables. Counters that
    /// were never used may be absent.
    ///
    /// # Errors
    /// When the server refuses a statement or the connection breaks.
    fn counters(&self, _database: &mut dyn Database) -> Result<Vec<(String, String)>, DatabaseError> {
        Ok(Vec::new())
    }

    /// Returns each table of the user, where that takes less than reading the catalog; `None` where it does not.
    ///
    /// # Errors
    /// When the server refuses a statement or the connection breaks.
    fn tables(&self, _database: &mut dyn Database) -> Result<Option<Vec<TableName>>, DatabaseError> {
        Ok(None)
    }

    /// Returns `true` if statements that change the schema may run code of the user: functions, event triggers.
    ///
    /// # Errors
    /// When the server refuses a statement or the connection breaks.
    fn runs_code_with_ddl(&self, _database: &mut dyn Database) -> Result<bool, DatabaseError> {
        Ok(false)
    }

    /// Returns the names of the schemas that users created, without the default one.
    ///
    /// # Errors
    /// When the server refuses a statement or the connection breaks.
    fn user_schemas(&self, _database: &mut dyn Database) -> Result<Vec<String>, DatabaseError> {
        Ok(Vec::new())
    }

    /// Deletes all rows of the tables, whose names are quoted.
    ///
    /// # Errors
    /// When the server refuses a statement or the connection breaks.
    fn delete_rows(&self, database: &mut dyn Database, tables: &[String]) -> Result<(), DatabaseError> {
        for name in tables {
            match database.execute(&format!("DELETE FROM {name}")) {
                // A trigger may refuse the deletion; then the statements are tried with the rows.
                Ok(_) | Err(DatabaseError::Server(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Returns whether two URLs lead to the same database as far as the URLs show it: spelled-out defaults make no
    /// difference.
    fn is_same_address(
        &self,
        one: &DatabaseUrl,
        other: &DatabaseUrl,
        _environment: &dyn Fn(&str) -> Option<String>,
    ) -> bool {
        (one.hosts(), one.database()) == (other.hosts(), other.database())
    }

    /// Returns the query for a text that identifies the session's database across servers: two names of a host, or a
    /// proxy, may lead to the same server. `None` if the address identifies the database.
    fn identity_query(&self) -> Option<&'static str> {
        None
    }

    /// Returns the names of up to five objects of the database, without those of its extensions.
    ///
    /// # Errors
    /// When the server refuses a statement or the connection breaks.
    fn contents(&self, database: &mut dyn Database) -> Result<Vec<String>, DatabaseError>;

    /// Records in a database provided by the user what [`ScratchHost::clear`] has to keep. Its version tables exist.
    ///
    /// # Errors
    /// When the server refuses a statement or the connection breaks.
    fn record_kept(&self, _database: &mut dyn Database) -> Result<(), DatabaseError> {
        Ok(())
    }

    /// Drops everything in the database, except what [`ScratchHost::record_kept`] has recorded.
    ///
    /// # Errors
    /// When the server refuses a statement or the connection breaks.
    fn clear(&self, database: &mut dyn Database) -> Result<(), DatabaseError>;
}
