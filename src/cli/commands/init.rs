//! `init`: a new project to start from.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;

use crate::cli::answer::Answer;
use crate::cli::context::{Context, environment};
use crate::cli::json as documents;
use crate::cli::report::Report;
use crate::config::Config;
use crate::project::{self, Flags};

/// Make a new project: a config file and a folder for revisions. Nothing that is there is overwritten.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  aludel init\n  aludel init services/billing\n  aludel init --template multi   several services in one file"
)]
pub struct Arguments {
    /// Where (made if it is not there)
    #[arg(value_name = "DIR", default_value = ".")]
    pub directory: PathBuf,
    /// What to start from; `aludel list-templates` lists the names
    #[arg(long, value_name = "NAME", default_value = "single")]
    pub template: String,
}

pub fn run(arguments: &Arguments, context: &Context<'_>) -> Result<Answer, Report> {
    let made = project::init(&arguments.directory, &arguments.template)?;
    let made: Vec<_> = made.iter().map(|path| short(path)).collect();
    let flags = Flags { config: Some(arguments.directory.join("aludel.yaml")), ..Flags::default() };
    let config = project::open(&flags, &environment)?;
    let mut lines: Vec<_> = made.iter().map(|path| path.display().to_string()).collect();
    if !context.global.quiet {
        lines.extend(next(&arguments.directory, &config));
    }
    let text = lines.iter().map(|line| format!("{line}\n")).collect();
    let paths: Vec<_> = made.iter().map(|path| path.display()).collect();
    let extra = [("made".to_owned(), json!(documents::strings(&paths)))].into_iter().collect();
    Ok(Answer { text, extra, ..Answer::default() })
}

/// Without the `./` of the default.
fn short(path: &Path) -> PathBuf {
    path.strip_prefix(".").unwrap_or(path).to_owned()
}

/// What to type next.
fn next(folder: &Path, config: &Config) -> Vec<String> {
    let mut lines = vec![String::new(), "Next:".to_owned()];
    if folder != Path::new(".") {
        lines.push(format!("  cd {}", folder.display()));
    }
    let service = match config.services.as_slice() {
        [first, _, ..] => format!(" -s {}", first.name),
        _ => String::new(),
    };
    lines.push("  set the database URL in aludel.yaml; without one it is an SQLite file beside it".to_owned());
    lines.push(format!("  aludel revision -m \"Create users\" --template add-table{service}"));
    lines.push("  fill in the file that it names".to_owned());
    lines.push(format!("  aludel upgrade head{service}"));
    lines
}
