//! Schemas of one service as the commands need them: live, replayed, desired. Keeps what it has read.

use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use super::context::Context;
use super::progress;
use super::report::CommandError;
use crate::cli::surroundings::environment;
use crate::config::{Config, DatabaseUrl, Service};
use crate::database::statements::companions;
use crate::database::{
    self, CatalogRequest, Database, DatabaseError, HistoryState, InstalledExtension, ScratchModel, StopSignal,
    VersionTable, version_numbers,
};
use crate::drivers;
use crate::engine::{self, EngineError, SchemaSnapshot};
use crate::error_code::ErrorCode;
use crate::id::RevisionId;
use crate::project::History;
use crate::schema::{Options, Rename, Schema};
use crate::shadow::{
    Cache, Desired, ProofError, Provision, Replay, SchemaReader, Shadow, ShadowConfig, ShadowKind, ShadowServer,
};
use crate::sql::Dialect;

/// Contents of a live database.
pub struct Live {
    pub schema: Schema,
    /// Version rows and journal.
    pub state: HistoryState,
}

/// Reads the schemas of one service. The history is replayed only once for the same version rows.
pub struct Schemas<'a> {
    context: &'a Context<'a>,
    /// Service with its revisions.
    pub history: &'a History,
    url: DatabaseUrl,
    given: Option<DatabaseUrl>,
    variables: BTreeMap<String, String>,
    cache: Option<PathBuf>,
    server: OnceCell<Option<ShadowServer>>,
    /// Properties of the service's database that its shadows share; empty if it cannot be reached or refuses the query.
    model: OnceCell<ScratchModel>,
    /// Schemas replayed so far, by version rows.
    made: RefCell<BTreeMap<Vec<RevisionId>, Schema>>,
    request: CatalogRequest,
    /// Other services of the config that use the same database.
    others: Vec<Service>,
}

impl<'a> Schemas<'a> {
    /// Prepares to read the schemas of `history`'s service. Opens no connection yet.
    pub fn new(history: &'a History, context: &'a Context<'a>) -> Result<Self, CommandError> {
        progress::catch_interrupts();
        let service = &history.service;
        let in_service = |report: CommandError| report.of_service(&service.name);
        let no_url = |error: &crate::config::UrlError| in_service(ProofError::NoUrl(error.clone()).into());
        let url = service.url().map_err(no_url)?.clone();
        let given = service.schema.shadow.as_ref().map(Result::as_ref).transpose().map_err(no_url)?.cloned();
        let config = context.config().unwrap_or_else(|_| Config::from_service(service.clone()));
        // The version tables of every service in the same database are left out of the catalog: in a comparison they
        // would be objects that no schema names.
        let own = context.database_of(service);
        let here = |other: &&Service| context.database_of(other) == own && other.url.is_set();
        let neighbours: Vec<Service> = config.services.iter().filter(here).cloned().collect();
        let mut without: Vec<_> = neighbours.iter().map(VersionTable::of_service).collect();
        without.push(VersionTable::of_service(service));
        without.sort();
        without.dedup();
        let others = neighbours.into_iter().filter(|other| other.name != service.name).collect();
        let request = CatalogRequest { without, namespaces: None, owners: service.schema.owners };
        Ok(Self {
            context,
            history,
            url,
            given,
            variables: context.variables(),
            cache: cache_folder(),
            server: OnceCell::new(),
            model: OnceCell::new(),
            made: RefCell::default(),
            request,
            others,
        })
    }

    /// Connects to the server that hosts the shadow databases and returns its description; `None` if it cannot be
    /// reached.
    fn ask_server(&self) -> Option<ShadowServer> {
        let mut opened = self.opened(self.given.as_ref().unwrap_or(&self.url))?;
        let properties = match self.given {
            Some(_) => opened.driver().model(&mut *opened).unwrap_or_default().properties,
            // Shadow databases on the service's own server use the service's URL: one connection is enough for both
            // questions.
            None => self.keep_model(&mut *opened).properties.clone(),
        };
        Some(ShadowServer { server: opened.server().clone(), properties })
    }

    fn opened(&self, url: &DatabaseUrl) -> Option<Box<dyn Database>> {
        let service = &self.history.service;
        drivers::open(url, &VersionTable::of_service(service), &service.name, &environment).ok()
    }

    fn keep_model(&self, database: &mut dyn Database) -> &ScratchModel {
        // A failed query counts as no extensions: shadow databases then get only those that the config names.
        self.model.get_or_init(|| database.driver().model(database).unwrap_or_default())
    }

    /// Extensions and setup scripts that every shadow database starts with: the extensions of the service's database
    /// and of the config, except those that a revision creates itself.
    pub fn provision(&self) -> Provision {
        let service = &self.history.service;
        let model = self.model.get_or_init(|| {
            let opened = if self.url.dialect().rules().has_extensions() { self.opened(&self.url) } else { None };
            opened.and_then(|mut database| database.driver().model(&mut *database).ok()).unwrap_or_default()
        });
        let mut extensions = model.extensions.clone();
        for name in &service.schema.shadow_extensions {
            if extensions.iter().all(|extension| extension.name != *name) {
                extensions.push(InstalledExtension { name: name.clone(), schema: None, version: None });
            }
        }
        if !extensions.is_empty() {
            // A revision that cannot be read is reported by the replay.
            let texts = self
                .history
                .graph
                .ordered()
                .into_iter()
                .filter_map(|id| self.history.read(&id).ok())
                .map(|read| read.text);
            let rules = self.url.dialect().rules();
            let created: BTreeSet<_> = texts.flat_map(|text| rules.created_extensions(&text)).collect();
            extensions.retain(|extension| !created.contains(&extension.name));
        }
        Provision { extensions, setup: service.schema.shadow_setup.clone() }
    }

    /// Dialect of the service's database.
    pub fn dialect(&self) -> Dialect {
        self.url.dialect()
    }

    /// Signal that the user wants to stop.
    pub fn stop_signal() -> StopSignal {
        Arc::new(progress::stopped)
    }

    /// Settings for shadow databases and replays, and the cache of their schemas.
    pub fn schema_reader(&self) -> SchemaReader<'_> {
        let service = &self.history.service;
        // First, because its connection may read the model, which the provision needs too.
        let server = self.server.get_or_init(|| self.ask_server()).clone();
        SchemaReader {
            shadow_config: ShadowConfig {
                url: &self.url,
                given: self.given.as_ref(),
                namespace: service.version_schema.as_deref(),
                service: &service.name,
                form: ShadowKind::Fast,
                environment: &environment,
            },
            provision: self.provision(),
            replay: Replay { variables: &self.variables, stop: Self::stop_signal() },
            cache: Cache::new(self.cache.as_deref()),
            request: self.request.clone(),
            server,
        }
    }

    /// Version of the shadows' server: that of the service's database, unless another one is given.
    pub fn server_version(&self) -> Option<(u32, u32)> {
        let server = self.server.get_or_init(|| self.ask_server());
        server.as_ref().and_then(|server| version_numbers(&server.server.version))
    }

    /// The URL of another server, or of an empty database, for shadows.
    pub const fn given(&self) -> Option<&DatabaseUrl> {
        self.given.as_ref()
    }

    fn failed(&self, error: ProofError) -> CommandError {
        CommandError::from(error).of_service(&self.history.service.name)
    }

    /// Catalog request for the service's database; it excludes the version tables of all services in that database.
    pub const fn request(&self) -> &CatalogRequest {
        &self.request
    }

    /// Reads the schema and the version rows of the service's database.
    pub fn live(&self) -> Result<Live, CommandError> {
        let (mut database, state) = self.connected()?;
        let schema = database.catalog(&self.request).map_err(|error| self.unasked(error))?;
        Ok(Live { schema, state })
    }

    /// Like [`Schemas::live`], for commands that change nothing: uses the snapshot of the last run if the catalog has
    /// not changed since. The schema is read in a thread of its own while `work` runs on the version rows and journal.
    /// Also returns the connection and the result of `work`.
    pub fn live_beside<T>(
        &self,
        work: impl FnOnce(&HistoryState) -> T,
    ) -> Result<(Live, Box<dyn Database>, T), CommandError> {
        let (mut database, state) = self.connected()?;
        let (request, asked) = (&self.request, &mut *database);
        let (schema, done) = std::thread::scope(|scope| {
            let reading = scope.spawn(|| engine::live_schema(asked, request, env!("CARGO_PKG_VERSION")));
            let done = work(&state);
            (reading.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)), done)
        });
        let schema = schema.map_err(|error| self.unasked(error))?;
        Ok((Live { schema, state }, database, done))
    }

    fn connected(&self) -> Result<(Box<dyn Database>, HistoryState), CommandError> {
        let mut database = self.context.open(self.history)?;
        let (_, state) = engine::read_history(self.history, &mut *database).map_err(|error| self.unasked(error))?;
        let properties = self.keep_model(&mut *database).properties.clone();
        if self.given.is_none() {
            // Fails if an earlier connection has set it already.
            let _ = self.server.set(Some(ShadowServer { server: database.server().clone(), properties }));
        }
        Ok((database, state))
    }

    fn unasked(&self, error: DatabaseError) -> CommandError {
        CommandError::from(EngineError::from(error)).of_service(&self.history.service.name)
    }

    /// Returns the newest of `own` and the snapshots kept by runs of other services in the same database.
    pub fn newest_snapshot(&self, own: SchemaSnapshot) -> Result<SchemaSnapshot, CommandError> {
        let mut newest = own;
        for other in &self.others {
            let failed = |error: DatabaseError| CommandError::from(EngineError::from(error)).of_service(&other.name);
            let mut database = self.context.connect_service(other).map_err(failed)?;
            let theirs = engine::kept_snapshot(&mut *database).map_err(failed)?;
            newest = theirs.filter(|theirs| theirs.taken_at > newest.taken_at).unwrap_or(newest);
        }
        Ok(newest)
    }

    /// Removes the version tables of all services from `schema`: the snapshot of one service's run excludes only its
    /// own.
    pub fn without_own_tables(&self, schema: &mut Schema) {
        let names: BTreeSet<_> =
            self.request.without.iter().flat_map(companions).map(|table| table.name.to_lowercase()).collect();
        schema.retain(|object| {
            let table = object.key.table.as_ref().unwrap_or(&object.key.name);
            !names.contains(&table.to_lowercase())
        });
    }

    /// Returns the schema that the history produces at these version rows.
    pub fn at(&self, rows: &[RevisionId]) -> Result<Schema, CommandError> {
        let known = self.made.borrow().get(rows).cloned();
        if let Some(schema) = known {
            return Ok(schema);
        }
        self.refuse_without_file(rows)?;
        let schema = self.schema_reader().at(self.fitting(rows), rows).map_err(|error| self.failed(error))?;
        self.made.borrow_mut().insert(rows.to_vec(), schema.clone());
        Ok(schema)
    }

    /// Returns the history that contains these version rows: the one that was last read from a database, if the files
    /// alone do not contain them.
    pub fn fitting(&self, rows: &[RevisionId]) -> &History {
        if self.history.graph.unknown_rows(rows).is_empty() { self.history } else { self.history.as_last_read() }
    }

    /// Refuses version rows of a newer release: there is nothing to replay.
    fn refuse_without_file(&self, rows: &[RevisionId]) -> Result<(), CommandError> {
        let history = self.fitting(rows);
        match rows.iter().find(|id| history.entry(id).is_ok_and(|entry| entry.recorded.is_some())) {
            None => Ok(()),
            Some(id) => Err(CommandError::new(
                ErrorCode::DatabaseAhead,
                format!("revision {id} has no file here, so that it cannot be replayed"),
            )
            .of_service(&self.history.service.name)
            .hint("use the files of the release that has applied it")),
        }
    }

    /// Returns the schema that these revisions produce in this order.
    pub fn in_order(&self, order: &[RevisionId]) -> Result<Schema, CommandError> {
        self.schema_reader().in_order(self.fitting(order), order).map_err(|error| self.failed(error))
    }

    /// Returns the schema that the history produces at its heads.
    pub fn head(&self) -> Result<Schema, CommandError> {
        let graph = &self.history.graph;
        self.at(&graph.heads()).map_err(|error| CommandError { report: error.report.hint_at_order(graph), ..error })
    }

    /// Reads the desired schema; fails if the config names none.
    pub fn desired(&self) -> Result<Desired, CommandError> {
        let service = &self.history.service;
        let Some(desired) = &service.schema.desired else {
            return Err(self.failed(ProofError::NoSchema { service: service.name.clone() }));
        };
        self.schema_reader().desired(desired).map_err(|error| self.failed(error))
    }

    /// Reads the schema of another database.
    pub fn of_url(&self, url: &DatabaseUrl) -> Result<Schema, CommandError> {
        self.schema_reader().of_url(url).map_err(|error| self.failed(error))
    }

    /// Returns the schema that SQL files create.
    pub fn of_files(&self, paths: &[PathBuf]) -> Result<Schema, CommandError> {
        let desired = crate::config::DesiredSchema::Files(paths.to_vec());
        Ok(self.schema_reader().desired(&desired).map_err(|error| self.failed(error))?.schema)
    }

    /// Opens a shadow database at these version rows, or an empty one for no rows.
    pub fn shadow(&self, rows: &[RevisionId]) -> Result<Shadow, CommandError> {
        self.schema_reader().shadow_at(self.history, rows).map_err(|error| self.failed(error))
    }

    /// Removes from `live` the objects that other services in the same database create, unless `own` has them too.
    pub fn without_strangers(&self, live: &mut Schema, own: &Schema) -> Result<(), CommandError> {
        for other in &self.others {
            let history = History::load(other).map_err(|error| CommandError::from(error).of_service(&other.name))?;
            let rows = database::ids(&self.context.state(&history)?.1.rows);
            let known: Vec<_> = rows.into_iter().filter(|row| history.graph.get(row.as_str()).is_some()).collect();
            let theirs = Schemas::new(&history, self.context)?.at(&known)?;
            live.retain(|object| own.get(&object.key).is_some() || theirs.get(&object.key).is_none());
        }
        Ok(())
    }

    /// Options for the statements generated for this service.
    pub fn options(&self, renames: Vec<Rename>) -> Options {
        let schema = &self.history.service.schema;
        Options { online: schema.online, owners: schema.owners, renames }
    }
}

/// Returns the user's cache folder: `aludel` in `$XDG_CACHE_HOME`, `%LOCALAPPDATA%` or `~/.cache`.
fn cache_folder() -> Option<PathBuf> {
    let named = |name: &str| environment(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let folder = named("XDG_CACHE_HOME")
        .filter(|path| path.is_absolute())
        .or_else(|| named("LOCALAPPDATA"))
        .or_else(|| Some(named("HOME")?.join(".cache")))?;
    Some(folder.join("aludel"))
}
