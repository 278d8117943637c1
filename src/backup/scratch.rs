//! Scratch databases. Their names have a prefix by which they are recognized, and the session of their creator holds a
//! lock while it is alive. A database whose creator was killed is dropped by the next verification. Must not depend on
//! their contents.

use super::error::{BackupError, BackupRefusal};
use crate::database::Database;
use crate::sql::{Dialect, quote_identifier, quote_literal};

/// Prefix of the names; 32 hexadecimal digits follow.
const PREFIX: &str = "aludel_verify_";

/// A scratch database; must be dropped with [`drop_it`].
pub(super) struct ScratchDatabase {
    /// Name of the database.
    pub(super) name: String,
}

/// Returns an error if the user lacks the right to create a database. Checked on PostgreSQL only.
pub(super) fn may_create(database: &mut dyn Database) -> Result<(), BackupError> {
    if database.server().dialect != Dialect::Postgres {
        return Ok(());
    }
    let ask = "SELECT rolname, rolcreatedb OR rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user";
    match database.execute(ask)?.first().and_then(|rows| rows.first()).map(Vec::as_slice) {
        Some([Some(user), Some(may)]) if may == "f" => Err(BackupRefusal::NoScratch { user: user.clone() }.into()),
        _ => Ok(()),
    }
}

/// Creates an empty database with the encoding and collation of the current one.
pub(super) fn make(database: &mut dyn Database) -> Result<ScratchDatabase, BackupError> {
    let name = format!("{PREFIX}{}", uuid::Uuid::new_v4().simple());
    // Lock first: a scratch database without a lock may be dropped by any verification.
    lock(database, &name)?;
    let created = creation(database, &name).and_then(|create| Ok(database.execute(&create)?));
    match created {
        Ok(_) => Ok(ScratchDatabase { name }),
        Err(error) => {
            unlock(database, &name);
            Err(error)
        }
    }
}

/// Drops the database. Uses FORCE where available, because the backend of a connection just closed may still be there.
pub(super) fn drop_it(database: &mut dyn Database, scratch: &ScratchDatabase) -> Result<(), BackupError> {
    let major = database.server().version.split('.').next().and_then(|number| number.parse::<u32>().ok()).unwrap_or(0);
    let dialect = database.server().dialect;
    let force = if dialect == Dialect::Postgres && major >= 13 { " WITH (FORCE)" } else { "" };
    let dropped =
        database.execute(&format!("DROP DATABASE IF EXISTS {}{force}", quote_identifier(&scratch.name, dialect)));
    unlock(database, &scratch.name);
    dropped.map(|_| ()).map_err(BackupError::from)
}

/// Drops scratch databases whose creator is gone and that no session uses. Returns their names. One that cannot be
/// dropped now is left to the next verification.
pub(super) fn sweep(database: &mut dyn Database) -> Result<Vec<String>, BackupError> {
    let dialect = database.server().dialect;
    let ask = match dialect {
        Dialect::Postgres => POSTGRES,
        Dialect::Mysql if is_cluster(database)? => return Ok(Vec::new()),
        Dialect::Mysql => MYSQL,
        Dialect::Sqlite => return Ok(Vec::new()),
    };
    let names: Vec<String> = database.execute(ask)?.into_iter().flatten().flatten().flatten().collect();
    let is_dropped = |name: &String| {
        database.execute(&format!("DROP DATABASE IF EXISTS {}", quote_identifier(name, dialect))).is_ok()
    };
    Ok(names.into_iter().filter(is_dropped).collect())
}

/// Unlocked and unused scratch databases. Advisory locks are local to a database, but pg_locks lists those of all. It
/// shows a bigint key as two halves: the high one in classid, the low one in objid (manual, "pg_locks").
const POSTGRES: &str = "SELECT d.datname FROM pg_catalog.pg_database d WHERE d.datname ~ '^aludel_verify_[0-9a-f]{32}$' \
     AND pg_catalog.pg_has_role(d.datdba, 'USAGE') \
     AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_stat_activity a WHERE a.datid = d.oid \
     AND a.backend_type IS DISTINCT FROM 'autovacuum worker') \
     AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_locks l WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 \
     AND ((l.classid::bigint << 32) | l.objid::bigint) = pg_catalog.hashtextextended(d.datname::text, 0))";

const MYSQL: &str = "SELECT s.schema_name FROM information_schema.schemata s \
     WHERE s.schema_name REGEXP '^aludel_verify_[0-9a-f]{32}$' AND IS_FREE_LOCK(s.schema_name) = 1 \
     AND NOT EXISTS (SELECT 1 FROM information_schema.processlist p WHERE p.db = s.schema_name)";

/// Returns `true` on a Galera cluster, where `GET_LOCK` is local to a node but the database is on all of them.
fn is_cluster(database: &mut dyn Database) -> Result<bool, BackupError> {
    let rows = database.execute("SHOW STATUS LIKE 'wsrep_cluster_size'")?;
    let size = rows.first().and_then(|rows| rows.first()?.get(1)?.as_deref()?.parse::<u32>().ok());
    Ok(size.is_some_and(|size| size > 0))
}

fn lock(database: &mut dyn Database, name: &str) -> Result<(), BackupError> {
    let literal = quote_literal(name, database.server().dialect);
    let sql = match database.server().dialect {
        Dialect::Postgres => format!("SELECT pg_catalog.pg_advisory_lock(pg_catalog.hashtextextended({literal}, 0))"),
        Dialect::Mysql => format!("SELECT GET_LOCK({literal}, 0)"),
        Dialect::Sqlite => return Ok(()),
    };
    database.execute(&sql)?;
    Ok(())
}

fn unlock(database: &mut dyn Database, name: &str) {
    let literal = quote_literal(name, database.server().dialect);
    let sql = match database.server().dialect {
        Dialect::Postgres => format!("SELECT pg_catalog.pg_advisory_unlock(pg_catalog.hashtextextended({literal}, 0))"),
        Dialect::Mysql => format!("SELECT RELEASE_LOCK({literal})"),
        Dialect::Sqlite => return,
    };
    // If this fails the connection is broken, and the server has released the lock with it.
    let _ = database.execute(&sql);
}

/// Returns the CREATE DATABASE statement.
fn creation(database: &mut dyn Database, name: &str) -> Result<String, BackupError> {
    let dialect = database.server().dialect;
    let quoted = quote_identifier(name, dialect);
    let ask = match dialect {
        Dialect::Postgres => {
            "SELECT pg_catalog.pg_encoding_to_char(encoding), datcollate, datctype FROM pg_catalog.pg_database \
             WHERE datname = pg_catalog.current_database()"
        }
        _ => "SELECT @@character_set_database, @@collation_database, ''",
    };
    let rows = database.execute(ask)?;
    let row: Vec<String> =
        rows.first().and_then(|rows| rows.first()).into_iter().flatten().flatten().cloned().collect();
    let [set, collation, kind] = row.as_slice() else { return Ok(format!("CREATE DATABASE {quoted}")) };
    Ok(match dialect {
        Dialect::Postgres => {
            let [set, collation, kind] = [set, collation, kind].map(|text| quote_literal(text, dialect));
            format!("CREATE DATABASE {quoted} TEMPLATE template0 ENCODING {set} LC_COLLATE {collation} LC_CTYPE {kind}")
        }
        _ => format!("CREATE DATABASE {quoted} CHARACTER SET {set} COLLATE {collation}"),
    })
}
