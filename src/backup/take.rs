//! Backup: dump, record, verification, journal entry, and deletion of old backups.

use std::path::PathBuf;
use std::process::{ChildStdin, Command, Stdio};
use std::time::{Duration, Instant};

use super::blocked::with_holders;
use super::copy::copy;
use super::counts::ExpectedRows;
use super::digest::{self, Sum};
use super::error::{BackupError, BackupRefusal};
use super::partial_file::{PartialFile, sweep};
use super::pipeline::{Chain, pump};
use super::record::{self, Record};
use super::repository::{self, StoredBackup};
use super::{BackupContext, BackupPhase, BackupWatch, TakenBackup, restorable, verify};
use crate::database::dump::{
    BlockedProgram, DumpMethod, DumpOutput, DumpPrograms, DumpRequest, DumpStream, FileCopier, ProgramDump,
};
use crate::database::journal::JournalState;
use crate::database::note::{JournalNote, insert_note};
use crate::database::program::ProgramCall;
use crate::database::{Database, Server, milliseconds};

/// Number of bytes after which the file is flushed to disk.
const WRITTEN_OUT: u64 = 32 * 1024 * 1024;

/// Pause before reading a growing file again.
const PAUSE: Duration = Duration::from_millis(5);

/// Backs up the service's database into the configured folder. Must be called with the runners' lock held. With
/// `verifies`, the backup is restored into a scratch database and the row counts of all tables are compared.
///
/// # Errors
/// [`BackupError`]. No file that could be mistaken for a backup is left, except with [`BackupError::Unequal`] and
/// [`BackupError::Unverified`], which name the file.
pub fn take(
    database: &mut dyn Database,
    order: &BackupContext<'_>,
    verifies: bool,
    watch: &dyn BackupWatch,
) -> Result<TakenBackup, BackupError> {
    let begun = Instant::now();
    let created = (order.now)();
    refuse_the_impossible(order, database.driver().dump_method(), verifies)?;
    let state = database.state()?;
    let folder = &order.service.backup.folder;
    std::fs::create_dir_all(folder).map_err(|error| BackupError::file("made", folder, &error))?;
    sweep(folder, &repository::prefix(&order.service.name));
    let mut warnings = Vec::new();
    if verifies {
        let left = verify::sweep(database)?;
        warnings.extend(left.iter().map(|name| format!("{name}, left over from an earlier verification, was dropped")));
    }
    let reference = verifies.then(|| ExpectedRows::begin(database, order)).transpose()?;
    let snapshot = reference.as_ref().and_then(|reference| reference.snapshot.as_deref());
    let dump = Dump { order, created: &created, snapshot, watch };
    let written = dump.write(database)?;
    let expected = reference.map(|reference| reference.end(database)).transpose()?;
    let backup = put_away(written, order, &created, state.rows, database)?;
    let duration = begun.elapsed();
    let verified = match expected {
        Some(expected) => Some(verify::verify(&backup, database, order, &expected, watch)?),
        None => {
            restorable::read_back(&backup, database, order, watch)?;
            None
        }
    };
    let mut taken = TakenBackup {
        path: backup.path.clone(),
        record: backup.record.clone(),
        duration,
        verified,
        removed: Vec::new(),
        in_journal: false,
        warnings,
    };
    if state.journal_exists {
        match note(database, order, &backup, duration) {
            Ok(()) => taken.in_journal = true,
            // A standby can be dumped but is read-only.
            Err(error) => taken.warnings.push(format!("the journal could not be written: {error}")),
        }
    }
    if let Some(keep) = order.service.backup.keep {
        let (removed, warnings) = repository::prune(folder, &backup, keep);
        taken.removed = removed;
        taken.warnings.extend(warnings);
    }
    Ok(taken)
}

fn refuse_the_impossible(order: &BackupContext<'_>, method: DumpMethod, verifies: bool) -> Result<(), BackupError> {
    let config = &order.service.backup;
    let is_folder = matches!(method, DumpMethod::Programs(programs) if programs.has_parallel_dump() && config.jobs > 1);
    if is_folder && !config.pipe.is_empty() {
        return Err(BackupRefusal::PipeWithJobs.into());
    }
    if verifies && !config.pipe.is_empty() && config.unpipe.is_empty() {
        return Err(BackupRefusal::NoUnpipe.into());
    }
    if let DumpMethod::Copy(copier) = method {
        let file = copier.database_file(order.url()?)?;
        if !file.exists() {
            return Err(BackupRefusal::NoFile(file).into());
        }
    }
    Ok(())
}

/// A complete dump that still has its temporary name.
struct WrittenDump {
    part: PartialFile,
    path: PathBuf,
    format: &'static str,
    program: String,
    plain_size: u64,
    size: u64,
    blake3: String,
    events_at: Option<u64>,
}

fn put_away(
    written: WrittenDump,
    order: &BackupContext<'_>,
    created: &str,
    rows: Vec<String>,
    database: &dyn Database,
) -> Result<StoredBackup, BackupError> {
    let server = database.server();
    let record = Record {
        service: order.service.name.clone(),
        database: order.url()?.redacted(),
        dialect: server.dialect.name().to_owned(),
        server: format!("{} {}", server.product, server.version),
        program: written.program,
        tool_version: order.author.tool_version.to_owned(),
        created: created.to_owned(),
        rows,
        format: written.format.to_owned(),
        piped: !order.service.backup.pipe.is_empty(),
        events_at: written.events_at,
        plain_size: written.plain_size,
        size: written.size,
        blake3: written.blake3,
    };
    // The record is written first, so that no backup ever exists without one.
    record.write(&written.path)?;
    match written.part.keep() {
        Ok(path) => Ok(StoredBackup { path, record }),
        Err(error) => {
            // A record without its backup is useless, and harmless if it cannot be removed.
            let _ = std::fs::remove_file(record::path(&written.path));
            Err(error)
        }
    }
}

fn note(
    database: &mut dyn Database,
    order: &BackupContext<'_>,
    backup: &StoredBackup,
    duration: Duration,
) -> Result<(), BackupError> {
    let record = &backup.record;
    let rows = if record.rows.is_empty() { "base".to_owned() } else { record.rows.join(", ") };
    let text = format!("{}, {} bytes, at {rows}", backup.path.display(), record.size);
    let note = JournalNote {
        revision: None,
        operation: "backup",
        state: JournalState::Done,
        started_at: &record.created,
        took: milliseconds(duration),
        checksum: Some(&record.blake3),
        text: &text,
        os_user: order.author.os_user,
        host: order.author.host,
        tool_version: order.author.tool_version,
        error: None,
    };
    database.execute(&insert_note(database.server().dialect, order.table, &note))?;
    Ok(())
}

struct Dump<'a> {
    order: &'a BackupContext<'a>,
    created: &'a str,
    snapshot: Option<&'a str>,
    watch: &'a dyn BackupWatch,
}

impl Dump<'_> {
    fn write(&self, database: &mut dyn Database) -> Result<WrittenDump, BackupError> {
        match database.driver().dump_method() {
            DumpMethod::Programs(programs) => self.by_programs(programs, database),
            DumpMethod::Copy(copier) => self.by_copy(copier, database.server()),
        }
    }

    fn sink(&self, ending: &str) -> Result<(Sink<'_>, PathBuf), BackupError> {
        let path = repository::new_path(self.order, self.created, ending);
        Ok((Sink::open(PartialFile::file(&path)?, self.order, self.watch)?, path))
    }

    fn stop(&self) -> impl Fn() -> bool {
        || self.watch.interrupted()
    }

    fn by_programs(
        &self,
        programs: &dyn DumpPrograms,
        database: &mut dyn Database,
    ) -> Result<WrittenDump, BackupError> {
        let Self { order, snapshot, .. } = *self;
        let (search, jobs) = (order.search(), order.service.backup.jobs);
        let url = &order.current_url()?;
        let request = DumpRequest { search, url, table: order.table, jobs, snapshot };
        let ProgramDump { program, format, ending, output } = programs.dump(database, &request)?;
        let written = match output {
            DumpOutput::Folder(call) => self.folder(call, program, format, ending),
            DumpOutput::Stream(stream) => self.stream(stream, program, format, ending),
        };
        written.map_err(|error| with_holders(error, BlockedProgram::Dump, programs, database))
    }

    fn stream(
        &self,
        stream: DumpStream,
        program: String,
        format: &'static str,
        ending: &str,
    ) -> Result<WrittenDump, BackupError> {
        let DumpStream { data, events, only_appends } = stream;
        let (mut sink, path) = self.sink(ending)?;
        for call in &data {
            self.run(call, only_appends, &mut sink)?;
        }
        let events_at = events.is_some().then_some(sink.passed);
        if let Some(call) = &events {
            self.run(call, only_appends, &mut sink)?;
        }
        sink.finish(path, format, program, events_at)
    }

    fn folder(
        &self,
        call: ProgramCall,
        program: String,
        format: &'static str,
        ending: &str,
    ) -> Result<WrittenDump, BackupError> {
        let path = repository::new_path(self.order, self.created, ending);
        let part = PartialFile::folder(&path)?;
        let call = call.arg(part.path());
        self.watch.at(BackupPhase::Dumping, 0, None);
        let (chain, _) = Chain::start(vec![call.command()], Stdio::null(), Stdio::null())?;
        chain.hiding(call.password()).wait(&self.stop())?;
        let (size, blake3) = digest::of_path(part.path(), &|_| !self.watch.interrupted())?;
        Ok(WrittenDump { part, path, format, program, plain_size: size, size, blake3, events_at: None })
    }

    fn by_copy(&self, copier: &dyn FileCopier, server: &Server) -> Result<WrittenDump, BackupError> {
        let file = copier.database_file(self.order.url()?)?;
        let program = format!("{} {}", server.product, server.version);
        let (format, ending, phase) = (copier.format(), copier.ending(), BackupPhase::Dumping);
        if self.order.service.backup.pipe.is_empty() {
            let path = repository::new_path(self.order, self.created, ending);
            let mut part = PartialFile::file(&path)?;
            let new = part.path().to_owned();
            copy(copier, (&file, &new), phase, self.watch, &mut |_| {
                part.write_out();
                true
            })?;
            part.write_out();
            let (size, blake3) = digest::of_path(part.path(), &|_| !self.watch.interrupted())?;
            return Ok(WrittenDump { part, path, format, program, plain_size: size, size, blake3, events_at: None });
        }
        let (mut sink, path) = self.sink(ending)?;
        let plain = PartialFile::file(&path.with_extension("plain"))?;
        copy(copier, (&file, plain.path()), phase, self.watch, &mut |_| true)?;
        let copied =
            std::fs::File::open(plain.path()).map_err(|error| BackupError::file("read", plain.path(), &error))?;
        pump(copied, &self.stop(), &mut |piece| sink.write(piece))?;
        sink.finish(path, format, program, None)
    }

    /// Runs a dump program and writes its output to the sink. Without a pipe, a program that `only_appends` writes
    /// directly to the file.
    fn run(&self, call: &ProgramCall, only_appends: bool, sink: &mut Sink<'_>) -> Result<(), BackupError> {
        self.watch.at(BackupPhase::Dumping, sink.passed, None);
        if only_appends && sink.pipe.is_none() {
            let (chain, _) = Chain::start(vec![call.command()], Stdio::null(), sink.part.output()?)?;
            return sink.follow(chain.hiding(call.password()));
        }
        let (chain, ends) = Chain::start(vec![call.command()], Stdio::null(), Stdio::piped())?;
        let chain = chain.hiding(call.password());
        if let Some(output) = ends.output {
            pump(output, &self.stop(), &mut |piece| sink.write(piece))?;
        }
        chain.finish()
    }
}

/// Target of a dump: the file, directly or through the configured pipe.
struct Sink<'a> {
    part: PartialFile,
    sum: Sum,
    pipe: Option<(Chain, ChildStdin)>,
    /// Bytes received, before the pipe.
    passed: u64,
    /// Value of `passed` at the last flush to disk.
    written_out: u64,
    watch: &'a dyn BackupWatch,
}

impl<'a> Sink<'a> {
    fn open(part: PartialFile, order: &BackupContext<'_>, watch: &'a dyn BackupWatch) -> Result<Self, BackupError> {
        let commands: Vec<Command> = super::restore::commands(&order.service.backup.pipe);
        let mut sink = Self { part, sum: Sum::default(), pipe: None, passed: 0, written_out: 0, watch };
        if !commands.is_empty() {
            let (chain, ends) = Chain::start(commands, Stdio::piped(), sink.part.output()?)?;
            sink.pipe = ends.input.map(|input| (chain, input));
        }
        Ok(sink)
    }

    /// Reads what a program writes directly to the file and adds it to the checksum, while the program runs. Piping the
    /// output through this process would slow down a dump that is limited by the disk. Only for programs that never
    /// seek back in their output.
    fn follow(&mut self, mut chain: Chain) -> Result<(), BackupError> {
        let mut piece = vec![0; 256 * 1024];
        loop {
            // Read before the file: if the program had exited already, the following reads get everything.
            let has_ended = chain.has_ended();
            while let Some(bytes) = self.part.read_from(self.passed, &mut piece)? {
                self.sum.add(bytes);
                self.passed += bytes.len() as u64;
                self.watch.at(BackupPhase::Dumping, self.passed, None);
                self.write_out();
                if self.watch.interrupted() {
                    return Err(BackupError::Interrupted);
                }
            }
            if has_ended {
                return chain.finish();
            }
            if self.watch.interrupted() {
                return Err(BackupError::Interrupted);
            }
            std::thread::sleep(PAUSE);
        }
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), BackupError> {
        self.passed += bytes.len() as u64;
        self.watch.at(BackupPhase::Dumping, self.passed, None);
        self.write_out();
        let Some((_, input)) = &mut self.pipe else { return self.part.write(bytes, &mut self.sum) };
        match std::io::Write::write_all(input, bytes) {
            Ok(()) => Ok(()),
            // The write fails because the program exited; its stderr output contains the cause.
            Err(error) => {
                self.close_pipe()?;
                Err(BackupError::file("written", self.part.path(), &error))
            }
        }
    }

    /// Flushes the file to disk at intervals of `WRITTEN_OUT` bytes.
    fn write_out(&mut self) {
        if self.passed >= self.written_out + WRITTEN_OUT {
            self.written_out = self.passed;
            self.part.write_out();
        }
    }

    fn close_pipe(&mut self) -> Result<bool, BackupError> {
        let Some((chain, input)) = self.pipe.take() else { return Ok(false) };
        drop(input);
        chain.wait(&|| self.watch.interrupted())?;
        Ok(true)
    }

    fn finish(
        mut self,
        path: PathBuf,
        format: &'static str,
        program: String,
        events_at: Option<u64>,
    ) -> Result<WrittenDump, BackupError> {
        let was_piped = self.close_pipe()?;
        let (size, blake3) = match was_piped {
            true => digest::of_path(self.part.path(), &|_| !self.watch.interrupted())?,
            false => self.sum.finish(),
        };
        Ok(WrittenDump { part: self.part, path, format, program, plain_size: self.passed, size, blake3, events_at })
    }
}
