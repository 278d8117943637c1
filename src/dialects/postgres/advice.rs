//! PostgreSQL's part of error reports.

use super::PostgresDialect;
use crate::sql::{AdviceRules, ConnectRefusal};

impl AdviceRules for PostgresDialect {
    fn products(&self) -> &'static str {
        "PostgreSQL"
    }

    /// `invalid_password`, `invalid_authorization_specification`, `invalid_catalog_name` (manual, appendix A).
    fn connect_refusal(&self, sqlstate: &str) -> Option<ConnectRefusal> {
        match sqlstate {
            "28P01" | "28000" => Some(ConnectRefusal::Login),
            "3D000" => Some(ConnectRefusal::NoDatabase),
            _ => None,
        }
    }

    fn connection_limit(&self) -> Option<&'static str> {
        Some("ALTER ROLE ... CONNECTION LIMIT")
    }

    fn shadow_right(&self) -> Option<(&'static str, &'static str)> {
        Some(("CREATEDB", "PostgreSQL"))
    }

    fn restore_rights(&self) -> Option<&'static str> {
        Some("ALTER ROLE ... CREATEDB, GRANT CREATE ...")
    }

    fn denied_restore(&self, message: &str) -> &'static [&'static str] {
        let denials = ["permission denied", "must be owner of", "must be member of", "must be able to SET ROLE"];
        if !denials.iter().any(|words| message.contains(words)) {
            return &[];
        }
        &[
            "the restore creates everything as this user: it must be a member of every owner's role, and to create schemas \
             it needs GRANT CREATE ON DATABASE ... TO ...;",
            "or restore as the database's owner or an administrator: --url URL",
        ]
    }

    fn grant_databases(&self, user: &str) -> Option<String> {
        Some(format!("ALTER ROLE {user} CREATEDB;"))
    }

    fn longer_ids(&self, table: &str) -> Option<String> {
        Some(format!("ALTER TABLE {table} ALTER COLUMN version_num TYPE VARCHAR(255)  (PostgreSQL)"))
    }

    fn dump_without(&self, table: &str) -> Option<String> {
        Some(format!("pg_dump --exclude-table='{table}*'"))
    }
}
