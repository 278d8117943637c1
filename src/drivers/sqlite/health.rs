//! State of the file. A file has no sessions and no replicas.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{SqliteDriver, table_sizes};
use crate::database::refusable::try_value;
use crate::database::{
    Database, DatabaseError, HealthQueries, OpenTransactions, Replication, Server, TableFacts, TableSize, TouchedTables,
};
use crate::dialects::sqlite::flavour::SqliteFlavour;
use crate::sql::TableName;

impl HealthQueries for SqliteDriver {
    fn oldest_tested_version(&self, _server: &Server) -> (u32, u32) {
        SqliteFlavour::DEFAULT.oldest_tested_version()
    }

    fn database_size(&self, database: &mut dyn Database) -> Result<Option<u64>, DatabaseError> {
        let sql = "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()";
        Ok(try_value(database, sql)?.and_then(|size| size.parse().ok()))
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

    fn open_transactions(
        &self,
        _database: &mut dyn Database,
        _touched: &TouchedTables<'_>,
        _age: Duration,
    ) -> Result<OpenTransactions, DatabaseError> {
        Ok(OpenTransactions::NotReported("a file has no sessions; the run waits for a writer's lock"))
    }

    fn replication(&self, _database: &mut dyn Database) -> Result<Replication, DatabaseError> {
        Ok(Replication::NotReported("a file has no replicas"))
    }
}
