//! `completions`: what a shell needs to complete our command line.

use clap::Args;
use clap_complete::Shell;
use serde_json::json;

use crate::cli::answer::Answer;
use crate::cli::report::Report;

/// Print a completion script for a shell.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  aludel completions bash > ~/.local/share/bash-completion/completions/aludel\n  aludel completions zsh > ~/.zfunc/_aludel"
)]
pub struct Arguments {
    /// The shell
    pub shell: Shell,
}

pub fn run(arguments: &Arguments) -> Result<Answer, Report> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut crate::cli::command(), "aludel", &mut script);
    let text = String::from_utf8_lossy(&script).into_owned();
    let extra = [("script".to_owned(), json!(text))].into_iter().collect();
    Ok(Answer { text, extra, ..Answer::default() })
}
