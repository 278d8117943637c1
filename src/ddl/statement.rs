//! Structure of one statement: the kinds that change a schema, and what matters of the others.

use super::action::AlterTable;
use crate::diagnostic::Span;
use crate::sql::TableName;

/// A part of a statement with its position in the statement's text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spanned<T> {
    /// The part.
    pub of: T,
    /// Its bytes in the text of the statement.
    pub span: Span,
}

/// Structure of one statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DdlStatement {
    /// `CREATE TABLE`.
    CreateTable(CreateTable),
    /// `ALTER TABLE`, and `RENAME TABLE` with one pair.
    AlterTable(AlterTable),
    /// `RENAME TABLE a TO b, c TO d`.
    RenameTables(Vec<(TableName, TableName)>),
    /// `CREATE INDEX`.
    CreateIndex(IndexDefinition),
    /// `DROP` of any kind of object.
    Drop(ObjectDrop),
    /// `ALTER VIEW v RENAME TO w` and the like, for objects other than tables, and `SET SCHEMA`.
    RenameObject {
        /// Kind in upper case: `VIEW`, `TYPE`, `INDEX`.
        kind: String,
        /// Old name.
        from: TableName,
        /// New name, or the new schema.
        to: String,
    },
    /// `ALTER INDEX`, without a new name.
    AlterIndex { index: TableName },
    /// `CREATE VIEW`, also a materialized one.
    CreateView {
        /// Name of the view.
        view: TableName,
        /// Materialized view.
        is_materialized: bool,
        /// `OR REPLACE`.
        replaces: bool,
        /// Temporary view.
        is_temporary: bool,
        /// Names of the columns; empty if the text does not show all of them.
        columns: Vec<String>,
        query: String,
    },
    /// `CREATE TYPE ... AS ENUM`; without labels, any other type.
    CreateType {
        /// Name of the type.
        name: TableName,
        /// Labels of an enumerated type.
        labels: Option<Vec<String>>,
    },
    /// `CREATE DOMAIN`.
    CreateDomain {
        /// Name of the domain.
        name: TableName,
        /// Type of the values, in the dialect's canonical spelling.
        base: String,
        /// Has a CHECK.
        has_check: bool,
        /// Is NOT NULL.
        is_not_null: bool,
    },
    /// `ALTER TYPE`.
    AlterType {
        /// Name of the type.
        name: TableName,
        change: TypeChange,
    },
    /// `ALTER DOMAIN`.
    AlterDomain {
        /// Name of the domain.
        name: TableName,
        change: DomainChange,
    },
    /// `CREATE FUNCTION` or `CREATE PROCEDURE`.
    CreateRoutine {
        /// Name without arguments.
        name: TableName,
        /// Volatility that is written, or the default.
        volatility: Volatility,
        /// `OR REPLACE`.
        replaces: bool,
    },
    /// `CREATE TRIGGER`.
    CreateTrigger {
        /// Name of the trigger.
        name: TableName,
        table: TableName,
        /// Everything behind the name of the table.
        body: String,
    },
    /// Another object without effect on existing tables: a schema, a sequence, an extension, statistics.
    CreateOther {
        /// Kind in upper case.
        kind: String,
        /// Name, if one was recognized.
        name: Option<TableName>,
    },
    /// `TRUNCATE`.
    Truncate {
        /// Tables that are emptied.
        tables: Vec<TableName>,
        /// `CASCADE`.
        cascades: bool,
    },
    /// `INSERT`, `UPDATE`, `DELETE` and the like.
    Rows(RowChangeStatement),
    /// `REINDEX`.
    Reindex {
        /// `INDEX`, `TABLE`, `SCHEMA`, `DATABASE`.
        kind: String,
        /// Index or table.
        name: Option<TableName>,
        /// `CONCURRENTLY`.
        concurrently: bool,
    },
    /// `VACUUM`, `CLUSTER`, `OPTIMIZE TABLE`, `ANALYZE`: the verb, with `FULL` where it is written.
    Maintain {
        /// Verb in upper case: `VACUUM`, `VACUUM FULL`, `CLUSTER`, `OPTIMIZE`, `ANALYZE`.
        verb: &'static str,
        /// Table, if one is named.
        table: Option<TableName>,
    },
    /// `REFRESH MATERIALIZED VIEW`.
    Refresh {
        view: TableName,
        /// `CONCURRENTLY`.
        concurrently: bool,
    },
    /// `GRANT`, `REVOKE`, policies, owners: who may do what.
    Access {
        /// First words in upper case.
        verb: String,
        /// Table, if one was recognized.
        table: Option<TableName>,
    },
    /// `SET`, `RESET`, `PRAGMA`.
    Setting {
        /// Name in lower case.
        name: String,
        /// Value as written.
        value: String,
    },
    /// `BEGIN`, `COMMIT` and the like.
    TransactionControl(String),
    /// Something that runs code which the text does not show: `DO`, `CALL`.
    Opaque(&'static str),
    /// A statement that changes no table: `SELECT`, `COMMENT`, `LOCK`.
    Harmless(&'static str),
    /// A statement that was not understood.
    Unknown,
}

/// `CREATE TABLE`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CreateTable {
    /// Name of the table.
    pub table: TableName,
    /// `TEMPORARY`.
    pub is_temporary: bool,
    /// `IF NOT EXISTS`.
    pub if_not_exists: bool,
    /// Columns.
    pub columns: Vec<Spanned<DdlColumn>>,
    /// Constraints of the table, and those of its columns.
    pub constraints: Vec<Spanned<ConstraintDefinition>>,
    /// Indexes (MySQL).
    pub indexes: Vec<Spanned<IndexDefinition>>,
    /// `PARTITION OF parent`.
    pub partition_of: Option<TableName>,
    /// Bound of the partition is `DEFAULT`.
    pub is_default_partition: bool,
    /// `PARTITION BY`.
    pub is_partitioned: bool,
    /// `UNLOGGED`.
    pub is_unlogged: bool,
    /// `AS SELECT` or `LIKE`: the columns are not in the text.
    pub is_copy: bool,
    /// Options behind the columns, in upper case: `STRICT`, `WITHOUT ROWID`, `ENGINE=INNODB`.
    pub options: String,
    /// `INHERITS (a, b)`.
    pub inherits: bool,
}

/// Column in `CREATE TABLE`, `ADD COLUMN`, `MODIFY` or `CHANGE`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DdlColumn {
    /// Name as the catalog stores it.
    pub name: String,
    /// Type in the dialect's canonical spelling ([`super::ChangeRules::data_type`]).
    pub data_type: String,
    /// Type as written, in lower case.
    pub written_type: String,
    /// `NOT NULL` is written, or follows from a primary key.
    pub is_not_null: bool,
    /// Default as written.
    pub default: Option<String>,
    /// Generated column.
    pub generated: Option<GeneratedColumn>,
    /// `GENERATED ... AS IDENTITY`, a serial type, `AUTO_INCREMENT` or `AUTOINCREMENT`.
    pub is_numbered: bool,
    /// Character set, if written (MySQL).
    pub charset: Option<String>,
    /// Collation, if written.
    pub collation: Option<String>,
    /// `FIRST` or `AFTER` (MySQL).
    pub has_place: bool,
}

/// Expression of a generated column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GeneratedColumn {
    /// Expression with its parentheses.
    pub expression: String,
    /// The value is in the row: `STORED`, `PERSISTENT`.
    pub is_stored: bool,
}

/// Constraint of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConstraintDefinition {
    /// Name, if written.
    pub name: Option<String>,
    /// Kind and content.
    pub kind: ConstraintKind,
    /// Columns; of a CHECK, those of a column's own.
    pub columns: Vec<String>,
    /// `NOT VALID` or `NOT ENFORCED`.
    pub not_valid: bool,
    /// `USING INDEX name`: the index exists already.
    pub using_index: Option<String>,
    /// Belongs to a column of the same statement.
    pub is_of_column: bool,
}

/// Kind of a constraint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConstraintKind {
    /// Primary key.
    PrimaryKey,
    /// Unique constraint.
    Unique,
    /// Check with its expression.
    Check(String),
    /// Foreign key.
    ForeignKey(ForeignTarget),
    /// Exclusion constraint.
    Exclusion,
    /// `NOT NULL column` as a named constraint (PostgreSQL 18).
    NotNull,
}

/// Table that a foreign key refers to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForeignTarget {
    /// Referenced table.
    pub table: TableName,
    /// Referenced columns; empty for its primary key.
    pub columns: Vec<String>,
    /// Changes of the referenced rows change rows of this table: `ON DELETE` or `ON UPDATE` with `CASCADE` or `SET`.
    pub changes_rows: bool,
}

/// Index.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct IndexDefinition {
    /// Name, if written.
    pub name: Option<String>,
    pub table: TableName,
    /// Key columns; an expression is in parentheses.
    pub columns: Vec<String>,
    /// Unique index.
    pub is_unique: bool,
    /// Access method or kind in lower case: `btree`, `gin`, `fulltext`, `spatial`.
    pub method: String,
    /// Condition of a partial index.
    pub predicate: Option<String>,
    /// `CONCURRENTLY`.
    pub concurrently: bool,
    /// `IF NOT EXISTS`.
    pub if_not_exists: bool,
    /// `ON ONLY`.
    pub only: bool,
    /// A column has an operator class or a collation, so that the index serves other queries than a plain one.
    pub has_special_order: bool,
    /// Only in catalogs: the server has it marked as invalid.
    pub is_invalid: bool,
    /// Written `ALGORITHM=` in upper case (MySQL).
    pub algorithm: Option<String>,
    /// Written `LOCK=` in upper case (MySQL).
    pub lock: Option<String>,
}

/// Kind of object that `DROP` names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DropKind {
    /// Table.
    Table,
    /// Index.
    Index,
    /// View.
    View,
    /// Materialized view.
    MaterializedView,
    /// Schema, or a database.
    Schema,
    /// Type or domain.
    Type,
    /// Function, procedure or aggregate.
    Routine,
    /// Trigger, policy or rule: something of a table.
    OfTable,
    /// Anything else.
    Other,
}

/// `DROP`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectDrop {
    /// Kind of the objects.
    pub kind: DropKind,
    /// Kind in upper case, as written.
    pub words: String,
    /// Their names.
    pub names: Vec<TableName>,
    /// Table behind `ON`.
    pub table: Option<TableName>,
    /// `CONCURRENTLY`.
    pub concurrently: bool,
    /// `IF EXISTS`.
    pub if_exists: bool,
    /// `CASCADE`.
    pub cascades: bool,
    /// `TEMPORARY`.
    pub is_temporary: bool,
    /// Written `ALGORITHM=` in upper case (MySQL).
    pub algorithm: Option<String>,
    /// Written `LOCK=` in upper case (MySQL).
    pub lock: Option<String>,
}

/// `ALTER TYPE`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TypeChange {
    /// `ADD VALUE`.
    AddValue {
        label: String,
        /// `BEFORE` or `AFTER` is written.
        has_place: bool,
    },
    /// `RENAME VALUE`.
    RenameValue {
        /// Old label.
        from: String,
    },
    /// An attribute of a composite type is added, dropped or changed.
    Attribute,
    /// Anything else.
    Other,
}

/// `ALTER DOMAIN`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DomainChange {
    /// `ADD CONSTRAINT`, validated.
    AddConstraint,
    /// `ADD CONSTRAINT ... NOT VALID`.
    AddNotValid,
    /// `VALIDATE CONSTRAINT`.
    Validate,
    /// `SET NOT NULL`.
    SetNotNull,
    /// Anything else.
    Other,
}

/// Volatility of a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Volatility {
    /// The result depends on the arguments alone.
    Immutable,
    /// The result does not change within a statement.
    Stable,
    /// Anything may happen.
    Volatile,
}

/// Verb of a statement that changes rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowVerb {
    /// `INSERT`, `REPLACE`, `COPY ... FROM`, `LOAD DATA`.
    Insert,
    /// `UPDATE`.
    Update,
    /// `DELETE`.
    Delete,
    /// `MERGE`.
    Merge,
}

/// `INSERT`, `UPDATE`, `DELETE` and the like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowChangeStatement {
    pub verb: RowVerb,
    /// Table that is written.
    pub table: TableName,
    /// Has a `WHERE`, a `LIMIT` or a join, which may leave rows out.
    pub is_limited: bool,
    /// `INSERT ... SELECT`: the number of rows is not in the text.
    pub is_from_query: bool,
    /// Writing it twice has the same effect as once: `ON CONFLICT DO NOTHING`, `INSERT IGNORE`, `REPLACE`.
    pub is_repeatable: bool,
    /// Columns that `UPDATE` sets.
    pub columns: Vec<String>,
    /// Columns that the condition requires to be NULL.
    pub where_null: Vec<String>,
}
