//! `downgrade`: reverts revisions down to a target.

use clap::Args;

use super::run_plan::{self, RunFlags};
use crate::cli::context::Context;
use crate::cli::output::CommandOutput;
use crate::cli::report::CommandError;
use crate::graph::Operation;

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  aludel downgrade -1 -s auth\n  aludel downgrade 91be --dry-run\n  aludel downgrade base --all\n  \
    aludel downgrade head:base --sql > downgrade.sql"
)]
pub struct DowngradeArgs {
    /// Target: an id, base, -1, LABEL@base, ... (A:B with --sql)
    #[arg(value_name = "TARGET", allow_negative_numbers = true)]
    pub target: String,
    #[command(flatten)]
    pub flags: RunFlags,
}

pub fn run(arguments: &DowngradeArgs, context: &Context<'_>) -> Result<CommandOutput, CommandError> {
    run_plan::run(&arguments.target, Operation::Downgrade, &arguments.flags, context)
}
