//! Steps of a plan: statements that belong together, their transaction mode, and their preferred position.

use crate::schema::{Key, Statement, StatementNote};

/// Transaction mode of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::dialects::postgres::schema) enum StepMode {
    /// New enum values that a later statement uses. They can be used only after they are committed (manual, ALTER
    /// TYPE), so that the part ends after them.
    EnumValues,
    /// In a transaction, together with others.
    Plain,
    /// Backfill, which may take long: a part of its own.
    Backfill,
    /// Outside of a transaction: CONCURRENTLY.
    Concurrent,
    /// In a transaction, but not in that of the step before: VALIDATE takes long and must not extend the time that
    /// stronger locks are held.
    Validate,
}

/// Preferred position of a step among those that may run: first drops of blocking objects, then creations and changes,
/// then drops that lose data. A statement that moves data can thus be inserted before the latter by hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::dialects::postgres::schema) enum StepPhase {
    /// Drops of objects that block others and hold no data.
    DropBlockers,
    /// Foundations: schemas, extensions, types.
    Foundations,
    /// Routines. They come early, because an index, check, generated column or materialized view can run a routine that
    /// calls another one in its text body, of which the server records no dependency.
    Routines,
    /// Tables, columns, indexes and constraints.
    Tables,
    /// Foreign keys, which need both tables.
    ForeignKeys,
    /// Dependents of tables: views, triggers, policies and others.
    Dependents,
    /// Last steps of changes that began in an earlier phase.
    Finish,
    /// Destructive drops: tables, columns, types.
    DestructiveDrops,
}

/// A statement in a form that can be merged with its neighbour.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::dialects::postgres::schema) enum Sql {
    /// A complete statement.
    Whole(String),
    /// Actions of an `ALTER TABLE`. Consecutive ones for the same table and of the same sort are merged, so that the
    /// table is scanned or rewritten only once.
    AlterTable {
        /// The statement up to the actions: `ALTER TABLE public.t`.
        head: String,
        /// Kind of the actions. Different kinds are not merged, because the server executes them in an order of its
        /// own.
        sort: AlterKind,
        /// Text of the actions.
        actions: Vec<String>,
    },
}

/// Kind of an `ALTER TABLE` action. Only actions of the same kind are merged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::dialects::postgres::schema) enum AlterKind {
    AddColumn,
    DropColumn,
    Type,
    Setting,
}

/// A statement of a step, with its notes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::dialects::postgres::schema) struct PlannedStatement {
    pub(in crate::dialects::postgres::schema) sql: Sql,
    pub(in crate::dialects::postgres::schema) notes: Vec<StatementNote>,
}

impl PlannedStatement {
    pub(in crate::dialects::postgres::schema) fn new(sql: impl Into<String>) -> Self {
        Self { sql: Sql::Whole(sql.into()), notes: Vec::new() }
    }

    /// Creates a statement with a single action on a table.
    pub(in crate::dialects::postgres::schema) fn on_table(
        table: &str,
        sort: AlterKind,
        action: impl Into<String>,
    ) -> Self {
        let head = format!("ALTER TABLE {table}");
        Self { sql: Sql::AlterTable { head, sort, actions: vec![action.into()] }, notes: Vec::new() }
    }

    pub(in crate::dialects::postgres::schema) fn note(mut self, note: StatementNote) -> Self {
        self.notes.push(note);
        self
    }

    pub(in crate::dialects::postgres::schema) fn notes(
        mut self,
        notes: impl IntoIterator<Item = StatementNote>,
    ) -> Self {
        self.notes.extend(notes);
        self
    }

    pub(in crate::dialects::postgres::schema) fn into_statement(self) -> Statement {
        let sql = match self.sql {
            Sql::Whole(sql) => sql,
            Sql::AlterTable { head, actions, .. } => format!("{head} {}", actions.join(", ")),
        };
        Statement { sql, notes: self.notes }
    }
}

impl From<Statement> for PlannedStatement {
    fn from(statement: Statement) -> Self {
        Self { sql: Sql::Whole(statement.sql), notes: statement.notes }
    }
}

/// Statements that run in sequence.
#[derive(Debug, Clone)]
pub(in crate::dialects::postgres::schema) struct PlanStep<'s> {
    pub(in crate::dialects::postgres::schema) mode: StepMode,
    pub(in crate::dialects::postgres::schema) phase: StepPhase,
    /// Object of the step, which decides the order among steps of the same phase.
    pub(in crate::dialects::postgres::schema) key: &'s Key,
    pub(in crate::dialects::postgres::schema) lines: Vec<PlannedStatement>,
}
