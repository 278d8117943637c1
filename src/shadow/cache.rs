//! File cache of schemas that were read from a shadow. The key is a hash of everything that the schema was made from,
//! so that an entry is never stale.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sha2::{Digest as _, Sha256};

use crate::hexadecimal::hexadecimal;
use crate::schema::{FORMAT, Schema};

/// Time without use after which a file is removed.
const LIFE: Duration = Duration::from_secs(30 * 24 * 3600);

/// Folder of cached schemas.
#[derive(Debug, Clone, Copy)]
pub struct Cache<'a> {
    folder: Option<&'a Path>,
}

/// Hash of everything that affects a schema.
#[derive(Clone)]
pub struct CacheKey(Sha256);

impl CacheKey {
    /// Starts a key for one kind of entry.
    #[must_use]
    pub fn new(kind: &str) -> Self {
        Self(Sha256::new()).with(kind).with(&FORMAT.to_string()).with(env!("CARGO_PKG_VERSION"))
    }

    /// Adds a text to the key.
    #[must_use]
    pub fn with(mut self, text: &str) -> Self {
        // The length comes first, so that `a`, `bc` and `ab`, `c` have different keys.
        self.0.update((text.len() as u64).to_le_bytes());
        self.0.update(text.as_bytes());
        self
    }

    /// Returns the hash of all texts so far, in hexadecimal.
    #[must_use]
    pub fn digest(&self) -> String {
        hexadecimal(self.0.clone().finalize())
    }

    fn name(&self) -> String {
        format!("schema-{}.json", self.digest())
    }
}

impl<'a> Cache<'a> {
    /// Creates a cache in `folder`; without one nothing is stored.
    #[must_use]
    pub const fn new(folder: Option<&'a Path>) -> Self {
        Self { folder }
    }

    /// Returns the schema stored under the key. An unreadable file counts as missing.
    #[must_use]
    pub fn get(&self, key: &CacheKey) -> Option<Schema> {
        Schema::from_json(&self.text(key)?, &BTreeSet::new())
    }

    /// Stores a schema atomically. Errors are ignored: they only cost time on the next call.
    pub fn put(&self, key: &CacheKey, schema: &Schema) {
        self.put_text(key, &schema.to_json());
    }

    /// Returns the text stored under the key. An unreadable file counts as missing.
    #[must_use]
    pub fn text(&self, key: &CacheKey) -> Option<String> {
        let path = self.folder?.join(key.name());
        let text = fs::read_to_string(&path).ok()?;
        // Setting the length updates the modification time, so that an entry in use does not expire. Once a day is
        // enough.
        if let Ok(file) = fs::File::options().append(true).open(&path)
            && age(&path).is_some_and(|age| age > LIFE / 30)
        {
            let _ = file.set_len(file.metadata().map_or(0, |data| data.len()));
        }
        Some(text)
    }

    /// Stores a text atomically. Errors are ignored: they only cost time on the next call.
    pub fn put_text(&self, key: &CacheKey, text: &str) {
        let Some(folder) = self.folder else { return };
        let write = || -> std::io::Result<()> {
            fs::create_dir_all(folder)?;
            let mut file = tempfile::Builder::new().prefix(".schema-").suffix(".tmp").tempfile_in(folder)?;
            file.write_all(text.as_bytes())?;
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
        cache.put(&key, &Schema::new(Dialect::SQLITE));
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
