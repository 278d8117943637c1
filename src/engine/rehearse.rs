//! Runs revisions on a scratch database: no lock, no version rows, no journal, no verification. Must not depend on the
//! origin of the scratch database.

mod ahead;

use std::ops::Range;

use ahead::RehearsedSteps;

use super::error::{EngineError, OnlineRefusal};
use super::online;
use super::prepare::PreparedStep;
use super::prepared_steps::PreparedSteps;
use super::unit::failed;
use crate::database::{
    BatchStep, Database, DatabaseError, Durability, FailureCause, RevisionExecution, RunFailure, ServerError,
    StopSignal, Transaction, Watch,
};
use crate::graph::{Operation, RowChange, Step};
use crate::sql::{self, Piece, StatementKind, TransactionControl};

/// A rehearsal changes no version rows.
static NO_CHANGE: RowChange = RowChange { delete: Vec::new(), insert: Vec::new() };

/// Environment for a rehearsal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RehearsalStage {
    /// A whole database: statements are sent as in a real run.
    Database,
    /// A transaction that is open already and will be rolled back. Statements are sent one by one, those that cannot
    /// run inside a transaction in a form that can, and with `schema` in place of `public`.
    Transaction {
        /// Statement that runs after each revision and undoes its settings.
        reset: String,
        /// Schema that replaces `public`.
        schema: String,
    },
}

/// Passes on the stop signal; batches keep their size and do not pause.
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
/// [`EngineError::Failed`] for a statement that the database refuses, [`EngineError::Interrupted`]; those of
/// [`PreparedSteps::get`].
pub fn rehearse(
    database: &mut dyn Database,
    steps: &[Step],
    prepared: &PreparedSteps<'_>,
    stage: &RehearsalStage,
    stop: &StopSignal,
) -> Result<(), EngineError> {
    online::refuse(steps, prepared, OnlineRefusal::Shadow)?;
    let mut texts = RehearsedSteps::new(steps, prepared);
    for (index, step) in steps.iter().enumerate() {
        // What was sent ahead is answered before another use of the connection.
        if stop() && database.sent_ahead() == 0 {
            return Err(EngineError::Interrupted);
        }
        let prepared = texts.current(index)?;
        if *stage == RehearsalStage::Database && !stop() {
            texts.send_ahead(database, index);
        }
        let text = Text::of_step(step, &prepared);
        text.run(database, stage, stop).map_err(|failure| failed(step, &prepared, failure, 0))?;
    }
    Ok(())
}

/// Runs the pieces with these indexes of the first of the steps, in a transaction if the whole revision runs in one.
///
/// # Errors
/// As [`rehearse`].
pub fn rehearse_pieces(
    database: &mut dyn Database,
    (steps, prepared): (&[Step], &PreparedSteps<'_>),
    pieces: &Range<usize>,
    stage: &RehearsalStage,
    stop: &StopSignal,
) -> Result<(), EngineError> {
    online::refuse(steps, prepared, OnlineRefusal::Shadow)?;
    let Some(step) = steps.first() else { return Ok(()) };
    let prepared = prepared.get(step, 0)?;
    let whole = Text::of_step(step, &prepared);
    let text = Text { pieces: whole.pieces.get(pieces.clone()).unwrap_or(whole.pieces), ..whole };
    let first = pieces.start;
    text.run(database, stage, stop).map_err(|failure| {
        // The index counts from the first piece that ran.
        let failure = RunFailure { piece: failure.piece.map(|piece| piece + first), ..failure };
        failed(step, &prepared, failure, 0)
    })
}

/// Runs a text that is not a revision, in a transaction if its statements allow that.
///
/// # Errors
/// [`RunFailure`] of the first statement that the database refuses.
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
            || sql::refuses_transaction(piece.sql.slice(text), dialect).is_some()
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

impl<'a> Text<'a> {
    fn of_step(step: &'a Step, prepared: &'a PreparedStep) -> Self {
        Self {
            revision: step.revision.as_str(),
            operation: step.operation,
            text: &prepared.section.text,
            pieces: &prepared.pieces,
            transaction: prepared.transaction,
        }
    }

    /// Returns the unit that a database runs.
    fn unit(&self, database: &dyn Database) -> RevisionExecution<'a> {
        let is_whole = self.transaction && database.has_transactional_ddl();
        RevisionExecution {
            revision: self.revision,
            operation: self.operation,
            text: self.text,
            pieces: self.pieces,
            change: &NO_CHANGE,
            rows_after: None,
            require: &[],
            verify: &[],
            transaction: if is_whole { Transaction::Own } else { Transaction::None },
            skip: 0,
            hashes: "",
            journal: None,
            // A scratch database does not outlive a crash anyway.
            durability: Durability::Deferred,
            next: None,
        }
    }

    fn run(&self, database: &mut dyn Database, stage: &RehearsalStage, stop: &StopSignal) -> Result<(), RunFailure> {
        match stage {
            RehearsalStage::Database => {
                let unit = self.unit(database);
                super::execute::run(database, &unit, &mut RehearsalWatch(stop)).map(drop)
            }
            RehearsalStage::Transaction { reset, schema } => self
                .one_by_one(database, schema, stop)
                .and_then(|()| database.execute(reset).map(drop).map_err(|error| RunFailure::new(cause(error), None))),
        }
    }

    fn one_by_one(&self, database: &mut dyn Database, schema: &str, stop: &StopSignal) -> Result<(), RunFailure> {
        let dialect = database.server().dialect;
        let mut own = OwnTransaction::default();
        for (index, piece) in self.pieces.iter().enumerate().filter(|(_, piece)| piece.kind != StatementKind::Nothing) {
            if stop() {
                return Err(RunFailure::new(FailureCause::Interrupted, Some(index)));
            }
            let statement = match piece.kind {
                StatementKind::TransactionControl => {
                    own.after(TransactionControl::parse(piece.sql.slice(self.text), dialect)).to_owned()
                }
                StatementKind::CopyFromStdin { .. } => {
                    let message = "COPY ... FROM stdin cannot be rehearsed inside one transaction";
                    return Err(RunFailure::refused(message, index));
                }
                _ => dialect.rules().in_transaction(piece.sql.slice(self.text)),
            };
            if statement.is_empty() {
                continue;
            }
            let statement = dialect.rules().in_schema(&statement, schema);
            database.execute(&statement).map_err(|error| RunFailure::new(cause(error), Some(index)))?;
        }
        Ok(())
    }
}

/// A transaction of the revision's own, rehearsed as a savepoint: the transaction around it is not the revision's to
/// end, but what a ROLLBACK undoes in the run is undone here too.
#[derive(Debug, Default)]
struct OwnTransaction {
    is_open: bool,
}

impl OwnTransaction {
    /// Returns the statements that have the same effect inside a transaction; empty if there is nothing to do.
    const fn after(&mut self, control: TransactionControl) -> &'static str {
        let was_open = self.is_open;
        self.is_open = match control {
            TransactionControl::Begin => true,
            TransactionControl::Continue | TransactionControl::Finish => was_open,
            TransactionControl::Detach => false,
            TransactionControl::Commit { chains } | TransactionControl::Rollback { chains } => was_open && chains,
        };
        match control {
            TransactionControl::Begin if !was_open => "SAVEPOINT aludel_own",
            TransactionControl::Commit { chains: true } if was_open => {
                "RELEASE SAVEPOINT aludel_own; SAVEPOINT aludel_own"
            }
            TransactionControl::Commit { .. } | TransactionControl::Detach if was_open => {
                "RELEASE SAVEPOINT aludel_own"
            }
            // The savepoint stays.
            TransactionControl::Rollback { chains: true } if was_open => "ROLLBACK TO SAVEPOINT aludel_own",
            TransactionControl::Rollback { .. } if was_open => {
                "ROLLBACK TO SAVEPOINT aludel_own; RELEASE SAVEPOINT aludel_own"
            }
            _ => "",
        }
    }
}

fn cause(error: DatabaseError) -> FailureCause {
    match error {
        DatabaseError::Server(error) => FailureCause::Statement(error),
        DatabaseError::ConnectionLost(message) => FailureCause::ConnectionLost(message),
        error @ (DatabaseError::UrlParameter { .. } | DatabaseError::Credentials(_)) => {
            FailureCause::Statement(ServerError { message: error.to_string(), ..ServerError::default() })
        }
        DatabaseError::Url(message)
        | DatabaseError::Connect { message, .. }
        | DatabaseError::NoSecondConnection { message, .. } => {
            FailureCause::Statement(ServerError { message, ..ServerError::default() })
        }
    }
}
