//! The command line as clap parses it: global options and the list of commands.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use super::commands as c;

/// Version with the commit and its date, if the build has them: `0.1.0 (16bff6f51c2a 2026-11-22)`.
pub const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), env!("ALUDEL_BUILD"));

/// aludel keeps the schema history of your services as a graph of SQL revisions and moves databases along it.
#[derive(Debug, Parser)]
#[command(
    name = "aludel",
    version = VERSION,
    about = "Schema migrations for several services: plain SQL revisions in a graph",
    after_help = "Targets: an id or how it begins, head, heads, base, LABEL@head, +1, -1, ID-1, ...\n\
                  Exit status: 0 done, 1 failed, 2 wrong command line, 3 asked and the answer is no.",
    propagate_version = true,
    max_term_width = 110
)]
pub struct CommandLine {
    /// The flags that every command takes.
    #[command(flatten)]
    pub global: Global,
    /// The command.
    #[command(subcommand)]
    pub command: Command,
}

/// The flags that every command takes.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Global options")]
pub struct Global {
    /// Config file (default: $ALUDEL_CONFIG, else aludel.yaml in this folder or the nearest one above)
    #[arg(short, long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Only this service (repeatable)
    #[arg(short, long, global = true, value_name = "NAME")]
    pub service: Vec<String>,
    /// All services of the config
    #[arg(long, global = true, conflicts_with = "service")]
    pub all: bool,
    /// Database URL instead of the config's (one service only)
    #[arg(long, global = true, value_name = "URL")]
    pub url: Option<String>,
    /// Folder of revisions instead of the config's (one service only)
    #[arg(long, global = true, value_name = "DIR")]
    pub revisions: Option<PathBuf>,
    /// A variable for templates, there as x.KEY (repeatable)
    #[arg(short = 'x', global = true, value_name = "KEY=VALUE", value_parser = key_value)]
    pub variables: Vec<(String, String)>,
    /// Answer with one JSON document on stdout
    #[arg(long, global = true)]
    pub json: bool,
    /// No status, no progress; warnings, errors and answers stay
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// More detail
    #[arg(short, long, global = true)]
    pub verbose: bool,
    /// Colours
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub color: Color,
    /// Answer yes to every question
    #[arg(long, global = true)]
    pub yes: bool,
}

/// When to use colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

fn key_value(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("expected KEY=VALUE")?;
    if key.is_empty() {
        Err("the KEY of KEY=VALUE is empty".to_owned())
    } else {
        Ok((key.to_owned(), value.to_owned()))
    }
}

/// The commands. Each has a file of its own in `commands/`.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make a new project: a config file and a folder for revisions
    Init(c::init::Arguments),
    /// Make revisions of another tool's migrations
    Import(c::import::Arguments),
    /// List the skeletons that `revision --template` and `init --template` know
    ListTemplates(c::list_templates::Arguments),
    /// Write a new revision file
    Revision(c::revision::Arguments),
    /// Write a revision that joins several heads
    Merge(c::merge::Arguments),
    /// Open a revision file in $VISUAL or $EDITOR
    Edit(c::edit::Arguments),
    /// Show the heads
    Heads(c::heads::Arguments),
    /// Show the branch points and what comes after each
    Branches(c::branches::Arguments),
    /// Draw the history, newest first
    History(c::history::Arguments),
    /// Show a revision with its SQL
    Show(c::show::Arguments),
    /// Show where the database is
    Current(c::current::Arguments),
    /// Show where the database is, what is pending and what was left half done
    Status(c::status::Arguments),
    /// Show the journal: what ran, when, by whom, how it ended
    Log(c::log::Arguments),
    /// Show what a database holds, as SQL, JSON or a diagram
    Inspect(c::inspect::Arguments),
    /// Compare two schemas: databases, revisions, the desired schema, files
    Diff(c::diff::Arguments),
    /// Look whether desired schema, revisions and database say the same; exit 3 when they do not
    Check(c::check::Arguments),
    /// Drop everything of the service, upgrade to the heads, seed
    Reset(c::reset::Arguments),
    /// Bring a development database to the desired schema without a revision
    Push(c::push::Arguments),
    /// Run the service's seed files, each once
    Seed(c::seed::Arguments),
    /// Set the version rows without running anything
    Stamp(c::stamp::Arguments),
    /// Move the database up to a target
    Upgrade(c::upgrade::Arguments),
    /// Move the database down to a target
    Downgrade(c::downgrade::Arguments),
    /// Say by hand what the database cannot tell: whether a statement ran, that a changed file is right
    Repair(c::repair::Arguments),
    /// Preflight, backup, upgrade and verification in one, with what follows a failure
    Deploy(c::deploy::Arguments),
    /// Look whether anything stands in the way of an upgrade; exit 3 when something does
    Preflight(c::preflight::Arguments),
    /// Watch after a deploy; exit 3 at the first breach
    Watch(c::watch::Arguments),
    /// Verify what is applied: verify sections and checks; exit 3 when something is wrong
    Verify(c::verify::Arguments),
    /// Back databases up with their own dump programs
    Backup(c::backup::Arguments),
    /// Replace a database by what is in a backup
    Restore(c::restore::Arguments),
    /// Create the version table and the journal where they are missing
    EnsureVersion(c::ensure_version::Arguments),
    /// Print a completion script for a shell
    Completions(c::completions::Arguments),
    /// Print the manual page, or write one page for each command into a folder
    Man(c::man::Arguments),
}
