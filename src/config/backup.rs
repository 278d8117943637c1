//! How a service's database is backed up, as its config says. Values only; how they are read from a config file is in
//! [`super::settings`].

use std::path::PathBuf;

/// The keys of the mapping `backup`.
pub(super) const KEYS: [&str; 6] = ["program", "folder", "keep", "pipe", "unpipe", "jobs"];

/// How a service's database is backed up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupSettings {
    /// The dump program: a name to look for on the PATH, or a path. None: what fits the database.
    pub program: Option<PathBuf>,
    /// Where backups are kept.
    pub folder: PathBuf,
    /// How many backups of the service are kept; none: all.
    pub keep: Option<usize>,
    /// Programs that the backup goes through on its way to the file, each with its arguments (encryption, compression).
    pub pipe: Vec<Vec<String>>,
    /// Programs that undo `pipe`.
    pub unpipe: Vec<Vec<String>>,
    /// How many connections dump and restore at the same time (PostgreSQL).
    pub jobs: usize,
}

/// What a mapping says; what it does not say is none.
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

    /// With the house's defaults; `usual_folder` is where backups are kept when the config does not say.
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

/// A command line's words parted at each `|`: a chain of programs. None: a part of it is empty.
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
