//! The part of MySQL and MariaDB in error reports.

use super::MysqlDialect;
use super::flavour::PRODUCTS;
use crate::sql::{AdviceRules, ConnectRefusal};

impl AdviceRules for MysqlDialect {
    fn products(&self) -> &'static str {
        PRODUCTS
    }

    /// States of ER_ACCESS_DENIED_ERROR and ER_BAD_DB_ERROR.
    fn connect_refusal(&self, sqlstate: &str) -> Option<ConnectRefusal> {
        match sqlstate {
            "28000" => Some(ConnectRefusal::Login),
            "42000" => Some(ConnectRefusal::NoDatabase),
            _ => None,
        }
    }

    fn connection_limit(&self) -> Option<&'static str> {
        Some("max_user_connections")
    }

    fn shadow_right(&self) -> Option<(&'static str, &'static str)> {
        Some(("GRANT ALL ON `aludel\\_shadow\\_%`.* TO the user", "MariaDB and MySQL"))
    }

    fn longer_ids(&self, table: &str) -> Option<String> {
        Some(format!("ALTER TABLE {table} MODIFY version_num VARCHAR(255) NOT NULL  (MySQL, MariaDB)"))
    }

    fn dump_without(&self, table: &str) -> Option<String> {
        Some(format!("mysqldump --ignore-table=DATABASE.{table} --ignore-table=DATABASE.{table}_history"))
    }
}
