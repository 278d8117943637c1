//! The server: version, read-only state, replicas. Also the version table and the files of applied revisions.

use super::{Item, Level, Limits};
use crate::database::journal::journal_name;
use crate::database::{Database, DatabaseError, HistoryState, Incomplete, ReadOnlyServer, VersionTable};
use crate::engine;
use crate::operations::ask::{ask, cell, number};
use crate::project::History;
use crate::sql::Dialect;
use crate::units::format_rough_duration;
use std::time::Duration;

/// Returns the items for the connection, the version, and a read-only server.
pub(super) fn items(database: &mut dyn Database) -> Result<Vec<Item>, DatabaseError> {
    let server = database.server().clone();
    let connection = Item::new("connection", Level::Ok, format!("{} {} answers", server.product, server.version));
    let oldest = match server.product.as_str() {
        "PostgreSQL" => (12, 0),
        "MariaDB" => (10, 6),
        "MySQL" => (8, 0),
        _ => (3, 0),
    };
    let version = version(&server.version);
    let known = version >= oldest;
    let text = format!("{} {}.{}", server.product, version.0, version.1);
    let server_item = if known {
        Item::new("server", Level::Ok, format!("{text} is supported"))
    } else {
        let (major, minor) = oldest;
        Item::new("server", Level::Warning, format!("{text} is older than {major}.{minor}, the oldest that is tested"))
    };
    let mut items = vec![connection, server_item];
    items.extend(database.read_only()?.map(read_only));
    Ok(items)
}

fn version(text: &str) -> (u32, u32) {
    let mut numbers = text.split(|c: char| !c.is_ascii_digit()).map(|part| part.parse().unwrap_or(0));
    (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0))
}

fn read_only(server: ReadOnlyServer) -> Item {
    let text = format!("the server accepts no writes: {}", server.reason);
    Item { remedies: server.remedies, ..Item::new("server", Level::Stop, text) }
}

/// Returns the item for the version table.
pub(super) fn version_table(history: &History, state: &HistoryState, table: &VersionTable) -> Item {
    let name = &table.name;
    let lost = engine::lost_heads(&history.graph, state);
    if !lost.is_empty() {
        let is = engine::table_without_rows(state);
        let text = format!("{name} is {is}, but its journal records {} as applied", lost.join(" and "));
        return Item::new("version-table", Level::Stop, text);
    }
    if !state.incomplete.is_empty() {
        let text = |incomplete: &Incomplete| {
            let (done, total) = (incomplete.statements_done, incomplete.statements_total);
            let (operation, revision) = (&incomplete.operation, &incomplete.revision);
            format!(
                "{operation} of {revision} was left incomplete: {done} of {total} statements ran; the run continues there"
            )
        };
        let texts: Vec<_> = state.incomplete.iter().map(text).collect();
        return Item::new("version-table", Level::Warning, texts.join("\n"));
    }
    let text = match (state.version_table_exists, state.journal_exists, state.rows.as_slice()) {
        (false, ..) => format!("{name} does not exist yet and will be created"),
        (true, false, _) => format!("{name} exists; the journal {} will be created", journal_name(table)),
        (true, true, []) => format!("{name} is empty"),
        (true, true, rows) => format!("{name} is at {}", rows.join(", ")),
    };
    Item::new("version-table", Level::Ok, text)
}

/// Returns the item for applied revisions whose files have changed: `upgrade` refuses to run with them.
pub(super) fn checksums(history: &History, state: &HistoryState, dialect: Dialect) -> Item {
    match engine::changed_revisions(history, state, dialect) {
        Ok(changed) if changed.is_empty() => {
            Item::new("checksums", Level::Ok, "the files of applied revisions match what was applied")
        }
        Ok(changed) => {
            let texts: Vec<_> =
                changed.iter().map(|changed| format!("{} ({})", changed.revision, changed.what.name())).collect();
            Item::new("checksums", Level::Stop, format!("changed since they were applied: {}", texts.join(", ")))
        }
        Err(error) => Item::new("checksums", Level::Stop, error.to_string()),
    }
}

/// Returns the item for replicas and their lag.
pub(super) fn replication(database: &mut dyn Database, limits: Limits) -> Result<Item, DatabaseError> {
    let sql = match database.server().dialect {
        Dialect::Postgres => {
            "SELECT coalesce(nullif(application_name, ''), client_addr::text, 'replica') AS replica, state, \
             coalesce(round(extract(epoch FROM replay_lag)), 0)::bigint AS lag_seconds, \
             pg_size_pretty(pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn)) AS behind \
             FROM pg_catalog.pg_stat_replication ORDER BY 1"
        }
        Dialect::Mysql => return mysql_replication(database, limits),
        Dialect::Sqlite => return Ok(Item::new("replication", Level::Ok, "a file has no replicas")),
    };
    let Some(rows) = ask(database, sql)? else {
        return Ok(Item::new("replication", Level::Ok, "the server does not report replicas"));
    };
    let worst = rows.rows.iter().filter_map(|row| number(row, 2)).fold(0.0, f64::max);
    let lag = Duration::try_from_secs_f64(worst).unwrap_or_default();
    let item = match rows.rows.len() {
        0 => Item::new("replication", Level::Ok, "no replicas"),
        replicas if lag > limits.replication_lag => {
            let text = format!("{replicas} replicas, the slowest is {} behind", format_rough_duration(lag));
            Item::new("replication", Level::Warning, text)
        }
        replicas => Item::new(
            "replication",
            Level::Ok,
            format!("{replicas} replicas, at most {} behind", format_rough_duration(lag)),
        ),
    };
    Ok(item.with_rows(rows))
}

/// Returns the item for replicas on MySQL and MariaDB, where a primary does not know the lag of its replicas, but a
/// replica knows its own.
fn mysql_replication(database: &mut dyn Database, limits: Limits) -> Result<Item, DatabaseError> {
    let mut status = ask(database, "SHOW REPLICA STATUS")?;
    if status.is_none() {
        status = ask(database, "SHOW SLAVE STATUS")?;
    }
    let Some(rows) = status else {
        return Ok(Item::new("replication", Level::Ok, "not known: the user lacks the privilege REPLICATION CLIENT"));
    };
    if rows.rows.is_empty() {
        return Ok(Item::new(
            "replication",
            Level::Ok,
            "this server is not a replica; a primary does not report its replicas' lag",
        ));
    }
    let lag = rows.column("Seconds_Behind_Source").flatten().chain(rows.column("Seconds_Behind_Master").flatten());
    let lag = lag.filter_map(|text| text.parse().ok()).max().map(Duration::from_secs);
    Ok(match lag {
        None => {
            Item::new("replication", Level::Warning, "this server is a replica, and its replication is not running")
        }
        Some(lag) if lag > limits.replication_lag => Item::new(
            "replication",
            Level::Warning,
            format!("this server is a replica, {} behind", format_rough_duration(lag)),
        ),
        Some(_) => Item::new("replication", Level::Warning, "this server is a replica: migrate its source instead"),
    })
}

/// Returns the size of the current database in bytes.
pub(super) fn database_size(database: &mut dyn Database) -> Result<Option<u64>, DatabaseError> {
    let sql = match database.server().dialect {
        Dialect::Postgres => "SELECT pg_database_size(current_database())",
        Dialect::Mysql => {
            "SELECT CAST(coalesce(sum(data_length + index_length), 0) AS UNSIGNED) FROM information_schema.tables \
             WHERE table_schema = DATABASE()"
        }
        Dialect::Sqlite => "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()",
    };
    let rows = ask(database, sql)?;
    Ok(rows.and_then(|rows| rows.rows.first().and_then(|row| cell(row, 0).parse().ok())))
}

#[cfg(test)]
mod tests {
    #[test]
    fn versions_are_read_as_servers_write_them() {
        assert_eq!(super::version("15.18 (Debian)"), (15, 18));
        assert_eq!(super::version("10.11.6-MariaDB-1"), (10, 11));
        assert_eq!(super::version("17beta1"), (17, 0));
    }
}
