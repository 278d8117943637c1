//! Steps of a run. A step is a call, so that there is nothing to send together.

use std::time::Instant;

use super::contents::MemorySettings;
use super::error::MemoryError;
use super::history;
use super::session::MemorySession;
use crate::database::journal::{self, JournalState, Took};
use crate::database::{
    FailureCause, JournalPlacement, Outcome, QueryFinding, QueryOutcome, QueryRows, RevisionExecution, RevisionSession,
    RunFailure, RunStep, SHOWN_ROWS, SectionQuery, ServerError, StepFailure, TextRows, Transaction, VersionTable,
    Watch, milliseconds, statements,
};
use crate::sql::{Dialect, StatementKind, keywords};

/// Run of one revision.
pub(super) struct MemoryRun<'r> {
    session: &'r mut MemorySession,
    table: &'r VersionTable,
    unit: &'r RevisionExecution<'r>,
    started: Instant,
    settings: MemorySettings,
    journal: Option<i64>,
    /// Number of statements that have run in the revision's transaction.
    done: usize,
    open_since: Option<usize>,
}

impl<'r> MemoryRun<'r> {
    pub(super) fn start(
        session: &'r mut MemorySession,
        table: &'r VersionTable,
        unit: &'r RevisionExecution<'r>,
    ) -> Result<Self, RunFailure> {
        unit.refuse_copy("the in-memory database")?;
        let settings = session.settings.clone();
        let (started, done) = (Instant::now(), unit.skip);
        Ok(Self { session, table, unit, started, settings, journal: None, done, open_since: None })
    }

    fn step(&mut self, step: RunStep<'_>, watch: &mut dyn Watch) -> Result<(), StepFailure> {
        let (dialect, took) = (Dialect::MEMORY, milliseconds(self.started.elapsed()));
        let own = MemoryError::into_own_failure;
        match step {
            RunStep::Begin(_) => self.session.begin().map_err(own),
            RunStep::Commit(_) => self.session.commit().map_err(own),
            RunStep::RollBack(_) => {
                self.session.roll_back();
                self.open_since = None;
                Ok(())
            }
            RunStep::RestoreSession => {
                self.session.settings.clone_from(&self.settings);
                Ok(())
            }
            RunStep::ChangeRows => {
                for statement in statements::change_rows(dialect, self.table, self.unit.change) {
                    if self.own_statement(&statement.sql)?.0 != statement.rows {
                        return Err(moved());
                    }
                }
                Ok(())
            }
            RunStep::CompareRows => {
                let expected = self.unit.rows_after.map(|ids| ids.iter().map(ToString::to_string).collect());
                let rows = self.session.read(|contents| history::version_rows(contents, self.table));
                if expected.is_none_or(|expected: Vec<String>| expected == rows) { Ok(()) } else { Err(moved()) }
            }
            RunStep::StartJournal(note) => {
                let rows = self.session.read(|contents| history::version_rows(contents, self.table));
                let holds = |id: &crate::id::RevisionId| rows.iter().any(|row| row == id.as_str());
                let change = self.unit.change;
                if !change.delete.iter().all(holds) || change.insert.iter().any(holds) {
                    return Err(moved());
                }
                let entry = self.unit.entry(JournalState::Running, Took::Unknown, note.done, None);
                self.journal = Some(self.own_statement(&journal::insert_journal(dialect, self.table, &entry))?.1);
                Ok(())
            }
            RunStep::Note(note) => {
                let (done, running) = (note.done as u64, note.running.map(|number| number as u64));
                let id = self.journal.unwrap_or_default();
                self.own_row(&journal::journal_progress(dialect, self.table, id, done, running))
            }
            RunStep::FinishJournal(Outcome { state, done, error }) => {
                let (id, done) = (self.journal.unwrap_or_default(), done as u64);
                self.own_row(&journal::finish_journal(dialect, self.table, id, state, took, done, error))
            }
            RunStep::InsertJournal(outcome) => {
                let entry = self.unit.entry(outcome.state, took, outcome.done, outcome.error);
                self.own_row(&journal::insert_journal(dialect, self.table, &entry))
            }
            RunStep::Repeat(piece) => self.piece(piece),
            RunStep::Piece(piece) => self.next_piece(piece, watch),
            RunStep::Batch { sql, .. } => self.session.run(sql).map(drop).map_err(|error| error.into_failure(None)),
            RunStep::Cursor(sql) => self.own_row(sql),
            RunStep::Query(query) => self.check_query(query),
            // A statement neither waits nor can be stopped, and the lock ends with the session only.
            RunStep::SetUp | RunStep::UndoSetUp | RunStep::CheckLease | RunStep::RenewLease | RunStep::AnnounceNext => {
                Ok(())
            }
        }
    }

    fn next_piece(&mut self, piece: usize, watch: &mut dyn Watch) -> Result<(), StepFailure> {
        if self.unit.transaction == Transaction::None {
            return self.piece(piece);
        }
        if watch.interrupted() {
            return Err(StepFailure::new(0, FailureCause::Interrupted));
        }
        self.piece(piece)?;
        self.done += 1;
        watch.statements(self.done, self.unit.total());
        Ok(())
    }

    fn piece(&mut self, piece: usize) -> Result<(), StepFailure> {
        let Some(piece) = self.unit.pieces.get(piece) else { return Ok(()) };
        let ran = self.session.run(piece.sql.slice(self.unit.text));
        ran.map(drop).map_err(|error| error.into_failure(Some(piece.sql.start)))
    }

    fn check_query(&self, section_query: SectionQuery) -> Result<(), StepFailure> {
        let Some(sql) = self.unit.query(section_query) else { return Ok(()) };
        let found = match query(self.session, sql, SHOWN_ROWS) {
            Ok(rows) if rows.rows.is_empty() => return Ok(()),
            Ok(rows) => QueryOutcome::Rows(rows),
            Err(error) => QueryOutcome::Refused(ServerError::from(error)),
        };
        Err(StepFailure::new(0, QueryFinding { query: section_query, found }.into_cause()))
    }

    /// Runs a statement on the version table or the journal. Returns the number of changed rows and the last row's id.
    fn own_statement(&mut self, sql: &str) -> Result<(u64, i64), StepFailure> {
        let results = self.session.run(sql).map_err(MemoryError::into_own_failure)?;
        Ok(results.last().map_or((0, 0), |result| (result.changed, result.id)))
    }

    /// Runs a statement that has to change one row of the journal.
    fn own_row(&mut self, sql: &str) -> Result<(), StepFailure> {
        if self.own_statement(sql)?.0 == 1 { Ok(()) } else { Err(moved()) }
    }
}

impl RevisionSession for MemoryRun<'_> {
    fn version_table(&self) -> &VersionTable {
        self.table
    }

    fn send(&mut self, steps: &[RunStep<'_>], watch: &mut dyn Watch) -> Result<(), StepFailure> {
        for (index, step) in steps.iter().enumerate() {
            let is_final = self.open_since.is_some();
            self.step(*step, watch).map_err(|failed| StepFailure { step: index, is_final, ..failed })?;
        }
        Ok(())
    }

    fn run_query(&mut self, sql: &str) -> Result<TextRows, FailureCause> {
        let rows = query(self.session, sql, usize::MAX).map_err(|error| FailureCause::Statement(error.into()))?;
        Ok(rows.rows)
    }

    fn journal(&self) -> Option<i64> {
        self.journal
    }

    fn placement(&mut self, piece: usize, _next: Option<usize>) -> Result<JournalPlacement, FailureCause> {
        let is_open = self.session.is_in_transaction();
        let Some(piece) = self.unit.pieces.get(piece) else { return Ok(JournalPlacement::Unnoted) };
        let word = keywords(piece.sql.slice(self.unit.text), Dialect::MEMORY).next().unwrap_or_default();
        Ok(match piece.kind {
            StatementKind::TransactionControl if is_open && word == "COMMIT" => JournalPlacement::Ends,
            StatementKind::TransactionControl | StatementKind::Setting => JournalPlacement::Unnoted,
            _ if is_open => JournalPlacement::Unnoted,
            _ => JournalPlacement::Together,
        })
    }

    fn follow_transaction(
        &mut self,
        _piece: usize,
        _next: Option<usize>,
        (before, _): (usize, usize),
    ) -> Result<(), FailureCause> {
        self.open_since = self.session.is_in_transaction().then(|| self.open_since.unwrap_or(before));
        Ok(())
    }

    fn open_since(&self) -> Option<usize> {
        self.open_since
    }
}

/// Returns the first `limit` rows of one query. Refuses any other statement.
pub(super) fn query(session: &MemorySession, sql: &str, limit: usize) -> Result<QueryRows, MemoryError> {
    use crate::dialects::memory::{MemoryStatement, parse};
    let mut statements = parse(sql)?;
    let (Some(MemoryStatement::Select(queries)), None) = (statements.pop(), statements.pop()) else {
        return Err(MemoryError::new(MemoryError::WRONG_STATE, "only one query is allowed here"));
    };
    let result = session.read(|contents| contents.select(&queries, &session.settings))?;
    let mut rows = QueryRows { columns: result.columns, ..QueryRows::default() };
    result.rows.into_iter().for_each(|row| rows.keep(limit, || row));
    Ok(rows)
}

const fn moved() -> StepFailure {
    StepFailure::new(0, FailureCause::RowsMoved)
}
