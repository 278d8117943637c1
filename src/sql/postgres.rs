//! Where a semicolon does not end a PostgreSQL statement: in parentheses (`CREATE RULE ... DO (a; b)`) and in the body
//! `BEGIN ATOMIC ... END` of a function. Also knows `COPY ... FROM stdin`. Must not know texts or spans.
//!
//! Source: the manual's pages of CREATE RULE, CREATE FUNCTION and COPY; gram.y (`routine_body_stmt_list`, `copy_file_name`).

use super::lexer::TokenKind;

/// What is open in the statement that is being read.
#[derive(Default)]
pub(super) struct Body<'t> {
    role: Role,
    parentheses: usize,
    previous: &'t str,
}

/// What the statement has turned out to be.
#[derive(Default, Clone, Copy, PartialEq, Eq)]
enum Role {
    /// Nothing is known yet.
    #[default]
    Start,
    /// `CREATE`, `CREATE OR REPLACE`.
    Create,
    /// `CREATE FUNCTION` or `CREATE PROCEDURE`, outside its body.
    Routine,
    /// After `BEGIN ATOMIC`, before its `END`.
    Atomic,
    /// `COPY`.
    Copy,
    /// `COPY ... FROM stdin`.
    CopyFromStdin,
    /// Anything else.
    Plain,
}

impl<'t> Body<'t> {
    /// Takes note of a token.
    pub(super) fn see(&mut self, kind: TokenKind, text: &'t str) {
        match kind {
            TokenKind::Open => self.parentheses += 1,
            TokenKind::Close => self.parentheses = self.parentheses.saturating_sub(1),
            TokenKind::Word if self.parentheses == 0 => self.role = self.after_word(text),
            _ => {}
        }
        if self.role == Role::Start {
            self.role = Role::Plain;
        }
        self.previous = text;
    }

    fn after_word(&self, word: &str) -> Role {
        let is = |keyword: &str| word.eq_ignore_ascii_case(keyword);
        let follows = |keyword: &str| self.previous.eq_ignore_ascii_case(keyword);
        match self.role {
            Role::Start if is("CREATE") => Role::Create,
            Role::Start if is("COPY") => Role::Copy,
            Role::Start => Role::Plain,
            Role::Create if is("OR") || is("REPLACE") => Role::Create,
            Role::Create if is("FUNCTION") || is("PROCEDURE") => Role::Routine,
            Role::Create => Role::Plain,
            Role::Routine if is("ATOMIC") && follows("BEGIN") => Role::Atomic,
            // A CASE expression's END never follows a semicolon, and no statement of a body begins with END.
            Role::Atomic if is("END") && (self.previous == ";" || follows("ATOMIC")) => Role::Routine,
            // The server takes FROM STDOUT for FROM STDIN too.
            Role::Copy if (is("STDIN") || is("STDOUT")) && follows("FROM") => Role::CopyFromStdin,
            role => role,
        }
    }

    /// Whether a semicolon here ends the statement.
    pub(super) fn ends_at_semicolon(&self) -> bool {
        self.parentheses == 0 && self.role != Role::Atomic
    }

    /// Whether the statement's data follow it.
    pub(super) fn copies_from_stdin(&self) -> bool {
        self.role == Role::CopyFromStdin
    }
}
