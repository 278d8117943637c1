//! Schemas that took a shadow to find out, kept in files: by what they were made from, so that none is ever stale.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sha2::{Digest as _, Sha256};

use crate::schema::{FORMAT, Schema};

/// After so long without use a file is removed.
const LIFE: Duration = Duration::from_secs(30 * 24 * 3600);

/// A folder of schemas.
#[derive(Debug, Clone, Copy)]
pub struct Cache<'a> {
    folder: Option<&'a Path>,
}

/// The name of what a schema is made from: all that could make it another.
#[derive(Clone)]
pub struct CacheKey(Sha256);

impl CacheKey {
    /// Of a kind of thing.
    #[must_use]
    pub fn new(kind: &str) -> Self {
        Self(Sha256::new()).with(kind).with(&FORMAT.to_string()).with(env!("CARGO_PKG_VERSION"))
    }

    /// With one more text that counts.
    #[must_use]
    pub fn with(mut self, text: &str) -> Self {
        // With its length: so that two texts are not taken for one.
        self.0.update((text.len() as u64).to_le_bytes());
        self.0.update(text.as_bytes());
        self
    }

    fn name(&self) -> String {
        let digits = self.0.clone().finalize();
        digits.iter().fold("schema-".to_owned(), |name, byte| name + &format!("{byte:02x}")) + ".json"
    }
}

impl<'a> Cache<'a> {
    /// In `folder`; none: nothing is kept.
    #[must_use]
    pub const fn new(folder: Option<&'a Path>) -> Self {
        Self { folder }
    }

    /// What is kept under the key. A file that cannot be read is as good as none.
    #[must_use]
    pub fn get(&self, key: &CacheKey) -> Option<Schema> {
        let path = self.folder?.join(key.name());
        let schema = Schema::from_json(&fs::read_to_string(&path).ok()?, &BTreeSet::new())?;
        // It was used: its life begins anew.
        if let Ok(file) = fs::File::options().append(true).open(&path)
            && age(&path).is_some_and(|age| age > LIFE / 30)
        {
            let _ = file.set_len(file.metadata().map_or(0, |data| data.len()));
        }
        Some(schema)
    }

    /// Keeps a schema: whole or not at all. What cannot be kept costs time the next time, nothing else.
    pub fn put(&self, key: &CacheKey, schema: &Schema) {
        let Some(folder) = self.folder else { return };
        let write = || -> std::io::Result<()> {
            fs::create_dir_all(folder)?;
            let mut file = tempfile::Builder::new().prefix(".schema-").suffix(".tmp").tempfile_in(folder)?;
            file.write_all(schema.to_json().as_bytes())?;
            file.persist(folder.join(key.name())).map_err(|error| error.error)?;
            Ok(())
        };
        if write().is_ok() {
            sweep(folder);
        }
    }
}

fn sweep(folder: &Path) {
    let files = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let ours = |path: &PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        name.trim_start_matches('.').starts_with("schema-")
    };
    for path in files.filter(ours).filter(|path| age(path).is_some_and(|age| age > LIFE)) {
        let _ = fs::remove_file(path);
    }
}

fn age(path: &Path) -> Option<Duration> {
    fs::metadata(path).and_then(|data| data.modified()).ok()?.elapsed().ok()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::sql::Dialect;

    #[test]
    fn what_was_put_is_found_under_its_own_key_only() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::new(Some(folder.path()));
        let key = CacheKey::new("replay").with("a").with("bc");
        cache.put(&key, &Schema::new(Dialect::Sqlite));
        assert!(cache.get(&key).is_some());
        assert!(cache.get(&CacheKey::new("replay").with("ab").with("c")).is_none());
        assert!(Cache::new(None).get(&key).is_none());
    }

    #[test]
    fn a_broken_file_is_as_good_as_none() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::new(Some(folder.path()));
        let key = CacheKey::new("replay");
        std::fs::write(folder.path().join(key.name()), "{").unwrap();
        assert!(cache.get(&key).is_none());
    }
}
