//! Drivers: the implementations of [`Database`], a folder for each database. A driver's crate is used in its own folder
//! only. This file is the only list of them.

#[cfg(feature = "memory")]
pub mod memory;
#[cfg(feature = "mysql")]
pub mod mysql;
#[cfg(feature = "postgres")]
pub mod postgres;
#[cfg(feature = "sqlite")]
pub mod sqlite;

#[cfg(feature = "sqlite")]
pub use sqlite::{QueriedTable, query_rows};

use crate::config::DatabaseUrl;
use crate::database::{Database, DatabaseError, Driver, VersionTable};
use crate::sql::Dialect;

/// Returns the driver for `dialect`.
///
/// # Errors
/// [`DatabaseError::Url`] if this build of the library does not include it.
pub fn driver(dialect: Dialect) -> Result<&'static dyn Driver, DatabaseError> {
    match dialect {
        #[cfg(feature = "sqlite")]
        Dialect::SQLITE => Ok(&sqlite::SqliteDriver),
        #[cfg(feature = "mysql")]
        Dialect::MYSQL => Ok(&mysql::MysqlDriver),
        #[cfg(feature = "postgres")]
        Dialect::POSTGRES => Ok(&postgres::PostgresDriver),
        #[cfg(feature = "memory")]
        Dialect::MEMORY => Ok(&memory::MemoryDriver),
        #[allow(unreachable_patterns)]
        dialect => Err(left_out(dialect)),
    }
}

/// Opens the database at `url` for the version table `table` of `service`, whose name becomes part of the connection's
/// application name; `environment` looks up environment variables (`PGPASSWORD`, `MYSQL_PWD`).
///
/// # Errors
/// [`DatabaseError::Url`] and [`DatabaseError::Connect`]; neither contains a password.
pub fn open(
    url: &DatabaseUrl,
    table: &VersionTable,
    service: &str,
    environment: &dyn Fn(&str) -> Option<String>,
) -> Result<Box<dyn Database>, DatabaseError> {
    driver(url.dialect())?.open(url, table, &format!("aludel {service}"), environment)
}

/// Error for a database that this build of the library does not include.
#[allow(dead_code)]
pub fn left_out(dialect: Dialect) -> DatabaseError {
    let feature = match dialect {
        Dialect::SQLITE => "sqlite",
        Dialect::MYSQL => "mysql",
        Dialect::POSTGRES => "postgres",
        other => other.name(),
    };
    DatabaseError::Url(format!("this program was built without the feature `{feature}` of aludel"))
}
