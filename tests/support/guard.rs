//! Binds the lifetime of a server to the test process: a shell waits for the end of a pipe from it. When the pipe is
//! closed (the process ended, panicked or was killed), the shell stops the server and removes its folder.

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

/// Owner of the pipe; dropping it stops the server.
pub(super) struct Guard {
    shell: Child,
    pipe: Option<ChildStdin>,
}

impl Guard {
    /// Starts `server` (program and arguments) under a guard. Its output goes to `folder/log`.
    pub(super) fn start(folder: &Path, signal: &str, server: &Command) -> Self {
        let log = File::options().create(true).append(true).open(folder.join("log")).expect("a log file");
        let mut shell = Command::new("sh")
            .args(["-c", SCRIPT, "guard"])
            .arg(folder)
            .arg(signal)
            .arg(server.get_program())
            .args(server.get_args())
            .current_dir("/")
            .stdin(Stdio::piped())
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
        drop(self.pipe.take());
        let _ = self.shell.wait();
    }
}
