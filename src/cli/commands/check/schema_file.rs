//! Check of the schema file: it has the schema at the heads.

use super::CheckFinding;
use crate::cli::report::CommandError;
use crate::cli::schema_file::{has_statements, statements};
use crate::cli::schemas::{Live, Schemas};
use crate::database;
use crate::error_code::ErrorCode;

/// Compares the schema file with the replayed schema at the heads, or with the live one if the database is there;
/// `None` if the config names no such file.
///
/// The two may be written differently without a difference that matters: a database that took parallel revisions in
/// another order has its columns in another order.
pub(super) fn schema_file(schemas: &Schemas<'_>, live: &Live) -> Result<Option<CheckFinding>, CommandError> {
    let service = &schemas.history.service;
    let Some(path) = &service.schema.file else { return Ok(None) };
    let write = format!("aludel inspect head -s {} > {}", service.name, path.display());
    let run = format!("or, in development: aludel upgrade heads -s {}", service.name);
    let stale = |text: String| {
        let remedies = vec![write.clone(), run.clone()];
        CheckFinding { remedies, ..CheckFinding::new("file", Some(false), text) }
    };
    let Ok(text) = std::fs::read_to_string(path) else {
        return Ok(Some(stale(format!("{} cannot be read", path.display()))));
    };
    let rows = database::ids(&live.state.rows);
    let graph = &schemas.history.graph;
    let is_at_head = graph.unknown_rows(&rows).is_empty() && graph.is_at_head(&rows);
    if is_at_head && has_statements(&text, &statements(&live.schema)) {
        return Ok(Some(CheckFinding::new(
            "file",
            Some(true),
            format!("{} has the schema of the database", path.display()),
        )));
    }
    let head = match schemas.head() {
        Err(report) if report.report.code == ErrorCode::Interrupted => return Err(report),
        Err(_) => return Ok(Some(CheckFinding::new("file", None, "the revisions were not replayed: not compared"))),
        Ok(head) => head,
    };
    Ok(Some(match has_statements(&text, &statements(&head)) {
        true => CheckFinding::new("file", Some(true), format!("{} has the schema at the heads", path.display())),
        false => stale(format!("{} is stale: it does not have the schema at the heads", path.display())),
    }))
}
