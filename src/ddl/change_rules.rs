//! Rules of a dialect for the work of a change on a table with rows.

use super::action::{Action, AlterTable};
use super::made_up_rows::MadeUpValue;
use super::outline::{Outline, Relation};
use super::statement::{DdlStatement, IndexDefinition};
use crate::sql::{Blocks, Dialect, Flavour, TableLock, Work, impact};

/// Server that the statements are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DdlServer {
    pub dialect: Dialect,
    pub flavour: Flavour,
    /// Major and minor version; `None` if it is not known, which counts as a current version.
    pub version: Option<(u32, u32)>,
}

impl DdlServer {
    /// Returns the dialect's default product in a current version.
    #[must_use]
    pub fn current(dialect: Dialect) -> Self {
        Self { dialect, flavour: dialect.rules().default_flavour(), version: None }
    }

    /// Returns `true` if the version is this one or later, or not known.
    #[must_use]
    pub fn is_at_least(&self, version: (u32, u32)) -> bool {
        self.version.is_none_or(|own| own >= version)
    }
}

/// Work of one action on a table with rows, and whom it blocks meanwhile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActionWork {
    /// Amount of work.
    pub work: Work,
    /// Operations of other sessions that wait.
    pub blocks: Blocks,
    /// Reason: a clause that follows `because`.
    pub reason: String,
    /// The server writes the rows one by one to a new table, which it cannot do in place.
    pub is_copy: bool,
}

impl ActionWork {
    /// Work that only changes the catalog.
    #[must_use]
    pub fn catalog(blocks: Blocks) -> Self {
        Self { work: Work::Catalog, blocks, reason: String::new(), is_copy: false }
    }

    /// Returns the most work of several actions, and the most that one of them blocks.
    #[must_use]
    pub fn most(works: impl Iterator<Item = Self>) -> Self {
        works.fold(Self::catalog(Blocks::Nothing), |most, work| {
            let (blocks, is_copy) = (most.blocks.max(work.blocks), most.is_copy || work.is_copy);
            let most = if (most.work, most.blocks) < (work.work, work.blocks) { work } else { most };
            Self { blocks, is_copy, ..most }
        })
    }

    /// Work with its reason.
    #[must_use]
    pub fn because(work: Work, blocks: Blocks, reason: impl Into<String>) -> Self {
        Self { work, blocks, reason: reason.into(), is_copy: false }
    }
}

/// Size of the values of a type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FixedSize {
    /// Bytes of a value.
    pub bytes: usize,
    /// A value begins at a multiple of this, in bytes.
    pub alignment: usize,
}

/// Rules of one dialect for changes of tables. Implemented in the dialect's folder and found with
/// [`Dialect::change_rules`].
pub trait ChangeRules: Sync {
    /// Returns a type in the spelling of the catalog: `integer` for `int4`. `written` is in lower case.
    fn data_type(&self, written: &str) -> String {
        written.to_owned()
    }

    /// Schema of names without one.
    fn default_schema(&self) -> Option<&'static str> {
        None
    }

    /// Returns the work of an action of `ALTER TABLE` on `table`, as it is before the action.
    fn work(&self, action: &Action, table: &Relation, outline: &Outline, server: &DdlServer) -> ActionWork;

    /// Returns the work of a whole `ALTER TABLE`: actions together may need more than each of them alone.
    fn alter_work(&self, altered: &AlterTable, table: &Relation, outline: &Outline, server: &DdlServer) -> ActionWork {
        let works = altered.actions.iter().map(|action| self.work(&action.of, table, outline, server));
        ActionWork::most(works)
    }

    /// Returns the work of building an index on a table with rows.
    fn index_work(&self, index: &IndexDefinition, table: Option<&Relation>, server: &DdlServer) -> ActionWork;

    /// Returns the strongest lock of an action or of a whole statement on its table, by the name of the manual; empty
    /// for a dialect without named locks.
    fn lock_name(&self, statement: &DdlStatement) -> &'static str;

    /// Returns the locks of a statement on tables that exist before it: what its text reveals, and what follows from the
    /// state of the schema (the table that a dropped foreign key refers to, the partitions of a table).
    fn locks(&self, sql: &str, statement: &DdlStatement, outline: &Outline, server: &DdlServer) -> Vec<TableLock> {
        let _ = (statement, outline);
        impact(sql, server.dialect).locks
    }

    /// Returns the strength of a lock, for comparison with others of this dialect.
    fn lock_rank(&self, lock: &TableLock) -> usize {
        lock.blocks as usize
    }

    /// Returns `true` if values of the type `from` may not fit into `to`, or lose something.
    fn narrows(&self, from: &str, to: &str) -> bool;

    /// Returns `true` if a client that knows `from` reads and writes `to` without a change.
    fn is_same_family(&self, from: &str, to: &str) -> bool {
        from == to
    }

    /// Returns `true` if columns of these types can be compared without a conversion: those of a foreign key.
    fn is_comparable(&self, one: &str, other: &str) -> bool {
        one == other
    }

    /// Returns why the server refuses the written `ALGORITHM=` or `LOCK=` for this work; `None` if it does not.
    fn refused_clause(
        &self,
        _clauses: (Option<&str>, Option<&str>),
        _work: &ActionWork,
        _server: &DdlServer,
    ) -> Option<String> {
        None
    }

    /// Returns `true` if `REFERENCES` behind a column creates no foreign key.
    fn ignores_inline_references(&self, _server: &DdlServer) -> bool {
        false
    }

    /// Returns `true` if a timeout of the session ends a change of a table.
    fn limits_time_of_changes(&self, _server: &DdlServer) -> bool {
        true
    }

    /// Returns the size of the values of a type, if all are stored with the same size at a fixed alignment.
    fn fixed_size(&self, _data_type: &str, _outline: &Outline) -> Option<FixedSize> {
        None
    }

    /// Returns the largest number of a whole-number type that a busy table reaches; `None` for one that none reaches.
    fn largest_number(&self, _data_type: &str) -> Option<u64> {
        None
    }

    /// Returns how many instant changes of columns a table takes until it has to be rebuilt.
    fn most_row_versions(&self, _server: &DdlServer) -> Option<usize> {
        None
    }

    /// Returns a FROM clause with the numbers from 1 to `count` in the column `n`.
    fn numbers(&self, count: u64) -> String {
        format!(
            "(WITH RECURSIVE m(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM m WHERE n < {count}) SELECT n FROM m) AS n"
        )
    }

    /// Clause behind the columns of an INSERT that sets numbers which the server would set.
    fn overriding_clause(&self) -> &'static str {
        ""
    }

    /// Returns a value of the type, made from a number; different for different numbers as far as the type can.
    fn made_up_value(&self, _data_type: &str, _number: &str, _outline: &Outline) -> Option<MadeUpValue> {
        None
    }

    /// Longest name in the server's own unit, and the unit: 63 bytes.
    fn longest_name(&self) -> Option<(usize, &'static str)> {
        None
    }
}
