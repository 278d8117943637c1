//! Questions to the person at the terminal.

use std::io::{BufRead as _, Write as _};

use super::context::Context;
use super::printable::one_line;

/// What was answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reply {
    /// Yes, by `--yes` or at the terminal.
    Yes,
    /// No.
    No,
    /// There is nobody to ask.
    Nobody,
}

/// Whether somebody sits at the terminal.
pub fn can_ask() -> bool {
    console::user_attended_stderr() && std::io::IsTerminal::is_terminal(&std::io::stdin())
}

/// Asks a yes-or-no question on stderr; anything but yes is no.
pub fn ask(question: &str, context: &Context<'_>) -> Reply {
    if context.global.yes {
        return Reply::Yes;
    }
    if !can_ask() {
        return Reply::Nobody;
    }
    let mut stderr = std::io::stderr().lock();
    let asked = write!(stderr, "{} [y/N] ", one_line(question)).and_then(|()| stderr.flush());
    let mut line = String::new();
    match asked.and_then(|()| std::io::stdin().lock().read_line(&mut line)) {
        Ok(_) if matches!(line.trim().to_ascii_lowercase().as_str(), "y" | "yes") => Reply::Yes,
        _ => Reply::No,
    }
}
