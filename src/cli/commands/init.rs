//! `init`: creates a project.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;

use super::status;
use crate::cli::context::Context;
use crate::cli::global::Global;
use crate::cli::json as documents;
use crate::cli::output::{CommandOutput, write_stderr};
use crate::cli::report::CommandError;
use crate::cli::surroundings::environment;
use crate::config::Config;
use crate::formats::Format;
use crate::project::{self, ForeignProject, ProjectFlags};

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  aludel init\n  aludel init services/billing\n  aludel init --template multi   # several services in one file\n  \
    aludel init --from alembic.ini                 # an Alembic project: its folders, its table, its URL\n  \
    aludel init --from alembic.ini -n auth -n chat   # two sections, two services\n  \
    aludel init --from drizzle.config.ts           # a project of another tool, by its config or its folder"
)]
pub struct InitArgs {
    /// Folder of the project (created if it is missing)
    #[arg(value_name = "DIR", default_value = ".")]
    pub directory: PathBuf,
    /// Template to start from; `aludel list-templates` lists them
    #[arg(long, value_name = "NAME", default_value = "single", conflicts_with = "from")]
    pub template: String,
    /// Take over a project of another tool: its config, its migrations, or its folder. The revisions of Alembic
    /// (alembic.ini or pyproject.toml, repeatable: one service each) stay where they are; for other tools the commands
    /// that follow are printed
    #[arg(long, value_name = "PATH")]
    pub from: Vec<PathBuf>,
    /// Section of alembic.ini (repeatable: one service each), like Alembic's -n
    #[arg(short = 'n', long = "name", value_name = "SECTION", requires = "from")]
    pub section: Vec<String>,
}

pub fn run(arguments: &InitArgs, context: &Context<'_>) -> Result<CommandOutput, CommandError> {
    match arguments.from.as_slice() {
        [] => {}
        [path] => match project::recognize(path) {
            Some(found) => return from_tool(arguments, &found, context),
            None => return from_alembic(arguments, context),
        },
        _ => return from_alembic(arguments, context),
    }
    let made = project::init(&arguments.directory, &arguments.template)?;
    let made: Vec<_> = made.iter().map(|path| short(path)).collect();
    let flags = ProjectFlags { config: Some(arguments.directory.join("aludel.yaml")), ..ProjectFlags::default() };
    let config = project::open(&flags, &environment)?;
    let mut lines: Vec<_> = made.iter().map(|path| path.display().to_string()).collect();
    if !context.global.quiet {
        lines.extend(next(&arguments.directory, &config));
    }
    let text = lines.iter().map(|line| format!("{line}\n")).collect();
    let paths: Vec<_> = made.iter().map(|path| path.display()).collect();
    let extra = [("made".to_owned(), json!(documents::strings(&paths)))].into_iter().collect();
    Ok(CommandOutput { text, extra, ..CommandOutput::default() })
}

/// Writes a config for a project of another tool, and names the commands that bring its migrations.
fn from_tool(
    arguments: &InitArgs,
    found: &ForeignProject,
    context: &Context<'_>,
) -> Result<CommandOutput, CommandError> {
    let folder = &arguments.directory;
    let names: Vec<&str> = found.formats.iter().map(|format| format.name()).collect();
    let config = short(&project::adopt_foreign(folder, &names.join(" or "))?);
    let source = project::source_from(folder, &found.source).display().to_string();
    let mut lines = vec![config.display().to_string()];
    if !context.global.quiet {
        lines.extend([String::new(), "Next:".to_owned()]);
        if folder != Path::new(".") {
            lines.push(format!("  cd {}", folder.display()));
        }
        lines.push("  set DATABASE_URL, or write `url` into aludel.yaml".to_owned());
        for (index, name) in names.iter().enumerate() {
            let or = if index > 0 { "   # if it is this one: the names of the files fit both" } else { "" };
            lines.push(format!("  aludel import {name} {source}{or}"));
        }
        let tool = if let [only] = names.as_slice() { only } else { "FORMAT" };
        lines.push(format!("  aludel stamp --from {tool}   # on each database that it has migrated"));
        // Each app of Django is a branch.
        let target = if found.formats == [Format::Django] { "heads" } else { "head" };
        lines.push(format!("  aludel upgrade {target}"));
    }
    let extra = [
        ("made".to_owned(), json!([config.display().to_string()])),
        ("formats".to_owned(), json!(names)),
        ("source".to_owned(), json!(source)),
    ];
    let text = lines.iter().map(|line| format!("{line}\n")).collect();
    Ok(CommandOutput { text, extra: extra.into_iter().collect(), ..CommandOutput::default() })
}

/// Writes the config of an Alembic project, and shows the status of each of its databases.
fn from_alembic(arguments: &InitArgs, context: &Context<'_>) -> Result<CommandOutput, CommandError> {
    let ini = |path: &PathBuf| Some(path.join("alembic.ini")).filter(|ini| ini.is_file());
    let sources: Vec<_> = arguments.from.iter().map(|path| ini(path).unwrap_or_else(|| path.clone())).collect();
    let adopted = project::adopt(&arguments.directory, &sources, &arguments.section)?;
    for note in &adopted.notes {
        context.warn(note);
    }
    let config = short(&adopted.config);
    let mut answer = CommandOutput { text: format!("{}\n\n", config.display()), ..CommandOutput::default() };
    for service in &adopted.services {
        let global = Global {
            config: Some(config.clone()),
            service: vec![service.clone()],
            all: false,
            url: None,
            revisions: None,
            ..context.global.clone()
        };
        // The config stays even if the status cannot be read now: the report names what is missing.
        match status::run(&status::StatusArgs {}, &context.with_options(&global)) {
            Ok(status) => {
                answer.text += &status.text;
                answer.services.extend(status.services);
            }
            Err(report) => {
                write_stderr(&report.render(console::colors_enabled_stderr()));
                answer.services.push(json!({ "service": service, "error": report.json()["error"] }));
            }
        }
    }
    if !context.global.quiet {
        answer.text += NEXT;
        answer.text += &beside_alembic(&config);
    }
    answer.extra.insert("made".to_owned(), json!([config.display().to_string()]));
    answer.extra.insert("notes".to_owned(), json!(adopted.notes));
    Ok(answer)
}

/// Suggested next commands for an Alembic project.
const NEXT: &str = "
Next:
  aludel history                 the revisions, read without Python
  aludel revision -m TEXT        the next one, in SQL, on top of them
  aludel upgrade head            runs all of them: Alembic renders those in Python
  aludel import alembic          converts them to SQL, and proves it
";

/// Setting for env.py by which Alembic ignores aludel's tables and the version tables of other services.
fn beside_alembic(config: &Path) -> String {
    let flags = ProjectFlags { config: Some(config.to_owned()), ..ProjectFlags::default() };
    let services = project::open(&flags, &environment).map(|config| config.services).unwrap_or_default();
    let tables: BTreeSet<String> = services.iter().map(|service| format!("{:?}", service.version_table)).collect();
    let tables: Vec<String> = tables.into_iter().collect();
    let names = match tables.as_slice() {
        [one] => one.clone(),
        several => format!("({})", several.join(", ")),
    };
    format!(
        "\nBeside Alembic: `alembic check` and --autogenerate would drop aludel's tables; in env.py, for context.configure:\n  \
         include_name=lambda name, kind, _: kind != \"table\" or not name.startswith({names})\n"
    )
}

/// Strips the `./` of the default folder.
fn short(path: &Path) -> PathBuf {
    path.strip_prefix(".").unwrap_or(path).to_owned()
}

/// Suggested next steps for a new project.
fn next(folder: &Path, config: &Config) -> Vec<String> {
    let mut lines = vec![String::new(), "Next:".to_owned()];
    if folder != Path::new(".") {
        lines.push(format!("  cd {}", folder.display()));
    }
    let service = match config.services.as_slice() {
        [first, _, ..] => format!(" -s {}", first.name),
        _ => String::new(),
    };
    lines.push("  set the database URL in aludel.yaml; without one it is an SQLite file next to it".to_owned());
    lines.push(format!("  aludel revision -m \"Create users\" --template add-table{service}"));
    lines.push("  fill in the file that it names".to_owned());
    lines.push(format!("  aludel upgrade head{service}"));
    lines
}
