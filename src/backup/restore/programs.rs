//! Restore by the database's programs.

use std::io::Write;
use std::process::Stdio;

use super::super::blocked::with_holders;
use super::super::digest;
use super::super::error::BackupError;
use super::super::pipeline::Chain;
use super::{Filling, check, compare, ended, is_unheard, note, partial, say, untouched};
use crate::database::Database;
use crate::database::dump::{BlockedProgram, DumpPrograms};
use crate::database::journal::{JournalState, Took, journal_name};
use crate::database::program::ProgramCall;
use crate::database::restore::{LoadTarget, ParallelRestore, RestoreMethod, StepwiseRestore, TransactionRestore};
use crate::database::statements::version_table;

impl Filling<'_> {
    /// Replaces the contents of the database.
    pub(super) fn replace_by_programs(
        &self,
        programs: &dyn DumpPrograms,
        database: &mut dyn Database,
        started_at: &str,
    ) -> Result<(), BackupError> {
        let url = self.order.current_url()?;
        match programs.restore(database, &self.request(&url))? {
            RestoreMethod::OneProgram(call) => self.by_one_program(&call),
            RestoreMethod::Parallel(restore) => self.in_parallel(&restore, database),
            RestoreMethod::OneTransaction(restore) => self.in_one_transaction(&restore, programs, database),
            RestoreMethod::Stepwise(restore) => self.stepwise(&restore, database, started_at),
        }
    }

    /// Restores into an empty database in one transaction of the program itself. The last piece of the backup, without
    /// which it cannot commit, is sent only if the checksum is right.
    fn by_one_program(&self, call: &ProgramCall) -> Result<(), BackupError> {
        let (chain, ends) = Chain::start(vec![call.command()], Stdio::piped(), Stdio::null())?;
        let mut chain = chain.hiding(call.password());
        let Some(mut input) = ends.input else { return Ok(()) };
        match self.feed(&mut input) {
            Ok(()) => {
                drop(input);
                chain.wait(&self.stop()).map_err(untouched)
            }
            Err(error) if is_unheard(&error) && chain.gives_up() => chain.finish().and(Err(error)).map_err(untouched),
            Err(error) => {
                // Terminate the program before its input is closed: it must not take the end of the truncated input for
                // the end of the backup.
                drop(chain);
                Err(if matches!(error, BackupError::Damaged { .. }) { error } else { untouched(error) })
            }
        }
    }

    /// Sends the backup file to `input`. Holds the last piece back until the checksum of the whole file has been
    /// verified.
    fn feed(&self, input: &mut impl Write) -> Result<(), BackupError> {
        let mut sum = digest::Sum::default();
        let mut held = Vec::new();
        digest::pieces(&self.backup.path, &mut |piece| {
            if self.watch.interrupted() {
                return Err(BackupError::Interrupted);
            }
            sum.add(piece);
            say(input, &held)?;
            held.clear();
            held.extend_from_slice(piece);
            self.watch.at(self.phase, sum.size, Some(self.backup.record.size));
            Ok(())
        })?;
        compare(self.backup, sum.finish())?;
        say(input, &held)
    }

    /// Empties the database and restores it with several connections, and therefore without a common transaction.
    fn in_parallel(&self, restore: &ParallelRestore, database: &mut dyn Database) -> Result<(), BackupError> {
        let ParallelRestore { empty, program } = restore;
        check(self.backup, self.watch, true)?;
        self.watch.at(self.phase, 0, None);
        database.execute(empty).map_err(|error| untouched(error.into()))?;
        let started = Chain::start(vec![program.command()], Stdio::null(), Stdio::null());
        started.and_then(|(chain, _)| chain.hiding(program.password()).wait(&self.stop())).map_err(partial)
    }

    /// Empties the database and restores it in one transaction while another thread computes the checksum. Commits only
    /// if the checksum is right.
    fn in_one_transaction(
        &self,
        restore: &TransactionRestore,
        programs: &dyn DumpPrograms,
        database: &mut dyn Database,
    ) -> Result<(), BackupError> {
        let url = self.order.current_url()?;
        let request = self.request(&url);
        let target = LoadTarget { url: request.url, name: &restore.name };
        std::thread::scope(|scope| {
            let mut check = Some(scope.spawn(|| check(self.backup, self.watch, false)));
            let mut verdict = None;
            let mut is_sound = || verdict.get_or_insert_with(|| ended(check.take())).clone();
            let filled = (restore.script)(database, &request, &target)
                .map_err(BackupError::from)
                .and_then(|script| self.run_script(script, restore.empty, &mut is_sound));
            // A damaged backup is the likely cause of any error of the programs, so it is reported instead.
            match verdict.unwrap_or_else(|| ended(check.take())) {
                Err(damage) if damage != BackupError::Interrupted => Err(damage),
                _ => {
                    filled.map_err(|error| untouched(with_holders(error, BlockedProgram::Restore, programs, database)))
                }
            }
        })
    }

    /// Empties the database and restores it without a common transaction. Until the backup replaces both tables at its
    /// end, the journal has an entry of a running restore and the version table is empty, so that an interrupted restore
    /// is detected.
    fn stepwise(
        &self,
        restore: &StepwiseRestore,
        database: &mut dyn Database,
        started_at: &str,
    ) -> Result<(), BackupError> {
        let StepwiseRestore { client, empty } = restore;
        let own = [self.order.table.name.clone(), journal_name(self.order.table)];
        if self.backup.record.piped {
            // Reverse the pipe once before anything is dropped: a failing `unpipe` must be detected while the data is
            // still there.
            self.plain(None, &mut |_| Ok(())).map_err(untouched)?;
        }
        // The client connects by itself; with no input this only checks that it can.
        self.run_client(client, Some(0)).map_err(untouched)?;
        database.ensure_tables().map_err(|error| untouched(error.into()))?;
        note(database, self.order, self.backup, started_at, JournalState::Running, Took::Unknown).map_err(untouched)?;
        // The current revisions would claim that nothing is pending.
        let forget = format!("DELETE FROM {}", version_table(database.server().dialect, self.order.table));
        database.execute(&forget).map_err(|error| partial(error.into()))?;
        self.watch.at(self.phase, 0, Some(self.backup.record.size));
        empty(database, &own).map_err(|error| partial(error.into()))?;
        self.run_client(client, None).map_err(partial)
    }

    /// Runs the backup through a client; only its first `most` bytes if given.
    pub(in crate::backup) fn run_client(&self, call: &ProgramCall, most: Option<u64>) -> Result<(), BackupError> {
        let (client, ends) = Chain::start(vec![call.command()], Stdio::piped(), Stdio::null())?;
        let mut client = client.hiding(call.password());
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
}
