//! Binds the lifetime of a server to a process: a shell waits for the end of a pipe from it. When the pipe is closed (the
//! process ended, panicked or was killed), the shell stops the server and removes its folder.

use std::fs::File;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};

/// $1 is the folder to remove, $2 the signal that stops the server, the rest its command. If the server ends while the
/// folder contains a file `restart`, it is started again.
const SCRIPT: &str = r#"
exec 3<&0
folder=$1 signal=$2
shift 2
{ cat <&3 >/dev/null; rm -f "$folder/restart"; kill -s "$signal" "$(cat "$folder/server-pid")" 2>/dev/null; } &
while :; do
    "$@" 3<&- </dev/null &
    server=$!
    echo "$server" >"$folder/server-pid"
    wait "$server"
    [ -e "$folder/restart" ] || break
done
rm -rf "$folder"
"#;

/// Process whose end stops a server.
#[derive(Clone, Copy)]
pub(super) enum Lifetime<'a> {
    /// This test program; dropping the guard stops the server earlier.
    Program,
    /// The script that holds this named pipe open ([`super::run`]).
    Run(&'a Path),
}

/// Owner of the pipe.
pub(super) struct Guard {
    shell: Child,
    /// `None` where another process holds the pipe.
    pipe: Option<ChildStdin>,
}

impl Guard {
    /// Starts `server` (program and arguments) under a guard. Its output goes to `folder/log`.
    pub(super) fn start(lifetime: Lifetime<'_>, folder: &Path, signal: &str, server: &Command) -> Self {
        let log = File::options().create(true).append(true).open(folder.join("log")).expect("a log file");
        let input = match lifetime {
            Lifetime::Program => Stdio::piped(),
            Lifetime::Run(pipe) => File::open(pipe).expect("the pipe of tests/run").into(),
        };
        let mut shell = Command::new("sh")
            .args(["-c", SCRIPT, "guard"])
            .arg(folder)
            .arg(signal)
            .arg(server.get_program())
            .args(server.get_args())
            .current_dir("/")
            .stdin(input)
            .stdout(log.try_clone().expect("a log file"))
            .stderr(log)
            .process_group(0) // Ctrl-C must reach the tests only; the guard ends with the pipe
            .spawn()
            .expect("sh starts");
        let pipe = shell.stdin.take();
        Self { shell, pipe }
    }

    /// Returns `true` if the server has ended by itself.
    pub(super) fn has_ended(&mut self) -> bool {
        self.shell.try_wait().is_ok_and(|status| status.is_some())
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        if let Some(pipe) = self.pipe.take() {
            drop(pipe);
            let _ = self.shell.wait();
        }
    }
}
