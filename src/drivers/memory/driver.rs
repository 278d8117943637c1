//! The driver as the registry lists it, with its parts. What a database without a server lacks is a default of the
//! traits.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

use super::Memory;
use crate::config::DatabaseUrl;
use crate::database::session::first_column;
use crate::database::{
    Database, DatabaseError, DatabaseLifecycle, Driver, Dumper, HealthQueries, HostSession, PrivilegeQueries,
    ScratchDatabase, ScratchError, ScratchHost, ScratchRequest, ScratchStatements, StatementObserver, TableFacts,
    VersionTable,
};
use crate::dialects::memory::CATALOG;
use crate::sql::{CatalogObject, Dialect, ObjectKind, TableName, quote_identifier};

/// Driver for the in-memory database.
#[derive(Debug)]
pub struct MemoryDriver;

impl Driver for MemoryDriver {
    fn open(
        &self,
        url: &DatabaseUrl,
        table: &VersionTable,
        application_name: &str,
        _environment: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Box<dyn Database>, DatabaseError> {
        let missing = || DatabaseError::Url("the URL names no database (memory:///NAME)".to_owned());
        Ok(Box::new(Memory::new(url.database().ok_or_else(missing)?, table, application_name)))
    }
}

impl HealthQueries for MemoryDriver {
    fn table_facts(
        &self,
        database: &mut dyn Database,
        names: &[&TableName],
    ) -> Result<BTreeMap<TableName, TableFacts>, DatabaseError> {
        let mut facts = BTreeMap::new();
        for name in names {
            let TableName { schema, name: table } = (*name).clone();
            let object = CatalogObject { kind: ObjectKind::Table, schema, table: None, name: table };
            if database.exists(&object)? == Some(true) {
                facts.insert((*name).clone(), TableFacts::default());
            }
        }
        Ok(facts)
    }
}

impl PrivilegeQueries for MemoryDriver {}

impl DatabaseLifecycle for MemoryDriver {}

impl Dumper for MemoryDriver {}

impl StatementObserver for MemoryDriver {}

impl ScratchHost for MemoryDriver {
    fn open_host(
        &self,
        url: &DatabaseUrl,
        application_name: &str,
        environment: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Box<dyn Database>, DatabaseError> {
        self.open(url, &self.shadow_table(), application_name, environment)
    }

    fn create_scratch<'s>(
        &self,
        session: HostSession<'s>,
        request: &ScratchRequest<'_>,
    ) -> Result<ScratchDatabase<'s>, ScratchError> {
        static NUMBER: AtomicU64 = AtomicU64::new(1);
        let name = format!("{}{}", request.purpose.prefix(), NUMBER.fetch_add(1, Ordering::Relaxed));
        // It is created when it is opened, and no other process can meet it, so that it needs no lock.
        let drop = format!("DROP DATABASE {name}");
        let statements = ScratchStatements { create: String::new(), before_drop: None, drop, unlock: String::new() };
        ScratchDatabase::on_server(session, request.url.with_database(&name), statements)
    }

    fn contents(&self, database: &mut dyn Database) -> Result<Vec<String>, DatabaseError> {
        let names = first_column(database.execute(&format!("SELECT name FROM {CATALOG}"))?);
        Ok(names.into_iter().take(5).collect())
    }

    fn clear(&self, database: &mut dyn Database) -> Result<(), DatabaseError> {
        for name in first_column(database.execute(&format!("SELECT name FROM {CATALOG}"))?) {
            database.execute(&format!("DROP TABLE {}", quote_identifier(&name, Dialect::MEMORY)))?;
        }
        Ok(())
    }
}
