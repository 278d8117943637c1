//! Shadow database, created when opened and dropped with its value.

mod undoing;

use std::collections::BTreeMap;

use self::undoing::Undoing;
use super::error::ProofError;
use super::provided_shadow;
use super::shadow_config::{ShadowConfig, ShadowKind};
use crate::config::DatabaseUrl;
use crate::database::{
    self, CatalogRequest, Database, DatabaseError, Driver, HostSession, QueryRows, ScratchDatabase, ScratchHost,
    ScratchPurpose, ScratchRequest, ScratchSchema, TrialTransaction,
};
use crate::drivers;
use crate::engine::RehearsalStage;
use crate::schema::{Key, Kind, Schema};
use crate::sql::qualified;

/// Number of tables that are counted in one query: SQLite allows 500 terms in a compound SELECT.
const TABLES_PER_QUERY: usize = 400;

/// Schema in whose place a scratch schema is.
const PUBLIC: &str = "public";

/// Owner of the shadow's storage, which determines how the shadow is dropped.
enum ShadowHost {
    /// Scratch database.
    Scratch(Box<ScratchDatabase<'static>>),
    /// Scratch schema in a transaction that is rolled back.
    Transaction(ScratchSchema),
    /// Database provided by the user; its contents are dropped, the database is not.
    Given,
}

/// Scratch database or scratch schema. Dropped with the value; [`Shadow::close`] also reports errors of the drop.
pub struct Shadow {
    /// `None` after the shadow was closed.
    database: Option<Box<dyn Database>>,
    url: DatabaseUrl,
    keeper: ShadowHost,
    /// Transaction that is open in the shadow, and rolled back at its end.
    trial: Option<TrialTransaction>,
    undoing: Undoing,
}

impl Shadow {
    /// Creates a shadow, after dropping those that killed processes left behind.
    ///
    /// # Errors
    /// The server cannot be reached or refuses; a provided database is not empty, or is the service's own.
    pub fn open(shadow_config: &ShadowConfig<'_>) -> Result<Self, ProofError> {
        let dialect = shadow_config.url.dialect();
        let driver = drivers::driver(dialect)?;
        if let Some(url) = shadow_config.given {
            if url.dialect() != dialect {
                return Err(ProofError::OtherDialect { url: url.redacted(), dialect });
            }
            if url.names_database() {
                let database = provided_shadow::open(url, shadow_config)?;
                return Self::new(Some(database), url.clone(), ShadowHost::Given).prepared(driver, shadow_config);
            }
        }
        let url = shadow_config.given.unwrap_or(shadow_config.url);
        let application_name = format!("aludel {}", shadow_config.service);
        let mut session = driver.open_host(url, &application_name, shadow_config.environment)?;
        let survey = driver.survey(&mut *session, ScratchPurpose::Shadow)?;
        if survey.refused_user.is_some() {
            return Self::scratch_schema(session, driver, shadow_config);
        }
        survey.sweep(&mut *session);
        let in_memory = shadow_config.form == ShadowKind::Fast;
        let request = ScratchRequest { url, purpose: ScratchPurpose::Shadow, in_memory, template: None };
        Self::created(session, driver, &request, shadow_config)?.prepared(driver, shadow_config)
    }

    /// Creates a scratch database and connects to it.
    fn created(
        session: Box<dyn Database>,
        driver: &dyn Driver,
        request: &ScratchRequest<'_>,
        shadow_config: &ShadowConfig<'_>,
    ) -> Result<Self, ProofError> {
        let scratch = driver.create_scratch(HostSession::Own(session), request)?;
        let url = scratch.url().clone();
        // The value exists before the connection, so an error from here on drops the scratch database.
        let mut shadow = Self::new(None, url, ShadowHost::Scratch(Box::new(scratch)));
        shadow.connect(driver, shadow_config)?;
        Ok(shadow)
    }

    fn new(database: Option<Box<dyn Database>>, url: DatabaseUrl, keeper: ShadowHost) -> Self {
        Self { database, url, keeper, trial: None, undoing: Undoing::default() }
    }

    fn connect(&mut self, driver: &dyn Driver, shadow_config: &ShadowConfig<'_>) -> Result<(), ProofError> {
        let table = driver.shadow_table();
        self.database = Some(drivers::open(&self.url, &table, shadow_config.service, shadow_config.environment)?);
        Ok(())
    }

    fn prepared(mut self, driver: &dyn Driver, shadow_config: &ShadowConfig<'_>) -> Result<Self, ProofError> {
        let is_given = matches!(self.keeper, ShadowHost::Given);
        let database = self.database()?;
        if !is_given {
            driver.forgo_durability(database)?;
        }
        database.ensure_tables()?;
        if is_given {
            driver.record_kept(database)?;
        }
        driver.prepare(database, shadow_config.namespace)?;
        Ok(self)
    }

    fn scratch_schema(
        mut session: Box<dyn Database>,
        driver: &dyn Driver,
        shadow_config: &ShadowConfig<'_>,
    ) -> Result<Self, ProofError> {
        let schema = match shadow_config.form {
            ShadowKind::Fast => driver.begin_scratch_schema(&mut *session)?,
            // Other programs cannot see a schema that exists in an open transaction only.
            ShadowKind::ForOthers => None,
        };
        let Some(schema) = schema else {
            let message = "permission denied to create database".to_owned();
            let error = database::ServerError { message, ..database::ServerError::default() };
            return Err(ProofError::MayNotCreate(DatabaseError::Server(error)));
        };
        let keeper = ShadowHost::Transaction(schema);
        Ok(Self::new(Some(session), shadow_config.url.clone(), keeper))
    }

    /// Returns `true` if the shadow can be copied. A database of the user cannot, nor can what a transaction holds.
    #[must_use]
    pub fn can_be_copied(&self) -> bool {
        let driver = self.database.as_ref().map(|database| database.driver());
        matches!(self.keeper, ShadowHost::Scratch(_)) && driver.is_some_and(ScratchHost::can_copy_scratch)
    }

    /// Creates another shadow with the same schema and rows; `None` if this one cannot be copied
    /// ([`Shadow::can_be_copied`]).
    ///
    /// # Errors
    /// The server cannot be reached or refuses.
    pub fn copied(&mut self, shadow_config: &ShadowConfig<'_>) -> Result<Option<Self>, ProofError> {
        if !self.can_be_copied() {
            return Ok(None);
        }
        let driver = self.database()?.driver();
        let url = shadow_config.given.unwrap_or(shadow_config.url);
        let host = || driver.open_host(url, &format!("aludel {}", shadow_config.service), shadow_config.environment);
        if let Some(copy) = self.database()?.copy()? {
            let scratch = ScratchDatabase::in_memory(HostSession::Own(host()?), self.url.clone());
            let keeper = ShadowHost::Scratch(Box::new(scratch));
            return Ok(Some(Self::new(Some(copy), self.url.clone(), keeper)));
        }
        let Some(template) = self.url.database().map(str::to_owned) else { return Ok(None) };
        let request =
            ScratchRequest { url, purpose: ScratchPurpose::Shadow, in_memory: false, template: Some(&template) };
        let known = self.database()?.known_catalog();
        // A database is not copied while a session is connected to it.
        self.database = None;
        let copy = Self::created(host()?, driver, &request, shadow_config);
        self.connect(driver, shadow_config)?;
        driver.forgo_durability(self.database()?)?;
        let mut copy = copy?;
        driver.forgo_durability(copy.database()?)?;
        if let Some(known) = known {
            self.database()?.follow_known_catalog(&known, false)?;
            copy.database()?.follow_known_catalog(&known, true)?;
        }
        Ok(Some(copy))
    }

    /// Returns the connection to the shadow.
    ///
    /// # Errors
    /// The shadow was closed.
    pub fn database(&mut self) -> Result<&mut dyn Database, ProofError> {
        match &mut self.database {
            Some(database) => Ok(&mut **database),
            None => Err(DatabaseError::ConnectionLost("the shadow database is closed".to_owned()).into()),
        }
    }

    /// URL with the password, for programs that work on the shadow ([`ShadowKind::ForOthers`]).
    #[must_use]
    pub const fn url(&self) -> &DatabaseUrl {
        &self.url
    }

    /// Returns how statements must be sent to the shadow.
    #[must_use]
    pub fn stage(&self) -> RehearsalStage {
        match (&self.keeper, &self.trial) {
            (ShadowHost::Transaction(schema), _) => {
                RehearsalStage::Transaction { reset: schema.reset.clone(), schema: schema.name.clone() }
            }
            (_, Some(trial)) => {
                RehearsalStage::Transaction { reset: trial.after_revision.to_owned(), schema: trial.schema.to_owned() }
            }
            _ => RehearsalStage::Database,
        }
    }

    /// Schemas that statements must not name because they are outside the scratch schema. Empty if the whole database
    /// is the shadow.
    #[must_use]
    pub fn forbidden(&self) -> &[String] {
        match &self.keeper {
            ShadowHost::Transaction(schema) => &schema.others,
            _ => &[],
        }
    }

    /// Deletes all rows that a replayed history inserted, so that later statements are tried on the schema alone.
    ///
    /// # Errors
    /// The server refuses, or the connection breaks.
    pub fn empty(&mut self, schema: &Schema) -> Result<(), ProofError> {
        let names = self.tables(schema);
        if !names.is_empty() {
            let database = self.database()?;
            database.driver().delete_rows(database, &names)?;
        }
        Ok(())
    }

    /// Returns the number of rows of each of these tables.
    ///
    /// # Errors
    /// The server refuses, or the connection breaks.
    pub fn row_counts(&mut self, tables: &[Key]) -> Result<BTreeMap<String, u64>, ProofError> {
        let names: Vec<_> = tables.iter().map(|key| self.name_of(key)).collect();
        self.row_counts_of(&names)
    }

    /// Returns the number of rows of each of these tables, which are given by their names in this shadow.
    ///
    /// # Errors
    /// The server refuses, or the connection breaks.
    pub fn row_counts_of(&mut self, names: &[String]) -> Result<BTreeMap<String, u64>, ProofError> {
        let mut counts = BTreeMap::new();
        for names in names.chunks(TABLES_PER_QUERY) {
            // The order of the rows of UNION ALL is not defined.
            let count = |(index, name): (usize, &String)| format!("SELECT {index}, COUNT(*) FROM {name}");
            let queries: Vec<String> = names.iter().enumerate().map(count).collect();
            for row in self.database()?.execute(&queries.join(" UNION ALL "))?.into_iter().flatten() {
                let mut numbers = row.into_iter().map(|cell| cell?.parse::<u64>().ok());
                let (index, rows) = (numbers.next().flatten(), numbers.next().flatten());
                let name = index.and_then(|index| names.get(usize::try_from(index).ok()?));
                let counted = name.zip(rows).ok_or_else(|| {
                    let message = "COUNT(*) returned no number".to_owned();
                    DatabaseError::Server(database::ServerError { message, ..database::ServerError::default() })
                })?;
                counts.insert(counted.0.clone(), counted.1);
            }
        }
        Ok(counts)
    }

    /// Returns the quoted names of the tables of `schema` in this shadow.
    fn tables(&self, schema: &Schema) -> Vec<String> {
        let tables = schema.objects().map(|object| &object.key).filter(|key| key.kind == Kind::Table);
        tables.map(|key| self.name_of(key)).collect()
    }

    /// Returns the quoted name of a table in this shadow.
    pub(super) fn name_of(&self, table: &Key) -> String {
        let namespace = match &self.keeper {
            // The catalog shows the scratch schema as the schema in whose place it is.
            ShadowHost::Transaction(scratch) if table.namespace.as_deref() == Some(PUBLIC) => {
                Some(scratch.name.as_str())
            }
            _ => table.namespace.as_deref(),
        };
        qualified(namespace, &table.name, self.url.dialect())
    }

    /// Returns a name of this shadow as it is in a whole database.
    pub(super) fn own_name(&self, name: &str) -> String {
        match &self.keeper {
            ShadowHost::Transaction(scratch) => name.replace(&scratch.name, "public"),
            _ => name.to_owned(),
        }
    }

    /// Runs `work` so that the shadow stays usable after an error: in the single transaction of a scratch schema,
    /// behind a savepoint.
    ///
    /// # Errors
    /// Those of `work`, and a savepoint that cannot be set.
    pub fn attempt<T>(&mut self, work: impl FnOnce(&mut Self) -> Result<T, ProofError>) -> Result<T, ProofError> {
        if !self.is_one_transaction() {
            return work(self);
        }
        self.database()?.execute("SAVEPOINT aludel_attempt")?;
        let done = work(self);
        if done.is_err() {
            self.database()?.execute("ROLLBACK TO SAVEPOINT aludel_attempt")?;
        }
        self.database()?.execute("RELEASE SAVEPOINT aludel_attempt")?;
        done
    }

    /// Returns `true` if the shadow is a scratch database, of which the server can have several.
    #[must_use]
    pub const fn is_scratch_database(&self) -> bool {
        matches!(self.keeper, ShadowHost::Scratch(_))
    }

    /// Returns `true` if the whole life of the shadow is one transaction.
    #[must_use]
    pub const fn is_one_transaction(&self) -> bool {
        matches!(self.keeper, ShadowHost::Transaction(_))
    }

    /// Reads the schema of the shadow, without aludel's own tables.
    ///
    /// # Errors
    /// The server refuses, or the connection breaks.
    pub fn catalog(&mut self, request: &CatalogRequest) -> Result<Schema, ProofError> {
        let scratch = match &self.keeper {
            ShadowHost::Transaction(schema) => Some(schema.clone()),
            _ => None,
        };
        let database = self.database()?;
        let driver = database.driver();
        let mut request = request.clone();
        request.without.push(driver.shadow_table());
        if let Some(scratch) = &scratch {
            // Schemas that the statements created belong to the shadow as well.
            let mut own = driver.user_schemas(database)?;
            own.retain(|name| !scratch.others.contains(name));
            request.namespaces = Some(own);
        }
        let schema = database.catalog(&request)?;
        Ok(match scratch {
            Some(scratch) => schema.with_namespace(&scratch.name, PUBLIC),
            None => schema,
        })
    }

    /// Prepares for many readings of the catalog ([`crate::database::CatalogReader::expect_repeated_reads`]).
    ///
    /// # Errors
    /// The shadow was closed.
    pub fn expect_repeated_reads(&mut self) -> Result<(), ProofError> {
        if !self.is_one_transaction() {
            self.database()?.expect_repeated_reads();
        }
        Ok(())
    }

    /// Returns [`crate::database::CatalogReader::catalog_mark`]; `None` in a scratch schema, whose life is one transaction:
    /// the versions of rows that the server compares are those of transactions.
    ///
    /// # Errors
    /// The server refuses, or the connection breaks.
    pub fn catalog_mark(&mut self, request: &CatalogRequest) -> Result<Option<String>, ProofError> {
        if self.is_one_transaction() {
            return Ok(None);
        }
        let database = self.database()?;
        let mut request = request.clone();
        request.without.push(database.driver().shadow_table());
        Ok(database.catalog_mark(&request)?)
    }

    /// Calls [`crate::database::CatalogReader::rebase_catalog_mark`].
    ///
    /// # Errors
    /// The server refuses, or the connection breaks.
    pub fn rebase_catalog_mark(
        &mut self,
        request: &CatalogRequest,
        mark: Option<String>,
    ) -> Result<Option<String>, ProofError> {
        if self.is_one_transaction() {
            return Ok(None);
        }
        Ok(self.database()?.rebase_catalog_mark(request, mark)?)
    }

    /// Returns the quoted names of all tables, which are read from the catalog.
    ///
    /// # Errors
    /// The server refuses, or the connection breaks.
    pub(super) fn table_names(&mut self, request: &CatalogRequest) -> Result<Vec<String>, ProofError> {
        let database = self.database()?;
        let driver = database.driver();
        let Some(tables) = driver.tables(database)? else {
            let schema = self.catalog(request)?;
            return Ok(self.tables(&schema));
        };
        Ok(tables.iter().map(|table| qualified(table.schema.as_deref(), &table.name, self.url.dialect())).collect())
    }

    /// Calls [`ScratchHost::runs_code_with_ddl`].
    ///
    /// # Errors
    /// The server refuses, or the connection breaks.
    pub(super) fn runs_code_with_ddl(&mut self) -> Result<bool, ProofError> {
        let database = self.database()?;
        Ok(database.driver().runs_code_with_ddl(database)?)
    }

    /// Runs a query and returns its first `limit` rows. In a scratch schema, the names of the columns are not known, and
    /// the list of columns is empty.
    ///
    /// # Errors
    /// The server refuses, or the connection breaks.
    pub fn query(&mut self, sql: &str, limit: usize) -> Result<QueryRows, ProofError> {
        let ShadowHost::Transaction(scratch) = &self.keeper else { return Ok(self.database()?.query(sql, limit)?) };
        let sql = self.url.dialect().rules().in_schema(sql, &scratch.name);
        let answers = self.attempt(|shadow| Ok(shadow.database()?.execute(&sql)?))?;
        let mut found = QueryRows::default();
        answers.into_iter().flatten().for_each(|row| found.keep(limit, || row));
        Ok(found)
    }

    /// Prepares a statement, which does not run it.
    ///
    /// # Errors
    /// The server refuses, or the connection breaks.
    pub fn prepare(&mut self, statement: &str) -> Result<(), ProofError> {
        let statement = match &self.keeper {
            ShadowHost::Transaction(scratch) => self.url.dialect().rules().in_schema(statement, &scratch.name),
            _ => statement.to_owned(),
        };
        Ok(self.database()?.prepare(&statement)?)
    }

    /// Drops the shadow.
    ///
    /// # Errors
    /// The server refuses, or the connection breaks; the next process that opens a shadow on
    /// the server drops this one.
    pub fn close(mut self) -> Result<(), ProofError> {
        self.end().map_err(ProofError::from)
    }

    fn end(&mut self) -> Result<(), DatabaseError> {
        // A database cannot be dropped while a session is connected to it.
        let Some(mut database) = self.database.take() else { return Ok(()) };
        match &mut self.keeper {
            ShadowHost::Transaction(_) => database.execute("ROLLBACK").map(drop),
            ShadowHost::Given => database.driver().clear(&mut *database).and_then(|()| database.unlock()),
            ShadowHost::Scratch(scratch) => {
                drop(database);
                scratch.close()
            }
        }
    }
}

impl Drop for Shadow {
    fn drop(&mut self) {
        // On failure, the next process that opens a shadow drops this one.
        let _ = self.end();
    }
}
