//! Impact of a statement on a busy database, as far as its text reveals it: the tables it locks and in which mode, the
//! data it deletes, and the privileges it requires.
//!
//! An unknown impact is reported as unknown, never assumed to be harmless.

mod cursor;
mod deleted;

use super::Dialect;

pub use cursor::WordCursor;

/// Table name in a statement, unquoted and case-folded as the database does.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct TableName {
    /// Schema, if the statement names it.
    pub schema: Option<String>,
    /// Name of the table (or index, view, sequence).
    pub name: String,
}

impl std::fmt::Display for TableName {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.schema {
            Some(schema) => write!(formatter, "{schema}.{}", self.name),
            None => formatter.write_str(&self.name),
        }
    }
}

/// Operations of other sessions that a lock blocks until the end of the statement and its transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Blocks {
    /// Others can read and write.
    Nothing,
    /// Others can read and write; DDL on the table waits.
    Shape,
    /// Others can read; writes wait.
    Writes,
    /// Reads wait as well.
    Everything,
    /// Cannot be determined from the text (a `DO` block, a call).
    Unknown,
}

impl Blocks {
    /// Name for output: `nothing`, `ddl`, `writes`, `everything`, `unknown`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Shape => "ddl",
            Self::Writes => "writes",
            Self::Everything => "everything",
            Self::Unknown => "unknown",
        }
    }
}

/// Amount of work done under the lock, relative to the size of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Work {
    /// Only the catalog changes.
    Catalog,
    /// The rows that the statement selects.
    Rows,
    /// The whole table is read.
    Scan,
    /// The whole table is rewritten.
    Rewrite,
}

/// Lock that a statement takes on one table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableLock {
    /// Locked table.
    pub table: TableName,
    /// Name of the lock in the database's manual.
    pub name: &'static str,
    /// Operations of other sessions that it blocks.
    pub blocks: Blocks,
    /// Work that is done while it is held.
    pub work: Work,
}

/// Kind of irrecoverable loss of data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loss {
    /// Tables are dropped.
    Table,
    /// A column is dropped.
    Column,
    /// All rows are deleted (`TRUNCATE`).
    Truncate,
    /// Rows are deleted (`DELETE`).
    Delete,
    /// A schema or a database is dropped with its content.
    Schema,
}

impl Loss {
    /// Verb for messages: `drops`, `deletes rows of`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Table => "drops",
            Self::Column => "drops a column of",
            Self::Truncate => "empties",
            Self::Delete => "deletes rows of",
            Self::Schema => "drops the schema",
        }
    }
}

/// Data that a statement deletes from a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Losing {
    /// Kind of loss.
    pub loss: Loss,
    /// Affected table; for [`Loss::Schema`], the schema.
    pub table: TableName,
    /// Part of the table that is lost.
    pub part: LossScope,
}

/// Part of a table that is lost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LossScope {
    /// All rows.
    All,
    /// Values of one column.
    Column(String),
    /// Rows selected by `SELECT ... FROM` followed by this text.
    Rows(String),
    /// More than the text reveals: tables that refer to this one are affected, too (`TRUNCATE ... CASCADE`).
    More,
}

/// Privilege that a statement requires.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum RequiredPrivilege {
    /// Creation of objects in a schema; `None` for the schema of unqualified names.
    Create(Option<String>),
    /// Creation of schemas in the database.
    CreateSchema,
    /// Ownership of the table (PostgreSQL), or a privilege for DDL on it: `ALTER`, `DROP`, `INDEX`... (MySQL).
    Own(TableName, &'static str),
    /// Privilege on a table: `SELECT`, `INSERT`, `UPDATE`, `DELETE`, `TRUNCATE`, `REFERENCES`, `TRIGGER`.
    Table(TableName, &'static str),
    /// Ownership of the index, which is the ownership of its table.
    OwnIndex(TableName),
    /// Privilege on the whole database (MySQL): `CREATE VIEW`, `CREATE ROUTINE`, `TRIGGER`, `EVENT`.
    Database(&'static str),
}

impl RequiredPrivilege {
    /// Returns the table (or index) that the privilege is for.
    #[must_use]
    pub const fn table(&self) -> Option<&TableName> {
        match self {
            Self::Own(table, _) | Self::Table(table, _) | Self::OwnIndex(table) => Some(table),
            Self::Create(_) | Self::CreateSchema | Self::Database(_) => None,
        }
    }
}

/// Impact of a statement, as far as its text reveals it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Impact {
    /// First words in upper case: `ALTER TABLE`.
    pub verb: String,
    /// Tables and other relations that it creates.
    pub makes: Vec<TableName>,
    /// Locks on existing tables.
    pub locks: Vec<TableLock>,
    /// Data that it deletes.
    pub losses: Vec<Losing>,
    /// Renamed tables, as pairs of old and new name.
    pub renames: Vec<(TableName, TableName)>,
    /// Privileges that it requires.
    pub needs: Vec<RequiredPrivilege>,
    /// `true` if the text does not reveal everything (`DO`, `CALL`, `EXECUTE`).
    pub is_opaque: bool,
}

impl Impact {
    /// Records a lock on a table.
    pub fn lock(&mut self, table: &TableName, name: &'static str, blocks: Blocks, work: Work) {
        self.locks.push(TableLock { table: table.clone(), name, blocks, work });
    }

    /// Records the loss of all of a table or schema.
    pub fn lose(&mut self, loss: Loss, table: TableName) {
        self.losses.push(Losing { loss, table, part: LossScope::All });
    }

    /// Records the loss of a column. Without a column name, all of the table counts as lost.
    pub fn lose_column(&mut self, table: &TableName, column: Option<TableName>) {
        let part = column.map_or(LossScope::All, |column| LossScope::Column(column.name));
        self.losses.push(Losing { loss: Loss::Column, table: table.clone(), part });
    }

    /// Records a new name, in the schema of the old one unless it has its own.
    pub fn rename(&mut self, from: &TableName, to: Option<TableName>) {
        let in_schema = |to: TableName| TableName { schema: to.schema.or_else(|| from.schema.clone()), ..to };
        self.renames.extend(to.map(|to| (from.clone(), in_schema(to))));
    }
}

/// Analyzes the impact of a single statement.
#[must_use]
pub fn impact(statement: &str, dialect: Dialect) -> Impact {
    let words = WordCursor::new(statement, dialect);
    let mut impact = dialect.rules().impact(words.clone());
    impact.verb = words.verb();
    if let [Losing { loss: Loss::Delete, part: part @ LossScope::All, .. }] = impact.losses.as_mut_slice() {
        *part = deleted::rows(statement, dialect).map_or(LossScope::All, LossScope::Rows);
    }
    impact
}

#[cfg(test)]
mod tests;
