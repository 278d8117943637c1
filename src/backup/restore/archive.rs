//! Fills a PostgreSQL database from an archive of `pg_dump`: by `pg_restore` alone where that is quickest, else by its script and
//! `psql`, in one transaction with what empties the database.

use super::postgres;
use super::*;

impl Filling<'_> {
    pub(super) fn postgres(&self, database: &mut dyn Database) -> Result<(), BackupError> {
        let name = postgres::current_database(database)?;
        let is_folder = self.backup.record.format == "directory";
        let pg_restore = postgres::restore_program(self.order, database.server(), &self.backup.record.program)?;
        // What it does without psql cannot be read on the way to the server, and it sets what an older server does not have.
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

    /// Fills the empty database `name` in one transaction of `pg_restore`'s own, which is the quickest: it gets the end of the
    /// backup, which it cannot commit without, when the checksum is right.
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
                // Before it can see the end of its input.
                drop(chain);
                Err(if matches!(error, BackupError::Damaged { .. }) { error } else { untouched(error) })
            }
        }
    }

    /// Sends the backup's file to `input`, its last piece only when the checksum of the whole is right.
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

    /// Empties the database and fills it in one transaction while another thread makes the checksum; committed when that is right.
    fn postgres_checked(&self, database: &mut dyn Database, url: &DatabaseUrl, name: &str) -> Result<(), BackupError> {
        std::thread::scope(|scope| {
            let mut check = Some(scope.spawn(|| check(self.backup, self.watch, false)));
            let mut verdict = None;
            let mut is_sound = || verdict.get_or_insert_with(|| ended(check.take())).clone();
            let filled = self.postgres_script(database, url, name, (postgres::EMPTY, &mut is_sound));
            // Whatever the programs met: a damaged backup is why.
            match verdict.unwrap_or_else(|| ended(check.take())) {
                Err(damage) if damage != BackupError::Interrupted => Err(damage),
                _ => {
                    filled.map_err(|error| untouched(postgres::with_holders(error, postgres::InTheWay::User, database)))
                }
            }
        })
    }

    /// Fills the database `name` with several connections: in no transaction.
    fn postgres_folder(&self, pg_restore: &Program, url: &DatabaseUrl, name: &str) -> Result<(), BackupError> {
        let mut command = postgres::command(pg_restore, url, name);
        command.args(["--exit-on-error", "--clean", "--if-exists", "--jobs"]);
        command.arg(self.order.service.backup.jobs.to_string()).arg(&self.backup.path);
        let (chain, _) = Chain::start(vec![command], Stdio::null(), Stdio::null())?;
        chain.hiding(postgres::password(url)).wait(&self.stop())
    }

    /// Fills the database `name` in one transaction that begins with `first`: `pg_restore` writes a script to where
    /// `psql` reads, and COMMIT follows only when the one has ended well and `is_sound` agrees.
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
            // When psql gave up by itself, it is psql that knows why.
            Err(error @ (BackupError::Program { .. } | BackupError::File { .. })) if psql.gives_up() => {
                psql.finish().and(Err(error))
            }
            Err(error) => Err(error),
        }
    }

    /// Has `pg_restore` write what it makes of the backup to `output`; an error when it did not end well.
    fn script(&self, pg_restore: &std::path::Path, output: Stdio) -> Result<(), BackupError> {
        let (chain, _, position) = self.start_script(pg_restore, output)?;
        chain.wait(&self.following(position))
    }

    /// The same, with the head of the script filtered on its way to `output`.
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
