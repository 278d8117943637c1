//! `push`: brings a development database to the desired schema without a revision.

use clap::Args;
use serde_json::json;

use super::autogenerate::declared_renames;
use super::run_plan::Waiting;
use crate::autogenerate::{placeholders, script_text};
use crate::cli::context::Context;
use crate::cli::database_creation::CreateDatabase;
use crate::cli::output::CommandOutput;
use crate::cli::progress::{self, ProgressDisplay};
use crate::cli::report::CommandError;
use crate::cli::schemas::Schemas;
use crate::cli::{confirm, diff_view, text};
use crate::engine::{self, EngineError};
use crate::error_code::ErrorCode;
use crate::schema::{Options, script};

#[derive(Debug, Args)]
#[command(after_help = "Refuses a service with `protected: true`.\n\n\
    Examples:\n  aludel push -s auth\n  aludel push -s auth --dry-run     # the statements")]
pub struct PushArgs {
    /// Print the statements; change nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Declare a rename: table.old=new, old_table=new_table (repeatable)
    #[arg(long, value_name = "OLD=NEW")]
    pub rename: Vec<String>,
    #[command(flatten)]
    pub creation: CreateDatabase,
    #[command(flatten)]
    pub waiting: Waiting,
}

pub fn run(arguments: &PushArgs, context: &Context<'_>) -> Result<CommandOutput, CommandError> {
    arguments.creation.refuse_preview(arguments.dry_run)?;
    let context = &context.creating(arguments.creation);
    let history = context.for_one(&[])?;
    let name = &history.service.name;
    let in_service = |report: CommandError| report.of_service(name);
    if !arguments.dry_run {
        confirm::refuse_protected(&history.service, "push")?;
    }
    let schemas = Schemas::new(&history, context)?;
    let desired = schemas.desired()?;
    let mut live = schemas.live()?.schema;
    schemas.without_strangers(&mut live, &desired.schema)?;
    let renames = declared_renames(&arguments.rename, &desired.texts, &live, &desired.schema).map_err(in_service)?;
    let options = Options { online: false, owners: history.service.schema.owners, renames };
    let (changes, unmodelled) = diff_view::compared(&live, &desired.schema, &options.renames);
    let statements = script(&live, &desired.schema, &options);
    let sql = script_text(&statements, live.dialect);
    let mut document = json!({
        "service": name,
        "applied": false,
        "changes": diff_view::document(&changes),
        "unmodelled": diff_view::unmodelled(&unmodelled),
        "sql": sql,
    });
    if arguments.dry_run || statements.is_empty() {
        if statements.is_empty() {
            context.status(&format!("{name}: nothing to do, the database has the desired schema"));
        }
        let text = if arguments.dry_run { sql } else { String::new() };
        return Ok(CommandOutput { text, services: vec![document], is_script: true, ..CommandOutput::default() });
    }
    if let Some(placeholder) = statements.parts.iter().flat_map(placeholders).next() {
        let report = CommandError::new(
            ErrorCode::PushNeedsRevision,
            "a placeholder in the statements must be filled in before they can run",
        );
        return Err(in_service(
            report
                .note(placeholder.to_owned())
                .note("nothing was changed")
                .hint(format!("write it as a revision: aludel revision --autogenerate -m TEXT -s {name}")),
        ));
    }
    diff_view::lines(&changes).iter().for_each(|line| context.status(&format!("  {line}")));
    confirm::pass(&history.service, "push", context)?;
    progress::catch_interrupts();
    let observer = ProgressDisplay::new(context.global.quiet);
    let mut database = context.open(&history)?;
    // `with_lock` passes on an `EngineError` only; the refused statement is kept beside it.
    let mut refused = None;
    let result = engine::with_lock(&mut *database, name, arguments.waiting.lock_timeout(), &observer, |database| {
        engine::apply(database, &statements).map_err(|error| {
            let said = error.error.clone();
            refused = Some(error);
            EngineError::from(said)
        })
    });
    if let Some(refused) = refused {
        let report = CommandError::from(refused.error).note(format!("the statement: {}", refused.sql));
        return Err(in_service(report.note(format!("{} ran and stay", text::count(refused.applied, "statement")))));
    }
    let count = result.map_err(|error| in_service(error.into()))?;
    context.status(&format!("{name}: {} run; the database has the desired schema", text::count(count, "statement")));
    document["applied"] = json!(true);
    Ok(CommandOutput { services: vec![document], ..CommandOutput::default() })
}
