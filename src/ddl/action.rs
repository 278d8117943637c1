//! Structure of `ALTER TABLE`.

use super::statement::{ConstraintDefinition, DdlColumn, IndexDefinition, Spanned};
use crate::sql::TableName;

/// `ALTER TABLE`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AlterTable {
    pub table: TableName,
    /// `ONLY`.
    pub only: bool,
    /// Actions in the order of the text.
    pub actions: Vec<Spanned<Action>>,
    /// Written `ALGORITHM=` in upper case (MySQL).
    pub algorithm: Option<String>,
    /// Written `LOCK=` in upper case (MySQL).
    pub lock: Option<String>,
}

/// Action of `ALTER TABLE`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// `ADD COLUMN`, with the constraints that are written in it.
    AddColumn {
        column: DdlColumn,
        constraints: Vec<ConstraintDefinition>,
        /// `IF NOT EXISTS`.
        if_not_exists: bool,
    },
    /// `DROP COLUMN`.
    DropColumn {
        /// Name of the column.
        column: String,
        /// `CASCADE`.
        cascades: bool,
    },
    /// `ADD CONSTRAINT`, `ADD PRIMARY KEY`, ...
    AddConstraint(ConstraintDefinition),
    /// `DROP CONSTRAINT`, `DROP FOREIGN KEY`, `DROP CHECK`, `DROP PRIMARY KEY`.
    DropConstraint {
        /// Name; `None` for `DROP PRIMARY KEY`.
        name: Option<String>,
        /// `IF EXISTS`.
        if_exists: bool,
    },
    /// `VALIDATE CONSTRAINT`.
    ValidateConstraint(String),
    /// `ALTER CHECK c ENFORCED` (MySQL), `ALTER CONSTRAINT c ENFORCED` (PostgreSQL 18).
    EnforceConstraint(String),
    /// `ADD INDEX` (MySQL).
    AddIndex(IndexDefinition),
    /// `DROP INDEX` (MySQL).
    DropIndex(String),
    /// `ALTER COLUMN ... TYPE`.
    AlterType {
        column: String,
        /// New type in the dialect's canonical spelling.
        data_type: String,
        /// Expression behind `USING`.
        using: Option<String>,
        /// Collation, if written.
        collation: Option<String>,
    },
    /// `MODIFY` or `CHANGE` (MySQL): the column's old name and its whole definition.
    Redefine {
        /// Old name.
        column: String,
        /// New definition.
        to: DdlColumn,
        /// Constraints that are written in it.
        constraints: Vec<ConstraintDefinition>,
    },
    /// `ALTER COLUMN ... SET NOT NULL`.
    SetNotNull(String),
    /// `ALTER COLUMN ... DROP NOT NULL`.
    DropNotNull(String),
    /// `ALTER COLUMN ... SET DEFAULT`.
    SetDefault { column: String, default: String },
    /// `ALTER COLUMN ... DROP DEFAULT`.
    DropDefault(String),
    /// `ALTER COLUMN ... DROP EXPRESSION`.
    DropExpression(String),
    /// `ALTER COLUMN ... SET EXPRESSION`.
    SetExpression(String),
    /// `ALTER COLUMN ... ADD GENERATED ... AS IDENTITY`.
    AddIdentity(String),
    /// `RENAME COLUMN`.
    RenameColumn {
        /// Old name.
        from: String,
        /// New name.
        to: String,
    },
    /// `RENAME TO`.
    RenameTable(TableName),
    /// `RENAME INDEX`, `RENAME CONSTRAINT`.
    RenamePart {
        /// `true` for an index.
        is_index: bool,
        /// Old name.
        from: String,
        /// New name.
        to: String,
    },
    /// `SET SCHEMA`.
    SetSchema(String),
    /// `ATTACH PARTITION`.
    AttachPartition {
        /// The new partition.
        partition: TableName,
        /// Bound as written: `FOR VALUES ...` or `DEFAULT`.
        bound: String,
    },
    /// `DETACH PARTITION`.
    DetachPartition {
        partition: TableName,
        /// `CONCURRENTLY` or `FINALIZE`.
        is_gentle: bool,
    },
    /// A change of how rows are stored.
    Storage(StorageChange),
    /// `ENABLE` or `DISABLE ROW LEVEL SECURITY`, `FORCE`, `OWNER TO`.
    Access,
    /// Partition maintenance of MySQL that loses rows or copies: `DROP PARTITION`, `REORGANIZE PARTITION`.
    Partition(String),
    /// An action without work on rows, which no rule asks about: storage parameters, statistics, triggers on or off.
    Other,
    /// An action that was not understood.
    Unknown,
}

/// Change of how the rows of a table are stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StorageChange {
    /// `SET LOGGED` or `SET UNLOGGED`.
    Logged(bool),
    /// `SET TABLESPACE`, with its name.
    Tablespace(String),
    /// `SET ACCESS METHOD`.
    AccessMethod,
    /// `ENGINE=` (MySQL), with the engine in lower case.
    Engine(String),
    /// `ROW_FORMAT=`, `KEY_BLOCK_SIZE=` (MySQL).
    RowFormat,
    /// `FORCE` (MySQL).
    Force,
    /// `CONVERT TO CHARACTER SET` (MySQL), with the character set in lower case.
    Convert(String),
    /// `PARTITION BY` or `REMOVE PARTITIONING` (MySQL).
    Partitioning,
    /// `ORDER BY` (MySQL).
    Order,
    /// `ADD` (`true`) or `DROP SYSTEM VERSIONING` (MariaDB).
    Versioning(bool),
}
