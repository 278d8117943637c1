//! What a command answers, and how it gets to stdout.

use std::io::Write;

use serde_json::{Map, Value, json};

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
pub fn write_stdout(text: &str) {
    let mut stdout = std::io::stdout().lock();
    // Nobody is left to be told.
    let _ = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush());
}

/// Writes a line to stderr.
pub fn write_stderr(line: &str) {
    let mut stderr = std::io::stderr().lock();
    // Nobody is left to be told.
    // In one call: stderr has no buffer, and each piece that `writeln!` writes would be a call of its own.
    let _ = stderr.write_all(format!("{line}\n").as_bytes());
}
