//! `upgrade`: applies revisions up to a target.

use clap::{Args, ValueEnum};

use super::moving::{self, Flags};
use crate::cli::answer::Answer;
use crate::cli::context::Context;
use crate::cli::report::Report;
use crate::graph::Operation;
use crate::revision::Phase;

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
    /// Only as far as this phase of a deploy goes: up to the first revision of a later one on each line
    #[arg(long, value_name = "PHASE", value_enum)]
    pub phase: Option<PhaseName>,
    /// How
    #[command(flatten)]
    pub flags: Flags,
}

/// A phase of a deploy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PhaseName {
    /// What may run before the new code is there
    Expand,
    /// What moves data while old and new code run
    Migrate,
    /// What takes away what only the old code used
    Contract,
}

impl PhaseName {
    /// The phase in the engine's type.
    pub const fn phase(self) -> Phase {
        match self {
            Self::Expand => Phase::Expand,
            Self::Migrate => Phase::Migrate,
            Self::Contract => Phase::Contract,
        }
    }
}

pub fn run(arguments: &Arguments, context: &Context<'_>) -> Result<Answer, Report> {
    let phase = arguments.phase.map(PhaseName::phase);
    let flags = Flags { phase, ..arguments.flags.clone() };
    moving::run(&arguments.target, Operation::Upgrade, &flags, context)
}
