//! Results of the cases.

use serde_json::{Map, json};

use super::item::{TestItem, TestOutcome, headline, with_error};
use super::{TestArgs, Tested};
use crate::cli::report::CommandError;
use crate::cli::schemas::Schemas;
use crate::cli::stairway_progress::StairwayProgress;
use crate::cli::{style, text};
use crate::diagnostic::position;
use crate::project::CaseSource;
use crate::shadow::{CaseResult, run_cases};

pub(super) fn tested(
    arguments: &TestArgs,
    schemas: &Schemas<'_>,
    sources: &[CaseSource],
    progress: &StairwayProgress,
) -> Result<Tested, CommandError> {
    let is_selected = |text: &str| arguments.selects(text);
    let reader = schemas.schema_reader();
    let results = run_cases(&reader, schemas.history, sources, &is_selected, &mut |_| progress.next())?;
    let failed = results.iter().filter(|result| result.failure.is_some()).count();
    let passed = results.len() - failed;
    let mut parts = vec![format!("{} passed", text::count(passed, "case"))];
    parts.extend((failed > 0).then(|| style::bad(&format!("{failed} failed"))));
    let mut counts = Map::new();
    counts.insert("cases_passed".to_owned(), json!(passed));
    counts.insert("cases_failed".to_owned(), json!(failed));
    counts.insert("cases".to_owned(), json!([]));
    Ok(Tested { items: results.into_iter().map(item).collect(), summary: vec![parts.join("; ")], counts })
}

fn item(result: CaseResult) -> TestItem {
    let CaseResult { name, location, failure } = result;
    let path = location.path.display().to_string();
    let line = position(&location.text, location.span.start).line;
    let result = |result: &str| json!({ "name": name, "path": path, "line": line, "result": result });
    let (outcome, lines, document) = match failure {
        None => (TestOutcome::Passed, Vec::new(), result("passed")),
        Some(failure) => {
            let head = headline(&format!("case {name}"), &format!("{path}:{line}"));
            let (lines, document) = with_error(head, result("failed"), failure);
            (TestOutcome::Failed, lines, document)
        }
    };
    TestItem { group: "cases", name, path: Some(path), outcome, lines, document }
}
