//! `downgrade`: reverts revisions down to a target.

use clap::Args;

use super::moving::{self, Flags};
use crate::cli::answer::Answer;
use crate::cli::context::Context;
use crate::cli::report::Report;
use crate::graph::Operation;

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  aludel downgrade -1 -s auth\n  aludel downgrade 91be --dry-run\n  aludel downgrade base --all\n  \
    aludel downgrade head:base --sql > downgrade.sql"
)]
pub struct Arguments {
    /// Target: an id, base, -1, LABEL@base, ... (A:B with --sql)
    #[arg(value_name = "TARGET", allow_negative_numbers = true)]
    pub target: String,
    #[command(flatten)]
    pub flags: Flags,
}

pub fn run(arguments: &Arguments, context: &Context<'_>) -> Result<Answer, Report> {
    moving::run(&arguments.target, Operation::Downgrade, &arguments.flags, context)
}
