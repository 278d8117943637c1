//! Databases of this process, found by name, and sessions with their transactions.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::contents::{MemoryContents, MemorySettings, StatementResult};
use super::error::MemoryError;
use crate::database::VersionTable;
use crate::dialects::memory::{MemoryStatement, parse};

/// All databases.
static STORES: Mutex<BTreeMap<String, Arc<MemoryStore>>> = Mutex::new(BTreeMap::new());
static SESSIONS: AtomicU64 = AtomicU64::new(1);

/// A database.
#[derive(Debug, Default)]
pub(super) struct MemoryStore {
    contents: Mutex<MemoryContents>,
    /// Number and description of the session that holds the lock of a version table.
    pub(super) locks: Mutex<BTreeMap<VersionTable, (u64, String)>>,
}

/// Locks a value. Values are replaced as a whole, so that a panic elsewhere leaves none half-changed.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Session. A transaction works on a copy of the contents, which replaces them with COMMIT unless another session has
/// changed them in the meantime.
#[derive(Debug)]
pub(super) struct MemorySession {
    pub(super) id: u64,
    pub(super) store: Arc<MemoryStore>,
    pub(super) settings: MemorySettings,
    /// Contents that the open transaction has made.
    copy: Option<MemoryContents>,
}

impl MemorySession {
    /// Opens the database called `name`; one that does not exist is empty.
    pub(super) fn open(name: &str) -> Self {
        let store = Arc::clone(lock(&STORES).entry(name.to_owned()).or_default());
        Self { id: SESSIONS.fetch_add(1, Ordering::Relaxed), store, settings: MemorySettings::new(), copy: None }
    }

    pub(super) const fn is_in_transaction(&self) -> bool {
        self.copy.is_some()
    }

    /// Begins a transaction.
    pub(super) fn begin(&mut self) -> Result<(), MemoryError> {
        if self.copy.is_some() {
            return Err(MemoryError::new(MemoryError::WRONG_STATE, "a transaction is open already"));
        }
        let copy = lock(&self.store.contents).clone();
        self.copy = Some(copy);
        Ok(())
    }

    /// Commits the transaction.
    pub(super) fn commit(&mut self) -> Result<(), MemoryError> {
        let none = || MemoryError::new(MemoryError::WRONG_STATE, "no transaction is open");
        let copy = self.copy.take().ok_or_else(none)?;
        let mut contents = lock(&self.store.contents);
        if contents.version != copy.version {
            return Err(MemoryError::new(MemoryError::CONFLICT, "another session has changed the database"));
        }
        *contents = MemoryContents { version: copy.version + 1, ..copy };
        Ok(())
    }

    /// Rolls back the transaction; does nothing if none is open.
    pub(super) fn roll_back(&mut self) {
        self.copy = None;
    }

    /// Reads the contents as this session sees them.
    pub(super) fn read<T>(&self, read: impl FnOnce(&MemoryContents) -> T) -> T {
        match &self.copy {
            Some(copy) => read(copy),
            None => read(&lock(&self.store.contents)),
        }
    }

    /// Changes the contents, as a transaction of its own if none is open. An error changes nothing.
    pub(super) fn change<T>(
        &mut self,
        change: impl FnOnce(&mut MemoryContents, &MemorySettings) -> Result<T, MemoryError>,
    ) -> Result<T, MemoryError> {
        if let Some(copy) = &mut self.copy {
            let mut changed = copy.clone();
            let result = change(&mut changed, &self.settings)?;
            *copy = changed;
            return Ok(result);
        }
        let mut contents = lock(&self.store.contents);
        let mut changed = contents.clone();
        let result = change(&mut changed, &self.settings)?;
        *contents = MemoryContents { version: contents.version + 1, ..changed };
        Ok(result)
    }

    /// Runs statements separated by semicolons, and returns the result of each.
    pub(super) fn run(&mut self, text: &str) -> Result<Vec<StatementResult>, MemoryError> {
        parse(text)?.into_iter().map(|statement| self.statement(statement)).collect()
    }

    fn statement(&mut self, statement: MemoryStatement) -> Result<StatementResult, MemoryError> {
        match statement {
            MemoryStatement::Begin => self.begin()?,
            MemoryStatement::Commit => self.commit()?,
            MemoryStatement::Rollback => self.roll_back(),
            MemoryStatement::DropDatabase(name) => drop(lock(&STORES).remove(&name)),
            MemoryStatement::Set(name, value) => drop(self.settings.insert(name, value)),
            MemoryStatement::Select(queries) => return self.read(|contents| contents.select(&queries, &self.settings)),
            other => return self.change(|contents, settings| contents.run(other, settings)),
        }
        Ok(StatementResult::default())
    }
}
