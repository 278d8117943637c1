//! A step of a plan: statements that belong together, how they run, and where they like to stand. Knows no objects.

use crate::schema::{Key, Note, Statement};

/// How a step's statements run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::schema::postgres) enum Mode {
    /// New values of an enumerated type that something later in the script uses: they can be used once they are
    /// committed (manual, ALTER TYPE), so that the part ends behind them.
    EnumValues,
    /// In a transaction, with others.
    Plain,
    /// A backfill: a part of its own, for it may take long.
    Backfill,
    /// Outside of transactions: CONCURRENTLY.
    Concurrent,
    /// In a transaction, but not in the one before it: VALIDATE takes long and must not hold that one's locks.
    Validate,
}

/// Where a step likes to stand among those that may run: drops of what is in the way, then what is made and changed,
/// then drops that lose something, so that a person can put a line between the two that moves data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::schema::postgres) enum Phase {
    /// What is in the way or just gone, and holds no data.
    Clear,
    /// What stands alone: schemas, extensions, types.
    Ground,
    /// Routines: an index, a check, a generated column or a materialized view may run one that calls another by a body that is
    /// a text, which no dependency tells.
    Routines,
    /// Tables, columns and what belongs to them.
    Build,
    /// Foreign keys, which want both tables.
    Link,
    /// Views, triggers and whatever else uses tables.
    Upper,
    /// What closes a change that began above.
    Finish,
    /// Tables, columns, types that are gone.
    Lose,
}

/// A statement, in a form that can be merged with its neighbour.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::schema::postgres) enum Sql {
    /// A whole statement.
    Whole(String),
    /// Actions of an `ALTER TABLE`. Those of the same table and sort that follow one another become one statement, so
    /// that the table is read or rewritten once.
    AlterTable {
        /// All before the actions: `ALTER TABLE "public"."t"`.
        head: String,
        /// Actions of different sorts are not mixed: the server has its own order for them.
        sort: Sort,
        /// The actions.
        actions: Vec<String>,
    },
}

/// What an action of `ALTER TABLE` does, as far as merging is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::schema::postgres) enum Sort {
    AddColumn,
    DropColumn,
    Type,
    Setting,
}

/// One statement of a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::schema::postgres) struct Line {
    pub(in crate::schema::postgres) sql: Sql,
    pub(in crate::schema::postgres) notes: Vec<Note>,
}

impl Line {
    pub(in crate::schema::postgres) fn new(sql: impl Into<String>) -> Self {
        Self { sql: Sql::Whole(sql.into()), notes: Vec::new() }
    }

    /// One action on a table.
    pub(in crate::schema::postgres) fn on_table(table: &str, sort: Sort, action: impl Into<String>) -> Self {
        let head = format!("ALTER TABLE {table}");
        Self { sql: Sql::AlterTable { head, sort, actions: vec![action.into()] }, notes: Vec::new() }
    }

    pub(in crate::schema::postgres) fn note(mut self, note: Note) -> Self {
        self.notes.push(note);
        self
    }

    pub(in crate::schema::postgres) fn notes(mut self, notes: impl IntoIterator<Item = Note>) -> Self {
        self.notes.extend(notes);
        self
    }

    pub(in crate::schema::postgres) fn into_statement(self) -> Statement {
        let sql = match self.sql {
            Sql::Whole(sql) => sql,
            Sql::AlterTable { head, actions, .. } => format!("{head} {}", actions.join(", ")),
        };
        Statement { sql, notes: self.notes }
    }
}

impl From<Statement> for Line {
    fn from(statement: Statement) -> Self {
        Self { sql: Sql::Whole(statement.sql), notes: statement.notes }
    }
}

/// One step.
#[derive(Debug, Clone)]
pub(in crate::schema::postgres) struct Step<'s> {
    pub(in crate::schema::postgres) mode: Mode,
    pub(in crate::schema::postgres) phase: Phase,
    /// What it is about: neighbours are in order of their keys.
    pub(in crate::schema::postgres) key: &'s Key,
    pub(in crate::schema::postgres) lines: Vec<Line>,
}
