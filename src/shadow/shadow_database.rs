//! Shadow database, created when opened and dropped with its value.

use super::error::ProofError;
use super::scratch_file::ScratchFile;
use super::shadow_config::{ShadowConfig, ShadowKind};
use super::{mysql, postgres, provided_shadow};
use crate::config::DatabaseUrl;
use crate::database::{self, CatalogRequest, Database, DatabaseError, VersionTable};
use crate::drivers;
use crate::engine::RehearsalStage;
use crate::schema::{Kind, Schema};
use crate::sql::{Dialect, qualified};

/// Version table of a shadow. It holds the journal that a run writes, and marks the database as a shadow.
#[must_use]
pub fn shadow_table(dialect: Dialect) -> VersionTable {
    let schema = (dialect == Dialect::Postgres).then(|| "public".to_owned());
    VersionTable { schema, name: "aludel_shadow".to_owned() }
}

/// Owner of the shadow's storage, which determines how the shadow is dropped.
enum ShadowHost {
    /// In-memory database, which ends with its connection.
    Memory,
    /// Temporary file.
    File(#[expect(dead_code, reason = "removes the file when it is dropped")] ScratchFile),
    Postgres(postgres::PostgresShadowHost),
    Mysql(mysql::MysqlShadowHost),
    /// Scratch schema in a transaction that is rolled back.
    Transaction {
        name: String,
        others: Vec<String>,
    },
    /// Database provided by the user; its contents are dropped, the database is not.
    Given,
}

/// Scratch database or scratch schema. Dropped with the value; [`Shadow::close`] also reports errors of the drop.
pub struct Shadow {
    /// `None` after the shadow was closed.
    database: Option<Box<dyn Database>>,
    url: DatabaseUrl,
    keeper: ShadowHost,
}

impl Shadow {
    /// Creates a shadow, after dropping those that killed processes left behind.
    ///
    /// # Errors
    /// The server cannot be reached or refuses; a provided database is not empty, or is the service's own.
    pub fn open(shadow_config: &ShadowConfig<'_>) -> Result<Self, ProofError> {
        let dialect = shadow_config.url.dialect();
        if let Some(url) = shadow_config.given {
            if url.dialect() != dialect {
                return Err(ProofError::OtherDialect { url: url.redacted(), dialect });
            }
            if url.database().is_some() || dialect == Dialect::Sqlite {
                let database = provided_shadow::open(url, shadow_config)?;
                return Self { database: Some(database), url: url.clone(), keeper: ShadowHost::Given }
                    .prepared(shadow_config);
            }
        }
        let url = shadow_config.given.unwrap_or(shadow_config.url);
        match dialect {
            Dialect::Sqlite => Self::sqlite(shadow_config),
            Dialect::Mysql => {
                let keeper = mysql::make(url, shadow_config)?;
                let own = url.with_database(&keeper.name);
                Self { database: None, url: own, keeper: ShadowHost::Mysql(keeper) }.connected(shadow_config)
            }
            Dialect::Postgres => match postgres::make(url, shadow_config)? {
                postgres::Made::Database(keeper) => {
                    let own = url.with_database(&keeper.name);
                    Self { database: None, url: own, keeper: ShadowHost::Postgres(keeper) }.connected(shadow_config)
                }
                postgres::Made::Session(session) => Self::scratch_schema(session, shadow_config),
            },
        }
    }

    fn sqlite(shadow_config: &ShadowConfig<'_>) -> Result<Self, ProofError> {
        let (url, keeper) = match shadow_config.form {
            ShadowKind::Fast => (DatabaseUrl::of_file(std::path::Path::new(":memory:")), ShadowHost::Memory),
            ShadowKind::ForOthers => {
                let file = ScratchFile::new()?;
                (DatabaseUrl::of_file(&file.path), ShadowHost::File(file))
            }
        };
        Self { database: None, url, keeper }.connected(shadow_config)
    }

    /// Opens the connection. `self` exists already, so an error from here on drops the shadow.
    fn connected(mut self, shadow_config: &ShadowConfig<'_>) -> Result<Self, ProofError> {
        let table = shadow_table(self.url.dialect());
        self.database = Some(drivers::open(&self.url, &table, shadow_config.service, shadow_config.environment)?);
        self.prepared(shadow_config)
    }

    fn prepared(mut self, shadow_config: &ShadowConfig<'_>) -> Result<Self, ProofError> {
        let dialect = self.url.dialect();
        let is_given = matches!(self.keeper, ShadowHost::Given);
        let database = self.database()?;
        database.ensure_tables()?;
        if dialect == Dialect::Postgres {
            if is_given {
                database.execute(postgres::KEEP_EXTENSIONS)?;
            }
            postgres::prepare(database, shadow_config.namespace)?;
        }
        Ok(self)
    }

    fn scratch_schema(mut session: Box<dyn Database>, shadow_config: &ShadowConfig<'_>) -> Result<Self, ProofError> {
        // Other programs cannot see a schema that exists in an open transaction only.
        if shadow_config.form == ShadowKind::ForOthers {
            let message = "permission denied to create database".to_owned();
            let error = database::ServerError { message, ..database::ServerError::default() };
            return Err(ProofError::MayNotCreate(DatabaseError::Server(error)));
        }
        let (name, others) = postgres::scratch_schema(&mut *session)?;
        let keeper = ShadowHost::Transaction { name, others };
        Ok(Self { database: Some(session), url: shadow_config.url.clone(), keeper })
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
        match &self.keeper {
            ShadowHost::Transaction { name, .. } => {
                RehearsalStage::Transaction { reset: postgres::search_only(name), schema: name.clone() }
            }
            _ => RehearsalStage::Database,
        }
    }

    /// Schemas that statements must not name because they are outside the scratch schema. Empty if the whole database
    /// is the shadow.
    #[must_use]
    pub fn forbidden(&self) -> &[String] {
        match &self.keeper {
            ShadowHost::Transaction { others, .. } => others,
            _ => &[],
        }
    }

    /// Deletes all rows that a replayed history inserted, so that later statements are tried on the schema alone.
    ///
    /// # Errors
    /// The server refuses, or the connection breaks.
    pub fn empty(&mut self, schema: &Schema) -> Result<(), ProofError> {
        let dialect = self.url.dialect();
        let tables = schema.objects().map(|object| &object.key).filter(|key| key.kind == Kind::Table);
        let names: Vec<_> = tables.map(|key| qualified(key.namespace.as_deref(), &key.name, dialect)).collect();
        if names.is_empty() {
            return Ok(());
        }
        let each = |verb: &str| names.iter().map(|name| format!("{verb} {name}; ")).collect::<String>();
        let statements = match dialect {
            Dialect::Postgres => format!("TRUNCATE {} CASCADE", names.join(", ")),
            Dialect::Mysql => format!("SET FOREIGN_KEY_CHECKS = 0; {}SET FOREIGN_KEY_CHECKS = 1", each("TRUNCATE")),
            Dialect::Sqlite => {
                for name in &names {
                    // A trigger may refuse the deletion; then the statements are tried with the rows.
                    let _ = self.database()?.execute(&format!("DELETE FROM {name}"));
                }
                return Ok(());
            }
        };
        let statements = match &self.keeper {
            ShadowHost::Transaction { name, .. } => dialect.rules().in_schema(&statements, name),
            _ => statements,
        };
        self.database()?.execute(&statements)?;
        Ok(())
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

    /// Returns `true` if the whole life of the shadow is one transaction.
    #[must_use]
    pub const fn is_one_transaction(&self) -> bool {
        matches!(self.keeper, ShadowHost::Transaction { .. })
    }

    /// Reads the schema of the shadow, without aludel's own tables.
    ///
    /// # Errors
    /// The server refuses, or the connection breaks.
    pub fn catalog(&mut self, request: &CatalogRequest) -> Result<Schema, ProofError> {
        let mut request = request.clone();
        request.without.push(shadow_table(self.url.dialect()));
        let scratch = match &self.keeper {
            ShadowHost::Transaction { name, others } => Some((name.clone(), others.clone())),
            _ => None,
        };
        if let Some((_, others)) = &scratch {
            // Schemas that the statements created belong to the shadow as well.
            let mut own = postgres::namespaces(self.database()?)?;
            own.retain(|name| !others.contains(name));
            request.namespaces = Some(own);
        }
        let schema = self.database()?.catalog(&request)?;
        Ok(match scratch {
            Some((name, _)) => schema.with_namespace(&name, "public"),
            None => schema,
        })
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
            ShadowHost::Memory | ShadowHost::File(_) => Ok(()),
            ShadowHost::Transaction { .. } => database.execute("ROLLBACK").map(drop),
            ShadowHost::Given => provided_shadow::clear(&mut *database).and_then(|()| database.unlock()),
            ShadowHost::Postgres(keeper) => {
                drop(database);
                keeper.drop_database()
            }
            ShadowHost::Mysql(keeper) => {
                drop(database);
                keeper.drop_database()
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
