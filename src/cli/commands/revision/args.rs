//! Arguments of `revision`.

use std::path::PathBuf;

use clap::Args;

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  aludel revision -m \"Add audit log\" -s auth\n  \
    aludel revision -m \"Add email\" --template add-column-backfill\n  \
    aludel revision -m \"Add email\" --autogenerate\n  aludel revision --derive-downgrade 3f2a\n  \
    aludel revision -m \"Billing\" --head base --branch-label billing\n  \
    aludel revision -m \"Needs users\" -s chat2chart --depends-on auth:91be55c20c11")]
pub struct RevisionArgs {
    /// Purpose of the revision, in one line
    #[arg(short, long, value_name = "TEXT", required_unless_present = "derive_downgrade")]
    pub message: Option<String>,
    /// Revision that it follows: an id, LABEL@head, base (default: the head)
    #[arg(long, value_name = "REVISION")]
    pub head: Option<String>,
    /// Allow --head to be a revision that others follow already
    #[arg(long)]
    pub splice: bool,
    /// Label for the branch that starts here (repeatable)
    #[arg(long, value_name = "LABEL")]
    pub branch_label: Vec<String>,
    /// Revision that must be applied first; SERVICE:REVISION for another service's (repeatable)
    #[arg(long, value_name = "REVISION")]
    pub depends_on: Vec<String>,
    /// Id of the revision (default: 12 random hexadecimal digits)
    #[arg(long, value_name = "ID")]
    pub rev_id: Option<String>,
    /// Folder of the service to write the file to (default: the first)
    #[arg(long, value_name = "DIR")]
    pub version_path: Option<PathBuf>,
    /// Template of the file; `aludel list-templates` lists them
    #[arg(long, value_name = "NAME", default_value = "empty")]
    pub template: String,
    /// Generate the statements that lead from the history to the desired schema (`schema` in the config)
    #[arg(long, conflicts_with = "template")]
    pub autogenerate: bool,
    /// With --autogenerate: start from the live `database` instead of the history
    #[arg(long, value_name = "WHAT", requires = "autogenerate", value_parser = ["database", "head"])]
    pub from: Option<String>,
    /// With --autogenerate: declare a rename: table.old=new, old_table=new_table (repeatable)
    #[arg(long, value_name = "OLD=NEW", requires = "autogenerate")]
    pub rename: Vec<String>,
    /// Fill the downgrade section of this revision with statements that undo its upgrade; write no new file
    #[arg(long, value_name = "REVISION", conflicts_with_all = ["message", "autogenerate", "head", "rev_id", "template", "depends_on", "branch_label"])]
    pub derive_downgrade: Option<String>,
}
