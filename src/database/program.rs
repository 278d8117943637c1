//! Programs of a database: the search for one that fits its server, and their command lines.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::config::Secret;
use crate::sql::Dialect;
use crate::system::process::in_own_group;

/// Error of a program of a database. Its message contains no password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProgramError {
    /// The program was not found.
    #[error("{} was not found", names.join(" or "))]
    NotFound {
        /// Names of the programs that were searched for.
        names: Vec<String>,
        /// Debian's package with these programs.
        package: &'static str,
    },
    /// A configured or found program cannot be run, or its version cannot be determined.
    #[error("{} cannot be used: {reason}", program.display())]
    Unusable {
        /// Path of the program.
        program: PathBuf,
        /// Cause.
        reason: String,
    },
    /// The program is older than the server or belongs to another product.
    #[error("{} is {found}, but the server is {server}", program.display())]
    WrongVersion {
        /// Path of the program.
        program: PathBuf,
        /// Product and version of the program.
        found: String,
        /// Product and version of the server.
        server: String,
    },
    /// A program failed.
    #[error("{program} failed ({status})")]
    Failed {
        /// File name of the program.
        program: String,
        /// Exit status: `exit status: 1`, `signal: 9 (SIGKILL)`.
        status: String,
        /// End of its stderr output, with passwords masked.
        said: String,
    },
}

/// Command line of a program. The password is passed in the environment, never as an argument.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProgramCall {
    program: PathBuf,
    arguments: Vec<OsString>,
    password: Option<(&'static str, Secret)>,
    variables: Vec<(&'static str, Secret)>,
}

impl ProgramCall {
    /// Creates the command line of `program` without arguments.
    #[must_use]
    pub const fn new(program: PathBuf) -> Self {
        Self { program, arguments: Vec::new(), password: None, variables: Vec::new() }
    }

    /// Passes `password`, if there is one, in the environment variable `variable`.
    #[must_use]
    pub fn with_password(self, variable: &'static str, password: Option<&str>) -> Self {
        Self { password: password.map(|password| (variable, Secret::new(password.to_owned()))), ..self }
    }

    /// Passes these variables as `environment` returns them: some may be known to aludel only, from an env file.
    #[must_use]
    pub fn with_variables(self, names: &[&'static str], environment: &dyn Fn(&str) -> Option<String>) -> Self {
        let variables = names.iter().filter_map(|name| Some((*name, Secret::new(environment(name)?)))).collect();
        Self { variables, ..self }
    }

    /// Appends an argument.
    #[must_use]
    pub fn arg(mut self, argument: impl Into<OsString>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    /// Appends arguments.
    #[must_use]
    pub fn args<A: Into<OsString>>(mut self, arguments: impl IntoIterator<Item = A>) -> Self {
        self.arguments.extend(arguments.into_iter().map(Into::into));
        self
    }

    /// Returns the arguments.
    #[must_use]
    pub fn arguments(&self) -> &[OsString] {
        &self.arguments
    }

    /// Returns the password, which is to be masked in the output of the program.
    #[must_use]
    pub fn password(&self) -> Option<&str> {
        self.password.as_ref().map(|(_, password)| password.expose())
    }

    /// Returns the file name of the program.
    #[must_use]
    pub fn name(&self) -> String {
        self.program.file_name().unwrap_or(self.program.as_os_str()).to_string_lossy().into_owned()
    }

    /// Returns the command, to be run in a process group of its own. Ctrl-C in a terminal sends SIGINT to the whole
    /// foreground group; this way only aludel receives it, stops the program and reports the interruption instead of a
    /// failed program.
    #[must_use]
    pub fn command(&self) -> Command {
        let mut command = self.foreground_command();
        in_own_group(&mut command);
        command
    }

    /// Returns the command, to be run in the process group of this process.
    #[must_use]
    pub fn foreground_command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments);
        command.envs(self.variables.iter().map(|(name, value)| (name, value.expose())));
        if let Some((variable, password)) = &self.password {
            command.env(variable, password.expose());
        }
        command
    }
}

/// Sources of a search for programs.
#[derive(Clone, Copy)]
pub struct ProgramSearch<'a> {
    /// Dump program named in the config. Its folder is searched first for the other programs.
    pub configured: Option<&'a Path>,
    /// Returns environment variables (`PATH`).
    pub environment: &'a dyn Fn(&str) -> Option<String>,
}

impl ProgramSearch<'_> {
    /// Returns the folder of the configured program, unless that is only a name.
    #[must_use]
    pub fn configured_folder(&self) -> Option<&Path> {
        self.configured.and_then(Path::parent).filter(|folder| !folder.as_os_str().is_empty())
    }
}

/// A program whose version is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    /// Path of the program.
    pub path: PathBuf,
    /// Its product and version.
    pub identity: ProductVersion,
}

/// Product (`PostgreSQL`, `MariaDB`, `MySQL`) and version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProductVersion {
    /// Product name.
    pub product: String,
    /// Version: numbers separated by dots.
    pub version: String,
}

impl ProductVersion {
    /// Returns the first number of the version, or 0 if there is none.
    #[must_use]
    pub fn major(&self) -> u32 {
        self.version.split('.').next().and_then(|number| number.parse().ok()).unwrap_or(0)
    }

    /// Returns product and version for messages.
    #[must_use]
    pub fn text(&self) -> String {
        format!("{} {}", self.product, self.version)
    }
}

/// Search for a program.
pub struct ProgramQuery<'w> {
    /// Accepted names, best first.
    pub names: &'w [&'w str],
    /// Folders that are searched before those of the PATH.
    pub before: Vec<PathBuf>,
    /// Folders that are searched after those of the PATH.
    pub behind: Vec<PathBuf>,
    /// Server that the program must fit.
    pub server: &'w ProductVersion,
    /// Debian's package with these programs, for the error that none was found.
    pub package: &'static str,
}

impl ProgramQuery<'_> {
    /// Returns the first program that `fits`.
    ///
    /// # Errors
    /// [`ProgramError::NotFound`] if none was found; otherwise the error of the first program, which does not fit or
    /// cannot be run.
    pub fn find(
        &self,
        search: &ProgramSearch<'_>,
        fits: &dyn Fn(&ProductVersion) -> bool,
    ) -> Result<Program, ProgramError> {
        self.choose(&self.candidates(search), fits)
    }

    /// Returns the program that `fits` with the lowest major version. A newer one may write settings and syntax that an
    /// older server does not understand.
    ///
    /// # Errors
    /// As [`Self::find`].
    pub fn find_nearest(
        &self,
        search: &ProgramSearch<'_>,
        fits: &dyn Fn(&ProductVersion) -> bool,
    ) -> Result<Program, ProgramError> {
        let candidates = self.candidates(search);
        let mut nearest: Option<Program> = None;
        for path in &candidates {
            let Some(identity) = identify(path).ok().filter(|identity| fits(identity)) else { continue };
            let is_nearer = |other: &Program| identity.major() < other.identity.major();
            if nearest.as_ref().is_none_or(is_nearer) {
                nearest = Some(Program { path: path.clone(), identity });
            }
            if nearest.as_ref().is_some_and(|program| program.identity.major() == self.server.major()) {
                break;
            }
        }
        // No program fits: return the usual error.
        nearest.map_or_else(|| self.choose(&candidates, fits), Ok)
    }

    /// Returns the program named in the config if it `fits`. It may have any name.
    ///
    /// # Errors
    /// As [`Self::find`].
    pub fn named(
        &self,
        name: &Path,
        search: &ProgramSearch<'_>,
        fits: &dyn Fn(&ProductVersion) -> bool,
    ) -> Result<Program, ProgramError> {
        let is_path = name.components().count() > 1;
        let found = if is_path { vec![name.to_owned()] } else { in_folders(name, &path_folders(search)) };
        if !found.iter().any(|path| path.is_file()) {
            let names = vec![name.display().to_string()];
            return Err(ProgramError::NotFound { names, package: self.package });
        }
        self.choose(&found[..1], fits)
    }

    fn candidates(&self, search: &ProgramSearch<'_>) -> Vec<PathBuf> {
        let folders = [self.before.clone(), path_folders(search), self.behind.clone()].concat();
        let mut found: Vec<_> = self.names.iter().flat_map(|name| in_folders(Path::new(name), &folders)).collect();
        found.sort_by_key(|path| is_wrapper(path));
        found
    }

    fn choose(&self, candidates: &[PathBuf], fits: &dyn Fn(&ProductVersion) -> bool) -> Result<Program, ProgramError> {
        let mut first_error = None;
        for path in candidates {
            let error = match identify(path) {
                Ok(identity) if fits(&identity) => return Ok(Program { path: path.clone(), identity }),
                Ok(identity) => ProgramError::WrongVersion {
                    program: path.clone(),
                    found: identity.text(),
                    server: self.server.text(),
                },
                Err(error) => error,
            };
            first_error.get_or_insert(error);
        }
        let names = || self.names.iter().map(|name| (*name).to_owned()).collect();
        Err(first_error.unwrap_or_else(|| ProgramError::NotFound { names: names(), package: self.package }))
    }
}

fn path_folders(search: &ProgramSearch<'_>) -> Vec<PathBuf> {
    let path = (search.environment)("PATH").unwrap_or_default();
    std::env::split_paths(&path).filter(|folder| !folder.as_os_str().is_empty()).collect()
}

fn in_folders(name: &Path, folders: &[PathBuf]) -> Vec<PathBuf> {
    // On Windows `pg_dump` is `pg_dump.exe`; elsewhere the ending is empty.
    let is_complete = name.extension().is_some();
    let name = if is_complete { name.to_owned() } else { name.with_extension(std::env::consts::EXE_EXTENSION) };
    folders.iter().map(|folder| folder.join(&name)).filter(|path| path.is_file()).collect()
}

/// Returns `true` for Debian's `pg_wrapper`, which selects the newest version in the folders that are searched after
/// the PATH here. Wrappers are tried last, because a Perl script starts slower than the program itself.
fn is_wrapper(path: &Path) -> bool {
    std::fs::canonicalize(path).is_ok_and(|real| real.file_name().is_some_and(|name| name == "pg_wrapper"))
}

fn identify(program: &Path) -> Result<ProductVersion, ProgramError> {
    let bad = |reason: String| ProgramError::Unusable { program: program.to_owned(), reason };
    let output = Command::new(program).arg("--version").stdin(Stdio::null()).output();
    let output = output.map_err(|error| bad(error.to_string()))?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    read_version(&said).ok_or_else(|| bad("its --version prints no version".to_owned()))
}

/// Parses the output of `--version`. Recognizes the programs of all databases, because the error for a configured
/// program of another database names its product.
fn read_version(printed: &str) -> Option<ProductVersion> {
    let (product, version) = Dialect::all().find_map(|dialect| dialect.rules().program_version(printed))?;
    let end = version.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(version.len());
    let version = version.get(..end).filter(|version| !version.is_empty())?;
    Some(ProductVersion { product: product.to_owned(), version: version.to_owned() })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_as_the_programs_write_them() {
        for (said, expected) in [
            ("pg_dump (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n", "PostgreSQL 15.18"),
            ("pg_dump (PostgreSQL) 18beta1\n", "PostgreSQL 18"),
            ("mariadb-dump  Ver 10.19 Distrib 10.11.19-MariaDB, for debian-linux-gnu (x86_64)\n", "MariaDB 10.11.19"),
            ("mariadb-dump from 11.4.2-MariaDB, client 10.19 for debian-linux-gnu (x86_64)\n", "MariaDB 11.4.2"),
            ("mysqldump  Ver 8.0.36-28 for Linux on x86_64 (MySQL Community Server - GPL)\n", "MySQL 8.0.36"),
            ("mysqldump  Ver 10.13 Distrib 5.7.44, for Linux (x86_64)\nMySQL dump", "MySQL 5.7.44"),
        ] {
            assert_eq!(read_version(said).unwrap().text(), expected, "{said}");
        }
        assert_eq!(read_version("hello"), None);
        assert_eq!(read_version("pg_dump (PostgreSQL)"), None);
    }
}
