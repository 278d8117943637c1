//! Runs revisions where nothing is kept: on a scratch database. No lock, no version rows, no verification.
//! Knows units; must not know where the scratch database came from.

use super::error::{EngineError, OnlineRefusal};
use super::online;
use super::prepare::PreparedStep;
use super::schema_rewrite::in_schema;
use super::unit::failed;
use crate::database::{
    BatchStep, Database, DatabaseError, FailureCause, JournalFacts, RevisionExecution, RunFailure, ServerError,
    StopSignal, Transaction, Watch,
};
use crate::graph::{Operation, RowChange, Step};
use crate::sql::{self, Dialect, Piece, StatementKind};

/// How statements get to the scratch database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RehearsalStage {
    /// The database is all ours: as in a run.
    Database,
    /// All happens in one transaction that is open already and will be rolled back: statement by statement, those
    /// that refuse a transaction in a form that does not. What follows each revision is said to the session: it sets
    /// back what the revision set. What names the schema `public` names that one.
    Transaction {
        /// The statement that sets back.
        reset: String,
        /// The schema.
        schema: String,
    },
}

/// Whoever may want to stop.
struct RehearsalWatch<'a>(&'a StopSignal);

impl Watch for RehearsalWatch<'_> {
    fn statements(&mut self, _done: usize, _total: usize) {}

    fn interrupted(&self) -> bool {
        (self.0)()
    }

    fn stop_signal(&self) -> Option<StopSignal> {
        Some(self.0.clone())
    }

    fn paced(&mut self, step: &BatchStep<'_>) -> Option<u64> {
        Some(step.size)
    }
}

/// Runs the steps with their texts.
///
/// # Errors
/// [`EngineError::Failed`] for a statement that the database refuses, [`EngineError::Interrupted`].
pub fn rehearse(
    database: &mut dyn Database,
    steps: &[Step],
    prepared: &[PreparedStep],
    stage: &RehearsalStage,
    stop: &StopSignal,
) -> Result<(), EngineError> {
    online::refuse(steps, prepared, OnlineRefusal::Shadow)?;
    for (step, prepared) in steps.iter().zip(prepared) {
        if stop() {
            return Err(EngineError::Interrupted);
        }
        let text = Text {
            revision: step.revision.as_str(),
            operation: step.operation,
            text: &prepared.section.text,
            pieces: &prepared.pieces,
            transaction: prepared.transaction,
        };
        text.run(database, stage, stop).map_err(|failure| failed(step, prepared, failure, 0))?;
    }
    Ok(())
}

/// Runs a text that is no revision; `transaction` says whether it can be one transaction.
///
/// # Errors
/// The statement that the database refuses.
pub fn rehearse_text(
    database: &mut dyn Database,
    text: &str,
    pieces: &[Piece],
    stage: &RehearsalStage,
    stop: &StopSignal,
) -> Result<(), RunFailure> {
    let dialect = database.server().dialect;
    let refuses = |piece: &Piece| {
        piece.kind == StatementKind::TransactionControl
            || sql::refuses_transaction(piece.sql.of(text), dialect).is_some()
    };
    let transaction = !pieces.iter().any(refuses);
    Text { revision: "schema", operation: Operation::Upgrade, text, pieces, transaction }.run(database, stage, stop)
}

struct Text<'a> {
    revision: &'a str,
    operation: Operation,
    text: &'a str,
    pieces: &'a [Piece],
    transaction: bool,
}

impl Text<'_> {
    fn run(&self, database: &mut dyn Database, stage: &RehearsalStage, stop: &StopSignal) -> Result<(), RunFailure> {
        match stage {
            RehearsalStage::Database => self.as_unit(database, stop),
            RehearsalStage::Transaction { reset, schema } => self
                .one_by_one(database, schema, stop)
                .and_then(|()| database.execute(reset).map(drop).map_err(|error| RunFailure::new(cause(error), None))),
        }
    }

    fn as_unit(&self, database: &mut dyn Database, stop: &StopSignal) -> Result<(), RunFailure> {
        let rolls_back = database.has_transactional_ddl();
        let transaction = if self.transaction && rolls_back { Transaction::Own } else { Transaction::None };
        let change = RowChange::default();
        let unit = RevisionExecution {
            revision: self.revision,
            operation: self.operation,
            text: self.text,
            pieces: self.pieces,
            change: &change,
            rows_after: None,
            verify: &[],
            transaction,
            skip: 0,
            hashes: "",
            journal: JournalFacts {
                started_at: "2000-01-01T00:00:00Z",
                checksum: "",
                parents: None,
                os_user: "",
                host: "",
                tool_version: "",
                operation: None,
            },
            next: None,
        };
        database.run(&unit, &mut RehearsalWatch(stop)).map(drop)
    }

    fn one_by_one(&self, database: &mut dyn Database, schema: &str, stop: &StopSignal) -> Result<(), RunFailure> {
        let dialect = database.server().dialect;
        for (index, piece) in self.pieces.iter().enumerate().filter(|(_, piece)| piece.kind != StatementKind::Nothing) {
            if stop() {
                return Err(RunFailure::new(FailureCause::Interrupted, Some(index)));
            }
            let statement = match piece.kind {
                // The transaction is not the revision's to end, and nobody waits for it.
                StatementKind::TransactionControl => continue,
                StatementKind::CopyFromStdin { .. } => {
                    let message = "COPY ... FROM stdin cannot be rehearsed inside one transaction";
                    return Err(RunFailure::refused(message, index));
                }
                _ => in_transaction(piece.sql.of(self.text), dialect),
            };
            let statement = in_schema(&statement, schema);
            database.execute(&statement).map_err(|error| RunFailure::new(cause(error), Some(index)))?;
        }
        Ok(())
    }
}

/// The statement without `CONCURRENTLY`, which a transaction refuses.
fn in_transaction(statement: &str, dialect: Dialect) -> String {
    if sql::refuses_transaction(statement, dialect).is_none() {
        return statement.to_owned();
    }
    let tokens = sql::Lexer::new(statement, dialect).filter_map(Result::ok);
    let concurrently =
        tokens.map(|token| token.span).find(|span| span.of(statement).eq_ignore_ascii_case("concurrently"));
    match concurrently.and_then(|span| Some((statement.get(..span.start)?, statement.get(span.end..)?))) {
        Some((before, after)) => format!("{before}{after}"),
        None => statement.to_owned(),
    }
}

fn cause(error: DatabaseError) -> FailureCause {
    match error {
        DatabaseError::Server(error) => FailureCause::Statement(error),
        DatabaseError::ConnectionLost(message) => FailureCause::ConnectionLost(message),
        error @ DatabaseError::UrlParameter { .. } => {
            FailureCause::Statement(ServerError { message: error.to_string(), ..ServerError::default() })
        }
        DatabaseError::Url(message)
        | DatabaseError::Connect { message, .. }
        | DatabaseError::NoSecondConnection { message, .. } => {
            FailureCause::Statement(ServerError { message, ..ServerError::default() })
        }
    }
}
