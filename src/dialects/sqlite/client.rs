//! Dot commands of the sqlite3 shell in a text.

use crate::sql::{ClientCommand, INSTEAD_OF_COMMAND, SplitProblem, word_end};

/// Returns the command that the token `word` begins at the start of a statement, with the text `after` it. All are
/// refused.
pub(super) fn client_command<'t>(word: &'t str, after: &'t str) -> Option<ClientCommand<'t>> {
    if word != "." {
        return None;
    }
    let name = format!("{word}{}", &after[..word_end(after.as_bytes(), 0)]);
    let length = name.len();
    let problem = SplitProblem::ClientCommand { name, client: "the sqlite3 shell", instead: INSTEAD_OF_COMMAND };
    Some(ClientCommand::Refused { length, problem })
}
