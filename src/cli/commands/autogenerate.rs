//! `revision --autogenerate`: writes the statements between two schemas as new revisions.

use serde_json::json;

use super::new_file::{self, Content, NewFile};
use super::revision::args::RevisionArgs;
use crate::autogenerate::{self, RevisionDraft, drafts, parse_rename, rename_hints};
use crate::cli::context::Context;
use crate::cli::output::CommandOutput;
use crate::cli::question::{self, Confirmation};
use crate::cli::report::CommandError;
use crate::cli::schemas::Schemas;
use crate::cli::shadow_trial::{ShadowTrial, loaded};
use crate::cli::{diff_view, json as documents, style, text};
use crate::diagnostic::Location;
use crate::error_code::ErrorCode;
use crate::id::RevisionId;
use crate::project::History;
use crate::report::ErrorReport;
use crate::revision::{Header, Section};
use crate::schema::{Rename, Schema, Statement, difference, rename_candidates, script};
use crate::shadow::SqlText;

/// Generates the revisions and writes them; `header` is that of the first one.
pub fn run(
    arguments: &RevisionArgs,
    header: Header,
    history: &History,
    context: &Context<'_>,
) -> Result<CommandOutput, CommandError> {
    let name = &history.service.name;
    let in_service = |report: CommandError| report.of_service(name);
    let schemas = Schemas::new(history, context)?;
    let desired = schemas.desired()?;
    let from_database = arguments.from.as_deref() == Some("database");
    // The desired schema covers all branches, wherever the new revision is placed.
    let rows = history.graph.heads();
    let from = if from_database {
        let mut live = schemas.live()?.schema;
        schemas.without_strangers(&mut live, &desired.schema)?;
        live
    } else {
        schemas.at(&rows)?
    };
    let to = &desired.schema;
    let renames = renames(arguments, &from, to, &desired.texts, context).map_err(in_service)?;
    let options = schemas.options(renames);
    let (changes, unmodelled) = diff_view::compared(&from, to, &options.renames);
    if let Some(line) = diff_view::unmodelled_line(&unmodelled) {
        context.status(&format!("{name}: {line}"));
    }
    let steps = script(&from, to, &options);
    if steps.is_empty() {
        return Ok(nothing(name, &changes, context));
    }
    diff_view::lines(&changes).iter().for_each(|line| context.status(&format!("  {line}")));
    let mut shadow = if from_database { loaded(&schemas, &from)? } else { schemas.shadow(&rows)? };
    if steps.statements().any(Statement::has_placeholder) {
        // Statements with a placeholder cannot be tried, and the ones after them would fail on rows without the missing values:
        // try them without rows.
        shadow.empty(&from).map_err(|error| in_service(error.into()))?;
    }
    let mut trial = ShadowTrial { shadow: &mut shadow, schemas: &schemas };
    let (found, reached) = drafts(&from, to, &steps, &options, &mut trial).map_err(|error| in_service(error.into()))?;
    shadow.close().map_err(|error| in_service(error.into()))?;
    let (left, _) = diff_view::compared(&reached, to, &[]);
    if !left.is_empty() {
        context.warn(&format!("{name}: these statements do not reach the desired schema; change the rest by hand:"));
        diff_view::lines(&left).iter().for_each(|line| context.status(&format!("  {line}")));
    }
    let mut answer = write(arguments, header, history, found, context)?;
    if let Some(document) = answer.services.first_mut() {
        document["changes"] = diff_view::document(&changes);
        document["left"] = diff_view::document(&left);
        document["unmodelled"] = diff_view::unmodelled(&unmodelled);
    }
    Ok(answer)
}

/// Result if there is nothing to generate: no file, exit status 0.
fn nothing(name: &str, changes: &[autogenerate::Summary], context: &Context<'_>) -> CommandOutput {
    if changes.is_empty() {
        context
            .status(&format!("{name}: nothing to do: the revisions produce the desired schema; no file was written"));
    } else {
        context.warn(&format!("{name}: no statement is known for these differences; no file was written"));
        diff_view::lines(changes).iter().for_each(|line| context.status(&format!("  {line}")));
    }
    let document = json!({
        "service": name,
        "revision": null,
        "revisions": [],
        "changes": diff_view::document(changes),
    });
    CommandOutput { services: vec![document], ..CommandOutput::default() }
}

/// Renames declared by flags.
pub fn named_renames(texts: &[String], from: &Schema, to: &Schema) -> Result<Vec<Rename>, CommandError> {
    let named = |text: &String| {
        parse_rename(text, from, to).map_err(|error| CommandError::usage(format!("--rename {text}: {error}")))
    };
    texts.iter().map(named).collect()
}

/// Renames declared by markers in the schema files.
pub fn marked_renames(texts: &[SqlText], from: &Schema, to: &Schema) -> Result<Vec<Rename>, CommandError> {
    let mut renames = Vec::new();
    for text in texts {
        let found = rename_hints(&text.text, to.dialect, from, to).map_err(|error| {
            let location = Location { path: text.path.clone(), text: text.text.clone(), span: error.span };
            ErrorReport::new(ErrorCode::SchemaInvalid, error.to_string())
                .at(&location, "")
                .hint("put it next to or above the column, or above the CREATE, with the old name; or remove it")
        })?;
        renames.extend(found);
    }
    Ok(renames)
}

/// Renames declared by flags and by markers in the schema files. A flag overrides the marker of the same object.
pub fn declared_renames(
    flags: &[String],
    texts: &[SqlText],
    from: &Schema,
    to: &Schema,
) -> Result<Vec<Rename>, CommandError> {
    let mut renames = named_renames(flags, from, to)?;
    for marked in marked_renames(texts, from, to)? {
        if !renames.iter().any(|rename| rename.from == marked.from) {
            renames.push(marked);
        }
    }
    Ok(renames)
}

/// Renames declared by flags and by markers in the schema files, and those that the user confirms at the terminal.
fn renames(
    arguments: &RevisionArgs,
    from: &Schema,
    to: &Schema,
    texts: &[SqlText],
    context: &Context<'_>,
) -> Result<Vec<Rename>, CommandError> {
    let mut renames = declared_renames(&arguments.rename, texts, from, to)?;
    let found = rename_candidates(&difference(from, to), from, to);
    let said = |rename: &Rename, renames: &[Rename]| {
        renames.iter().any(|known| known.from == rename.from || known.new_key() == rename.new_key())
    };
    for rename in found {
        if said(&rename, &renames) {
            continue;
        }
        let question =
            format!("{} {} is gone and {} is new: is this a rename?", rename.from.kind.words(), rename.from, rename.to);
        // --yes confirms an action; it cannot answer a question of fact.
        let reply = if context.global.yes { Confirmation::NotAsked } else { question::ask(&question, context) };
        match reply {
            Confirmation::Yes => renames.push(rename),
            Confirmation::No => {}
            Confirmation::NotAsked => context.warn(&format!(
                "{} {} is dropped and {} added; if that is a rename: --rename {}={}, or `-- renamed from: {}` in the schema file",
                rename.from.kind.words(),
                rename.from,
                rename.to,
                rename.from,
                rename.to,
                rename.from.name
            )),
        }
    }
    Ok(renames)
}

/// Writes one file per draft; each revision follows the one before.
fn write(
    arguments: &RevisionArgs,
    header: Header,
    history: &History,
    drafts: Vec<RevisionDraft>,
    context: &Context<'_>,
) -> Result<CommandOutput, CommandError> {
    let name = &history.service.name;
    let several = drafts.len();
    let message = header.message.clone().unwrap_or_default();
    let mut fresh = History::load(&history.service).map_err(|error| CommandError::from(error).of_service(name))?;
    let mut previous: Option<RevisionId> = None;
    let (mut text, mut written) = (String::new(), Vec::new());
    for (index, draft) in drafts.into_iter().enumerate() {
        let mut own = match &previous {
            None => header.clone(),
            Some(before) => {
                let mut next = new_file::header(new_file::random_id()?, "");
                next.down_revisions = vec![before.clone()];
                next
            }
        };
        if several > 1 {
            own.message = Some(format!("{message} ({} of {several})", index + 1));
        }
        own.transaction = draft.transaction;
        let sections = [(Section::Upgrade, draft.upgrade.as_str()), (Section::Downgrade, draft.downgrade.as_str())];
        let folder = arguments.version_path.as_deref();
        let id = own.revision.clone();
        let file = NewFile { history: &fresh, header: own, content: Content::Sections(&sections), folder };
        text += &new_file::write(&file, context)?.text;
        for placeholder in &draft.placeholders {
            context.warn(&format!("{id}: fill in before it can run: {placeholder}"));
        }
        for loss in &draft.losses {
            context.warn(&format!("{id}: {} {loss}", style::bad("loses")));
        }
        previous = Some(id.clone());
        written.push(id);
        fresh = History::load(&history.service).map_err(|error| CommandError::from(error).of_service(name))?;
    }
    let files = text::count(written.len(), "revision");
    context.status(&format!("{name}: {files} written; review before running"));
    let revisions = documents::revisions(&fresh, &written);
    let document = json!({ "service": name, "revision": revisions.first(), "revisions": revisions });
    Ok(CommandOutput { text, services: vec![document], ..CommandOutput::default() })
}
