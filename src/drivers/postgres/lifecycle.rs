//! Creation and removal of databases, from a session in another one of the server.

use super::PostgresDriver;
use crate::config::DatabaseUrl;
use crate::database::lifecycle::{DatabaseLifecycle, database_name, has_row};
use crate::database::statements::text_literal;
use crate::database::{Database, DatabaseError, ScratchHost as _};
use crate::sql::{Dialect, quote_identifier};

/// Databases that every server has after `initdb`, of which one may have been dropped.
const HOMES: [&str; 2] = ["postgres", "template1"];

impl DatabaseLifecycle for PostgresDriver {
    fn create_database(
        &self,
        url: &DatabaseUrl,
        environment: &dyn Fn(&str) -> Option<String>,
    ) -> Result<bool, DatabaseError> {
        let name = database_name(url)?;
        let mut session = open_home(url, environment)?;
        if exists(&mut *session, name)? {
            return Ok(false);
        }
        match session.execute(&format!("CREATE DATABASE {}", quote_identifier(name, Dialect::POSTGRES))) {
            Ok(_) => Ok(true),
            // Another session was faster: depending on the moment this is 42P04 or a violated unique index.
            Err(_) if exists(&mut *session, name)? => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn drop_database(
        &self,
        url: &DatabaseUrl,
        environment: &dyn Fn(&str) -> Option<String>,
    ) -> Result<bool, DatabaseError> {
        let name = database_name(url)?;
        let mut session = open_home(url, environment)?;
        if !exists(&mut *session, name)? {
            return Ok(false);
        }
        session.execute(&format!("DROP DATABASE {}", quote_identifier(name, Dialect::POSTGRES)))?;
        Ok(true)
    }
}

/// Connects to a database of the server that is not the one of `url`.
fn open_home(
    url: &DatabaseUrl,
    environment: &dyn Fn(&str) -> Option<String>,
) -> Result<Box<dyn Database>, DatabaseError> {
    let open =
        |home: &str| super::open(&url.with_database(home), &PostgresDriver.shadow_table(), "aludel", environment);
    let [first, second] = HOMES;
    match open(first) {
        Err(DatabaseError::Connect { sqlstate: Some(state), .. }) if state == "3D000" => open(second),
        opened => opened,
    }
}

fn exists(session: &mut dyn Database, name: &str) -> Result<bool, DatabaseError> {
    let name = text_literal(Dialect::POSTGRES, name);
    has_row(session, &format!("SELECT 1 FROM pg_catalog.pg_database WHERE datname = {name}"))
}
