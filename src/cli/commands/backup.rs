//! `backup`: dumps the services' databases.

use std::path::PathBuf;

use clap::Args;
use serde_json::{Value, json};

use super::run_plan::Waiting;
use crate::backup::{self, Author, BackupContext, TakenBackup};
use crate::cli::backup_progress::Copying;
use crate::cli::context::Context;
use crate::cli::output::CommandOutput;
use crate::cli::progress::{self, ProgressDisplay};
use crate::cli::report::CommandError;
use crate::cli::{style, text};
use crate::config::Service;
use crate::database::{Database, VersionTable};
use crate::engine::{self, EngineError, LockTimeout, Operator};
use crate::units::{format_bytes, format_elapsed};

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  aludel backup                       # all services\n  aludel backup -s auth --verify      # and check that it can be restored\n  \
    aludel backup -s auth --keep 7      # and delete older ones\n  aludel restore \"$(aludel backup -s auth)\" -s auth --url $STAGING_URL"
)]
pub struct BackupArgs {
    /// Restore the backup into a scratch database, compare the row counts of all tables, drop the scratch database
    #[arg(long)]
    pub verify: bool,
    /// Folder for backups (default: the config's, otherwise `backups` beside the config)
    #[arg(long, value_name = "DIR")]
    pub folder: Option<PathBuf>,
    /// Keep the newest N backups of the service and delete older ones
    #[arg(long, value_name = "N", value_parser = clap::builder::RangedU64ValueParser::<usize>::new().range(1..))]
    pub keep: Option<usize>,
    /// Dump with N parallel connections, into a folder (PostgreSQL)
    #[arg(long, value_name = "N", value_parser = clap::builder::RangedU64ValueParser::<usize>::new().range(1..))]
    pub jobs: Option<usize>,
    #[command(flatten)]
    pub waiting: Waiting,
}

pub fn run(arguments: &BackupArgs, context: &Context<'_>) -> Result<CommandOutput, CommandError> {
    progress::catch_interrupts();
    let mut answer = CommandOutput::default();
    for mut service in context.chosen()? {
        adapt(&mut service, arguments);
        match take(&service, arguments.verify, arguments.waiting.lock_timeout(), context) {
            Ok(taken) => tell(&service, &taken, context, &mut answer),
            Err(report) => {
                let report = CommandError { services: answer.services, ..report.of_service(&service.name) };
                return Err(report);
            }
        }
    }
    Ok(answer)
}

fn adapt(service: &mut Service, arguments: &BackupArgs) {
    let config = &mut service.backup;
    config.folder = arguments.folder.clone().unwrap_or_else(|| std::mem::take(&mut config.folder));
    config.keep = arguments.keep.or(config.keep);
    config.jobs = arguments.jobs.unwrap_or(config.jobs);
}

/// Backs up one service while holding the runners' lock.
pub fn take(
    service: &Service,
    verify: bool,
    lock_timeout: LockTimeout,
    context: &Context<'_>,
) -> Result<TakenBackup, CommandError> {
    let mut database = context.connect_service(service)?;
    let (operator, table) = (Operator::current(), VersionTable::of_service(service));
    let copying = Copying::new(&service.name, context.global.quiet);
    let waiting = ProgressDisplay::new(context.global.quiet);
    let taken = order(service, &table, &operator, |order| {
        let take = |database: &mut dyn Database| Ok(backup::take(database, order, verify, &copying));
        engine::with_lock(&mut *database, &service.name, lock_timeout, &waiting, take)
    });
    copying.clear();
    Ok(taken.map_err(|error: EngineError| CommandError::from(error))??)
}

/// Calls `work` with the order for a backup of the service's database, on behalf of the operator.
pub fn order<T>(
    service: &Service,
    table: &VersionTable,
    operator: &Operator,
    work: impl FnOnce(&BackupContext<'_>) -> T,
) -> T {
    let Operator { os_user, host, tool_version } = operator;
    let author = Author { os_user, host, tool_version };
    work(&BackupContext {
        service,
        table,
        environment: &crate::cli::surroundings::environment,
        now: &crate::cli::surroundings::now,
        author,
    })
}

fn tell(service: &Service, taken: &TakenBackup, context: &Context<'_>, answer: &mut CommandOutput) {
    for warning in &taken.warnings {
        context.warn(&format!("{}: {warning}", service.name));
    }
    for old in &taken.removed {
        context.status(&format!("{}: removed {}", service.name, old.display()));
    }
    let name = style::bold(&service.name);
    let (path, size, time) = (taken.path.display(), format_bytes(taken.record.size), format_elapsed(taken.duration));
    let mut line = format!("{name}: backed up to {path}, {size} in {time}");
    if let Some(verified) = taken.verified {
        let (tables, rows) = (text::count(verified.tables, "table"), verified.rows);
        line += &format!("; verified: {tables}, {rows} rows, in {}", format_elapsed(verified.duration));
    }
    context.status(&line);
    answer.text += &format!("{path}\n");
    answer.services.push(document(service, taken));
}

fn document(service: &Service, taken: &TakenBackup) -> Value {
    let record = &taken.record;
    let millis = |duration: std::time::Duration| u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    let verified = taken.verified.map(|verified| {
        json!({ "tables": verified.tables, "rows": verified.rows, "duration_ms": millis(verified.duration) })
    });
    json!({
        "service": service.name, "file": taken.path.display().to_string(), "format": record.format,
        "piped": record.piped, "size": record.size, "blake3": record.blake3, "rows": record.rows,
        "created": record.created, "server": record.server, "program": record.program,
        "duration_ms": millis(taken.duration), "verified": verified, "in_journal": taken.in_journal,
        "removed": taken.removed.iter().map(|path| path.display().to_string()).collect::<Vec<_>>(),
        "warnings": taken.warnings,
    })
}
