//! `import`: another tool's migrations become revision files.

pub mod alembic;

use clap::{Args, Subcommand};

use crate::cli::answer::Answer;
use crate::cli::context::Context;
use crate::cli::report::Report;

/// Make revisions of another tool's migrations.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  aludel import alembic -s auth")]
pub struct Arguments {
    /// The tool
    #[command(subcommand)]
    pub source: Source,
}

/// Where the migrations come from.
#[derive(Debug, Subcommand)]
pub enum Source {
    /// Alembic: the Python revisions of a service, as SQL; proved on scratch databases
    Alembic(alembic::Arguments),
}

pub fn run(arguments: &Arguments, context: &Context<'_>) -> Result<Answer, Report> {
    match &arguments.source {
        Source::Alembic(arguments) => alembic::run(arguments, context),
    }
}
