//! Preparation of a statement that runs on its own.

use super::*;
use crate::drivers::postgres::version_guard::quote_literal;

impl PostgresRun<'_, '_> {
    /// Refuses a statement that another session still runs for a runner that is gone. With an advisory lock that
    /// session would still hold the lock; but a lease expires by itself, and a statement outside a transaction does not
    /// lock the lease's row.
    pub(super) fn refuse_under_way(&mut self, number: usize, piece: &Piece) -> Result<(), MessageStop> {
        if self.database.lease_time.is_none() {
            return Ok(());
        }
        let failed = |trouble| MessageStop::new(trouble, Some(StatementRole::Piece(number)), 0);
        let results = self.database.link.run_query(&same_statement(piece.sql.slice(self.unit.text))).map_err(failed)?;
        let process = results.first().and_then(|rows| rows.first()).and_then(|row| row.first()).cloned().flatten();
        let Some(process) = process else { return Ok(()) };
        let message = format!("process {process} still runs this statement, for a runner that lost its lease");
        Err(MessageStop { is_under_way: true, ..failed(ConnectionError::ours(&message)) })
    }

    /// Drops an index that an earlier CREATE INDEX or REINDEX CONCURRENTLY left INVALID. It would cause a name
    /// conflict, or IF NOT EXISTS would accept it as the finished index.
    pub(super) fn drop_invalid(
        &mut self,
        number: usize,
        piece: &Piece,
        watch: &mut dyn Watch,
    ) -> Result<(), MessageStop> {
        let Some(query) = index::invalid_ones(piece.sql.slice(self.unit.text)) else { return Ok(()) };
        let failed = |trouble| MessageStop::new(trouble, Some(StatementRole::Piece(number)), 0);
        let results = self.database.link.run_query(&query).map_err(failed)?;
        for found in index::read(results.last()) {
            if let Some(builder) = &found.builder {
                let message = format!("the index {} is being built now, by process {builder}", found.name);
                return Err(MessageStop { is_under_way: true, ..failed(ConnectionError::ours(&message)) });
            }
            self.database
                .link
                .run_query(&format!("DROP INDEX CONCURRENTLY IF EXISTS {}", found.name))
                .map_err(failed)?;
            watch.dropped_invalid_index(&found.name);
        }
        Ok(())
    }
}

/// Query for another session that runs `sql` now. The server keeps the first `track_activity_query_size` bytes of a
/// message (default: 1024), so only the beginning is compared.
fn same_statement(sql: &str) -> String {
    let start: String = sql.chars().take(200).collect();
    format!(
        "SELECT pid FROM pg_catalog.pg_stat_activity WHERE state = 'active' AND pid <> pg_catalog.pg_backend_pid() \
         AND datname = pg_catalog.current_database() AND pg_catalog.starts_with(query, {}) LIMIT 1",
        quote_literal(&start)
    )
}
