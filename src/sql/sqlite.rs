//! Semicolons that do not end a SQLite statement: those in the body of a trigger.
//!
//! Source: SQLite's "CREATE TRIGGER" and complete.c (`sqlite3_complete`): the body ends at an END that follows a
//! semicolon.

use super::lexer::TokenKind;

/// State of the statement that is being read.
#[derive(Default)]
pub(super) struct Body<'t> {
    role: Role,
    previous: &'t str,
}

/// Kind of the statement, as far as its tokens reveal it.
#[derive(Default, Clone, Copy, PartialEq, Eq)]
enum Role {
    /// No token yet.
    #[default]
    Start,
    /// `EXPLAIN` or `EXPLAIN QUERY PLAN`.
    Explain,
    /// `CREATE` or `CREATE TEMP`.
    Create,
    /// `CREATE TRIGGER`, before its body.
    Trigger,
    /// Between the trigger's BEGIN and its END.
    Body,
    /// Any other statement.
    Plain,
}

impl<'t> Body<'t> {
    /// Updates the state with the next token.
    pub(super) fn see(&mut self, kind: TokenKind, text: &'t str) {
        if kind == TokenKind::Word {
            self.role = self.after_word(text);
        } else if self.role == Role::Start {
            self.role = Role::Plain;
        }
        self.previous = text;
    }

    fn after_word(&self, word: &str) -> Role {
        let is = |keyword: &str| word.eq_ignore_ascii_case(keyword);
        match self.role {
            Role::Start | Role::Explain if is("CREATE") => Role::Create,
            Role::Start if is("EXPLAIN") => Role::Explain,
            Role::Explain if is("QUERY") || is("PLAN") => Role::Explain,
            Role::Start | Role::Explain => Role::Plain,
            Role::Create if is("TEMP") || is("TEMPORARY") => Role::Create,
            Role::Create if is("TRIGGER") => Role::Trigger,
            Role::Create => Role::Plain,
            Role::Trigger if is("BEGIN") => Role::Body,
            // The END of a CASE expression never follows a semicolon, and no statement in a body starts with END.
            Role::Body if is("END") && self.previous == ";" => Role::Plain,
            role => role,
        }
    }

    /// Returns `true` if a semicolon at this point ends the statement.
    pub(super) fn ends_at_semicolon(&self) -> bool {
        self.role != Role::Body
    }
}
