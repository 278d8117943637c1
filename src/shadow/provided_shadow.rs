//! Database that the user provides as the shadow. It must be empty and not in use, and is emptied again.
//!
//! The version table `aludel_shadow` marks the contents as ours, and the lock of its runners marks the database as in
//! use. Both together distinguish the leftovers of a killed process from data of the user.

use super::error::ProofError;
use super::postgres::column;
use super::shadow_config::ShadowConfig;
use super::shadow_database::shadow_table;
use super::{mysql, postgres};
use crate::config::DatabaseUrl;
use crate::database::LockAttempt;
use crate::database::{Database, DatabaseError};
use crate::drivers;
use crate::sql::{Dialect, quote_identifier};

/// Query for the names of up to five objects in a SQLite database.
const SQLITE_HOLDS: &str =
    "SELECT name FROM sqlite_schema WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name LIMIT 5";

/// Opens the provided database and checks that it is empty.
pub(super) fn open(url: &DatabaseUrl, shadow_config: &ShadowConfig<'_>) -> Result<Box<dyn Database>, ProofError> {
    let shown = || url.redacted();
    let dialect = url.dialect();
    let table = shadow_table(dialect);
    let mut database = drivers::open(url, &table, shadow_config.service, shadow_config.environment)?;
    if is_target(url, &mut *database, shadow_config) {
        return Err(ProofError::IsTarget { url: shown() });
    }
    if let LockAttempt::HeldBy(holder) = database.try_lock()? {
        return Err(ProofError::InUse { url: shown(), holder: holder.description });
    }
    // The lock is held, so no other command uses the database: a version table in it was left by a killed process.
    if database.state()?.version_table_exists {
        clear(&mut *database)?;
    }
    let found = column(database.execute(holds(dialect))?);
    if !found.is_empty() {
        let _ = database.unlock();
        return Err(ProofError::NotEmpty { url: shown(), found });
    }
    Ok(database)
}

/// Drops everything in the shadow.
pub(super) fn clear(database: &mut dyn Database) -> Result<(), DatabaseError> {
    match database.server().dialect {
        Dialect::Postgres => database.execute(postgres::CLEAR).map(drop),
        Dialect::Mysql => mysql::clear(database),
        Dialect::Sqlite => clear_sqlite(database),
    }
}

const fn holds(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Postgres => postgres::HOLDS,
        Dialect::Mysql => mysql::HOLDS,
        Dialect::Sqlite => SQLITE_HOLDS,
    }
}

/// Returns `true` if the database is the service's own, even if the two URLs differ. If the service's database cannot
/// be opened, only the URLs are compared.
fn is_target(url: &DatabaseUrl, database: &mut dyn Database, shadow_config: &ShadowConfig<'_>) -> bool {
    let query = match url.dialect() {
        Dialect::Postgres => postgres::IDENTITY,
        Dialect::Mysql => mysql::IDENTITY,
        Dialect::Sqlite => return same_file(url, shadow_config.url),
    };
    // Two names of a host, or a proxy, may lead to the same server; the server's own identity shows that.
    let same_url = (url.hosts(), url.database()) == (shadow_config.url.hosts(), shadow_config.url.database());
    let own = drivers::open(
        shadow_config.url,
        &shadow_table(url.dialect()),
        shadow_config.service,
        shadow_config.environment,
    );
    let Ok(mut own) = own else { return same_url };
    let ask = |database: &mut dyn Database| database.execute(query).map(column).unwrap_or_default();
    same_url || ask(&mut *own) == ask(database)
}

fn same_file(one: &DatabaseUrl, other: &DatabaseUrl) -> bool {
    let real = |url: &DatabaseUrl| url.path().map(|path| path.canonicalize().unwrap_or_else(|_| path.to_owned()));
    real(one) == real(other) && one.path().is_some_and(|path| path.as_os_str() != ":memory:")
}

/// Drops views, then tables with their indexes and triggers. The order of tables does not matter because foreign keys
/// are not enforced in our connections; virtual tables come first because they drop their shadow tables.
fn clear_sqlite(database: &mut dyn Database) -> Result<(), DatabaseError> {
    let list = "SELECT type, name FROM sqlite_schema WHERE type IN ('view', 'table') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' \
                ORDER BY type DESC, sql LIKE 'CREATE VIRTUAL%' DESC";
    for row in database.execute(list)?.into_iter().next().unwrap_or_default() {
        if let [Some(kind), Some(name)] = row.as_slice() {
            let name = quote_identifier(name, Dialect::Sqlite);
            database.execute(&format!("DROP {kind} IF EXISTS {name}"))?;
        }
    }
    Ok(())
}
