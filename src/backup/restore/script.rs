//! Restore by a script: one program writes the script of the backup, another one runs it in one transaction.

use std::fs::File;
use std::io::Write;
use std::process::Stdio;

use super::super::error::BackupError;
use super::super::pipeline::{Chain, Ends, pipe, pump};
use super::{Filling, SENT, commands, say};
use crate::database::program::ProgramCall;
use crate::database::restore::{ScriptFilter, ScriptLoad, ScriptSource};

impl Filling<'_> {
    /// Restores in one transaction that begins with the statements `first`. The writer writes the script to the pipe
    /// that the client reads. COMMIT is sent only after the writer succeeded and `is_sound` returned `Ok`.
    pub(super) fn run_script(
        &self,
        load: ScriptLoad,
        first: &str,
        is_sound: &mut dyn FnMut() -> Result<(), BackupError>,
    ) -> Result<(), BackupError> {
        let ScriptLoad { writer, source, filter, client: call } = load;
        let failed = |error: std::io::Error| BackupError::file(SENT, call.name(), &error);
        let (reader, mut script) = pipe().map_err(failed)?;
        let (client, _) = Chain::start(vec![call.command()], Stdio::from(reader), Stdio::null())?;
        let mut client = client.hiding(call.password());
        let written = say(&mut script, format!("BEGIN;\n{first}").as_bytes())
            .and_then(|()| match filter {
                Some(mut filter) => self.write_filtered(&writer, source, &mut *filter, &mut script),
                None => self.write_script(&writer, source, Stdio::from(script.try_clone().map_err(failed)?)),
            })
            .and_then(|()| is_sound())
            .and_then(|()| say(&mut script, b"COMMIT;\n"));
        match written {
            Ok(()) => {
                drop(script);
                client.wait(&self.stop())
            }
            // If the client failed, writing to it failed as a consequence: only the client reports the cause.
            Err(error @ (BackupError::Program(_) | BackupError::File { .. })) if client.gives_up() => {
                client.finish().and(Err(error))
            }
            Err(error) => Err(error),
        }
    }

    /// Runs the writer, which writes the script of the backup to `output`. Returns an error if it fails.
    fn write_script(&self, writer: &ProgramCall, source: ScriptSource, output: Stdio) -> Result<(), BackupError> {
        let (chain, _, position) = self.start_writer(writer, source, output)?;
        chain.wait(&self.following(position))
    }

    /// Does the same as `write_script` but filters the script on its way to `output`.
    fn write_filtered(
        &self,
        writer: &ProgramCall,
        source: ScriptSource,
        filter: &mut dyn ScriptFilter,
        output: &mut impl Write,
    ) -> Result<(), BackupError> {
        let (chain, ends, position) = self.start_writer(writer, source, Stdio::piped())?;
        if let Some(script) = ends.output {
            let mut take = |bytes: &[u8]| if bytes.is_empty() { Ok(()) } else { say(output, bytes) };
            pump(script, &self.following(position), &mut |piece| {
                let (head, rest) = filter.pass(piece);
                take(&head)?;
                take(rest)
            })?;
            take(&filter.finish())?;
        }
        chain.finish()
    }

    fn start_writer(
        &self,
        writer: &ProgramCall,
        source: ScriptSource,
        output: Stdio,
    ) -> Result<(Chain, Ends, Option<File>), BackupError> {
        let mut programs = commands(if self.backup.record.piped { &self.order.service.backup.unpipe } else { &[] });
        let (input, position) = match source {
            ScriptSource::Path => (Stdio::null(), None),
            ScriptSource::Stdin => {
                let (file, position) = self.open()?;
                (Stdio::from(file), Some(position))
            }
        };
        programs.push(writer.foreground_command());
        let (chain, ends) = Chain::start(programs, input, output)?;
        Ok((chain, ends, position))
    }
}
