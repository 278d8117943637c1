//! Runs a Django project's own Python, which prints its migrations.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::config::EnvFileVariables;
use crate::formats::{ForeignError, ImportedHistory, Problem, django};
use crate::sql::Dialect;

use super::error::{ProjectError, ProjectResult};
use super::render::last_line;

/// A Django project.
#[derive(Debug, Clone, Copy)]
pub struct DjangoProject<'a> {
    /// Path of `manage.py`, or of its folder.
    pub manage: &'a Path,
    /// Python that has Django.
    pub python: &'a Path,
    /// Name of the database in `DATABASES`.
    pub database: &'a str,
    /// Variables that the environment does not set.
    pub variables: &'a EnvFileVariables,
}

/// Reads the migrations of a project. Runs its settings and loads its migrations; applies none.
///
/// # Errors
/// [`ProjectError::Foreign`] if Python cannot be run or fails, or if Django cannot write the SQL of a migration.
pub fn read_django(project: DjangoProject<'_>, dialect: Dialect) -> ProjectResult<ImportedHistory> {
    let manage = if project.manage.is_dir() { project.manage.join("manage.py") } else { project.manage.to_owned() };
    let foreign = |error: ForeignError| Box::new(ProjectError::Foreign { path: failed_file(&manage, &error), error });
    let failed = |reason: String| foreign(ForeignError::in_file("", Problem::Plan(reason)));
    if !manage.is_file() {
        return Err(foreign(ForeignError::in_file("", Problem::NoFile("manage.py".to_owned()))));
    }
    let folder = manage.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut command = Command::new(program(project.python));
    command.arg("manage.py").args(["shell", "-c", django::SCRIPT]).current_dir(folder);
    command.env("ALUDEL_DJANGO_DATABASE", project.database).env("PYTHONIOENCODING", "utf-8").env("NO_COLOR", "1");
    command.envs(project.variables.iter().map(|(name, value)| (name, value.expose())));
    let output = command.stdin(Stdio::null()).output();
    let output = output.map_err(|error| failed(format!("{} does not start: {error}", project.python.display())))?;
    let printed = String::from_utf8_lossy(&output.stdout).replace("\r\n", "\n");
    if !output.status.success() || !printed.contains("aludel:end") {
        let last = last_line(&String::from_utf8_lossy(&output.stderr));
        return Err(failed(format!("`manage.py shell` failed: {last}")));
    }
    django::read(&printed, dialect).map_err(foreign)
}

/// A path with folders is relative to the working directory, not to the project's.
fn program(python: &Path) -> PathBuf {
    match python.components().count() {
        1 => python.to_owned(),
        _ => std::path::absolute(python).unwrap_or_else(|_| python.to_owned()),
    }
}

fn failed_file(manage: &Path, error: &ForeignError) -> PathBuf {
    if error.path.is_empty() { manage.to_owned() } else { manage.with_file_name(&error.path) }
}
