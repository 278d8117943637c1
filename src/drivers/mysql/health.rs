//! State of the server. The queries are in the files for their subject.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{MysqlDriver, other_sessions, replication, table_sizes};
use crate::database::refusable::{number, try_query, try_value};
use crate::database::statements::text_literal;
use crate::database::{
    ConnectionCount, Database, DatabaseError, HealthQueries, OpenTransactions, QueryRows, Replication, Server,
    TableFacts, TableSize, TouchedTables,
};
use crate::dialects::mysql::flavour::MysqlFlavour;
use crate::sql::{Dialect, TableName};

impl HealthQueries for MysqlDriver {
    fn oldest_tested_version(&self, server: &Server) -> (u32, u32) {
        MysqlFlavour::from_handle(server.flavour).oldest_tested_version()
    }

    fn database_size(&self, database: &mut dyn Database) -> Result<Option<u64>, DatabaseError> {
        let sql = "SELECT CAST(coalesce(sum(data_length + index_length), 0) AS UNSIGNED) FROM information_schema.tables \
                   WHERE table_schema = DATABASE()";
        Ok(try_value(database, sql)?.and_then(|size| size.parse().ok()))
    }

    /// Only MariaDB reports the free space, with the plugin DISKS.
    fn free_space(&self, database: &mut dyn Database) -> Result<Option<u64>, DatabaseError> {
        let sql = "SELECT Available * 1024 FROM information_schema.DISKS \
                   WHERE @@datadir LIKE CONCAT(Path, '%') ORDER BY LENGTH(Path) DESC LIMIT 1";
        let rows = try_query(database, sql)?;
        Ok(rows.and_then(|rows| number(rows.rows.first()?, 0)).map(|free| free as u64))
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
        let schema = text_literal(Dialect::MYSQL, schema);
        Some(format!("SELECT count(*) FROM information_schema.tables WHERE table_schema = {schema}"))
    }

    fn open_transactions(
        &self,
        database: &mut dyn Database,
        _touched: &TouchedTables<'_>,
        age: Duration,
    ) -> Result<OpenTransactions, DatabaseError> {
        other_sessions::open_transactions(database, age)
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
