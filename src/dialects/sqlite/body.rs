//! Semicolons that do not end a SQLite statement: those in the body of a trigger.
//!
//! Source: SQLite's "CREATE TRIGGER" and complete.c (`sqlite3_complete`): the body ends at an END that follows a
//! semicolon.

use crate::sql::{StatementBody, TokenKind};

/// State of the statement that is being read.
#[derive(Default)]
pub(super) struct SqliteBody<'t> {
    role: SqliteRole,
    previous: &'t str,
}

/// Kind of the statement, as far as its tokens reveal it.
#[derive(Default, Clone, Copy, PartialEq, Eq)]
enum SqliteRole {
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

impl<'t> StatementBody<'t> for SqliteBody<'t> {
    fn accept(&mut self, kind: TokenKind, text: &'t str) {
        if kind == TokenKind::Word {
            self.role = self.after_word(text);
        } else if self.role == SqliteRole::Start {
            self.role = SqliteRole::Plain;
        }
        self.previous = text;
    }

    fn ends_at_semicolon(&self, _has_delimiter: bool) -> bool {
        self.role != SqliteRole::Body
    }

    fn reset(&mut self) {
        *self = Self::default();
    }
}

impl SqliteBody<'_> {
    fn after_word(&self, word: &str) -> SqliteRole {
        let is = |keyword: &str| word.eq_ignore_ascii_case(keyword);
        match self.role {
            SqliteRole::Start | SqliteRole::Explain if is("CREATE") => SqliteRole::Create,
            SqliteRole::Start if is("EXPLAIN") => SqliteRole::Explain,
            SqliteRole::Explain if is("QUERY") || is("PLAN") => SqliteRole::Explain,
            SqliteRole::Start | SqliteRole::Explain => SqliteRole::Plain,
            SqliteRole::Create if is("TEMP") || is("TEMPORARY") => SqliteRole::Create,
            SqliteRole::Create if is("TRIGGER") => SqliteRole::Trigger,
            SqliteRole::Create => SqliteRole::Plain,
            SqliteRole::Trigger if is("BEGIN") => SqliteRole::Body,
            // The END of a CASE expression never follows a semicolon, and no statement in a body starts with END.
            SqliteRole::Body if is("END") && self.previous == ";" => SqliteRole::Plain,
            role => role,
        }
    }
}
