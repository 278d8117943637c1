//! Stairway through one part of a history, on one shadow.

use std::collections::BTreeMap;

use super::row_effect::keeps_rows;
use super::state::{CatalogState, Comparison};
use super::{StairResult, StairVerdict, StairwayPlan, unless_interrupted};
use crate::graph::Operation;
use crate::id::RevisionId;
use crate::project::History;
use crate::revision::Section;
use crate::shadow::schema_reader::with_missing;
use crate::shadow::{MissingExtension, ProofError, SchemaReader, Shadow, SqlText};

/// Walk on one shadow.
pub(super) struct StairwayWalk<'a> {
    schema_reader: &'a SchemaReader<'a>,
    history: &'a History,
    fixtures: BTreeMap<&'a RevisionId, &'a Vec<SqlText>>,
    shadow: Shadow,
    /// Extensions of the service's database that the shadow lacks.
    missing: Vec<MissingExtension>,
    applied: Vec<RevisionId>,
    /// State of the catalog with the revisions that are applied; `None` if it was not read.
    state: Option<CatalogState>,
    /// True if the shadow has rows of a fixture.
    has_fixtures: bool,
}

impl<'a> StairwayWalk<'a> {
    /// Makes a shadow in which the revisions `before` are applied, with the rows of their fixtures.
    ///
    /// # Errors
    /// No shadow can be had, or a revision cannot be applied.
    pub(super) fn start(
        schema_reader: &'a SchemaReader<'a>,
        plan: &StairwayPlan<'a>,
        before: &[RevisionId],
    ) -> Result<Self, ProofError> {
        let (shadow, missing) = schema_reader.provisioned(&[])?;
        let mut walk = Self {
            schema_reader,
            history: plan.history,
            fixtures: plan.fixtures.iter().collect(),
            shadow,
            missing,
            applied: before.to_vec(),
            state: None,
            has_fixtures: false,
        };
        walk.fill()?;
        Ok(walk)
    }

    /// Returns `true` if other walks can have shadows of their own meanwhile.
    pub(super) const fn may_be_one_of_several(&self) -> bool {
        self.shadow.is_scratch_database()
    }

    /// Walks through `share`, which follows the revisions that are applied. Ends at a revision that cannot be applied.
    /// Calls `report` after each revision.
    ///
    /// # Errors
    /// The shadow cannot be read, or another one cannot be had.
    pub(super) fn walk(
        mut self,
        share: &[RevisionId],
        is_selected: &dyn Fn(&RevisionId) -> bool,
        report: &mut dyn FnMut(),
    ) -> Result<Vec<StairResult>, ProofError> {
        let mut results = Vec::new();
        for id in share {
            let verdict = self.step(id, is_selected(id))?;
            let ends = matches!(verdict, StairVerdict::Upgrade(_));
            results.push(StairResult { revision: id.clone(), verdict });
            report();
            if ends {
                break;
            }
        }
        self.shadow.close()?;
        Ok(results)
    }

    /// Tries one revision, which is applied afterwards unless it cannot be. If it cannot be with the rows of fixtures, they
    /// are left out from there on: their own case fails.
    fn step(&mut self, id: &RevisionId, is_selected: bool) -> Result<StairVerdict, ProofError> {
        let verdict = self.tried(id, is_selected)?;
        if !matches!(verdict, StairVerdict::Upgrade(_)) {
            if verdict.is_failure() {
                self.restore()?;
            }
            self.load_fixtures(id)?;
        } else if self.has_fixtures {
            self.fixtures.clear();
            self.restore()?;
            return self.step(id, is_selected);
        }
        Ok(verdict)
    }

    fn tried(&mut self, id: &RevisionId, is_selected: bool) -> Result<StairVerdict, ProofError> {
        let has_way_back = is_selected
            && !self.history.entry(id)?.is_python()
            && self.history.read_section(id, Section::Downgrade)?.1.body(Section::Downgrade).is_some();
        if has_way_back {
            return self.up_down_and_up(id);
        }
        self.state = None;
        if let Some(error) = self.upgrade(id)? {
            return Ok(StairVerdict::Upgrade(error));
        }
        Ok(if is_selected { StairVerdict::OneWay } else { StairVerdict::Skipped })
    }

    fn up_down_and_up(&mut self, id: &RevisionId) -> Result<StairVerdict, ProofError> {
        let makes_again = self.makes_again(id)?;
        let mut before = self.state_before(makes_again)?;
        if makes_again {
            before.complete(&mut self.shadow, self.schema_reader)?;
        }
        let rows = if self.keeps_rows(id)? { BTreeMap::new() } else { self.filled_tables(&before)? };
        if let Some(error) = self.upgrade(id)? {
            return Ok(StairVerdict::Upgrade(error));
        }
        let mut first = CatalogState::read(&mut self.shadow, self.schema_reader, makes_again)?;
        if let Err(error) = self.run(id, Operation::Downgrade) {
            return unless_interrupted(error).map(StairVerdict::Downgrade);
        }
        if let Err(schemas) = self.compared(&before, true)? {
            return Ok(StairVerdict::Remains(schemas));
        }
        let lost = self.lost(&rows)?;
        if !lost.is_empty() {
            return Ok(StairVerdict::RowsLost(lost));
        }
        if let Err(error) = self.run(id, Operation::Upgrade) {
            return unless_interrupted(error).map(StairVerdict::Again);
        }
        match self.compared(&first, false)? {
            Err(schemas) => Ok(StairVerdict::AgainDiffers(schemas)),
            Ok(mark) => {
                let mark = self.shadow.rebase_catalog_mark(&self.schema_reader.request, mark)?;
                first.mark = mark;
                self.state = Some(first);
                Ok(StairVerdict::Passed)
            }
        }
    }

    /// Returns the state before a revision, and forgets it.
    fn state_before(&mut self, is_wanted: bool) -> Result<CatalogState, ProofError> {
        if let Some(state) = self.state.take() {
            return Ok(state);
        }
        let mut state = CatalogState::read(&mut self.shadow, self.schema_reader, is_wanted)?;
        state.mark = self.shadow.rebase_catalog_mark(&self.schema_reader.request, state.mark)?;
        Ok(state)
    }

    /// Returns `true` if the downgrade seems to make something. What it makes is often not the same for the server, so
    /// that the whole schemas have to be compared; if this guess is wrong, a replay makes the one that is missing.
    fn makes_again(&self, id: &RevisionId) -> Result<bool, ProofError> {
        let (_, sections) = self.history.read_section(id, Section::Downgrade)?;
        let body = sections.body(Section::Downgrade).map(str::to_ascii_uppercase);
        Ok(body.is_some_and(|body| ["CREATE", "ADD"].iter().any(|word| body.contains(word))))
    }

    /// Compares a state, that of the revisions that are applied, or of those before the last one, with the current one.
    fn compared(&mut self, state: &CatalogState, is_before_last: bool) -> Result<Comparison, ProofError> {
        let (reader, history) = (self.schema_reader, self.history);
        let order = match self.applied.split_last() {
            Some((_, before)) if is_before_last => before,
            _ => self.applied.as_slice(),
        };
        state.compared(&mut self.shadow, reader, || reader.in_order(history, order))
    }

    /// Applies a revision. Returns why it cannot be applied.
    fn upgrade(&mut self, id: &RevisionId) -> Result<Option<ProofError>, ProofError> {
        match self.run(id, Operation::Upgrade) {
            Ok(()) => {
                self.applied.push(id.clone());
                Ok(None)
            }
            Err(error) => unless_interrupted(error).map(Some),
        }
    }

    fn run(&mut self, id: &RevisionId, operation: Operation) -> Result<(), ProofError> {
        let (replay, history) = (&self.schema_reader.replay, self.history);
        let done = self.shadow.attempt(|shadow| replay.run_one(shadow, history, id, operation));
        done.map_err(|error| with_missing(error, &self.missing))
    }

    /// Puts in the rows of a revision's fixtures. One that does not fit is left out: its case fails.
    fn load_fixtures(&mut self, id: &RevisionId) -> Result<(), ProofError> {
        for text in self.fixtures.get(id).copied().into_iter().flatten() {
            let stop = &self.schema_reader.replay.stop;
            match self.shadow.attempt(|shadow| text.load(shadow, stop)) {
                // A fixture may hold more than rows.
                Ok(()) => (self.has_fixtures, self.state) = (true, None),
                Err(error) => drop(unless_interrupted(error)?),
            }
        }
        Ok(())
    }

    /// Returns `true` if neither direction of a revision can change rows that are there before it.
    fn keeps_rows(&mut self, id: &RevisionId) -> Result<bool, ProofError> {
        let dialect = self.shadow.url().dialect();
        for operation in [Operation::Upgrade, Operation::Downgrade] {
            let step = self.schema_reader.replay.prepared_in(dialect, self.history, id, operation)?;
            if !keeps_rows(&step, dialect) {
                return Ok(false);
            }
        }
        Ok(!self.shadow.runs_code_with_ddl()?)
    }

    /// Returns the number of rows of each table that has any.
    fn filled_tables(&mut self, state: &CatalogState) -> Result<BTreeMap<String, u64>, ProofError> {
        let mut counts = match state.tables() {
            Some(tables) => self.shadow.row_counts(&tables)?,
            None => {
                let names = self.shadow.table_names(&self.schema_reader.request)?;
                self.shadow.row_counts_of(&names)?
            }
        };
        counts.retain(|_, count| *count > 0);
        Ok(counts)
    }

    /// Returns the tables that have fewer rows than before, with both numbers. The schema is the one of that time.
    fn lost(&mut self, rows: &BTreeMap<String, u64>) -> Result<Vec<(String, u64, u64)>, ProofError> {
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let left = self.shadow.row_counts_of(&rows.keys().cloned().collect::<Vec<_>>())?;
        let lost = |(table, before): (&String, &u64)| {
            let now = left.get(table).copied().unwrap_or(0);
            (now < *before).then(|| (self.shadow.own_name(table), *before, now))
        };
        Ok(rows.iter().filter_map(lost).collect())
    }

    /// Makes a new shadow in which everything is applied once: the old one is in an unknown state after a failure.
    fn restore(&mut self) -> Result<(), ProofError> {
        (self.shadow, self.missing) = self.schema_reader.provisioned(&[])?;
        (self.state, self.has_fixtures) = (None, false);
        self.fill()
    }

    /// Applies the revisions that count as applied to the new shadow, with the rows of their fixtures.
    fn fill(&mut self) -> Result<(), ProofError> {
        self.shadow.expect_repeated_reads()?;
        let applied = std::mem::take(&mut self.applied);
        let fixtures = self.fixtures.clone();
        for revisions in applied.split_inclusive(|id| fixtures.contains_key(id)) {
            let replayed = self.schema_reader.replay.run_in_order(&mut self.shadow, self.history, revisions);
            replayed.map_err(|error| with_missing(error, &self.missing))?;
            if let Some(last) = revisions.last().filter(|last| applied.last() != Some(last)) {
                self.load_fixtures(last)?;
            }
        }
        self.applied = applied;
        Ok(())
    }
}
