//! Cases of `test`: rows that are put in at a revision, upgrades and downgrades, and what queries then have to find. Each
//! case has a shadow of its own: a copy, where several cases begin at a revision and the database can be copied.

mod failure;

use std::collections::{BTreeMap, BTreeSet};

use super::error::{MissingExtension, ProofError};
use super::load::failure_span;
use super::replay::names_elsewhere;
use super::schema_reader::{SchemaReader, with_missing};
use super::shadow_database::Shadow;
use crate::database::{DatabaseError, FailureCause, QueryRows, SHOWN_ROWS};
use crate::diagnostic::{Location, Span};
use crate::engine::{self, SectionQueries, Setting};
use crate::graph::{Graph, Plan, TargetError};
use crate::id::RevisionId;
use crate::project::{CaseSource, History};
use crate::revision::{CaseStep, CaseTarget, ExpectedTable, Fixture, Section, TestCase};
use crate::sql;

pub use failure::CaseFailure;

/// Target of the empty database.
const BASE: &str = "base";

/// Name of the case that puts in all fixtures and upgrades to the heads.
const FIXTURES: &str = "fixtures";

/// Result of one case.
#[derive(Debug)]
pub struct CaseResult {
    /// Name of the case.
    pub name: String,
    /// Line with which it begins.
    pub location: Location,
    /// Failure; `None` if it passed.
    pub failure: Option<CaseFailure>,
}

/// Runs the cases of the files for which `is_selected` returns `true` for the name or the path, and, if there are
/// fixtures, one more that puts in all of them and upgrades to the heads. `report` receives each result.
///
/// # Errors
/// No shadow can be had, or the user stops the command. What is wrong with a case or a revision is a result.
pub fn run_cases(
    schema_reader: &SchemaReader<'_>,
    history: &History,
    sources: &[CaseSource],
    is_selected: &dyn Fn(&str) -> bool,
    report: &mut dyn FnMut(&CaseResult),
) -> Result<Vec<CaseResult>, ProofError> {
    let fixtures = sources.iter().flat_map(|source| source.file.fixtures.iter().map(move |fixture| (source, fixture)));
    let runner = CaseRunner { schema_reader, history, fixtures: fixtures.collect() };
    let mut results = Vec::new();
    let mut keep = |result: CaseResult| {
        report(&result);
        results.push(result);
    };
    if let Some((source, fixture)) = runner.fixtures.first()
        && is_selected(FIXTURES)
    {
        let failure = runner.run(|walk| walk.with_all_fixtures())?;
        keep(CaseResult { name: FIXTURES.to_owned(), location: source.at(fixture.at.span), failure });
    }
    let cases = sources.iter().flat_map(|source| {
        let cases = source.file.cases.iter().enumerate();
        cases.map(move |(index, case)| (name_of(source, index, case), source, case))
    });
    let selected: Vec<_> =
        cases.filter(|(name, source, _)| is_selected(name) || is_selected(&source.path.to_string_lossy())).collect();
    let mut templates = CaseTemplates::default();
    for (_, _, case) in &selected {
        *templates.cases.entry(case.at.text.as_str()).or_default() += 1;
    }
    for (name, source, case) in selected {
        let failure = match runner.copied(&mut templates, source, case)? {
            Some(walk) => runner.finish(walk, |walk| walk.steps_of(source, case))?,
            None => runner.run(|walk| walk.case(source, case))?,
        };
        keep(CaseResult { name, location: source.at(case.at.span), failure });
    }
    Ok(results)
}

/// Shadows that are copied for the cases that begin with the same history.
#[derive(Default)]
struct CaseTemplates<'a> {
    /// Number of cases by the revision at which they begin.
    cases: BTreeMap<&'a str, usize>,
    /// Shadows at these revisions; `None` if there is none that can be copied.
    walks: BTreeMap<&'a str, Option<CaseWalk<'a>>>,
}

/// Returns the name of a case: without one of its own that of the file, with a number unless it is the only case.
fn name_of(source: &CaseSource, index: usize, case: &TestCase) -> String {
    let stem = || source.path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    match &case.name {
        Some(name) => name.clone(),
        None if source.file.cases.len() == 1 => stem(),
        None => format!("{} {}", stem(), index + 1),
    }
}

struct CaseRunner<'a> {
    schema_reader: &'a SchemaReader<'a>,
    history: &'a History,
    fixtures: Vec<(&'a CaseSource, &'a Fixture)>,
}

impl CaseRunner<'_> {
    /// Runs `work` in a new shadow. Returns what failed.
    fn run(
        &self,
        work: impl FnOnce(&mut CaseWalk<'_>) -> Result<(), CaseFailure>,
    ) -> Result<Option<CaseFailure>, ProofError> {
        self.finish(self.walk()?, work)
    }

    fn walk(&self) -> Result<CaseWalk<'_>, ProofError> {
        let (shadow, missing) = self.schema_reader.provisioned(&[])?;
        Ok(CaseWalk { runner: self, shadow, missing, rows: Vec::new(), loaded: BTreeSet::new() })
    }

    /// Returns a copy of a shadow with the history up to where a case begins; `None` if no other case begins there, the
    /// database cannot be copied, or the history cannot be replayed: the case itself reports why.
    fn copied<'r>(
        &'r self,
        templates: &mut CaseTemplates<'r>,
        source: &CaseSource,
        case: &'r TestCase,
    ) -> Result<Option<CaseWalk<'r>>, ProofError> {
        let at = case.at.text.as_str();
        if at == BASE || templates.cases.get(at).is_none_or(|count| *count < 2) {
            return Ok(None);
        }
        if !templates.walks.contains_key(at) {
            let mut walk = Some(self.walk()?).filter(|walk| walk.shadow.can_be_copied());
            if let Some(Err(failure)) = walk.as_mut().map(|walk| walk.upgrade(source, &case.at)) {
                failure.unless_stopped()?;
                walk = None;
            }
            templates.walks.insert(at, walk);
        }
        let Some(Some(template)) = templates.walks.get_mut(at) else { return Ok(None) };
        let Some(shadow) = template.shadow.copied(&self.schema_reader.shadow_config)? else { return Ok(None) };
        let (missing, rows, loaded) = (template.missing.clone(), template.rows.clone(), template.loaded.clone());
        Ok(Some(CaseWalk { runner: self, shadow, missing, rows, loaded }))
    }

    fn finish(
        &self,
        mut walk: CaseWalk<'_>,
        work: impl FnOnce(&mut CaseWalk<'_>) -> Result<(), CaseFailure>,
    ) -> Result<Option<CaseFailure>, ProofError> {
        let done = work(&mut walk);
        walk.shadow.close()?;
        match done {
            Ok(()) => Ok(None),
            Err(failure) => failure.unless_stopped().map(Some),
        }
    }
}

/// A case under way.
struct CaseWalk<'a> {
    runner: &'a CaseRunner<'a>,
    shadow: Shadow,
    /// Extensions of the service's database that the shadow lacks.
    missing: Vec<MissingExtension>,
    /// Version rows.
    rows: Vec<RevisionId>,
    /// Indexes of the fixtures that were put in.
    loaded: BTreeSet<usize>,
}

impl CaseWalk<'_> {
    fn case(&mut self, source: &CaseSource, case: &TestCase) -> Result<(), CaseFailure> {
        if case.at.text != BASE {
            self.upgrade(source, &case.at)?;
        }
        self.steps_of(source, case)
    }

    /// Runs what follows in a case when its history is there.
    fn steps_of(&mut self, source: &CaseSource, case: &TestCase) -> Result<(), CaseFailure> {
        case.steps.iter().try_for_each(|step| match step {
            CaseStep::Run(span) => self.load(source, *span),
            CaseStep::Upgrade(target) => self.upgrade(source, target),
            CaseStep::Downgrade(target) => self.downgrade(source, target),
            CaseStep::ExpectNothing(queries) => {
                queries.iter().try_for_each(|query| self.expect_nothing(source, *query))
            }
            CaseStep::ExpectRows(query, table) => self.expect_rows(source, *query, table),
        })
    }

    /// Puts in all fixtures on the way to the heads.
    fn with_all_fixtures(&mut self) -> Result<(), CaseFailure> {
        for (source, fixture) in &self.runner.fixtures {
            self.resolve(source, &fixture.at)?;
        }
        let graph = &self.runner.history.graph;
        for head in graph.effective_heads() {
            let plan = graph.plan_upgrade(&self.rows, head.as_str());
            let plan = plan.map_err(|error| ProofError::Replay(error.into()))?;
            self.up(&plan)?;
        }
        Ok(())
    }

    fn upgrade(&mut self, source: &CaseSource, target: &CaseTarget) -> Result<(), CaseFailure> {
        let plan = self.plan(source, target, Graph::plan_upgrade)?;
        self.up(&plan)
    }

    fn downgrade(&mut self, source: &CaseSource, target: &CaseTarget) -> Result<(), CaseFailure> {
        let plan = self.plan(source, target, Graph::plan_downgrade)?;
        self.steps(&plan)?;
        self.rows = plan.to;
        Ok(())
    }

    fn plan(
        &self,
        source: &CaseSource,
        target: &CaseTarget,
        make: impl Fn(&Graph, &[RevisionId], &str) -> Result<Plan, TargetError>,
    ) -> Result<Plan, CaseFailure> {
        let plan = make(&self.runner.history.graph, &self.rows, &target.text);
        plan.map_err(|error| CaseFailure::Target { location: source.at(target.span), error: Box::new(error) })
    }

    fn resolve(&self, source: &CaseSource, target: &CaseTarget) -> Result<RevisionId, CaseFailure> {
        let id = self.runner.history.graph.resolve(&target.text, None);
        id.map_err(|error| CaseFailure::Target { location: source.at(target.span), error: Box::new(error) })
    }

    /// Runs the steps of an upgrade, with the require and verify queries of its revisions, as a real one does. Puts in each
    /// fixture behind its revision.
    fn up(&mut self, plan: &Plan) -> Result<(), CaseFailure> {
        let mut waiting = Vec::new();
        for (index, (source, fixture)) in self.runner.fixtures.iter().enumerate() {
            if !self.loaded.contains(&index) {
                waiting.push((index, self.resolve(source, &fixture.at)?));
            }
        }
        let mut done = 0;
        for (position, step) in plan.steps.iter().enumerate() {
            if let Some(require) = self.queries(&step.revision, Section::Require)? {
                self.steps(&part_of(plan, done, position))?;
                done = position;
                self.run_queries(&require)?;
            }
            let verify = self.queries(&step.revision, Section::Verify)?;
            let due: Vec<usize> =
                waiting.iter().filter(|(_, id)| *id == step.revision).map(|(index, _)| *index).collect();
            if due.is_empty() && verify.is_none() {
                continue;
            }
            self.steps(&part_of(plan, done, position + 1))?;
            done = position + 1;
            verify.iter().try_for_each(|verify| self.run_queries(verify))?;
            for index in due {
                if let Some((source, fixture)) = self.runner.fixtures.get(index) {
                    self.load(source, fixture.sql)?;
                    self.loaded.insert(index);
                }
            }
        }
        self.steps(&part_of(plan, done, plan.steps.len()))?;
        self.rows = plan.to.clone();
        Ok(())
    }

    /// Returns the queries of a section of a revision.
    fn queries(&self, id: &RevisionId, section: Section) -> Result<Option<SectionQueries>, CaseFailure> {
        let setting = Setting {
            dialect: self.shadow.url().dialect(),
            variables: self.runner.schema_reader.replay.variables,
            single_transaction: false,
            looking: false,
        };
        let queries = engine::read_queries(self.runner.history, id, section, setting);
        queries.map_err(|error| ProofError::Replay(error).into())
    }

    /// Runs the queries of a section, which have to find nothing.
    fn run_queries(&mut self, section: &SectionQueries) -> Result<(), CaseFailure> {
        for (index, query) in section.queries().into_iter().enumerate() {
            let Some(location) = section.locate(index) else { continue };
            match self.shadow.query(query, SHOWN_ROWS) {
                Ok(found) if found.rows.is_empty() => {}
                Ok(found) => return Err(CaseFailure::Found { location, found }),
                Err(ProofError::Database(DatabaseError::Server(error))) => {
                    return Err(CaseFailure::Query { location, error });
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    fn steps(&mut self, plan: &Plan) -> Result<(), CaseFailure> {
        if plan.steps.is_empty() {
            return Ok(());
        }
        let replayed = self.runner.schema_reader.replay.plan(&mut self.shadow, self.runner.history, plan);
        replayed.map_err(|error| with_missing(error, &self.missing).into())
    }

    /// Runs SQL of a case file, in a transaction if its statements allow that.
    fn load(&mut self, source: &CaseSource, span: Span) -> Result<(), CaseFailure> {
        let text = span.slice(&source.text);
        let dialect = self.shadow.url().dialect();
        let at = |inner: Span| source.at(inner.shifted(span.start));
        let pieces = sql::split(text, dialect)
            .map_err(|error| ProofError::Split { location: Box::new(at(error.span)), error })?;
        if let Some((elsewhere, inner)) = names_elsewhere(text, &self.shadow) {
            return Err(elsewhere.error(Box::new(at(inner))).into());
        }
        let stage = self.shadow.stage();
        let stop = &self.runner.schema_reader.replay.stop;
        let done = engine::rehearse_text(self.shadow.database()?, text, &pieces, &stage, stop);
        done.map_err(|failure| match failure.cause {
            FailureCause::Interrupted => CaseFailure::stopped(),
            _ => {
                let location = at(failure_span(&failure, &pieces, text));
                CaseFailure::Statement { location, failure: Box::new(failure) }
            }
        })
    }

    fn expect_nothing(&mut self, source: &CaseSource, query: Span) -> Result<(), CaseFailure> {
        let found = self.query(source, query, SHOWN_ROWS)?;
        if found.rows.is_empty() { Ok(()) } else { Err(CaseFailure::Found { location: source.at(query), found }) }
    }

    fn expect_rows(&mut self, source: &CaseSource, query: Span, table: &ExpectedTable) -> Result<(), CaseFailure> {
        // More rows than expected are a difference, whatever they are: enough of them to show what they are.
        let found = self.query(source, query, table.rows.len() + SHOWN_ROWS)?;
        let are_columns_equal = found.columns.is_empty()
            || (found.columns.len() == table.columns.len()
                && found.columns.iter().zip(&table.columns).all(|(one, other)| one.eq_ignore_ascii_case(other)));
        let sorted = |rows: &[Vec<Option<String>>]| {
            let mut rows = rows.to_vec();
            rows.sort();
            rows
        };
        if are_columns_equal && !found.has_more && sorted(&found.rows) == sorted(&table.rows) {
            return Ok(());
        }
        let location = source.at(query);
        Err(CaseFailure::Differs { location, expected: table.clone(), found })
    }

    fn query(&mut self, source: &CaseSource, query: Span, limit: usize) -> Result<QueryRows, CaseFailure> {
        match self.shadow.query(query.slice(&source.text), limit) {
            Ok(rows) => Ok(rows),
            Err(ProofError::Database(DatabaseError::Server(error))) => {
                Err(CaseFailure::Query { location: source.at(query), error })
            }
            Err(error) => Err(error.into()),
        }
    }
}

/// Returns the plan of some steps of a plan. A shadow has no version rows, so those of the part mean nothing.
fn part_of(plan: &Plan, from: usize, to: usize) -> Plan {
    let steps = plan.steps.iter().take(to).skip(from).cloned().collect();
    Plan { direction: plan.direction, from: Vec::new(), steps, to: Vec::new() }
}
