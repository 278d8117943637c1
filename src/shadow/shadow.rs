//! A shadow database: made when opened, dropped with the value.

use super::error::ProofError;
use super::scratch_file::ScratchFile;
use super::shadow_config::{ShadowConfig, ShadowKind};
use super::{mysql, postgres, provided_shadow};
use crate::config::DatabaseUrl;
use crate::database::{self, CatalogRequest, Database, DatabaseError, VersionTable};
use crate::drivers;
use crate::engine::{RehearsalStage, in_schema};
use crate::schema::{Kind, Schema};
use crate::sql::{Dialect, qualified};

/// The version table of a shadow. It keeps the journal that a run writes, and says that the database is a shadow.
#[must_use]
pub fn shadow_table(dialect: Dialect) -> VersionTable {
    let schema = (dialect == Dialect::Postgres).then(|| "public".to_owned());
    VersionTable { schema, name: "aludel_shadow".to_owned() }
}

/// Who drops the shadow, and how.
enum ShadowHost {
    /// A database in memory: it goes with its connection.
    Memory,
    /// A temporary file.
    File(#[expect(dead_code, reason = "removes the file when it is dropped")] ScratchFile),
    Postgres(postgres::PostgresShadowHost),
    Mysql(mysql::MysqlShadowHost),
    /// A scratch schema in a transaction that is rolled back.
    Transaction {
        name: String,
        others: Vec<String>,
    },
    /// A database that was given: it is emptied.
    Given,
}

/// A scratch database (or schema). Dropped with the value; [`Shadow::close`] says whether that went well.
pub struct Shadow {
    /// None: closed.
    database: Option<Box<dyn Database>>,
    url: DatabaseUrl,
    keeper: ShadowHost,
}

impl Shadow {
    /// Makes a shadow, after dropping those that killed processes left.
    ///
    /// # Errors
    /// A server that cannot be reached or refuses; a given database that is not empty, or is the service's own.
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

    /// From here on the shadow is dropped with the value, whatever fails.
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
        if shadow_config.form == ShadowKind::ForOthers {
            let message = "permission denied to create database".to_owned();
            let error = database::ServerError { message, ..database::ServerError::default() };
            return Err(ProofError::MayNotCreate(DatabaseError::Server(error)));
        }
        let (name, others) = postgres::scratch_schema(&mut *session)?;
        let keeper = ShadowHost::Transaction { name, others };
        Ok(Self { database: Some(session), url: shadow_config.url.clone(), keeper })
    }

    /// The connection to it.
    ///
    /// # Errors
    /// None but that it was closed.
    pub fn database(&mut self) -> Result<&mut dyn Database, ProofError> {
        match &mut self.database {
            Some(database) => Ok(&mut **database),
            None => Err(DatabaseError::ConnectionLost("the shadow database is closed".to_owned()).into()),
        }
    }

    /// Its URL, with the password: for programs that are to work on it ([`ShadowKind::ForOthers`]).
    #[must_use]
    pub const fn url(&self) -> &DatabaseUrl {
        &self.url
    }

    /// How statements get to it.
    #[must_use]
    pub fn stage(&self) -> RehearsalStage {
        match &self.keeper {
            ShadowHost::Transaction { name, .. } => {
                RehearsalStage::Transaction { reset: postgres::search_only(name), schema: name.clone() }
            }
            _ => RehearsalStage::Database,
        }
    }

    /// The schemas beside the scratch one (and `public`, for which it stands) that statements must not name; none where the database is all ours.
    #[must_use]
    pub fn forbidden(&self) -> &[String] {
        match &self.keeper {
            ShadowHost::Transaction { others, .. } => others,
            _ => &[],
        }
    }

    /// Takes all rows away that a replayed history brought: what is tried then is tried on the schema alone.
    ///
    /// # Errors
    /// When the server refuses or the connection breaks.
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
                    // A trigger may refuse it; then the rows are tried with the statements.
                    let _ = self.database()?.execute(&format!("DELETE FROM {name}"));
                }
                return Ok(());
            }
        };
        let statements = match &self.keeper {
            ShadowHost::Transaction { name, .. } => in_schema(&statements, name),
            _ => statements,
        };
        self.database()?.execute(&statements)?;
        Ok(())
    }

    /// Does `work` so that what it refuses leaves the shadow usable: in the one transaction of a scratch schema behind a savepoint.
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

    /// Whether all that happens in it is one transaction.
    #[must_use]
    pub const fn is_one_transaction(&self) -> bool {
        matches!(self.keeper, ShadowHost::Transaction { .. })
    }

    /// What it holds, without aludel's own tables.
    ///
    /// # Errors
    /// When the server refuses or the connection breaks.
    pub fn catalog(&mut self, request: &CatalogRequest) -> Result<Schema, ProofError> {
        let mut request = request.clone();
        request.without.push(shadow_table(self.url.dialect()));
        let scratch = match &self.keeper {
            ShadowHost::Transaction { name, others } => Some((name.clone(), others.clone())),
            _ => None,
        };
        if let Some((_, others)) = &scratch {
            // Those that statements made are ours too.
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

    /// Drops it.
    ///
    /// # Errors
    /// When the server refuses or the connection breaks; then the next shadow's opening drops it.
    pub fn close(mut self) -> Result<(), ProofError> {
        self.end().map_err(ProofError::from)
    }

    fn end(&mut self) -> Result<(), DatabaseError> {
        // A database is not dropped while somebody is connected.
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
        // What could not be dropped is swept by the next one.
        let _ = self.end();
    }
}
