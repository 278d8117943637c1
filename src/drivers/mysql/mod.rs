//! MySQL 8 and later, MariaDB 10.6 and later. The driver `mysql` is used in this folder only.
//!
//! The session is set up like that of the `mariadb` shell: `SET NAMES utf8mb4`, autocommit, a COMMIT that ends nothing
//! but its transaction, otherwise the server's defaults. (The driver's CLIENT_FOUND_ROWS stays off, so that `ROW_COUNT()` in a revision returns the same as in the
//! shell.)

mod address;
mod borrowed;
mod catalog;
mod driver;
mod dump;
mod dump_program;
mod errors;
mod grants;
mod health;
mod interrupt;
mod journal_ahead;
mod lease;
mod lifecycle;
mod lock;
mod message;
mod metadata_locks;
mod monitor;
mod observe;
mod other_sessions;
mod own_state;
mod privileges;
mod read;
mod read_only;
mod readable;
mod replication;
mod restore;
mod run;
mod scratch;
mod session;
mod table_sizes;
mod timeouts;
mod transaction_effect;
mod trial_undo;
mod verify;

pub use driver::MysqlDriver;

use std::sync::Arc;
use std::time::{Duration, Instant};

use mysql::{Conn, DriverError, OptsBuilder};

use self::address::{MysqlAddress, MysqlSslMode};
use self::borrowed::MysqlConnection;
use self::catalog::FollowedCatalog;
use self::errors::{TABLE_ACCESS_DENIED, code, database_error, plain};
use self::interrupt::{Interrupter, Interrupts, SERVER_NAME};
use self::journal_ahead::Announced;
use self::lease::{MysqlLease, READ_AFTER_ALL, READ_CURRENT_ROWS};
use self::monitor::MysqlMonitor;
use self::own_state::OwnSessionState;
use self::session::{MysqlSessionSettings, StatementOutcome, send, send_and_drop, value};
use self::timeouts::SessionTimeouts;
use crate::config::DatabaseUrl;
use crate::database::definition::add_definition;
use crate::database::journal::{self, create_journal};
use crate::database::lease::Lease;
use crate::database::session::{Opener, Session};
use crate::database::statements::create_version_table;
use crate::database::{
    Database, DatabaseError, HistoryState, JournalRow, LockAttempt, ManualEntry, QueryRows, ReadOnlyServer,
    RevisionExecution, RevisionSession, RunFailure, Server, ServerError, SessionMonitor, StopSignal, StringRule,
    TextRows, Timeouts, VersionTable,
};
use crate::dialects::mysql::flavour::MysqlFlavour;
use crate::sql::{CatalogObject, Dialect, quote_identifier};

/// Connection to a MySQL or MariaDB server.
struct Mysql<'c> {
    conn: MysqlConnection<'c>,
    /// Always with its schema, because a revision may `USE` another database.
    table: VersionTable,
    server: Server,
    flavour: MysqlFlavour,
    max_packet: usize,
    lock: String,
    /// Original settings of the session; read before the first unit that changes settings.
    settings: Option<MysqlSessionSettings>,
    /// Opens further connections; `None` for a program's connection, whose parameters are not known.
    opener: Option<Opener>,
    timeouts: Timeouts,
    session_timeouts: SessionTimeouts,
    /// The lease, if the lock is one.
    lease: Option<Lease>,
    /// State that was read ahead of its use.
    prefetched: Option<HistoryState>,
    /// Unit that the journal announces ahead of its start.
    announced: Option<Announced>,
    /// Display names and openers of the replicas whose lag is monitored.
    replicas: Vec<(String, Opener)>,
    warnings: Vec<String>,
    has_no_escapes: bool,
    /// The server's name, see [`SERVER_NAME`].
    server_name: String,
    /// Stops statements; made when the first unit runs that may be stopped.
    interrupter: Option<Interrupter>,
    /// Contents of the catalog at the last [`crate::database::CatalogReader::catalog_mark`].
    followed: Option<FollowedCatalog>,
}

/// Connects to `mysql://user:password@host:port/database`; parameters are `ssl-mode`, `ssl-ca`, `ssl-cert`, `ssl-key`, `socket`,
/// `connect_timeout` (seconds) and `charset`. Without a password in the URL, `MYSQL_PWD` is it.
///
/// # Errors
/// [`DatabaseError::Url`] and [`DatabaseError::Connect`]; neither contains the password.
pub fn open(
    url: &DatabaseUrl,
    table: &VersionTable,
    application_name: &str,
    environment: &dyn Fn(&str) -> Option<String>,
) -> Result<Box<dyn Database>, DatabaseError> {
    let address = MysqlAddress::new(url, environment)?;
    if address.database.is_empty() && table.schema.is_none() {
        return Err(DatabaseError::Url("the URL names no database (mysql://user@host/DATABASE)".to_owned()));
    }
    let mut conn = connect(&address.with_login(&*url.current()?), application_name, None)?;
    let greeting = greet(&mut conn)?;
    let opener = opener(address, url.clone(), application_name);
    Ok(Box::new(Mysql::new(MysqlConnection::Own(conn), greeting, Some(opener), table)))
}

/// Returns an opener for further connections with the same program name.
fn opener(address: MysqlAddress, url: DatabaseUrl, application_name: &str) -> Opener {
    let name = application_name.to_owned();
    Arc::new(move |deadline| {
        let mut conn = connect(&address.with_login(&*url.current()?), &name, Some(deadline))?;
        greet(&mut conn)?;
        Ok(Box::new(Second(conn)))
    })
}

/// Secondary connection.
struct Second(Conn);

impl Session for Second {
    fn run_query(&mut self, sql: &str) -> Result<Vec<TextRows>, DatabaseError> {
        let outcomes = send(&mut self.0, sql).map_err(|failed| database_error(&failed.error))?;
        Ok(outcomes.iter().map(StatementOutcome::texts).collect())
    }
}

/// Warning for a node of a cluster if the lock is `GET_LOCK`'s.
const NODE: &str = "the server is a node of a Galera cluster, and the runners' lock (GET_LOCK) holds on one node \
                    only: if runners use several nodes, set `lock: lease` in the config";

fn connect(address: &MysqlAddress, application_name: &str, deadline: Option<Duration>) -> Result<Conn, DatabaseError> {
    address.check_files()?;
    let attempt = |with_tls: bool| {
        let options = OptsBuilder::from_opts(address.options(application_name, with_tls));
        Conn::new(options.read_timeout(deadline).write_timeout(deadline))
    };
    let connected = match attempt(true) {
        Err(mysql::Error::DriverError(DriverError::TlsNotSupported)) if address.ssl_mode == MysqlSslMode::Preferred => {
            attempt(false)
        }
        other => other,
    };
    connected.map_err(|error| {
        let sqlstate = errors::server_error(&error).sqlstate;
        DatabaseError::Connect { message: plain(&error), sqlstate }
    })
}

/// Properties of the server and the session.
struct Greeting {
    server: Server,
    database: Option<String>,
    max_packet: usize,
    /// True if the server is a node of a Galera cluster.
    is_node: bool,
    /// True if `sql_mode` contains NO_BACKSLASH_ESCAPES.
    has_no_escapes: bool,
    server_name: String,
}

/// Settings of every session.
const SESSION: &str = "SET NAMES utf8mb4; SET autocommit = 1, completion_type = 0";

/// Sets up the session and queries the server's properties in one round trip.
fn greet(conn: &mut Conn) -> Result<Greeting, DatabaseError> {
    let sql = format!(
        "{SESSION}; SELECT VERSION(), DATABASE(), @@max_allowed_packet, @@sql_mode, {SERVER_NAME}; \
         SHOW VARIABLES LIKE 'wsrep_on'"
    );
    let outcomes = send(conn, &sql).map_err(|failed| database_error(&failed.error))?;
    let row = outcomes.get(2).and_then(|outcome| outcome.rows.first());
    let wsrep: Option<String> = outcomes.get(3).and_then(|outcome| value(outcome.rows.first()?, 1));
    let version: String = row.and_then(|row| value(row, 0)).unwrap_or_default();
    let flavour = MysqlFlavour::of_server(&version);
    let product = flavour.product().to_owned();
    Ok(Greeting {
        server: Server { dialect: Dialect::MYSQL, flavour: flavour.handle(), product, version },
        database: row.and_then(|row| value(row, 1)),
        max_packet: row.and_then(|row| value(row, 2)).unwrap_or(usize::MAX),
        has_no_escapes: row
            .and_then(|row| value::<String>(row, 3))
            .is_some_and(|mode| mode.split(',').any(|mode| mode == "NO_BACKSLASH_ESCAPES")),
        is_node: wsrep.is_some_and(|on| on == "ON"),
        server_name: row.and_then(|row| value(row, 4)).unwrap_or_default(),
    })
}

impl<'c> Mysql<'c> {
    fn new(conn: MysqlConnection<'c>, greeting: Greeting, opener: Option<Opener>, table: &VersionTable) -> Self {
        let schema = table.schema.clone().or(greeting.database);
        let table = VersionTable { schema, name: table.name.clone() };
        Self {
            conn,
            lock: lock::name(&table),
            table,
            flavour: MysqlFlavour::from_handle(greeting.server.flavour),
            server: greeting.server,
            max_packet: greeting.max_packet,
            settings: None,
            opener,
            timeouts: Timeouts::default(),
            session_timeouts: SessionTimeouts::default(),
            lease: None,
            prefetched: None,
            announced: None,
            replicas: Vec::new(),
            has_no_escapes: greeting.has_no_escapes,
            server_name: greeting.server_name,
            interrupter: None,
            followed: None,
            warnings: if greeting.is_node { vec![NODE.to_owned()] } else { Vec::new() },
        }
    }

    /// Makes what stops statements, unless it is there already or the connection is a program's.
    fn prepare_interrupts(&mut self) {
        if let (None, Some(opener)) = (&self.interrupter, &self.opener) {
            let target = interrupt::InterruptTarget { id: self.conn.connection_id(), server: self.server_name.clone() };
            self.interrupter = Some(Interrupter::start(target, Arc::clone(opener)));
        }
    }

    /// Adds the column that a journal of an earlier version lacks. Without the privilege it stays as it is.
    fn extend_journal(&mut self) -> Result<(), DatabaseError> {
        match send_and_drop(&mut self.conn, &add_definition(Dialect::MYSQL, &self.table)) {
            Err(refused) if code(&refused.error) == Some(TABLE_ACCESS_DENIED) => Ok(()),
            added => added.map_err(|failed| database_error(&failed.error)),
        }
    }

    fn follow(&mut self, sql: &str) {
        if let Some(followed) = &mut self.followed {
            followed.record(sql);
        }
    }

    fn control(&mut self, sql: &str) -> Result<(), DatabaseError> {
        send_and_drop(&mut self.conn, sql).map_err(|failed| database_error(&failed.error))
    }
}

impl Database for Mysql<'_> {
    fn driver(&self) -> &'static dyn crate::database::Driver {
        &MysqlDriver
    }

    fn server(&self) -> &Server {
        &self.server
    }

    fn warnings(&self) -> &[String] {
        &self.warnings
    }

    fn set_lock_timeout(&mut self, time: Duration) {
        if let Some(lease) = &mut self.lease {
            lease.set_lock_timeout(time);
        }
    }

    fn use_lease(&mut self, time: Duration) {
        let Some(opener) = self.opener.clone() else { return };
        self.lease = Some(Lease::new(&MysqlLease, &self.table, opener, time));
        self.warnings.clear();
        // A server without this setting is not part of a cluster.
        let _ = self.control(READ_AFTER_ALL);
        // The same of one without this one.
        let _ = self.control(READ_CURRENT_ROWS);
    }

    fn set_timeouts(&mut self, timeouts: Timeouts) {
        self.timeouts = timeouts;
    }

    fn monitor(&self) -> Option<Box<dyn SessionMonitor>> {
        let id = i64::from(self.conn.connection_id());
        Some(Box::new(MysqlMonitor::new(id, self.opener.clone()?, self.replicas.clone())))
    }

    fn watch_replicas(
        &mut self,
        urls: &[DatabaseUrl],
        environment: &dyn Fn(&str) -> Option<String>,
    ) -> Result<(), DatabaseError> {
        for url in urls {
            let address = MysqlAddress::new(url, environment)?;
            self.replicas.push((url.to_string(), opener(address, url.clone(), "aludel")));
        }
        Ok(())
    }

    fn resolve_version_table(&mut self) -> Result<VersionTable, DatabaseError> {
        Ok(self.table.clone())
    }

    fn has_transactional_ddl(&self) -> bool {
        false
    }

    fn other_string_rule(&self) -> Option<StringRule> {
        self.has_no_escapes.then_some(StringRule {
            setting: "sql_mode = NO_BACKSLASH_ESCAPES",
            instead: "write it without a backslash, CONCAT('...', CHAR(92)), and a quote as ''; or remove \
                      NO_BACKSLASH_ESCAPES from sql_mode",
        })
    }

    fn read_only(&mut self) -> Result<Option<ReadOnlyServer>, DatabaseError> {
        Ok(read_only::read(&mut self.conn, self.flavour))
    }

    fn prefetch_state(&mut self) {
        self.prefetched = self.state().ok();
    }

    fn state(&mut self) -> Result<HistoryState, DatabaseError> {
        if let Some(state) = self.prefetched.take() {
            return Ok(state);
        }
        self.end_statement_timeout();
        read::state(&mut self.conn, &self.table).map_err(|error| database_error(&error))
    }

    fn try_lock(&mut self) -> Result<LockAttempt, DatabaseError> {
        self.prefetched = None;
        if let Some(lease) = &mut self.lease {
            if let LockAttempt::HeldBy(holder) = lease.try_take()? {
                return Ok(LockAttempt::HeldBy(holder));
            }
            let marked = lock::mark_session(&mut self.conn, &self.lock).map_err(|error| database_error(&error))?;
            if marked != LockAttempt::Acquired {
                lease.release()?;
            }
            return Ok(marked);
        }
        lock::attempt(&mut self.conn, &self.lock).map_err(|error| database_error(&error))
    }

    fn unlock(&mut self) -> Result<(), DatabaseError> {
        if let Some(announced) = self.announced.take() {
            // If this fails, the next run queries the catalog, which shows that nothing ran.
            let _ = self.control(&announced.withdrawn(&self.table));
        }
        if let Some(lease) = &mut self.lease {
            // If this fails, the mark (see [`lock::mark_session`]) ends with the connection.
            let _ = lock::release(&mut self.conn, &self.lock);
            return lease.release();
        }
        if lock::release(&mut self.conn, &self.lock).map_err(|error| database_error(&error))? {
            return Ok(());
        }
        let message = "the server reports that the lock was no longer held".to_owned();
        Err(DatabaseError::Server(ServerError { message, ..ServerError::default() }))
    }

    fn ensure_tables(&mut self) -> Result<(), DatabaseError> {
        let version = create_version_table(Dialect::MYSQL, &self.table);
        let journal = create_journal(Dialect::MYSQL, &self.table);
        let columns = read::select_columns(&self.table);
        let made = send(&mut self.conn, &format!("{version}; {journal}; {columns}"));
        let made = made.map_err(|failed| database_error(&failed.error))?;
        if read::keeps_definitions(made.last()) { Ok(()) } else { self.extend_journal() }
    }

    fn begin(&mut self) -> Result<(), DatabaseError> {
        self.control("START TRANSACTION")
    }

    fn commit(&mut self) -> Result<(), DatabaseError> {
        self.control("COMMIT")
    }

    fn rollback(&mut self) -> Result<(), DatabaseError> {
        self.control("ROLLBACK")
    }

    fn execute(&mut self, sql: &str) -> Result<Vec<TextRows>, DatabaseError> {
        self.prefetched = None;
        self.follow(sql);
        self.end_statement_timeout();
        let outcomes = send(&mut self.conn, sql).map_err(|failed| database_error(&failed.error))?;
        Ok(outcomes.iter().map(StatementOutcome::texts).collect())
    }

    fn start_revision<'r>(
        &'r mut self,
        unit: &'r RevisionExecution<'r>,
        signal: Option<StopSignal>,
    ) -> Result<Box<dyn RevisionSession + 'r>, RunFailure> {
        if let Some(refusal) = run::refusal(unit) {
            return Err(refusal);
        }
        self.follow(unit.text);
        let timeouts = self.new_timeouts();
        if signal.is_some() {
            self.prepare_interrupts();
        }
        if unit.has_settings() {
            if self.settings.is_none() {
                let settings = MysqlSessionSettings::read(&mut self.conn);
                self.settings = Some(settings.map_err(|failed| RunFailure::new(run::own_cause(&failed), None))?);
            }
            // All settings will be restored, including the timeouts of the unit.
            self.session_timeouts.forget();
        }
        let Self { conn, table, max_packet, settings, lease, announced, interrupter, .. } = self;
        let interrupts =
            interrupter.as_ref().zip(signal).map(|(interrupter, signal)| Interrupts { interrupter, signal });
        let mut run = run::MysqlRun {
            conn,
            table,
            unit,
            max_packet: *max_packet,
            started: Instant::now(),
            journal: None,
            rolls_back_rows: None,
            timeouts,
            lease: lease.as_ref(),
            announced,
            was_announced: false,
            interrupts,
            settings: settings.as_ref().filter(|_| unit.has_settings()),
            done: unit.skip,
            own: OwnSessionState::new(unit),
        };
        run.take_announced()?;
        Ok(Box::new(run))
    }

    fn remark(&mut self, remark: &ManualEntry<'_>) -> Result<(), DatabaseError> {
        let statements = journal::remark(Dialect::MYSQL, &self.table, remark).join("; ");
        self.control(&format!("START TRANSACTION; {statements}; COMMIT"))
    }

    fn exists(&mut self, object: &CatalogObject) -> Result<Option<bool>, DatabaseError> {
        self.end_statement_timeout();
        read::exists(&mut self.conn, &self.table, object).map_err(|error| database_error(&error))
    }

    fn journal(&mut self, limit: usize) -> Result<Vec<JournalRow>, DatabaseError> {
        read::journal(&mut self.conn, &self.table, limit).map_err(|error| database_error(&error))
    }

    fn query(&mut self, sql: &str, limit: usize) -> Result<QueryRows, DatabaseError> {
        self.end_statement_timeout();
        verify::query(&mut self.conn, sql, limit).map_err(|error| database_error(&error))
    }

    /// COM_RESET_CONNECTION, which leaves the current database (MySQL manual, "mysql_reset_connection()").
    fn renew_session(&mut self) -> Result<bool, DatabaseError> {
        self.conn.reset().map_err(|error| database_error(&error))?;
        (self.settings, self.session_timeouts) = (None, SessionTimeouts::default());
        let home = self.table.schema.as_ref().map(|name| format!("; USE {}", quote_identifier(name, Dialect::MYSQL)));
        self.control(&format!("{SESSION}{}", home.unwrap_or_default()))?;
        Ok(true)
    }
}
