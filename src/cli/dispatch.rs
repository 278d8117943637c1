//! From the parsed command line to the command.

use super::arguments::Command;
use super::commands::{
    backup, blame, branches, check, completions, config, create_database, current, deploy, diff, downgrade,
    drop_database, edit, ensure_version, heads, history, import, init, inspect, lint, list_templates, log, man, merge,
    open, preflight, prove, push, rebase, repair, report, reset, restore, revision, seed, show, squash, stamp, status,
    test, upgrade, verify, wait, watch,
};
use super::context::Context;
use super::output::CommandOutput;
use super::report::CommandError;

/// Runs the command.
pub fn run(command: &Command, context: &Context<'_>) -> Result<CommandOutput, CommandError> {
    match command {
        Command::Init(arguments) => init::run(arguments, context),
        Command::Import(arguments) => import::run(arguments, context),
        Command::ListTemplates(arguments) => list_templates::run(arguments, context),
        Command::Revision(arguments) => revision::run(arguments, context),
        Command::Merge(arguments) => merge::run(arguments, context),
        Command::Rebase(arguments) => rebase::run(arguments, context),
        Command::Prove(arguments) => prove::run(arguments, context),
        Command::Squash(arguments) => squash::run(arguments, context),
        Command::Edit(arguments) => edit::run(arguments, context),
        Command::Heads(arguments) => heads::run(arguments, context),
        Command::Branches(arguments) => branches::run(arguments, context),
        Command::History(arguments) => history::run(arguments, context),
        Command::Show(arguments) => show::run(arguments, context),
        Command::Blame(arguments) => blame::run(arguments, context),
        Command::Current(arguments) => current::run(arguments, context),
        Command::Status(arguments) => status::run(arguments, context),
        Command::Log(arguments) => log::run(arguments, context),
        Command::Report(arguments) => report::run(arguments, context),
        Command::Open(arguments) => open::run(arguments, context),
        Command::Inspect(arguments) => inspect::run(arguments, context),
        Command::Diff(arguments) => diff::run(arguments, context),
        Command::Lint(arguments) => lint::run(arguments, context),
        Command::Test(arguments) => test::run(arguments, context),
        Command::Check(arguments) => check::run(arguments, context),
        Command::Reset(arguments) => reset::run(arguments, context),
        Command::Push(arguments) => push::run(arguments, context),
        Command::Seed(arguments) => seed::run(arguments, context),
        Command::Stamp(arguments) => stamp::run(arguments, context),
        Command::Upgrade(arguments) => upgrade::run(arguments, context),
        Command::Downgrade(arguments) => downgrade::run(arguments, context),
        Command::Repair(arguments) => repair::run(arguments, context),
        Command::Deploy(arguments) => deploy::run(arguments, context),
        Command::Preflight(arguments) => preflight::run(arguments, context),
        Command::Watch(arguments) => watch::run(arguments, context),
        Command::Verify(arguments) => verify::run(arguments, context),
        Command::Backup(arguments) => backup::run(arguments, context),
        Command::Restore(arguments) => restore::run(arguments, context),
        Command::Config(arguments) => config::run(arguments, context),
        Command::Wait(arguments) => wait::run(arguments, context),
        Command::CreateDatabase(arguments) => create_database::run(arguments, context),
        Command::DropDatabase(arguments) => drop_database::run(arguments, context),
        Command::EnsureVersion(arguments) => ensure_version::run(arguments, context),
        Command::Completions(arguments) => completions::run(arguments),
        Command::Man(arguments) => man::run(arguments),
    }
}
