//! Scratch databases: named so that they are known again, locked by their maker's session while it lives. One whose maker was
//! killed is dropped by the next that is made. Must not know what is put into them.

use super::error::{BackupError, Refusal};
use crate::database::Database;
use crate::sql::{Dialect, quote_identifier, quote_literal};

/// What the names begin with; 32 hexadecimal digits follow.
const PREFIX: &str = "aludel_verify_";

/// A scratch database that was made, to be dropped with [`drop_it`].
pub(super) struct Scratch {
    /// Its name.
    pub(super) name: String,
}

/// Refuses before anything is done where the user may not create a database at all.
pub(super) fn may_create(database: &mut dyn Database) -> Result<(), BackupError> {
    if database.server().dialect != Dialect::Postgres {
        return Ok(());
    }
    let ask = "SELECT rolname, rolcreatedb OR rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user";
    match database.execute(ask)?.first().and_then(|rows| rows.first()).map(Vec::as_slice) {
        Some([Some(user), Some(may)]) if may == "f" => Err(Refusal::NoScratch { user: user.clone() }.into()),
        _ => Ok(()),
    }
}

/// Makes an empty database that speaks the same language as the one that we are in.
pub(super) fn make(database: &mut dyn Database) -> Result<Scratch, BackupError> {
    let name = format!("{PREFIX}{}", uuid::Uuid::new_v4().simple());
    // First: a database that nobody has locked is anybody's to drop.
    lock(database, &name)?;
    let create = creation(database, &name)?;
    match database.execute(&create) {
        Ok(_) => Ok(Scratch { name }),
        Err(error) => {
            unlock(database, &name);
            Err(error.into())
        }
    }
}

/// Drops it. A connection that has just ended may still be there for a moment.
pub(super) fn drop_it(database: &mut dyn Database, scratch: &Scratch) -> Result<(), BackupError> {
    let major = database.server().version.split('.').next().and_then(|number| number.parse::<u32>().ok()).unwrap_or(0);
    let dialect = database.server().dialect;
    let force = if dialect == Dialect::Postgres && major >= 13 { " WITH (FORCE)" } else { "" };
    let dropped =
        database.execute(&format!("DROP DATABASE IF EXISTS {}{force}", quote_identifier(&scratch.name, dialect)));
    unlock(database, &scratch.name);
    dropped.map(|_| ()).map_err(BackupError::from)
}

/// Drops scratch databases whose makers are gone and in which nobody is; their names. One that cannot be dropped now is left
/// to the next.
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

/// Advisory locks are of a database, but pg_locks shows those of all; a bigint key as two halves (manual, "pg_locks").
const POSTGRES: &str = "SELECT d.datname FROM pg_catalog.pg_database d WHERE d.datname ~ '^aludel_verify_[0-9a-f]{32}$' \
     AND pg_catalog.pg_has_role(d.datdba, 'USAGE') \
     AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_stat_activity a WHERE a.datid = d.oid \
     AND a.backend_type IS DISTINCT FROM 'autovacuum worker') \
     AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_locks l WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 \
     AND ((l.classid::bigint << 32) | l.objid::bigint) = pg_catalog.hashtextextended(d.datname::text, 0))";

const MYSQL: &str = "SELECT s.schema_name FROM information_schema.schemata s \
     WHERE s.schema_name REGEXP '^aludel_verify_[0-9a-f]{32}$' AND IS_FREE_LOCK(s.schema_name) = 1 \
     AND NOT EXISTS (SELECT 1 FROM information_schema.processlist p WHERE p.db = s.schema_name)";

/// `GET_LOCK` holds on one node only, and every node has the database.
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
    // A connection that broke has let go of it.
    let _ = database.execute(&sql);
}

/// The statement that makes it.
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
