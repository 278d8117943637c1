//! `stamp --from FORMAT`: stamps what another tool's version table records as applied.

use super::{StampArgs, planned_line, stamped_line, write};
use crate::cli::context::Context;
use crate::cli::json as documents;
use crate::cli::output::CommandOutput;
use crate::cli::report::CommandError;
use crate::config::{DatabaseUrl, Service};
use crate::database;
use crate::engine::{self, EngineError, ForeignState, StampRequest};
use crate::formats::Format;
use crate::id::RevisionId;
use crate::project::History;

/// Tool that `--from` names, if no revision is given.
pub fn format(arguments: &StampArgs) -> Result<Option<Format>, CommandError> {
    let names = || Format::ALL.into_iter().filter(|format| format.has_table()).map(Format::name).collect::<Vec<_>>();
    match (arguments.targets.as_slice(), arguments.looking.from.as_slice()) {
        ([], [name]) => match Format::named(name).filter(|format| format.has_table()) {
            Some(_) if arguments.looking.sql => {
                Err(CommandError::usage("--sql makes no connection, so it cannot read another tool's table")
                    .hint(format!("aludel stamp --from {name} --dry-run")))
            }
            Some(format) => Ok(Some(format)),
            None => Err(CommandError::usage(format!("there is no version table of \"{name}\" to read"))
                .note(format!("those that can be read: {}", names().join(", ")))
                .hint("or name the revision that the database is at: aludel stamp REVISION")),
        },
        ([], _) => Err(CommandError::usage("name a revision, or one tool whose version table is read")
            .hint("`aludel stamp REVISION`, or `aludel stamp --from FORMAT`")),
        _ if arguments.from_table.is_some() => {
            Err(CommandError::usage("--from-table requires --from FORMAT, and no revision"))
        }
        _ => Ok(None),
    }
}

/// Stamps each service according to the tool's table.
pub fn run(format: Format, arguments: &StampArgs, context: &Context<'_>) -> Result<CommandOutput, CommandError> {
    let mut answer = CommandOutput::default();
    for history in context.for_writing(&[])? {
        let name = &history.service.name;
        let failed = |error: EngineError| CommandError::from(error).of_service(name);
        let foreign = |error: ForeignState| CommandError::from(error).of_service(name);
        let heads = heads(&history, format, arguments, context)?;
        let rows = database::ids(&context.state(&history)?.1.rows);
        if !arguments.purge {
            engine::fits(format, &rows, &heads).map_err(foreign)?;
        }
        let mut targets: Vec<&str> = heads.iter().map(RevisionId::as_str).collect();
        if targets.is_empty() {
            targets.push("base");
        }
        let stamp = StampRequest { targets: &targets, purge: arguments.purge };
        if arguments.looking.dry_run {
            let plan = stamp.plan(&history, &rows).map_err(failed)?;
            answer.text += &planned_line(&history, &plan);
            answer.services.push(documents::plan(&history, &plan, None, false));
        } else {
            let stamped = write(&history, stamp, arguments, context).map_err(failed)?;
            context.status(&stamped_line(&history, &stamped));
            answer.services.push(documents::plan(&history, &stamped.plan, None, true));
        }
    }
    Ok(answer)
}

/// Heads that correspond to the rows of the tool's table.
fn heads(
    history: &History,
    format: Format,
    arguments: &StampArgs,
    context: &Context<'_>,
) -> Result<Vec<RevisionId>, CommandError> {
    let dialect = context.dialect(history)?;
    let failed = |error: ForeignState| CommandError::from(error).of_service(&history.service.name);
    let table = arguments.from_table.as_deref();
    let registry = format.registry(dialect, table);
    let mut database = if format == Format::Sqitch && dialect.format_rules().has_sqitch_registry_file() {
        let service = beside(&history.service, table.unwrap_or("sqitch")).map_err(failed)?;
        context.connect_service(&service).map_err(|error| CommandError::from(error).of_service(&service.name))?
    } else {
        context.open(history)?
    };
    let rows = engine::foreign_rows(&mut *database, format, &registry, dialect).map_err(failed)?;
    engine::foreign_heads(history, format, &rows).map_err(failed)
}

/// Config for Sqitch's registry in a file beside the database, with the same extension.
fn beside(service: &Service, registry: &str) -> Result<Service, ForeignState> {
    let path = service.url().ok().and_then(DatabaseUrl::path).map(ToOwned::to_owned).unwrap_or_default();
    let mut file = path.with_file_name(registry);
    if let (None, Some(extension)) = (file.extension(), path.extension()) {
        file.set_extension(extension);
    }
    if !file.is_file() {
        let tool = Format::Sqitch.name();
        return Err(ForeignState::NoTable { tool, table: format!("changes in {}", file.display()) });
    }
    Ok(Service { url: Ok(DatabaseUrl::of_file(&file)).into(), ..service.clone() })
}
