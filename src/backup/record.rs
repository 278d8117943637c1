//! What stands beside a backup: a small JSON file that says what it is of, how large, and its checksum.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::error::BackupError;

/// What is known of a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// The service.
    pub service: String,
    /// The database's URL without passwords.
    pub database: String,
    /// `postgres`, `mysql`, `sqlite`.
    pub dialect: String,
    /// Product and version of the server.
    pub server: String,
    /// Product and version of the program that wrote it.
    pub program: String,
    /// aludel's version.
    pub tool_version: String,
    /// When it was begun: RFC 3339, UTC.
    pub created: String,
    /// The version rows at that time.
    pub rows: Vec<String>,
    /// `custom`, `directory`, `sql`, `sqlite`: how it is written, below the pipe.
    pub format: String,
    /// Whether it went through the configured pipe.
    pub piped: bool,
    /// For `sql`: at which byte below the pipe the events begin, which a rehearsal must not bring to life.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub events_at: Option<u64>,
    /// Bytes below the pipe; the same as `size` where there is none.
    pub plain_size: u64,
    /// Bytes of the file, or of all files of the folder.
    pub size: u64,
    /// BLAKE3 of the file in lower-case hexadecimal; of a folder, over names, sizes and contents in order of name.
    pub blake3: String,
}

/// The record's path: the backup's with `.json` behind it.
pub(super) fn path(backup: &Path) -> PathBuf {
    let mut name = backup.as_os_str().to_owned();
    name.push(".json");
    PathBuf::from(name)
}

impl Record {
    /// Reads the record of the backup at `backup`.
    pub(super) fn read(backup: &Path) -> Result<Self, BackupError> {
        let path = path(backup);
        let no_record = |reason: String| BackupError::NoRecord { path: path.clone(), reason };
        let text = std::fs::read_to_string(&path).map_err(|error| no_record(error.to_string()))?;
        serde_json::from_str(&text).map_err(|error| no_record(error.to_string()))
    }

    /// Writes the record of the backup at `backup`: to another name, then renamed.
    pub(super) fn write(&self, backup: &Path) -> Result<(), BackupError> {
        let path = path(backup);
        let failed = |error: std::io::Error| BackupError::file("written", &path, &error);
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."));
        let mut file = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
        serde_json::to_writer_pretty(&mut file, self).map_err(|error| failed(error.into()))?;
        std::io::Write::write_all(&mut file, b"\n").map_err(failed)?;
        file.as_file().sync_all().map_err(failed)?;
        file.persist(&path).map_err(|error| failed(error.error))?;
        Ok(())
    }
}
