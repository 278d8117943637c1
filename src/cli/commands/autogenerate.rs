//! `revision --autogenerate`: writes the statements between two schemas as new revisions.

use serde_json::json;

use super::new_file::{self, Content, NewFile};
use super::revision::Arguments;
use crate::autogenerate::{self, Draft, drafts, parse_rename, rename_hints};
use crate::cli::answer::Answer;
use crate::cli::context::Context;
use crate::cli::question::{self, Reply};
use crate::cli::report::Report;
use crate::cli::schemas::Schemas;
use crate::cli::trying::{ShadowTrial, loaded};
use crate::cli::{differing, json as documents, style, words};
use crate::diagnostic::Location;
use crate::id::RevisionId;
use crate::project::History;
use crate::proof::SqlText;
use crate::revision::{Header, Section};
use crate::schema::{Rename, Schema, Statement, difference, lookalikes, script};

/// Generates the revisions and writes them; `header` is that of the first one.
pub fn run(arguments: &Arguments, header: Header, history: &History, context: &Context<'_>) -> Result<Answer, Report> {
    let name = &history.service.name;
    let in_service = |report: Report| report.of_service(name);
    let schemas = Schemas::of(history, context)?;
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
    let (changes, unmodelled) = differing::compared(&from, to, &options.renames);
    if let Some(line) = differing::unmodelled_line(&unmodelled) {
        context.status(&format!("{name}: {line}"));
    }
    let steps = script(&from, to, &options);
    if steps.is_empty() {
        return Ok(nothing(name, &changes, context));
    }
    differing::lines(&changes).iter().for_each(|line| context.status(&format!("  {line}")));
    let mut shadow = if from_database { loaded(&schemas, &from)? } else { schemas.shadow(&rows)? };
    if steps.statements().any(Statement::has_gap) {
        // Statements with a gap cannot be tried, and the ones after them would fail on rows without the missing values:
        // try them without rows.
        shadow.empty(&from).map_err(|error| in_service(error.into()))?;
    }
    let mut trial = ShadowTrial { shadow: &mut shadow, schemas: &schemas };
    let (found, reached) = drafts(&from, to, &steps, &options, &mut trial).map_err(|error| in_service(error.into()))?;
    shadow.close().map_err(|error| in_service(error.into()))?;
    let (left, _) = differing::compared(&reached, to, &[]);
    if !left.is_empty() {
        context.warn(&format!(
            "{name}: after these statements the schema is not yet the desired one; still to do by hand:"
        ));
        differing::lines(&left).iter().for_each(|line| context.status(&format!("  {line}")));
    }
    let mut answer = write(arguments, header, history, found, context)?;
    if let Some(document) = answer.services.first_mut() {
        document["changes"] = differing::document(&changes);
        document["left"] = differing::document(&left);
        document["unmodelled"] = differing::unmodelled(&unmodelled);
    }
    Ok(answer)
}

/// Result if there is nothing to generate: no file, exit status 0.
fn nothing(name: &str, changes: &[autogenerate::Summary], context: &Context<'_>) -> Answer {
    if changes.is_empty() {
        context.status(&format!("{name}: nothing to do, the history makes the desired schema; no file was written"));
    } else {
        context.warn(&format!(
            "{name}: these differ, and no statement is known that would change them; no file was written"
        ));
        differing::lines(changes).iter().for_each(|line| context.status(&format!("  {line}")));
    }
    let document = json!({
        "service": name,
        "revision": null,
        "revisions": [],
        "changes": differing::document(changes),
    });
    Answer { services: vec![document], ..Answer::default() }
}

/// Renames declared by flags.
pub fn named_renames(texts: &[String], from: &Schema, to: &Schema) -> Result<Vec<Rename>, Report> {
    let named = |text: &String| {
        parse_rename(text, from, to).map_err(|error| Report::usage(format!("--rename {text}: {error}")))
    };
    texts.iter().map(named).collect()
}

/// Renames declared by markers in the schema files.
pub fn marked_renames(texts: &[SqlText], from: &Schema, to: &Schema) -> Result<Vec<Rename>, Report> {
    let mut renames = Vec::new();
    for text in texts {
        let found = rename_hints(&text.text, to.dialect, from, to).map_err(|error| {
            let location = Location { path: text.path.clone(), text: text.text.clone(), span: error.span };
            Report::new("schema-invalid", error.to_string())
                .at(location, "")
                .hint("put it beside or above the column, or above the CREATE, with the old name; or take it out")
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
) -> Result<Vec<Rename>, Report> {
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
    arguments: &Arguments,
    from: &Schema,
    to: &Schema,
    texts: &[SqlText],
    context: &Context<'_>,
) -> Result<Vec<Rename>, Report> {
    let mut renames = declared_renames(&arguments.rename, texts, from, to)?;
    let found = lookalikes(&difference(from, to), from, to);
    let said = |rename: &Rename, renames: &[Rename]| {
        renames.iter().any(|known| known.from == rename.from || known.new_key() == rename.new_key())
    };
    for rename in found {
        if said(&rename, &renames) {
            continue;
        }
        let question =
            format!("{} {} is gone and {} is new: is that a rename?", rename.from.kind.words(), rename.from, rename.to);
        // --yes confirms an action; it cannot answer a question of fact.
        let reply = if context.global.yes { Reply::Nobody } else { question::ask(&question, context) };
        match reply {
            Reply::Yes => renames.push(rename),
            Reply::No => {}
            Reply::Nobody => context.warn(&format!(
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
    arguments: &Arguments,
    header: Header,
    history: &History,
    drafts: Vec<Draft>,
    context: &Context<'_>,
) -> Result<Answer, Report> {
    let name = &history.service.name;
    let several = drafts.len();
    let message = header.message.clone().unwrap_or_default();
    let mut fresh = History::load(&history.service).map_err(|error| Report::from(error).of_service(name))?;
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
        for gap in &draft.gaps {
            context.warn(&format!("{id}: to be filled in before it can run: {gap}"));
        }
        for loss in &draft.losses {
            context.warn(&format!("{id}: {} {loss}", style::bad("loses")));
        }
        previous = Some(id.clone());
        written.push(id);
        fresh = History::load(&history.service).map_err(|error| Report::from(error).of_service(name))?;
    }
    let files = words::count(written.len(), "revision");
    context.status(&format!("{name}: {files} written; read before you run"));
    let revisions = documents::revisions(&fresh, &written);
    let document = json!({ "service": name, "revision": revisions.first(), "revisions": revisions });
    Ok(Answer { text, services: vec![document], ..Answer::default() })
}
