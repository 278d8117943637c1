//! Semicolons that do not end a PostgreSQL statement: those in parentheses (`CREATE RULE ... DO (a; b)`) and in the
//! body `BEGIN ATOMIC ... END` of a function. Also recognizes `COPY ... FROM stdin`.
//!
//! Sources: the manual's pages on CREATE RULE, CREATE FUNCTION and COPY; gram.y (`routine_body_stmt_list`,
//! `copy_file_name`).

use crate::sql::{StatementBody, TokenKind};

/// State of the statement that is being read.
#[derive(Default)]
pub(super) struct PostgresBody<'t> {
    role: PostgresRole,
    parentheses: usize,
    previous: &'t str,
}

/// Kind of the statement, as far as its tokens reveal it.
#[derive(Default, Clone, Copy, PartialEq, Eq)]
enum PostgresRole {
    /// No token yet.
    #[default]
    Start,
    /// `CREATE` or `CREATE OR REPLACE`.
    Create,
    /// `CREATE FUNCTION` or `CREATE PROCEDURE`, outside its body.
    Routine,
    /// Between `BEGIN ATOMIC` and its `END`.
    Atomic,
    /// `COPY`.
    Copy,
    /// `COPY ... FROM stdin`.
    CopyFromStdin,
    /// Any other statement.
    Plain,
}

impl<'t> StatementBody<'t> for PostgresBody<'t> {
    fn accept(&mut self, kind: TokenKind, text: &'t str) {
        match kind {
            TokenKind::Open => self.parentheses += 1,
            TokenKind::Close => self.parentheses = self.parentheses.saturating_sub(1),
            TokenKind::Word if self.parentheses == 0 => self.role = self.after_word(text),
            _ => {}
        }
        if self.role == PostgresRole::Start {
            self.role = PostgresRole::Plain;
        }
        self.previous = text;
    }

    fn ends_at_semicolon(&self, _has_delimiter: bool) -> bool {
        self.parentheses == 0 && self.role != PostgresRole::Atomic
    }

    fn copies_from_stdin(&self) -> bool {
        self.role == PostgresRole::CopyFromStdin
    }

    fn reset(&mut self) {
        *self = Self::default();
    }
}

impl PostgresBody<'_> {
    fn after_word(&self, word: &str) -> PostgresRole {
        let is = |keyword: &str| word.eq_ignore_ascii_case(keyword);
        let follows = |keyword: &str| self.previous.eq_ignore_ascii_case(keyword);
        match self.role {
            PostgresRole::Start if is("CREATE") => PostgresRole::Create,
            PostgresRole::Start if is("COPY") => PostgresRole::Copy,
            PostgresRole::Start => PostgresRole::Plain,
            PostgresRole::Create if is("OR") || is("REPLACE") => PostgresRole::Create,
            PostgresRole::Create if is("FUNCTION") || is("PROCEDURE") => PostgresRole::Routine,
            PostgresRole::Create => PostgresRole::Plain,
            PostgresRole::Routine if is("ATOMIC") && follows("BEGIN") => PostgresRole::Atomic,
            // The END of a CASE expression never follows a semicolon, and no statement in a body starts with END.
            PostgresRole::Atomic if is("END") && (self.previous == ";" || follows("ATOMIC")) => PostgresRole::Routine,
            // The server accepts FROM STDOUT as FROM STDIN.
            PostgresRole::Copy if (is("STDIN") || is("STDOUT")) && follows("FROM") => PostgresRole::CopyFromStdin,
            role => role,
        }
    }
}
