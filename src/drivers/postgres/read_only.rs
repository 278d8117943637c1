//! Detection of read-only servers and their primary. Text only.

use super::wire::WireRows;
use crate::database::ReadOnlyServer;

/// Query for: whether the server is a replica; the default of transactions; the primary according to the replication
/// status (visible to members of `pg_read_all_stats`), and according to the settings (visible to superusers). Only host
/// and port are extracted from the connection string, which may contain a password.
pub(super) const QUERY: &str = "SELECT pg_catalog.pg_is_in_recovery(), \
     (SELECT reset_val FROM pg_catalog.pg_settings WHERE name = 'default_transaction_read_only'), \
     (SELECT sender_host || ':' || sender_port FROM pg_catalog.pg_stat_wal_receiver WHERE sender_host IS NOT NULL), \
     (SELECT substring(setting FROM '\\mhost=''?([^ '']+)') || ':' || coalesce(substring(setting FROM '\\mport=''?([0-9]+)'), '5432') \
      FROM pg_catalog.pg_settings WHERE name = 'primary_conninfo')";

/// Parses the result of [`QUERY`].
pub(super) fn read(rows: Option<&WireRows>) -> Option<ReadOnlyServer> {
    let row = rows?.first()?;
    let column = |index: usize| row.get(index).and_then(Option::as_deref);
    if column(0) == Some("t") {
        return Some(replica(column(2).or(column(3))));
    }
    (column(1) == Some("on")).then(|| ReadOnlyServer {
        reason: "default_transaction_read_only is on".to_owned(),
        remedies: vec![
            "reset it where it was set: ALTER DATABASE ..., ALTER ROLE ..., ALTER SYSTEM RESET default_transaction_read_only"
                .to_owned(),
        ],
    })
}

fn replica(primary: Option<&str>) -> ReadOnlyServer {
    let primary = match primary {
        Some(place) => format!("its primary is {place}: use that server in the URL"),
        None => "use its primary in the URL".to_owned(),
    };
    ReadOnlyServer {
        reason: "it is a replica".to_owned(),
        remedies: vec![
            primary,
            "if the primary can change: name all servers in the URL, with target_session_attrs=read-write".to_owned(),
        ],
    }
}
