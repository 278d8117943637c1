//! Runs of the service's Alembic that change a database (`upgrade ID`, `downgrade ID`), which can be interrupted.
//! Knows the command and what it prints; must not know databases.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{Read as _, Seek as _};
use std::path::Path;
use std::process::{Child, ExitStatus};
use std::time::{Duration, Instant};

use crate::diagnostic::Location;
use crate::formats::alembic;
use crate::system::process::{ending_signal, in_interruptible_group, interrupt_group, kill_group};

use super::error::ProjectResult;
use super::python_file;
use super::redirect::Redirected;
use super::render::{Output, command, failure, printed, traceback_location};

/// Pause between two looks at the process and at the user's wish to stop.
const TICK: Duration = Duration::from_millis(20);

/// Time for an interrupted Alembic to roll back by itself. A statement that the server is still running holds Python back, so it
/// must not be too long.
const GRACE: Duration = Duration::from_secs(10);

/// End of a run.
#[derive(Debug)]
pub struct AlembicRun {
    /// Text that it printed.
    pub output: Output,
    /// True if the user requested a stop while it ran.
    pub is_interrupted: bool,
    /// True if it was killed, so that it is not known how far it had come. Python turns SIGINT into an exception and ends
    /// in order.
    pub is_killed: bool,
}

/// The revisions that Alembic reports as applied: the rows of its version table.
///
/// # Errors
/// [`super::ProjectError::Alembic`] when it cannot be called or fails.
pub fn applied(alembic: &Redirected) -> ProjectResult<BTreeSet<String>> {
    let output = alembic.call(&["current"])?;
    if !output.succeeded {
        return Err(failure(&alembic.python, &output.stderr));
    }
    let rows = alembic::without_log(&output.stdout);
    Ok(rows.lines().filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect())
}

/// Runs Alembic with `arguments`; `label` names its session on a PostgreSQL server.
///
/// # Errors
/// [`super::ProjectError::Alembic`] when the program cannot be started.
pub fn run(
    alembic: &Redirected,
    arguments: &[&str],
    label: &str,
    interrupted: &dyn Fn() -> bool,
) -> ProjectResult<AlembicRun> {
    let failed = |error: std::io::Error| failure(&alembic.python, &format!("it does not start: {error}"));
    // Files and not pipes: a process that Alembic leaves behind would keep a pipe open.
    let (mut stdout, mut stderr) = (tempfile::tempfile().map_err(failed)?, tempfile::tempfile().map_err(failed)?);
    let mut command = command(&alembic.python, arguments, &alembic.variables)?;
    command.env("PGAPPNAME", label);
    command.stdout(stdout.try_clone().map_err(failed)?).stderr(stderr.try_clone().map_err(failed)?);
    // What a wrapper (`poetry run alembic`) started is reached too.
    in_interruptible_group(&mut command);
    let mut child = command.spawn().map_err(failed)?;
    let (status, is_interrupted) = wait(&mut child, interrupted).map_err(failed)?;
    let output = Output {
        stdout: read_back(&mut stdout).map_err(failed)?,
        stderr: read_back(&mut stderr).map_err(failed)?,
        succeeded: status.success(),
    };
    Ok(AlembicRun { output, is_interrupted, is_killed: is_killed(status) })
}

/// The line of the revision's file that a traceback in `stderr` names last.
#[must_use]
pub fn failed_at(path: &Path, stderr: &str) -> Option<Location> {
    traceback_location(path.to_owned(), stderr)
}

/// The text of a revision's file.
///
/// # Errors
/// A file that cannot be read or is not text.
pub fn read_revision(path: &Path) -> ProjectResult<String> {
    python_file::read_python(path)
}

/// Interrupts the group once the user asks to stop, and kills it when it does not end in time.
fn wait(child: &mut Child, interrupted: &dyn Fn() -> bool) -> std::io::Result<(ExitStatus, bool)> {
    let mut asked: Option<Instant> = None;
    let mut is_killed = false;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok((status, asked.is_some()));
        }
        match asked {
            None if interrupted() => {
                interrupt_group(child);
                asked = Some(Instant::now());
            }
            Some(at) if !is_killed && at.elapsed() >= GRACE => {
                kill_group(child);
                is_killed = true;
            }
            _ => {}
        }
        std::thread::sleep(TICK);
    }
}

fn is_killed(status: ExitStatus) -> bool {
    const SIGINT: i32 = 2;
    ending_signal(status).is_some_and(|signal| signal != SIGINT)
}

fn read_back(file: &mut File) -> std::io::Result<String> {
    let mut bytes = Vec::new();
    file.rewind()?;
    file.read_to_end(&mut bytes)?;
    Ok(printed(&bytes))
}
