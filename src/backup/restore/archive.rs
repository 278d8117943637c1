//! Restore of a PostgreSQL archive. `pg_restore` connects directly where that is fastest; otherwise it writes a script
//! that `psql` runs in one transaction with the statements that empty the database.

use super::postgres;
use super::*;

impl Filling<'_> {
    pub(super) fn postgres(&self, database: &mut dyn Database) -> Result<(), BackupError> {
        let name = postgres::current_database(database)?;
        let is_folder = self.backup.record.format == "directory";
        let pg_restore = postgres::restore_program(self.order, database.server(), &self.backup.record.program)?;
        // A newer `pg_restore` sets parameters that the server does not have. Only a script can be filtered on its way
        // to the server.
        if postgres::is_newer(&pg_restore, database.server()) {
            return self.postgres_checked(database, self.order.url()?, &name);
        }
        if is_folder && self.order.service.backup.jobs > 1 {
            check(self.backup, self.watch, true)?;
            self.watch.at(self.phase, 0, None);
            database.execute(&format!("BEGIN; {} COMMIT", postgres::EMPTY)).map_err(|error| untouched(error.into()))?;
            return self.postgres_folder(&pg_restore, self.order.url()?, &name).map_err(partial);
        }
        if self.backup.record.format == "custom" && !self.backup.record.piped && postgres::is_empty(database)? {
            return self.postgres_direct(&pg_restore, self.order.url()?, &name);
        }
        self.postgres_checked(database, self.order.url()?, &name)
    }

    /// Restores into the empty database `name` in one transaction of `pg_restore` itself, which is fastest. The last
    /// piece of the backup, without which it cannot commit, is sent only if the checksum is right.
    fn postgres_direct(&self, pg_restore: &Program, url: &DatabaseUrl, name: &str) -> Result<(), BackupError> {
        let mut command = postgres::command(pg_restore, url, name);
        command.args(["--single-transaction", "--exit-on-error", "--clean", "--if-exists"]);
        let (chain, ends) = Chain::start(vec![command], Stdio::piped(), Stdio::null())?;
        let mut chain = chain.hiding(postgres::password(url));
        let Some(mut input) = ends.input else { return Ok(()) };
        match self.feed(&mut input) {
            Ok(()) => {
                drop(input);
                chain.wait(&self.stop()).map_err(untouched)
            }
            Err(error) if is_unheard(&error) && chain.gives_up() => chain.finish().and(Err(error)).map_err(untouched),
            Err(error) => {
                // Terminate `pg_restore` before its input is closed: it must not take the end of the truncated input
                // for the end of the backup.
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

    /// Empties the database and restores it in one transaction while another thread computes the checksum. Commits only
    /// if the checksum is right.
    fn postgres_checked(&self, database: &mut dyn Database, url: &DatabaseUrl, name: &str) -> Result<(), BackupError> {
        std::thread::scope(|scope| {
            let mut check = Some(scope.spawn(|| check(self.backup, self.watch, false)));
            let mut verdict = None;
            let mut is_sound = || verdict.get_or_insert_with(|| ended(check.take())).clone();
            let filled = self.postgres_script(database, url, name, (postgres::EMPTY, &mut is_sound));
            // A damaged backup is the likely cause of any error of the programs, so it is reported instead.
            match verdict.unwrap_or_else(|| ended(check.take())) {
                Err(damage) if damage != BackupError::Interrupted => Err(damage),
                _ => {
                    filled.map_err(|error| untouched(postgres::with_holders(error, postgres::InTheWay::User, database)))
                }
            }
        })
    }

    /// Restores into the database `name` with several connections, and therefore without a common transaction.
    fn postgres_folder(&self, pg_restore: &Program, url: &DatabaseUrl, name: &str) -> Result<(), BackupError> {
        let mut command = postgres::command(pg_restore, url, name);
        command.args(["--exit-on-error", "--clean", "--if-exists", "--jobs"]);
        command.arg(self.order.service.backup.jobs.to_string()).arg(&self.backup.path);
        let (chain, _) = Chain::start(vec![command], Stdio::null(), Stdio::null())?;
        chain.hiding(postgres::password(url)).wait(&self.stop())
    }

    /// Restores into the database `name` in one transaction that begins with the statements `first`. `pg_restore`
    /// writes a script to the pipe that `psql` reads. COMMIT is sent only after `pg_restore` succeeded and `is_sound`
    /// returned `Ok`.
    pub(in crate::backup) fn postgres_script(
        &self,
        database: &mut dyn Database,
        url: &DatabaseUrl,
        name: &str,
        (first, is_sound): (&str, &mut dyn FnMut() -> Result<(), BackupError>),
    ) -> Result<(), BackupError> {
        let (server, writer) = (database.server(), &self.backup.record.program);
        let pg_restore = postgres::restore_program(self.order, server, writer)?;
        let psql = postgres::script_program(&pg_restore, self.order, server, writer)?;
        let filter = match postgres::is_newer(&pg_restore, server) {
            true => Some(HeadFilter::new(known_settings(database)?)),
            false => None,
        };
        let mut command = postgres::command(&psql, url, name);
        command.args(["--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--file=-"]);
        let failed = |error: std::io::Error| BackupError::file(SENT, "psql", &error);
        let (reader, mut writer) = pipe().map_err(failed)?;
        let (psql, _) = Chain::start(vec![command], Stdio::from(reader), Stdio::null())?;
        let mut psql = psql.hiding(postgres::password(url));
        let written = say(&mut writer, format!("BEGIN;\n{first}").as_bytes())
            .and_then(|()| match filter {
                Some(filter) => self.filtered_script(&pg_restore.path, filter, &mut writer),
                None => self.script(&pg_restore.path, Stdio::from(writer.try_clone().map_err(failed)?)),
            })
            .and_then(|()| is_sound())
            .and_then(|()| say(&mut writer, b"COMMIT;\n"));
        match written {
            Ok(()) => {
                drop(writer);
                psql.wait(&self.stop())
            }
            // If `psql` failed, writing to it failed as a consequence: only `psql` reports the cause.
            Err(error @ (BackupError::Program { .. } | BackupError::File { .. })) if psql.gives_up() => {
                psql.finish().and(Err(error))
            }
            Err(error) => Err(error),
        }
    }

    /// Runs `pg_restore`, which writes the script of the backup to `output`. Returns an error if it fails.
    fn script(&self, pg_restore: &std::path::Path, output: Stdio) -> Result<(), BackupError> {
        let (chain, _, position) = self.start_script(pg_restore, output)?;
        chain.wait(&self.following(position))
    }

    /// Does the same as `script` but filters the head of the script on its way to `output`.
    fn filtered_script(
        &self,
        pg_restore: &std::path::Path,
        mut filter: HeadFilter,
        output: &mut impl Write,
    ) -> Result<(), BackupError> {
        let (chain, ends, position) = self.start_script(pg_restore, Stdio::piped())?;
        if let Some(script) = ends.output {
            let mut take = |bytes: &[u8]| say(output, bytes);
            pump(script, &self.following(position), &mut |piece| filter.pass(piece, &mut take))?;
            filter.finish(&mut take)?;
        }
        chain.finish()
    }

    fn start_script(
        &self,
        pg_restore: &std::path::Path,
        output: Stdio,
    ) -> Result<(Chain, Ends, Option<File>), BackupError> {
        let mut command = Command::new(pg_restore);
        command.args(["--clean", "--if-exists", "--file=-"]);
        let mut programs = commands(if self.backup.record.piped { &self.order.service.backup.unpipe } else { &[] });
        let (input, position) = if self.backup.record.format == "directory" {
            command.arg(&self.backup.path);
            (Stdio::null(), None)
        } else {
            let (file, position) = self.open()?;
            (Stdio::from(file), Some(position))
        };
        programs.push(command);
        let (chain, ends) = Chain::start(programs, input, output)?;
        Ok((chain, ends, position))
    }
}
