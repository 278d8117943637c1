//! A pipeline of child processes, each reading the output of the one before it. The processes never outlive the value:
//! dropping it terminates them. Must not depend on databases.

use std::io::{PipeReader, PipeWriter, Read};
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::error::BackupError;
use crate::database::program::ProgramError;
use crate::system::process::{ask_to_end, ending_signal, widen_pipe};

/// Size of one read in bytes, and the number of buffers that may be queued.
const PIECE: usize = 256 * 1024;
const WAITING: usize = 16;
/// Polling interval while waiting for a child process; the stop signal is checked as often.
const TICK: Duration = Duration::from_millis(5);
/// Number of bytes kept from the end of a program's stderr.
const KEPT: usize = 8 * 1024;
/// Time that a program gets to exit after SIGTERM before it is killed.
const FAREWELL: Duration = Duration::from_secs(1);
/// Number of SIGPIPE, which terminates a program that writes to a pipe without a reader.
const SIGPIPE: i32 = 13;

/// Requested capacity of a pipe between two programs, in bytes. With the default of 64 KiB the programs wait for each
/// other more often. This is the default limit for unprivileged processes on Linux (pipe(7),
/// `/proc/sys/fs/pipe-max-size`).
const WIDTH: usize = 1024 * 1024;

/// Creates a pipe that connects two programs.
pub(super) fn pipe() -> std::io::Result<(PipeReader, PipeWriter)> {
    let (reader, writer) = std::io::pipe()?;
    widen_pipe(&writer, WIDTH);
    Ok((reader, writer))
}

/// Running child processes, in the order of the pipeline.
pub(super) struct Chain {
    links: Vec<PipelineProcess>,
    /// Password that is masked in captured stderr output.
    secret: Option<String>,
}

struct PipelineProcess {
    name: String,
    child: Child,
    said: Option<JoinHandle<String>>,
}

/// Open ends of the pipeline.
pub(super) struct Ends {
    /// Standard input of the first program; `None` if it reads from elsewhere.
    pub(super) input: Option<ChildStdin>,
    /// Standard output of the last program; `None` if it writes elsewhere.
    pub(super) output: Option<ChildStdout>,
}

impl Chain {
    /// Starts the programs. The first one reads from `input`, the last one writes to `output`.
    pub(super) fn start(commands: Vec<Command>, input: Stdio, output: Stdio) -> Result<(Self, Ends), BackupError> {
        let mut chain = Self { links: Vec::new(), secret: None };
        let mut ends = Ends { input: None, output: None };
        let (count, mut input, mut output) = (commands.len(), Some(input), Some(output));
        for (index, mut command) in commands.into_iter().enumerate() {
            let last = if index + 1 == count { output.take() } else { None };
            command.stdin(input.take().unwrap_or_else(Stdio::null));
            command.stdout(last.unwrap_or_else(Stdio::piped)).stderr(Stdio::piped());
            let mut child = command.spawn().map_err(|error| ProgramError::Unusable {
                program: command.get_program().into(),
                reason: error.to_string(),
            })?;
            child.stdin.iter().for_each(|pipe| widen_pipe(pipe, WIDTH));
            child.stdout.iter().for_each(|pipe| widen_pipe(pipe, WIDTH));
            if index == 0 {
                ends.input = child.stdin.take();
            }
            match child.stdout.take() {
                Some(stdout) if index + 1 < count => input = Some(Stdio::from(stdout)),
                stdout => ends.output = stdout,
            }
            chain.links.push(PipelineProcess::new(&command, child));
        }
        Ok((chain, ends))
    }

    /// Masks `secret` in the stderr output that errors contain.
    pub(super) fn hiding(mut self, secret: Option<&str>) -> Self {
        self.secret = secret.filter(|secret| !secret.is_empty()).map(str::to_owned);
        self
    }

    /// Waits for all programs to exit.
    ///
    /// # Errors
    /// Error of the first program that failed. A program that was terminated by SIGPIPE failed only because the next
    /// one closed its input, so it is reported only if no other one failed.
    pub(super) fn finish(mut self) -> Result<(), BackupError> {
        let ended: Vec<_> = self.links.iter_mut().map(PipelineProcess::end).collect();
        let failed = |(_, status, _): &&(String, Option<ExitStatus>, String)| !status.is_some_and(|s| s.success());
        let own =
            ended.iter().filter(failed).find(|(_, status, _)| !status.is_some_and(|status| died_of(status, SIGPIPE)));
        let Some((name, status, said)) = own.or_else(|| ended.iter().find(failed)) else { return Ok(()) };
        let status = status.map_or_else(|| "waiting for it failed".to_owned(), |status| status.to_string());
        Err(ProgramError::Failed { program: name.clone(), status, said: self.censored(said) }.into())
    }

    /// Returns `true` if all programs have exited.
    pub(super) fn has_ended(&mut self) -> bool {
        self.links.iter_mut().all(|link| !matches!(link.child.try_wait(), Ok(None)))
    }

    /// Waits up to 2 seconds for a program to fail by itself. A program that closed its input because of an error takes
    /// a moment to print it and to exit.
    pub(super) fn gives_up(&mut self) -> bool {
        for _ in 0..400 {
            let failed =
                |link: &mut PipelineProcess| matches!(link.child.try_wait(), Ok(Some(status)) if !status.success());
            if self.links.iter_mut().any(failed) {
                return true;
            }
            std::thread::sleep(TICK);
        }
        false
    }

    /// Waits until all programs have exited. Terminates them when `stop` returns `true`.
    pub(super) fn wait(mut self, stop: &dyn Fn() -> bool) -> Result<(), BackupError> {
        while !self.has_ended() {
            if stop() {
                return Err(BackupError::Interrupted);
            }
            std::thread::sleep(TICK);
        }
        self.finish()
    }

    fn censored(&self, said: &str) -> String {
        match &self.secret {
            Some(secret) => said.replace(secret.as_str(), "***"),
            None => said.to_owned(),
        }
    }
}

impl Drop for Chain {
    fn drop(&mut self) {
        let is_alive = |link: &mut PipelineProcess| matches!(link.child.try_wait(), Ok(None));
        // Dump programs then cancel their queries. A killed one would leave a backend behind that may wait for a lock and
        // block others.
        let asked_at = Instant::now();
        let mut is_asked = false;
        for link in &mut self.links {
            is_asked |= is_alive(link) && ask_to_end(&link.child);
        }
        while is_asked && asked_at.elapsed() < FAREWELL && self.links.iter_mut().any(is_alive) {
            std::thread::sleep(TICK);
        }
        for link in &mut self.links {
            // Fails only for a process that has exited already.
            let _ = link.child.kill();
            let _ = link.child.wait();
        }
    }
}

impl PipelineProcess {
    fn new(command: &Command, mut child: Child) -> Self {
        let name = std::path::Path::new(command.get_program()).file_name().unwrap_or(command.get_program());
        let said = child.stderr.take().map(|stderr| std::thread::spawn(move || last_words(stderr)));
        Self { name: name.to_string_lossy().into_owned(), child, said }
    }

    fn end(&mut self) -> (String, Option<ExitStatus>, String) {
        let status = self.child.wait().ok();
        let said = self.said.take().and_then(|said| said.join().ok()).unwrap_or_default();
        (self.name.clone(), status, said)
    }
}

fn died_of(status: ExitStatus, signal: i32) -> bool {
    // A program run by a shell: the shell exits with 128 + the signal number.
    ending_signal(status) == Some(signal) || status.code() == Some(128 + signal)
}

fn last_words(mut stream: impl Read) -> String {
    let mut kept = Vec::new();
    let mut piece = [0; 4096];
    while let Ok(read @ 1..) = stream.read(&mut piece) {
        kept.extend_from_slice(&piece[..read]);
        if kept.len() > 2 * KEPT {
            kept.drain(..kept.len() - KEPT);
        }
    }
    String::from_utf8_lossy(&kept).trim().to_owned()
}

/// Reads `stream` to its end and passes each buffer to `take`. A thread of its own does the reading, so that `stop` is
/// checked even while no data arrives.
///
/// # Errors
/// [`BackupError::Interrupted`] if `stop` returned `true`; any error of `take`.
pub(super) fn pump(
    stream: impl Read + Send + 'static,
    stop: &dyn Fn() -> bool,
    take: &mut dyn FnMut(&[u8]) -> Result<(), BackupError>,
) -> Result<(), BackupError> {
    let (pieces, used) = start_reading(stream);
    loop {
        match pieces.recv_timeout(TICK) {
            Ok(piece) => {
                take(&piece)?;
                // The buffer is sent back to be reused; the send fails if the reader has finished.
                let _ = used.try_send(piece);
            }
            Err(RecvTimeoutError::Disconnected) => return Ok(()),
            Err(RecvTimeoutError::Timeout) => {}
        }
        if stop() {
            return Err(BackupError::Interrupted);
        }
    }
}

type Pieces = Receiver<Vec<u8>>;

/// Starts a thread that reads `stream`. Returns the receiver of filled buffers and the sender that gives them back for
/// reuse.
fn start_reading(mut stream: impl Read + Send + 'static) -> (Pieces, std::sync::mpsc::SyncSender<Vec<u8>>) {
    let (send, pieces) = sync_channel::<Vec<u8>>(WAITING);
    let (used, returned) = sync_channel::<Vec<u8>>(WAITING);
    std::thread::spawn(move || {
        loop {
            let mut piece = returned.try_recv().unwrap_or_default();
            piece.resize(PIECE, 0);
            match stream.read(&mut piece) {
                Ok(read @ 1..) => piece.truncate(read),
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                // A read error ends the stream like its end: the exit status of the program reports the failure.
                Ok(_) | Err(_) => return,
            }
            if send.send(piece).is_err() {
                return;
            }
        }
    });
    (pieces, used)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    fn output(commands: Vec<Command>) -> Result<String, BackupError> {
        let (chain, ends) = Chain::start(commands, Stdio::null(), Stdio::piped())?;
        let mut text = Vec::new();
        pump(ends.output.unwrap(), &|| false, &mut |piece| {
            text.extend_from_slice(piece);
            Ok(())
        })?;
        chain.hiding(Some("geheim")).finish().map(|()| String::from_utf8(text).unwrap())
    }

    #[test]
    fn what_goes_through_comes_out_whole() {
        let text = output(vec![shell("seq 1 200000"), shell("cat"), shell("tail -n 1")]).unwrap();
        assert_eq!(text, "200000\n");
    }

    #[test]
    fn a_failure_anywhere_is_a_failure_and_hides_the_password() {
        for commands in
            [vec![shell("echo geheim >&2; exit 3"), shell("cat")], vec![shell("yes"), shell("echo geheim >&2; exit 3")]]
        {
            let Err(BackupError::Program(ProgramError::Failed { status, said, .. })) = output(commands) else {
                unreachable!()
            };
            assert_eq!((status.as_str(), said.as_str()), ("exit status: 3", "***"));
        }
        let killed = output(vec![shell("kill -9 $$")]);
        assert!(matches!(killed, Err(BackupError::Program(ProgramError::Failed { .. }))));
        let missing = output(vec![Command::new("/nowhere/at/all")]);
        assert!(matches!(missing, Err(BackupError::Program(ProgramError::Unusable { .. }))));
    }

    #[test]
    fn a_stop_ends_programs_that_say_nothing() {
        let (chain, ends) = Chain::start(vec![shell("exec sleep 60")], Stdio::null(), Stdio::piped()).unwrap();
        let pumped = pump(ends.output.unwrap(), &|| true, &mut |_| Ok(()));
        assert_eq!(pumped, Err(BackupError::Interrupted));
        assert_eq!(chain.wait(&|| true), Err(BackupError::Interrupted));
    }
}
