//! Runs parts of a history on copies of a shadow, in a given order, and reads what the database holds then.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use super::part::Part;
use super::state::DatabaseState;
use super::summary::StateSummary;
use crate::database::{CatalogRequest, FailureCause};
use crate::drivers;
use crate::engine::{EngineError, PreparedStep};
use crate::id::RevisionId;
use crate::project::History;
use crate::schema::Schema;
use crate::shadow::schema_reader::with_missing;
use crate::shadow::{MissingExtension, ProofError, SchemaReader, Shadow, SqlText};
use crate::sql::{self, Piece, StatementKind};

/// Longest resolution of a clock that SQL reads: CURRENT_TIMESTAMP of MySQL and SQLite counts in seconds.
const TICK: Duration = Duration::from_millis(1_050);

/// Runner of the trials, which counts them.
pub(super) struct Trials<'a> {
    pub(super) reader: &'a SchemaReader<'a>,
    pub(super) history: &'a History,
    /// Revisions that both sides need. Rows that are put in behind them have to fit.
    pub(super) common: BTreeSet<&'a RevisionId>,
    /// Rows to put in behind revisions, in what a trial starts from.
    pub(super) fixtures: BTreeMap<&'a RevisionId, &'a Vec<SqlText>>,
    /// Number of revisions that were run, replays of the common part not counted.
    pub(super) runs: usize,
    /// Called after each run of a trial.
    pub(super) report: &'a mut dyn FnMut(),
}

/// Start of trials.
pub(super) struct Start {
    order: Vec<Part>,
    /// A shadow with `order` applied, if it can be copied or a trial undone; otherwise each trial replays `order`.
    shadow: Option<Shadow>,
    missing: Vec<MissingExtension>,
    /// Schemas that trials led to, by their [`Shadow::catalog_mark`]. That of a copy is one of its own session, unless
    /// it holds the statements of the whole catalog.
    schemas: BTreeMap<String, Arc<Schema>>,
}

/// Where parts are tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// On the shadow of the start, where all is undone: nothing is copied. What commutes there does; a conflict has to
    /// be confirmed in copies, because one transaction refuses more than two.
    Undone,
    /// In a copy of the shadow, or a shadow of its own.
    Copy,
}

/// Result of running parts in one order.
pub(super) enum TrialOutcome {
    /// All ran; what the database holds.
    Ran(Box<DatabaseState>),
    /// The database refused a statement.
    Refused(Box<ProofError>),
}

impl Trials<'_> {
    /// Prepares a start with `order` applied.
    pub(super) fn start(&self, order: Vec<Part>) -> Result<Start, ProofError> {
        let driver = drivers::driver(self.reader.shadow_config.url.dialect())?;
        if !driver.can_copy_scratch() && !driver.can_undo_trials() {
            return Ok(Start { order, shadow: None, missing: Vec::new(), schemas: BTreeMap::new() });
        }
        let (shadow, missing) = self.replayed(&order)?;
        let shadow = Some(shadow).filter(|shadow| shadow.can_be_copied() || shadow.can_undo_trials());
        let mut start = Start { order, shadow, missing, schemas: BTreeMap::new() };
        start.expect_repeated_reads(&self.reader.request)?;
        Ok(start)
    }

    /// Returns `true` if there can be other shadows beside that of `start`: not if the user provided it, and not if it
    /// is in a transaction, in which revisions may wait for those of another one.
    pub(super) fn can_be_several(&self, start: &Start) -> Result<bool, ProofError> {
        let dialect = self.reader.shadow_config.url.dialect();
        let is_replayed_each_time = !drivers::driver(dialect)?.can_copy_scratch();
        Ok(start.shadow.is_some() || is_replayed_each_time && self.reader.may_have_several_shadows())
    }

    /// Returns the text of a revision's upgrade as it runs.
    pub(super) fn text(&self, id: &RevisionId) -> Result<Arc<PreparedStep>, ProofError> {
        self.reader.replay.prepared(self.reader.shadow_config.url.dialect(), self.history, id)
    }

    /// Checks that this order can run.
    pub(super) fn replay(&self, order: &[Part]) -> Result<(), ProofError> {
        self.replayed(order)?.0.close()
    }

    /// Prepares a start with the order of another one, and more.
    pub(super) fn after(&self, start: &Start, parts: Vec<Part>) -> Result<Start, ProofError> {
        self.start(start.order.iter().cloned().chain(parts).collect())
    }

    /// Applies another part to a start.
    pub(super) fn advance(&mut self, start: &mut Start, part: Part) -> Result<(), ProofError> {
        self.apply(start, part)?;
        if let Some(shadow) = &mut start.shadow {
            self.runs += 1;
            start.schemas.clear();
            let mark = shadow.catalog_mark(&self.reader.request)?;
            shadow.rebase_catalog_mark(&self.reader.request, mark)?;
        }
        Ok(())
    }

    /// Applies another part to a start, which stays what trials are compared with. `false` if the database refused it:
    /// the start must not be used then.
    pub(super) fn applies(&mut self, start: &mut Start, part: Part) -> Result<bool, ProofError> {
        let applied = self.apply(start, part);
        (self.report)();
        unless_refused(applied)
    }

    /// Runs `work` on the shadow of a start and undoes what it did. `None` if it cannot be undone.
    pub(super) fn undone<T>(
        &mut self,
        start: &mut Start,
        work: impl FnOnce(&mut Self, &mut Shadow, &[MissingExtension]) -> Result<T, ProofError>,
    ) -> Result<Option<T>, ProofError> {
        let (config, missing) = (&self.reader.shadow_config, &start.missing);
        let Some(shadow) = &mut start.shadow else { return Ok(None) };
        let done = shadow.tried(config, |shadow| work(self, shadow, missing))?;
        Ok(done.filter(|_| !shadow.is_lost()))
    }

    /// Runs `work` on the shadow of a start, which must not be used afterwards. `None` if it has none.
    pub(super) fn kept<T>(
        &mut self,
        start: &mut Start,
        work: impl FnOnce(&mut Self, &mut Shadow, &[MissingExtension]) -> Result<T, ProofError>,
    ) -> Result<Option<T>, ProofError> {
        let missing = &start.missing;
        start.shadow.as_mut().map(|shadow| work(self, shadow, missing)).transpose()
    }

    /// Runs a part on a shadow. `false` if the database refused it.
    pub(super) fn ran(
        &mut self,
        shadow: &mut Shadow,
        missing: &[MissingExtension],
        part: &Part,
    ) -> Result<bool, ProofError> {
        let done = self.reader.replay.run_part(shadow, self.history, &part.revision, part.pieces.as_ref());
        (self.report)();
        unless_refused(done.map_err(|error| with_missing(error, missing)))
    }

    /// Reads what a shadow holds; `before` is an earlier state of it.
    pub(super) fn summary(
        &self,
        shadow: &mut Shadow,
        before: Option<&StateSummary>,
    ) -> Result<Option<StateSummary>, ProofError> {
        StateSummary::read(shadow, &self.reader.request, before)
    }

    /// Reads what a shadow, whose state is `before`, would hold behind another part. `None` if the part cannot run or
    /// be undone; else the shadow stays as it is.
    pub(super) fn summary_behind(
        &mut self,
        (shadow, before): (&mut Shadow, &StateSummary),
        missing: &[MissingExtension],
        part: &Part,
    ) -> Result<Option<StateSummary>, ProofError> {
        let config = &self.reader.shadow_config;
        let tried = shadow.tried(config, |shadow| self.applied_summary((shadow, before), missing, part))?;
        if let Some(state) = tried {
            return Ok(state.filter(|_| !shadow.is_lost()));
        }
        let Some(mut copy) = shadow.copied(config)? else { return Ok(None) };
        let state = self.applied_summary((&mut copy, before), missing, part)?;
        copy.close()?;
        Ok(state)
    }

    fn applied_summary(
        &mut self,
        (shadow, before): (&mut Shadow, &StateSummary),
        missing: &[MissingExtension],
        part: &Part,
    ) -> Result<Option<StateSummary>, ProofError> {
        if self.ran(shadow, missing, part)? { self.summary(shadow, Some(before)) } else { Ok(None) }
    }

    fn apply(&self, start: &mut Start, part: Part) -> Result<(), ProofError> {
        if let Some(shadow) = &mut start.shadow {
            shadow.expect_change();
            let done = self.reader.replay.run_part(shadow, self.history, &part.revision, part.pieces.as_ref());
            done.map_err(|error| with_missing(error, &start.missing))?;
            self.load_fixtures(shadow, &part)?;
        }
        start.order.push(part);
        Ok(())
    }

    fn is_common(&self, part: &Part) -> bool {
        self.common.contains(&part.revision)
    }

    /// Returns another start with the same order.
    pub(super) fn branch(&self, start: &mut Start) -> Result<Start, ProofError> {
        let Some(mut branch) = self.copied(start)? else {
            if start.shadow.as_ref().is_some_and(Shadow::can_undo_trials) {
                return self.start(start.order.clone());
            }
            let (order, missing) = (start.order.clone(), start.missing.clone());
            return Ok(Start { order, shadow: None, missing, schemas: BTreeMap::new() });
        };
        // A shadow that was copied has a new session.
        start.expect_repeated_reads(&self.reader.request)?;
        branch.expect_repeated_reads(&self.reader.request)?;
        Ok(branch)
    }

    /// Returns a start with a copy of the shadow; `None` if there is none, or it cannot be copied. Both have new
    /// sessions.
    pub(super) fn copied(&self, start: &mut Start) -> Result<Option<Start>, ProofError> {
        let Some(shadow) = start.shadow.as_mut().filter(|shadow| !shadow.can_undo_trials()) else { return Ok(None) };
        let shadow = shadow.copied(&self.reader.shadow_config)?;
        let (order, missing) = (start.order.clone(), start.missing.clone());
        Ok(shadow.map(|shadow| Start { order, shadow: Some(shadow), missing, schemas: BTreeMap::new() }))
    }

    /// Runs parts on what `start` holds, and reads the result. `start` stays as it is.
    pub(super) fn outcome(
        &mut self,
        start: &mut Start,
        parts: &[Part],
        stage: Stage,
    ) -> Result<TrialOutcome, ProofError> {
        if stage == Stage::Undone
            && let Some(shadow) = &mut start.shadow
        {
            let reader = self.reader;
            let work = |shadow: &mut Shadow| self.run(shadow, &start.missing, parts, &mut start.schemas);
            let tried = shadow.tried(&reader.shadow_config, work);
            if shadow.is_lost() {
                // What is put in its place may fail, too.
                start.shadow = None;
                start.shadow = Some(self.replayed(&start.order)?.0);
                start.expect_repeated_reads(&self.reader.request)?;
            }
            if let Some(outcome) = tried? {
                return Ok(outcome);
            }
        }
        let (mut shadow, missing) = self.copy(start)?;
        let outcome = self.run(&mut shadow, &missing, parts, &mut start.schemas)?;
        shadow.close()?;
        Ok(outcome)
    }

    fn run(
        &mut self,
        shadow: &mut Shadow,
        missing: &[MissingExtension],
        parts: &[Part],
        known: &mut BTreeMap<String, Arc<Schema>>,
    ) -> Result<TrialOutcome, ProofError> {
        for part in parts {
            self.runs += 1;
            let done = self.reader.replay.run_part(shadow, self.history, &part.revision, part.pieces.as_ref());
            (self.report)();
            match done.map_err(|error| with_missing(error, missing)) {
                Ok(()) => {}
                Err(error) if is_refusal(&error) => return Ok(TrialOutcome::Refused(Box::new(error))),
                Err(error) => return Err(error),
            }
        }
        let schema = self.schema(shadow, known)?;
        let tables = shadow.table_columns(&self.reader.request)?;
        let contents = shadow.contents_of(&tables)?;
        Ok(TrialOutcome::Ran(Box::new(DatabaseState { schema, tables, contents })))
    }

    /// Reads the schema, unless that of the same mark is known: it is the same but for the order of columns.
    fn schema(
        &self,
        shadow: &mut Shadow,
        known: &mut BTreeMap<String, Arc<Schema>>,
    ) -> Result<Arc<Schema>, ProofError> {
        let request = &self.reader.request;
        let Some(mark) = shadow.catalog_mark(request)? else { return Ok(Arc::new(shadow.catalog(request)?)) };
        if let Some(schema) = known.get(&mark) {
            return Ok(Arc::clone(schema));
        }
        let schema = Arc::new(shadow.catalog(request)?);
        known.insert(mark, Arc::clone(&schema));
        Ok(schema)
    }

    /// Puts in the rows that belong behind a part, as far as they fit: what the other side did may not allow them.
    fn load_fixtures(&self, shadow: &mut Shadow, part: &Part) -> Result<(), ProofError> {
        let fixtures = self.fixtures.get(&part.revision).filter(|_| part.pieces.is_none());
        for text in fixtures.into_iter().copied().flatten() {
            let loaded = shadow.attempt(|shadow| text.load(shadow, &self.reader.replay.stop));
            if let Err(error) = loaded
                && error.is_interruption()
            {
                return Err(error);
            }
        }
        Ok(())
    }

    /// Returns where these parts can be tried: in one transaction only if each of them has one of its own, and nothing
    /// in it depends on which. Where they are undone without a transaction, all can.
    pub(super) fn stage(&self, start: &Start, parts: &[Part]) -> Result<Stage, ProofError> {
        let Some(shadow) = &start.shadow else { return Ok(Stage::Copy) };
        if shadow.can_undo_trials() {
            return Ok(Stage::Undone);
        }
        let dialect = self.reader.shadow_config.url.dialect();
        for part in parts {
            let text = self.text(&part.revision)?;
            let sql = &text.section.text;
            let is_bound = |piece: &Piece| {
                matches!(piece.kind, StatementKind::TransactionControl | StatementKind::CopyFromStdin { .. })
                    || sql::refuses_transaction(piece.sql.slice(sql), dialect).is_some()
            };
            if !text.transaction || dialect.rules().is_bound_to_transaction(sql) || text.pieces.iter().any(is_bound) {
                return Ok(Stage::Copy);
            }
        }
        Ok(Stage::Undone)
    }

    fn copy(&self, start: &mut Start) -> Result<(Shadow, Vec<MissingExtension>), ProofError> {
        if let Some(shadow) = &mut start.shadow
            && let Some(copy) = shadow.copied(&self.reader.shadow_config)?
        {
            return Ok((copy, start.missing.clone()));
        }
        self.replayed(&start.order)
    }

    fn replayed(&self, order: &[Part]) -> Result<(Shadow, Vec<MissingExtension>), ProofError> {
        let (mut shadow, missing) = self.reader.provisioned(&[])?;
        let replay = &self.reader.replay;
        // Whole revisions go together, so that they can be sent ahead of each other's answers.
        let whole = order.iter().take_while(|part| part.pieces.is_none()).count();
        let (parts, rest) = order.split_at(whole);
        let mut fill = || {
            for parts in parts.split_inclusive(|part| self.fixtures.contains_key(&part.revision)) {
                let revisions: Vec<_> = parts.iter().map(|part| part.revision.clone()).collect();
                replay.run_in_order(&mut shadow, self.history, &revisions)?;
                let Some(last) = parts.last() else { continue };
                if self.is_common(last) {
                    let fixtures = self.fixtures.get(&last.revision);
                    fixtures
                        .into_iter()
                        .copied()
                        .flatten()
                        .try_for_each(|text| text.load(&mut shadow, &replay.stop))?;
                } else {
                    self.load_fixtures(&mut shadow, last)?;
                }
            }
            let mut rest = rest.iter();
            rest.try_for_each(|part| replay.run_part(&mut shadow, self.history, &part.revision, part.pieces.as_ref()))
        };
        let filled: Result<(), ProofError> = fill();
        filled.map_err(|error| with_missing(error, &missing))?;
        Ok((shadow, missing))
    }
}

impl Start {
    pub(super) const fn has_shadow(&self) -> bool {
        self.shadow.is_some()
    }

    /// Returns `true` if trials in it can be nested.
    pub(super) fn can_nest_trials(&self) -> bool {
        self.shadow.as_ref().is_some_and(Shadow::can_nest_trials)
    }

    /// The schema is read after each trial. Marks are relative to the start, also in a trial.
    pub(super) fn expect_repeated_reads(&mut self, request: &CatalogRequest) -> Result<(), ProofError> {
        let Some(shadow) = &mut self.shadow else { return Ok(()) };
        shadow.expect_repeated_reads()?;
        shadow.catalog_mark(request).map(drop)
    }
}

/// Waits until every clock that SQL reads has moved on since `since`.
pub(super) fn wait_for_another_time(since: Instant) {
    thread::sleep(TICK.saturating_sub(since.elapsed()));
}

/// Returns `false` for a statement that the database refused; other errors stay.
fn unless_refused(done: Result<(), ProofError>) -> Result<bool, ProofError> {
    match done {
        Ok(()) => Ok(true),
        Err(error) if is_refusal(&error) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Returns `true` if the database refused a statement, and works otherwise.
fn is_refusal(error: &ProofError) -> bool {
    match error {
        ProofError::Incomplete { error, .. } => is_refusal(error),
        ProofError::Replay(EngineError::Failed { failure, .. }) => matches!(failure.cause, FailureCause::Statement(_)),
        _ => false,
    }
}
