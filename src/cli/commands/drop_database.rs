//! `drop-database`: drops the databases of services, after a confirmation.

use clap::Args;
use serde_json::json;

use crate::cli::confirm;
use crate::cli::context::Context;
use crate::cli::output::CommandOutput;
use crate::cli::report::CommandError;
use crate::cli::surroundings::environment;
use crate::config::Service;
use crate::database::DatabaseError;
use crate::drivers;
use crate::project::History;

#[derive(Debug, Args)]
#[command(
    after_help = "Everything in the database is lost, also what other programs and services have in it. Refuses a \
    service with `protected: true`.\n\nExamples:\n  aludel drop-database -s auth\n  \
    aludel drop-database -s auth --yes && aludel upgrade head -s auth --create-database"
)]
pub struct DropDatabaseArgs {}

pub fn run(_: &DropDatabaseArgs, context: &Context<'_>) -> Result<CommandOutput, CommandError> {
    let histories = context.for_writing(&[])?;
    // All are confirmed before the first is dropped.
    for history in &histories {
        check_neighbours(&history.service, &histories, context)?;
        confirm::pass(&history.service, "drop-database", context)?;
    }
    let mut answer = CommandOutput::default();
    for service in histories.iter().map(|history| &history.service) {
        let dropped = drop_database(service).map_err(|error| CommandError::from(error).of_service(&service.name))?;
        let database = service.database_name();
        let line = match dropped {
            true => format!("{}: dropped the database {database}", service.name),
            false => format!("{}: nothing to do, there is no database {database}", service.name),
        };
        context.status(&line);
        answer.services.push(json!({ "service": service.name, "database": database, "dropped": dropped }));
    }
    Ok(answer)
}

fn drop_database(service: &Service) -> Result<bool, DatabaseError> {
    let url = service.url()?;
    drivers::driver(url.dialect())?.drop_database(url, &environment)
}

/// Warns of the other services that have tables in the same database, and refuses if one of them is protected.
fn check_neighbours(service: &Service, selected: &[History], context: &Context<'_>) -> Result<(), CommandError> {
    let own = context.database_of(service);
    for other in context.config()?.services {
        let is_selected = selected.iter().any(|history| history.service.name == other.name);
        if is_selected || !other.url.is_set() || context.database_of(&other) != own {
            continue;
        }
        confirm::refuse_protected(&other, "drop-database")?;
        context.warn(&format!("{}: the service {} has its tables in the same database", service.name, other.name));
    }
    Ok(())
}
