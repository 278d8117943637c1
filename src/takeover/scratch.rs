//! A database that is made, used and dropped: beside the service's own on its server, or a temporary file.

use crate::config::{DatabaseUrl, Service};
use crate::database::{self, VersionTable};
use crate::sql::{Dialect, quote_identifier};

use super::error::TakeoverError;

/// A scratch database; dropped with the value.
pub struct Scratch<'a> {
    /// Where it is.
    pub url: DatabaseUrl,
    server: Option<(DatabaseUrl, String)>,
    environment: &'a dyn Fn(&str) -> Option<String>,
    /// Keeps the file of an SQLite database.
    _folder: Option<tempfile::TempDir>,
}

impl<'a> Scratch<'a> {
    /// Makes one for `service`; `tag` makes its name its own.
    ///
    /// # Errors
    /// When the server refuses, or a folder cannot be made.
    pub fn new(
        service: &Service,
        tag: &str,
        environment: &'a dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, TakeoverError> {
        let url = service.url().map_err(|error| database::DatabaseError::Url(error.to_string()))?;
        if url.dialect() == Dialect::Sqlite {
            let folder = tempfile::Builder::new().prefix("aludel-import-").tempdir().map_err(TakeoverError::Folder)?;
            let path = format!("sqlite:{}", folder.path().join("scratch.db").display());
            let url =
                DatabaseUrl::parse(&path, None).map_err(|error| database::DatabaseError::Url(error.to_string()))?;
            return Ok(Self { url, server: None, environment, _folder: Some(folder) });
        }
        let name = format!("aludel_import_{tag}");
        let quoted = quote_identifier(&name, url.dialect());
        let template = if url.dialect() == Dialect::Postgres { " TEMPLATE template0" } else { "" };
        say(url, &format!("CREATE DATABASE {quoted}{template}"), environment)?;
        let server = Some((url.clone(), quoted));
        Ok(Self { url: url.with_database(&name), server, environment, _folder: None })
    }
}

impl Drop for Scratch<'_> {
    fn drop(&mut self) {
        if let Some((url, name)) = &self.server {
            let force = if url.dialect() == Dialect::Postgres { " WITH (FORCE)" } else { "" };
            // The next look at the server shows what could not be dropped; its name says whose it was.
            let _ = say(url, &format!("DROP DATABASE IF EXISTS {name}{force}"), self.environment);
        }
    }
}

fn say(
    url: &DatabaseUrl,
    sql: &str,
    environment: &dyn Fn(&str) -> Option<String>,
) -> Result<(), database::DatabaseError> {
    let table = VersionTable { schema: None, name: "aludel_version".to_owned() };
    database::open(url, &table, "import", environment)?.execute(sql).map(|_| ())
}
