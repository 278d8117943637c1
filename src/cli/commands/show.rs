//! `show`: prints a revision with its SQL.

use clap::Args;
use serde_json::json;

use crate::cli::context::Context;
use crate::cli::objects;
use crate::cli::output::CommandOutput;
use crate::cli::report::CommandError;
use crate::cli::{diff_view, json as documents, style, text};
use crate::id::RevisionId;
use crate::project::History;
use crate::revision::{Revision, Section};

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  aludel show head -s auth\n  aludel show 3f2a\n  aludel show head-1 --json\n  \
    aludel show head --schema      # with what it changes in the schema")]
pub struct ShowArgs {
    /// Revision: an id or the start of one, a label, head, head-1, current
    #[arg(value_name = "REVISION", allow_hyphen_values = true)]
    pub revision: String,
    /// Show also what it changes in the schema, as `diff` does; the history is replayed in a shadow database
    #[arg(long)]
    pub schema: bool,
}

pub fn run(arguments: &ShowArgs, context: &Context<'_>) -> Result<CommandOutput, CommandError> {
    let found = context.find(&arguments.revision)?;
    let mut answer = CommandOutput::default();
    for (history, id) in &found {
        let revision =
            history.read(id).map_err(|error| CommandError::from(*error).of_service(&history.service.name))?;
        let mut lines = lines(history, id, &revision);
        let mut document = documents::revision(history, id);
        if arguments.schema {
            let effect = effect(history, id, context)?;
            lines.push(format!("\n{}", style::bold("schema")));
            lines.extend(effect.lines);
            document["schema"] = effect.document;
        }
        answer.text += &text::section(found.len() > 1, &history.service.name, lines);
        let section = |span: Option<crate::diagnostic::Span>| span.map(|span| span.slice(&revision.text));
        document["require"] = json!(section(revision.require));
        document["upgrade"] = json!(section(revision.upgrade));
        document["downgrade"] = json!(section(revision.downgrade));
        document["verify"] = json!(section(revision.verify));
        answer.services.push(json!({ "service": history.service.name, "revision": document }));
    }
    Ok(answer)
}

/// Changes of a revision in the schema.
struct RevisionEffect {
    lines: Vec<String>,
    document: serde_json::Value,
}

fn effect(history: &History, id: &RevisionId, context: &Context<'_>) -> Result<RevisionEffect, CommandError> {
    let objects = objects::object_history(history, context)?;
    let (changes, _) = match objects.effect_of(id, context.dialect(history)?) {
        Some((before, after, renames)) => diff_view::compared(&before, &after, &renames),
        None => Default::default(),
    };
    let lines = match changes.as_slice() {
        [] => vec![style::faint("no change")],
        changes => diff_view::lines(changes),
    };
    Ok(RevisionEffect { lines, document: diff_view::document(&changes) })
}

fn lines(history: &History, id: &RevisionId, revision: &Revision) -> Vec<String> {
    let mut lines = vec![text::line(history, id, &[])];
    let Some(entry) = text::entry(history, id) else { return lines };
    let header = &entry.header;
    let mut fact = |name: &str, value: String| {
        if !value.is_empty() {
            lines.push(style::faint(&format!("{name:<15} {value}")));
        }
    };
    fact("file", entry.path.display().to_string());
    fact("created", header.created.clone().unwrap_or_default());
    fact(
        "down revision",
        if header.down_revisions.is_empty() {
            "none: a base".to_owned()
        } else {
            documents::strings(&header.down_revisions).join(", ")
        },
    );
    fact("followed by", documents::strings(&history.graph.children(id.as_str())).join(", "));
    fact("needs", documents::strings(&header.depends_on).join(", "));
    fact("replaces", documents::strings(history.replaces(id)).join(", "));
    fact("replaced by", history.replaced_by(id).map(ToString::to_string).unwrap_or_default());
    fact("branches", history.graph.labels_covering(id.as_str()).join(", "));
    fact("transaction", if header.transaction { String::new() } else { "none: statement by statement".to_owned() });
    for section in Section::ALL {
        if let Some(body) = revision.body(section) {
            lines.push(String::new());
            lines.push(style::bold(section.marker()));
            lines.extend(body.trim().lines().map(str::to_owned));
        }
    }
    lines
}
