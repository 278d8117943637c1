//! The in-memory database, a made-up product that exists for the tests: the worked example of a driver in
//! CONTRIBUTING.md. `memory:///NAME` is a database of this process, which all connections find by its name.

mod contents;
mod driver;
mod error;
mod history;
mod run;
mod session;

pub use driver::MemoryDriver;

use self::error::MemoryError;
use self::run::MemoryRun;
use self::session::{MemorySession, lock};
use crate::database::journal::{self, create_journal};
use crate::database::statements::{companions, create_version_table};
use crate::database::{
    CatalogReader, CatalogRequest, Database, DatabaseError, Driver, HistoryState, JournalRow, LockAttempt, LockHolder,
    ManualEntry, QueryRows, RevisionExecution, RevisionSession, RunFailure, Server, StopSignal, TextRows, VersionTable,
};
use crate::schema::{Attribute, Key, Kind, Object, Schema};
use crate::sql::{CatalogObject, Dialect, ObjectKind};

/// Connection.
#[derive(Debug)]
struct Memory {
    session: MemorySession,
    table: VersionTable,
    application_name: String,
    server: Server,
}

impl Memory {
    fn new(name: &str, table: &VersionTable, application_name: &str) -> Self {
        let server = Server {
            dialect: Dialect::MEMORY,
            flavour: Dialect::MEMORY.rules().default_flavour(),
            product: "Memory".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        };
        let (session, application_name) = (MemorySession::open(name), application_name.to_owned());
        Self { session, table: table.clone(), application_name, server }
    }

    /// Runs statements in one transaction.
    fn together(&mut self, statements: &str) -> Result<(), DatabaseError> {
        let ran = self.session.run(&format!("BEGIN;\n{statements};\nCOMMIT"));
        ran.map(drop).inspect_err(|_| self.session.roll_back()).map_err(DatabaseError::from)
    }
}

impl Drop for Memory {
    /// Releases the lock.
    fn drop(&mut self) {
        lock(&self.session.store.locks).retain(|_, (holder, _)| *holder != self.session.id);
    }
}

impl Database for Memory {
    fn server(&self) -> &Server {
        &self.server
    }

    fn driver(&self) -> &'static dyn Driver {
        &MemoryDriver
    }

    fn resolve_version_table(&mut self) -> Result<VersionTable, DatabaseError> {
        Ok(self.table.clone())
    }

    fn state(&mut self) -> Result<HistoryState, DatabaseError> {
        Ok(self.session.read(|contents| history::state(contents, &self.table)))
    }

    fn try_lock(&mut self) -> Result<LockAttempt, DatabaseError> {
        let own = (self.session.id, format!("session {} of {}", self.session.id, self.application_name));
        let mut locks = lock(&self.session.store.locks);
        let (holder, description) = locks.entry(self.table.clone()).or_insert(own);
        if *holder == self.session.id {
            return Ok(LockAttempt::Acquired);
        }
        Ok(LockAttempt::HeldBy(LockHolder { description: description.clone(), end: None }))
    }

    fn unlock(&mut self) -> Result<(), DatabaseError> {
        let mut locks = lock(&self.session.store.locks);
        if locks.get(&self.table).is_none_or(|(holder, _)| *holder != self.session.id) {
            return Err(MemoryError::new(MemoryError::WRONG_STATE, "the lock was not held").into());
        }
        locks.remove(&self.table);
        Ok(())
    }

    fn ensure_tables(&mut self) -> Result<(), DatabaseError> {
        let version = create_version_table(Dialect::MEMORY, &self.table);
        let journal = create_journal(Dialect::MEMORY, &self.table);
        self.together(&format!("{version};\n{journal}"))
    }

    fn begin(&mut self) -> Result<(), DatabaseError> {
        self.session.begin().map_err(DatabaseError::from)
    }

    fn commit(&mut self) -> Result<(), DatabaseError> {
        self.session.commit().map_err(DatabaseError::from)
    }

    fn rollback(&mut self) -> Result<(), DatabaseError> {
        self.session.roll_back();
        Ok(())
    }

    fn execute(&mut self, sql: &str) -> Result<Vec<TextRows>, DatabaseError> {
        let results = self.session.run(sql)?;
        Ok(results.into_iter().map(|result| result.rows).collect())
    }

    fn start_revision<'r>(
        &'r mut self,
        unit: &'r RevisionExecution<'r>,
        _signal: Option<StopSignal>,
    ) -> Result<Box<dyn RevisionSession + 'r>, RunFailure> {
        Ok(Box::new(MemoryRun::start(&mut self.session, &self.table, unit)?))
    }

    fn remark(&mut self, remark: &ManualEntry<'_>) -> Result<(), DatabaseError> {
        self.together(&journal::remark(Dialect::MEMORY, &self.table, remark).join(";\n"))
    }

    fn exists(&mut self, object: &CatalogObject) -> Result<Option<bool>, DatabaseError> {
        let exists = self.session.read(|contents| contents.tables.contains_key(&object.name));
        Ok((object.kind == ObjectKind::Table).then_some(exists))
    }

    fn journal(&mut self, limit: usize) -> Result<Vec<JournalRow>, DatabaseError> {
        Ok(self.session.read(|contents| history::journal(contents, &self.table, limit)))
    }

    fn query(&mut self, sql: &str, limit: usize) -> Result<QueryRows, DatabaseError> {
        run::query(&self.session, sql, limit).map_err(DatabaseError::from)
    }
}

impl CatalogReader for Memory {
    fn catalog(&mut self, request: &CatalogRequest) -> Result<Schema, DatabaseError> {
        let own: Vec<VersionTable> = request.without.iter().flat_map(companions).collect();
        let mut schema = Schema::new(Dialect::MEMORY);
        self.session.read(|contents| {
            for (name, table) in contents.tables.iter().filter(|(name, _)| !own.iter().any(|own| own.name == **name)) {
                let mut object = Object::new(Key::new(Kind::Table, None, name));
                object.set(Attribute::Definition, table.definition.sql.clone());
                schema.add(object);
            }
        });
        Ok(schema)
    }
}
