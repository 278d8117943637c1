//! `inspect`: prints a schema as SQL, JSON or a diagram.

use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use crate::autogenerate::{mermaid, script_text};
use crate::cli::context::{Context, is_schema_word};
use crate::cli::each::each_history;
use crate::cli::output::CommandOutput;
use crate::cli::report::CommandError;
use crate::cli::schema_source::SchemaSource;
use crate::cli::schemas::Schemas;
use crate::cli::{diff_view, text};
use crate::schema::{Schema, ddl};

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  aludel inspect -s auth > auth.sql\n  aludel inspect head --format json\n  \
    aludel inspect --format mermaid\n  aludel inspect postgres://db/app             # needs no config\n\nOF is database (the default), head, base, current, a revision, schema, a database URL, or an SQL file.")]
pub struct InspectArgs {
    /// Schema to print
    #[arg(value_name = "OF", default_value = "database")]
    pub of: String,
    /// Output format
    #[arg(long, value_name = "FORM", default_value = "sql")]
    pub format: InspectFormat,
}

/// Output formats of a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum InspectFormat {
    /// SQL that recreates it in an empty database
    Sql,
    /// All objects with their attributes
    Json,
    /// Mermaid entity relationship diagram
    Mermaid,
}

pub fn run(arguments: &InspectArgs, context: &Context<'_>) -> Result<CommandOutput, CommandError> {
    let by_url = arguments.of == "database" && context.global.url.is_some();
    let histories = match is_schema_word(&arguments.of) && !by_url {
        true => context.each_for_reading()?,
        false => vec![Ok(context.for_comparing(&[&arguments.of])?)],
    };
    let answer = each_history(histories, |history, several, answer| {
        let schemas = Schemas::new(history, context)?;
        let side =
            SchemaSource::parse(&arguments.of, &schemas).map_err(|report| report.of_service(&history.service.name))?;
        let schema = side.schema(&schemas)?;
        if let Some(line) = diff_view::unmodelled_line(&schema.unmodelled) {
            context.status(&format!("{}: {line}", history.service.name));
        }
        let text = format_schema(&schema, arguments.format);
        answer.text += &match arguments.format {
            InspectFormat::Sql if several => format!("-- {}\n\n{text}\n", history.service.name),
            _ if several => text::section(true, &history.service.name, text.lines()),
            _ => text,
        };
        answer.services.push(document(&history.service.name, &schema, arguments.format));
        Ok(())
    })?;
    Ok(CommandOutput { is_script: true, ..answer })
}

fn format_schema(schema: &Schema, format: InspectFormat) -> String {
    match format {
        InspectFormat::Sql => script_text(&ddl(schema), schema.dialect),
        InspectFormat::Json => format!("{:#}\n", objects(schema)),
        InspectFormat::Mermaid => mermaid(schema),
    }
}

fn objects(schema: &Schema) -> Value {
    let objects: Vec<_> = schema.objects().collect();
    json!({ "dialect": schema.dialect.name(), "objects": objects, "unmodelled": diff_view::unmodelled(&schema.unmodelled) })
}

fn document(service: &str, schema: &Schema, format: InspectFormat) -> Value {
    let mut document = json!({ "service": service });
    if let (Value::Object(document), Value::Object(objects)) = (&mut document, objects(schema)) {
        document.extend(objects);
        if format != InspectFormat::Json {
            let name = if format == InspectFormat::Sql { "sql" } else { "mermaid" };
            document.insert(name.to_owned(), json!(format_schema(schema, format)));
        }
    }
    document
}
