//! Statements that were worked out, tried on a shadow before they are written down. Knows the shadow's schema only; a
//! revision's file is the command's own matter.

use super::report::Report;
use super::schemas::Schemas;
use crate::autogenerate::{Trial, part_text};
use crate::database::{FailureCause, RunFailure, ServerError};
use crate::proof::{ProofError, Shadow, SqlText};
use crate::schema::{Attribute, Part, Schema, Statement, ddl, weaker};
use crate::sql::{self, Dialect, Kind};

/// A shadow with a schema in it that no history makes.
pub fn loaded(schemas: &Schemas<'_>, schema: &Schema) -> Result<Shadow, Report> {
    let mut shadow = schemas.shadow(&[])?;
    for mut part in ddl(schema).parts {
        // What needs something that the model does not cover cannot be made here.
        part.statements.retain(|statement| !statement.has_gap());
        apply(&part, &mut shadow, schemas)?;
    }
    make_dropped_along(schema, &mut shadow, schemas)?;
    Ok(shadow)
}

/// Makes what the model does not cover and falls with an object, as far as the shadow takes it: it can fall there too then.
fn make_dropped_along(schema: &Schema, shadow: &mut Shadow, schemas: &Schemas<'_>) -> Result<(), ProofError> {
    let entries = schema.objects().flat_map(|object| object.list(Attribute::DroppedAlong));
    let mut made: Vec<&str> = Vec::new();
    for statement in entries.filter_map(|entry| Some(entry.split_once('\n')?.1)).filter(|text| !text.is_empty()) {
        if made.contains(&statement) {
            continue;
        }
        made.push(statement);
        let publication = statement.strip_prefix("ALTER PUBLICATION ").and_then(|rest| rest.split(" ADD TABLE").next());
        let publication = publication.map(|name| format!("CREATE PUBLICATION {name}"));
        for sql in publication.into_iter().chain([statement.to_owned()]) {
            let part = Part { transaction: true, statements: vec![Statement::new(sql)] };
            match shadow.attempt(|shadow| apply(&part, shadow, schemas)) {
                Err(error) if refusal(&error).is_none() => return Err(error),
                _ => {}
            }
        }
    }
    Ok(())
}

/// A shadow that statements are tried on.
pub struct ShadowTrial<'a, 's> {
    pub shadow: &'a mut Shadow,
    pub schemas: &'a Schemas<'s>,
}

impl Trial for ShadowTrial<'_, '_> {
    type Error = ProofError;

    /// Statements with a gap fill rows, of which there are none here.
    fn apply(&mut self, part: &mut Part) -> Result<Schema, ProofError> {
        let mut start = 0;
        loop {
            let waiting = || part.statements.iter().enumerate().filter(|(_, statement)| !statement.has_gap());
            // Statements behind a SET that they depend on run in a message of their own.
            let rest: Vec<(usize, &Statement)> =
                waiting().filter(|(place, statement)| *place >= start || statement.sql.starts_with("SET ")).collect();
            let statements = rest.iter().map(|(_, statement)| (*statement).clone()).collect();
            let again = Part { statements, ..part.clone() };
            let Err(error) = self.shadow.attempt(|shadow| apply(&again, shadow, self.schemas)) else {
                return self.shadow.catalog(self.schemas.request());
            };
            let dialect = self.shadow.url().dialect();
            let failed =
                refused_statement(&error, dialect).and_then(|failed| rest.get(failed)).map(|(place, _)| *place);
            let (Some((server, failure)), Some(place)) = (refusal(&error), failed) else { return Err(error) };
            if !failure.rolled_back && !self.shadow.is_one_transaction() {
                start = place;
            }
            if let Some(statement) = part.statements.get_mut(place) {
                *statement = another_way(statement, server);
            }
        }
    }

    fn delete_rows(&mut self, schema: &Schema) -> Result<(), ProofError> {
        match self.shadow.attempt(|shadow| shadow.empty(schema)) {
            // Rows that stay make what is tried harder, and no worse.
            Err(ProofError::Database(crate::database::DatabaseError::Server(_))) => Ok(()),
            other => other,
        }
    }
}

/// The statement as a weaker one where it asked for an ALGORITHM or a LOCK that the server does not have for it (MySQL's and
/// MariaDB's ER_ALTER_OPERATION_NOT_SUPPORTED, 1845, and ER_ALTER_OPERATION_NOT_SUPPORTED_REASON, 1846), else as a gap.
fn another_way(statement: &Statement, server: &ServerError) -> Statement {
    let weaker = if matches!(server.number, Some(1845 | 1846)) { weaker(statement) } else { None };
    weaker.unwrap_or_else(|| {
        let detail = server.detail.as_deref().map(|detail| format!(" ({detail})")).unwrap_or_default();
        statement.clone().refused(&format!("{}{detail}", server.message))
    })
}

/// What the server said of a statement that it refused; `None` where something else is wrong: a full disk, a lost connection.
fn refusal(error: &ProofError) -> Option<(&ServerError, &RunFailure)> {
    let ProofError::Load { failure, .. } = error else { return None };
    let FailureCause::Statement(server) = &failure.cause else { return None };
    // Classes of SQLSTATE that are about the server and not the statement: 53 insufficient resources, 57 operator
    // intervention, 58 system error, XX internal error.
    let is_trouble = |state: &str| ["08", "53", "57", "58", "XX"].iter().any(|class| state.starts_with(class));
    (!server.sqlstate.as_deref().is_some_and(is_trouble)).then_some((server, &**failure))
}

/// Which of the statements failed.
fn refused_statement(error: &ProofError, dialect: Dialect) -> Option<usize> {
    let ProofError::Load { location, failure } = error else { return None };
    let pieces = sql::split(&location.text, dialect).ok()?;
    Some(pieces.get(..failure.piece?)?.iter().filter(|piece| piece.kind != Kind::Nothing).count())
}

fn apply(part: &Part, shadow: &mut Shadow, schemas: &Schemas<'_>) -> Result<(), ProofError> {
    let text = part_text(part, shadow.url().dialect());
    SqlText { path: "generated statements".into(), text }.load(shadow, &schemas.workbench().replay.stop)
}
