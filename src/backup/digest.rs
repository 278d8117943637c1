//! Checksums of backups: BLAKE3 in lower-case hexadecimal, as printed by `b3sum`. BLAKE3 takes a third of the time of
//! SHA-256. The checksum of a folder covers names, sizes and contents of its files, sorted by name.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use blake3::Hasher;

use super::error::BackupError;

/// Size of one read in bytes: small enough to stay in the processor's cache until it is hashed.
const PIECE: usize = 128 * 1024;

/// Checksum in progress, with the number of bytes hashed so far.
#[derive(Default)]
pub(super) struct Sum {
    hash: Hasher,
    pub(super) size: u64,
}

impl Sum {
    pub(super) fn add(&mut self, bytes: &[u8]) {
        self.hash.update(bytes);
        self.size += bytes.len() as u64;
    }

    /// Returns size and checksum.
    pub(super) fn finish(self) -> (u64, String) {
        (self.size, self.hash.finalize().to_hex().to_string())
    }
}

/// Computes size and checksum of a file or of a folder of files. Calls `go_on` with the number of bytes done and stops
/// with [`BackupError::Interrupted`] when it returns `false`.
pub(super) fn of_path(path: &Path, go_on: &dyn Fn(u64) -> bool) -> Result<(u64, String), BackupError> {
    let mut sum = Sum::default();
    if !path.is_dir() {
        read(path, &mut sum, go_on)?;
        return Ok(sum.finish());
    }
    for file in files(path)? {
        let size = file.metadata().map_err(|error| BackupError::file("read", &file, &error))?.len();
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        sum.hash.update(format!("{name}\0{size}\0").as_bytes());
        read(&file, &mut sum, go_on)?;
    }
    Ok(sum.finish())
}

/// Returns the files of a folder, sorted by name.
pub(super) fn files(folder: &Path) -> Result<Vec<PathBuf>, BackupError> {
    let failed = |error: std::io::Error| BackupError::file("read", folder, &error);
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        files.push(entry.map_err(failed)?.path());
    }
    files.sort();
    Ok(files)
}

fn read(path: &Path, sum: &mut Sum, go_on: &dyn Fn(u64) -> bool) -> Result<(), BackupError> {
    pieces(path, &mut |piece| {
        sum.add(piece);
        if go_on(sum.size) { Ok(()) } else { Err(BackupError::Interrupted) }
    })
}

/// Reads a file to its end and passes each piece to `take`.
pub(super) fn pieces(path: &Path, take: &mut dyn FnMut(&[u8]) -> Result<(), BackupError>) -> Result<(), BackupError> {
    let failed = |error: std::io::Error| BackupError::file("read", path, &error);
    let mut file = File::open(path).map_err(failed)?;
    let mut piece = vec![0; PIECE];
    loop {
        let read = file.read(&mut piece).map_err(failed)?;
        match piece.get(..read) {
            Some(read @ [_, ..]) => take(read)?,
            _ => return Ok(()),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_folders_checksum_tells_moved_bytes_and_names_apart() {
        let of = |files: &[(&str, &str)]| {
            let folder = tempfile::tempdir().unwrap();
            for (name, text) in files {
                std::fs::write(folder.path().join(name), text).unwrap();
            }
            of_path(folder.path(), &|_| true).unwrap()
        };
        let (size, sum) = of(&[("a", "12"), ("b", "3")]);
        assert_eq!(size, 3);
        assert_eq!(of(&[("b", "3"), ("a", "12")]), (size, sum.clone()));
        for other in [[("a", "1"), ("b", "23")], [("a", "12"), ("c", "3")], [("a", "12"), ("b", "4")]] {
            assert_ne!(of(&other).1, sum);
        }
    }

    #[test]
    fn a_files_checksum_is_blake3() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        std::fs::write(&path, "abc").unwrap();
        // As printed by b3sum.
        let expected = "6437b3ac38465133ffb63b75273a8db548c558465d79db03fd359c6cd5bd9d85";
        assert_eq!(of_path(&path, &|_| true).unwrap(), (3, expected.to_owned()));
        assert_eq!(of_path(&path, &|_| false), Err(BackupError::Interrupted));
    }
}
