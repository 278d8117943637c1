//! Where a semicolon does not end a SQLite statement: in the body of a trigger. Must not know texts or spans.
//!
//! Source: SQLite's "CREATE TRIGGER" and complete.c (`sqlite3_complete`): the body ends at an END that follows a semicolon.

use super::lexer::TokenKind;

/// What is open in the statement that is being read.
#[derive(Default)]
pub(super) struct Body<'t> {
    role: Role,
    previous: &'t str,
}

/// What the statement has turned out to be.
#[derive(Default, Clone, Copy, PartialEq, Eq)]
enum Role {
    /// Nothing is known yet.
    #[default]
    Start,
    /// `EXPLAIN`, `EXPLAIN QUERY PLAN`.
    Explain,
    /// `CREATE`, `CREATE TEMP`.
    Create,
    /// `CREATE TRIGGER`, before its body.
    Trigger,
    /// After the trigger's BEGIN, before its END.
    Body,
    /// Anything else.
    Plain,
}

impl<'t> Body<'t> {
    /// Takes note of a token.
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
            // A CASE expression's END never follows a semicolon, and no statement of a body begins with END.
            Role::Body if is("END") && self.previous == ";" => Role::Plain,
            role => role,
        }
    }

    /// Whether a semicolon here ends the statement.
    pub(super) fn ends_at_semicolon(&self) -> bool {
        self.role != Role::Body
    }
}
