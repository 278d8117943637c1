//! Scripts: statements in parts, each with notes for its reader. Independent of the dialect.

use super::rename::Rename;

/// Options for generating statements.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Generates statements for a database in use: indexes CONCURRENTLY, constraints NOT VALID followed by VALIDATE,
    /// explicit `ALGORITHM` and `LOCK` clauses. Scripts get more parts.
    pub online: bool,
    /// Includes owners and privileges.
    pub owners: bool,
    /// Renames to perform; other changes of a name are drops and adds.
    pub renames: Vec<Rename>,
}

impl Default for Options {
    fn default() -> Self {
        Self { online: true, owners: false, renames: Vec::new() }
    }
}

/// Remark for the reader of a statement.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum StatementNote {
    /// Data that is lost permanently: `the values of users.email`.
    Loses(String),
    /// Lock mode and table, and how long it is held: `ACCESS EXCLUSIVE on users, while every row is read`.
    Locks(String),
    /// Placeholder to be filled in before the statement can run; the statement contains [`Script::PLACEHOLDER`].
    Placeholder(String),
    /// Any other remark, such as a fallback or the reason for a separate part.
    Remark(String),
}

/// An SQL statement with its notes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// SQL text without the final semicolon.
    pub sql: String,
    /// Notes for the reader.
    pub notes: Vec<StatementNote>,
}

impl Statement {
    /// Creates a statement without notes.
    #[must_use]
    pub fn new(sql: impl Into<String>) -> Self {
        Self { sql: sql.into(), notes: Vec::new() }
    }

    /// Returns whether the statement has a placeholder that must be filled in before it can run.
    #[must_use]
    pub fn has_placeholder(&self) -> bool {
        // Decided by the notes, because the placeholder's text may also be part of a name.
        self.notes.iter().any(|note| matches!(note, StatementNote::Placeholder(_)))
    }

    /// Marks the statement as one to complete by hand: it was tried, and the server refused it for `reason`.
    #[must_use]
    pub fn refused(self, reason: &str) -> Self {
        self.open(&format!("the server refuses this statement: {reason}"))
    }

    /// Marks the statement as one to complete by hand before it can run; the text describes how.
    #[must_use]
    pub fn open(self, what: &str) -> Self {
        // Notes are printed as comment lines, and a server's message may contain line breaks and other control characters.
        let mut notes = self.notes;
        notes.push(StatementNote::Placeholder(what.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()));
        Self { sql: format!("{} {}", Script::PLACEHOLDER, self.sql), notes }
    }

    /// Returns whether [`Statement::refused`] or [`Statement::open`] marked the whole statement.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        self.sql.starts_with(Script::PLACEHOLDER)
    }

    /// Descriptions of the placeholders to fill in.
    pub fn placeholders(&self) -> impl Iterator<Item = &str> {
        self.notes.iter().filter_map(|note| match note {
            StatementNote::Placeholder(text) => Some(text.as_str()),
            _ => None,
        })
    }

    /// Adds a note.
    #[must_use]
    pub fn note(mut self, note: StatementNote) -> Self {
        self.notes.push(note);
        self
    }
}

/// Statements that run together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScriptPart {
    /// True if the statements can run in a transaction. If not, the part becomes a revision with `transaction: false`.
    pub transaction: bool,
    /// Statements in execution order.
    pub statements: Vec<Statement>,
}

/// Statements that turn one schema into another, in parts that run one after the other.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Script {
    /// Parts in execution order; none is empty.
    pub parts: Vec<ScriptPart>,
}

impl Script {
    /// Placeholder in a statement that has to be completed by hand.
    pub const PLACEHOLDER: &'static str = "/* FILL IN */";

    /// Appends a statement: to the last part if that has the same transaction mode, otherwise to a new part.
    pub fn push(&mut self, transaction: bool, statement: Statement) {
        match self.parts.last_mut() {
            Some(part) if part.transaction == transaction => part.statements.push(statement),
            _ => self.parts.push(ScriptPart { transaction, statements: vec![statement] }),
        }
    }

    /// Returns whether there are no statements.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// Returns the statements of all parts, in execution order.
    pub fn statements(&self) -> impl Iterator<Item = &Statement> {
        self.parts.iter().flat_map(|part| &part.statements)
    }
}
