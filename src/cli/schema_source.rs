//! Schemas named on the command line, for `diff` and `inspect`.

use std::path::PathBuf;

use super::report::CommandError;
use super::schemas::Schemas;
use crate::config::DatabaseUrl;
use crate::database;
use crate::id::RevisionId;
use crate::schema::Schema;

/// One side of a comparison.
#[derive(Debug, Clone)]
pub enum SchemaSource {
    /// The service's live database.
    Database,
    /// The history up to these revisions.
    Rows(Vec<RevisionId>),
    /// The history up to the current revisions of the database.
    Current,
    Desired,
    /// Another database.
    Url(Box<DatabaseUrl>),
    /// SQL files, or a folder of them.
    Files(PathBuf),
}

impl SchemaSource {
    /// Parses a side: `database`, `schema`, `current`, `base`, `head`, a database URL, a file or a folder, otherwise a
    /// revision.
    pub fn parse(text: &str, schemas: &Schemas<'_>) -> Result<Self, CommandError> {
        match text {
            "database" => return Ok(Self::Database),
            "schema" => return Ok(Self::Desired),
            "current" => return Ok(Self::Current),
            "base" => return Ok(Self::Rows(Vec::new())),
            "head" | "heads" => return Ok(Self::Rows(schemas.history.graph.heads())),
            _ => {}
        }
        if DatabaseUrl::has_scheme(text) {
            let url = DatabaseUrl::parse(text, None).map_err(|error| CommandError::usage(error.to_string()))?;
            return Ok(Self::Url(Box::new(url)));
        }
        let path = PathBuf::from(text);
        // A plain file needs an extension: a word without one is a revision.
        if path.exists() && (path.is_dir() || path.extension().is_some()) {
            return Ok(Self::Files(path));
        }
        match schemas.history.graph.resolve(text, None) {
            Ok(id) => Ok(Self::Rows(vec![id])),
            Err(_) if text.contains(['/', '\\']) || text.contains(".sql") => {
                Err(CommandError::usage(format!("there is no file {text}")))
            }
            Err(error) => Err(CommandError::from(error)
                .hint("a side is database, schema, head, base, current, a revision, a database URL, or an SQL file")),
        }
    }

    /// Reads the schema of this side.
    pub fn schema(&self, schemas: &Schemas<'_>) -> Result<Schema, CommandError> {
        match self {
            Self::Database => Ok(schemas.live()?.schema),
            Self::Rows(rows) => schemas.at(rows),
            Self::Current => {
                let rows = database::ids(&schemas.live()?.state.rows);
                schemas.at(&rows)
            }
            Self::Desired => Ok(schemas.desired()?.schema),
            Self::Url(url) => schemas.of_url(url),
            Self::Files(path) => schemas.of_files(std::slice::from_ref(path)),
        }
    }
}

/// Reads the schemas of both sides. Objects of other services in the live database do not count as differences.
pub fn both(from: &SchemaSource, to: &SchemaSource, schemas: &Schemas<'_>) -> Result<(Schema, Schema), CommandError> {
    let (mut old, mut new) = (from.schema(schemas)?, to.schema(schemas)?);
    match (from, to) {
        (SchemaSource::Database, SchemaSource::Database) => {}
        (SchemaSource::Database, _) => schemas.without_strangers(&mut old, &new)?,
        (_, SchemaSource::Database) => schemas.without_strangers(&mut new, &old)?,
        _ => {}
    }
    Ok((old, new))
}
