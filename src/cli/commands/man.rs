//! `man`: prints the manual pages, generated from the same texts as `--help`.

use std::path::{Path, PathBuf};

use clap::Args;
use clap_mangen::Man;
use serde_json::json;

use crate::cli::output::CommandOutput;
use crate::cli::report::CommandError;
use crate::project;

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  aludel man | man -l -\n  aludel man ~/.local/share/man/man1")]
pub struct ManArgs {
    /// Folder for aludel.1, aludel-upgrade.1 and so on (created if it is missing); without it, aludel.1 is printed
    #[arg(value_name = "DIR")]
    pub folder: Option<PathBuf>,
}

pub fn run(arguments: &ManArgs) -> Result<CommandOutput, CommandError> {
    let mut command = crate::cli::command();
    command.build();
    match &arguments.folder {
        None => Ok(CommandOutput { text: page(&command), is_script: true, ..CommandOutput::default() }),
        Some(folder) => write_all(&command, folder),
    }
}

fn page(command: &clap::Command) -> String {
    let mut text = Vec::new();
    // Writing to a vector cannot fail.
    let _ = Man::new(command.clone()).render(&mut text);
    String::from_utf8_lossy(&text).into_owned()
}

fn write_all(command: &clap::Command, folder: &Path) -> Result<CommandOutput, CommandError> {
    project::make_folder(folder)?;
    let mut answer = CommandOutput::default();
    let mut written = Vec::new();
    let subcommands = command.get_subcommands().filter(|subcommand| subcommand.get_name() != "help");
    for command in std::iter::once(command).chain(subcommands) {
        let name = command.get_display_name().unwrap_or_else(|| command.get_name()).to_owned();
        let path = folder.join(format!("{name}.1"));
        project::write_over(&path, &page(command))?;
        answer.text += &format!("{}\n", path.display());
        written.push(json!(path.display().to_string()));
    }
    answer.extra.insert("pages".to_owned(), json!(written));
    Ok(answer)
}
