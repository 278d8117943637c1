//! `upgrade`: applies revisions up to a target.

use clap::{Args, ValueEnum};

use super::run_plan::{self, RunFlags};
use crate::cli::context::Context;
use crate::cli::database_creation::CreateDatabase;
use crate::cli::output::CommandOutput;
use crate::cli::report::CommandError;
use crate::graph::Operation;
use crate::revision::Phase;

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  aludel upgrade head --all\n  aludel upgrade +1 -s auth\n  aludel upgrade billing@head --dry-run\n  \
    aludel upgrade head --sql > upgrade.sql        # the script for a new database\n  \
    aludel upgrade 91be55c20c11:head --sql         # the script from a revision on"
)]
pub struct UpgradeArgs {
    /// Target: an id, head, heads, LABEL@head, +1, ... (A:B with --sql)
    #[arg(value_name = "TARGET", allow_negative_numbers = true)]
    pub target: String,
    /// Stop before the first revision that belongs to a later deploy phase
    #[arg(long, value_name = "PHASE", value_enum)]
    pub phase: Option<PhaseName>,
    #[command(flatten)]
    pub creation: CreateDatabase,
    #[command(flatten)]
    pub flags: RunFlags,
}

/// Phase of a deploy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PhaseName {
    /// Changes that may run before the new code is deployed
    Expand,
    /// Data migrations that run while old and new code are in use
    Migrate,
    /// Removal of what only the old code used
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

pub fn run(arguments: &UpgradeArgs, context: &Context<'_>) -> Result<CommandOutput, CommandError> {
    let phase = arguments.phase.map(PhaseName::phase);
    let flags = RunFlags { phase, ..arguments.flags.clone() };
    arguments.creation.refuse_preview(flags.looking.sql || flags.looking.dry_run)?;
    run_plan::run(&arguments.target, Operation::Upgrade, &flags, &context.creating(arguments.creation))
}
