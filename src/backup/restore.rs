//! Restore: empties the database and loads the backup. A database that can roll back DDL does both in one transaction, so
//! that a failed restore leaves it unchanged; the checksum is computed at the same time and must match before the commit.
//! For a database that cannot, the checksum is verified first.

mod file;
mod programs;
mod script;

use std::fs::File;
use std::io::{Read, Seek as _, Write};
use std::process::{Command, Stdio};
use std::thread::ScopedJoinHandle;
use std::time::Instant;

use super::error::{BackupError, BackupRefusal, RestoreRemains};
use super::pipeline::{Chain, pump};
use super::repository::StoredBackup;
use super::{BackupContext, BackupPhase, BackupWatch, Restored, digest, journal_carryover};
use crate::config::DatabaseUrl;
use crate::database::dump::DumpMethod;
use crate::database::journal::{JournalState, Took};
use crate::database::note::{JournalNote, insert_note};
use crate::database::restore::{LoadMethod, LoadTarget, RestoreRequest};
use crate::database::{Database, DatabaseError, milliseconds};

/// Replaces the contents of the service's database by the backup. Must be called with the runners' lock held.
///
/// # Errors
/// [`BackupError`]. Only [`BackupError::Restore`] with [`RestoreRemains::Partial`] means that data was changed.
pub fn restore(
    database: &mut dyn Database,
    backup: &StoredBackup,
    order: &BackupContext<'_>,
    watch: &dyn BackupWatch,
) -> Result<Restored, BackupError> {
    let begun = Instant::now();
    let started_at = (order.now)();
    refuse_the_impossible(database, backup, order)?;
    if !database.has_transactional_ddl() {
        check(backup, watch, true)?;
    }
    let since = journal_carryover::since(database, &backup.record.created);
    let filling = Filling { backup, order, watch, phase: BackupPhase::Restoring };
    match database.driver().dump_method() {
        DumpMethod::Programs(programs) => filling.replace_by_programs(programs, database, &started_at)?,
        DumpMethod::Copy(copier) => filling.replace_file(copier, &copier.database_file(order.url()?)?)?,
    }
    let mut restored = Restored { rows: Vec::new(), duration: begun.elapsed(), warnings: Vec::new() };
    // The journal now is that of the backup. Entries written since the backup and one for this restore are appended.
    let noted = database.ensure_tables().map_err(BackupError::from);
    let noted = noted
        .and_then(|()| journal_carryover::write(database, order, &since))
        .and_then(|()| note(database, order, backup, &started_at, JournalState::Done, milliseconds(begun.elapsed())));
    if let Err(error) = noted {
        restored.warnings.push(format!("the journal could not be written: {error}"));
    }
    // The restore has succeeded: an error from here on must not be reported as one of the restore.
    restored.rows = database.state().map(|state| state.rows).unwrap_or_else(|error| {
        restored
            .warnings
            .push(format!("the current revisions could not be read; those of the backup are shown: {error}"));
        backup.record.rows.clone()
    });
    Ok(restored)
}

fn refuse_the_impossible(
    database: &dyn Database,
    backup: &StoredBackup,
    order: &BackupContext<'_>,
) -> Result<(), BackupError> {
    let (record, service) = (&backup.record, database.server().dialect.name());
    if record.dialect != service {
        let (backup, service) = (record.dialect.clone(), service.to_owned());
        return Err(BackupRefusal::OtherDialect { backup, service }.into());
    }
    if !database.driver().dump_formats().contains(&record.format.as_str()) {
        return Err(BackupRefusal::UnknownFormat(record.format.clone()).into());
    }
    if record.piped && order.service.backup.unpipe.is_empty() {
        return Err(BackupRefusal::NoUnpipe.into());
    }
    Ok(())
}

/// Compares size and checksum with the record. Reports progress if `reports` is set.
fn check(backup: &StoredBackup, watch: &dyn BackupWatch, reports: bool) -> Result<(), BackupError> {
    let StoredBackup { path, record } = backup;
    let go_on = |done| {
        if reports {
            watch.at(BackupPhase::Checking, done, Some(record.size));
        }
        !watch.interrupted()
    };
    let found = digest::of_path(path, &go_on)?;
    compare(backup, found)
}

fn compare(backup: &StoredBackup, (size, blake3): (u64, String)) -> Result<(), BackupError> {
    let StoredBackup { path, record } = backup;
    let damaged = |what| Err(BackupError::Damaged { path: path.clone(), what });
    if size != record.size {
        return damaged(format!("it has {size} bytes, but the record says {}", record.size));
    }
    if blake3 != record.blake3 {
        return damaged(format!("its BLAKE3 checksum is {blake3}, but the record has {}", record.blake3));
    }
    Ok(())
}

fn note(
    database: &mut dyn Database,
    order: &BackupContext<'_>,
    backup: &StoredBackup,
    started_at: &str,
    state: JournalState,
    took: Took,
) -> Result<(), BackupError> {
    let rows = if backup.record.rows.is_empty() { "base".to_owned() } else { backup.record.rows.join(", ") };
    let text = format!("{} of {}, at {rows}", backup.path.display(), backup.record.created);
    let note = JournalNote {
        revision: None,
        operation: "restore",
        state,
        started_at,
        took,
        checksum: Some(&backup.record.blake3),
        text: &text,
        os_user: order.author.os_user,
        host: order.author.host,
        tool_version: order.author.tool_version,
        error: None,
    };
    database.execute(&insert_note(database.server().dialect, order.table, &note))?;
    Ok(())
}

fn untouched(cause: BackupError) -> BackupError {
    BackupError::Restore { cause: Box::new(cause), left: RestoreRemains::Untouched }
}

fn partial(cause: BackupError) -> BackupError {
    BackupError::Restore { cause: Box::new(cause), left: RestoreRemains::Partial }
}

/// Converts configured programs with their arguments into commands.
pub(super) fn commands(chain: &[Vec<String>]) -> Vec<Command> {
    let command = |words: &Vec<String>| {
        let (program, arguments) = words.split_first()?;
        let mut command = Command::new(program);
        command.args(arguments);
        Some(command)
    };
    chain.iter().filter_map(command).collect()
}

/// Loads a backup into a database.
pub(super) struct Filling<'a> {
    pub(super) backup: &'a StoredBackup,
    pub(super) order: &'a BackupContext<'a>,
    pub(super) watch: &'a dyn BackupWatch,
    pub(super) phase: BackupPhase,
}

impl Filling<'_> {
    /// Loads the backup into the empty scratch database at `url`, on the server of `database`. Scheduled events are not
    /// loaded.
    pub(super) fn fill_scratch(&self, database: &mut dyn Database, url: &DatabaseUrl) -> Result<(), BackupError> {
        let url = &url.current().map_err(DatabaseError::from)?;
        let target = LoadTarget { url, name: url.database().unwrap_or_default() };
        match database.driver().dump_method() {
            DumpMethod::Programs(programs) => match programs.load(database, &self.request(url), &target)? {
                LoadMethod::Script(script) => self.run_script(script, "", &mut || Ok(())),
                LoadMethod::Client(client) => self.run_client(&client, self.backup.record.events_at),
            },
            DumpMethod::Copy(copier) => self.copy(copier, &copier.database_file(url)?, &mut |_| true),
        }
    }

    /// Returns the request for the driver; `url` has the password for the programs.
    pub(super) fn request<'r>(&'r self, url: &'r DatabaseUrl) -> RestoreRequest<'r> {
        let StoredBackup { path, record } = self.backup;
        RestoreRequest {
            search: self.order.search(),
            url,
            jobs: self.order.service.backup.jobs,
            path,
            writer: &record.program,
            format: &record.format,
            piped: record.piped,
        }
    }

    fn stop(&self) -> impl Fn() -> bool {
        || self.watch.interrupted()
    }

    /// Opens the backup file. Returns two handles that share one position: one to read from, one to read the progress
    /// from.
    fn open(&self) -> Result<(File, File), BackupError> {
        let failed = |error: std::io::Error| BackupError::file("read", &self.backup.path, &error);
        let file = File::open(&self.backup.path).map_err(failed)?;
        let position = file.try_clone().map_err(failed)?;
        Ok((file, position))
    }

    /// Returns the stop signal as a closure that also reports how far a program has read the file.
    fn following(&self, position: Option<File>) -> impl Fn() -> bool {
        move || {
            position.iter().for_each(|position| self.tell(position));
            self.watch.interrupted()
        }
    }

    fn tell(&self, mut position: &File) {
        let done = position.stream_position().unwrap_or(0);
        self.watch.at(self.phase, done, Some(self.backup.record.size));
    }

    /// Passes the backup as it was before the pipe to `take`, piece by piece; only its first `most` bytes if given.
    fn plain(
        &self,
        most: Option<u64>,
        take: &mut dyn FnMut(&[u8]) -> Result<(), BackupError>,
    ) -> Result<(), BackupError> {
        let (file, position) = self.open()?;
        let (chain, stream): (_, Box<dyn Read + Send>) = if self.backup.record.piped {
            let programs = commands(&self.order.service.backup.unpipe);
            let (chain, ends) = Chain::start(programs, Stdio::from(file), Stdio::piped())?;
            let Some(output) = ends.output else { return Ok(()) };
            (Some(chain), Box::new(output))
        } else {
            (None, Box::new(file))
        };
        let stream = stream.take(most.unwrap_or(u64::MAX));
        let mut passed = 0;
        pump(stream, &self.stop(), &mut |piece| {
            self.tell(&position);
            passed += piece.len() as u64;
            take(piece)
        })?;
        // Programs that are stopped early fail, so their exit status is ignored then.
        if let (Some(chain), None) = (chain, most) {
            chain.finish()?;
        }
        let expected = most.unwrap_or(self.backup.record.plain_size);
        if passed == expected {
            return Ok(());
        }
        let what = format!("the pipe returned {passed} bytes, but {expected} were written into it");
        Err(BackupError::Damaged { path: self.backup.path.clone(), what })
    }
}

/// Returns the result of a thread; `Ok` if it was joined before.
fn ended(thread: Option<ScopedJoinHandle<'_, Result<(), BackupError>>>) -> Result<(), BackupError> {
    // A panic counts as a failed check, so that nothing is committed.
    thread.map_or(Ok(()), |thread| thread.join().unwrap_or(Err(BackupError::Interrupted)))
}

fn say(input: &mut impl Write, bytes: &[u8]) -> Result<(), BackupError> {
    input.write_all(bytes).map_err(|error| BackupError::file(SENT, "the restoring program", &error))
}

const SENT: &str = "sent on";

/// Returns `true` if writing failed because the reading program closed its input.
fn is_unheard(error: &BackupError) -> bool {
    matches!(error, BackupError::File { action: SENT, .. })
}
