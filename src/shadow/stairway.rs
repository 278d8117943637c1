//! Stairway: each revision of a history is applied, reverted and applied again in a shadow, and its downgrade has to
//! lead back to the schema before, without taking rows that were there.
//!
//! Reading a schema takes much longer than a revision. Where the database has a text that determines its catalog
//! ([`Shadow::catalog_mark`]), a schema is not read again while that text is the one that belongs to a known schema.

use std::collections::BTreeMap;

use super::error::{MissingExtension, ProofError};
use super::schema_reader::{SchemaReader, with_missing};
use super::shadow_database::Shadow;
use crate::graph::Operation;
use crate::id::RevisionId;
use crate::project::History;
use crate::revision::Section;
use crate::schema::{Key, Kind, Schema, difference, tables_of_statements};

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
    let order = history.graph.ordered();
    if !order.iter().any(is_selected) {
        // Only the cases are wanted: nothing has to be applied here.
        let skipped = |revision| StairResult { revision, verdict: StairVerdict::Skipped };
        return Ok(order.into_iter().map(skipped).collect());
    }
    let (mut shadow, missing) = schema_reader.provisioned(&[])?;
    shadow.expect_repeated_reads()?;
    let state = CatalogState::read(&mut shadow, schema_reader)?;
    let mut walk = StairwayWalk { schema_reader, history, shadow, missing, applied: Vec::new(), state };
    let mut results = Vec::new();
    for id in order {
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
    /// State of the catalog with the revisions that are applied.
    state: CatalogState,
}

/// Schema of the shadow at one moment.
struct CatalogState {
    content: CatalogContent,
    /// [`Shadow::catalog_mark`] at that moment; `None` if it is not known.
    mark: Option<String>,
}

/// What was read of a catalog.
enum CatalogContent {
    Schema(Schema),
    /// The mark holds the statements of the whole catalog: these are its tables, and the schema is parsed when it is
    /// needed.
    Statements(String, Vec<Key>),
}

impl CatalogState {
    /// Reads the schema, after its mark: so the mark is never newer.
    fn read(shadow: &mut Shadow, schema_reader: &SchemaReader<'_>) -> Result<Self, ProofError> {
        let mark = shadow.catalog_mark(&schema_reader.request)?;
        let tables = mark.as_deref().and_then(tables_of_statements);
        let content = match (&mark, tables) {
            (Some(text), Some(tables)) => CatalogContent::Statements(text.clone(), tables),
            _ => CatalogContent::Schema(shadow.catalog(&schema_reader.request)?),
        };
        Ok(Self { content, mark })
    }

    fn tables(&self) -> Vec<Key> {
        match &self.content {
            CatalogContent::Schema(schema) => {
                let keys = schema.objects().map(|object| &object.key);
                keys.filter(|key| key.kind == Kind::Table).cloned().collect()
            }
            CatalogContent::Statements(_, tables) => tables.clone(),
        }
    }

    /// Returns the schema, to be compared with `other`: what the reader of that one could not model is left out of both.
    #[allow(clippy::expect_used, reason = "the text was written by this process")]
    fn schema(&self, other: &Schema) -> Schema {
        match &self.content {
            CatalogContent::Schema(schema) => schema.clone(),
            CatalogContent::Statements(text, _) => {
                Schema::from_json(text, &other.unmodelled).expect("the statements were read by this process")
            }
        }
    }

    /// Reads the schema if it may differ from this one. Returns both schemas if they differ, and otherwise the current
    /// mark of the same schema.
    fn compared(
        &self,
        shadow: &mut Shadow,
        schema_reader: &SchemaReader<'_>,
    ) -> Result<Result<Option<String>, Box<[Schema; 2]>>, ProofError> {
        let mark = shadow.catalog_mark(&schema_reader.request)?;
        if mark.is_some() && mark == self.mark {
            return Ok(Ok(mark));
        }
        let now = shadow.catalog(&schema_reader.request)?;
        let own = self.schema(&now);
        Ok(if difference(&own, &now).is_empty() { Ok(mark) } else { Err(Box::new([own, now])) })
    }
}

impl StairwayWalk<'_> {
    /// Tries one revision, which is applied afterwards unless it cannot be.
    fn step(&mut self, id: &RevisionId, is_selected: bool) -> Result<StairVerdict, ProofError> {
        let has_way_back = is_selected
            && !self.history.entry(id)?.is_python()
            && self.history.read_section(id, Section::Downgrade)?.1.body(Section::Downgrade).is_some();
        let rows = if has_way_back { self.filled_tables()? } else { BTreeMap::new() };
        if let Err(error) = self.run(id, Operation::Upgrade) {
            return unless_interrupted(error).map(StairVerdict::Upgrade);
        }
        self.applied.push(id.clone());
        let first = CatalogState::read(&mut self.shadow, self.schema_reader)?;
        let before = std::mem::replace(&mut self.state, first);
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
        before: &CatalogState,
        rows: &BTreeMap<String, u64>,
    ) -> Result<StairVerdict, ProofError> {
        if let Err(error) = self.run(id, Operation::Downgrade) {
            return unless_interrupted(error).map(StairVerdict::Downgrade);
        }
        if let Err(schemas) = before.compared(&mut self.shadow, self.schema_reader)? {
            return Ok(StairVerdict::Remains(schemas));
        }
        let lost = self.lost(rows)?;
        if !lost.is_empty() {
            return Ok(StairVerdict::RowsLost(lost));
        }
        if let Err(error) = self.run(id, Operation::Upgrade) {
            return unless_interrupted(error).map(StairVerdict::Again);
        }
        match self.state.compared(&mut self.shadow, self.schema_reader)? {
            Err(schemas) => Ok(StairVerdict::AgainDiffers(schemas)),
            Ok(mark) => {
                self.state.mark = mark;
                Ok(StairVerdict::Passed)
            }
        }
    }

    fn run(&mut self, id: &RevisionId, operation: Operation) -> Result<(), ProofError> {
        let (replay, history) = (&self.schema_reader.replay, self.history);
        let done = self.shadow.attempt(|shadow| replay.run_one(shadow, history, id, operation));
        done.map_err(|error| with_missing(error, &self.missing))
    }

    /// Returns the number of rows of each table that has any.
    fn filled_tables(&mut self) -> Result<BTreeMap<String, u64>, ProofError> {
        let mut counts = self.shadow.row_counts(&self.state.tables())?;
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
        self.shadow.expect_repeated_reads()?;
        let replayed = self.schema_reader.replay.run_in_order(&mut self.shadow, self.history, &self.applied);
        replayed.map_err(|error| with_missing(error, &self.missing))?;
        // The new shadow has marks of its own.
        self.state.mark = None;
        Ok(())
    }
}

/// Passes a request to stop on as an error; everything else is a result.
fn unless_interrupted(error: ProofError) -> Result<ProofError, ProofError> {
    if error.is_interruption() { Err(error) } else { Ok(error) }
}
