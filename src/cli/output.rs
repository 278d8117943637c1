//! Result of a command, and its way to stdout.

use std::io::{self, IsTerminal as _, Write};

use serde_json::{Map, Value, json};

use super::secrets::without_secrets;
use crate::report::printable;

/// Result of a command: text for a person, documents for a program.
#[derive(Debug, Default)]
pub struct CommandOutput {
    /// Text for stdout without `--json`; ends with a newline unless it is empty.
    pub text: String,
    /// One document per service, for `--json`.
    pub services: Vec<Value>,
    /// Further top-level keys beside `services`.
    pub extra: Map<String, Value>,
    /// A check came out negative: exit status 3.
    pub negative: bool,
    /// The text is a script, written byte for byte to a file or a pipe.
    pub is_script: bool,
}

impl CommandOutput {
    /// Returns the document for `--json`.
    pub fn json(self) -> Value {
        let mut document = json!({ "services": self.services });
        if let Value::Object(map) = &mut document {
            map.extend(self.extra);
        }
        document
    }
}

/// Writes to stdout. A reader that closed the pipe (`| head`) is not an error.
///
/// # Errors
/// Any other error of the system, such as a full disk: a truncated answer must not pass for a complete one.
pub fn write_stdout(text: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    unless_reader_gone(stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()))
}

/// Turns a closed pipe into success.
pub fn unless_reader_gone(written: io::Result<()>) -> io::Result<()> {
    written.or_else(|error| if error.kind() == io::ErrorKind::BrokenPipe { Ok(()) } else { Err(error) })
}

/// Writes the text of an answer: unchanged if it is a script and stdout is not a terminal, otherwise with escapes.
///
/// # Errors
/// As [`write_stdout`].
pub fn write_text(text: &str, is_script: bool) -> io::Result<()> {
    if is_script && !io::stdout().is_terminal() {
        return write_stdout(text);
    }
    write_stdout(&printable::lines(text, console::colors_enabled()))
}

/// Writes a line to stderr, with escapes and without passwords.
pub fn write_stderr(line: &str) {
    let line = without_secrets(line);
    let line = printable::lines(&line, console::colors_enabled_stderr());
    let mut stderr = std::io::stderr().lock();
    // There is nowhere left to report a failure. One call, because stderr is unbuffered and `writeln!` would make a
    // system call for each piece.
    let _ = stderr.write_all(format!("{line}\n").as_bytes());
}
