//! `verify`: checks applied revisions and the service's data.

use std::path::PathBuf;

use clap::Args;

use crate::cli::context::Context;
use crate::cli::each::each_history;
use crate::cli::markdown_report::Paper;
use crate::cli::output::CommandOutput;
use crate::cli::report::CommandError;
use crate::cli::surroundings::now_seconds;
use crate::cli::{check_view, text};
use crate::config::Service;
use crate::database::{self, Database};
use crate::engine::{self, EngineError, Setting};
use crate::id::RevisionId;
use crate::operations::{self, Verdict};
use crate::project::History;
use serde_json::json;

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  aludel verify              # all applied revisions, and the checks of the config\n  \
    aludel verify current      # only the current revisions\n  aludel verify 91be55 --no-checks\n\n\
    Exit status: 3 when something is wrong."
)]
pub struct VerifyArgs {
    /// Verify only this revision, or `current` (default: all applied revisions)
    #[arg(value_name = "REVISION")]
    pub revision: Option<String>,
    /// Skip the checks of the config
    #[arg(long)]
    pub no_checks: bool,
    /// Write a Markdown report to this file
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,
}

pub fn run(arguments: &VerifyArgs, context: &Context<'_>) -> Result<CommandOutput, CommandError> {
    let histories = match arguments.revision.as_deref() {
        Some(symbol) if symbol != "current" => {
            context.find(symbol)?.into_iter().map(|(history, _)| Ok(history)).collect()
        }
        _ => context.each_for_reading()?,
    };
    let mut paper = Paper::new("Verification");
    paper.fact(&format!("at {}", now_seconds()));
    let answer = each_history(histories, |history, several, answer| {
        let mut database = context.open(history)?;
        let verdicts = verdicts(history, &mut *database, arguments, context)
            .map_err(|error| CommandError::from(error).of_service(&history.service.name))?;
        let ok = verdicts.iter().all(|verdict| verdict.wrong.is_none());
        answer.text += &text::section(several, &history.service.name, check_view::lines(&verdicts));
        let documents: Vec<_> = verdicts.iter().map(check_view::document).collect();
        answer.services.push(json!({ "service": history.service.name, "ok": ok, "checks": documents }));
        answer.negative |= !ok;
        paper.heading(&history.service.name);
        paper.verdicts(&verdicts);
        Ok(())
    });
    match answer {
        Ok(answer) => paper.write_beside(answer, arguments.report.as_deref(), context),
        Err(failure) => {
            paper.failure(&failure);
            paper.write_beside_failure(arguments.report.as_deref(), context);
            Err(failure)
        }
    }
}

fn verdicts(
    history: &History,
    database: &mut dyn Database,
    arguments: &VerifyArgs,
    context: &Context<'_>,
) -> Result<Vec<Verdict>, EngineError> {
    let (history, state) = engine::read_history(history, database)?;
    let rows = database::ids(&state.rows);
    let applied = history.graph.applied(&rows);
    let revisions = match arguments.revision.as_deref() {
        None => applied,
        Some("current") => rows.into_iter().filter(|row| applied.contains(row)).collect(),
        Some(symbol) => vec![history.graph.resolve(symbol, Some(&rows))?],
    };
    let mut verdicts = verify(history, &revisions, database, context)?;
    if !arguments.no_checks && arguments.revision.as_deref().is_none_or(|revision| revision == "current") {
        verdicts.extend(checks(&history.service, database)?);
    }
    Ok(verdicts)
}

/// Runs the verify sections of `revisions`.
pub fn verify(
    history: &History,
    revisions: &[RevisionId],
    database: &mut dyn Database,
    context: &Context<'_>,
) -> Result<Vec<Verdict>, EngineError> {
    let variables = context.variables();
    let dialect = database.server().dialect;
    let setting = Setting { dialect, variables: &variables, single_transaction: false, looking: false };
    let verdicts = revisions.iter().map(|id| operations::verify_revision(history, id, database, setting));
    Ok(verdicts.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect())
}

/// Runs the service's checks.
pub fn checks(service: &Service, database: &mut dyn Database) -> Result<Vec<Verdict>, EngineError> {
    Ok(operations::run_checks(database, &service.checks)?)
}
