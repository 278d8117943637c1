//! Content of a squash from the texts of the replaced revisions.

use super::SquashContent;
use crate::cli::context::Context;
use crate::cli::report::CommandError;
use crate::error_code::ErrorCode;
use crate::graph::SquashPlan;
use crate::id::RevisionId;
use crate::project::History;
use crate::revision::{Revision, Section};
use crate::sql::{self, Dialect, StatementKind};

/// Joins the sections of the replaced revisions: upgrades in order, downgrades in reverse. What has to hold before the
/// first one and after the last one has to hold before and after the new one.
pub fn content(history: &History, plan: &SquashPlan, context: &Context<'_>) -> Result<SquashContent, CommandError> {
    let revisions: Vec<Revision> = plan.replaced.iter().map(|id| history.read(id)).collect::<Result<_, _>>()?;
    let dialect = context.dialect(history)?;
    let transaction = agreed("transaction", &revisions, |revision| revision.header.transaction)?;
    let template = agreed("template", &revisions, |revision| revision.header.template)?;
    let part = |section: Section, revision: &Revision| {
        let body = revision.body(section)?.trim();
        let head = format!("-- {}", revision.header.revision);
        let message = revision.header.message.as_ref().map(|message| format!(": {message}")).unwrap_or_default();
        Some(format!("{head}{message}\n{body}\n"))
    };
    let upgrades: Vec<String> = revisions.iter().filter_map(|revision| part(Section::Upgrade, revision)).collect();
    let mut sections = vec![(Section::Upgrade, joined(&upgrades, template, dialect))];
    let downgrades: Option<Vec<String>> =
        revisions.iter().rev().map(|revision| part(Section::Downgrade, revision)).collect();
    match downgrades {
        Some(downgrades) => sections.push((Section::Downgrade, joined(&downgrades, template, dialect))),
        None => context.warn(&format!(
            "{}: one of the revisions has no downgrade section, so the new one has none",
            history.service.name
        )),
    }
    let edges = [(Section::Require, revisions.first()), (Section::Verify, revisions.last())];
    for (section, revision) in edges {
        let body = revision.and_then(|revision| revision.body(section));
        sections.extend(body.map(|body| (section, format!("{}\n", body.trim()))));
    }
    Ok(SquashContent { transaction, template, sections })
}

/// Returns the setting that all revisions have.
fn agreed(key: &str, revisions: &[Revision], setting: fn(&Revision) -> bool) -> Result<bool, CommandError> {
    let (on, off): (Vec<&Revision>, Vec<&Revision>) = revisions.iter().partition(|revision| setting(revision));
    if on.is_empty() || off.is_empty() {
        return Ok(off.is_empty());
    }
    let ids = |revisions: &[&Revision]| {
        let ids: Vec<&RevisionId> = revisions.iter().map(|revision| &revision.header.revision).collect();
        ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
    };
    let text = format!("the revisions do not agree on `{key}`");
    Err(CommandError::new(ErrorCode::SquashInvalid, text)
        .note(format!("true: {}", ids(&on)))
        .note(format!("false: {}", ids(&off)))
        .hint("squash the parts of the range that agree, or use --by schema"))
}

/// Joins texts, each of which ends its last statement. That of a template is not known.
fn joined(parts: &[String], template: bool, dialect: Dialect) -> String {
    let count = |text: &str| {
        let pieces = sql::split(text, dialect).ok()?;
        Some(pieces.iter().filter(|piece| piece.kind != StatementKind::Nothing).count())
    };
    let mut text = String::new();
    let mut parts = parts.iter().peekable();
    while let Some(part) = parts.next() {
        text.push_str(part);
        let Some(next) = parts.peek() else { break };
        let apart = count(part).zip(count(next)).map(|(one, other)| one + other);
        if !template && apart.is_some() && apart != count(&format!("{part}\n{next}")) {
            text.push_str(";\n");
        }
        text.push('\n');
    }
    text
}
