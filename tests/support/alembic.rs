//! The real Alembic: `ALUDEL_TEST_ALEMBIC`, else `alembic` on the PATH. If it is missing, tests panic with installation
//! instructions; they are never skipped.

use std::path::PathBuf;
use std::process::Stdio;

use super::project::{Kind, Project, Run};

/// The `env.py` of `alembic init`, without comments and logging levels. The URL is read from the ini file.
pub const ENVIRONMENT: &str = r#"import logging
from alembic import context
from sqlalchemy import engine_from_config, pool

logging.basicConfig(level=logging.INFO)
config = context.config


def offline():
    context.configure(
        url=config.get_main_option("sqlalchemy.url"), literal_binds=True, dialect_opts={"paramstyle": "named"},
        VERSIONS
    )
    with context.begin_transaction():
        context.run_migrations()


def online():
    section = config.get_section(config.config_ini_section)
    engine = engine_from_config(section, prefix="sqlalchemy.", poolclass=pool.NullPool)
    with engine.connect() as connection:
        context.configure(connection=connection, VERSIONS)
        with context.begin_transaction():
            context.run_migrations()


if context.is_offline_mode():
    offline()
else:
    online()
"#;

/// Returns the path of the program.
pub fn program() -> PathBuf {
    let given = std::env::var_os("ALUDEL_TEST_ALEMBIC").map(PathBuf::from).filter(|program| program.is_file());
    given.or_else(|| super::find_program(&["alembic"], &[])).unwrap_or_else(|| {
        panic!(
            "\n\nAlembic is not installed, and these tests need it. On Debian or Ubuntu:\n\n    \
             sudo apt-get install -y alembic python3-psycopg2 python3-pymysql\n\nelsewhere:\n\n    \
             pip install alembic psycopg2-binary pymysql    (and ALUDEL_TEST_ALEMBIC=/path/to/alembic)\n\n"
        )
    })
}

/// Converts a URL to SQLAlchemy's form.
pub fn url(url: &str) -> String {
    if let Some(path) = url.strip_prefix("sqlite:") {
        return format!("sqlite:///{path}");
    }
    let (scheme, rest) = url.split_once("://").expect("a URL");
    let scheme = if scheme.starts_with("postgres") { "postgresql+psycopg2" } else { "mysql+pymysql" };
    format!("{scheme}://{rest}")
}

/// Returns an `env.py` with additional arguments for `context.configure`.
pub fn environment(versions: &str) -> String {
    ENVIRONMENT.replace("VERSIONS", versions)
}

/// Creates an Alembic project on a fresh database, with an `aludel.yaml` that uses it. Returns the database's URL too.
pub fn project(kind: Kind) -> (Project, String) {
    let project = Project::new();
    let database = project.new_database(kind, "app");
    write(&project, &database);
    project.write(
        "aludel.yaml",
        &format!(
            "services:\n  app:\n    url: \"{database}\"\n    revisions: mig/versions\n    version_table: alembic_version\n    \
             python: {}\n",
            program().display()
        ),
    );
    (project, database)
}

/// Writes Alembic's part of the project.
pub fn write(project: &Project, database: &str) {
    let url = url(database).replace('%', "%%");
    project.write("alembic.ini", &format!("[alembic]\nscript_location = mig\nsqlalchemy.url = {url}\n"));
    project.write("mig/env.py", &environment(""));
    std::fs::create_dir_all(project.path("mig/versions")).expect("a folder");
}

/// Writes a Python revision after `down` (empty: a base; comma-separated: a merge).
pub fn revision(project: &Project, id: &str, down: &str, upgrade: &str, downgrade: &str) {
    let down = match down {
        "" => "None".to_owned(),
        one if !one.contains(',') => format!("'{one}'"),
        several => format!("('{}')", several.replace(',', "', '")),
    };
    let body = |text: &str| text.trim().lines().map(|line| format!("    {line}\n")).collect::<String>();
    let text = format!(
        "\"\"\"Step {id}\n\nRevision ID: {id}\nCreate Date: 2024-05-06 07:08:09.123456\n\n\"\"\"\nfrom alembic import op\n\
         import sqlalchemy as sa\n\nrevision = '{id}'\ndown_revision = {down}\nbranch_labels = None\ndepends_on = None\n\n\n\
         def upgrade():\n{}\n\ndef downgrade():\n{}",
        body(upgrade),
        body(downgrade)
    );
    project.write(&format!("mig/versions/{id}_step.py"), &text);
}

/// Writes a revision that creates a table with an id.
pub fn table(project: &Project, id: &str, down: &str, name: &str) {
    let upgrade = format!("op.create_table('{name}', sa.Column('id', sa.Integer, primary_key=True))");
    revision(project, id, down, &upgrade, &format!("op.drop_table('{name}')"));
}

/// Runs Alembic in the project.
pub fn run(project: &Project, arguments: &[&str]) -> Run {
    let mut command = std::process::Command::new(program());
    command.args(arguments).current_dir(project.path("")).stdin(Stdio::null());
    Run::of(command.output().expect("Alembic"))
}

/// Runs Alembic, requires success and returns its stdout.
pub fn ok(project: &Project, arguments: &[&str]) -> String {
    let run = run(project, arguments);
    assert_eq!(run.status, 0, "alembic {arguments:?}\n{}{}", run.stdout, run.stderr);
    run.stdout
}
