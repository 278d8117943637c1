//! `report`: writes the page with histories, databases and schemas.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::cli::context::Context;
use crate::cli::output::CommandOutput;
use crate::cli::page::{self, PageOptions};
use crate::cli::report::CommandError;
use crate::error_code::ErrorCode;
use crate::project;
use crate::report::ErrorReport;
use crate::units::format_bytes;

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  aludel report --html report.html\n  \
    aludel report --html report.html --offline --no-sql\n  \
    aludel report --json > report.json             # the data of the page")]
pub struct ReportArgs {
    /// Write the page to this file
    #[arg(long, value_name = "FILE", required_unless_present = "json")]
    pub html: Option<PathBuf>,
    #[command(flatten)]
    pub content: ReportContent,
}

/// Contents of a report, also for `open`.
#[derive(Debug, Clone, Copy, Args)]
pub struct ReportContent {
    /// Connect to nothing: without the databases, their journals and the schema
    #[arg(long)]
    pub offline: bool,
    /// Leave out the SQL
    #[arg(long)]
    pub no_sql: bool,
    /// Leave out the schema, which comes from a replay of the revisions in a shadow database
    #[arg(long)]
    pub no_schema: bool,
}

impl ReportContent {
    /// The options as the page has them.
    pub const fn options(self) -> PageOptions {
        PageOptions { offline: self.offline, no_sql: self.no_sql, no_schema: self.no_schema }
    }
}

pub fn run(arguments: &ReportArgs, context: &Context<'_>) -> Result<CommandOutput, CommandError> {
    let (mut document, errors) = page::document(arguments.content.options(), context)?;
    if let Some(path) = &arguments.html {
        let page = page::html(&document);
        write(path, &page)?;
        let size = u64::try_from(page.len()).map(format_bytes).unwrap_or_default();
        context.status(&format!("{} written, {size}", path.display()));
    }
    let mut errors = errors.into_iter();
    if let Some(mut first) = errors.next() {
        first.report.also.extend(errors.map(|error| error.report));
        return Err(first);
    }
    let mut answer = CommandOutput::default();
    if let Some(map) = document.as_object_mut() {
        answer.services =
            map.remove("services").and_then(|services| serde_json::from_value(services).ok()).unwrap_or_default();
        answer.extra = std::mem::take(map);
    }
    Ok(answer)
}

fn write(path: &Path, page: &str) -> Result<(), CommandError> {
    project::write_over(path, page).map_err(|error| {
        let reason = match *error {
            project::ProjectError::Write { error, .. } => error.to_string(),
            _ => "the file cannot be replaced".to_owned(),
        };
        let message = format!("the report cannot be written: {reason}");
        let report = ErrorReport::new(ErrorCode::ReportUnwritable, message).in_file(path);
        report.hint("name a file in a folder that is there and may be written").into()
    })
}
