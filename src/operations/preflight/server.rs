//! The server: version, read-only state, replicas. Also the version table and the files of applied revisions.

use super::{Item, Level, Limits};
use crate::database::journal::journal_name;
use crate::database::{Database, DatabaseError, HistoryState, Incomplete, ReadOnlyServer, Replication, VersionTable};
use crate::engine;
use crate::project::History;
use crate::sql::Dialect;
use crate::units::format_rough_duration;

/// Returns the items for the connection, the version, and a read-only server.
pub(super) fn items(database: &mut dyn Database) -> Result<Vec<Item>, DatabaseError> {
    let server = database.server().clone();
    let connection = Item::new("connection", Level::Ok, format!("{} {} answers", server.product, server.version));
    let oldest = database.driver().oldest_tested_version(&server);
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
        (true, true, rows) => match history.recorded().count() {
            0 => format!("{name} is at {}", rows.join(", ")),
            ahead => {
                let plural = if ahead == 1 { "" } else { "s" };
                format!("{name} is at {}, ahead of these files by {ahead} revision{plural}", rows.join(", "))
            }
        },
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
    let item = |level, text: String| Item::new("replication", level, text);
    Ok(match database.driver().replication(database)? {
        Replication::Replicas { rows, lag } => {
            let (replicas, behind) = (rows.rows.len(), format_rough_duration(lag));
            let item = match replicas {
                0 => item(Level::Ok, "no replicas".to_owned()),
                1 if lag > limits.replication_lag => item(Level::Warning, format!("1 replica, {behind} behind")),
                1 => item(Level::Ok, format!("1 replica, {behind} behind")),
                _ if lag > limits.replication_lag => {
                    item(Level::Warning, format!("{replicas} replicas, the slowest is {behind} behind"))
                }
                _ => item(Level::Ok, format!("{replicas} replicas, at most {behind} behind")),
            };
            item.with_rows(rows)
        }
        Replication::IsReplica { lag: None } => {
            item(Level::Warning, "this server is a replica, and its replication is not running".to_owned())
        }
        Replication::IsReplica { lag: Some(lag) } if lag > limits.replication_lag => {
            item(Level::Warning, format!("this server is a replica, {} behind", format_rough_duration(lag)))
        }
        Replication::IsReplica { lag: Some(_) } => {
            item(Level::Warning, "this server is a replica: migrate its source instead".to_owned())
        }
        Replication::NotReported(reason) => item(Level::Ok, reason.to_owned()),
    })
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
