//! `create-database`: creates the databases of services.

use clap::Args;
use serde_json::json;

use crate::cli::context::Context;
use crate::cli::database_creation;
use crate::cli::output::CommandOutput;
use crate::cli::report::CommandError;

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  aludel create-database -s auth\n  aludel upgrade head --create-database   # creates what is missing, and upgrades it"
)]
pub struct CreateDatabaseArgs {}

pub fn run(_: &CreateDatabaseArgs, context: &Context<'_>) -> Result<CommandOutput, CommandError> {
    let mut answer = CommandOutput::default();
    for history in context.for_writing(&[])? {
        let service = &history.service;
        let created = database_creation::create(service);
        let created = created.map_err(|error| CommandError::from(error).of_service(&service.name))?;
        let database = service.database_name();
        let line = match created {
            true => format!("{}: created the database {database}", service.name),
            false => format!("{}: nothing to do, the database {database} exists", service.name),
        };
        context.status(&line);
        answer.services.push(json!({ "service": service.name, "database": database, "created": created }));
    }
    Ok(answer)
}
