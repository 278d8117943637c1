//! What a difference takes: statements in parts, each with what a reader should know of it. Knows no database.

use super::rename::Rename;

/// How statements are to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// For a database that is in use: indexes CONCURRENTLY, constraints NOT VALID and then VALIDATE, `ALGORITHM` and `LOCK`
    /// asserted. It takes more parts.
    pub online: bool,
    /// Whether owners and privileges are told and changed.
    pub owners: bool,
    /// What is a rename.
    pub renames: Vec<Rename>,
}

impl Default for Options {
    fn default() -> Self {
        Self { online: true, owners: false, renames: Vec::new() }
    }
}

/// What somebody who reads a statement should know.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Note {
    /// What is lost for good: `the values of users.email`.
    Loses(String),
    /// Who waits: the lock and the table, `ACCESS EXCLUSIVE on users, while every row is read`.
    Locks(String),
    /// What a person has to fill in before it can run; the statement holds [`Script::GAP`].
    Gap(String),
    /// Anything else worth a line: a fallback, why a part of its own.
    Remark(String),
}

/// One statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// The statement, without its semicolon.
    pub sql: String,
    /// What to know of it.
    pub notes: Vec<Note>,
}

impl Statement {
    /// A statement of which nothing need be said.
    #[must_use]
    pub fn new(sql: impl Into<String>) -> Self {
        Self { sql: sql.into(), notes: Vec::new() }
    }

    /// Whether a person has to fill in something before it can run.
    #[must_use]
    pub fn has_gap(&self) -> bool {
        // Not by its text: a table may have that name.
        self.notes.iter().any(|note| matches!(note, Note::Gap(_)))
    }

    /// The statement marked as a gap, because of `reason`: it was tried and cannot run as it stands.
    #[must_use]
    pub fn refused(self, reason: &str) -> Self {
        self.open(&format!("the server refuses this statement: {reason}"))
    }

    /// The statement marked as a gap: it cannot run before a person has done what `gap` says.
    #[must_use]
    pub fn open(self, gap: &str) -> Self {
        let mut notes = self.notes;
        notes.push(Note::Gap(gap.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()));
        Self { sql: format!("{} {}", Script::GAP, self.sql), notes }
    }

    /// Whether it was tried and is marked as a gap.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        self.sql.starts_with(Script::GAP)
    }

    /// What a person has to fill in.
    pub fn gaps(&self) -> impl Iterator<Item = &str> {
        self.notes.iter().filter_map(|note| match note {
            Note::Gap(text) => Some(text.as_str()),
            _ => None,
        })
    }

    /// Adds a note.
    #[must_use]
    pub fn note(mut self, note: Note) -> Self {
        self.notes.push(note);
        self
    }
}

/// Statements that run together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Whether they can run in a transaction; if not, they are a revision of their own with `transaction: false`.
    pub transaction: bool,
    /// The statements in order.
    pub statements: Vec<Statement>,
}

/// The statements that turn one schema into another, in parts that run one after the other.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Script {
    /// The parts; none is empty.
    pub parts: Vec<Part>,
}

impl Script {
    /// What stands in a statement where a person has to fill something in.
    pub const GAP: &'static str = "/* FILL IN */";

    /// Adds a statement, to the last part if that runs the same way.
    pub fn push(&mut self, transaction: bool, statement: Statement) {
        match self.parts.last_mut() {
            Some(part) if part.transaction == transaction => part.statements.push(statement),
            _ => self.parts.push(Part { transaction, statements: vec![statement] }),
        }
    }

    /// Whether there is nothing to do.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// All statements in order.
    pub fn statements(&self) -> impl Iterator<Item = &Statement> {
        self.parts.iter().flat_map(|part| &part.statements)
    }
}
