//! Creation and removal of whole databases on their servers.

use super::DatabaseError;
use crate::config::DatabaseUrl;

/// Creates and drops the database that a URL names. The defaults are those of
/// a database that exists as soon as it is opened.
pub trait DatabaseLifecycle {
    /// Creates the database. Returns `false` if it existed.
    ///
    /// # Errors
    /// If the server cannot be reached or refuses.
    fn create_database(
        &self,
        _url: &DatabaseUrl,
        _environment: &dyn Fn(&str) -> Option<String>,
    ) -> Result<bool, DatabaseError> {
        Ok(false)
    }

    /// Drops the database with everything in it. Returns `false` if it did not exist.
    ///
    /// # Errors
    /// If the server cannot be reached or refuses, for example because sessions are connected.
    fn drop_database(
        &self,
        _url: &DatabaseUrl,
        _environment: &dyn Fn(&str) -> Option<String>,
    ) -> Result<bool, DatabaseError> {
        Ok(false)
    }
}

/// Returns the name of the database that `url` names.
///
/// # Errors
/// [`DatabaseError::Url`] if it names none.
#[cfg(any(feature = "postgres", feature = "mysql"))]
pub(crate) fn database_name(url: &DatabaseUrl) -> Result<&str, DatabaseError> {
    let name = url.parameter("dbname").or_else(|| url.database());
    name.ok_or_else(|| DatabaseError::Url("the URL names no database".to_owned()))
}

/// Returns `true` if `query` gives a row.
///
/// # Errors
/// If the server refuses the query.
#[cfg(any(feature = "postgres", feature = "mysql"))]
pub(crate) fn has_row(session: &mut dyn super::Database, query: &str) -> Result<bool, DatabaseError> {
    Ok(session.execute(query)?.iter().any(|rows| !rows.is_empty()))
}
