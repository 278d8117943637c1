//! Commands of psql in a text.

use crate::sql::{ClientCommand, SplitProblem, TokenKind, word_end};

/// Returns the command that a backslash outside quotes begins, with the text `after` it. `\restrict` and `\unrestrict`,
/// which pg_dump adds to its dumps since August 2025 (CVE-2025-8714), are skipped: all they do is to keep psql from
/// executing other commands. Everything else is refused.
pub(super) fn client_command<'t>(
    kind: TokenKind,
    word: &'t str,
    after: &'t str,
    at_start: bool,
) -> Option<ClientCommand<'t>> {
    if kind != TokenKind::Backslash {
        return None;
    }
    let next = after.chars().next().filter(|character| !character.is_whitespace());
    let argument = match word_end(after.as_bytes(), 0) {
        0 => next.map_or(0, char::len_utf8),
        end => end,
    };
    let name = format!("{word}{}", after.get(..argument).unwrap_or_default());
    if at_start && matches!(name.as_str(), "\\restrict" | "\\unrestrict") {
        return Some(ClientCommand::Skipped);
    }
    Some(ClientCommand::Refused { length: name.len(), problem: SplitProblem::PsqlCommand { name } })
}
