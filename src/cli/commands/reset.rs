//! `reset`: empties a service's database, upgrades it and runs the seed files.

use clap::Args;
use serde_json::json;

use super::run_plan::{self, RunFlags, Waiting};
use super::seed;
use crate::cli::context::Context;
use crate::cli::output::CommandOutput;
use crate::cli::progress::{self, ProgressDisplay};
use crate::cli::report::CommandError;
use crate::cli::schemas::Schemas;
use crate::cli::{confirm, diff_view, text};
use crate::database::{self, Database};
use crate::engine::{self, EngineError, Setting};
use crate::graph::Operation;
use crate::project::{self, History};
use crate::report::engine::seed_failed;
use crate::schema::{Options, Schema, Script, script};

#[derive(Debug, Args)]
#[command(
    after_help = "Keeps what other services have in the same database. Refuses a service with `protected: true`.\n\n\
    Examples:\n  aludel reset -s auth\n  aludel reset -s auth --yes --no-seed"
)]
pub struct ResetArgs {
    /// Do not run the seed files
    #[arg(long)]
    pub no_seed: bool,
    #[command(flatten)]
    pub waiting: Waiting,
}

pub fn run(arguments: &ResetArgs, context: &Context<'_>) -> Result<CommandOutput, CommandError> {
    let histories = context.for_writing(&[])?;
    for history in &histories {
        confirm::pass(&history.service, "reset", context)?;
    }
    // What is known to fail is refused before the first object is dropped.
    check_what_follows(&histories, arguments, context)?;
    let doomed = histories.iter().map(|history| Doomed::find(history, context)).collect::<Result<Vec<_>, _>>()?;
    let mut dropped = Vec::new();
    for doomed in doomed {
        dropped.push(doomed.drop_all(&arguments.waiting, context)?);
    }
    let flags = RunFlags::usual(arguments.waiting.clone());
    let mut answer = run_plan::run_histories("heads", Operation::Upgrade, &flags, context, &histories)?;
    for (index, (history, dropped)) in histories.iter().zip(dropped).enumerate() {
        let seeded = if arguments.no_seed { Vec::new() } else { seed::seed(history, &arguments.waiting, context)? };
        // There are documents only with `--json`.
        if let Some(document) = answer.services.get_mut(index) {
            document["dropped"] = json!(dropped);
            document["seeded"] = json!(seeded.iter().filter(|file| file.ran).count());
        }
    }
    Ok(answer)
}

/// Checks for what would make the upgrade or the seed files fail, while everything is still there.
fn check_what_follows(histories: &[History], arguments: &ResetArgs, context: &Context<'_>) -> Result<(), CommandError> {
    let nothing_dropped = |report: CommandError, service: &str| report.of_service(service).note("nothing was dropped");
    let variables = context.variables();
    let mut services = Vec::new();
    for history in histories {
        let dialect = context.dialect(history)?;
        let setting = Setting { dialect, variables: &variables, single_transaction: false, looking: false };
        services.push((history, setting));
        if !arguments.no_seed {
            let files = project::sql_files(&history.service.schema.seed);
            let files = files.map_err(|error| nothing_dropped(error.into(), &history.service.name))?;
            let checked = engine::check_seed(&files, dialect);
            checked.map_err(|error| nothing_dropped(seed_failed(&error).into(), &history.service.name))?;
        }
    }
    let others = context.referenced(histories)?;
    let mut rows = Vec::new();
    for other in &others {
        let (other, state) = context.state(other)?;
        rows.push((other, database::ids(&state.rows)));
    }
    engine::check_anew(&services, &rows).map_err(|(service, error)| nothing_dropped(error.into(), &service))
}

/// Objects of a service to be dropped, determined for all services before any is touched.
struct Doomed<'a> {
    history: &'a History,
    statements: Script,
    objects: usize,
    left: Option<String>,
}

impl<'a> Doomed<'a> {
    fn find(history: &'a History, context: &Context<'_>) -> Result<Self, CommandError> {
        let schemas = Schemas::new(history, context)?;
        let mut live = schemas.live()?.schema;
        let nothing = Schema::new(live.dialect);
        schemas.without_strangers(&mut live, &nothing)?;
        let (changes, unmodelled) = diff_view::compared(&live, &nothing, &[]);
        let statements = script(&live, &nothing, &Options { online: false, ..Options::default() });
        Ok(Self { history, statements, objects: changes.len(), left: diff_view::unmodelled_line(&unmodelled) })
    }

    /// Drops the service's objects and aludel's own tables; returns the number of objects.
    fn drop_all(self, waiting: &Waiting, context: &Context<'_>) -> Result<usize, CommandError> {
        let name = &self.history.service.name;
        let in_service = |report: CommandError| report.of_service(name);
        progress::catch_interrupts();
        let observer = ProgressDisplay::new(context.global.quiet);
        let mut database = context.open(self.history)?;
        // `with_lock` passes on an `EngineError` only; the refused statement is kept beside it.
        let mut refused = None;
        let drop_everything = |database: &mut dyn Database| match engine::apply(database, &self.statements) {
            Ok(_) => Ok(engine::drop_own_tables(database)?),
            Err(error) => {
                let said = error.error.clone();
                refused = Some(error);
                Err(EngineError::from(said))
            }
        };
        let result = engine::with_lock(&mut *database, name, waiting.lock_timeout(), &observer, drop_everything);
        if let Some(refused) = refused {
            let report = CommandError::from(refused.error).note(format!("the statement: {}", refused.sql));
            return Err(in_service(report.note(format!("{} ran and stay", text::count(refused.applied, "statement")))));
        }
        result.map_err(|error| in_service(error.into()))?;
        if let Some(line) = self.left {
            context.warn(&format!("{name}: left there: {line}"));
        }
        context.status(&format!("{name}: dropped {}", text::count(self.objects, "object")));
        Ok(self.objects)
    }
}
