//! Context of a command: flags, environment, clock, and the services that they select.

use std::collections::BTreeMap;

use super::connection_prefetch::{self, Ahead, ConnectionResult};
use super::context_hints;
use super::database_creation::{self, CreateDatabase};
use super::global::Global;
use super::output::write_stderr;
use super::report::CommandError;
use super::style;
use super::surroundings::{environment, remember_env_file};
use crate::config::{Config, DatabaseUrl, LockKind, Service};
use crate::database::{self, Database, DatabaseError, HistoryState, VersionTable};
use crate::engine::{self, Changed, EngineError};
use crate::error_code::ErrorCode;
use crate::id::RevisionId;
use crate::project::{self, History, IncludedFiles, ServiceSelection};
use crate::report::engine::changed_line;
use crate::report::services;
use crate::sql::Dialect;

/// Global flags, and access to the services that they select.
pub struct Context<'a> {
    pub global: &'a Global,
    /// Adds a service's name to the commands of a hint.
    name_service: fn(&str, &str) -> String,
    /// Connections started while the services' files are read, for commands that connect to all of them.
    ahead: Option<Ahead>,
    /// True for a command that compares the services' files with what was applied.
    compares_files: bool,
    /// True if a database that does not exist is created.
    creates_databases: bool,
}

impl<'a> Context<'a> {
    pub fn new(global: &'a Global, name_service: fn(&str, &str) -> String) -> Self {
        Self { global, name_service, ahead: None, compares_files: false, creates_databases: false }
    }

    /// Returns the context of a command with other global options.
    pub fn with_options<'b>(&self, global: &'b Global) -> Context<'b> {
        Context::new(global, self.name_service)
    }

    /// Returns the same context for a command that connects to the database of every selected service.
    pub fn connecting(&self) -> Self {
        let creates_databases = self.creates_databases;
        Self { ahead: Some(Ahead::default()), creates_databases, ..Context::new(self.global, self.name_service) }
    }

    /// Returns this context for a command that creates missing databases if `option` is set.
    pub fn creating(&self, option: CreateDatabase) -> Self {
        Self { creates_databases: option.create_database, ..Context::new(self.global, self.name_service) }
    }

    /// Returns the same context for a command that compares the files of all selected services with what was applied:
    /// their texts are kept when they are loaded, so that no file is opened twice.
    pub fn comparing_files(self) -> Self {
        Self { compares_files: true, ..self }
    }

    /// Prints a status line on stderr, unless `--quiet` is set.
    pub fn status(&self, line: &str) {
        if !self.global.quiet {
            write_stderr(line);
        }
    }

    /// Prints a warning on stderr.
    pub fn warn(&self, line: &str) {
        write_stderr(&format!("{} {line}", style::bad("warning:")));
    }

    /// Adds hints from the config to `report` before it is printed, and the service's name to its commands if there are
    /// several services.
    pub fn with_service_hints(&self, mut report: CommandError) -> CommandError {
        // The config may be what the report is about; then it cannot be read here either.
        if let Ok(config) = self.config() {
            let flags = [("url", self.global.url.is_some()), ("revisions", self.global.revisions.is_some())];
            let from_flags: Vec<&str> = flags.into_iter().filter(|(_, given)| *given).map(|(key, _)| key).collect();
            context_hints::add(&mut report.report, &config, &from_flags);
            if config.services.len() > 1 {
                report.report.change_hints(&self.name_service);
            }
        }
        report
    }

    /// Opens the config that the flags and the environment select.
    pub fn config(&self) -> Result<Config, CommandError> {
        let Global { config, url, revisions, service, no_env_file, .. } = self.global;
        let flags = project::ProjectFlags {
            config: config.clone(),
            url: url.clone(),
            revisions: revisions.clone(),
            services: service.clone(),
            env_file: !no_env_file,
        };
        let config = project::open(&flags, &environment)?;
        remember_env_file(&config.env_file);
        Ok(config)
    }

    /// Services selected by `-s` or `--all`, or the only one of the config; `None` if there are several and nothing
    /// selects one.
    fn named(&self, config: &Config) -> Result<Option<Vec<Service>>, CommandError> {
        let Global { service: names, all, url, revisions, .. } = self.global;
        for name in names {
            if !config.services.iter().any(|service| service.name == *name) {
                return Err(no_such_service(name, config));
            }
        }
        let named = |service: &&Service| *all || names.contains(&service.name);
        let chosen: Vec<_> = config.services.iter().filter(named).cloned().collect();
        let several = config.services.len() > 1;
        if (url.is_some() || revisions.is_some()) && several && chosen.len() != 1 {
            return Err(
                CommandError::usage("--url and --revisions are for one service only").hint("name it with -s NAME")
            );
        }
        Ok((!chosen.is_empty() || !several).then(|| if chosen.is_empty() { config.services.clone() } else { chosen }))
    }

    /// Selected services, otherwise all.
    pub fn chosen(&self) -> Result<Vec<Service>, CommandError> {
        let config = self.config()?;
        Ok(self.named(&config)?.unwrap_or_else(|| config.services.clone()))
    }

    /// Loads the services that a command reads: the selected ones, otherwise all.
    pub fn for_reading(&self) -> Result<Vec<History>, CommandError> {
        self.load(&self.chosen()?)
    }

    /// Like [`Context::for_reading`], but each on its own: an error in one service's files does not hide the others.
    pub fn each_for_reading(&self) -> Result<Vec<Result<History, CommandError>>, CommandError> {
        let services = self.chosen()?;
        if let Some(ahead) = &self.ahead {
            ahead.start(&services);
        }
        Ok(services.iter().map(|service| self.load_one(service)).collect())
    }

    /// Loads the services that a command changes: the selected ones, otherwise the one that has all of `symbols`.
    pub fn for_writing(&self, symbols: &[&str]) -> Result<Vec<History>, CommandError> {
        self.named_or_knowing(symbols, "name it with -s NAME, or select all with --all")
    }

    fn named_or_knowing(&self, symbols: &[&str], hint: &str) -> Result<Vec<History>, CommandError> {
        let config = self.config()?;
        refuse_shared_tables(&config)?;
        if let Some(services) = self.named(&config)? {
            return self.load(&services);
        }
        let histories = load(&config.services)?;
        let knows = |history: &History| !symbols.is_empty() && symbols.iter().all(|symbol| history.knows(symbol));
        let names: Vec<_> = histories.iter().map(|history| history.service.name.clone()).collect();
        let mut known: Vec<_> = histories.into_iter().filter(knows).collect();
        if known.len() == 1 {
            return Ok(known);
        }
        known.clear();
        Err(CommandError::usage("which service is meant?").note(format!("services: {}", names.join(", "))).hint(hint))
    }

    /// Loads the histories of exactly these services, and starts their connections if the command connects.
    fn load(&self, services: &[Service]) -> Result<Vec<History>, CommandError> {
        if let Some(ahead) = &self.ahead {
            ahead.start(services);
        }
        services.iter().map(|service| self.load_one(service)).collect()
    }

    fn load_one(&self, service: &Service) -> Result<History, CommandError> {
        let load = if self.compares_files { History::load_with_texts } else { History::load };
        load(service).map_err(|error| CommandError::from(error).of_service(&service.name))
    }

    /// Loads the single service that a new file is for.
    pub fn for_one(&self, symbols: &[&str]) -> Result<History, CommandError> {
        let mut histories = self.named_or_knowing(symbols, "name it with -s NAME")?;
        match (histories.pop(), histories.is_empty()) {
            (Some(history), true) => Ok(history),
            _ => Err(CommandError::usage("this command is for one service at a time").hint("name it with -s NAME")),
        }
    }

    /// Like [`Context::for_one`], but if nothing selects a service, the only one for which `is_meant` returns `true`.
    pub fn for_one_meant(
        &self,
        symbols: &[&str],
        is_meant: impl Fn(&History) -> bool,
    ) -> Result<History, CommandError> {
        self.for_one(symbols).or_else(|report| {
            let named = !self.global.service.is_empty() || self.global.all;
            if report.report.code != ErrorCode::Usage || named {
                return Err(report);
            }
            let mut meant: Vec<History> = load(&self.config()?.services)?.into_iter().filter(is_meant).collect();
            match (meant.pop(), meant.is_empty()) {
                (Some(history), true) => Ok(history),
                _ => Err(report),
            }
        })
    }

    /// Loads the single service in which `sides` are compared: the one that has the revisions among them. A database
    /// URL is enough if there is no config file, or if there are several services and only URLs are compared.
    pub fn for_comparing(&self, sides: &[&str]) -> Result<History, CommandError> {
        let urls: Vec<&str> = sides.iter().copied().filter(|side| DatabaseUrl::has_scheme(side)).collect();
        let is_symbol = |side: &&str| !is_schema_word(side) && !DatabaseUrl::has_scheme(side);
        let symbols: Vec<&str> = sides.iter().copied().filter(is_symbol).collect();
        let nothing_else = urls.len() == sides.len() && self.global.service.is_empty();
        self.for_one(&symbols).or_else(|report| match self.global.url.as_deref().or_else(|| urls.first().copied()) {
            Some(url)
                if report.report.code == ErrorCode::ConfigNotFound
                    || nothing_else && report.report.code == ErrorCode::Usage =>
            {
                Ok(History::of_texts(
                    &Service::from_flags(Some(url), Vec::new(), &environment),
                    BTreeMap::new(),
                    IncludedFiles::Disk,
                )?)
            }
            _ => Err(report),
        })
    }

    /// Finds the services in which `symbol` names a revision, with that revision.
    pub fn find(&self, symbol: &str) -> Result<Vec<(History, RevisionId)>, CommandError> {
        let mut found = Vec::new();
        let mut first_error = None;
        for history in self.for_reading()? {
            let rows = match symbol.contains("current") {
                true => Some(database::ids(&self.state(&history)?.1.rows)),
                false => None,
            };
            match history.graph.resolve(symbol, rows.as_deref()) {
                Ok(id) => found.push((history, id)),
                Err(error) => match replaced(&history, symbol) {
                    Some(replaced) => found.push(replaced),
                    None => {
                        first_error.get_or_insert_with(|| CommandError::from(error).of_service(&history.service.name));
                    }
                },
            }
        }
        match first_error {
            Some(error) if found.is_empty() => Err(error),
            _ => Ok(found),
        }
    }

    /// Loads the other services that revisions of `histories` depend on, or whose revisions depend on `histories`.
    pub fn referenced(&self, histories: &[History]) -> Result<Vec<History>, CommandError> {
        let config = self.config()?;
        let selection = ServiceSelection::new(histories);
        let others: Vec<_> =
            config.services.iter().filter(|service| !selection.contains(&service.name)).cloned().collect();
        let loaded = load(&others)?;
        Ok(loaded.into_iter().filter(|history| selection.is_related_to(history)).collect())
    }

    /// Connects to the service's database.
    pub fn connect(&self, history: &History) -> Result<Box<dyn Database>, DatabaseError> {
        self.connect_service(&history.service)
    }

    /// Like [`Context::connect`], for commands that need no revisions.
    pub fn connect_service(&self, service: &Service) -> Result<Box<dyn Database>, DatabaseError> {
        let ahead = self.ahead.as_ref().and_then(|ahead| ahead.take(service));
        let connected = ahead.unwrap_or_else(|| connection_prefetch::connect(service));
        let mut database = if self.creates_databases { self.connect_or_create(service, connected) } else { connected }?;
        if service.gentle.lock == LockKind::Lease {
            database.use_lease(service.gentle.lease_time);
        }
        database.watch_replicas(&service.gentle.replicas, &environment)?;
        for warning in database.warnings() {
            self.warn(warning);
        }
        Ok(database)
    }

    fn connect_or_create(&self, service: &Service, first: ConnectionResult) -> ConnectionResult {
        let (was_created, database) = database_creation::connect_or_create(service, first);
        if was_created {
            self.status(&format!("{}: created the database {}", service.name, service.database_name()));
        }
        database
    }

    /// Like [`Context::connect`], with the failure as a report.
    pub fn open(&self, history: &History) -> Result<Box<dyn Database>, CommandError> {
        self.connect(history).map_err(|error| CommandError::from(error).of_service(&history.service.name))
    }

    /// Reads the version rows and the journal of the service's database. Returns them with the history, which contains
    /// the applied revisions without a file as far as the journal describes them.
    pub fn state<'h>(&self, history: &'h History) -> Result<(&'h History, HistoryState), CommandError> {
        let state = engine::read_history(history, &mut *self.open(history)?);
        state.map_err(|error| CommandError::from(EngineError::from(error)).of_service(&history.service.name))
    }

    /// Returns the applied revisions whose files no longer match what was applied, and warns of each.
    pub fn changed(&self, history: &History, state: &HistoryState) -> Result<Vec<Changed>, CommandError> {
        let name = &history.service.name;
        let changed = engine::changed_revisions(history, state, self.dialect(history)?);
        let changed = changed.map_err(|error| CommandError::from(error).of_service(name))?;
        for changed in &changed {
            self.warn(&format!("{name}: {}", changed_line(changed)));
        }
        Ok(changed)
    }

    pub fn version_table(&self, history: &History) -> VersionTable {
        VersionTable::of_service(&history.service)
    }

    /// Dialect of the service's database, from its URL.
    pub fn dialect(&self, history: &History) -> Result<Dialect, CommandError> {
        let service = &history.service;
        let url = service.url().map_err(DatabaseError::from);
        Ok(url.map_err(|error| CommandError::from(error).of_service(&service.name))?.dialect())
    }

    /// Identifies the service's database: equal for services that share one.
    pub fn database_name(&self, history: &History) -> String {
        self.database_of(&history.service)
    }

    /// Like [`Context::database_name`], for commands that need no revisions.
    pub fn database_of(&self, service: &Service) -> String {
        let Ok(url) = service.url() else { return String::new() };
        match url.path() {
            Some(path) => std::path::absolute(path).unwrap_or_else(|_| path.to_owned()).display().to_string(),
            None => format!("{:?} {:?}", url.hosts(), url.database()),
        }
    }

    /// Template variables given with `-x`.
    pub fn variables(&self) -> BTreeMap<String, String> {
        self.global.variables.iter().cloned().collect()
    }
}

/// Returns `true` for a side of a comparison that is a keyword, `false` for a revision, a URL or a file.
pub fn is_schema_word(text: &str) -> bool {
    matches!(text, "database" | "head" | "heads" | "base" | "current" | "schema")
}

/// Finds a revision that another one replaces, with the history that contains both.
fn replaced(history: &History, symbol: &str) -> Option<(History, RevisionId)> {
    let all = history.with_replaced()?;
    let id = all.graph.resolve(symbol, None).ok()?;
    Some((all, id))
}

fn load(services: &[Service]) -> Result<Vec<History>, CommandError> {
    let load =
        |service: &Service| History::load(service).map_err(|error| CommandError::from(error).of_service(&service.name));
    services.iter().map(load).collect()
}

/// Refuses a config in which two services have the same version table: each would overwrite the other's rows.
fn refuse_shared_tables(config: &Config) -> Result<(), CommandError> {
    let pairs = config.shared_version_tables();
    let Some((one, other)) = pairs.first() else { return Ok(()) };
    Err(services::shared_version_table(&one.name, &other.name).into())
}

/// Returns the error of a service name that is not in the config.
pub fn no_such_service(name: &str, config: &Config) -> CommandError {
    let names: Vec<&str> = config.services.iter().map(|service| service.name.as_str()).collect();
    CommandError { usage: true, ..services::unknown(name, &names).into() }
}
