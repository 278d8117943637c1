//! Stairway: each revision of a history is applied, reverted and applied again in a shadow, and its downgrade has to
//! lead back to the schema before, without taking rows that were there.

use std::collections::BTreeMap;

use super::error::{MissingExtension, ProofError};
use super::schema_reader::{SchemaReader, with_missing};
use super::shadow_database::Shadow;
use crate::graph::Operation;
use crate::id::RevisionId;
use crate::project::History;
use crate::revision::Section;
use crate::schema::{Schema, difference};

/// Result of the stairway for one revision.
#[derive(Debug)]
pub struct StairResult {
    /// The revision.
    pub revision: RevisionId,
    /// What was found.
    pub verdict: StairVerdict,
}

/// What the stairway finds of a revision.
#[derive(Debug)]
pub enum StairVerdict {
    /// It goes up, down and up again.
    Passed,
    /// It has no downgrade section, so it was only applied.
    OneWay,
    /// It was only applied, because it was not selected.
    Skipped,
    /// It cannot be applied. The revisions after it were not tried.
    Upgrade(ProofError),
    /// Its downgrade cannot run.
    Downgrade(ProofError),
    /// Its downgrade does not lead back: the schema before it, and the one after the downgrade.
    Remains(Box<[Schema; 2]>),
    /// Its downgrade deletes rows that were there before it: table, rows before, rows afterwards.
    RowsLost(Vec<(String, u64, u64)>),
    /// It cannot be applied a second time.
    Again(ProofError),
    /// Applied a second time it makes another schema: that of the first time, and of the second.
    AgainDiffers(Box<[Schema; 2]>),
}

impl StairVerdict {
    /// Returns `true` if the revision fails the test.
    #[must_use]
    pub const fn is_failure(&self) -> bool {
        !matches!(self, Self::Passed | Self::OneWay | Self::Skipped)
    }
}

/// Walks through the whole history in its order. `is_selected` decides which revisions are reverted; `report` receives
/// each result.
///
/// # Errors
/// No shadow can be had, or reading it fails. What a revision does wrong is a result.
pub fn stairway(
    schema_reader: &SchemaReader<'_>,
    history: &History,
    is_selected: &dyn Fn(&RevisionId) -> bool,
    report: &mut dyn FnMut(&StairResult),
) -> Result<Vec<StairResult>, ProofError> {
    let (mut shadow, missing) = schema_reader.provisioned(&[])?;
    let schema = shadow.catalog(&schema_reader.request)?;
    let mut walk = StairwayWalk { schema_reader, history, shadow, missing, applied: Vec::new(), schema };
    let mut results = Vec::new();
    for id in history.graph.ordered() {
        let verdict = walk.step(&id, is_selected(&id))?;
        let ends = matches!(verdict, StairVerdict::Upgrade(_));
        let result = StairResult { revision: id, verdict };
        report(&result);
        results.push(result);
        if ends {
            break;
        }
    }
    walk.shadow.close()?;
    Ok(results)
}

struct StairwayWalk<'a> {
    schema_reader: &'a SchemaReader<'a>,
    history: &'a History,
    shadow: Shadow,
    /// Extensions of the service's database that the shadow lacks.
    missing: Vec<MissingExtension>,
    applied: Vec<RevisionId>,
    /// Schema of the revisions that are applied.
    schema: Schema,
}

impl StairwayWalk<'_> {
    /// Tries one revision, which is applied afterwards unless it cannot be.
    fn step(&mut self, id: &RevisionId, is_selected: bool) -> Result<StairVerdict, ProofError> {
        let has_way_back = is_selected
            && !self.history.entry(id)?.is_python()
            && self.history.read_section(id, Section::Downgrade)?.1.body(Section::Downgrade).is_some();
        let rows = if has_way_back { self.rows()? } else { BTreeMap::new() };
        if let Err(error) = self.run(id, Operation::Upgrade) {
            return unless_interrupted(error).map(StairVerdict::Upgrade);
        }
        self.applied.push(id.clone());
        let first = self.catalog()?;
        let before = std::mem::replace(&mut self.schema, first);
        if !has_way_back {
            return Ok(if is_selected { StairVerdict::OneWay } else { StairVerdict::Skipped });
        }
        let verdict = self.back_and_again(id, &before, &rows)?;
        if verdict.is_failure() {
            self.restore()?;
        }
        Ok(verdict)
    }

    fn back_and_again(
        &mut self,
        id: &RevisionId,
        before: &Schema,
        rows: &BTreeMap<String, u64>,
    ) -> Result<StairVerdict, ProofError> {
        if let Err(error) = self.run(id, Operation::Downgrade) {
            return unless_interrupted(error).map(StairVerdict::Downgrade);
        }
        let reverted = self.catalog()?;
        if !difference(before, &reverted).changes.is_empty() {
            return Ok(StairVerdict::Remains(Box::new([before.clone(), reverted])));
        }
        let left = self.rows_of(&reverted)?;
        let lost = |(table, before): (&String, &u64)| {
            let now = left.get(table).copied().unwrap_or(0);
            (now < *before).then(|| (table.clone(), *before, now))
        };
        let lost: Vec<_> = rows.iter().filter_map(lost).collect();
        if !lost.is_empty() {
            return Ok(StairVerdict::RowsLost(lost));
        }
        if let Err(error) = self.run(id, Operation::Upgrade) {
            return unless_interrupted(error).map(StairVerdict::Again);
        }
        let second = self.catalog()?;
        if !difference(&self.schema, &second).changes.is_empty() {
            return Ok(StairVerdict::AgainDiffers(Box::new([self.schema.clone(), second])));
        }
        Ok(StairVerdict::Passed)
    }

    fn run(&mut self, id: &RevisionId, operation: Operation) -> Result<(), ProofError> {
        let (replay, history) = (&self.schema_reader.replay, self.history);
        let done = self.shadow.attempt(|shadow| replay.run_one(shadow, history, id, operation));
        done.map_err(|error| with_missing(error, &self.missing))
    }

    fn catalog(&mut self) -> Result<Schema, ProofError> {
        self.shadow.catalog(&self.schema_reader.request)
    }

    fn rows(&mut self) -> Result<BTreeMap<String, u64>, ProofError> {
        let schema = self.schema.clone();
        self.rows_of(&schema)
    }

    fn rows_of(&mut self, schema: &Schema) -> Result<BTreeMap<String, u64>, ProofError> {
        self.shadow.row_counts(schema)
    }

    /// Makes a new shadow in which everything is applied once: the old one is in an unknown state after a failure.
    fn restore(&mut self) -> Result<(), ProofError> {
        (self.shadow, self.missing) = self.schema_reader.provisioned(&[])?;
        let replayed = self.schema_reader.replay.run_in_order(&mut self.shadow, self.history, &self.applied);
        replayed.map_err(|error| with_missing(error, &self.missing))
    }
}

/// Passes a request to stop on as an error; everything else is a result.
fn unless_interrupted(error: ProofError) -> Result<ProofError, ProofError> {
    if error.is_interruption() { Err(error) } else { Ok(error) }
}
