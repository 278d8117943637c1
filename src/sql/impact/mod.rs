//! What a statement does to a busy database, as far as its text tells: which tables it locks and how hard, what it loses,
//! what one must be allowed to do. Knows one statement at a time; must not know a connection.
//!
//! Sources: PostgreSQL's manual, 13.3 "Explicit Locking" and the notes of each command; MySQL's manual, "Online DDL
//! Operations"; SQLite's "File Locking And Concurrency". What is not known is said to be so, never guessed to be harmless.

mod deleted;
mod mysql;
mod postgres;
mod sqlite;
mod words;

use super::Dialect;
use words::Words;

/// A table as a statement names it: unquoted, and folded as the database folds it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TableName {
    /// The schema, when it is named.
    pub schema: Option<String>,
    /// The table (or index, view, sequence).
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

/// What others cannot do with a table while the statement (and its transaction) runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Blocks {
    /// Others read and write.
    Nothing,
    /// Others read and write; changes of the table's shape wait.
    Shape,
    /// Others read; writes wait.
    Writes,
    /// Reads wait too.
    Everything,
    /// The text does not tell (a `DO` block, a call).
    Unknown,
}

impl Blocks {
    /// In a word: `nothing`, `ddl`, `writes`, `everything`, `unknown`.
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

/// How long the statement keeps its locks, in terms of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Work {
    /// Only the catalog changes.
    Catalog,
    /// The rows that it names.
    Rows,
    /// The whole table is read.
    Scan,
    /// The whole table is written anew.
    Rewrite,
}

/// The lock that a statement takes on one table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lock {
    /// The table.
    pub table: TableName,
    /// The lock's name in the manual.
    pub name: &'static str,
    /// What others cannot do.
    pub blocks: Blocks,
    /// For how long.
    pub work: Work,
}

/// What a statement loses for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loss {
    /// Whole tables (`DROP TABLE`).
    Table,
    /// A column.
    Column,
    /// All rows (`TRUNCATE`).
    Truncate,
    /// Rows (`DELETE`).
    Delete,
    /// A schema or a database with all that is in it.
    Schema,
}

impl Loss {
    /// In words: `drops`, `deletes rows of`.
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

/// What a statement loses of which table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Losing {
    /// How.
    pub loss: Loss,
    /// The table; for [`Loss::Schema`] the schema.
    pub table: TableName,
    /// How much of it.
    pub part: Part,
}

/// How much of a table is lost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// All rows.
    All,
    /// The values of a column.
    Column(String),
    /// The rows that stand behind `SELECT ... FROM` and this.
    Rows(String),
    /// More than the text tells: what refers to the table goes too.
    More,
}

/// What one must be allowed to do.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Need {
    /// To make things in a schema (none: where an unqualified name goes).
    Create(Option<String>),
    /// To make schemas in the database.
    CreateSchema,
    /// To own the table (PostgreSQL), or to change its shape: `ALTER`, `DROP`, `INDEX`... (MySQL).
    Own(TableName, &'static str),
    /// A privilege on a table: `SELECT`, `INSERT`, `UPDATE`, `DELETE`, `TRUNCATE`, `REFERENCES`, `TRIGGER`.
    Table(TableName, &'static str),
    /// To own the index, or rather its table.
    OwnIndex(TableName),
    /// A privilege on the whole database (MySQL): `CREATE VIEW`, `CREATE ROUTINE`, `TRIGGER`, `EVENT`.
    Database(&'static str),
}

/// What a statement does.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Impact {
    /// Its first words: `ALTER TABLE`.
    pub verb: String,
    /// The tables that it makes.
    pub makes: Vec<TableName>,
    /// The locks that it takes on tables that are there.
    pub locks: Vec<Lock>,
    /// What it loses.
    pub losses: Vec<Losing>,
    /// Tables that get another name: the old one, the new one.
    pub renames: Vec<(TableName, TableName)>,
    /// What it needs.
    pub needs: Vec<Need>,
    /// Whether the text does not tell everything (`DO`, `CALL`, `EXECUTE`).
    pub is_opaque: bool,
}

impl Impact {
    fn lock(&mut self, table: &TableName, name: &'static str, blocks: Blocks, work: Work) {
        self.locks.push(Lock { table: table.clone(), name, blocks, work });
    }

    fn lose(&mut self, loss: Loss, table: TableName) {
        self.losses.push(Losing { loss, table, part: Part::All });
    }

    /// `column`: as the statement names it.
    fn lose_column(&mut self, table: &TableName, column: Option<TableName>) {
        let part = column.map_or(Part::All, |column| Part::Column(column.name));
        self.losses.push(Losing { loss: Loss::Column, table: table.clone(), part });
    }

    fn rename(&mut self, from: &TableName, to: Option<TableName>) {
        let in_schema = |to: TableName| TableName { schema: to.schema.or_else(|| from.schema.clone()), ..to };
        self.renames.extend(to.map(|to| (from.clone(), in_schema(to))));
    }
}

/// What `statement` does, as far as its text tells.
#[must_use]
pub fn impact(statement: &str, dialect: Dialect) -> Impact {
    let words = Words::new(statement, dialect);
    let mut impact = match dialect {
        Dialect::Postgres => postgres::impact(words.clone()),
        Dialect::Mysql => mysql::impact(words.clone()),
        Dialect::Sqlite => sqlite::impact(words.clone()),
    };
    impact.verb = words.verb();
    if let [Losing { loss: Loss::Delete, part, .. }] = impact.losses.as_mut_slice() {
        *part = deleted::rows(statement, dialect).map_or(Part::All, Part::Rows);
    }
    impact
}

#[cfg(test)]
mod tests;
