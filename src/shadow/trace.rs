//! Statements of revisions run one by one on a shadow, with what the server was seen to do beside what was predicted.

use super::error::ProofError;
use super::shadow_database::Shadow;
use crate::database::{Database, MeasuredLock, StatementObservation};
use crate::ddl::{self, DdlServer, Outline, Prediction};
use crate::diagnostic::Span;
use crate::sql::{Blocks, Piece, StatementKind, TableLock, TableName, Work};

/// Revision to trace.
#[derive(Debug, Clone, Copy)]
pub struct TracedText<'a> {
    /// Text of the section.
    pub text: &'a str,
    pub pieces: &'a [Piece],
    /// All of them run in one transaction.
    pub in_transaction: bool,
}

/// Where statements are traced.
pub struct TraceStage<'a> {
    pub shadow: &'a mut Shadow,
    /// Another connection to it, for locks that are gone when a statement ends.
    pub beside: Option<Box<dyn Database>>,
    /// Server of the shadow.
    pub server: &'a DdlServer,
}

/// Statement with what was predicted and what was measured.
#[derive(Debug, Clone)]
pub struct TracedStatement {
    /// Its bytes in the section.
    pub span: Span,
    /// Prediction.
    pub predicted: Prediction,
    /// Measurement.
    pub observed: StatementObservation,
    /// Where the two differ; empty if they agree, or if nothing could be compared.
    pub differences: Vec<TraceDifference>,
    /// Table whose rows the statement goes through.
    pub gone_through: Option<TableName>,
}

/// Difference between what was predicted and what was measured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TraceDifference {
    pub table: TableName,
    /// Prediction: the mode of a lock, or `rewrite`; `None` for nothing.
    pub predicted: Option<&'static str>,
    /// Measurement.
    pub measured: Option<&'static str>,
}

impl std::fmt::Display for TraceDifference {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { table, predicted, measured } = self;
        write!(
            formatter,
            "{table}: {} predicted, {} measured",
            predicted.unwrap_or("nothing"),
            measured.unwrap_or("nothing")
        )
    }
}

/// Word for a rewrite in [`TraceDifference`].
const REWRITE: &str = "rewrite";

/// Runs the statements of a revision on the shadow. Ends behind a statement that the server refuses. `outline` is what the
/// shadow holds before, and is brought up to date.
///
/// # Errors
/// The connection breaks, or the transaction cannot be opened or committed.
pub fn trace(
    stage: &mut TraceStage<'_>,
    revision: TracedText<'_>,
    outline: &mut Outline,
) -> Result<Vec<TracedStatement>, ProofError> {
    let TracedText { text, pieces, in_transaction } = revision;
    let server = stage.server;
    let database = stage.shadow.database()?;
    let driver = database.driver();
    let in_transaction = in_transaction && database.has_transactional_ddl();
    if in_transaction {
        database.execute(server.dialect.rules().begin_statement())?;
    }
    let mut traced: Vec<TracedStatement> = Vec::new();
    for piece in pieces.iter().filter(|piece| piece.kind != StatementKind::Nothing) {
        let sql = piece.sql.slice(text);
        let parsed = ddl::parse(sql, server.dialect);
        let predicted = Prediction::new(sql, &parsed, outline, server);
        let observed = match &mut stage.beside {
            Some(beside) if !in_transaction => driver.observe_beside(database, sql, &mut **beside)?,
            _ => driver.observe(database, sql, in_transaction)?,
        };
        let observed = plain(observed, outline);
        let differences = differences(&predicted, &observed, outline);
        let is_refused = observed.error.is_some();
        let gone_through = ddl::table_gone_through(&parsed, outline, server);
        traced.push(TracedStatement { span: piece.sql, predicted, observed, differences, gone_through });
        if is_refused {
            if in_transaction {
                database.execute("ROLLBACK")?;
            }
            return Ok(traced);
        }
        outline.apply(&parsed);
    }
    if in_transaction {
        database.execute("COMMIT")?;
    }
    Ok(traced)
}

/// The observation with the names of tables as the outline has them: without the default schema.
fn plain(mut observed: StatementObservation, outline: &Outline) -> StatementObservation {
    let locks = observed.locks.iter_mut().flatten().map(|lock| &mut lock.table);
    let scanned = observed.scanned.iter_mut().flatten().map(|scanned| &mut scanned.table);
    for table in locks.chain(observed.rewritten.iter_mut().flatten()).chain(scanned) {
        *table = outline.plain(table);
    }
    observed
}

/// Compares a prediction with what was measured, on the tables and views that the examined revisions have not created.
#[must_use]
pub fn differences(predicted: &Prediction, observed: &StatementObservation, outline: &Outline) -> Vec<TraceDifference> {
    if !predicted.is_known || observed.error.is_some() {
        return Vec::new();
    }
    let rules = outline.dialect.change_rules();
    let mut found = Vec::new();
    for relation in outline.relations().filter(|relation| !relation.is_new && !relation.is_temporary) {
        let table = &relation.name;
        if let Some(locks) = &observed.locks {
            let measured = locks.iter().find(|lock| lock.index.is_none() && outline.plain(&lock.table) == *table);
            let predicted = predicted.locks.iter().find(|lock| lock.table == *table);
            if !is_same_lock(predicted, measured, observed.is_sampled, |lock| rules.lock_rank(lock)) {
                let (predicted, measured) = (predicted.map(|lock| lock.name), measured.map(|lock| lock.mode));
                found.push(TraceDifference { table: table.clone(), predicted, measured });
            }
        }
        if let Some(rewritten) = &observed.rewritten {
            let measured = rewritten.iter().any(|own| outline.plain(own) == *table);
            let predicted = predicted.rewritten.contains(table);
            if measured != predicted {
                let word = |is: bool| is.then_some(REWRITE);
                let (predicted, measured) = (word(predicted), word(measured));
                found.push(TraceDifference { table: table.clone(), predicted, measured });
            }
        }
    }
    found
}

/// Locks that block no one count as none. A lock that the transaction held before hides a weaker one, and one that was
/// looked at now and then may be weaker than the strongest that was held.
fn is_same_lock(
    predicted: Option<&TableLock>,
    measured: Option<&MeasuredLock>,
    is_sampled: bool,
    rank: impl Fn(&TableLock) -> usize,
) -> bool {
    let predicted = predicted.filter(|lock| lock.blocks != Blocks::Nothing);
    let Some(measured) = measured.filter(|lock| lock.blocks != Blocks::Nothing) else {
        return predicted.is_none() || is_sampled;
    };
    if measured.before == Some(measured.mode) || is_sampled {
        let held = TableLock {
            table: measured.table.clone(),
            name: measured.mode,
            blocks: measured.blocks,
            work: Work::Catalog,
        };
        return match predicted {
            // A moment between two looks may have had a stronger one.
            Some(predicted) if is_sampled => rank(predicted) >= rank(&held),
            Some(predicted) => rank(predicted) <= rank(&held),
            None => !is_sampled,
        };
    }
    predicted.is_some_and(|predicted| predicted.name == measured.mode)
}
