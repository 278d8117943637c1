//! Search for the programs of a database: location, product, version, and compatibility with the server.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::BackupContext;
use super::error::BackupError;

/// A program whose version is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Program {
    pub(super) path: PathBuf,
    pub(super) identity: ProductVersion,
}

/// Product (`PostgreSQL`, `MariaDB`, `MySQL`) and version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ProductVersion {
    pub(super) product: String,
    pub(super) version: String,
}

impl ProductVersion {
    /// Returns the first number of the version, or 0 if there is none.
    pub(super) fn major(&self) -> u32 {
        self.version.split('.').next().and_then(|number| number.parse().ok()).unwrap_or(0)
    }

    pub(super) fn text(&self) -> String {
        format!("{} {}", self.product, self.version)
    }
}

/// Search for a program.
pub(super) struct ProgramQuery<'w> {
    /// Accepted names, best first.
    pub(super) names: &'w [&'w str],
    /// Folders that are searched before and after those of the PATH.
    pub(super) before: Vec<PathBuf>,
    pub(super) behind: Vec<PathBuf>,
    /// Server that the program must fit.
    pub(super) server: &'w ProductVersion,
}

impl ProgramQuery<'_> {
    /// Returns the first program that `fits`.
    ///
    /// # Errors
    /// [`BackupError::NoProgram`] if none was found; otherwise the error of the first program, which does not fit or
    /// cannot be run.
    pub(super) fn find(
        &self,
        order: &BackupContext<'_>,
        fits: &dyn Fn(&ProductVersion) -> bool,
    ) -> Result<Program, BackupError> {
        self.choose(&self.candidates(order), fits)
    }

    /// Returns the program that `fits` with the lowest major version. A newer one may write settings and syntax that an
    /// older server does not understand.
    ///
    /// # Errors
    /// As [`Self::find`].
    pub(super) fn find_nearest(
        &self,
        order: &BackupContext<'_>,
        fits: &dyn Fn(&ProductVersion) -> bool,
    ) -> Result<Program, BackupError> {
        let candidates = self.candidates(order);
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
    pub(super) fn named(
        &self,
        name: &Path,
        order: &BackupContext<'_>,
        fits: &dyn Fn(&ProductVersion) -> bool,
    ) -> Result<Program, BackupError> {
        let is_path = name.components().count() > 1;
        let found = if is_path { vec![name.to_owned()] } else { in_folders(name, &path_folders(order)) };
        if !found.iter().any(|path| path.is_file()) {
            let names = vec![name.display().to_string()];
            return Err(BackupError::NoProgram { names, product: self.server.product.clone() });
        }
        self.choose(found.get(..1).unwrap_or_default(), fits)
    }

    fn candidates(&self, order: &BackupContext<'_>) -> Vec<PathBuf> {
        let folders = [self.before.clone(), path_folders(order), self.behind.clone()].concat();
        let mut found: Vec<_> = self.names.iter().flat_map(|name| in_folders(Path::new(name), &folders)).collect();
        found.sort_by_key(|path| is_wrapper(path));
        found
    }

    fn choose(&self, candidates: &[PathBuf], fits: &dyn Fn(&ProductVersion) -> bool) -> Result<Program, BackupError> {
        let mut first_error = None;
        for path in candidates {
            let error = match identify(path) {
                Ok(identity) if fits(&identity) => return Ok(Program { path: path.clone(), identity }),
                Ok(identity) => BackupError::WrongVersion {
                    program: path.clone(),
                    found: identity.text(),
                    server: self.server.text(),
                },
                Err(error) => error,
            };
            first_error.get_or_insert(error);
        }
        let names = || self.names.iter().map(|name| (*name).to_owned()).collect();
        Err(first_error
            .unwrap_or_else(|| BackupError::NoProgram { names: names(), product: self.server.product.clone() }))
    }
}

fn path_folders(order: &BackupContext<'_>) -> Vec<PathBuf> {
    let path = (order.environment)("PATH").unwrap_or_default();
    std::env::split_paths(&path).filter(|folder| !folder.as_os_str().is_empty()).collect()
}

fn in_folders(name: &Path, folders: &[PathBuf]) -> Vec<PathBuf> {
    folders.iter().map(|folder| folder.join(name)).filter(|path| path.is_file()).collect()
}

/// Returns `true` for Debian's `pg_wrapper`, which selects the newest version in the folders that are searched after
/// the PATH here. Wrappers are tried last, because a Perl script starts slower than the program itself.
fn is_wrapper(path: &Path) -> bool {
    std::fs::canonicalize(path).is_ok_and(|real| real.file_name().is_some_and(|name| name == "pg_wrapper"))
}

fn identify(program: &Path) -> Result<ProductVersion, BackupError> {
    let bad = |reason: String| BackupError::BadProgram { program: program.to_owned(), reason };
    let output = Command::new(program).arg("--version").stdin(Stdio::null()).output();
    let output = output.map_err(|error| bad(error.to_string()))?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    read_version(&said).ok_or_else(|| bad("its --version prints no version".to_owned()))
}

/// Parses the output of `--version`:
///
/// - `pg_dump (PostgreSQL) 15.8 (Debian 15.8-1)`
/// - `mariadb-dump  Ver 10.19 Distrib 10.11.6-MariaDB, for ...` (10.19 is the version of the program itself)
/// - `mariadb-dump from 11.4.2-MariaDB, client 10.19 for ...`
/// - `mysqldump  Ver 8.0.36 for Linux on x86_64 ...`
fn read_version(said: &str) -> Option<ProductVersion> {
    let words: Vec<&str> = said.split_whitespace().collect();
    let behind = |mark: &str| words.iter().position(|word| *word == mark).and_then(|at| words.get(at + 1)).copied();
    let (product, version) = if said.contains("(PostgreSQL)") {
        ("PostgreSQL", behind("(PostgreSQL)")?)
    } else if let Some(version) = words.iter().find(|word| word.contains("-MariaDB")) {
        ("MariaDB", *version)
    } else if said.to_ascii_lowercase().contains("mysql") {
        ("MySQL", behind("Distrib").or_else(|| behind("Ver"))?)
    } else {
        return None;
    };
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
