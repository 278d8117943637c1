//! Alembic on the same made-up history: found by `ALUDEL_BENCH_ALEMBIC` or on the PATH, never installed from here.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::revisions::{self, Shape};

const INSTALL: &str = "python3 -m venv /tmp/alembic && /tmp/alembic/bin/pip install alembic==1.20.1 sqlalchemy \
                       psycopg2-binary && export ALUDEL_BENCH_ALEMBIC=/tmp/alembic/bin/alembic";

/// What `alembic init` writes, without comments and logging; one transaction per revision.
const ENVIRONMENT: &str = r#"import os
from alembic import context
from sqlalchemy import create_engine, pool

engine = create_engine(os.environ["BENCH_URL"], poolclass=pool.NullPool)
with engine.connect() as connection:
    context.configure(connection=connection, target_metadata=None, transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()
"#;

/// The program, and its version.
pub fn find() -> Option<(PathBuf, String)> {
    let program = super::program("ALUDEL_BENCH_ALEMBIC", "alembic", INSTALL)?;
    let version = super::process::output(Command::new(&program).arg("--version"));
    Some((program, version.split_whitespace().last().unwrap_or("?").to_owned()))
}

/// Writes a project with the same revisions as [`revisions::write`].
pub fn write(folder: &Path, count: usize) {
    let versions = folder.join("migrations/versions");
    std::fs::create_dir_all(&versions).expect("a folder");
    std::fs::write(folder.join("alembic.ini"), "[alembic]\nscript_location = migrations\n").expect("alembic.ini");
    std::fs::write(folder.join("migrations/env.py"), ENVIRONMENT).expect("env.py");
    for made in revisions::history(Shape::Line, count) {
        let name = format!("{}_create_table.py", made.id);
        std::fs::write(versions.join(name), text(&made)).expect("a revision file");
    }
}

fn text(made: &revisions::Made) -> String {
    let down = made.parents.first().map_or_else(|| "None".to_owned(), |number| format!("'{}'", revisions::id(*number)));
    let [table, index] = revisions::statements(made.number);
    format!(
        "\"\"\"Create table number {number}\"\"\"\nfrom alembic import op\n\nrevision = '{id}'\ndown_revision = {down}\n\
         branch_labels = None\ndepends_on = None\n\n\ndef upgrade():\n    op.execute(\"\"\"{table}\"\"\")\n    \
         op.execute(\"\"\"{index}\"\"\")\n\n\ndef downgrade():\n    op.execute(\"DROP TABLE t{number}\")\n",
        number = made.number,
        id = made.id,
    )
}

/// Alembic in `folder` on the database at `url` (SQLAlchemy's form).
pub fn command(program: &Path, folder: &Path, url: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(folder).env("BENCH_URL", url);
    command
}
