//! `revision --derive-downgrade`: generates the downgrade of a revision from the schemas before and after it.

use std::path::Path;

use serde_json::json;

use super::new_file;
use crate::autogenerate::{Trial, part_text, renames_done, tried_way_back};
use crate::cli::context::Context;
use crate::cli::output::CommandOutput;
use crate::cli::report::CommandError;
use crate::cli::schemas::Schemas;
use crate::cli::shadow_trial::ShadowTrial;
use crate::cli::{json as documents, text};
use crate::diagnostic::position;
use crate::error_code::ErrorCode;
use crate::id::RevisionId;
use crate::project::{self, History, ProjectError};
use crate::revision::{RenderError, Revision, Section, render};
use crate::schema::Statement;
use crate::shadow::ProofError;
use crate::sql::{self, Dialect, StatementKind};

/// Fills the downgrade section of a revision whose section is empty or missing.
pub fn run(symbol: &str, context: &Context<'_>) -> Result<CommandOutput, CommandError> {
    let history = context.for_one(&[symbol])?;
    let name = &history.service.name;
    let in_service = |report: CommandError| report.of_service(name);
    let id = history.graph.resolve(symbol, None).map_err(|error| in_service(error.into()))?;
    let revision = new_file::read(&history, &id)?;
    let has_one = revision.body(Section::Downgrade).is_some_and(|body| !is_blank(body, context.dialect(&history).ok()));
    if has_one {
        return Err(in_service(
            CommandError::new(ErrorCode::DowngradeExists, format!("revision {id} has a downgrade section already"))
                .of_revision(&id)
                .note("the file was not changed")
                .hint("empty the section to derive it again"),
        ));
    }
    let body = derived(&history, &id, &revision, context)?;
    let path = text::entry(&history, &id).map(|entry| entry.path.clone()).unwrap_or_default();
    let written = revision.as_written().unwrap_or_else(|_| revision.clone());
    let text = filled(&written, &body)
        .map_err(|error| in_service(ProjectError::NotRendered { path: path.clone(), error }.into()))?;
    project::replace(&path, &written.text, &text).map_err(|error| in_service(error.into()))?;
    for warning in project::run_hooks(&history.service, &path) {
        context.warn(&warning.to_string());
    }
    context.status(&format!("{name}: {} has its downgrade section; review before running", path.display()));
    let document = documents::revision(&history, &id);
    let services = vec![json!({ "service": name, "revision": document, "downgrade": body })];
    Ok(CommandOutput { text: body, services, is_script: true, ..CommandOutput::default() })
}

fn is_blank(body: &str, dialect: Option<Dialect>) -> bool {
    let Ok(pieces) = sql::split(body, dialect.unwrap_or_default()) else { return false };
    pieces.iter().all(|piece| piece.kind == StatementKind::Nothing)
}

fn derived(
    history: &History,
    id: &RevisionId,
    revision: &Revision,
    context: &Context<'_>,
) -> Result<String, CommandError> {
    let schemas = Schemas::new(history, context)?;
    let (before, after) = (schemas.at(&needs(history, id))?, schemas.at(std::slice::from_ref(id))?);
    let upgrade = revision.body(Section::Upgrade).unwrap_or_default();
    let renames = renames_done(upgrade, after.dialect, &before, &after);
    let failed = |error: ProofError| CommandError::from(error).of_service(&history.service.name);
    let mut shadow = schemas.shadow(std::slice::from_ref(id))?;
    let mut trial = ShadowTrial { shadow: &mut shadow, schemas: &schemas };
    trial.delete_rows(&after).map_err(failed)?;
    let options = schemas.options(renames);
    let back =
        tried_way_back(&before, &after, &options, revision.header.transaction, Some(&mut trial)).map_err(failed)?;
    shadow.close().map_err(failed)?;
    for placeholder in
        back.script.statements().filter(|statement| statement.is_refused()).flat_map(Statement::placeholders)
    {
        context.warn(&format!("{id}: fill in before it can run: {placeholder}"));
    }
    let parts: Vec<_> = back.script.parts.iter().map(|part| part_text(part, after.dialect)).collect();
    let rows = rows_changed(revision, after.dialect);
    let note = match rows.as_slice() {
        [] => String::new(),
        lines => format!("-- NOT BROUGHT BACK: what the upgrade does to rows (line {})\n", lines.join(", ")),
    };
    let body = format!("{note}{}{}", back.left, parts.join("\n"));
    Ok(if body.is_empty() { "-- the upgrade changes no schema\n".to_owned() } else { body })
}

/// Revisions that are applied before this one: its down revisions and its dependencies.
fn needs(history: &History, id: &RevisionId) -> Vec<RevisionId> {
    let Some(node) = history.graph.get(id.as_str()) else { return Vec::new() };
    let depends = node.depends_on.iter().filter_map(|symbol| history.graph.resolve(symbol, None).ok());
    node.down_revisions.iter().cloned().chain(depends).collect()
}

/// Lines at which statements begin that write rows.
fn rows_changed(revision: &Revision, dialect: Dialect) -> Vec<String> {
    let Some(span) = revision.upgrade else { return Vec::new() };
    let text = span.slice(&revision.text);
    let Ok(pieces) = sql::split(text, dialect) else { return Vec::new() };
    let writes = |piece: &&sql::Piece| match piece.kind {
        StatementKind::CopyFromStdin { .. } => true,
        StatementKind::Rows => {
            let words: Vec<_> = sql::keywords(piece.sql.slice(text), dialect).collect();
            words.iter().any(|word| matches!(word.as_str(), "INSERT" | "UPDATE" | "DELETE" | "MERGE" | "REPLACE"))
        }
        _ => false,
    };
    let line = |piece: &sql::Piece| {
        // The path of the file itself is known to the reader.
        let location = revision.text.locate(Path::new(""), piece.sql.shifted(span.start));
        let line = position(&location.text, location.span.start).line;
        if location.path.as_os_str().is_empty() {
            line.to_string()
        } else {
            format!("{}:{line}", location.path.display())
        }
    };
    pieces.iter().filter(writes).map(line).collect()
}

/// Returns the file with the section; a missing one is placed after the upgrade section. If a line of the section would
/// be read as a line of the format, the whole file is rendered again with a section prefix.
fn filled(revision: &Revision, body: &str) -> Result<String, RenderError> {
    let text = inserted(revision, body);
    let is_same = |section| {
        let wanted = if section == Section::Downgrade { Some(body) } else { revision.body(section) };
        move |read: &Revision| read.body(section).map(str::trim) == wanted.map(str::trim)
    };
    let reads_back = Revision::parse(&text).is_ok_and(|read| {
        read.header == revision.header && Section::ALL.into_iter().all(|section| is_same(section)(&read))
    });
    if reads_back {
        return Ok(text);
    }
    let sections = Section::ALL.into_iter().filter_map(|section| match section {
        Section::Downgrade => Some((section, body)),
        _ => Some((section, revision.body(section)?)),
    });
    render(&revision.header, &sections.collect::<Vec<_>>())
}

fn inserted(revision: &Revision, body: &str) -> String {
    let text = &revision.text;
    let marker = Section::Downgrade.marker_with(&revision.header.options.section_prefix);
    let (start, end, head) = match (revision.downgrade, revision.upgrade) {
        (Some(span), _) => (span.start, span.end, String::new()),
        (None, Some(span)) => (span.end, span.end, format!("\n{marker}\n")),
        (None, None) => (text.len(), text.len(), format!("\n{marker}\n")),
    };
    let (before, after) = (&text[..start], &text[end..]);
    let before = if before.ends_with('\n') || before.is_empty() { before.to_owned() } else { format!("{before}\n") };
    let before = before.trim_end_matches('\n').to_owned() + "\n";
    let separator = if after.is_empty() { "" } else { "\n" };
    format!("{before}{head}{body}{separator}{after}")
}
