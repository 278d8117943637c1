//! SQL of a lease on PostgreSQL.

use std::time::Duration;

use super::version_guard::quote_literal;
use crate::database::lease_sql::{LeaseRules, create_lock_table};
use crate::sql::{Dialect, qualified};

/// Rules of PostgreSQL.
pub(super) struct PostgresLease;

impl LeaseRules for PostgresLease {
    fn qualified(&self, schema: Option<&str>, name: &str) -> String {
        qualified(schema, name, Dialect::POSTGRES)
    }

    fn literal(&self, text: &str) -> String {
        quote_literal(text)
    }

    fn now(&self) -> &'static str {
        "pg_catalog.clock_timestamp()"
    }

    fn after(&self, time: Duration) -> String {
        format!("{} + {} * interval '1 ms'", self.now(), time.as_millis())
    }

    fn until_as_text(&self) -> &'static str {
        "pg_catalog.to_char(lease_until AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')"
    }

    fn create(&self, name: &str) -> [String; 2] {
        let insert = format!("INSERT INTO {name} VALUES (1, NULL, 0, {}) ON CONFLICT DO NOTHING", self.now());
        [create_lock_table(name, "TIMESTAMP WITH TIME ZONE", ""), insert]
    }

    /// A statement of the old owner that still runs holds a lock on the row (the condition below): NOWAIT fails then.
    fn take(&self, name: &str, update: String) -> String {
        format!("SELECT 1 FROM {name} WHERE id = 1 FOR UPDATE NOWAIT;\n{update}")
    }

    fn count_changed(&self, update: &str) -> String {
        format!("WITH changed AS ({update} RETURNING 1) SELECT pg_catalog.count(*) FROM changed")
    }

    /// FOR KEY SHARE makes a takeover wait, but not a renewal.
    fn condition(&self, name: &str, token: u64) -> String {
        format!("(SELECT token FROM {name} WHERE id = 1 FOR KEY SHARE) = {token}")
    }
}
