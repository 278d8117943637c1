//! `edit`: opens a revision file in the user's editor.

use std::path::Path;
use std::process::Command;

use clap::Args;
use serde_json::json;

use super::new_file;
use crate::cli::context::Context;
use crate::cli::output::CommandOutput;
use crate::cli::report::CommandError;
use crate::cli::{json as documents, text};
use crate::error_code::ErrorCode;

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  aludel edit head -s auth\n  EDITOR=\"code --wait\" aludel edit 3f2a")]
pub struct EditArgs {
    /// Revision: an id or the start of one, a label, head, head-1, current
    #[arg(value_name = "REVISION", allow_hyphen_values = true)]
    pub revision: String,
}

pub fn run(arguments: &EditArgs, context: &Context<'_>) -> Result<CommandOutput, CommandError> {
    let mut found = context.find(&arguments.revision)?;
    let (Some((history, id)), true) = (found.pop(), found.is_empty()) else {
        return Err(CommandError::usage("several services have this revision").hint("name the service with -s NAME"));
    };
    let path = text::entry(&history, &id).map(|entry| entry.path.clone()).unwrap_or_default();
    open_editor(&path)?;
    let fresh = crate::project::History::load(&history.service);
    let fresh = fresh.map_err(|error| CommandError::from(error).of_service(&history.service.name))?;
    if fresh.graph.index_of(id.as_str()).is_some() {
        new_file::read(&fresh, &id)?;
    }
    let document = documents::revision(&fresh, &id);
    Ok(CommandOutput {
        text: format!("{}\n", path.display()),
        services: vec![json!({ "service": history.service.name, "revision": document })],
        ..CommandOutput::default()
    })
}

fn open_editor(path: &Path) -> Result<(), CommandError> {
    let editor = ["VISUAL", "EDITOR"]
        .iter()
        .filter_map(|name| crate::cli::surroundings::environment(name))
        .find(|value| !value.trim().is_empty());
    let Some(editor) = editor else {
        return Err(CommandError::new(ErrorCode::NoEditor, "neither VISUAL nor EDITOR is set")
            .note(format!("the file is {}", path.display()))
            .hint("EDITOR=vi aludel edit REVISION"));
    };
    let mut words = editor.split_whitespace();
    let program = words.next().unwrap_or_default();
    let failed = |why: String| CommandError::new(ErrorCode::EditorFailed, format!("the editor \"{editor}\" {why}"));
    let status = Command::new(program)
        .args(words)
        .arg(path)
        .status()
        .map_err(|error| failed(format!("did not start: {error}")))?;
    if status.success() { Ok(()) } else { Err(failed(format!("ended with {status}"))) }
}
