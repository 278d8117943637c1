//! Commands of the mysql and mariadb clients in a text. Sources: MySQL's manual, "mysql Client Commands".

use crate::sql::{ClientCommand, Dialect, INSTEAD_OF_COMMAND, SplitProblem, TokenKind, is_blank_or_comment};

/// Maximum length of a delimiter in bytes: the client truncates longer ones.
const LONGEST_DELIMITER: usize = 15;

/// A `DELIMITER` line without a delimiter, with a backslash in it, with more bytes than the client reads, or with text
/// after it other than a comment.
pub(super) const BAD_DELIMITER: SplitProblem =
    SplitProblem::BadDelimiter("DELIMITER needs one word of at most 15 bytes without a backslash");

/// Returns `true` if `word`, at the start of a statement, is a command of the mysql client that no server accepts.
fn is_client_command(word: &str) -> bool {
    const COMMANDS: [&str; 20] = [
        "charset",
        "clear",
        "connect",
        "edit",
        "ego",
        "exit",
        "go",
        "nopager",
        "notee",
        "nowarning",
        "pager",
        "print",
        "prompt",
        "quit",
        "rehash",
        "source",
        "status",
        "system",
        "tee",
        "warnings",
    ];
    COMMANDS.iter().any(|command| word.eq_ignore_ascii_case(command))
}

/// Returns the command that the token `word` begins, with the text `after` it. Everything but `DELIMITER` is refused.
pub(super) fn client_command<'t>(
    kind: TokenKind,
    word: &'t str,
    after: &'t str,
    at_start: bool,
) -> Option<ClientCommand<'t>> {
    match kind {
        TokenKind::Backslash => {
            let next = after.chars().next().filter(|character| !character.is_whitespace());
            let argument = next.map_or(0, char::len_utf8);
            let name = format!("{word}{}", &after[..argument]);
            Some(refused(name))
        }
        TokenKind::Word if word.eq_ignore_ascii_case("delimiter") && at_start => Some(delimiter(word, after)),
        TokenKind::Word if is_client_command(word) => Some(refused(word.to_owned())),
        _ => None,
    }
}

fn refused(name: String) -> ClientCommand<'static> {
    let length = name.len();
    let problem = SplitProblem::ClientCommand { name, client: "the mysql client", instead: INSTEAD_OF_COMMAND };
    ClientCommand::Refused { length, problem }
}

/// Reads `DELIMITER xx`: the first word after it ends statements from the next line on.
fn delimiter<'t>(command: &str, after: &'t str) -> ClientCommand<'t> {
    let line = after.split_inclusive('\n').next().unwrap_or_default();
    let argument = line.trim();
    let word = argument.split(char::is_whitespace).next().unwrap_or_default();
    let rest = &argument[word.len()..];
    let is_unfit = word.is_empty() || word.len() > LONGEST_DELIMITER || word.contains('\\');
    if is_unfit || !is_blank_or_comment(rest, Dialect::MYSQL) {
        let length = command.len() + line.trim_end().len();
        return ClientCommand::Refused { length, problem: BAD_DELIMITER };
    }
    ClientCommand::Delimiter(Some(word).filter(|word| *word != ";"))
}
