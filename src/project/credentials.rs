//! Programs of `url_command` and files of `password_file`. What they contain is returned and never part of an error.

use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use crate::config::{CredentialError, CredentialSource, Secret, UrlCommand};
use crate::system::process::{in_own_group, kill_group};

/// Maximum number of bytes read from the program's stdout or the file: tokens have some thousands at most.
const LIMIT: u64 = 64 * 1024;
/// Number of lines of stderr that are shown.
const SHOWN_LINES: usize = 10;
/// Interval at which the program's end is checked.
const TICK: Duration = Duration::from_millis(5);
/// Time that the output of a program which has ended may still take, if a process that it started holds the pipes.
const GRACE: Duration = Duration::from_secs(1);

/// Runs the program, or reads the file.
///
/// # Errors
/// [`CredentialError`], without what was printed or read.
pub fn read_credentials(source: &CredentialSource) -> Result<Secret, CredentialError> {
    match source {
        CredentialSource::Command(command) => run(command),
        CredentialSource::File(path) => read_file(path),
    }
}

fn read_file(path: &Path) -> Result<Secret, CredentialError> {
    let failed = |reason: String| CredentialError::File { path: path.to_owned(), reason };
    let file = std::fs::File::open(path).map_err(|error| failed(format!("cannot be read: {error}")))?;
    let mut text = String::new();
    let read = file.take(LIMIT).read_to_string(&mut text);
    read.map_err(|error| failed(format!("cannot be read: {error}")))?;
    match one_line(&text) {
        Ok(line) => Ok(Secret::new(line.to_owned())),
        Err(found) => Err(failed(format!("contains {found} instead of one line"))),
    }
}

fn run(command: &UrlCommand) -> Result<Secret, CredentialError> {
    // The arguments may contain a secret.
    let shown = command.program().to_owned();
    let mut child = start(command)
        .map_err(|error| CredentialError::NotStarted { command: shown.clone(), reason: error.to_string() })?;
    let (stdout, stderr) = (collect(child.stdout.take()), collect(child.stderr.take()));
    let status = wait(&mut child, command.timeout);
    let problem = match status {
        Ok(Some(status)) if status.success() => None,
        Ok(Some(status)) => Some(status.to_string()),
        Ok(None) => Some(format!("it took longer than {} s and was killed", command.timeout.as_secs_f64())),
        Err(error) => Some(error.to_string()),
    };
    if let Some(status) = problem {
        let said = last_lines(&stderr.recv_timeout(GRACE).unwrap_or_default());
        return Err(CredentialError::Failed { command: shown, status, said });
    }
    let printed = String::from_utf8(stdout.recv_timeout(GRACE).unwrap_or_default());
    let line = printed.as_deref().map_err(|_| "text that is not UTF-8").and_then(one_line);
    match line {
        Ok(line) => Ok(Secret::new(line.to_owned())),
        Err(printed) => Err(CredentialError::Output { command: shown, printed }),
    }
}

fn start(command: &UrlCommand) -> std::io::Result<Child> {
    let (program, arguments) = command.words.split_first().ok_or(std::io::ErrorKind::InvalidInput)?;
    let mut process = Command::new(program);
    process.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    if !command.folder.as_os_str().is_empty() {
        process.current_dir(&command.folder);
    }
    process.envs(command.variables.iter().map(|(name, value)| (name, value.expose())));
    // A process group of its own, so that a timeout ends the processes that the program has started too.
    in_own_group(&mut process);
    process.spawn()
}

/// Reads a pipe to its end in a thread of its own: a program that writes much to one of its two pipes must not wait.
fn collect(pipe: Option<impl Read + Send + 'static>) -> Receiver<Vec<u8>> {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut pipe) = pipe {
            let _ = pipe.by_ref().take(LIMIT).read_to_end(&mut bytes);
            // The rest is read so that the program does not wait or end with a broken pipe.
            let _ = std::io::copy(&mut pipe, &mut std::io::sink());
        }
        // After a timeout, the receiver is gone.
        let _ = sender.send(bytes);
    });
    receiver
}

/// Waits for the end of the program; `None` if it was killed after `timeout`.
fn wait(child: &mut Child, timeout: Duration) -> std::io::Result<Option<ExitStatus>> {
    let started = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if started.elapsed() > timeout {
            kill_group(child);
            child.wait()?;
            return Ok(None);
        }
        std::thread::sleep(TICK);
    }
}

fn one_line(text: &str) -> Result<&str, &'static str> {
    let text = text.strip_suffix('\n').unwrap_or(text);
    let text = text.strip_suffix('\r').unwrap_or(text);
    match text {
        "" => Err("nothing"),
        text if text.contains(['\n', '\r']) => Err("several lines"),
        text => Ok(text),
    }
}

fn last_lines(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let lines: Vec<&str> = text.lines().map(str::trim_end).filter(|line| !line.is_empty()).collect();
    lines[lines.len().saturating_sub(SHOWN_LINES)..].join("\n")
}

#[cfg(all(test, unix))]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::config::EnvFileVariables;

    fn run_script(script: &str, timeout: Duration) -> Result<Secret, CredentialError> {
        let variables = EnvFileVariables::from([("FROM_FILE".to_owned(), Secret::new("token".to_owned()))]);
        let words = ["sh", "-c", script].map(str::to_owned).to_vec();
        run(&UrlCommand { words, folder: std::env::temp_dir(), timeout, variables })
    }

    fn printed(script: &str) -> String {
        run_script(script, Duration::from_secs(60)).unwrap().expose().to_owned()
    }

    #[test]
    fn one_line_is_the_password() {
        assert_eq!(printed("echo secret"), "secret");
        assert_eq!(printed("printf ' a b \\r\\n'"), " a b ");
        assert_eq!(printed("echo $FROM_FILE; echo warning >&2"), "token");
        assert_eq!(printed("head -c 300000 /dev/zero >&2; echo x"), "x", "much on stderr blocks nothing");
        assert_eq!(printed("sleep 600 >&2 & echo x"), "x", "a process in the background is not waited for");
    }

    #[test]
    fn a_failure_shows_stderr_and_never_stdout() {
        for (script, expected) in [
            ("echo geheim; echo no token >&2; exit 3", "exit status: 3"),
            ("echo geheim; echo geheim", "several lines"),
            ("true", "nothing"),
            ("printf 'geheim\\377'", "not UTF-8"),
        ] {
            let error = run_script(script, Duration::from_secs(60)).unwrap_err();
            let shown = format!("{error} {error:?}");
            assert!(shown.contains(expected) && !shown.contains("geheim"), "{shown}");
        }
        let error = run_script("echo no token >&2; exit 3", Duration::from_secs(60)).unwrap_err();
        assert!(matches!(error, CredentialError::Failed { said, .. } if said == "no token"));
    }

    #[test]
    fn a_program_that_takes_too_long_is_ended_with_what_it_started() {
        let started = Instant::now();
        let error = run_script("echo waiting >&2; sleep 600 & sleep 600", Duration::from_millis(100)).unwrap_err();
        assert!(error.to_string().contains("longer than 0.1 s"), "{error}");
        assert!(started.elapsed() < Duration::from_secs(60));
    }

    #[test]
    fn a_password_file_holds_one_line() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "p@ss word\n").unwrap();
        assert_eq!(read_file(file.path()).unwrap().expose(), "p@ss word");
        std::fs::write(file.path(), "geheim\ngeheim\n").unwrap();
        assert!(!read_file(file.path()).unwrap_err().to_string().contains("geheim"));
        assert!(read_file(Path::new("/no/such/file")).unwrap_err().to_string().contains("cannot be read"));
    }
}
