//! `import`: converts another tool's migrations to revision files.

pub mod alembic;

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::cli::context::Context;
use crate::cli::output::CommandOutput;
use crate::cli::report::CommandError;
use crate::cli::text;
use crate::config::Layout;
use crate::formats::{Caution, Format, Warning};
use crate::project::{self, DjangoProject, History, Import, ProjectResult};
use crate::sql::Dialect;

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  aludel import flyway src/main/resources/db/migration -s auth\n  aludel import goose migrations --dry-run\n  aludel stamp --from goose -s auth   # read the tool's version table"
)]
pub struct ImportArgs {
    #[command(subcommand)]
    pub source: ImportSource,
}

/// Tools and formats that migrations can be imported from.
#[derive(Debug, Subcommand)]
pub enum ImportSource {
    /// Alembic: the Python revisions of a service as SQL files, proved on scratch databases
    ///
    /// An SQL file has the same id, parents, labels, dependencies, message and date as the Python revision; its SQL is
    /// what the service's Alembic prints with --sql. Before anything is written, the imported history and Alembic each
    /// build a database from base to heads, and the two have to be equal. The .py files stay: an .sql file with the
    /// same id takes precedence.
    Alembic(alembic::ImportAlembicArgs),
    /// Pairs of files: YYYYMMDD_HHMMSS_name.sql and ..._rollback.sql
    Pairs(FolderArgs),
    /// Prisma: TIME_name/migration.sql, with a down.sql beside it if there is one
    Prisma(FolderArgs),
    /// Flyway: V1_2__name.sql, U1_2__name.sql and R__name.sql
    Flyway(FolderArgs),
    /// golang-migrate: 000001_name.up.sql and .down.sql
    GolangMigrate(FolderArgs),
    /// dbmate: TIME_name.sql with -- migrate:up and -- migrate:down
    Dbmate(FolderArgs),
    /// goose: 00001_name.sql with -- +goose Up and -- +goose Down
    Goose(FolderArgs),
    /// sqlx: TIME_name.sql, or .up.sql and .down.sql
    Sqlx(FolderArgs),
    /// diesel: TIME_name/up.sql and down.sql
    Diesel(FolderArgs),
    /// Sqitch: sqitch.plan with deploy, revert and verify scripts
    Sqitch(FolderArgs),
    /// Supabase: supabase/migrations/TIME_name.sql
    Supabase(FolderArgs),
    /// Drizzle: 0000_name.sql with meta/_journal.json
    Drizzle(FolderArgs),
    /// Atlas: TIME_name.sql with atlas.sum
    Atlas(FolderArgs),
    /// refinery: V1__name.sql and U2__name.sql
    Refinery(FolderArgs),
    /// Liquibase: formatted SQL, and changelogs of SQL and includes
    Liquibase(FolderArgs),
    /// Django: the migrations of all apps, as its own Python writes their SQL
    ///
    /// Runs `manage.py shell` of the project, which loads its settings and migrations and applies none. Each app is a
    /// branch with its name as label; what a migration needs of other apps is in `depends_on`.
    Django(DjangoArgs),
    #[command(hide = true)]
    Knex(CodeArgs),
    #[command(hide = true)]
    Typeorm(CodeArgs),
    #[command(hide = true)]
    Sequelize(CodeArgs),
}

/// Arguments of a tool whose migrations are code only, which are ignored.
#[derive(Debug, Args)]
pub struct CodeArgs {
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, hide = true)]
    pub ignored: Vec<String>,
}

/// Arguments of every format but Alembic.
#[derive(Debug, Args)]
pub struct FolderArgs {
    /// Folder of the migrations (Sqitch: the one with sqitch.conf)
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
    /// Print what would be written; write nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// Arguments of Django.
#[derive(Debug, Args)]
pub struct DjangoArgs {
    /// manage.py of the project, or its folder
    #[arg(value_name = "PROJECT", default_value = ".")]
    pub project: PathBuf,
    /// Python that has Django: that of the project's virtual environment
    #[arg(long, value_name = "PROGRAM", default_value = "python3")]
    pub python: PathBuf,
    /// Name of the database in DATABASES
    #[arg(long, value_name = "ALIAS", default_value = "default")]
    pub database: String,
    /// Print what would be written; write nothing
    #[arg(long)]
    pub dry_run: bool,
}

impl ImportSource {
    /// Format and folder; `None` for Alembic, whose revisions the service has already, for Django, and for tools without SQL.
    const fn parts(&self) -> Option<(Format, &FolderArgs)> {
        Some(match self {
            Self::Alembic(_) | Self::Django(_) | Self::Knex(_) | Self::Typeorm(_) | Self::Sequelize(_) => return None,
            Self::Pairs(folder) => (Format::Pairs, folder),
            Self::Prisma(folder) => (Format::Prisma, folder),
            Self::Flyway(folder) => (Format::Flyway, folder),
            Self::GolangMigrate(folder) => (Format::GolangMigrate, folder),
            Self::Dbmate(folder) => (Format::Dbmate, folder),
            Self::Goose(folder) => (Format::Goose, folder),
            Self::Sqlx(folder) => (Format::Sqlx, folder),
            Self::Diesel(folder) => (Format::Diesel, folder),
            Self::Sqitch(folder) => (Format::Sqitch, folder),
            Self::Supabase(folder) => (Format::Supabase, folder),
            Self::Drizzle(folder) => (Format::Drizzle, folder),
            Self::Atlas(folder) => (Format::Atlas, folder),
            Self::Refinery(folder) => (Format::Refinery, folder),
            Self::Liquibase(folder) => (Format::Liquibase, folder),
        })
    }
}

pub fn run(arguments: &ImportArgs, context: &Context<'_>) -> Result<CommandOutput, CommandError> {
    match (&arguments.source, arguments.source.parts()) {
        (ImportSource::Alembic(arguments), _) => alembic::run(arguments, context),
        (ImportSource::Django(DjangoArgs { project, python, database, dry_run }), _) => {
            import(Format::Django, *dry_run, context, |history, dialect| {
                let variables = &history.service.variables;
                let django = DjangoProject { manage: project, python, database, variables };
                project::plan_reading(history, project::read_django(django, dialect)?)
            })
        }
        (_, Some((format, FolderArgs { folder, dry_run }))) => {
            import(format, *dry_run, context, |history, dialect| project::plan_import(history, format, folder, dialect))
        }
        (ImportSource::Knex(_), _) => Err(no_sql("Knex")),
        (ImportSource::Typeorm(_), _) => Err(no_sql("TypeORM")),
        (ImportSource::Sequelize(_), _) => Err(no_sql("Sequelize")),
        (_, None) => Ok(CommandOutput::default()),
    }
}

fn import(
    format: Format,
    dry_run: bool,
    context: &Context<'_>,
    plan: impl FnOnce(&History, Dialect) -> ProjectResult<Import>,
) -> Result<CommandOutput, CommandError> {
    let history = context.for_one(&[])?;
    let in_service = |report: CommandError| report.of_service(&history.service.name);
    if history.service.layout == Layout::Pairs {
        return Err(in_service(CommandError::usage(
            "pairs are read in place: there is no folder to write revisions to",
        ))
        .note("the config has `layout: pairs`")
        .hint("to have revisions instead: give the service another folder, remove `layout`, import again"));
    }
    let dialect = context.dialect(&history)?;
    let import = plan(&history, dialect).map_err(|error| in_service(CommandError::from(error)))?;
    for Warning { path, caution } in &import.reading.warnings {
        context.warn(&format!("{path}: {caution}"));
    }
    if !dry_run {
        project::write_import(&import).map_err(|error| in_service(CommandError::from(error)))?;
    }
    context.status(&summary(&history, format, &import, dry_run));
    Ok(CommandOutput {
        text: import.new.iter().map(|new| format!("{}\n", new.path.display())).collect(),
        services: vec![document(&history, format, &import, dry_run)],
        ..CommandOutput::default()
    })
}

/// Refuses a tool that never writes its SQL.
fn no_sql(tool: &str) -> CommandError {
    CommandError::usage(format!("the migrations of {tool} are code, and it never writes their SQL"))
        .note("nothing was written")
        .hint(format!(
            "begin with the schema instead: let {tool} apply everything, then `aludel inspect > schema.sql`, `schema: \
             schema.sql` in the config, `aludel revision --autogenerate -m Baseline`, `aludel stamp head`"
        ))
        .hint("docs/from-others.md has the steps")
}

fn summary(history: &History, format: Format, import: &Import, dry_run: bool) -> String {
    let (name, tool) = (&history.service.name, format.name());
    let (new, known) = (import.new.len(), import.known.len());
    let verb = if dry_run { "would be imported" } else { "imported" };
    let there = if known == 0 { String::new() } else { format!(", {known} exist already") };
    let mut text = format!("{name}: {} {verb} from {tool}{there}", text::count(new, "revision"));
    let has_variables =
        import.reading.warnings.iter().any(|warning| matches!(warning.caution, Caution::Variable { .. }));
    if has_variables {
        text += "\n  variables get their values when revisions run: -x NAME=VALUE";
    }
    if new > 0 && !dry_run && format.has_table() {
        text += &format!("\n  next, if {tool} has run on the database: aludel stamp --from {tool} -s {name}");
    }
    text
}

fn document(history: &History, format: Format, import: &Import, dry_run: bool) -> Value {
    let new =
        import.new.iter().map(|new| json!({ "revision": new.id.as_str(), "path": new.path.display().to_string() }));
    let known =
        import.known.iter().map(|(id, path)| json!({ "revision": id.as_str(), "path": path.display().to_string() }));
    let warnings = import.reading.warnings.iter();
    let warnings = warnings.map(|warning| {
        json!({ "path": warning.path, "code": warning.caution.name(), "message": warning.caution.to_string() })
    });
    json!({
        "service": history.service.name,
        "format": format.name(),
        "imported": new.collect::<Vec<_>>(),
        "known": known.collect::<Vec<_>>(),
        "warnings": warnings.collect::<Vec<_>>(),
        "applied": !dry_run,
    })
}
