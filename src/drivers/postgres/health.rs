//! State of the server. The queries are in the files for their subject.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{PostgresDriver, other_sessions, replication, table_sizes};
use crate::database::refusable::try_value;
use crate::database::statements::text_literal;
use crate::database::{
    ConnectionCount, Database, DatabaseError, HealthQueries, OpenTransactions, QueryRows, Replication, Server,
    TableFacts, TableSize, TouchedTables,
};
use crate::dialects::postgres::flavour::PostgresFlavour;
use crate::sql::{Dialect, TableName};

impl HealthQueries for PostgresDriver {
    fn oldest_tested_version(&self, server: &Server) -> (u32, u32) {
        PostgresFlavour::from_handle(server.flavour).oldest_tested_version()
    }

    fn database_size(&self, database: &mut dyn Database) -> Result<Option<u64>, DatabaseError> {
        let size = try_value(database, "SELECT pg_database_size(current_database())")?;
        Ok(size.and_then(|size| size.parse().ok()))
    }

    fn table_facts(
        &self,
        database: &mut dyn Database,
        names: &[&TableName],
    ) -> Result<BTreeMap<TableName, TableFacts>, DatabaseError> {
        table_sizes::facts(database, names)
    }

    fn largest_tables(&self, database: &mut dyn Database, limit: usize) -> Result<Vec<TableSize>, DatabaseError> {
        table_sizes::largest(database, limit)
    }

    fn count_tables_query(&self, schema: &str) -> Option<String> {
        let schema = text_literal(Dialect::POSTGRES, schema);
        Some(format!("SELECT count(*) FROM information_schema.tables WHERE table_schema = {schema}"))
    }

    fn open_transactions(
        &self,
        database: &mut dyn Database,
        touched: &TouchedTables<'_>,
        age: Duration,
    ) -> Result<OpenTransactions, DatabaseError> {
        other_sessions::open_transactions(database, touched, age)
    }

    fn lock_waits(&self, database: &mut dyn Database, limit: Duration) -> Result<QueryRows, DatabaseError> {
        other_sessions::lock_waits(database, limit)
    }

    fn long_queries(&self, database: &mut dyn Database, limit: Duration) -> Result<QueryRows, DatabaseError> {
        other_sessions::long_queries(database, limit)
    }

    fn connections(&self, database: &mut dyn Database) -> Result<Option<ConnectionCount>, DatabaseError> {
        other_sessions::connections(database)
    }

    fn replication(&self, database: &mut dyn Database) -> Result<Replication, DatabaseError> {
        replication::read(database)
    }
}
