//! `diff`: compares two schemas.

use clap::Args;
use serde_json::json;

use crate::autogenerate::script_text;
use crate::cli::context::Context;
use crate::cli::output::CommandOutput;
use crate::cli::report::CommandError;
use crate::cli::schema_source::{self, SchemaSource};
use crate::cli::schemas::Schemas;
use crate::cli::{diff_view, style, text};
use crate::schema::script;

#[derive(Debug, Args)]
#[command(
    after_help = "Each side is database, head, base, current (the history up to where the database is), a revision,\n\
    schema (the desired one), a database URL, or an SQL file or folder.\n\n\
    Examples:\n  aludel diff database schema -s auth        # what the database lacks\n  \
    aludel diff current database               # what was changed by hand\n  aludel diff head schema --sql\n  \
    aludel diff head schema --exit-code        # exit 3 when they differ"
)]
pub struct DiffArgs {
    /// Schema to start from
    #[arg(value_name = "FROM", allow_hyphen_values = true)]
    pub from: String,
    /// Schema to reach
    #[arg(value_name = "TO", allow_hyphen_values = true)]
    pub to: String,
    /// Print the statements instead of a summary
    #[arg(long)]
    pub sql: bool,
    /// Exit with 3 if the two differ
    #[arg(long)]
    pub exit_code: bool,
    /// Declare a rename: table.old=new, old_table=new_table (repeatable)
    #[arg(long, value_name = "OLD=NEW")]
    pub rename: Vec<String>,
}

pub fn run(arguments: &DiffArgs, context: &Context<'_>) -> Result<CommandOutput, CommandError> {
    let history = context.for_comparing(&[&arguments.from, &arguments.to])?;
    let name = &history.service.name;
    let in_service = |report: CommandError| report.of_service(name);
    let schemas = Schemas::new(&history, context)?;
    let from = SchemaSource::parse(&arguments.from, &schemas).map_err(in_service)?;
    let to = SchemaSource::parse(&arguments.to, &schemas).map_err(in_service)?;
    let (old, new) = schema_source::both(&from, &to, &schemas)?;
    let renames = super::autogenerate::named_renames(&arguments.rename, &old, &new).map_err(in_service)?;
    let (changes, unmodelled) = diff_view::compared(&old, &new, &renames);
    let statements = script(&old, &new, &schemas.options(renames));
    let sql = script_text(&statements, new.dialect);
    if let Some(line) = diff_view::unmodelled_line(&unmodelled) {
        context.status(&line);
    }
    let text = match (arguments.sql, changes.is_empty()) {
        (true, _) => sql.clone(),
        (false, true) => format!("{}\n", style::good("no difference")),
        (false, false) => {
            let mut lines = diff_view::lines(&changes);
            lines.push(style::faint(&text::count(changes.len(), "difference")));
            text::section(false, name, lines)
        }
    };
    let document = json!({
        "service": name,
        "from": arguments.from,
        "to": arguments.to,
        "equal": changes.is_empty(),
        "changes": diff_view::document(&changes),
        "unmodelled": diff_view::unmodelled(&unmodelled),
        "sql": sql,
    });
    let no = arguments.exit_code && !changes.is_empty();
    Ok(CommandOutput {
        text,
        services: vec![document],
        negative: no,
        is_script: arguments.sql,
        ..CommandOutput::default()
    })
}
