//! Open transactions of other sessions, and those of them that block the plan.

use super::tables::Touched;
use super::{Item, Level, Limits};
use crate::database::{Database, DatabaseError, QueryRows};
use crate::operations::ask::{ask, cell, literal};
use crate::sql::{Blocks, Dialect, TableName, qualified};
use crate::units::format_rough_duration;

pub(super) fn item(database: &mut dyn Database, touched: &Touched, limits: Limits) -> Result<Item, DatabaseError> {
    match database.server().dialect {
        Dialect::Postgres => postgres(database, touched, limits),
        Dialect::Mysql => mysql(database, limits),
        Dialect::Sqlite => {
            Ok(Item::new("sessions", Level::Ok, "a file has no sessions; the run waits for a writer's lock"))
        }
    }
}

/// Returns the item for PostgreSQL. A statement that changes a table, or locks it against writes, may have to wait for
/// any transaction that has used the table.
fn postgres(database: &mut dyn Database, touched: &Touched, limits: Limits) -> Result<Item, DatabaseError> {
    let locked = touched.locks().filter(|lock| lock.blocks > Blocks::Nothing).map(|lock| &lock.table);
    let locked = regclasses(locked);
    // An ACCESS EXCLUSIVE lock of another session blocks readers as well, so it matters for all tables that are named.
    let named = regclasses(touched.names.iter());
    let sql = format!(
        "SELECT a.pid, a.usename AS \"user\", a.application_name AS application, \
         extract(epoch FROM clock_timestamp() - a.xact_start)::bigint AS seconds, a.state, \
         (SELECT string_agg(DISTINCT l.relation::regclass::text, ', ') FROM pg_catalog.pg_locks l \
          WHERE l.pid = a.pid AND l.granted \
          AND (l.relation IN ({locked}) OR (l.mode = 'AccessExclusiveLock' AND l.relation IN ({named}))) \
          AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())) AS holds, \
         left(regexp_replace(a.query, '\\s+', ' ', 'g'), 60) AS query \
         FROM pg_catalog.pg_stat_activity a WHERE a.datname = current_database() AND a.pid <> pg_backend_pid() \
         AND a.xact_start < clock_timestamp() - interval '{} seconds' ORDER BY a.xact_start",
        limits.transaction_age.as_secs_f64()
    );
    let rows = ask(database, &sql)?;
    Ok(judge(rows, 5, limits))
}

/// Returns the tables as a list for `IN`.
fn regclasses<'t>(tables: impl Iterator<Item = &'t TableName>) -> String {
    let dialect = Dialect::Postgres;
    let regclass = |table: &TableName| {
        format!("to_regclass({})", literal(dialect, &qualified(table.schema.as_deref(), &table.name, dialect)))
    };
    let all: std::collections::BTreeSet<_> = tables.map(regclass).collect();
    if all.is_empty() { "NULL".to_owned() } else { all.into_iter().collect::<Vec<_>>().join(", ") }
}

fn judge(rows: Option<QueryRows>, holds: usize, limits: Limits) -> Item {
    let Some(rows) = rows else {
        return Item::new("sessions", Level::Warning, "the server does not report open transactions");
    };
    let age = format_rough_duration(limits.transaction_age);
    let blockers = rows.rows.iter().filter(|row| !cell(row, holds).is_empty()).count();
    let transactions = |open: usize| format!("{open} {}", if open == 1 { "transaction" } else { "transactions" });
    let item = match (rows.rows.len(), blockers) {
        (0, _) => Item::new("sessions", Level::Ok, format!("no transaction is open for more than {age}")),
        (open, 0) => Item::new(
            "sessions",
            Level::Warning,
            format!("open for more than {age}: {}; none of them blocks what is pending", transactions(open)),
        ),
        (open, blockers) => Item::new(
            "sessions",
            Level::Stop,
            format!("open for more than {age}: {}, of which {blockers} block what is pending", transactions(open)),
        ),
    };
    item.with_rows(rows)
}

/// Returns the item for MySQL and MariaDB. INNODB_TRX does not contain the tables that a transaction has locked.
fn mysql(database: &mut dyn Database, limits: Limits) -> Result<Item, DatabaseError> {
    let sql = format!(
        "SELECT t.trx_mysql_thread_id AS id, p.user AS user, p.host AS host, \
         TIMESTAMPDIFF(SECOND, t.trx_started, NOW()) AS seconds, t.trx_state AS state, t.trx_rows_locked AS rows_locked, \
         LEFT(COALESCE(t.trx_query, ''), 60) AS query \
         FROM information_schema.INNODB_TRX t LEFT JOIN information_schema.PROCESSLIST p ON p.id = t.trx_mysql_thread_id \
         WHERE t.trx_mysql_thread_id <> CONNECTION_ID() AND t.trx_started < NOW() - INTERVAL {} SECOND ORDER BY t.trx_started",
        limits.transaction_age.as_secs()
    );
    match ask(database, &sql)? {
        Some(rows) => Ok(judge(Some(rows), usize::MAX, limits)),
        None => Ok(Item::new("sessions", Level::Ok, "not known: the user lacks the privilege PROCESS")),
    }
}
