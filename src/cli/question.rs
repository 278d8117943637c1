//! Yes-or-no questions to the user at the terminal.

use std::io::{BufRead as _, Write as _};

use super::context::Context;
use crate::report::printable::one_line;

/// Answer to a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Confirmation {
    /// Yes, from `--yes` or the terminal.
    Yes,
    /// Anything else at the terminal.
    No,
    /// There is no terminal to ask on.
    NotAsked,
}

/// Returns `true` if a user is at the terminal: stdin and stderr are both one.
pub fn can_ask() -> bool {
    console::user_attended_stderr() && std::io::IsTerminal::is_terminal(&std::io::stdin())
}

/// Asks a yes-or-no question on stderr; any reply but `y` or `yes` is a no.
pub fn ask(question: &str, context: &Context<'_>) -> Confirmation {
    if context.global.yes {
        return Confirmation::Yes;
    }
    if !can_ask() {
        return Confirmation::NotAsked;
    }
    let mut stderr = std::io::stderr().lock();
    let asked = write!(stderr, "{} [y/N] ", one_line(question)).and_then(|()| stderr.flush());
    let mut line = String::new();
    match asked.and_then(|()| std::io::stdin().lock().read_line(&mut line)) {
        Ok(_) if matches!(line.trim().to_ascii_lowercase().as_str(), "y" | "yes") => Confirmation::Yes,
        _ => Confirmation::No,
    }
}
