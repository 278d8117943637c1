//! `lint --fix`: rewrites what has one right answer, after it has been proved to end in the same schema.

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
use crate::diagnostic::Span;
use crate::lint::{LintedRevision, StatementFix, concurrent_drop, fix};
use crate::project::{self, History, RebasedFile};
use crate::revision::{HeaderKey, Revision, Section, render};

/// What was rewritten, and what was not.
#[derive(Default)]
pub(super) struct FixReport {
    pub(super) lines: Vec<String>,
    pub(super) documents: Vec<Value>,
}

/// A fixed revision.
struct FixedRevision {
    file: RebasedFile,
    /// Path and text of the revision behind it.
    follow_up: Option<(PathBuf, String)>,
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
        let Some(fixed) = of_section.filter_map(|finding| one(history, section, finding, server)).next() else {
            continue;
        };
        let fixed = fixed?;
        let path = fixed.file.path.display().to_string();
        if !is_same_schema(history, &fixed, context)? {
            report.lines.push(format!("not fixed: {path}: the schema would be another one"));
            continue;
        }
        write(&fixed)?;
        let follow_up = fixed.follow_up.as_ref().map(|(path, _)| path.display().to_string());
        let behind = follow_up.as_ref().map(|path| format!(", and {path} behind it")).unwrap_or_default();
        report.lines.push(format!("fixed: {path}{behind}"));
        report.documents.push(json!({ "path": path, "new": follow_up }));
        // The graph has changed with a new revision: the next run sees the rest.
        if follow_up.is_some() {
            break;
        }
    }
    Ok(report)
}

/// Returns the fixed revision of a finding; `None` if it has no fix.
fn one(
    history: &History,
    section: &LintedSection,
    finding: &ShownFinding,
    server: &DdlServer,
) -> Option<Result<FixedRevision, CommandError>> {
    let finding = &finding.finding;
    let id = &section.text.id;
    let revision = history.read(id).ok()?;
    if revision.header.template || history.service.layout == crate::config::Layout::Pairs {
        return None;
    }
    let parsed = LintedRevision::parse(id.clone(), &section.text.text, true, server).ok()?;
    let is_of = |span: Span| span.start <= finding.span.start && finding.span.end <= span.end;
    let statement = parsed.statements.iter().find(|statement| is_of(statement.span))?;
    let fix = fix(&finding.rule, &finding.safe, statement)?;
    // A statement outside a transaction has to be alone, and the revision behind it must be the next one.
    let is_possible = if fix.outside_transaction {
        parsed.statements.len() == 1
    } else {
        history.graph.children(id.as_str()).is_empty() && revision.header.transaction
    };
    if !is_possible {
        return None;
    }
    let span = section.locate(statement.span).span;
    let after = rewritten(&revision, span, &fix, server)?;
    let path = history.entry(id).ok()?.path.clone();
    let file = RebasedFile { revision: id.clone(), path, before: revision.text.clone(), after };
    Some(follow_up(history, &revision, &fix).map(|follow_up| FixedRevision { file, follow_up }))
}

/// Returns the text of the file with the statement, and with `transaction: false` where it needs that.
fn rewritten(revision: &Revision, span: Span, fix: &StatementFix, server: &DdlServer) -> Option<String> {
    let mut edits = vec![(span, fix.sql.clone())];
    if fix.outside_transaction {
        match Revision::place_of(&revision.text, HeaderKey::Transaction) {
            Some(line) => edits.push((line, "-- transaction: false".to_owned())),
            None => {
                let line = Revision::place_of(&revision.text, HeaderKey::Revision)?;
                edits.push((Span::new(line.end, line.end), "\n-- transaction: false".to_owned()));
            }
        }
        edits.extend(dropped_index(revision, server));
    }
    edits.sort_by_key(|(span, _)| std::cmp::Reverse(span.start));
    let mut text = revision.text.clone();
    for (span, new) in edits {
        text.replace_range(span.range(), &new);
    }
    Revision::parse(&text).ok().filter(|read| read.header.revision == revision.header.revision).map(|_| text)
}

/// A downgrade that only drops the index drops it CONCURRENTLY too.
fn dropped_index(revision: &Revision, server: &DdlServer) -> Option<(Span, String)> {
    let body = revision.downgrade?;
    let parsed = LintedRevision::parse(revision.header.revision.clone(), body.of(&revision.text), true, server).ok()?;
    let [statement] = parsed.statements.as_slice() else { return None };
    Some((statement.span.shifted(body.start), concurrent_drop(statement)?))
}

fn follow_up(
    history: &History,
    revision: &Revision,
    fix: &StatementFix,
) -> Result<Option<(PathBuf, String)>, CommandError> {
    let Some(statement) = &fix.follow_up else { return Ok(None) };
    let message = revision.header.message.as_deref().unwrap_or("constraint");
    let mut header = new_file::header(new_file::random_id()?, &format!("Validate: {message}"));
    header.down_revisions = vec![revision.header.revision.clone()];
    let path = project::path_of_new(history, &header)?;
    let sections = [(Section::Upgrade, format!("{statement};\n")), (Section::Downgrade, String::new())];
    let sections = sections.each_ref().map(|(section, body)| (*section, body.as_str()));
    let text = render(&header, &sections).map_err(|error| {
        let path = path.clone();
        Box::new(project::ProjectError::NotRendered { path, error })
    })?;
    Ok(Some((path, text)))
}

/// Replays the history with the new files, and compares its schema with the one before.
fn is_same_schema(history: &History, fixed: &FixedRevision, context: &Context<'_>) -> Result<bool, CommandError> {
    let changed = history.with_files_and_new(std::slice::from_ref(&fixed.file), fixed.follow_up.as_slice())?;
    let end = |history: &History| Schemas::of(history, context)?.at(&history.graph.heads());
    let (before, after) = (end(history)?, end(&changed)?);
    Ok(diff_view::compared(&before, &after, &[]).0.is_empty())
}

/// Writes the new file first: whatever happens then, the files are a valid history.
fn write(fixed: &FixedRevision) -> Result<(), CommandError> {
    if let Some((path, text)) = &fixed.follow_up {
        project::write_new(path, text)?;
    }
    project::write_rebased(std::slice::from_ref(&fixed.file))?;
    Ok(())
}
