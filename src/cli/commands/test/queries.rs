//! Results of `--queries`: statements of the running application in every state of an upgrade.

use std::path::PathBuf;

use serde_json::{Map, json};

use super::Tested;
use super::item::{TestItem, TestOutcome, headline, with_error};
use crate::cli::report::CommandError;
use crate::cli::schemas::Schemas;
use crate::cli::{style, text};
use crate::database::ServerError;
use crate::diagnostic::{Location, Span, position};
use crate::error_code::ErrorCode;
use crate::id::RevisionId;
use crate::project;
use crate::report::ErrorReport;
use crate::shadow::{QueryCheck, QueryVerdict, check_queries};
use crate::sql::{self, StatementKind};

pub(super) fn tested(file: &PathBuf, from: Option<&str>, schemas: &Schemas<'_>) -> Result<Tested, CommandError> {
    let history = schemas.history;
    let from = from.map(|from| history.graph.resolve(from, None)).transpose();
    let from = from.map_err(|error| CommandError::from(&error))?;
    let files = project::sql_files(std::slice::from_ref(file))?;
    let mut statements = Vec::new();
    for (path, text) in &files {
        let at = |span: Span| Location { path: path.clone(), text: text.clone(), span };
        let pieces = sql::split(text, schemas.dialect()).map_err(|error| {
            let report = ErrorReport::new(ErrorCode::SqlInvalid, error.to_string());
            CommandError::from(report.at(&at(error.span), ""))
        })?;
        let sent = pieces.iter().filter(|piece| piece.kind != StatementKind::Nothing);
        statements.extend(sent.map(|piece| at(piece.sql)));
    }
    let queries: Vec<&str> = statements.iter().map(|location| location.span.slice(&location.text)).collect();
    let check = check_queries(&schemas.schema_reader(), history, &queries, from.as_ref());
    let check = match check {
        Ok(check) => check,
        Err(error) if error.is_interruption() => return Err(error.into()),
        Err(error) => {
            let head = headline("the queries were not checked", "");
            let (lines, document) = with_error(head, json!({ "query": null, "result": "not-checked" }), error);
            let path = Some(file.display().to_string());
            let item = TestItem {
                group: "queries",
                name: "queries".to_owned(),
                path,
                outcome: TestOutcome::Failed,
                lines,
                document,
            };
            return Ok(Tested { items: vec![item], summary: Vec::new(), counts: Map::new() });
        }
    };
    let QueryCheck { start, states, verdicts } = check;
    let items: Vec<_> = statements
        .into_iter()
        .zip(verdicts)
        .map(|(location, verdict)| item(&location, verdict, start.as_ref()))
        .collect();
    let failed = items.iter().filter(|item| item.outcome == TestOutcome::Failed).count();
    let good = text::plural(items.len() - failed, "query", "queries");
    let where_checked = match &start {
        Some(start) => format!("{good} prepared in {}, from {start} on", text::count(states, "state")),
        None => "no revision leaves a schema on which all queries can be prepared".to_owned(),
    };
    let mut parts = vec![where_checked];
    parts.extend((failed > 0).then(|| style::bad(&format!("{failed} failed"))));
    let mut counts = Map::new();
    counts.insert("queries_from".to_owned(), json!(start.as_ref().map(RevisionId::as_str)));
    counts.insert("query_states".to_owned(), json!(states));
    counts.insert("queries".to_owned(), json!([]));
    Ok(Tested { items, summary: vec![parts.join("; ")], counts })
}

fn item(location: &Location, verdict: QueryVerdict, start: Option<&RevisionId>) -> TestItem {
    let path = location.path.display().to_string();
    let line = position(&location.text, location.span.start).line;
    let name = text::statement_line(location.span.slice(&location.text));
    let mut document = json!({ "query": name, "path": path, "line": line });
    let head = |what: &str| headline(&format!("query {name} {what}"), &format!("{path}:{line}"));
    let failure = |error: &ServerError| {
        ErrorReport::new(ErrorCode::CaseFailed, error.message.clone()).at(location, "the server does not prepare this")
    };
    let (outcome, lines, document) = match verdict {
        QueryVerdict::Prepares => {
            document["result"] = json!("passed");
            (TestOutcome::Passed, Vec::new(), document)
        }
        QueryVerdict::Contracted(revision) => {
            document["result"] = json!("passed");
            document["contracted_by"] = json!(revision.as_str());
            (TestOutcome::Passed, Vec::new(), document)
        }
        QueryVerdict::Broken(revision, error) => {
            document["result"] = json!("broken");
            document["broken_by"] = json!(revision.as_str());
            let report = failure(&error)
                .note(format!("it can be prepared before {revision}, and not after it"))
                .hint("the release before runs it until the new one is there: write the change as expand and contract")
                .hint(format!(
                    "or, where {revision} runs when that release is gone: `-- phase: contract` in its header"
                ));
            let (lines, document) = with_error(head(&format!("is broken by {revision}")), document, report);
            (TestOutcome::Failed, lines, document)
        }
        QueryVerdict::Never(error) => {
            document["result"] = json!("never");
            let what = match start {
                Some(start) => format!("cannot be prepared at {start}"),
                None => "cannot be prepared together with the others".to_owned(),
            };
            let (lines, document) = with_error(head(&what), document, failure(&error));
            (TestOutcome::Failed, lines, document)
        }
    };
    TestItem { group: "queries", name, path: Some(path), outcome, lines, document }
}
