//! Session state that statements depend on, and that is lost when a half-applied revision is resumed in a new session.

use super::lexer::{Lexer, Token, TokenKind};
use super::{Dialect, Piece, StatementKind};

/// Returns the first statement from index `skip` on that depends on session state of those before it: a temporary
/// table, a computed variable, the last inserted id. Settings are excluded, because they can be set again.
#[must_use]
pub fn lost_with_session<'p>(text: &str, sent: &[&'p Piece], skip: usize, dialect: Dialect) -> Option<&'p Piece> {
    let (before, after) = sent.split_at_checked(skip).filter(|(before, _)| !before.is_empty())?;
    let held: Vec<String> = before.iter().flat_map(|piece| held_by(piece, text, dialect)).collect();
    let looking_back = dialect.rules().functions_of_previous_statement();
    let mut has_written = false;
    after.iter().copied().find(|piece| {
        let names = names(piece.sql.slice(text), dialect);
        let looks_back = !has_written && names.iter().any(|name| looking_back.contains(&name.to_uppercase().as_str()));
        has_written |= piece.kind == StatementKind::Rows;
        looks_back || names.iter().any(|name| held.contains(&name.to_lowercase()))
    })
}

/// Names, in lower case, of what the statement leaves in its session.
fn held_by(piece: &Piece, text: &str, dialect: Dialect) -> Vec<String> {
    let sql = piece.sql.slice(text);
    let names = names(sql, dialect);
    let word = |index: usize| names.get(index).map(|name| name.to_uppercase()).unwrap_or_default();
    let is_temporary = matches!(word(1).as_str(), "TEMP" | "TEMPORARY")
        || (matches!(word(1).as_str(), "GLOBAL" | "LOCAL") && word(2).starts_with("TEMP"));
    if word(0) == "CREATE" && is_temporary {
        let table =
            names.iter().skip_while(|name| !matches!(name.to_uppercase().as_str(), "TABLE" | "VIEW" | "SEQUENCE"));
        let table = table.skip(1).find(|name| !matches!(name.to_uppercase().as_str(), "IF" | "NOT" | "EXISTS"));
        return table.map(|name| name.to_lowercase()).into_iter().collect();
    }
    // `SET @a = 1` can be executed again; a computed value cannot be restored.
    let is_computed = piece.kind != StatementKind::Setting || sql.contains('(');
    let variables = names.iter().filter(|name| is_variable(name)).map(|name| name.to_lowercase());
    if is_computed && dialect.rules().has_session_variables() { variables.collect() } else { Vec::new() }
}

fn is_variable(name: &str) -> bool {
    name.starts_with('@') && !name.starts_with("@@")
}

/// Words and unquoted names; variables include their `@`.
fn names(sql: &str, dialect: Dialect) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    let mut signs = 0;
    for Token { kind, span } in Lexer::new(sql, dialect).map_while(Result::ok) {
        let text = span.slice(sql);
        match kind {
            TokenKind::Word | TokenKind::QuotedIdentifier => {
                let name = text.trim_matches(['"', '`', '[', ']']);
                names.push(format!("{}{name}", "@".repeat(signs)));
                signs = 0;
            }
            // The lexer splits `@a` and `@@a` into operators and a word.
            TokenKind::Operator if text.ends_with('@') => {
                signs += text.bytes().rev().take_while(|b| *b == b'@').count()
            }
            _ => signs = 0,
        }
    }
    names
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn lost(text: &str, skip: usize, dialect: Dialect) -> Option<&str> {
        let pieces = super::super::split(text, dialect).unwrap();
        let sent: Vec<&Piece> = pieces.iter().filter(|piece| piece.kind != StatementKind::Nothing).collect();
        lost_with_session(text, &sent, skip, dialect).map(|piece| piece.sql.slice(text))
    }

    #[test]
    fn what_the_session_held_is_seen_where_it_is_used() {
        let text = "INSERT INTO t VALUES (1); INSERT INTO u VALUES (LAST_INSERT_ID()); SELECT 1";
        assert_eq!(lost(text, 0, Dialect::MYSQL), None);
        assert_eq!(lost(text, 1, Dialect::MYSQL), Some("INSERT INTO u VALUES (LAST_INSERT_ID())"));
        assert_eq!(lost(text, 2, Dialect::MYSQL), None);
        let text = "CREATE TEMP TABLE \"Seen\" (x int); INSERT INTO t SELECT 1; INSERT INTO t SELECT x FROM seen";
        assert_eq!(lost(text, 1, Dialect::POSTGRES), Some("INSERT INTO t SELECT x FROM seen"));
        let text = "SELECT MAX(id) INTO @top FROM t; SELECT 1; DELETE FROM t WHERE id = @top";
        assert_eq!(lost(text, 2, Dialect::MYSQL), Some("DELETE FROM t WHERE id = @top"));
    }

    #[test]
    fn settings_and_what_is_written_anew_are_not_lost() {
        let dump = "SET @saved = @@character_set_client; CREATE TABLE t (x INT); SET character_set_client = @saved";
        assert_eq!(lost(dump, 2, Dialect::MYSQL), None);
        let text = "INSERT INTO t VALUES (1); INSERT INTO t VALUES (2); INSERT INTO u VALUES (LAST_INSERT_ID())";
        assert_eq!(lost(text, 1, Dialect::MYSQL), None);
        assert_eq!(lost("SELECT 'a@b'; SELECT 'a@b'", 1, Dialect::MYSQL), None);
    }
}
