//! Queries about the state of a server: its load, sizes, sessions and replicas. Read-only.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::refusable::{cell, number};
use super::{Database, DatabaseError, QueryRows, Server};
use crate::sql::TableName;

/// Facts about a table from the catalog.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TableFacts {
    /// Size with indexes in bytes, if known.
    pub bytes: Option<u64>,
    /// Approximate number of rows, if known.
    pub rows: Option<u64>,
    /// Owner (PostgreSQL).
    pub owner: String,
    /// Privileges of the user: `OWN`, `SELECT`, `INSERT`... (PostgreSQL).
    pub allowed: BTreeSet<&'static str>,
}

impl TableFacts {
    /// Returns the facts in rows with the columns: index into `names`, size in bytes, number of rows.
    #[must_use]
    pub fn from_rows(rows: &QueryRows, names: &[&TableName]) -> BTreeMap<TableName, Self> {
        let table = |row: &Vec<Option<String>>| {
            let name = names.get(cell(row, 0).parse::<usize>().ok()?)?;
            let whole = |index| number(row, index).map(|value| value as u64);
            Some(((*name).clone(), Self { bytes: whole(1), rows: whole(2), ..Self::default() }))
        };
        rows.rows.iter().filter_map(table).collect()
    }
}

/// Size of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableSize {
    /// Name of the table, with its schema if it is not on the search path.
    pub table: String,
    /// Approximate number of rows, if known.
    pub rows: Option<u64>,
    /// Size of the table itself in bytes.
    pub table_bytes: u64,
    /// Size of its indexes in bytes.
    pub index_bytes: u64,
}

impl TableSize {
    /// Returns the sizes in rows with the columns: table, number of rows, size of the table, size of its indexes.
    #[must_use]
    pub fn from_rows(rows: &QueryRows) -> Vec<Self> {
        let size = |row: &Vec<Option<String>>| {
            let number = |index: usize| row.get(index)?.as_deref()?.parse().ok();
            Some(Self {
                table: row.first()?.clone()?,
                rows: number(1),
                table_bytes: number(2).unwrap_or(0),
                index_bytes: number(3).unwrap_or(0),
            })
        };
        rows.rows.iter().filter_map(size).collect()
    }
}

/// Tables of a plan that are in the database already.
#[derive(Debug, Clone, Default)]
pub struct TouchedTables<'t> {
    /// Tables that a statement changes, or locks against writes.
    pub locked: Vec<&'t TableName>,
    /// Tables, indexes and views that a statement names.
    pub named: Vec<&'t TableName>,
}

/// Open transactions of other sessions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OpenTransactions {
    /// Transactions that are older than the limit, the oldest first.
    Listed {
        /// One row for each.
        rows: QueryRows,
        /// Number of those that hold a lock for which the plan would have to wait, as far as the server reports locks.
        blocking: usize,
    },
    /// The server refuses to list them.
    Refused,
    /// There is nothing to list, for this reason.
    NotReported(&'static str),
}

/// Number of connections of a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConnectionCount {
    /// Open connections.
    pub open: u64,
    /// Maximum that the server allows.
    pub limit: u64,
}

impl ConnectionCount {
    /// Creates the value from the server's texts; `None` if one of them is not a number.
    #[must_use]
    pub fn from_texts(open: Option<String>, limit: Option<String>) -> Option<Self> {
        let number = |text: Option<String>| text.and_then(|text| text.parse().ok());
        Some(Self { open: number(open)?, limit: number(limit)? })
    }
}

/// Replication of a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Replication {
    /// The server reports its replicas.
    Replicas {
        /// One row for each.
        rows: QueryRows,
        /// Lag of the slowest replica.
        lag: Duration,
    },
    /// The server is a replica itself.
    IsReplica {
        /// Its lag; `None` if its replication is not running.
        lag: Option<Duration>,
    },
    /// There is nothing to report, for this reason.
    NotReported(&'static str),
}

/// Queries about the state of a server: its load, sizes, sessions and replicas. The defaults are those of a database
/// that reports none of it.
///
/// # Errors
/// All methods fail only when the connection breaks. What the server refuses to report is left out.
pub trait HealthQueries {
    /// Returns the oldest tested version of the server's product, as major and minor number.
    fn oldest_tested_version(&self, _server: &Server) -> (u32, u32) {
        (0, 0)
    }

    /// Returns the size of the current database in bytes, if it reports that.
    fn database_size(&self, _database: &mut dyn Database) -> Result<Option<u64>, DatabaseError> {
        Ok(None)
    }

    /// Returns the free disk space of the server in bytes, if it reports that.
    fn free_space(&self, _database: &mut dyn Database) -> Result<Option<u64>, DatabaseError> {
        Ok(None)
    }

    /// Returns facts about those of the names that exist. The number of queries does not depend on the number of names.
    fn table_facts(
        &self,
        database: &mut dyn Database,
        names: &[&TableName],
    ) -> Result<BTreeMap<TableName, TableFacts>, DatabaseError>;

    /// Returns the `limit` largest tables, the largest first; none if the database reports no sizes.
    fn largest_tables(&self, _database: &mut dyn Database, _limit: usize) -> Result<Vec<TableSize>, DatabaseError> {
        Ok(Vec::new())
    }

    /// Returns the query that counts the tables of a schema; `None` if the database has no schemas.
    fn count_tables_query(&self, _schema: &str) -> Option<String> {
        None
    }

    /// Returns the transactions of other sessions that are open for longer than `age`.
    fn open_transactions(
        &self,
        _database: &mut dyn Database,
        _touched: &TouchedTables<'_>,
        _age: Duration,
    ) -> Result<OpenTransactions, DatabaseError> {
        Ok(OpenTransactions::NotReported("the database does not list them"))
    }

    /// Returns the sessions that wait for a lock for longer than `limit`; on PostgreSQL with the sessions that they
    /// wait for.
    fn lock_waits(&self, _database: &mut dyn Database, _limit: Duration) -> Result<QueryRows, DatabaseError> {
        Ok(QueryRows::default())
    }

    /// Returns the queries that run for longer than `limit`.
    fn long_queries(&self, _database: &mut dyn Database, _limit: Duration) -> Result<QueryRows, DatabaseError> {
        Ok(QueryRows::default())
    }

    /// Returns the number of open connections, if the server reports it.
    fn connections(&self, _database: &mut dyn Database) -> Result<Option<ConnectionCount>, DatabaseError> {
        Ok(None)
    }

    /// Returns the server's replicas, or its own lag if it is one.
    fn replication(&self, _database: &mut dyn Database) -> Result<Replication, DatabaseError> {
        Ok(Replication::NotReported("the database has no replicas"))
    }
}
