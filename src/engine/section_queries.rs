//! Require and verify sections: queries that return no rows if a revision may run, and if it is correct. Read and split
//! here; run by the database before and after the statements of an upgrade, and by [`ask`] at any other time.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::error::{EngineError, RevisionRefusal};
use super::prepare::Setting;
use crate::database::{Database, DatabaseError, QueryOutcome, SHOWN_ROWS};
use crate::diagnostic::{Location, Span};
use crate::graph::Operation;
use crate::id::RevisionId;
use crate::project::History;
use crate::revision::{Rendered, Revision, Section, SourceText, render_section};
use crate::sql::{self, StatementKind};

/// Require or verify section of a revision.
#[derive(Debug)]
pub struct SectionQueries {
    path: PathBuf,
    file: SourceText,
    rendered: Rendered,
    /// Span of each query in the section.
    queries: Vec<Span>,
}

impl SectionQueries {
    /// Returns the queries in order.
    #[must_use]
    pub fn queries(&self) -> Vec<&str> {
        self.queries.iter().map(|span| span.slice(&self.rendered.text)).collect()
    }

    /// Returns the position in the file of the query with this index.
    #[must_use]
    pub fn locate(&self, query: usize) -> Option<Location> {
        let span = self.rendered.in_file(*self.queries.get(query)?);
        Some(self.file.locate(&self.path, span))
    }
}

/// Returns the queries in a section of `revision`, which was read from the file `path`; `None` if there are none.
///
/// # Errors
/// [`EngineError::Refused`] for a template that cannot be rendered, a text that cannot be split, a statement that is
/// not a query.
pub fn section_queries(
    history: &History,
    path: &Path,
    revision: &Revision,
    section: Section,
    setting: Setting<'_>,
) -> Result<Option<SectionQueries>, EngineError> {
    let context = setting.body_context(&history.service);
    let refused = |span, refusal| EngineError::Refused {
        revision: revision.header.revision.clone(),
        operation: Operation::Upgrade,
        location: Box::new(revision.text.locate(path, span)),
        refusal,
    };
    let rendered = render_section(revision, section, &context);
    let rendered = rendered.map_err(|error| refused(error.span, RevisionRefusal::Template(error)))?;
    let Some(rendered) = rendered else { return Ok(None) };
    let pieces = sql::split(&rendered.text, setting.dialect)
        .map_err(|error| refused(rendered.in_file(error.span), RevisionRefusal::Split(error)))?;
    let queries: Vec<Span> =
        pieces.iter().filter(|piece| piece.kind != StatementKind::Nothing).map(|piece| piece.sql).collect();
    let no_query =
        |span: &Span| sql::first_no_query(span.slice(&rendered.text), setting.dialect).map(|at| at.shifted(span.start));
    if let Some(span) = queries.iter().find_map(no_query) {
        return Err(refused(rendered.in_file(span), RevisionRefusal::NotAQuery { section }));
    }
    let (path, file) = (path.to_owned(), revision.text.clone());
    Ok((!queries.is_empty()).then_some(SectionQueries { path, file, rendered, queries }))
}

/// Reads the verify section of the revision `id`.
///
/// # Errors
/// A file that cannot be read, a template that cannot be rendered, a query that cannot be split.
pub fn read_verify(
    history: &History,
    id: &RevisionId,
    setting: Setting<'_>,
) -> Result<Option<SectionQueries>, EngineError> {
    read_queries(history, id, Section::Verify, setting)
}

/// Reads the queries of a require or verify section of the revision `id`.
///
/// # Errors
/// As [`read_verify`].
pub fn read_queries(
    history: &History,
    id: &RevisionId,
    section: Section,
    setting: Setting<'_>,
) -> Result<Option<SectionQueries>, EngineError> {
    let (path, revision) = history.read_section(id, section)?;
    section_queries(history, &path, &revision, section, setting)
}

/// Runs the queries one after the other, up to the first one that returns rows or is refused. Returns its index, what it
/// found, and the duration.
///
/// # Errors
/// When the connection breaks. A query that the server refuses is a finding.
pub fn run_queries(
    database: &mut dyn Database,
    queries: &SectionQueries,
) -> Result<(Option<(usize, QueryOutcome)>, Duration), DatabaseError> {
    let started = Instant::now();
    for (index, sql) in queries.queries().into_iter().enumerate() {
        if let Some(found) = run_query(database, sql)? {
            return Ok((Some((index, found)), started.elapsed()));
        }
    }
    Ok((None, started.elapsed()))
}

/// Runs a query in a read-only transaction. Returns the rows or the refusal; `None` if it found nothing.
///
/// # Errors
/// When the connection breaks.
pub fn run_query(database: &mut dyn Database, sql: &str) -> Result<Option<QueryOutcome>, DatabaseError> {
    match database.query(sql, SHOWN_ROWS) {
        Ok(rows) if rows.rows.is_empty() => Ok(None),
        Ok(rows) => Ok(Some(QueryOutcome::Rows(rows))),
        Err(DatabaseError::Server(error)) => Ok(Some(QueryOutcome::Refused(error))),
        Err(error) => Err(error),
    }
}
