//! Reads the catalog into a [`Schema`]. Knows the server's catalog; must not know how a change is written.

use super::Sqlite;
use crate::database::{CatalogRequest, DatabaseError};
use crate::schema::Schema;
use crate::sql::Dialect;

/// Reads what the database holds.
pub(super) fn read(_database: &mut Sqlite, _request: &CatalogRequest) -> Result<Schema, DatabaseError> {
    Ok(Schema::new(Dialect::Sqlite))
}
