//! Results of the stairway: each revision up, down and up again.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::item::{TestItem, TestOutcome, headline, with_error};
use super::{TestArgs, Tested};
use crate::cli::report::CommandError;
use crate::cli::schemas::Schemas;
use crate::cli::stairway_progress::StairwayProgress;
use crate::cli::{diff_view, style, text};
use crate::id::RevisionId;
use crate::project::{CaseSource, History};
use crate::report::ErrorReport;
use crate::schema::Schema;
use crate::shadow::{SqlText, StairResult, StairVerdict, StairwayPlan, stairway};

pub(super) fn tested(
    arguments: &TestArgs,
    schemas: &Schemas<'_>,
    sources: &[CaseSource],
    progress: &StairwayProgress,
) -> Result<Tested, CommandError> {
    let history = schemas.history;
    let is_selected = |id: &RevisionId| arguments.selects(id.as_str()) || arguments.selects(message(history, id));
    let fixtures = fixtures(history, sources);
    let plan = StairwayPlan { history, is_selected: &is_selected, fixtures: &fixtures };
    let results = stairway(&schemas.schema_reader(), &plan, &mut || progress.next())?;
    let counts = Counts::new(&results, history);
    let selected = results.into_iter().filter(|result| !matches!(result.verdict, StairVerdict::Skipped));
    let items = selected.map(|result| item(history, result)).collect();
    let Counts { passed, one_way, failed, not_tried } = counts;
    let document = json!({
        "passed": passed,
        "one_way": one_way,
        "failed": failed,
        "not_tried": not_tried,
        "revisions": [],
    });
    let counted = if let Value::Object(map) = document { map } else { serde_json::Map::new() };
    Ok(Tested { items, summary: vec![counts.line()], counts: counted })
}

/// Returns the fixtures by revision. One without a revision of the history fails as a case.
fn fixtures(history: &History, sources: &[CaseSource]) -> BTreeMap<RevisionId, Vec<SqlText>> {
    let mut fixtures: BTreeMap<RevisionId, Vec<SqlText>> = BTreeMap::new();
    for source in sources {
        for fixture in &source.file.fixtures {
            if let Ok(id) = history.graph.resolve(&fixture.at.text, None) {
                let text = SqlText { path: source.path.clone(), text: source.alone(fixture.sql) };
                fixtures.entry(id).or_default().push(text);
            }
        }
    }
    fixtures
}

fn message<'h>(history: &'h History, id: &RevisionId) -> &'h str {
    text::entry(history, id).and_then(|entry| entry.header.message.as_deref()).unwrap_or_default()
}

/// Numbers of revisions by result.
#[derive(Default)]
struct Counts {
    passed: usize,
    one_way: usize,
    failed: usize,
    /// Those behind one that cannot be applied.
    not_tried: usize,
}

impl Counts {
    fn new(results: &[StairResult], history: &History) -> Self {
        let mut counts = Self { not_tried: history.graph.len() - results.len(), ..Self::default() };
        for result in results {
            match result.verdict {
                StairVerdict::Passed => counts.passed += 1,
                StairVerdict::OneWay => counts.one_way += 1,
                StairVerdict::Skipped => {}
                _ => counts.failed += 1,
            }
        }
        counts
    }

    fn line(&self) -> String {
        let Self { passed, one_way, failed, not_tried } = self;
        let mut parts = vec![format!("{} up, down and up again", text::count(*passed, "revision"))];
        parts.extend((*one_way > 0).then(|| format!("{one_way} one-way, without a downgrade")));
        parts.extend((*failed > 0).then(|| style::bad(&format!("{failed} failed"))));
        parts.extend((*not_tried > 0).then(|| format!("{not_tried} not tried, behind one that cannot be applied")));
        parts.join("; ")
    }
}

fn item(history: &History, result: StairResult) -> TestItem {
    let StairResult { revision, verdict } = result;
    let path = text::entry(history, &revision).map(|entry| entry.path.display().to_string());
    let name = format!("{revision} {}", message(history, &revision)).trim_end().to_owned();
    let outcome = match verdict {
        StairVerdict::Passed => TestOutcome::Passed,
        StairVerdict::OneWay | StairVerdict::Skipped => TestOutcome::Skipped("one-way, without a downgrade"),
        _ => TestOutcome::Failed,
    };
    let head = |what: &str| headline(&format!("{revision} {what}"), path.as_deref().unwrap_or_default());
    let result = |name: &str| json!({ "revision": revision.as_str(), "result": name });
    let (lines, document) = match verdict {
        StairVerdict::Passed => (Vec::new(), result("passed")),
        StairVerdict::OneWay | StairVerdict::Skipped => (Vec::new(), result("one-way")),
        StairVerdict::Upgrade(error) => {
            let report = ErrorReport::from(error).hint_at_order(&history.graph);
            with_error(head("cannot be applied"), result("upgrade-failed"), report)
        }
        StairVerdict::Downgrade(error) => with_error(head("cannot be reverted"), result("downgrade-failed"), error),
        StairVerdict::Again(error) => {
            with_error(head("cannot be applied again after its downgrade"), result("again-failed"), error)
        }
        StairVerdict::Remains(schemas) => {
            let what = "is not undone by its downgrade; what differs from the schema before it:";
            with_difference(head(what), result("remains"), &schemas)
        }
        StairVerdict::AgainDiffers(schemas) => {
            let what = "makes another schema when it is applied again after its downgrade:";
            with_difference(head(what), result("again-differs"), &schemas)
        }
        StairVerdict::RowsLost(tables) => {
            let line = |(table, before, after): &(String, u64, u64)| {
                format!("  {table}: {before} before it, {after} after its downgrade")
            };
            let mut document = result("rows-lost");
            let row = |(table, before, after): &(String, u64, u64)| json!({ "table": table, "before": before, "after": after });
            document["rows"] = tables.iter().map(row).collect();
            let lines = [head("takes rows with its downgrade that were there before it:")];
            (lines.into_iter().chain(tables.iter().map(line)).collect(), document)
        }
    };
    TestItem { group: "revisions", name, path, outcome, lines, document }
}

/// Adds the difference of two schemas to the lines and the document of a failure.
pub(super) fn with_difference(
    head: String,
    mut document: Value,
    [before, after]: &[Schema; 2],
) -> (Vec<String>, Value) {
    let (changes, _) = diff_view::compared(before, after, &[]);
    document["changes"] = diff_view::document(&changes);
    let lines = diff_view::lines(&changes).into_iter().map(|line| format!("  {line}"));
    let others = [('-', before, after), ('+', after, before)].into_iter().flat_map(|(sign, one, other)| {
        let only = one.unmodelled.difference(&other.unmodelled);
        only.map(move |found| format!("  {sign} {} {}, which is compared by its name only", found.kind, found.name))
    });
    if before.unmodelled != after.unmodelled {
        let only = [before.unmodelled.difference(&after.unmodelled), after.unmodelled.difference(&before.unmodelled)];
        document["unmodelled"] = diff_view::unmodelled(only.into_iter().flatten());
    }
    ([head].into_iter().chain(lines).chain(others).collect(), document)
}
