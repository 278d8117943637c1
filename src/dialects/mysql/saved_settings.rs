//! Saving and restoring the session variables that a revision sets, in a script. (A run reads them from the server.)

use crate::sql::{Dialect, Lexer, SavedSetting, TokenKind};

/// Settings that `SET NAMES` and `SET CHARACTER SET` change (`collation_connection` brings `character_set_connection`).
const NAMES: [&str; 3] = ["character_set_client", "character_set_results", "collation_connection"];

/// Returns the statements that save and restore what `statement` sets for the session.
pub(super) fn saved_settings(statement: &str) -> Vec<SavedSetting> {
    let saved = |name: String| SavedSetting {
        save: format!("SET @aludel_{name} = @@SESSION.{name}"),
        restore: format!("SET SESSION {name} = @aludel_{name}"),
    };
    variables(statement).into_iter().map(saved).collect()
}

/// Returns the names of the session variables that a statement sets, in lower case: none of user variables (`@name`), of
/// global ones, and of settings that are not variables (a role, a password, the next transaction).
fn variables(statement: &str) -> Vec<String> {
    let tokens = Lexer::new(statement, Dialect::MYSQL).filter_map(Result::ok);
    let tokens: Vec<(TokenKind, String)> = tokens
        .filter(|token| !token.kind.is_trivia() && token.kind != TokenKind::Semicolon)
        .map(|token| (token.kind, token.span.slice(statement).to_ascii_lowercase()))
        .collect();
    let Some(((_, first), rest)) = tokens.split_first() else { return Vec::new() };
    if first != "set" {
        return Vec::new();
    }
    let mut found = Vec::new();
    // The scope of one assignment holds for those behind it that name none (manual, "SET Syntax for Variable Assignment").
    let mut is_session = true;
    for assignment in assignments(rest) {
        let mut words = assignment.iter().map(|(_, word)| word.as_str()).peekable();
        let mut sigils = 0;
        while words
            .next_if(|word| word.chars().all(|character| character == '@'))
            .map(|at| sigils += at.len())
            .is_some()
        {}
        if sigils == 1 {
            continue;
        }
        if let Some(scope) =
            words.next_if(|word| ["session", "local", "global", "persist", "persist_only"].contains(word))
        {
            let is_own = matches!(scope, "session" | "local");
            let _ = words.next_if_eq(&".");
            match sigils {
                0 => is_session = is_own,
                _ if !is_own => continue,
                _ => {}
            }
        }
        match (words.next(), words.next()) {
            (Some("names" | "charset"), _) | (Some("character"), Some("set")) => {
                found.extend(NAMES.map(str::to_owned));
            }
            // `SET PASSWORD = ...` is a statement of its own.
            (Some("password"), _) => {}
            (Some(name), Some("=" | ":=")) if is_session || sigils > 0 => found.push(name.trim_matches('`').to_owned()),
            _ => {}
        }
    }
    found
}

/// Splits the assignments of a SET at the commas that are not in parentheses.
fn assignments(tokens: &[(TokenKind, String)]) -> Vec<&[(TokenKind, String)]> {
    let mut depth = 0_usize;
    tokens
        .split(|(kind, word)| {
            match kind {
                TokenKind::Open => depth += 1,
                TokenKind::Close => depth = depth.saturating_sub(1),
                _ => {}
            }
            depth == 0 && word == ","
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn session_variables_are_found_in_every_spelling() {
        for (statement, names) in [
            ("SET sql_mode = ''", &["sql_mode"][..]),
            ("set /* x */ SESSION Foreign_Key_Checks = 0;", &["foreign_key_checks"]),
            ("SET LOCAL a = 1, b := IF(1, 2, 3), c = 4", &["a", "b", "c"]),
            ("SET @@sql_mode = 'a,b', @@session.x = 1, @@LOCAL.`y` = 2", &["sql_mode", "x", "y"]),
            ("SET @x = 1, z = @x", &["z"]),
            ("SET GLOBAL a = 1, b = 2, SESSION c = 3, d = 4, @@GLOBAL.e = 5", &["c", "d"]),
            ("SET NAMES utf8mb4 COLLATE utf8mb4_bin", &NAMES),
            ("SET CHARACTER SET latin1", &NAMES),
            ("SET ROLE admin", &[]),
            ("SET PASSWORD = 'x'", &[]),
            ("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE", &[]),
            ("SET PERSIST a = 1", &[]),
            ("UPDATE t SET a = 1", &[]),
        ] {
            assert_eq!(variables(statement), names, "{statement}");
        }
    }
}
