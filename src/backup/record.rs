//! Record of a backup: a small JSON file beside it with origin, size and checksum.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::error::BackupError;

/// Facts about a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Name of the service.
    pub service: String,
    /// URL of the database without passwords.
    pub database: String,
    /// Name of the dialect.
    pub dialect: String,
    /// Product and version of the server.
    pub server: String,
    /// Product and version of the program that wrote the backup.
    pub program: String,
    /// Version of aludel.
    pub tool_version: String,
    /// Start time: RFC 3339, UTC.
    pub created: String,
    /// Current revisions at that time.
    pub rows: Vec<String>,
    /// Format inside the pipe, see [`crate::database::Dumper::dump_formats`].
    pub format: String,
    /// `true` if the backup went through the configured pipe.
    pub piped: bool,
    /// Offset, inside the pipe, at which scheduled events begin; `None` if the dump has no such part. A rehearsal stops
    /// there, because restored events would run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub events_at: Option<u64>,
    /// Size in bytes before the pipe; equal to `size` without a pipe.
    pub plain_size: u64,
    /// Size in bytes of the file, or of all files of the folder.
    pub size: u64,
    /// BLAKE3 checksum of the file in lower-case hexadecimal. For a folder it covers names, sizes and contents, sorted
    /// by name.
    pub blake3: String,
}

/// Returns the path of the record: the path of the backup with `.json` appended.
pub(super) fn path(backup: &Path) -> PathBuf {
    let mut name = backup.as_os_str().to_owned();
    name.push(".json");
    PathBuf::from(name)
}

impl Record {
    /// Reads the record of the backup at path `backup`.
    pub(super) fn read(backup: &Path) -> Result<Self, BackupError> {
        let path = path(backup);
        let no_record = |reason: String| BackupError::NoRecord { path: path.clone(), reason };
        let text = std::fs::read_to_string(&path).map_err(|error| no_record(error.to_string()))?;
        serde_json::from_str(&text).map_err(|error| no_record(error.to_string()))
    }

    /// Writes the record of the backup at path `backup`. It is written to a temporary file and renamed, so that it is
    /// never incomplete.
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
