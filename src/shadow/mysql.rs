//! Scratch databases on MariaDB and MySQL.
//!
//! A scratch database is named `aludel_shadow_NODE_N_M`: a hash of the node it was created on, the id of the connection
//! that created it, and a counter. That connection holds `GET_LOCK` on the same name for as long as the database is in
//! use. Such a lock is visible on its own node only, so only the databases of the same node are swept.

use std::sync::atomic::{AtomicU32, Ordering};

use super::error::ProofError;
use super::postgres::column;
use super::shadow_config::ShadowConfig;
use super::shadow_database::shadow_table;
use crate::config::DatabaseUrl;
use crate::database::{Database, DatabaseError};
use crate::drivers;
use crate::sql::{Dialect, quote_identifier, quote_literal};

static NUMBER: AtomicU32 = AtomicU32::new(0);

/// Query for the name without the counter: the hash of the node and the connection's id.
const ASK: &str =
    "SELECT CONCAT('aludel_shadow_', SUBSTR(SHA2(CONCAT(@@hostname, ' ', @@port), 256), 1, 8), '_', CONNECTION_ID())";

/// Query for the scratch databases of this node.
const OURS: &str = "SELECT SCHEMA_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_NAME LIKE \
    CONCAT('aludel\\_shadow\\_', SUBSTR(SHA2(CONCAT(@@hostname, ' ', @@port), 256), 1, 8), '\\_%')";

/// Query for a text that identifies a database across servers.
pub(super) const IDENTITY: &str = "SELECT CONCAT_WS(' ', @@hostname, @@port, @@datadir, DATABASE())";

/// Query for the names of up to five objects of the database.
pub(super) const HOLDS: &str = "SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() \
    UNION SELECT ROUTINE_NAME FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = DATABASE() \
    UNION SELECT EVENT_NAME FROM information_schema.EVENTS WHERE EVENT_SCHEMA = DATABASE() ORDER BY 1 LIMIT 5";

/// Session that creates and drops scratch databases.
pub(super) struct MysqlShadowHost {
    session: Box<dyn Database>,
    /// Name of its scratch database.
    pub(super) name: String,
}

/// Connects to the server, drops the databases of dead connections, and creates a scratch database with the character
/// set and collation of the service's database.
pub(super) fn make(url: &DatabaseUrl, shadow_config: &ShadowConfig<'_>) -> Result<MysqlShadowHost, ProofError> {
    // `information_schema` exists on every server; the service's own database may not exist yet.
    let home = url.with_database("information_schema");
    let mut session =
        drivers::open(&home, &shadow_table(Dialect::Mysql), shadow_config.service, shadow_config.environment)?;
    for name in column(session.execute(OURS)?) {
        let used = session.execute(&format!("SELECT IS_USED_LOCK({})", quote_literal(&name, Dialect::Mysql)))?;
        if column(used).is_empty() {
            // Another process may be sweeping at the same time.
            let _ = session.execute(&format!("DROP DATABASE IF EXISTS {}", quoted(&name)));
        }
    }
    let base = column(session.execute(ASK)?).pop().unwrap_or_default();
    let name = format!("{base}_{}", NUMBER.fetch_add(1, Ordering::Relaxed));
    // The server's default character set may differ from that of the service's database.
    let usual = url.database().map(|database| {
        let database = quote_literal(database, Dialect::Mysql);
        format!("SELECT CONCAT(DEFAULT_CHARACTER_SET_NAME, ' COLLATE ', DEFAULT_COLLATION_NAME) FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = {database}")
    });
    let like = match usual {
        Some(query) => column(session.execute(&query)?).pop().map(|like| format!(" CHARACTER SET {like}")),
        None => None,
    };
    // The lock comes first: a process that sweeps at this moment would drop a database whose lock is free.
    session.execute(&format!("SELECT GET_LOCK({}, 0)", quote_literal(&name, Dialect::Mysql)))?;
    let create = format!("CREATE DATABASE {}{}", quoted(&name), like.unwrap_or_default());
    session.execute(&create).map_err(ProofError::MayNotCreate)?;
    Ok(MysqlShadowHost { session, name })
}

impl MysqlShadowHost {
    pub(super) fn drop_database(&mut self) -> Result<(), DatabaseError> {
        self.session.execute(&format!("DROP DATABASE IF EXISTS {}", quoted(&self.name))).map(drop)
    }
}

/// Drops everything in the session's database.
pub(super) fn clear(database: &mut dyn Database) -> Result<(), DatabaseError> {
    let list = "SELECT CONCAT('VIEW ', QUOTE(TABLE_NAME)), 'DROP VIEW', TABLE_NAME FROM information_schema.TABLES \
        WHERE TABLE_SCHEMA = DATABASE() AND TABLE_TYPE = 'VIEW' UNION ALL \
        SELECT 't', IF(TABLE_TYPE = 'SEQUENCE', 'DROP SEQUENCE', 'DROP TABLE'), TABLE_NAME FROM information_schema.TABLES \
        WHERE TABLE_SCHEMA = DATABASE() AND TABLE_TYPE <> 'VIEW' UNION ALL \
        SELECT 'r', CONCAT('DROP ', ROUTINE_TYPE), ROUTINE_NAME FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = DATABASE() UNION ALL \
        SELECT 'e', 'DROP EVENT', EVENT_NAME FROM information_schema.EVENTS WHERE EVENT_SCHEMA = DATABASE()";
    let rows = database.execute(list)?.into_iter().next().unwrap_or_default();
    let drops = rows.into_iter().filter_map(|row| {
        let mut fields = row.into_iter().skip(1).flatten();
        Some(format!("{} IF EXISTS {}", fields.next()?, quoted(&fields.next()?)))
    });
    let statements: Vec<_> = ["SET FOREIGN_KEY_CHECKS = 0".to_owned()]
        .into_iter()
        .chain(drops)
        .chain(["SET FOREIGN_KEY_CHECKS = 1".to_owned()])
        .collect();
    database.execute(&statements.join("; ")).map(drop)
}

fn quoted(name: &str) -> String {
    quote_identifier(name, Dialect::Mysql)
}
