//! Parts of lint that several commands share: texts, state, findings as text and JSON, the check before an upgrade.

pub mod own;
pub mod state;
pub mod view;

use std::collections::BTreeMap;
use std::io::IsTerminal as _;

use self::own::OwnRuleSet;
use self::state::LintedTexts;
use self::view::ShownFinding;
use super::context::Context;
use super::report::CommandError;
use crate::database::TableFacts;
use crate::ddl::Outline;
use crate::error_code::ErrorCode;
use crate::id::RevisionId;
use crate::lint::{KnownSize, Linter, Severity, TableSizes};
use crate::project::History;
use crate::sql::TableName;

/// Examines revisions in the state that the texts of those below them give: without a connection.
pub fn by_texts(
    history: &History,
    ids: &[RevisionId],
    sizes: &TableSizes,
    context: &Context<'_>,
) -> Result<Vec<ShownFinding>, CommandError> {
    let settings = state::settings(&history.service)?;
    let texts = state::texts(history, ids, context)?;
    let ground = state::ground_of_texts(history)?;
    let own = OwnRuleSet::read(history.service.lint.own.as_deref())?;
    let linter = Linter { settings: &settings, server: ground.server, sizes, own: &own };
    let outline = outline_below(history, ids, &linter, context)?;
    let LintedTexts { sections, .. } = texts;
    let revisions: Vec<_> = sections.iter().map(|section| section.text.clone()).collect();
    // A text that cannot be split is refused by the run itself, with its place.
    let report = linter.examine(&outline, &revisions).unwrap_or_default();
    own.failure()?;
    Ok(report.findings.into_iter().map(|finding| view::shown(finding, &sections)).collect())
}

/// Returns what the database holds before these revisions, from the texts of all others below them.
pub fn outline_below(
    history: &History,
    ids: &[RevisionId],
    linter: &Linter<'_>,
    context: &Context<'_>,
) -> Result<Outline, CommandError> {
    let mut below = history.graph.applied(ids);
    below.retain(|id| !ids.contains(id));
    let before: Vec<_> =
        state::texts(history, &below, context)?.sections.into_iter().map(|section| section.text).collect();
    Ok(linter.outline_after(Outline::new(linter.server.dialect), &before))
}

/// Sizes of the tables that a preflight has asked for.
pub fn sizes_of(known: &BTreeMap<TableName, TableFacts>) -> TableSizes {
    let mut sizes = TableSizes::default();
    for (table, facts) in known {
        if let Some(bytes) = facts.bytes {
            sizes.add(table.clone(), KnownSize { rows: facts.rows, bytes });
        }
    }
    sizes
}

/// Examines the pending revisions of an upgrade: errors are printed in one line if stderr is a terminal, and refuse the
/// upgrade if the config sets `gate: true`.
pub fn before_upgrade(history: &History, ids: &[RevisionId], context: &Context<'_>) -> Result<(), CommandError> {
    let gate = history.service.lint.gate;
    if ids.is_empty() || !gate && !std::io::stderr().is_terminal() {
        return Ok(());
    }
    let findings = by_texts(history, ids, &TableSizes::default(), context)?;
    let errors: Vec<&ShownFinding> =
        findings.iter().filter(|found| found.finding.severity == Severity::Error).collect();
    if errors.is_empty() {
        return Ok(());
    }
    let service = &history.service.name;
    let first: Vec<String> = errors.iter().take(3).map(|error| error.in_one_line()).collect();
    let count = super::text::count(errors.len(), "error");
    if !gate {
        context.warn(&format!("{service}: lint has {count}: {} (aludel lint -s {service})", first.join("; ")));
        return Ok(());
    }
    let report = CommandError::new(
        ErrorCode::LintRefused,
        format!("lint finds {count} in the pending revisions, and the config sets `gate: true`"),
    );
    let report = errors.iter().take(10).fold(report, |report, error| report.note(error.in_one_line()));
    Err(report
        .of_service(service)
        .hint(format!("all of it, with the safe statements: aludel lint -s {service}"))
        .hint("accept one: `-- lint: allow RULE because REASON` before its statement"))
}
