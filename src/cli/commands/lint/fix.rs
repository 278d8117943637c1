//! `lint --fix`: rewrites what has one right answer, after it has been proved to end in the same schema.

mod edits;

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::cli::commands::new_file;
use crate::cli::context::Context;
use crate::cli::diff_view;
use crate::cli::lint::state::LintedSection;
use crate::cli::lint::view::ShownFinding;
use crate::cli::report::CommandError;
use crate::cli::schemas::Schemas;
use crate::ddl::DdlServer;
use crate::lint::{FollowUp, LintedRevision, LintedStatement, StatementFix, fix, needed_behind};
use crate::project::{self, History, RebasedFile};
use crate::revision::{Revision, Section, render};

/// Findings that were fixed, and those that were not.
#[derive(Default)]
pub(super) struct FixReport {
    pub(super) lines: Vec<String>,
    pub(super) documents: Vec<Value>,
}

/// A fixed revision.
struct FixedRevision {
    file: RebasedFile,
    /// Paths and texts of the revisions behind it.
    follow_ups: Vec<(PathBuf, String)>,
}

/// Fixes the revisions of the findings. `is_pending` is `true` if the database has none of them.
pub(super) fn fixed(
    history: &History,
    (findings, sections): (&[ShownFinding], &[LintedSection]),
    server: &DdlServer,
    is_pending: bool,
    context: &Context<'_>,
) -> Result<FixReport, CommandError> {
    let mut report = FixReport::default();
    if !is_pending {
        report.lines.push("nothing is fixed: it is not known which revisions are applied".to_owned());
        return Ok(report);
    }
    for section in sections {
        let of_section = findings.iter().filter(|finding| finding.finding.revision == section.text.id);
        let mut fixed = None;
        for finding in of_section {
            match one(history, section, finding, server)? {
                FixOutcome::Fixed(one) => {
                    fixed = Some(one);
                    break;
                }
                FixOutcome::Impossible(reason) => {
                    let [line, ..] = finding.lines_and_columns();
                    let place = format!("{}:{line}", finding.location.path.display());
                    report.lines.push(format!("not fixed: {place}: {reason}"));
                }
                FixOutcome::Unknown => {}
            }
        }
        let Some(fixed) = fixed else { continue };
        let path = fixed.file.path.display().to_string();
        if !is_same_schema(history, &fixed, context)? {
            report.lines.push(format!("not fixed: {path}: the schema would be another one"));
            continue;
        }
        write(&fixed)?;
        let new: Vec<_> = fixed.follow_ups.iter().map(|(path, _)| path.display().to_string()).collect();
        let behind = if new.is_empty() { String::new() } else { format!(", and behind it {}", new.join(", ")) };
        report.lines.push(format!("fixed: {path}{behind}"));
        report.documents.push(json!({ "path": path, "new": new }));
        // The graph has changed with a new revision: the next run sees the rest.
        if !fixed.follow_ups.is_empty() {
            break;
        }
    }
    Ok(report)
}

/// Outcome of a finding.
enum FixOutcome {
    Fixed(FixedRevision),
    /// It has a fix that is not possible here, with the reason.
    Impossible(String),
    /// It has no fix.
    Unknown,
}

fn one(
    history: &History,
    section: &LintedSection,
    finding: &ShownFinding,
    server: &DdlServer,
) -> Result<FixOutcome, CommandError> {
    let finding = &finding.finding;
    let id = &section.text.id;
    let Ok(revision) = history.read(id) else { return Ok(FixOutcome::Unknown) };
    let Ok(parsed) = LintedRevision::parse(id.clone(), &section.text.text, true, server) else {
        return Ok(FixOutcome::Unknown);
    };
    let is_of = |statement: &LintedStatement| {
        statement.span.start <= finding.span.start && finding.span.end <= statement.span.end
    };
    let Some(index) = parsed.statements.iter().position(is_of) else { return Ok(FixOutcome::Unknown) };
    let Some(statement) = parsed.statements.get(index) else { return Ok(FixOutcome::Unknown) };
    let Some(fix) = fix(&finding.rule, &finding.safe, statement, server) else { return Ok(FixOutcome::Unknown) };
    if let Some(reason) = impossible(history, &revision, (&parsed, index), &fix) {
        return Ok(FixOutcome::Impossible(reason));
    }
    let is_alone = parsed.statements.len() == 1;
    let (edits, follow_ups) = if fix.outside_transaction && !is_alone {
        edits::split_off(&revision, section, statement, &fix, server)
    } else {
        let span = section.locate(statement.span).span;
        (edits::in_place(&revision, span, &fix, server), fix.follow_ups.clone())
    };
    let Some(after) = edits.and_then(|edits| edits::applied(&revision, edits)) else { return Ok(FixOutcome::Unknown) };
    let path = history.entry(id)?.path.clone();
    let file = RebasedFile { revision: id.clone(), path, before: revision.text.to_string(), after };
    let follow_ups = rendered(history, &revision, &follow_ups)?;
    Ok(FixOutcome::Fixed(FixedRevision { file, follow_ups }))
}

/// Returns why a revision cannot be fixed.
fn impossible(
    history: &History,
    revision: &Revision,
    (parsed, index): (&LintedRevision, usize),
    fix: &StatementFix,
) -> Option<String> {
    if revision.header.template {
        return Some("the revision is a template".to_owned());
    }
    if revision.text.has_included() {
        // A statement of an included file belongs to others too.
        return Some("it includes another file".to_owned());
    }
    if history.service.layout == crate::config::Layout::Pairs {
        return Some("its downgrade is in another file".to_owned());
    }
    let is_alone = parsed.statements.len() == 1;
    let has_follow_ups = !fix.follow_ups.is_empty() || fix.outside_transaction && !is_alone;
    if has_follow_ups && !history.graph.children(revision.header.revision.as_str()).is_empty() {
        return Some("it needs a revision behind this one, which is not a head".to_owned());
    }
    if has_follow_ups && !revision.header.transaction {
        return Some("the revision runs outside a transaction".to_owned());
    }
    fix.is_late.then(|| needed_behind(parsed, index)).flatten()
}

/// Texts of the revisions behind a fixed one, each behind the one before.
fn rendered(
    history: &History,
    revision: &Revision,
    follow_ups: &[FollowUp],
) -> Result<Vec<(PathBuf, String)>, CommandError> {
    let mut down = revision.header.revision.clone();
    let mut files = Vec::new();
    for follow_up in follow_ups {
        let message = revision.header.message.as_deref().unwrap_or("constraint");
        let mut header = new_file::header(new_file::random_id()?, &format!("{}: {message}", follow_up.verb));
        header.down_revisions = vec![std::mem::replace(&mut down, header.revision.clone())];
        header.transaction = follow_up.in_transaction;
        let path = project::path_of_new(history, &header)?;
        let ended = |text: &str| if text.is_empty() { String::new() } else { format!("{text}\n") };
        let (upgrade, downgrade) = (ended(&follow_up.upgrade), ended(&follow_up.downgrade));
        let sections = [(Section::Upgrade, upgrade.as_str()), (Section::Downgrade, downgrade.as_str())];
        let text = render(&header, &sections).map_err(|error| {
            let path = path.clone();
            Box::new(project::ProjectError::NotRendered { path, error })
        })?;
        files.push((path, text));
    }
    Ok(files)
}

/// Replays the history with the new files, and compares its schema with the one before.
fn is_same_schema(history: &History, fixed: &FixedRevision, context: &Context<'_>) -> Result<bool, CommandError> {
    let changed = history.with_files_and_new(std::slice::from_ref(&fixed.file), &fixed.follow_ups)?;
    let end = |history: &History| Schemas::new(history, context)?.at(&history.graph.heads());
    let (before, after) = (end(history)?, end(&changed)?);
    Ok(diff_view::compared(&before, &after, &[]).0.is_empty())
}

/// Writes the new files first: whatever happens then, the files are a valid history.
fn write(fixed: &FixedRevision) -> Result<(), CommandError> {
    for (path, text) in &fixed.follow_ups {
        project::write_new(path, text)?;
    }
    project::write_rebased(std::slice::from_ref(&fixed.file))?;
    Ok(())
}
