//! Statements of the in-memory database.

/// Statement. A `bool` is `true` with IF EXISTS or IF NOT EXISTS; all conditions of a statement hold for its rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MemoryStatement {
    /// `BEGIN`.
    Begin,
    /// `COMMIT`.
    Commit,
    /// `ROLLBACK`.
    Rollback,
    /// `SET name = 'text'`: a setting of the session, whose value is `@name`.
    Set(String, Option<String>),
    /// `DROP DATABASE name`. Opening a database creates it, so the language has no `CREATE DATABASE`.
    DropDatabase(String),
    /// `CREATE TABLE name (column type, ...)`.
    CreateTable(TableDefinition, bool),
    /// `DROP TABLE name`.
    DropTable(String, bool),
    /// `INSERT INTO name (columns) VALUES (...), (...)`; no columns are all of them.
    Insert(String, Vec<String>, Vec<Vec<MemoryExpression>>),
    /// `UPDATE name SET column = value, ... WHERE ...`.
    Update(String, Vec<(String, MemoryExpression)>, Vec<RowCondition>),
    /// `DELETE FROM name WHERE ...`.
    Delete(String, Vec<RowCondition>),
    /// `SELECT ... UNION ALL SELECT ...`.
    Select(Vec<RowQuery>),
}

/// One `SELECT`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowQuery {
    /// Expressions.
    pub columns: Vec<MemoryExpression>,
    /// Table; `None` for one row without columns.
    pub table: Option<String>,
    /// Conditions after WHERE.
    pub conditions: Vec<RowCondition>,
}

/// `column = value` or `column IN (value, ...)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowCondition {
    /// Name of the column.
    pub column: String,
    /// Accepted values.
    pub values: Vec<MemoryExpression>,
}

/// Expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MemoryExpression {
    /// Literal; `None` is NULL.
    Literal(Option<String>),
    /// Column.
    Column(String),
    /// Setting of the session.
    Setting(String),
    /// `MAX(column)` of numbers.
    Max(String),
    /// `COUNT(*)`.
    CountRows,
    /// `COUNT(column)`; `true` with DISTINCT.
    Count(String, bool),
}

/// Table with its statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableDefinition {
    /// Name of the table.
    pub name: String,
    /// Text of the statement.
    pub sql: String,
    /// Columns in order.
    pub columns: Vec<ColumnDefinition>,
    /// Index of the column that is the primary key.
    pub key: Option<usize>,
}

/// Column of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnDefinition {
    /// Name of the column.
    pub name: String,
    /// Maximum number of characters (`VARCHAR(255)`).
    pub length: Option<usize>,
    /// NULL is refused.
    pub is_required: bool,
    /// NULL becomes the next number (`INTEGER PRIMARY KEY`).
    pub is_numbered: bool,
}
