//! `test`: applies, reverts and applies each revision in a shadow database.

use clap::Args;
use serde_json::{Value, json};

use crate::cli::context::Context;
use crate::cli::each::each_service;
use crate::cli::output::CommandOutput;
use crate::cli::report::CommandError;
use crate::cli::schemas::Schemas;
use crate::cli::stairway_progress::StairwayProgress;
use crate::cli::{diff_view, style, text};
use crate::id::RevisionId;
use crate::project::History;
use crate::schema::Schema;
use crate::shadow::{ProofError, StairResult, StairVerdict, stairway};

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  aludel test\n  aludel test -k billing -s auth    # only revisions with this text in their id or message\n\n\
    Nothing but a shadow database is touched. A revision without `-- @downgrade` is counted as one-way.\n\n\
    Exit status: 3 when a revision fails."
)]
pub struct TestArgs {
    /// Test only revisions whose id or message contains this text; the others are applied
    #[arg(short = 'k', long = "only", value_name = "TEXT")]
    pub only: Option<String>,
}

pub fn run(arguments: &TestArgs, context: &Context<'_>) -> Result<CommandOutput, CommandError> {
    each_service(context, |history, several, answer| {
        let name = &history.service.name;
        let schemas = Schemas::of(history, context)?;
        let is_selected = |id: &RevisionId| is_selected(history, id, arguments.only.as_deref());
        let progress = StairwayProgress::new(name, history.graph.len(), context.global.quiet);
        let results = stairway(&schemas.schema_reader(), history, &is_selected, &mut |_| progress.next());
        progress.clear();
        let results = results.map_err(|error| CommandError::from(error).of_service(name))?;
        let counts = Counts::of(&results, history);
        answer.negative |= counts.failed > 0;
        let tested = results.into_iter().filter(|result| !matches!(result.verdict, StairVerdict::Skipped));
        let found: Vec<TestFinding> = tested.map(|result| TestFinding::of(history, result)).collect();
        let lines = found.iter().flat_map(|finding| finding.lines.clone()).chain([counts.line()]);
        answer.text += &text::section(several, name, lines);
        answer.services.push(json!({
            "service": name,
            "ok": counts.failed == 0,
            "passed": counts.passed,
            "one_way": counts.one_way,
            "failed": counts.failed,
            "not_tried": counts.not_tried,
            "revisions": found.into_iter().map(|finding| finding.document).collect::<Vec<_>>(),
        }));
        Ok(())
    })
}

fn is_selected(history: &History, id: &RevisionId, only: Option<&str>) -> bool {
    let Some(only) = only else { return true };
    let message = text::entry(history, id).and_then(|entry| entry.header.message.as_deref()).unwrap_or_default();
    id.as_str().contains(only) || message.contains(only)
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
    fn of(results: &[StairResult], history: &History) -> Self {
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

/// Result of one revision, as text and as a document.
struct TestFinding {
    lines: Vec<String>,
    document: Value,
}

impl TestFinding {
    fn of(history: &History, result: StairResult) -> Self {
        let StairResult { revision, verdict } = result;
        let head = |what: &str| {
            let path = text::entry(history, &revision).map(|entry| entry.path.display().to_string());
            format!("{} {} {what}  {}", style::bad("FAILED"), revision, style::faint(&path.unwrap_or_default()))
        };
        let outcome = |name: &str| json!({ "revision": revision.as_str(), "result": name });
        match verdict {
            StairVerdict::Passed => Self { lines: Vec::new(), document: outcome("passed") },
            StairVerdict::OneWay | StairVerdict::Skipped => Self { lines: Vec::new(), document: outcome("one-way") },
            StairVerdict::Upgrade(error) => Self::error(head("cannot be applied"), outcome("upgrade-failed"), error),
            StairVerdict::Downgrade(error) => {
                Self::error(head("cannot be reverted"), outcome("downgrade-failed"), error)
            }
            StairVerdict::Again(error) => {
                Self::error(head("cannot be applied again after its downgrade"), outcome("again-failed"), error)
            }
            StairVerdict::Remains(schemas) => {
                let what = "is not undone by its downgrade; what differs from the schema before it:";
                Self::difference(head(what), outcome("remains"), &schemas)
            }
            StairVerdict::AgainDiffers(schemas) => {
                let what = "makes another schema when it is applied again after its downgrade:";
                Self::difference(head(what), outcome("again-differs"), &schemas)
            }
            StairVerdict::RowsLost(tables) => {
                let line = |(table, before, after): &(String, u64, u64)| {
                    format!("  {table}: {before} before it, {after} after its downgrade")
                };
                let mut document = outcome("rows-lost");
                let row = |(table, before, after): &(String, u64, u64)| json!({ "table": table, "before": before, "after": after });
                document["rows"] = tables.iter().map(row).collect();
                let lines = [head("takes rows with its downgrade that were there before it:")];
                Self { lines: lines.into_iter().chain(tables.iter().map(line)).collect(), document }
            }
        }
    }

    fn error(head: String, mut document: Value, error: ProofError) -> Self {
        let report = CommandError::from(error);
        document["error"] = report.json()["error"].take();
        let lines = report.render(false).lines().map(|line| format!("  {line}")).collect::<Vec<_>>();
        Self { lines: [head].into_iter().chain(lines).collect(), document }
    }

    fn difference(head: String, mut document: Value, [before, after]: &[Schema; 2]) -> Self {
        let (changes, _) = diff_view::compared(before, after, &[]);
        document["changes"] = diff_view::document(&changes);
        let lines = diff_view::lines(&changes).into_iter().map(|line| format!("  {line}"));
        Self { lines: [head].into_iter().chain(lines).collect(), document }
    }
}
