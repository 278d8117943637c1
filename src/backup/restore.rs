//! Restore: empties the database and loads the backup. PostgreSQL and SQLite do both in one transaction, so that a
//! failed restore leaves the database unchanged; the checksum is computed at the same time and must match before the
//! commit. MariaDB and MySQL cannot roll back DDL, so there the checksum is verified first.

mod archive;

use std::fs::File;
use std::io::{Read, Seek as _, Write};
use std::process::{Command, Stdio};
use std::thread::ScopedJoinHandle;
use std::time::Instant;

use super::error::{BackupError, BackupRefusal, RestoreRemains};
use super::partial_file::PartialFile;
use super::pipeline::{Chain, Ends, pipe, pump};
use super::program::Program;
use super::repository::StoredBackup;
use super::script_head::{HeadFilter, known_settings};
use super::{BackupContext, BackupPhase, BackupWatch, Restored, digest, journal_carryover, mysql, postgres, sqlite};
use crate::config::DatabaseUrl;
use crate::database::journal::{JournalState, Took, journal_name};
use crate::database::note::{JournalNote, insert_note};
use crate::database::statements::version_table;
use crate::database::{Database, milliseconds};
use crate::sql::Dialect;

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
    let dialect = database.server().dialect;
    if dialect == Dialect::Mysql {
        check(backup, watch, true)?;
    }
    let since = journal_carryover::since(database, &backup.record.created);
    let filling = Filling { backup, order, watch, phase: BackupPhase::Restoring };
    match dialect {
        Dialect::Postgres => filling.postgres(database)?,
        Dialect::Mysql => filling.mysql(database, &started_at)?,
        Dialect::Sqlite => filling.sqlite_checked(&sqlite::database_file(order)?)?,
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
    if !["custom", "directory", "sql", "sqlite"].contains(&record.format.as_str()) {
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

    /// Restores a MySQL or MariaDB database. Until the dump replaces both tables at its end, the journal has an entry
    /// of a running restore and the version table is empty, so that an interrupted restore is detected.
    fn mysql(&self, database: &mut dyn Database, started_at: &str) -> Result<(), BackupError> {
        let here = mysql::here(database)?;
        let own = [self.order.table.name.clone(), journal_name(self.order.table)];
        mysql::client_program(self.order, database.server())?;
        if self.backup.record.piped {
            // Reverse the pipe once before anything is dropped: a failing `unpipe` must be detected while the data is
            // still there.
            self.plain(None, &mut |_| Ok(())).map_err(untouched)?;
        }
        // The client connects by itself; with no input this only checks that it can.
        let url = self.order.url()?;
        self.mysql_client(database, url, here.has_tls, &here.database, Some(0)).map_err(untouched)?;
        database.ensure_tables().map_err(|error| untouched(error.into()))?;
        note(database, self.order, self.backup, started_at, JournalState::Running, Took::Unknown).map_err(untouched)?;
        // The current revisions would claim that nothing is pending.
        let forget = format!("DELETE FROM {}", version_table(Dialect::Mysql, self.order.table));
        database.execute(&forget).map_err(|error| partial(error.into()))?;
        let drops = mysql::emptying(database, &own).and_then(|drops| {
            self.watch.at(self.phase, 0, Some(self.backup.record.size));
            let drops: String = drops.iter().map(|drop| format!("{drop}; ")).collect();
            let settings = "SET SESSION lock_wait_timeout = 60; SET SESSION foreign_key_checks = 0";
            let back = "SET SESSION lock_wait_timeout = DEFAULT; SET SESSION foreign_key_checks = DEFAULT";
            let dropped = database.execute(&format!("{settings}; {drops}{back}"));
            if dropped.is_err() {
                // The message ended at the failed statement. If this fails too, the session is gone with its settings.
                let _ = database.execute(back);
            }
            Ok(dropped.map(drop)?)
        });
        drops.map_err(partial)?;
        self.mysql_client(database, self.order.url()?, here.has_tls, &here.database, None).map_err(partial)
    }

    /// Restores into the empty scratch database at `url`, on the server of `database`.
    pub(super) fn fill_scratch(&self, database: &mut dyn Database, url: &DatabaseUrl) -> Result<(), BackupError> {
        let name = url.database().unwrap_or_default();
        match url.dialect() {
            Dialect::Postgres => self.postgres_script(database, url, name, ("", &mut || Ok(()))),
            Dialect::Mysql => {
                let has_tls = mysql::here(database)?.has_tls;
                self.mysql_client(database, url, has_tls, name, self.backup.record.events_at)
            }
            Dialect::Sqlite => self.sqlite(url.path().unwrap_or(std::path::Path::new("")), &mut |_| true),
        }
    }

    /// Runs the backup through the client in the database `name`; only its first `most` bytes if given.
    pub(super) fn mysql_client(
        &self,
        database: &dyn Database,
        url: &DatabaseUrl,
        has_tls: bool,
        name: &str,
        most: Option<u64>,
    ) -> Result<(), BackupError> {
        let program = mysql::client_program(self.order, database.server())?;
        let mut command = mysql::command(&program, url, has_tls);
        command.arg("--batch").arg(name);
        let (client, ends) = Chain::start(vec![command], Stdio::piped(), Stdio::null())?;
        let mut client = client.hiding(mysql::password(url));
        let Some(mut input) = ends.input else { return Ok(()) };
        match self.plain(most, &mut |piece| say(&mut input, piece)) {
            Ok(()) => {
                drop(input);
                client.wait(&self.stop())
            }
            Err(error) if is_unheard(&error) && client.gives_up() => client.finish().and(Err(error)),
            Err(error) => Err(error),
        }
    }

    /// Copies the backup over the database at `path` while another thread computes its checksum. Commits only if the
    /// checksum is right.
    fn sqlite_checked(&self, path: &std::path::Path) -> Result<(), BackupError> {
        std::thread::scope(|scope| {
            let mut check = Some(scope.spawn(|| check(self.backup, self.watch, false)));
            let mut verdict = None;
            let is_sound = &mut || verdict.get_or_insert_with(|| ended(check.take())).is_ok();
            let copied = self.sqlite(path, &mut |ends| !ends || is_sound());
            // A damaged backup is the likely cause of any error of the copy, so it is reported instead.
            match verdict.unwrap_or_else(|| ended(check.take())) {
                Err(damage) if damage != BackupError::Interrupted => Err(damage),
                _ => copied.map_err(untouched),
            }
        })
    }

    /// Copies the backup over the database at `path`; for `go_on` see [`sqlite::copy`].
    pub(super) fn sqlite(
        &self,
        path: &std::path::Path,
        go_on: &mut dyn FnMut(bool) -> bool,
    ) -> Result<(), BackupError> {
        if !self.backup.record.piped {
            return sqlite::copy(&self.backup.path, path, self.phase, self.watch, go_on);
        }
        let plain = self.sqlite_plain()?;
        sqlite::copy(plain.path(), path, self.phase, self.watch, go_on)
    }

    /// Writes the backup as it was before the pipe to a temporary file, which is deleted when the value is dropped.
    fn sqlite_plain(&self) -> Result<PartialFile, BackupError> {
        let unique = format!("{}.plain-{}", self.backup.path.display(), std::process::id());
        let mut part = PartialFile::file(std::path::Path::new(&unique))?;
        let mut sum = digest::Sum::default();
        self.plain(None, &mut |piece| part.write(piece, &mut sum))?;
        Ok(part)
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
