//! `upgrade`: up to a target.

use clap::Args;

use super::moving::{self, Flags};
use crate::cli::answer::Answer;
use crate::cli::context::Context;
use crate::cli::report::Report;
use crate::graph::Operation;

/// Move the database up to a target: runs what is missing, in order, each revision in its own transaction.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  aludel upgrade head --all\n  aludel upgrade +1 -s auth\n  aludel upgrade billing@head --dry-run\n  \
    aludel upgrade head --sql > upgrade.sql        the script for a new database\n  \
    aludel upgrade 91be55c20c11:head --sql         the script from a revision on"
)]
pub struct Arguments {
    /// Where to: an id, head, heads, LABEL@head, +1, ... (A:B with --sql)
    #[arg(value_name = "TARGET", allow_negative_numbers = true)]
    pub target: String,
    /// How
    #[command(flatten)]
    pub flags: Flags,
}

pub fn run(arguments: &Arguments, context: &Context<'_>) -> Result<Answer, Report> {
    moving::run(&arguments.target, Operation::Upgrade, &arguments.flags, context)
}
