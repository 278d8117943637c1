//! Stairway through one part of a history, on one shadow.

use std::collections::BTreeMap;

use super::shares::Shares;
use super::state::{CatalogState, Comparison};
use super::statement_effects::RevisionEffects;
use super::{PlacedResult, StairResult, StairVerdict, StairwayPlan, unless_interrupted};
use crate::graph::Operation;
use crate::id::RevisionId;
use crate::project::History;
use crate::revision::Section;
use crate::shadow::replay::PreparedRevision;
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
    /// [`Shadow::runs_code_with_ddl`]; `None` if something may have changed it.
    runs_code: Option<bool>,
    /// True if the state behind an upgrade is read, even if it follows from the one before.
    always_reads: bool,
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
            runs_code: None,
            always_reads: false,
            has_fixtures: false,
        };
        walk.shadow.expect_repeated_reads()?;
        walk.apply(before)?;
        Ok(walk)
    }

    /// Returns `true` if other walks can have shadows of their own meanwhile.
    pub(super) const fn may_be_one_of_several(&self) -> bool {
        self.shadow.is_scratch_database()
    }

    /// Walks through a share, the one with this number, from the place up to which revisions are applied, and through
    /// what it takes over. `None` if a revision fails. Calls `report` after each revision.
    ///
    /// # Errors
    /// The shadow cannot be read, or a revision of another share be applied.
    pub(super) fn share(
        mut self,
        order: &[RevisionId],
        (shares, number, mut place): (&Shares, usize, usize),
        is_selected: &dyn Fn(&RevisionId) -> bool,
        report: &mut dyn FnMut(),
    ) -> Result<Option<Vec<PlacedResult>>, ProofError> {
        let mut results = Vec::new();
        loop {
            while let Some(next) = shares.next(number) {
                let id = &order[next];
                let verdict = self.step(id, is_selected(id))?;
                if verdict.is_failure() {
                    return Ok(None);
                }
                results.push((next, StairResult { revision: id.clone(), verdict }));
                report();
                place = next + 1;
            }
            let Some(start) = shares.take_over(number, place) else { break };
            (self.state, self.runs_code) = (None, None);
            self.apply(&order[place..start])?;
            self.applied.extend_from_slice(&order[place..start]);
            place = start;
        }
        self.shadow.close()?;
        Ok(Some(results))
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

    /// Tries one revision, which is applied afterwards unless it cannot be. If it cannot be with the rows of fixtures,
    /// they are left out from there on: their own case fails.
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
        (self.state, self.runs_code) = (None, None);
        let applied = match self.prepared(id, Operation::Upgrade) {
            Ok(up) => self.upgrade(id, &up)?,
            Err(error) => Some(unless_interrupted(error)?),
        };
        if let Some(error) = applied {
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
        let (up, down) = (self.prepared(id, Operation::Upgrade)?, self.prepared(id, Operation::Downgrade)?);
        let effects = self.effects(&up, &down)?;
        let rows = if effects.keeps_rows { BTreeMap::new() } else { self.filled_tables(&before)? };
        if let Some(error) = self.upgrade(id, &up)? {
            return Ok(StairVerdict::Upgrade(error));
        }
        let is_read = makes_again || self.always_reads || !effects.depends_on_catalog_alone;
        let mut first = if is_read {
            CatalogState::read(&mut self.shadow, self.schema_reader, makes_again)?
        } else {
            CatalogState::unread()
        };
        if let Err(error) = self.run(&down) {
            return unless_interrupted(error).map(StairVerdict::Downgrade);
        }
        let is_as_before = match self.compared(&before, true)? {
            Ok(mark) => mark.is_some() && mark == before.mark,
            Err(schemas) => return Ok(StairVerdict::Remains(schemas)),
        };
        let lost = self.lost(&rows)?;
        if !lost.is_empty() {
            return Ok(StairVerdict::RowsLost(lost));
        }
        if let Err(error) = self.run(&up) {
            return unless_interrupted(error).map(StairVerdict::Again);
        }
        if !is_read && is_as_before {
            // The same statements on the same catalog make the same one.
            first = CatalogState::read(&mut self.shadow, self.schema_reader, false)?;
        } else {
            // A replay makes what was not read. So that there are not many, all is read from here on.
            self.always_reads |= !is_read;
            match self.compared(&first, false)? {
                Err(schemas) => return Ok(StairVerdict::AgainDiffers(schemas)),
                Ok(mark) => first.mark = mark,
            }
        }
        first.mark = self.shadow.rebase_catalog_mark(&self.schema_reader.request, first.mark)?;
        self.state = Some(first);
        Ok(StairVerdict::Passed)
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
    fn upgrade(&mut self, id: &RevisionId, up: &PreparedRevision<'_>) -> Result<Option<ProofError>, ProofError> {
        match self.run(up) {
            Ok(()) => {
                self.applied.push(id.clone());
                Ok(None)
            }
            Err(error) => unless_interrupted(error).map(Some),
        }
    }

    fn prepared(&self, id: &RevisionId, operation: Operation) -> Result<PreparedRevision<'a>, ProofError> {
        self.schema_reader.replay.prepared_run(self.shadow.url().dialect(), self.history, id, operation)
    }

    fn run(&mut self, run: &PreparedRevision<'_>) -> Result<(), ProofError> {
        let replay = &self.schema_reader.replay;
        let done = self.shadow.attempt(|shadow| replay.run_prepared(shadow, run));
        done.map_err(|error| with_missing(error, &self.missing))
    }

    /// Puts in the rows of a revision's fixtures. One that does not fit is left out: its case fails.
    fn load_fixtures(&mut self, id: &RevisionId) -> Result<(), ProofError> {
        for text in self.fixtures.get(id).copied().into_iter().flatten() {
            let stop = &self.schema_reader.replay.stop;
            match self.shadow.attempt(|shadow| text.load(shadow, stop)) {
                // A fixture may hold more than rows.
                Ok(()) => (self.has_fixtures, self.state, self.runs_code) = (true, None, None),
                Err(error) => drop(unless_interrupted(error)?),
            }
        }
        Ok(())
    }

    /// Returns what is known of both directions of a revision.
    fn effects(
        &mut self,
        up: &PreparedRevision<'_>,
        down: &PreparedRevision<'_>,
    ) -> Result<RevisionEffects, ProofError> {
        let mut effects = RevisionEffects::new(&[up.text()?, down.text()?], self.shadow.url().dialect());
        if effects.depends_on_catalog_alone {
            let runs_code = match self.runs_code {
                Some(known) => known,
                None => self.shadow.runs_code_with_ddl()?,
            };
            self.runs_code = Some(runs_code);
            if runs_code {
                effects = RevisionEffects::default();
            }
        } else {
            self.runs_code = None;
        }
        Ok(effects)
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
        (self.state, self.runs_code, self.has_fixtures) = (None, None, false);
        self.shadow.expect_repeated_reads()?;
        let applied = std::mem::take(&mut self.applied);
        if let Some((last, before)) = applied.split_last() {
            self.apply(before)?;
            // Its fixtures are not put in again.
            self.replay(std::slice::from_ref(last))?;
        }
        self.applied = applied;
        Ok(())
    }

    /// Applies revisions with the rows of their fixtures, without trying them.
    fn apply(&mut self, revisions: &[RevisionId]) -> Result<(), ProofError> {
        let fixtures = self.fixtures.clone();
        for revisions in revisions.split_inclusive(|id| fixtures.contains_key(id)) {
            self.replay(revisions)?;
            if let Some(last) = revisions.last() {
                self.load_fixtures(last)?;
            }
        }
        Ok(())
    }

    fn replay(&mut self, revisions: &[RevisionId]) -> Result<(), ProofError> {
        let replayed = self.schema_reader.replay.run_in_order(&mut self.shadow, self.history, revisions);
        replayed.map_err(|error| with_missing(error, &self.missing))
    }
}
