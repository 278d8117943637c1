//! aludel for Rust programs: a program that brings its own databases up to date.
//!
//! [`Migrator`] does what the commands of the same names do, on the services of a config file or on revisions that the
//! program [carries in itself](crate::embed). It never prints, never asks and never ends the process; what goes on is told to
//! an observer, what came of it is a [`Report`] or an [`Error`].
//!
//! - Copies of a program that start at once wait for one another: one of them does the work, under the same lock as the
//!   command line's, and the others find nothing to do.
//! - Each request works on a thread of its own and blocks the caller until it is done. So it may be called from
//!   anywhere, also inside an asynchronous runtime (there best from where blocking is allowed, such as Tokio's
//!   `spawn_blocking`), and it leaves signal handlers, the environment and the runtime alone.
//!
//! This module must not know the command line.

mod embedded;
mod error;
mod on;
mod report;
mod session;
mod watcher;
mod words;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use session::{Session, course};
use watcher::{Seen, Watcher};

use crate::config::{Config, Service};
use crate::database::{Lend, StopSignal};
use crate::graph::Operation;
use crate::id::RevisionId;
use crate::project::{self, History};

pub use crate::engine::{Event, Observer};
pub use crate::revision::Phase;
pub use embedded::Embedded;
pub use error::{Error, Stopped};
pub use on::On;
pub use report::{Report, ServiceReport, Status, StepReport};

/// How long another runner is waited for, when nothing else is said.
const LOCK_TIMEOUT: Duration = Duration::from_secs(60);
/// How many services run at the same time, when nothing else is said.
const JOBS: usize = 4;

/// Moves the databases of one service or several.
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
    environment: Environment,
    options: Options,
    watcher: Watcher,
}

type Environment = Arc<dyn Fn(&str) -> Option<String> + Send + Sync>;

/// How runs are done.
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
    /// The services of the config file at `path`. `${NAME}` in it, `PGPASSWORD` and the like come from the process's environment.
    /// The headers of the revision files are read now, the rest of a file when its SQL is needed.
    ///
    /// # Errors
    /// [`Error::Project`] when the config or a revision file is wrong; [`Error::SharedVersionTable`].
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

    /// The same, asking `environment` instead of the process's.
    ///
    /// # Errors
    /// As [`Migrator::from_config`].
    pub fn from_config_in(
        path: impl AsRef<Path>,
        environment: impl Fn(&str) -> Option<String> + Send + Sync + 'static,
    ) -> Result<Self, Error> {
        let flags = project::Flags { config: Some(path.as_ref().to_owned()), ..project::Flags::default() };
        let config = project::open(&flags, &environment)?;
        let histories = config.services.iter().map(History::load).collect::<Result<Vec<_>, _>>()?;
        Self::of(histories, Arc::new(environment))
    }

    /// One service whose revisions are in the program.
    ///
    /// # Errors
    /// [`Error::Project`] when a revision is wrong, or they are no graph.
    pub fn embedded(revisions: Embedded) -> Result<Self, Error> {
        Self::embedded_all([revisions])
    }

    /// Several services whose revisions are in the program, which may depend on one another.
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
        let services = services.into_iter().map(|service| service.history(&process_environment));
        Self::of(services.collect::<Result<Vec<_>, _>>()?, Arc::new(process_environment))
    }

    fn of(histories: Vec<History>, environment: Environment) -> Result<Self, Error> {
        let services: Vec<Service> = histories.iter().map(|history| history.service.clone()).collect();
        for (index, service) in services.iter().enumerate() {
            if services.iter().take(index).any(|other| other.name == service.name) {
                return Err(Error::SameName(service.name.clone()));
            }
        }
        let config = Config { path: None, services };
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
            watcher: Watcher::default(),
        })
    }

    /// The names of the services, in the order of the config.
    pub fn services(&self) -> impl Iterator<Item = &str> {
        self.histories.iter().map(|history| history.service.name.as_str())
    }

    /// From now on only these services are meant; without this, all are.
    ///
    /// # Errors
    /// [`Error::NoSuchService`].
    pub fn only<N: Into<String>>(mut self, names: impl IntoIterator<Item = N>) -> Result<Self, Error> {
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

    /// A variable for templates, there as `x.KEY`.
    #[must_use]
    pub fn variable(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.variables.insert(key.into(), value.into());
        self
    }

    /// How long to wait while another runner holds the lock: a minute without this.
    #[must_use]
    pub const fn lock_timeout(mut self, time: Duration) -> Self {
        self.options.lock_timeout = time;
        self
    }

    /// How many services run at the same time: four without this.
    #[must_use]
    pub const fn jobs(mut self, number: usize) -> Self {
        self.options.jobs = number;
        self
    }

    /// One transaction for everything pending, where the database can (not MySQL and MariaDB).
    #[must_use]
    pub const fn single_transaction(mut self, yes: bool) -> Self {
        self.options.single_transaction = yes;
        self
    }

    /// Ends the sessions that hold what a revision waits for. They lose what they have not committed.
    #[must_use]
    pub const fn kill_blockers(mut self, yes: bool) -> Self {
        self.options.kill_blockers = yes;
        self
    }

    /// Lets downgrades lose rows for good; without this they are refused when they would ([`Error::Loses`]).
    #[must_use]
    pub const fn may_lose_rows(mut self, yes: bool) -> Self {
        self.options.may_lose_rows = yes;
        self
    }

    /// Upgrades go only as far as this phase of a deploy.
    #[must_use]
    pub const fn phase(mut self, phase: Phase) -> Self {
        self.options.phase = Some(phase);
        self
    }

    /// Who sees what goes on. Services run side by side, so it is told from several threads at once.
    #[must_use]
    pub fn observer(mut self, observer: impl Observer + Send + 'static) -> Self {
        self.watcher.observer = Some(Arc::new(observer));
        self
    }

    /// The same as a closure.
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

    /// Asked again and again while a run goes on: `true` stops it, with what is under way rolled back where the database can.
    /// Signals are the program's own: its handler may set what is asked here.
    #[must_use]
    pub fn stop_when(mut self, stop: impl Fn() -> bool + Send + Sync + 'static) -> Self {
        let stop: StopSignal = Arc::new(stop);
        self.watcher.stop = Some(stop);
        self
    }

    /// The same on a connection that the program has open, for the one service that is chosen; the URL is not needed then.
    ///
    /// The connection is used until the request is done, and set to what it was set to before. What a statement's blockers are
    /// is not told, and a run is stopped between statements only: both would need a second connection (not so on SQLite).
    ///
    #[cfg_attr(feature = "sqlite", doc = "```")]
    #[cfg_attr(not(feature = "sqlite"), doc = "```ignore")]
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use aludel::drivers::rusqlite::Connection;
    /// use aludel::{Migrator, embed};
    ///
    /// let mut connection = Connection::open_in_memory()?;
    /// let migrator = Migrator::embedded(embed!("revisions/auth"))?;
    /// migrator.on(&mut connection).upgrade("head")?;
    /// let users: i64 = connection.query_row("SELECT count(*) FROM users", [], |row| row.get(0))?;
    /// assert_eq!(users, 0);
    /// # Ok(())
    /// # }
    /// ```
    pub fn on<'m, 'c>(&'m self, connection: &'c mut impl Lend) -> On<'m, 'c> {
        On { migrator: self, connection }
    }

    /// Brings the databases up to `target`: `head`, an id, `LABEL@head`, `+1` and so on, in each of the chosen services.
    ///
    /// # Errors
    /// When a service cannot be asked, what it is asked for is refused, or a revision fails; see [`Error`].
    pub fn upgrade(&self, target: &str) -> Result<Report, Error> {
        self.session().run(&course(self, Operation::Upgrade, target))
    }

    /// Takes the databases down to `target`: `base`, an id, `-1` and so on.
    ///
    /// # Errors
    /// As [`Migrator::upgrade`]; [`Error::Loses`], and [`Error::Moved`] when somebody else changes meanwhile what was found to
    /// lose nothing.
    pub fn downgrade(&self, target: &str) -> Result<Report, Error> {
        self.session().run(&course(self, Operation::Downgrade, target))
    }

    /// What an upgrade to `target` would do. Changes nothing; what it would refuse is refused here.
    ///
    /// # Errors
    /// As [`Migrator::upgrade`].
    pub fn plan(&self, target: &str) -> Result<Report, Error> {
        self.session().plan(&course(self, Operation::Upgrade, target))
    }

    /// What a downgrade to `target` would do. Changes nothing.
    ///
    /// # Errors
    /// As [`Migrator::upgrade`].
    pub fn plan_downgrade(&self, target: &str) -> Result<Report, Error> {
        self.session().plan(&course(self, Operation::Downgrade, target))
    }

    /// Sets the version rows to `targets` without running anything.
    ///
    /// # Errors
    /// When a service cannot be asked, or a target means nothing.
    pub fn stamp(&self, targets: &[&str]) -> Result<Report, Error> {
        self.session().stamp(targets, false)
    }

    /// The same, after forgetting all version rows: also those that no revision explains.
    ///
    /// # Errors
    /// As [`Migrator::stamp`].
    pub fn stamp_purged(&self, targets: &[&str]) -> Result<Report, Error> {
        self.session().stamp(targets, true)
    }

    /// Where each database is. Changes nothing.
    ///
    /// # Errors
    /// When a database cannot be asked.
    pub fn status(&self) -> Result<Vec<Status>, Error> {
        self.session().status()
    }

    /// The version rows of each service, by its name.
    ///
    /// # Errors
    /// As [`Migrator::status`].
    pub fn current(&self) -> Result<BTreeMap<String, Vec<RevisionId>>, Error> {
        Ok(self.status()?.into_iter().map(|status| (status.service.clone(), current(status))).collect())
    }

    fn session(&self) -> Session<'_, 'static> {
        Session { migrator: self, lent: None }
    }

    fn variable_of_environment(&self, name: &str) -> Option<String> {
        (self.environment)(name)
    }
}

/// All version rows, known or not, in order.
fn current(status: Status) -> Vec<RevisionId> {
    let mut rows = status.current;
    rows.extend(status.unknown);
    rows.sort();
    rows
}

fn process_environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
