//! Creation and removal of databases, from a session in `information_schema`.

use super::MysqlDriver;
use crate::config::DatabaseUrl;
use crate::database::lifecycle::{DatabaseLifecycle, database_name, has_row};
use crate::database::statements::text_literal;
use crate::database::{Database, DatabaseError, ScratchHost as _};
use crate::sql::{Dialect, quote_identifier};

impl DatabaseLifecycle for MysqlDriver {
    /// The character set is utf8mb4 whatever the server's default is: revision files are UTF-8.
    fn create_database(
        &self,
        url: &DatabaseUrl,
        environment: &dyn Fn(&str) -> Option<String>,
    ) -> Result<bool, DatabaseError> {
        let name = database_name(url)?;
        let mut session = self.open_host(url, "aludel", environment)?;
        if exists(&mut *session, name)? {
            return Ok(false);
        }
        let quoted = quote_identifier(name, Dialect::MYSQL);
        session.execute(&format!("CREATE DATABASE IF NOT EXISTS {quoted} CHARACTER SET utf8mb4"))?;
        Ok(true)
    }

    fn drop_database(
        &self,
        url: &DatabaseUrl,
        environment: &dyn Fn(&str) -> Option<String>,
    ) -> Result<bool, DatabaseError> {
        let name = database_name(url)?;
        let mut session = self.open_host(url, "aludel", environment)?;
        if !exists(&mut *session, name)? {
            return Ok(false);
        }
        session.execute(&format!("DROP DATABASE IF EXISTS {}", quote_identifier(name, Dialect::MYSQL)))?;
        Ok(true)
    }
}

fn exists(session: &mut dyn Database, name: &str) -> Result<bool, DatabaseError> {
    let name = text_literal(Dialect::MYSQL, name);
    has_row(session, &format!("SELECT 1 FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = {name}"))
}
