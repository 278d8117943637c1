//! What a command answers, and how it gets to stdout.

use std::io::{self, IsTerminal as _, Write};

use serde_json::{Map, Value, json};

use super::printable;

/// The answer of a command: text for a person or a document for a program.
#[derive(Debug, Default)]
pub struct Answer {
    /// For stdout without `--json`; ends with a newline unless it is empty.
    pub text: String,
    /// One document per service, for `--json`.
    pub services: Vec<Value>,
    /// Further keys beside `services`.
    pub extra: Map<String, Value>,
    /// The command asked something, and the answer is no: exit status 3.
    pub no: bool,
    /// The text is a script: it reaches a file or another program letter for letter.
    pub is_script: bool,
}

impl Answer {
    /// The document for `--json`.
    pub fn json(self) -> Value {
        let mut document = json!({ "services": self.services });
        if let Value::Object(map) = &mut document {
            map.extend(self.extra);
        }
        document
    }
}

/// Writes to stdout. A reader that has gone away (`| head`) is no failure.
///
/// # Errors
/// What else the system reports, a full disk for example: half an answer must not pass for the whole.
pub fn write_stdout(text: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    unless_reader_gone(stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()))
}

/// `written`, in which a closed pipe counts as success.
pub fn unless_reader_gone(written: io::Result<()>) -> io::Result<()> {
    written.or_else(|error| if error.kind() == io::ErrorKind::BrokenPipe { Ok(()) } else { Err(error) })
}

/// Writes the text of an answer: as it is where it is a script and no terminal reads it, else printable.
///
/// # Errors
/// As [`write_stdout`].
pub fn write_text(text: &str, is_script: bool) -> io::Result<()> {
    if is_script && !io::stdout().is_terminal() {
        return write_stdout(text);
    }
    write_stdout(&printable::lines(text, console::colors_enabled()))
}

/// Writes a line to stderr, printable and without passwords.
pub fn write_stderr(line: &str) {
    let line = printable::without_secrets(line);
    let line = printable::lines(&line, console::colors_enabled_stderr());
    let mut stderr = std::io::stderr().lock();
    // Nobody is left to be told.
    // In one call: stderr has no buffer, and each piece that `writeln!` writes would be a call of its own.
    let _ = stderr.write_all(format!("{line}\n").as_bytes());
}
