//! Library interface, with which a Rust program migrates its own databases.
//!
//! [`Migrator`] provides the operations of the command line, on the services of a config file or on revisions that are
//! [compiled into the program](crate::embed). It never prints, never prompts and never ends the process. Progress is
//! reported to an observer; the result is a [`Report`] or an [`Error`].
//!
//! - Several copies of a program may start at once. The first one to acquire the lock, which is the same as that of the
//!   command line, applies the revisions. The others wait for it and then have nothing to do.
//! - Each request runs on a thread of its own and blocks the caller until it is done, so it may be called from
//!   anywhere. In an asynchronous program, call it where blocking is allowed, such as in Tokio's `spawn_blocking`.
//!   Signal handlers, environment variables and the runtime of the program are not touched.
//!
//! This module must not depend on the command line.

mod advice;
mod embedded;
mod error;
mod on;
mod report;
mod session;
mod watcher;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use session::{MigratorSession, run_target};
use watcher::{RunObserver, Seen};

use crate::config::{Config, EnvFileVariables, Service};
use crate::database::{BorrowedConnection, StopSignal};
use crate::graph::Operation;
use crate::id::RevisionId;
use crate::project::{self, History};

pub use crate::engine::{Event, Observer};
pub use crate::revision::Phase;
pub use embedded::Embedded;
pub use error::{Error, Stopped};
pub use on::On;
pub use report::{Report, ServiceReport, Status, StepReport};

/// Default time to wait for the lock while another runner holds it.
const LOCK_TIMEOUT: Duration = Duration::from_secs(60);
/// Default number of services that run in parallel.
const JOBS: usize = 4;

/// Migrates the databases of one or more services.
///
/// Settings are methods that can be chained. A migrator can be used for any number of requests, each of which opens
/// its own connections; clones share the loaded revisions.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = tempfile::tempdir()?;
/// # let url = format!("sqlite:{}", folder.path().join("auth.db").display());
/// use aludel::{Migrator, embed};
///
/// let migrator = Migrator::embedded(embed!("revisions/auth").url(url))?;
/// let report = migrator.upgrade("head")?;
/// for (service, step) in report.steps() {
///     println!("{service}: {} {}", step.revision, step.message);
/// }
/// assert!(migrator.upgrade("head")?.is_empty());
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Migrator {
    histories: Vec<Arc<History>>,
    only: Option<Vec<String>>,
    variables: BTreeMap<String, String>,
    environment: EnvironmentLookup,
    options: Options,
    watcher: RunObserver,
}

type EnvironmentLookup = Arc<dyn Fn(&str) -> Option<String> + Send + Sync>;

/// Settings of a run.
#[derive(Debug, Clone)]
struct Options {
    lock_timeout: Duration,
    jobs: usize,
    single_transaction: bool,
    kill_blockers: bool,
    may_lose_rows: bool,
    phase: Option<Phase>,
}

impl Migrator {
    /// Loads the services of the config file at `path`. `${NAME}` in the config, `PGPASSWORD` and similar variables are
    /// read from the environment of the process. An env file is not read; `url_command` and `password_file` are.
    ///
    /// Reads the header of each revision file now, and the rest of a file when its SQL is needed.
    ///
    /// # Errors
    /// [`Error::Project`] if the config or a revision file is invalid; [`Error::SharedVersionTable`].
    ///
    /// ```
    /// # fn main() -> Result<(), aludel::migrator::Error> {
    /// let migrator = aludel::Migrator::from_config("aludel.yaml")?;
    /// assert!(migrator.services().eq(["auth", "chat2chart"]));
    /// # Ok(())
    /// # }
    /// ```
    pub fn from_config(path: impl AsRef<Path>) -> Result<Self, Error> {
        Self::from_config_in(path, process_environment)
    }

    /// Loads a config like [`Migrator::from_config`], but reads variables from `environment` instead of the process's
    /// environment.
    ///
    /// # Errors
    /// As [`Migrator::from_config`].
    pub fn from_config_in(
        path: impl AsRef<Path>,
        environment: impl Fn(&str) -> Option<String> + Send + Sync + 'static,
    ) -> Result<Self, Error> {
        let flags =
            project::ProjectFlags { config: Some(path.as_ref().to_owned()), ..project::ProjectFlags::default() };
        let config = project::open(&flags, &environment)?;
        let load = |service: &Service| History::load(service).map_err(|error| Error::in_files(&service.name, error));
        let histories = config.services.iter().map(load).collect::<Result<Vec<_>, _>>()?;
        Self::from_histories(histories, Arc::new(environment))
    }

    /// Creates a migrator for one service whose revisions are compiled into the program.
    ///
    /// # Errors
    /// [`Error::Project`] if a revision is invalid or the revisions do not form a graph.
    pub fn embedded(revisions: Embedded) -> Result<Self, Error> {
        Self::embedded_all([revisions])
    }

    /// Creates a migrator for several services whose revisions are compiled into the program. They may depend on one
    /// another.
    ///
    /// # Errors
    /// As [`Migrator::embedded`]; [`Error::SameName`], [`Error::SharedVersionTable`].
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let folder = tempfile::tempdir()?;
    /// # let url = |name: &str| format!("sqlite:{}", folder.path().join(name).display());
    /// use aludel::{Migrator, embed};
    ///
    /// let auth = embed!("revisions/auth").url(url("auth.db"));
    /// let chat = embed!("revisions/chat2chart").url(url("chat.db"));
    /// let report = Migrator::embedded_all([auth, chat])?.upgrade("head")?;
    /// assert_eq!(report.steps().count(), 15);
    /// # Ok(())
    /// # }
    /// ```
    pub fn embedded_all(services: impl IntoIterator<Item = Embedded>) -> Result<Self, Error> {
        let load = |service: Embedded| {
            service.history(&process_environment).map_err(|error| Error::in_files(service.name(), error))
        };
        let services = services.into_iter().map(load);
        Self::from_histories(services.collect::<Result<Vec<_>, _>>()?, Arc::new(process_environment))
    }

    fn from_histories(histories: Vec<History>, environment: EnvironmentLookup) -> Result<Self, Error> {
        let services: Vec<Service> = histories.iter().map(|history| history.service.clone()).collect();
        for (index, service) in services.iter().enumerate() {
            if services.iter().take(index).any(|other| other.name == service.name) {
                return Err(Error::SameName(service.name.clone()));
            }
        }
        let config = Config { path: None, services, env_file: EnvFileVariables::new(), env_file_path: None };
        if let Some((one, other)) = config.shared_version_tables().first() {
            return Err(Error::SharedVersionTable { one: one.name.clone(), other: other.name.clone() });
        }
        Ok(Self {
            histories: histories.into_iter().map(Arc::new).collect(),
            only: None,
            variables: BTreeMap::new(),
            environment,
            options: Options {
                lock_timeout: LOCK_TIMEOUT,
                jobs: JOBS,
                single_transaction: false,
                kill_blockers: false,
                may_lose_rows: false,
                phase: None,
            },
            watcher: RunObserver::default(),
        })
    }

    /// Iterates over the names of all services, in the order of the config.
    pub fn services(&self) -> impl Iterator<Item = &str> {
        self.histories.iter().map(|history| history.service.name.as_str())
    }

    /// Restricts all further requests to these services (default: all).
    ///
    /// # Errors
    /// [`Error::NoSuchService`] if there is no service with one of the names.
    pub fn with_services<N: Into<String>>(mut self, names: impl IntoIterator<Item = N>) -> Result<Self, Error> {
        let names: Vec<String> = names.into_iter().map(Into::into).collect();
        for name in &names {
            if !self.services().any(|service| service == name) {
                let known = self.services().map(str::to_owned).collect();
                return Err(Error::NoSuchService { name: name.clone(), known });
            }
        }
        self.only = Some(names);
        Ok(self)
    }

    /// Sets a variable for templates, where it is available as `x.KEY`.
    #[must_use]
    pub fn variable(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.variables.insert(key.into(), value.into());
        self
    }

    /// Sets the time to wait for the lock while another runner holds it (default: 60 seconds).
    #[must_use]
    pub const fn lock_timeout(mut self, time: Duration) -> Self {
        self.options.lock_timeout = time;
        self
    }

    /// Sets the number of services that run in parallel (default: 4).
    #[must_use]
    pub const fn jobs(mut self, number: usize) -> Self {
        self.options.jobs = number;
        self
    }

    /// Runs all pending revisions of a service in one transaction. MySQL and MariaDB refuse this, because their DDL
    /// statements commit implicitly.
    #[must_use]
    pub const fn single_transaction(mut self, yes: bool) -> Self {
        self.options.single_transaction = yes;
        self
    }

    /// Terminates sessions that hold a lock which a revision waits for. Their uncommitted work is rolled back.
    #[must_use]
    pub const fn kill_blockers(mut self, yes: bool) -> Self {
        self.options.kill_blockers = yes;
        self
    }

    /// Allows downgrades to delete rows permanently. Otherwise such a downgrade is refused with [`Error::DataLoss`].
    #[must_use]
    pub const fn may_lose_rows(mut self, yes: bool) -> Self {
        self.options.may_lose_rows = yes;
        self
    }

    /// Limits upgrades to revisions up to this phase of a deploy: expand, migrate, contract.
    #[must_use]
    pub const fn phase(mut self, phase: Phase) -> Self {
        self.options.phase = Some(phase);
        self
    }

    /// Sets the observer that receives the events of runs. Services run in parallel, so it is called from several
    /// threads at once.
    #[must_use]
    pub fn observer(mut self, observer: impl Observer + Send + 'static) -> Self {
        self.watcher.observer = Some(Arc::new(observer));
        self
    }

    /// Sets a closure as the observer.
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let folder = tempfile::tempdir()?;
    /// # let url = format!("sqlite:{}", folder.path().join("auth.db").display());
    /// use std::sync::{Arc, Mutex};
    ///
    /// use aludel::migrator::Event;
    /// use aludel::{Migrator, embed};
    ///
    /// let seen = Arc::new(Mutex::new(Vec::new()));
    /// let list = Arc::clone(&seen);
    /// let migrator = Migrator::embedded(embed!("revisions/auth").url(url))?.on_event(move |_service, event| {
    ///     if let (Event::Finished { revision, .. }, Ok(mut list)) = (event, list.lock()) {
    ///         list.push(revision.to_string());
    ///     }
    /// });
    /// migrator.upgrade("+1")?;
    /// assert_eq!(*seen.lock().map_err(|_| "poisoned")?, ["506c377ff39d"]);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn on_event(self, see: impl Fn(&str, &Event<'_>) + Send + Sync + 'static) -> Self {
        self.observer(Seen(see))
    }

    /// Sets a function that is called repeatedly during a run. As soon as it returns `true` the run stops; the
    /// statement in progress is rolled back where the database supports that. PostgreSQL may have received further
    /// revisions by then (`pipeline` in [`crate::config::SafetySettings`]); on SQLite small revisions are reported when
    /// they are committed, several at a time (`durable`). The report names all that were applied.
    ///
    /// The library installs no signal handler. To stop at a signal, let the program's handler set a flag that is read
    /// here.
    #[must_use]
    pub fn stop_when(mut self, stop: impl Fn() -> bool + Send + Sync + 'static) -> Self {
        let stop: StopSignal = Arc::new(stop);
        self.watcher.stop = Some(stop);
        self
    }

    /// Uses an open connection of the program for the one selected service, whose URL is then not needed.
    ///
    /// No transaction may be open on the connection. It is used until the request is done; its session settings are
    /// restored afterwards, except the busy handler and the progress handler of an SQLite connection, which cannot be
    /// read.
    ///
    /// On PostgreSQL and MySQL a run can be stopped only between statements, and sessions that block a statement are
    /// not reported, because both would need a second connection.
    ///
    #[cfg_attr(feature = "sqlite", doc = "```")]
    #[cfg_attr(not(feature = "sqlite"), doc = "```ignore")]
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use aludel::crates::rusqlite::Connection;
    /// use aludel::{Migrator, embed};
    ///
    /// let mut connection = Connection::open_in_memory()?;
    /// let migrator = Migrator::embedded(embed!("revisions/auth"))?;
    /// migrator.with_connection(&mut connection).upgrade("head")?;
    /// let users: i64 = connection.query_row("SELECT count(*) FROM users", [], |row| row.get(0))?;
    /// assert_eq!(users, 0);
    /// # Ok(())
    /// # }
    /// ```
    pub fn with_connection<'m, 'c>(&'m self, connection: &'c mut impl BorrowedConnection) -> On<'m, 'c> {
        On { migrator: self, connection }
    }

    /// Applies revisions up to `target` in each selected service. Targets are `head`, a revision id, `LABEL@head`, `+1`
    /// and so on.
    ///
    /// # Errors
    /// If a database cannot be reached, the run is refused, or a revision fails; see [`Error`].
    pub fn upgrade(&self, target: &str) -> Result<Report, Error> {
        self.session().run(&run_target(self, Operation::Upgrade, target))
    }

    /// Reverts revisions down to `target` in each selected service. Targets are `base`, a revision id, `-1` and so on.
    ///
    /// # Errors
    /// As [`Migrator::upgrade`]; [`Error::Service`] if a service has a half-applied revision that cannot be continued
    /// (then nothing is run, unless [`Migrator::may_lose_rows`] is set); [`Error::DataLoss`] if rows would be deleted;
    /// [`Error::ConcurrentChange`] if another runner changed the version table after the downgrade had been checked for data loss.
    pub fn downgrade(&self, target: &str) -> Result<Report, Error> {
        self.session().run(&run_target(self, Operation::Downgrade, target))
    }

    /// Returns the plan of an upgrade to `target` without running it. Changes nothing. Returns the errors of the
    /// upgrade that can be detected in advance.
    ///
    /// # Errors
    /// As [`Migrator::upgrade`].
    pub fn plan(&self, target: &str) -> Result<Report, Error> {
        self.session().plan(&run_target(self, Operation::Upgrade, target))
    }

    /// Returns the plan of a downgrade to `target` without running it. Changes nothing; data loss is not checked.
    ///
    /// # Errors
    /// As [`Migrator::upgrade`].
    pub fn plan_downgrade(&self, target: &str) -> Result<Report, Error> {
        self.session().plan(&run_target(self, Operation::Downgrade, target))
    }

    /// Sets the current revisions of each selected service to `targets` without running any SQL of the revisions.
    ///
    /// # Errors
    /// If a database cannot be reached, its lock is not acquired, or a target cannot be resolved. With several services
    /// all targets are resolved before the first service is stamped. If a service fails after another was stamped,
    /// [`Error::Stopped`] with those that stay stamped.
    pub fn stamp(&self, targets: &[&str]) -> Result<Report, Error> {
        self.session().stamp(targets, false)
    }

    /// Stamps like [`Migrator::stamp`], but first deletes everything from the version table, including ids that no
    /// revision file has.
    ///
    /// # Errors
    /// As [`Migrator::stamp`].
    pub fn stamp_purged(&self, targets: &[&str]) -> Result<Report, Error> {
        self.session().stamp(targets, true)
    }

    /// Reads the state of the database of each selected service. Changes nothing.
    ///
    /// # Errors
    /// If a database cannot be reached or read.
    pub fn status(&self) -> Result<Vec<Status>, Error> {
        self.session().status()
    }

    /// Returns the current revisions of each selected service, by its name. Includes ids that no revision file has.
    ///
    /// # Errors
    /// As [`Migrator::status`].
    pub fn current(&self) -> Result<BTreeMap<String, Vec<RevisionId>>, Error> {
        Ok(self.status()?.into_iter().map(|status| (status.service.clone(), current(status))).collect())
    }

    fn session(&self) -> MigratorSession<'_, 'static> {
        MigratorSession { migrator: self, lent: None }
    }

    fn variable_of_environment(&self, name: &str) -> Option<String> {
        (self.environment)(name)
    }
}

/// Returns all ids in the version table, with or without a revision file, sorted.
fn current(status: Status) -> Vec<RevisionId> {
    let mut rows = status.current;
    rows.extend(status.unknown);
    rows.sort();
    rows
}

fn process_environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
