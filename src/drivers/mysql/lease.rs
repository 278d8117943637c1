//! SQL of a lease on MySQL and MariaDB.

use std::time::Duration;

use crate::database::lease_sql::{LeaseRules, create_lock_table};
use crate::database::statements::text_literal;
use crate::sql::{Dialect, qualified};

/// Makes a session on a Galera cluster wait, before it reads or writes, for what the other nodes have committed (MariaDB
/// manual, `wsrep_sync_wait`).
pub(super) const READ_AFTER_ALL: &str = "SET SESSION wsrep_sync_wait = 7";

/// Lets a transaction on MariaDB 11.6 and later compare the lease's row although a renewal has changed it since the
/// transaction's first read. Earlier servers, and MySQL, have no such setting and always do.
pub(super) const READ_CURRENT_ROWS: &str = "SET SESSION innodb_snapshot_isolation = OFF";

/// Rules of MySQL and MariaDB.
pub(super) struct MysqlLease;

impl LeaseRules for MysqlLease {
    fn qualified(&self, schema: Option<&str>, name: &str) -> String {
        qualified(schema, name, Dialect::MYSQL)
    }

    fn literal(&self, text: &str) -> String {
        text_literal(Dialect::MYSQL, text)
    }

    fn now(&self) -> &'static str {
        "UTC_TIMESTAMP(6)"
    }

    fn after(&self, time: Duration) -> String {
        format!("{} + INTERVAL {} MICROSECOND", self.now(), time.as_millis() * 1000)
    }

    fn until_as_text(&self) -> &'static str {
        "DATE_FORMAT(lease_until, '%Y-%m-%d %H:%i:%s.%f')"
    }

    fn create(&self, name: &str) -> [String; 2] {
        let options = " ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin";
        let insert = format!("INSERT IGNORE INTO {name} VALUES (1, NULL, 0, {})", self.now());
        [create_lock_table(name, "DATETIME(6)", options), insert]
    }

    fn take(&self, _name: &str, update: String) -> String {
        update
    }

    fn count_changed(&self, update: &str) -> String {
        format!("{update}; SELECT ROW_COUNT()")
    }

    /// InnoDB has no lock that lets renewals through: a transaction ends with
    /// [`renewal_in_transaction`](crate::database::lease::Lease::renewal_in_transaction) instead.
    fn condition(&self, name: &str, token: u64) -> String {
        format!("EXISTS (SELECT 1 FROM {name} WHERE id = 1 AND token = {token})")
    }

    fn session_setting(&self) -> Option<&'static str> {
        Some(READ_AFTER_ALL)
    }
}
