//! Commands of psql in a text.

use crate::sql::{ClientCommand, INSTEAD_OF_COMMAND, SplitProblem, TokenKind, word_end};

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
    let name = format!("{word}{}", &after[..argument]);
    if at_start && matches!(name.as_str(), "\\restrict" | "\\unrestrict") {
        return Some(ClientCommand::Skipped);
    }
    let problem = SplitProblem::ClientCommand { instead: instead_of(&name), name: name.clone(), client: "psql" };
    Some(ClientCommand::Refused { length: name.len(), problem })
}

pub(super) fn instead_of(command: &str) -> &'static str {
    match command {
        "\\copy" => "write COPY table FROM stdin; with the rows on the lines below and `\\.` after them",
        "\\i" | "\\ir" | "\\include" | "\\include_relative" => "put the text of that file here",
        "\\set" | "\\gset" | "\\if" | "\\elif" | "\\else" | "\\endif" => {
            "write `-- template: true` in the header, and {% if %} or {{ x.NAME }} here"
        }
        "\\c" | "\\connect" => "remove it: the URL in the config selects the database",
        _ => INSTEAD_OF_COMMAND,
    }
}
