//! Process groups and signals.
//!
//! Windows has neither: Ctrl-C in a console reaches every process of it, except those of a process group of their own,
//! and a process cannot ask another one to end.

use std::process::{Child, Command, ExitStatus};

/// Starts the program in a process group of its own. Ctrl-C in a terminal reaches the whole foreground group; this way
/// it reaches aludel only, which then ends the program.
pub fn in_own_group(command: &mut Command) {
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(command, 0);
    #[cfg(windows)]
    {
        const CREATE_NEW_PROCESS_GROUP: u32 = 0x0000_0200;
        std::os::windows::process::CommandExt::creation_flags(command, CREATE_NEW_PROCESS_GROUP);
    }
    #[cfg(not(any(unix, windows)))]
    let _ = command;
}

/// As [`in_own_group`], for a program that [`interrupt_group`] is to reach. On Windows it stays in the group of aludel,
/// where the user's Ctrl-C reaches it.
pub fn in_interruptible_group(command: &mut Command) {
    if cfg!(unix) {
        in_own_group(command);
    }
}

/// Interrupts a program that was started with [`in_interruptible_group`], and what it has started: SIGINT.
pub fn interrupt_group(child: &Child) {
    #[cfg(unix)]
    signal_group(child, rustix::process::Signal::INT);
    #[cfg(not(unix))]
    let _ = child;
}

/// Ends a program that was started in a group of its own, and what it has started, at once.
pub fn kill_group(child: &mut Child) {
    #[cfg(unix)]
    signal_group(child, rustix::process::Signal::KILL);
    #[cfg(windows)]
    {
        // `/T`: with the processes that it has started.
        let mut taskkill = Command::new("taskkill");
        taskkill.args(["/T", "/F", "/PID", &child.id().to_string()]);
        // It fails for a process that has ended by itself.
        let _ = taskkill.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null()).status();
    }
    // Fails if the process has ended.
    let _ = child.kill();
}

/// Asks a program to end: SIGTERM. Returns `false` where programs cannot be asked.
pub fn ask_to_end(child: &Child) -> bool {
    #[cfg(unix)]
    {
        let id = rustix::process::Pid::from_child(child);
        rustix::process::kill_process(id, rustix::process::Signal::TERM).is_ok()
    }
    #[cfg(not(unix))]
    {
        let _ = child;
        false
    }
}

#[cfg(unix)]
fn signal_group(child: &Child, signal: rustix::process::Signal) {
    // Fails if all processes of the group have ended.
    let _ = rustix::process::kill_process_group(rustix::process::Pid::from_child(child), signal);
}

/// Returns the number of the signal that ended the program; `None` for one that exited, and on Windows.
#[must_use]
pub fn ending_signal(status: ExitStatus) -> Option<i32> {
    #[cfg(unix)]
    return std::os::unix::process::ExitStatusExt::signal(&status);
    #[cfg(not(unix))]
    {
        let _ = status;
        None
    }
}

/// Sets the capacity of a pipe to `bytes`, where the system has such a setting. Best effort: the limit may be lower.
#[cfg(target_os = "linux")]
pub fn widen_pipe(pipe: &impl std::os::fd::AsFd, bytes: usize) {
    let _ = rustix::pipe::fcntl_setpipe_size(pipe, bytes);
}

/// Does nothing: only Linux has such a setting.
#[cfg(not(target_os = "linux"))]
pub fn widen_pipe<P>(_pipe: &P, _bytes: usize) {}

#[cfg(all(test, unix))]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use std::io::Read as _;
    use std::process::Stdio;

    /// Starts a shell that starts a second one and prints a line when both run. Both hold the returned pipe.
    fn start_group(script: &str) -> (Child, std::process::ChildStdout) {
        let mut command = Command::new("sh");
        command.args(["-c", script]).stdout(Stdio::piped());
        in_own_group(&mut command);
        let mut child = command.spawn().unwrap();
        let mut stdout = child.stdout.take().unwrap();
        let mut line = [0; 3];
        stdout.read_exact(&mut line).unwrap();
        assert_eq!(&line, b"up\n");
        (child, stdout)
    }

    #[test]
    fn a_group_ends_with_what_it_started() {
        let (mut child, mut stdout) = start_group("sh -c 'echo up; exec sleep 600' & wait");
        kill_group(&mut child);
        assert_eq!(ending_signal(child.wait().unwrap()), Some(9));
        // The pipe ends when the last process that holds it has ended.
        assert_eq!(stdout.read(&mut [0]).unwrap(), 0);
    }

    #[test]
    fn an_interrupt_reaches_the_whole_group() {
        let (mut child, mut stdout) = start_group("trap 'exit 7' INT; sh -c 'echo up; exec sleep 600'; exit 8");
        interrupt_group(&child);
        assert_eq!(child.wait().unwrap().code(), Some(7));
        assert_eq!(stdout.read(&mut [0]).unwrap(), 0);
    }

    #[test]
    fn a_program_that_is_asked_to_end_may_do_so_in_order() {
        let (mut child, _stdout) = start_group("trap 'exit 5' TERM; echo up; while :; do sleep 0.01; done");
        assert!(ask_to_end(&child));
        let status = child.wait().unwrap();
        assert_eq!((status.code(), ending_signal(status)), (Some(5), None));
    }
}
