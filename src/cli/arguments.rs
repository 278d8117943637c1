//! The command line as clap parses it: global options and the list of commands.

use std::ffi::OsString;

use clap::error::ErrorKind;
use clap::{FromArgMatches as _, Parser, Subcommand};

use super::commands as c;
use super::global::Global;

/// Version with the commit and its date, if the build has them, and the target:
/// `0.1.0 (16bff6f51c2a 2026-11-22 x86_64-unknown-linux-musl)`.
pub const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), env!("ALUDEL_BUILD"));

/// Root of the command line. The printed description is `about` below.
#[derive(Debug, Parser)]
#[command(
    name = "aludel",
    version = VERSION,
    about = "Schema migrations for several services: plain SQL revisions in a graph",
    after_help = "Targets: an id or the start of one, head, heads, base, LABEL@head, +1, -1, ID-1, ...\nExit status: \
                  0 done, 1 failed, 2 wrong command line, 3 a check found a problem.",
    propagate_version = true,
    max_term_width = 110
)]
pub struct CommandLine {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Command,
}

impl CommandLine {
    /// Parses the words of a command line; `command` is the definition of [`CommandLine`], possibly with another help.
    pub fn read<T>(command: &mut clap::Command, words: impl IntoIterator<Item = T>) -> Result<Self, clap::Error>
    where
        T: Into<OsString> + Clone,
    {
        let matches = command.try_get_matches_from_mut(words)?;
        let line = Self::from_arg_matches(&matches).map_err(|error| error.format(command))?;
        // With `repair --accept`, `--all` selects revisions, and `-s` the services that they belong to.
        let selects_twice = line.global.all && !line.global.service.is_empty();
        if selects_twice && !matches!(line.command, Command::Repair(_)) {
            let message = "the argument '--all' cannot be used with '--service <NAME>'";
            return Err(command.error(ErrorKind::ArgumentConflict, message));
        }
        Ok(line)
    }
}

/// The commands, each implemented in a file of `commands/`. These doc comments are the printed help: the first line in
/// the list of commands, all of it in the help of the command.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Create a project: a config file and a folder for revisions
    ///
    /// Existing files are not overwritten.
    Init(c::init::InitArgs),
    /// Convert another tool's migrations to revisions
    ///
    /// A revision keeps the id of the other tool, if there is one, so that `aludel stamp --from` can take over the
    /// tool's version table. A second import changes nothing. The service's database is neither read nor changed.
    Import(c::import::ImportArgs),
    /// List the templates for new revisions and projects
    ///
    /// `revision --template` and `init --template` accept them.
    ///
    /// A file NAME.sql in the project's `templates` folder is a template too, and takes precedence over a built-in one
    /// of that name.
    ListTemplates(c::list_templates::ListTemplatesArgs),
    /// Write a new revision file
    Revision(c::revision::args::RevisionArgs),
    /// Write a revision that joins several heads
    ///
    /// Prints which revisions and files each side brings.
    Merge(c::merge::MergeArgs),
    /// Move revisions after another one
    ///
    /// The revision and all that comes after it follow the target; ids stay, and of the files only `down_revision`
    /// changes. The rebased history is replayed in a shadow database first, and its schema compared with that of a
    /// merge.
    Rebase(c::rebase::RebaseArgs),
    /// Prove that lines of the history commute
    ///
    /// Two databases may have met the revisions of two lines in different orders. Each revision of one line runs with
    /// each of the other in both orders, on a copy of one shadow database, and what the two databases hold is compared:
    /// schema, rows, counters. If every pair agrees, so does every order of the two lines.
    Prove(c::prove::ProveArgs),
    /// Write one revision that replaces a range of them
    ///
    /// A database in which none of them is applied runs the new revision; one in which all are counts it as applied; one
    /// in the middle runs the rest of the old files first. Before the file is written, old and new revisions run in shadow
    /// databases, and have to give the same schema and the same rows.
    Squash(c::squash::SquashArgs),
    /// Open a revision file in $VISUAL or $EDITOR
    ///
    /// The file is checked when the editor has closed.
    Edit(c::edit::EditArgs),
    /// Show the heads: the revisions that no other one follows
    Heads(c::heads::HeadsArgs),
    /// Show the branch points and the revisions that follow each
    Branches(c::branches::BranchesArgs),
    /// Draw the history, newest first
    History(c::history::HistoryArgs),
    /// Show a revision: header, place in the history and SQL
    Show(c::show::ShowArgs),
    /// Show which revisions made a table, a column, an index
    ///
    /// Also a view, a function, a type: each change with its revision, the commit of that, and its last run.
    Blame(c::blame::BlameArgs),
    /// Show the current revisions of each database
    Current(c::current::CurrentArgs),
    /// Show current, pending and half-applied revisions
    Status(c::status::StatusArgs),
    /// Show the journal: what ran, when, by whom and how it ended
    ///
    /// The newest entry comes first.
    Log(c::log::LogArgs),
    /// Write a page with histories, databases and schemas
    ///
    /// One HTML file that needs no network and makes no request: the graph of each service, where its database is, the
    /// journal as a time line, and for each revision its SQL, its locks, what it loses and what lint finds. A database
    /// that cannot be reached does not hide the rest.
    Report(c::report::ReportArgs),
    /// Show the page of `report` in a browser
    ///
    /// Serves it on a free port of the loopback interface only, at an address that contains a secret, until Ctrl-C.
    /// Reloading it reads files and databases again.
    Open(c::open::OpenArgs),
    /// Print a schema as SQL, JSON or a diagram
    ///
    /// The SQL recreates the schema. Its order is always the same, so that two outputs can be compared.
    Inspect(c::inspect::InspectArgs),
    /// Compare two schemas: of databases, revisions or files
    Diff(c::diff::DiffArgs),
    /// Check that desired schema, revisions and database agree
    Check(c::check::CheckArgs),
    /// Examine what revisions would do to a busy database
    ///
    /// Locks that block readers or writers, tables that are rewritten, statements that fail on real rows, rows and clients
    /// that are lost: each finding names the line, the table and the safe way.
    Lint(c::lint::LintArgs),
    /// Test revisions up and down in a shadow database; run cases
    ///
    /// A downgrade has to lead back to the schema before it, and may not take rows that were there; applied again, the
    /// revision has to make the same schema. A case puts rows in at a revision, and lists what queries have to find after
    /// upgrades and downgrades.
    Test(c::test::TestArgs),
    /// Drop everything of a service, upgrade and seed again
    ///
    /// Asks for the name of the database first.
    Reset(c::reset::ResetArgs),
    /// Bring a development database to the desired schema
    ///
    /// Writes no revision and leaves the version table as it is.
    ///
    /// Asks for the name of the database first.
    Push(c::push::PushArgs),
    /// Run the seed files that have not run yet or were changed
    Seed(c::seed::SeedArgs),
    /// Set the current revisions without running anything
    Stamp(c::stamp::StampArgs),
    /// Apply revisions up to a target
    ///
    /// Runs what is missing in order, each revision in its own transaction.
    Upgrade(c::upgrade::UpgradeArgs),
    /// Revert revisions down to a target
    ///
    /// Runs the downgrade section of each revision above the target. If rows would be lost, prints which and asks
    /// first: --yes answers yes, and without a terminal the answer is no.
    Downgrade(c::downgrade::DowngradeArgs),
    /// Resolve a half-applied or edited revision by hand
    ///
    /// For what neither the journal nor the database can show: whether a statement took effect, or that a changed file
    /// is right. The journal records who decided.
    Repair(c::repair::RepairArgs),
    /// Run preflight, backup, upgrade and verification in one
    ///
    /// After a failure, `on_failure` in the config decides what to do. The hooks of the config run in between.
    Deploy(c::deploy::DeployArgs),
    /// Check for anything that would block an upgrade
    ///
    /// Checks the connection, privileges, open transactions, replicas, locks, disk space, and the require sections of all
    /// pending revisions.
    Preflight(c::preflight::PreflightArgs),
    /// Watch the databases after a deploy
    ///
    /// Repeats the checks of the config and reads lock waits, long queries, connections and sizes.
    Watch(c::watch::WatchArgs),
    /// Run verify sections and the config's checks
    ///
    /// The verify sections are those of applied revisions.
    Verify(c::verify::VerifyArgs),
    /// Back up databases with their own dump programs
    ///
    /// Uses pg_dump, mariadb-dump or mysqldump, or SQLite's backup API, and prints the paths of the files. Backs up the
    /// whole database. No migration runs meanwhile, because the lock is held.
    Backup(c::backup::BackupArgs),
    /// Replace the contents of a database with a backup
    ///
    /// Compares the backup's checksum first. PostgreSQL and SQLite are restored in one transaction: if that fails, the
    /// database is as it was before.
    Restore(c::restore::RestoreArgs),
    /// Show and check the settings of the config
    Config(c::config::ConfigArgs),
    /// Wait until servers answer, or until another job has migrated
    ///
    /// Connects again and again, with pauses of up to two seconds, until the server of each service answers, or
    /// until its database is at the heads of these files. Ends with 1 after --timeout.
    Wait(c::wait::WaitArgs),
    /// Create the databases of services
    ///
    /// Does nothing where the database exists.
    CreateDatabase(c::create_database::CreateDatabaseArgs),
    /// Drop the databases of services
    ///
    /// Asks for the name of the database first. Refuses while other sessions are connected (PostgreSQL).
    DropDatabase(c::drop_database::DropDatabaseArgs),
    /// Create the version table and the journal if they are missing
    EnsureVersion(c::ensure_version::EnsureVersionArgs),
    /// Print a completion script for a shell
    ///
    /// Revisions, labels and services are completed too: the script calls aludel, which reads the files.
    Completions(c::completions::CompletionsArgs),
    /// Print the manual page, or write one for each command
    Man(c::man::ManArgs),
}

impl Command {
    /// Returns `true` if the command works on the services of a config.
    pub const fn works_on_services(&self) -> bool {
        !matches!(self, Self::Init(_) | Self::ListTemplates(_) | Self::Completions(_) | Self::Man(_))
    }
}
