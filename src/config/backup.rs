//! Backup settings of a service. Values only; [`super::settings`] reads them from a config file.

use std::path::PathBuf;

/// Keys of the mapping `backup`.
pub(super) const KEYS: [&str; 6] = ["program", "folder", "keep", "pipe", "unpipe", "jobs"];

/// Backup settings of a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupSettings {
    /// Dump program: a name to find on the PATH, or a path. `None` for the one that matches the database.
    pub program: Option<PathBuf>,
    /// Folder of the backups.
    pub folder: PathBuf,
    /// Number of backups of the service to keep; `None` for all.
    pub keep: Option<usize>,
    /// Filter programs between the dump and the file, each with its arguments (encryption, compression).
    pub pipe: Vec<Vec<String>>,
    /// Filter programs that reverse `pipe`.
    pub unpipe: Vec<Vec<String>>,
    /// Number of connections that dump or restore in parallel (PostgreSQL).
    pub jobs: usize,
}

/// Keys set in one mapping; `None` for those that are not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct BackupKeys {
    pub program: Option<PathBuf>,
    pub folder: Option<PathBuf>,
    pub keep: Option<usize>,
    pub pipe: Option<Vec<Vec<String>>>,
    pub unpipe: Option<Vec<Vec<String>>>,
    pub jobs: Option<usize>,
}

impl BackupKeys {
    pub(super) fn or(self, defaults: Self) -> Self {
        Self {
            program: self.program.or(defaults.program),
            folder: self.folder.or(defaults.folder),
            keep: self.keep.or(defaults.keep),
            pipe: self.pipe.or(defaults.pipe),
            unpipe: self.unpipe.or(defaults.unpipe),
            jobs: self.jobs.or(defaults.jobs),
        }
    }

    /// Fills in the defaults. `usual_folder` is the default folder of backups.
    pub(super) fn backup(self, usual_folder: PathBuf) -> BackupSettings {
        BackupSettings {
            program: self.program,
            folder: self.folder.unwrap_or(usual_folder),
            keep: self.keep,
            pipe: self.pipe.unwrap_or_default(),
            unpipe: self.unpipe.unwrap_or_default(),
            jobs: self.jobs.unwrap_or(1),
        }
    }
}

/// Splits the words of a command line at each `|` into a pipeline. `None` if one of its programs is empty.
pub(super) fn chain(words: &[String]) -> Option<Vec<Vec<String>>> {
    let programs: Vec<Vec<String>> = words.split(|word| word == "|").map(<[String]>::to_vec).collect();
    (!programs.iter().any(Vec::is_empty)).then_some(programs)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_pipe_is_parted_into_programs() {
        let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(chain(&words("gzip -9 | age -r x")).unwrap(), [words("gzip -9"), words("age -r x")]);
        assert_eq!(chain(&words("gzip |")), None);
    }
}
