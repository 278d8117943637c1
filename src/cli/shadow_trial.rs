//! Trial of generated statements on a shadow database, before they are written to a revision file.

use super::report::CommandError;
use super::schemas::Schemas;
use crate::autogenerate::{Trial, part_text};
use crate::database::{FailureCause, RunFailure, ServerError};
use crate::schema::{Attribute, Schema, ScriptPart, Statement, ddl};
use crate::shadow::{ProofError, Shadow, SqlText};
use crate::sql::{self, Dialect, StatementKind};

/// Opens a shadow database and creates the objects of `schema` in it, for a schema that no history produces.
pub fn loaded(schemas: &Schemas<'_>, schema: &Schema) -> Result<Shadow, CommandError> {
    let mut shadow = schemas.shadow(&[])?;
    for mut part in ddl(schema).parts {
        // A statement with a placeholder depends on something that the model does not cover, and cannot run here.
        part.statements.retain(|statement| !statement.has_placeholder());
        apply(&part, &mut shadow)?;
    }
    make_dropped_along(schema, &mut shadow)?;
    Ok(shadow)
}

/// Creates the unmodelled objects that the server drops along with an object (statistics objects, memberships in
/// publications), as far as the shadow database accepts them. The trial then finds them there, and drops them too.
fn make_dropped_along(schema: &Schema, shadow: &mut Shadow) -> Result<(), ProofError> {
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
            let part = ScriptPart { transaction: true, statements: vec![Statement::new(sql)] };
            match shadow.attempt(|shadow| apply(&part, shadow)) {
                Err(error) if refusal(&error).is_none() => return Err(error),
                _ => {}
            }
        }
    }
    Ok(())
}

/// A shadow database on which statements are tried.
pub struct ShadowTrial<'a, 's> {
    pub shadow: &'a mut Shadow,
    pub schemas: &'a Schemas<'s>,
}

impl Trial for ShadowTrial<'_, '_> {
    type Error = ProofError;

    /// Tries the statements until none is refused any more; each round replaces the refused one by a weaker variant or
    /// a placeholder. Statements with one are skipped: they fill in values of rows, and the shadow database has none.
    fn apply(&mut self, part: &mut ScriptPart) -> Result<Schema, ProofError> {
        let mut start = 0;
        loop {
            let waiting = || part.statements.iter().enumerate().filter(|(_, statement)| !statement.has_placeholder());
            // Statements before `start` have taken effect. SET statements are repeated, because the rest depends on
            // them and runs in a message of its own.
            let rest: Vec<(usize, &Statement)> =
                waiting().filter(|(place, statement)| *place >= start || statement.sql.starts_with("SET ")).collect();
            let statements = rest.iter().map(|(_, statement)| (*statement).clone()).collect();
            let again = ScriptPart { statements, ..part.clone() };
            let Err(error) = self.shadow.attempt(|shadow| apply(&again, shadow)) else {
                return self.shadow.catalog(self.schemas.request());
            };
            let dialect = self.shadow.url().dialect();
            let failed =
                refused_statement(&error, dialect).and_then(|failed| rest.get(failed)).map(|(place, _)| *place);
            let (Some((server, failure)), Some(place)) = (refusal(&error), failed) else { return Err(error) };
            // The statements before the refused one stay, so the next round starts here.
            if !failure.rolled_back && !self.shadow.is_one_transaction() {
                start = place;
            }
            if let Some(statement) = part.statements.get_mut(place) {
                *statement = another_way(dialect, statement, server);
            }
        }
    }

    fn delete_rows(&mut self, schema: &Schema) -> Result<(), ProofError> {
        match self.shadow.attempt(|shadow| shadow.empty(schema)) {
            // Rows that stay make the trial stricter, not wrong.
            Err(ProofError::Database(crate::database::DatabaseError::Server(_))) => Ok(()),
            other => other,
        }
    }
}

/// Returns a replacement for a refused statement: a weaker form if the dialect has one, otherwise the statement as a
/// placeholder.
fn another_way(dialect: Dialect, statement: &Statement, server: &ServerError) -> Statement {
    dialect.schema_rules().fall_back(statement, server.number).unwrap_or_else(|| {
        let detail = server.detail.as_deref().map(|detail| format!(" ({detail})")).unwrap_or_default();
        statement.clone().refused(&format!("{}{detail}", server.message))
    })
}

/// Returns the server's error if it refused a statement; `None` for any other failure, such as a full disk or a lost
/// connection.
fn refusal(error: &ProofError) -> Option<(&ServerError, &RunFailure)> {
    let ProofError::Load { failure, .. } = error else { return None };
    let FailureCause::Statement(server) = &failure.cause else { return None };
    // SQLSTATE classes that concern the server and not the statement: 08 connection exception, 53 insufficient
    // resources, 57 operator intervention, 58 system error, XX internal error.
    let is_trouble = |state: &str| ["08", "53", "57", "58", "XX"].iter().any(|class| state.starts_with(class));
    (!server.sqlstate.as_deref().is_some_and(is_trouble)).then_some((server, &**failure))
}

/// Returns the index of the refused statement, not counting pieces without a statement.
fn refused_statement(error: &ProofError, dialect: Dialect) -> Option<usize> {
    let ProofError::Load { location, failure } = error else { return None };
    let pieces = sql::split(&location.text, dialect).ok()?;
    Some(pieces.get(..failure.piece?)?.iter().filter(|piece| piece.kind != StatementKind::Nothing).count())
}

fn apply(part: &ScriptPart, shadow: &mut Shadow) -> Result<(), ProofError> {
    let text = part_text(part, shadow.url().dialect());
    SqlText { path: "generated statements".into(), text }.load(shadow, &Schemas::stop_signal())
}
