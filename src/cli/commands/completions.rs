//! `completions`: prints the script by which a shell completes the command line.

use clap::{Args, ValueEnum};
use clap_complete::env::Shells;
use serde_json::json;

use crate::cli::output::CommandOutput;
use crate::cli::report::CommandError;

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  aludel completions bash > ~/.local/share/bash-completion/completions/aludel\n  aludel completions zsh > ~/.zfunc/_aludel\n  aludel completions fish > ~/.config/fish/completions/aludel.fish\n  aludel completions powershell >> $PROFILE"
)]
pub struct CompletionsArgs {
    /// Shell to print the script for
    pub shell: Shell,
}

/// Shells for which there is a script.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Shell {
    /// Bash
    Bash,
    /// Elvish
    Elvish,
    /// Fish
    Fish,
    /// PowerShell
    Powershell,
    /// Zsh
    Zsh,
}

impl Shell {
    const fn name(self) -> &'static str {
        match self {
            Self::Bash => "bash",
            Self::Elvish => "elvish",
            Self::Fish => "fish",
            Self::Powershell => "powershell",
            Self::Zsh => "zsh",
        }
    }
}

/// Environment variable by which the script requests a completion; its value is the shell.
pub const VARIABLE: &str = "ALUDEL_COMPLETE";

pub fn run(arguments: &CompletionsArgs) -> Result<CommandOutput, CommandError> {
    let mut script = Vec::new();
    let name = arguments.shell.name();
    let written = Shells::builtins()
        .completer(name)
        .map(|shell| shell.write_registration(VARIABLE, "aludel", "aludel", "aludel", &mut script));
    if !matches!(written, Some(Ok(()))) {
        return Err(CommandError::usage(format!("there is no completion script for {name}")));
    }
    let text = String::from_utf8_lossy(&script).into_owned();
    let extra = [("script".to_owned(), json!(text))].into_iter().collect();
    Ok(CommandOutput { text, extra, is_script: true, ..CommandOutput::default() })
}
