//! Attributes of objects: named values in the spelling of the server's catalog, independent of the dialect.

use serde::{Deserialize, Serialize};

/// Attributes of all kinds of objects. An attribute that does not apply is absent: a nullable column has no
/// [`Attribute::NotNull`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Attribute {
    /// Type of a column or domain with its modifiers: `character varying(80)`, `int(11) unsigned`. The definition of a
    /// composite or range type is in [`Attribute::Definition`].
    Type,
    /// Collation, if it is not the type's default.
    Collation,
    /// Character set (MySQL).
    Charset,
    /// NOT NULL.
    NotNull,
    /// Catalogued NOT NULL constraint (PostgreSQL 18; 17 for domains), as a list of `name=NAME` and, where they apply,
    /// `comment=TEXT`, `no inherit` and `not valid`. Compared only if both sides have it: older servers do not catalog
    /// these constraints, and a missing entry from such a server is not a difference.
    NotNullConstraint,
    /// The constraint behind NOT NULL that a table has only from one above it (PostgreSQL 18), as [`Attribute::NotNullConstraint`].
    /// Kept so that a partition, which is made as a table of its own, gets it under the same name. Never compared: the server
    /// keeps the name that a table's constraint had before the table was attached, and refuses to rename it from then on.
    InheritedNotNullConstraint,
    /// Another object has a constraint behind NOT NULL of the same name before the change, so that the server would choose another
    /// name: it has to be written. Set while a change is planned; never read, never compared.
    NotNullNameTaken,
    /// Default as an expression.
    Default,
    /// `ON UPDATE` clause of a timestamp column (MySQL).
    OnUpdate,
    /// Identity column: `always` or `by default`; `auto` for AUTO_INCREMENT and AUTOINCREMENT.
    Identity,
    /// Non-default options of an identity column's sequence, in the format of [`Attribute::Options`]; plus
    /// `sequence=NAME` (quoted and schema-qualified) if the name is not `TABLE_COLUMN_seq` (PostgreSQL).
    IdentityOptions,
    /// Expression of a generated column.
    Generated,
    /// Kind of a generated column: `stored` or `virtual`.
    GeneratedKind,
    /// Storage of a column: `plain`, `external`, `extended`, `main`; absent if it is the type's default.
    Storage,
    /// Compression method of a column.
    Compression,
    /// Statistics target of a column; for an index, a list of `column number=target` for its expressions.
    Statistics,
    /// A column hidden from `SELECT *`, or an index that the optimizer does not use: INVISIBLE, or IGNORED in MariaDB
    /// (MySQL).
    Invisible,
    /// Ordinal position. For a column: in its table, from 1, not counting dropped columns. For an index
    /// (PostgreSQL): its place among the indexes of its table, in creation order. Never compared.
    Position,
    /// Original statement text with comments (for a column, its part), where the catalog keeps it. Never compared.
    Source,
    /// Text of a constraint, index, trigger, rule, policy, view, routine or aggregate as the server prints it, without
    /// the parts kept in other attributes (validity, comment). For a constraint: everything after `CONSTRAINT name`.
    Definition,
    /// Columns of a key or an index, in order; expressions are in parentheses.
    Columns,
    /// Access method of an index: `btree`, `gin`, `fulltext`, `spatial`.
    Method,
    /// Unique index.
    IsUnique,
    /// Unnamed check attached to a column (MariaDB).
    ColumnCheck,
    /// Condition of a partial index; `WHEN` condition of a trigger.
    Predicate,
    /// Table referenced by a foreign key: quoted, schema-qualified where the database has schemas.
    References,
    /// Constraint that is not validated (`NOT VALID`) or not enforced.
    NotValid,
    /// Invalid index (`pg_index.indisvalid` is false), left behind by a failed concurrent build.
    Invalid,
    /// `deferrable` or `deferrable initially deferred`.
    Deferrable,
    /// Storage parameters and other options, `name=value`. For a PostgreSQL sequence: those of `start`, `increment`,
    /// `minvalue`, `maxvalue`, `cache`, `cycle` (`cycle=true`) that are not the default. For a key or an exclusion
    /// constraint: those of its index.
    Options,
    /// `UNLOGGED` table.
    Unlogged,
    /// Parents by plain inheritance (partitions excluded), quoted.
    Inherits,
    /// Partition key: `RANGE (created)`; in MySQL the whole `PARTITION BY ...` clause including the partitions.
    PartitionBy,
    /// Partitioned table to which this partition is attached, quoted. For a PostgreSQL index, primary key or unique
    /// constraint: the partitioned index (or the constraint's index) it is attached to, quoted and schema-qualified.
    PartitionOf,
    /// Partition bound: `FOR VALUES FROM (1) TO (10)`, `DEFAULT`.
    PartitionBound,
    /// Foreign keys that a partition inherits, each as `NAME FOREIGN KEY ...`. DETACH PARTITION turns them into foreign
    /// keys of the table itself. Never compared.
    InheritedForeignKeys,
    /// Tablespace of a table or an index.
    Tablespace,
    /// Table access method.
    AccessMethod,
    /// `full`, `nothing` or `index NAME` (quoted); absent for the default (PostgreSQL's REPLICA IDENTITY).
    ReplicaIdentity,
    /// Storage engine (MySQL).
    Engine,
    /// Row format, if one was specified (MySQL).
    RowFormat,
    /// `STRICT` table (SQLite).
    Strict,
    /// `WITHOUT ROWID` table (SQLite).
    WithoutRowid,
    /// Row-level security is enabled.
    RowSecurity,
    /// Row-level security also applies to the table's owner (`FORCE ROW LEVEL SECURITY`).
    ForceRowSecurity,
    /// Index that the table is clustered on, unquoted.
    ClusteredOn,
    /// Labels of an enumerated type, in order.
    Labels,
    /// State of a trigger or event if it is not plainly enabled: `disabled`, `replica`, `always`.
    Enabled,
    /// SQL SECURITY of a view, if it is INVOKER (MySQL).
    Security,
    /// Definer of a view, trigger, routine or event, if it is not the current user: quoted, `` `name`@`host` ``
    /// (MySQL). Never compared, unlike [`Attribute::Owner`], which is read on request.
    Definer,
    /// SQL mode under which a routine, trigger or event was created (MySQL).
    SqlMode,
    /// Column that owns the sequence: quoted table, dot, quoted column.
    OwnedBy,
    /// Version of an extension, if it is not the server's default version.
    Version,
    /// Schema that an extension is installed in, unquoted.
    InNamespace,
    /// A column or constraint that exists only because a parent (by inheritance or partitioning) has it, and is dropped
    /// with the parent's. Never compared: a column or constraint that the table had before it became a child stays
    /// locally defined, and no statement changes that.
    Inherited,
    /// Composite type of a typed table (`CREATE TABLE ... OF`), quoted.
    OfType,
    /// Check constraint of a domain; `Key::table` is then the domain's name.
    OfDomain,
    /// Argument types of a routine as `DROP FUNCTION` expects them, without names and modes: `integer, text[]`; `*` for
    /// an aggregate without arguments.
    Arguments,
    /// Full parameter list of a routine: names, modes and defaults (`pg_get_function_arguments`).
    Parameters,
    /// Return type of a function (`pg_get_function_result`). Only a drop and a create can change it.
    Returns,
    /// Comment on the object.
    Comment,
    /// Comment on a constraint's index (PostgreSQL). The constraint's own comment is [`Attribute::Comment`].
    IndexComment,
    /// Owner, if owners were requested.
    Owner,
    /// Privileges, if they were requested: a list of `GRANTEE: PRIVILEGE, PRIVILEGE`. Privileges with grant option are
    /// an entry of their own that ends with ` WITH GRANT OPTION`. PostgreSQL: the grantee is quoted or `PUBLIC`;
    /// default privileges such as `PUBLIC: EXECUTE` are listed, those of the owner are not.
    Grants,
    /// Non-default privileges in the format of [`Attribute::Grants`], kept if privileges were not requested, only so
    /// that a dropped and re-created object gets them back. Never compared.
    Held,
    /// Unmodelled objects that must exist first: `foreign table public.t` (PostgreSQL). Never compared.
    NeedsUnmodelled,
    /// Unmodelled objects that the server drops along with this one: statistics objects over a column, the table's
    /// membership in a publication (PostgreSQL). Each entry is a line that names the object, followed by the statement
    /// that re-creates it, if there is one. Never compared.
    DroppedAlong,
    /// Owner, kept if owners were not requested and it is not the current user, only so that a dropped and re-created
    /// object gets it back. Never compared.
    HeldBy,
}

impl Attribute {
    /// Returns whether a difference in this attribute makes two objects different.
    #[must_use]
    pub const fn is_compared(self) -> bool {
        !matches!(
            self,
            Self::Position
                | Self::Source
                | Self::Definer
                | Self::Held
                | Self::HeldBy
                | Self::Inherited
                | Self::InheritedForeignKeys
                | Self::InheritedNotNullConstraint
                | Self::NotNullNameTaken
                | Self::DroppedAlong
                | Self::NeedsUnmodelled
        )
    }
}

/// An attribute's value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Value {
    /// Flag that is set (always `true`).
    Yes(bool),
    /// Integer.
    Number(i64),
    /// Text.
    Text(String),
    /// List of texts, in order.
    List(Vec<String>),
}

impl Value {
    /// Returns the text, or `None` for other values.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Returns the items of a list, or an empty slice for other values.
    #[must_use]
    pub fn list(&self) -> &[String] {
        match self {
            Self::List(list) => list,
            _ => &[],
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

impl From<Vec<String>> for Value {
    fn from(list: Vec<String>) -> Self {
        Self::List(list)
    }
}
