//! `revision`: writes a new revision file.

pub mod args;
mod pair;

use std::path::Path;

use args::RevisionArgs;

use super::new_file::{self, Content, NewFile};
use crate::cli::context::{Context, no_such_service};
use crate::cli::output::CommandOutput;
use crate::cli::report::CommandError;
use crate::config::Layout;
use crate::error_code::ErrorCode;
use crate::graph::TargetError;
use crate::id::RevisionId;
use crate::project::History;
use crate::report::ErrorReport;
use crate::revision::DependencyReference;

pub fn run(arguments: &RevisionArgs, context: &Context<'_>) -> Result<CommandOutput, CommandError> {
    if let Some(symbol) = &arguments.derive_downgrade {
        return super::derive::run(symbol, context);
    }
    let symbols: Vec<&str> = arguments.head.iter().map(String::as_str).filter(|head| *head != "base").collect();
    let history = context.for_one_meant(&symbols, |history| is_meant(history, arguments))?;
    let in_service = |report: CommandError| report.of_service(&history.service.name);
    if history.service.layout == Layout::Pairs {
        return pair::run(arguments, &history, context);
    }
    let id = match &arguments.rev_id {
        Some(text) => new_file::id(text)?,
        None => new_file::random_id()?,
    };
    let mut header = new_file::header(id, arguments.message.as_deref().unwrap_or_default().trim());
    header.down_revisions = down_revision(arguments, &history).map_err(in_service)?.into_iter().collect();
    header.set_branch_labels(arguments.branch_label.clone());
    for symbol in &arguments.depends_on {
        header.depends_on.push(dependency(symbol, &history, context).map_err(in_service)?);
    }
    if arguments.autogenerate {
        return super::autogenerate::run(arguments, header, &history, context);
    }
    let folder = arguments.version_path.as_deref();
    new_file::write(
        &NewFile { history: &history, header, content: Content::Template(&arguments.template), folder },
        context,
    )
}

/// Returns `true` if the arguments fit this service: the folder is one of its own, or it has a desired schema to
/// generate the revision from.
fn is_meant(history: &History, arguments: &RevisionArgs) -> bool {
    let is_same = |one: &Path, other: &Path| match (one.canonicalize(), other.canonicalize()) {
        (Ok(one), Ok(other)) => one == other,
        _ => one == other,
    };
    match &arguments.version_path {
        Some(folder) => history.service.revisions.iter().any(|known| is_same(known, folder)),
        None => arguments.autogenerate && arguments.head.is_none() && history.service.schema.desired.is_some(),
    }
}

fn down_revision(arguments: &RevisionArgs, history: &History) -> Result<Option<RevisionId>, CommandError> {
    let head = match arguments.head.as_deref() {
        Some("base") => return Ok(None),
        None if history.graph.is_empty() => return Ok(None),
        None => "head",
        Some(head) => head,
    };
    let id = history.graph.resolve(head, None).map_err(|error| which_head(arguments, error))?;
    if history.graph.facts(id.as_str()).is_head || arguments.splice {
        return Ok(Some(id));
    }
    let children: Vec<_> = history.graph.children(id.as_str()).iter().map(ToString::to_string).collect();
    Err(CommandError::new(
        ErrorCode::NotAHead,
        format!("revision {id} is not a head: {} after it", children.join(", ")),
    )
    .of_revision(&id)
    .note("no file was written")
    .hint("--splice creates a new branch here"))
}

/// Replaces the hints of an ambiguous head: here `--head` selects one, not another target.
fn which_head(arguments: &RevisionArgs, error: TargetError) -> CommandError {
    let several = matches!(error, TargetError::MultipleHeads { .. }) && arguments.head.is_none();
    let report = ErrorReport::from(error);
    if !several {
        return report.into();
    }
    CommandError::from(ErrorReport { hints: Vec::new(), ..report })
        .note("no file was written")
        .hint("name the revision that it follows: --head LABEL@head, or --head ID")
        .hint("or join them first: aludel merge -m TEXT")
}

/// Resolves a dependency to the form that is written into the file: only full ids and labels.
fn dependency(symbol: &str, history: &History, context: &Context<'_>) -> Result<DependencyReference, CommandError> {
    let Some((service, symbol)) = symbol.split_once(':') else {
        let symbol = written(symbol, history)?;
        return Ok(DependencyReference { service: None, symbol });
    };
    let config = context.config()?;
    let Some(other) = config.services.iter().find(|other| other.name == service) else {
        return Err(no_such_service(service, &config));
    };
    let other = History::load(other).map_err(|error| CommandError::from(error).of_service(service))?;
    let symbol = written(symbol, &other).map_err(|report| report.of_service(service))?;
    let own = service == history.service.name;
    Ok(DependencyReference { service: (!own).then(|| service.to_owned()), symbol })
}

fn written(symbol: &str, history: &History) -> Result<String, CommandError> {
    let id = history.graph.resolve(symbol, None)?;
    let is_label =
        history.entries.iter().any(|entry| entry.header.options.branch_labels.iter().any(|label| label == symbol));
    Ok(if is_label { symbol.to_owned() } else { id.to_string() })
}
