//! `test`: applies, reverts and applies each revision in a shadow database, and runs the cases of the project.

mod cases;
mod item;
mod queries;
mod releases;
mod stairs;

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Value, json};

use self::item::{TestItem, TestOutcome};
use crate::cli::context::Context;
use crate::cli::each::each_service;
use crate::cli::junit::{JunitCase, JunitOutcome, JunitSuite, junit_document};
use crate::cli::output::CommandOutput;
use crate::cli::report::CommandError;
use crate::cli::schemas::Schemas;
use crate::cli::stairway_progress::StairwayProgress;
use crate::cli::text;
use crate::project::{self, CaseSource, History};

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  aludel test\n  aludel test -k billing -s auth    # only revisions and cases with this text in their id, name or file\n  \
    aludel test --junit report.xml --queries app.sql --from-tags 'v*'\n\n\
    Cases are SQL files in `tests` of the config, else in the folder tests/SERVICE or tests beside the revisions.\n\
    Nothing but shadow databases is touched. A revision without `-- @downgrade` is counted as one-way.\n\n\
    Exit status: 3 when a revision, a case, a query or a release fails."
)]
pub struct TestArgs {
    /// Test only revisions whose id or message, and cases whose name or file contains this text
    #[arg(short = 'k', long = "only", value_name = "TEXT")]
    pub only: Option<String>,
    /// Prepare the statements of this SQL file, those of the running application, in every state of an upgrade
    #[arg(long, value_name = "FILE")]
    pub queries: Option<PathBuf>,
    /// First revision after which the statements have to be prepared [default: the first after which all of them can]
    #[arg(long, value_name = "REVISION", requires = "queries")]
    pub queries_from: Option<String>,
    /// Upgrade databases of the releases with these git tags, a pattern such as 'v*'
    #[arg(long, value_name = "PATTERN")]
    pub from_tags: Option<String>,
    /// Write the results to this file as JUnit XML
    #[arg(long, value_name = "FILE")]
    pub junit: Option<PathBuf>,
}

impl TestArgs {
    /// Returns `true` if a text is selected by `-k`.
    fn selects(&self, text: &str) -> bool {
        self.only.as_deref().is_none_or(|only| text.contains(only))
    }
}

pub fn run(arguments: &TestArgs, context: &Context<'_>) -> Result<CommandOutput, CommandError> {
    let mut suites = Vec::new();
    let answer = each_service(context, |history, several, answer| {
        let name = &history.service.name;
        if several && arguments.queries.is_some() {
            return Err(CommandError::usage("--queries is for one service").hint("name it with -s NAME"));
        }
        let tested = tested(arguments, history, context).map_err(|error| error.of_service(name));
        suites.push(suite(name, tested.as_ref()));
        let tested = tested?;
        answer.negative |= !tested.is_ok();
        let failed = tested.items.iter().flat_map(|item| item.lines.iter().cloned());
        answer.text += &text::section(several, name, failed.chain(tested.summary.iter().cloned()));
        answer.services.push(tested.document(name));
        Ok(())
    });
    if let Some(path) = &arguments.junit {
        write_junit(path, &suites)?;
    }
    answer
}

fn write_junit(path: &Path, suites: &[JunitSuite]) -> Result<(), CommandError> {
    Ok(project::write_over(path, &junit_document(suites))?)
}

/// Results of one service.
struct Tested {
    items: Vec<TestItem>,
    /// Lines that count the results.
    summary: Vec<String>,
    /// Keys of the document beside the results of the items.
    counts: serde_json::Map<String, Value>,
}

impl Tested {
    fn is_ok(&self) -> bool {
        self.items.iter().all(|item| item.outcome != TestOutcome::Failed)
    }

    fn document(self, service: &str) -> Value {
        let mut document = serde_json::Map::new();
        document.insert("service".to_owned(), json!(service));
        document.insert("ok".to_owned(), json!(self.is_ok()));
        document.extend(self.counts);
        for item in self.items {
            let list = document.entry(item.group).or_insert_with(|| json!([]));
            if let Value::Array(list) = list {
                list.push(item.document);
            }
        }
        Value::Object(document)
    }
}

fn tested(arguments: &TestArgs, history: &History, context: &Context<'_>) -> Result<Tested, CommandError> {
    let schemas = Schemas::new(history, context)?;
    let sources = project::case_files(&history.service, schemas.dialect())?;
    let steps = history.graph.len() + sources.iter().map(|source| source.file.cases.len()).sum::<usize>();
    let progress = StairwayProgress::new(&history.service.name, steps, context.global.quiet);
    let parts = parts(arguments, &schemas, &sources, &progress);
    progress.clear();
    let mut tested = Tested { items: Vec::new(), summary: Vec::new(), counts: serde_json::Map::new() };
    for part in parts? {
        tested.items.extend(part.items);
        tested.summary.extend(part.summary);
        tested.counts.extend(part.counts);
    }
    Ok(tested)
}

fn parts(
    arguments: &TestArgs,
    schemas: &Schemas<'_>,
    sources: &[CaseSource],
    progress: &StairwayProgress,
) -> Result<Vec<Tested>, CommandError> {
    let mut parts = vec![stairs::tested(arguments, schemas, sources, progress)?];
    if !sources.is_empty() {
        parts.push(cases::tested(arguments, schemas, sources, progress)?);
    }
    if let Some(file) = &arguments.queries {
        parts.push(queries::tested(file, arguments.queries_from.as_deref(), schemas)?);
    }
    if let Some(pattern) = &arguments.from_tags {
        parts.push(releases::tested(pattern, schemas)?);
    }
    Ok(parts)
}

/// Returns the suite of a service; of a service that could not be tested, one with the error.
fn suite(service: &str, tested: Result<&Tested, &CommandError>) -> JunitSuite {
    let cases = match tested {
        Ok(tested) => tested.items.iter().map(TestItem::junit).collect(),
        Err(error) => {
            let text = error.render(false);
            let outcome = JunitOutcome::Error { message: error.report.message.clone(), text };
            vec![JunitCase { class: "test".to_owned(), name: service.to_owned(), file: None, outcome }]
        }
    };
    JunitSuite { name: service.to_owned(), cases }
}
