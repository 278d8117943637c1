//! `restore`: replaces a database with a backup.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::run_plan::Waiting;
use crate::backup::{self, Author, BackupContext, Restored, StoredBackup};
use crate::cli::backup_progress::Copying;
use crate::cli::context::Context;
use crate::cli::output::{CommandOutput, write_stderr};
use crate::cli::progress::{self, ProgressDisplay};
use crate::cli::report::CommandError;
use crate::cli::{confirm, style};
use crate::config::{Config, Service};
use crate::database::{Database, VersionTable};
use crate::engine::{self, EngineError, LockTimeout, Operator};
use crate::error_code::ErrorCode;
use crate::units::{format_bytes, format_elapsed};

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  aludel restore latest -s auth\n  aludel restore backups/auth-20261121T100521Z.dump\n  \
    aludel restore latest -s auth --url postgres://staging/auth --yes\n\n\
    Refuses a service with `protected: true` unless --allow-protected is given."
)]
pub struct RestoreArgs {
    /// Backup: a path, a name in the folder of backups, or `latest`
    #[arg(value_name = "BACKUP")]
    pub backup: String,
    /// Folder to search (default: the config's, otherwise `backups` beside the config)
    #[arg(long, value_name = "DIR")]
    pub folder: Option<PathBuf>,
    /// Restore with N parallel connections and without a transaction (for a backup taken with --jobs)
    #[arg(long, value_name = "N", value_parser = clap::builder::RangedU64ValueParser::<usize>::new().range(1..))]
    pub jobs: Option<usize>,
    /// Restore a service with `protected: true` too
    #[arg(long)]
    pub allow_protected: bool,
    #[command(flatten)]
    pub waiting: Waiting,
}

pub fn run(arguments: &RestoreArgs, context: &Context<'_>) -> Result<CommandOutput, CommandError> {
    let config = context.config()?;
    let (mut service, backup) = choose(arguments, context, &config)?;
    service.backup.jobs = arguments.jobs.unwrap_or(service.backup.jobs);
    let restored = restore(&service, &backup, arguments, context, &config);
    let restored = restored.map_err(|report| report.of_service(&service.name))?;
    for warning in &restored.warnings {
        context.warn(&format!("{}: {warning}", service.name));
    }
    let rows = if restored.rows.is_empty() { "base".to_owned() } else { restored.rows.join(", ") };
    let (name, path, size) = (style::bold(&service.name), backup.path.display(), format_bytes(backup.record.size));
    let time = format_elapsed(restored.duration);
    context.status(&format!("{name}: restored from {path}, {size} in {time}, now at {rows}"));
    let mut answer = CommandOutput::default();
    answer.services.push(json!({
        "service": service.name, "file": path.to_string(), "size": backup.record.size, "blake3": backup.record.blake3,
        "created": backup.record.created, "rows": restored.rows, "warnings": restored.warnings,
        "duration_ms": u64::try_from(restored.duration.as_millis()).unwrap_or(u64::MAX),
    }));
    Ok(answer)
}

/// Selects the service that is named, the only one, or the one that the backup was taken from.
fn choose(
    arguments: &RestoreArgs,
    context: &Context<'_>,
    config: &Config,
) -> Result<(Service, StoredBackup), CommandError> {
    let chosen = context.chosen()?;
    let folder = |service: &Service| arguments.folder.clone().unwrap_or_else(|| service.backup.folder.clone());
    if let [service] = chosen.as_slice() {
        let backup = backup::find(&arguments.backup, &folder(service), Some(&service.name));
        let backup = backup.map_err(|error| CommandError::from(error).of_service(&service.name))?;
        return Ok((service.clone(), backup));
    }
    let names: Vec<_> = config.services.iter().map(|service| service.name.clone()).collect();
    let which = || {
        CommandError::usage("which service is meant?")
            .note(format!("services: {}", names.join(", ")))
            .hint("name it with -s NAME: one service is restored at a time")
    };
    if arguments.backup == "latest" || !context.global.service.is_empty() || context.global.all {
        return Err(which());
    }
    let mut missing = None;
    for service in &chosen {
        match backup::find(&arguments.backup, &folder(service), Some(&service.name)) {
            Ok(backup) if backup.record.service == service.name => return Ok((service.clone(), backup)),
            Ok(_) => {}
            Err(error) => {
                missing.get_or_insert(error);
            }
        }
    }
    Err(missing.map_or_else(which, CommandError::from))
}

fn restore(
    service: &Service,
    backup: &StoredBackup,
    arguments: &RestoreArgs,
    context: &Context<'_>,
    config: &Config,
) -> Result<Restored, CommandError> {
    if !arguments.allow_protected {
        confirm::refuse_protected(service, "restore")
            .map_err(|report| report.hint("when it is meant: aludel restore --allow-protected"))?;
    }
    confirm(service, backup, context, config)?;
    replace(service, backup, arguments.waiting.lock_timeout(), context)
}

/// Replaces the database without asking, while holding the runners' lock.
pub fn replace(
    service: &Service,
    backup: &StoredBackup,
    lock_timeout: LockTimeout,
    context: &Context<'_>,
) -> Result<Restored, CommandError> {
    let mut database = context.connect_service(service)?;
    progress::catch_interrupts();
    let (operator, table) = (Operator::current(), VersionTable::of_service(service));
    let order = BackupContext {
        service,
        table: &table,
        environment: &crate::cli::surroundings::environment,
        now: &crate::cli::surroundings::now,
        author: Author { os_user: &operator.os_user, host: &operator.host, tool_version: &operator.tool_version },
    };
    let copying = Copying::new(&service.name, context.global.quiet);
    let waiting = ProgressDisplay::new(context.global.quiet);
    let work = |database: &mut dyn Database| Ok(backup::restore(database, backup, &order, &copying));
    let restored = engine::with_lock(&mut *database, &service.name, lock_timeout, &waiting, work);
    copying.clear();
    Ok(restored.map_err(|error: EngineError| CommandError::from(error))??)
}

/// Requires the user to type the name of the database, unless `--yes` is set.
fn confirm(
    service: &Service,
    backup: &StoredBackup,
    context: &Context<'_>,
    config: &Config,
) -> Result<(), CommandError> {
    let database = context.database_of(service);
    let shares = |other: &&Service| other.name != service.name && context.database_of(other) == database;
    let others: Vec<_> = config.services.iter().filter(shares).map(|other| other.name.as_str()).collect();
    if !others.is_empty() {
        context.warn(&format!("the same database holds the tables of {}: they are replaced too", others.join(", ")));
    }
    if context.global.yes {
        return Ok(());
    }
    let name = service.database_name();
    let (url, created) = (service.url_for_people(), &backup.record.created);
    write_stderr(&format!("Everything in {url} will be replaced by the backup of {created}."));
    write_stderr(&format!("Type the name of the database ({name}) to continue:"));
    let mut answer = String::new();
    // A failed read counts as no.
    let _ = std::io::stdin().read_line(&mut answer);
    if answer.trim() == name {
        return Ok(());
    }
    Err(CommandError::new(ErrorCode::NotConfirmed, format!("the answer was not {name}"))
        .note("nothing was changed")
        .hint("--yes skips the question"))
}
