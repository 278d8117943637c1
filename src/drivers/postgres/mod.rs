//! PostgreSQL 12 and later. All internal statements use the simple protocol, so that they work behind poolers, and as
//! few messages as possible.
//!
//! Round trips after connecting: two for [`Database::state`] (one if the tables are known), one each for
//! [`Database::try_lock`], [`Database::unlock`], [`Database::ensure_tables`] and a revision in its own transaction.

mod borrowed;
mod cancel;
mod catalog;
mod connect;
mod driver;
mod dump;
mod dump_privileges;
mod dump_program;
mod errors;
mod health;
mod history_tables;
mod languages;
mod lease;
mod lifecycle;
mod lock;
mod message;
mod monitor;
mod observe;
mod other_sessions;
mod password_file;
mod prepared;
mod privileges;
mod read_only;
mod readable;
mod replication;
mod restore;
mod run;
mod scratch;
mod scratch_contents;
mod script_head;
mod service_file;
mod settings;
mod state;
mod table_sizes;
mod target;
mod timeouts;
mod tls;
mod user_files;
mod verifier;
mod verify;
mod version_guard;
mod wire;

pub use driver::PostgresDriver;

use std::collections::VecDeque;
use std::time::Duration;

use self::connect::Recipe;
use self::errors::ConnectionError;
use self::lease::PostgresLease;
use self::monitor::{PostgresMonitor, SessionSelector};
use self::prepared::PreparedState;
use self::run::SentRevision;
use self::settings::ConnectionSettings;
use self::state::TableLookup;
use self::target::UrlParts;
use self::version_guard::Known;
use self::wire::WireConnection;
use crate::config::DatabaseUrl;
use crate::database::journal;
use crate::database::lease::Lease;
use crate::database::monitor::LazySession;
use crate::database::session::DEADLINE;
use crate::database::{
    Database, DatabaseError, HistoryState, JournalRow, LockAttempt, ManualEntry, QueryRows, ReadOnlyServer,
    RevisionExecution, RevisionSession, RunFailure, RunStep, Server, SessionMonitor, StopSignal, StringRule, TextRows,
    Timeouts, VersionTable,
};
use crate::dialects::postgres::flavour::PostgresFlavour;
use crate::sql::{CatalogObject, Dialect};

/// Connection to PostgreSQL for one version table.
pub struct Postgres<'c> {
    link: WireConnection<'c>,
    server: Server,
    /// Version table as configured.
    table: VersionTable,
    /// Location of the tables; `None` until it has been looked up.
    found: Option<TableLookup>,
    known: Known,
    /// State that was read ahead of its use, with the number of round trips after it.
    prefetched: Option<(u64, HistoryState)>,
    shared: SharedTransaction,
    /// Application name if aludel may change it; `None` if the user chose one.
    application_name: Option<String>,
    warnings: Vec<String>,
    /// True if the session that acquired the lock was abandoned, and the lock with it.
    has_left_lock: bool,
    prepared: PreparedState,
    /// Prepared catalog queries; `None` unless the catalog is read repeatedly.
    repeated: Option<catalog::RepeatedQueries>,
    /// Contents of the catalog at the base of [`crate::database::CatalogReader::catalog_mark`].
    followed: catalog::FollowedCatalog,
    /// Revisions that were sent ahead, in order.
    ahead: VecDeque<SentRevision>,
    /// True if a revision was committed whose durability nothing has ensured yet.
    is_undurable: bool,
    timeouts: Timeouts,
    /// Duration of a lease, if the lock is one.
    lease_time: Option<Duration>,
    /// Time that the run waits for its lock.
    lock_timeout: Duration,
    lease: Option<Lease>,
    /// True if plain strings have backslash escapes in this session.
    has_escapes: bool,
}

/// A transaction that writes something, with the session's own `synchronous_commit`: its commit makes all before it
/// durable too, on the standbys that the server waits for as well.
const FLUSH: &str = "SELECT pg_catalog.pg_logical_emit_message(true, 'aludel', '')";

/// State of the transaction that several units share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum SharedTransaction {
    /// No transaction.
    Closed,
    /// Requested: BEGIN will be sent with the next message. Holds the number of version rows at that time.
    Pending(Option<usize>),
    /// Open. Holds the number of version rows before it, for a rollback.
    Open(Option<usize>),
}

/// Opens the database at `url`; see [`Postgres::connect`].
///
/// # Errors
/// As for [`Postgres::connect`].
pub fn open(
    url: &DatabaseUrl,
    table: &VersionTable,
    application_name: &str,
    environment: &dyn Fn(&str) -> Option<String>,
) -> Result<Box<dyn Database>, DatabaseError> {
    Ok(Box::new(Postgres::connect(url, table, application_name, environment)?))
}

impl Postgres<'static> {
    /// Connects as libpq does: `url` in its format, with defaults from `environment` (`PGHOST`, `PGPASSWORD` and so on)
    /// and `~/.pgpass`. `application_name` is used unless the user chose another.
    ///
    /// # Errors
    /// [`DatabaseError::Url`] for an invalid URL, [`DatabaseError::Connect`] if no server accepted the connection.
    pub fn connect(
        url: &DatabaseUrl,
        table: &VersionTable,
        application_name: &str,
        environment: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, DatabaseError> {
        let mut target = UrlParts::from(url);
        service_file::fill_in(&mut target, environment)?;
        let settings = ConnectionSettings::new(&target, environment)?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| DatabaseError::Connect { message: error.to_string(), sqlstate: None })?;
        let chosen = settings.application_name.is_some();
        let recipe = Recipe::new(settings, url, application_name, environment)?;
        let mut connected = recipe.connect(&runtime)?;
        let (warnings, version) = (std::mem::take(&mut connected.warnings), std::mem::take(&mut connected.version));
        let has_escapes = connected.has_escapes;
        let link = WireConnection::new(runtime, recipe, connected);
        let application_name = (!chosen).then(|| application_name.to_owned());
        Ok(Self { warnings, application_name, has_escapes, ..Self::new(link, &version, table) })
    }
}

impl<'c> Postgres<'c> {
    fn new(link: WireConnection<'c>, version: &str, table: &VersionTable) -> Self {
        let version = version.split_whitespace().next().unwrap_or_default().to_owned();
        Self {
            link,
            // An extension is recognized later, when the version table is looked up.
            server: Server {
                dialect: Dialect::POSTGRES,
                flavour: PostgresFlavour::DEFAULT.handle(),
                product: PostgresFlavour::DEFAULT.product().to_owned(),
                version,
            },
            table: table.clone(),
            found: None,
            known: Known::default(),
            prefetched: None,
            shared: SharedTransaction::Closed,
            application_name: None,
            warnings: Vec::new(),
            has_left_lock: false,
            prepared: PreparedState::After(0),
            repeated: None,
            followed: catalog::FollowedCatalog::default(),
            ahead: VecDeque::new(),
            is_undurable: false,
            timeouts: Timeouts::default(),
            lease_time: None,
            lock_timeout: DEADLINE,
            lease: None,
            has_escapes: false,
        }
    }

    /// Returns the number of server responses that were awaited since the connection was opened.
    #[must_use]
    pub const fn round_trips(&self) -> u64 {
        self.link.round_trips()
    }

    fn look_up(&mut self) -> Result<TableLookup, ConnectionError> {
        let results = self.link.run_query(&state::lookup(&self.table))?;
        let found = state::found(&self.table, results.first());
        self.server.flavour = found.flavour.handle();
        if found.flavour.requires_separate_messages() {
            self.link.send_statement_wise();
        }
        self.found = Some(found.clone());
        Ok(found)
    }

    /// Reconnects after the connection got out of step. The lock is lost with the old session.
    fn recover(&mut self) -> Result<(), ConnectionError> {
        self.has_left_lock = self.known.process.take().is_some();
        self.prepared = PreparedState::After(0);
        self.ahead.clear();
        self.link.reconnect()
    }

    fn found(&mut self) -> Result<TableLookup, ConnectionError> {
        match &self.found {
            Some(found) => Ok(found.clone()),
            None => self.look_up(),
        }
    }

    /// Reads the state if the tables are known to exist; `None` if they have to be looked up (again).
    fn read_known(&mut self) -> Result<Option<HistoryState>, ConnectionError> {
        match &self.found {
            Some(found) if found.version_table_exists && found.journal_exists => {
                match state::read(&mut self.link, found) {
                    // undefined_table: it was dropped or moved since the last lookup.
                    Err(trouble) if trouble.sqlstate() == Some("42P01") => Ok(None),
                    result => result.map(Some),
                }
            }
            _ => Ok(None),
        }
    }
}

impl Database for Postgres<'_> {
    fn driver(&self) -> &'static dyn crate::database::Driver {
        &PostgresDriver
    }

    fn server(&self) -> &Server {
        &self.server
    }

    fn warnings(&self) -> &[String] {
        &self.warnings
    }

    fn set_timeouts(&mut self, timeouts: Timeouts) {
        self.timeouts = timeouts;
    }

    fn set_lock_timeout(&mut self, time: Duration) {
        self.lock_timeout = time;
    }

    fn use_lease(&mut self, time: Duration) {
        self.lease_time = Some(time);
    }

    fn monitor(&self) -> Option<Box<dyn SessionMonitor>> {
        let target = match (self.known.process, &self.application_name) {
            (Some(process), _) => SessionSelector::Process(process),
            (None, Some(name)) => SessionSelector::Application(name.clone()),
            (None, None) => return None,
        };
        let session = LazySession::new(self.link.opener()?);
        Some(Box::new(PostgresMonitor { target, session }))
    }

    fn resolve_version_table(&mut self) -> Result<VersionTable, DatabaseError> {
        Ok(self.found()?.table)
    }

    fn other_string_rule(&self) -> Option<StringRule> {
        self.has_escapes.then_some(StringRule {
            setting: "standard_conforming_strings = off",
            instead: "write E'...' where backslashes escape, and a quote as ''; or: ALTER DATABASE ... RESET \
                      standard_conforming_strings",
        })
    }

    fn read_only(&mut self) -> Result<Option<ReadOnlyServer>, DatabaseError> {
        match self.link.run_query(read_only::QUERY) {
            Ok(results) => Ok(read_only::read(results.first())),
            Err(ConnectionError::Server { fatal: false, .. }) => Ok(None),
            Err(lost) => Err(lost.into()),
        }
    }

    fn prefetch_state(&mut self) {
        let state = self.state().ok();
        self.prefetched = state.map(|state| (self.link.round_trips(), state));
    }

    fn state(&mut self) -> Result<HistoryState, DatabaseError> {
        if let Some((round_trips, state)) = self.prefetched.take()
            && round_trips == self.link.round_trips()
        {
            return Ok(state);
        }
        let state = match self.read_known()? {
            Some(state) => state,
            None => {
                let found = self.look_up()?;
                state::read(&mut self.link, &found)?
            }
        };
        self.known.rows = Some(state.rows.len());
        Ok(state)
    }

    fn try_lock(&mut self) -> Result<LockAttempt, DatabaseError> {
        if self.known.process.is_some() {
            return Ok(LockAttempt::Acquired); // held already: a second lock of the same session would need a second unlock
        }
        if let (Some(time), Some(opener)) = (self.lease_time, self.link.opener()) {
            let table = self.found()?.table;
            let lease = self.lease.get_or_insert_with(|| Lease::new(&PostgresLease, &table, opener, time));
            lease.set_lock_timeout(self.lock_timeout);
            return lease.try_take();
        }
        let key = lock::key(&self.found()?.table);
        // The settings of a program's session are not aludel's to change.
        let notice = if self.link.lender().is_some() { "SELECT 1" } else { lock::SET_UP };
        let message = format!("{notice};\n{}", lock::try_lock(key));
        let results = self.link.run_query(&message)?;
        // Result 0 belongs to the set-up.
        self.known.process = lock::taken(results.get(1));
        Ok(match self.known.process {
            Some(_) => LockAttempt::Acquired,
            None => LockAttempt::HeldBy(lock::holder(results.get(2))),
        })
    }

    fn unlock(&mut self) -> Result<(), DatabaseError> {
        if let Some(lease) = &mut self.lease {
            return lease.release();
        }
        if std::mem::take(&mut self.has_left_lock) {
            return Ok(());
        }
        let key = lock::key(&self.found()?.table);
        self.known.process = None;
        let results = self.link.run_query(&format!("SELECT pg_catalog.pg_advisory_unlock({key})"))?;
        let answer = results.first().and_then(|rows| rows.first()).and_then(|row| row.first()).cloned().flatten();
        match answer.as_deref() {
            Some("t") => Ok(()),
            _ => Err(DatabaseError::Server(lock::lost("the lock was no longer held when it was released", None))),
        }
    }

    fn ensure_tables(&mut self) -> Result<(), DatabaseError> {
        self.ensure_history_tables()
    }

    fn begin(&mut self) -> Result<(), DatabaseError> {
        self.shared = SharedTransaction::Pending(self.known.rows);
        Ok(())
    }

    fn commit(&mut self) -> Result<(), DatabaseError> {
        let before = std::mem::replace(&mut self.shared, SharedTransaction::Closed);
        if let SharedTransaction::Open(rows) = before
            && let Err(trouble) = self.link.run_query("COMMIT")
        {
            // The version rows are the ones from before the transaction again.
            self.known.rows = rows;
            return Err(trouble.into());
        }
        Ok(())
    }

    fn rollback(&mut self) -> Result<(), DatabaseError> {
        let before = std::mem::replace(&mut self.shared, SharedTransaction::Closed);
        if let SharedTransaction::Open(rows) = before {
            self.known.rows = rows;
            self.link.run_query("ROLLBACK")?;
        }
        Ok(())
    }

    fn execute(&mut self, sql: &str) -> Result<Vec<TextRows>, DatabaseError> {
        Ok(self.link.run_query(sql)?)
    }

    fn start_revision<'r>(
        &'r mut self,
        unit: &'r RevisionExecution<'r>,
        _signal: Option<StopSignal>,
    ) -> Result<Box<dyn RevisionSession + 'r>, RunFailure> {
        if self.repeated.is_some() {
            self.followed.record(unit.text);
        }
        Ok(Box::new(run::start(self, unit)?))
    }

    fn sends_ahead(&self) -> bool {
        // Behind a pooler (with a lease) the next message may go to another session.
        !self.link.is_statement_wise() && self.lease_time.is_none()
    }

    fn send_ahead(&mut self, unit: &RevisionExecution<'_>, steps: &[RunStep<'_>], wants_times: bool) -> bool {
        if self.repeated.is_some() {
            self.followed.record(unit.text);
        }
        run::send_ahead(self, unit, steps, wants_times)
    }

    fn sent_ahead(&self) -> usize {
        self.ahead.len()
    }

    fn make_durable(&mut self) -> Result<(), DatabaseError> {
        if self.is_undurable {
            self.link.run_query(FLUSH)?;
            self.is_undurable = false;
        }
        Ok(())
    }

    fn remark(&mut self, remark: &ManualEntry<'_>) -> Result<(), DatabaseError> {
        let table = self.found()?.table;
        let statements = journal::remark(Dialect::POSTGRES, &table, remark).join(";\n");
        // The statements of one message are one transaction.
        self.link.run_query(&statements)?;
        Ok(())
    }

    fn exists(&mut self, object: &CatalogObject) -> Result<Option<bool>, DatabaseError> {
        let Some(query) = run::exists(object) else { return Ok(None) };
        let results = self.link.run_query(&query)?;
        let answer = results.first().and_then(|rows| rows.first()).and_then(|row| row.first()).cloned().flatten();
        Ok(answer.map(|answer| answer == "t"))
    }

    fn journal(&mut self, limit: usize) -> Result<Vec<JournalRow>, DatabaseError> {
        let found = self.found()?;
        if !found.journal_exists {
            return Ok(Vec::new());
        }
        Ok(state::journal(&mut self.link, &found, limit)?)
    }

    fn query(&mut self, sql: &str, limit: usize) -> Result<QueryRows, DatabaseError> {
        Ok(verify::query(&mut self.link, sql, limit)?)
    }
}
