//! Replication of the server.

use std::time::Duration;

use crate::database::refusable::try_query;
use crate::database::{Database, DatabaseError, Replication};

/// Reads the lag of the server: a primary does not know that of its replicas, but a replica knows its own.
pub(super) fn read(database: &mut dyn Database) -> Result<Replication, DatabaseError> {
    let mut status = try_query(database, "SHOW REPLICA STATUS")?;
    if status.is_none() {
        status = try_query(database, "SHOW SLAVE STATUS")?;
    }
    let Some(rows) = status else {
        return Ok(Replication::NotReported("not known: the user lacks the privilege REPLICATION CLIENT"));
    };
    if rows.rows.is_empty() {
        let reason = "this server is not a replica; a primary does not report its replicas' lag";
        return Ok(Replication::NotReported(reason));
    }
    let lag = rows.column("Seconds_Behind_Source").flatten().chain(rows.column("Seconds_Behind_Master").flatten());
    let lag = lag.filter_map(|text| text.parse().ok()).max().map(Duration::from_secs);
    Ok(Replication::IsReplica { lag })
}
