//! What an object is made of: named values, spelled as the server's catalog spells them. Knows no dialect's SQL.

use serde::{Deserialize, Serialize};

/// The attributes of all kinds of objects. One that does not hold is not there: a column that may be NULL has no
/// [`Attribute::NotNull`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Attribute {
    /// A column's or domain's type; a composite type's or range's own text is in [`Attribute::Definition`]. With its
    /// modifiers: `character varying(80)`, `int(11) unsigned`.
    Type,
    /// The collation, where it is not the type's own.
    Collation,
    /// The character set (MySQL).
    Charset,
    /// NULL is refused.
    NotNull,
    /// The constraint that refuses NULL, where the catalog has one (PostgreSQL 18, for domains 17): `name=NAME`, and where it
    /// holds `no inherit`, `not valid`, `comment=TEXT`. Compared only where both sides have it: a server that keeps none has
    /// nothing to say of it.
    NotNullConstraint,
    /// The constraint behind NOT NULL that a table has only from one above it (PostgreSQL 18), as [`Attribute::NotNullConstraint`].
    /// Kept so that a partition, which is made as a table of its own, gets it under the same name. Never compared: the server
    /// keeps the name that a table's constraint had before the table was attached, and refuses to rename it from then on.
    InheritedNotNullConstraint,
    /// Another object has a constraint behind NOT NULL of the same name before the change, so that the server would choose another
    /// name: it has to be written. Set while a change is planned; never read, never compared.
    NotNullNameTaken,
    /// The default, as an expression.
    Default,
    /// `ON UPDATE` of a timestamp column (MySQL).
    OnUpdate,
    /// An identity column: `always` or `by default`; AUTO_INCREMENT and AUTOINCREMENT: `auto`.
    Identity,
    /// What an identity column's sequence has that is not usual, as in [`Attribute::Options`] of a sequence; and
    /// `sequence=NAME` (quoted, with its namespace) when it is not called `TABLE_COLUMN_seq` (PostgreSQL).
    IdentityOptions,
    /// A generated column's expression.
    Generated,
    /// A generated column: `stored` or `virtual`.
    GeneratedKind,
    /// A column's storage: `plain`, `external`, `extended`, `main`, when it is not the type's own.
    Storage,
    /// A column's compression method.
    Compression,
    /// A column's statistics target; of an index, a list of `column number=target` for its expressions.
    Statistics,
    /// A column is hidden from `SELECT *` (MySQL's INVISIBLE); an index is not used (invisible, ignored).
    Invisible,
    /// A column's place in its table, from 1, without the gaps of dropped columns; the place of an index among those of its table,
    /// in the order in which they were made (PostgreSQL). Never compared.
    Position,
    /// The statement (a column's: its part of it) as it was written, with comments, where the catalog keeps that. Never compared.
    Source,
    /// A constraint's, index's, trigger's, rule's, policy's, view's, routine's or aggregate's text as the server gives it, without
    /// what other attributes say (validity, comment). For a constraint: what follows `CONSTRAINT name`.
    Definition,
    /// The columns of a key or an index, in order; an expression is in parentheses.
    Columns,
    /// An index's method: `btree`, `gin`, `fulltext`, `spatial`.
    Method,
    /// An index that refuses equal keys.
    IsUnique,
    /// A column's own check, which has no name (MariaDB).
    ColumnCheck,
    /// A partial index's condition; a trigger's `WHEN`.
    Predicate,
    /// The table a foreign key points at, with its namespace where there is one, quoted as in SQL.
    References,
    /// A constraint that is not known to hold (`NOT VALID`); a constraint that is not enforced.
    NotValid,
    /// An index that is not valid (`pg_index.indisvalid`): left by a build that failed.
    Invalid,
    /// `deferrable` or `deferrable initially deferred`.
    Deferrable,
    /// Storage parameters and other options, `name=value`. Of a PostgreSQL sequence: what is not usual among `start`, `increment`,
    /// `minvalue`, `maxvalue`, `cache`, `cycle` (`cycle=true`). Of a key or an exclusion constraint: those of its index.
    Options,
    /// `UNLOGGED`.
    Unlogged,
    /// The tables that are inherited from (not: partitioned), quoted as in SQL.
    Inherits,
    /// What a partitioned table is partitioned by: `RANGE (created)`; in MySQL all of `PARTITION BY ...` with its partitions.
    PartitionBy,
    /// The table of which this is a partition, quoted as in SQL. Of a PostgreSQL index, key or unique constraint: the
    /// partitioned index (or the index of the constraint) that it is attached to, quoted, with its namespace.
    PartitionOf,
    /// A partition's bound: `FOR VALUES FROM (1) TO (10)`, `DEFAULT`.
    PartitionBound,
    /// The foreign keys that a partition has from the table above, each as `NAME FOREIGN KEY ...`: once it is detached, they are
    /// its own. Never compared.
    InheritedForeignKeys,
    /// The table's tablespace, the index's.
    Tablespace,
    /// The access method of a table.
    AccessMethod,
    /// `full`, `nothing` or `index NAME` (quoted), when not the default (PostgreSQL's REPLICA IDENTITY).
    ReplicaIdentity,
    /// The storage engine (MySQL).
    Engine,
    /// The row format, when it was asked for (MySQL).
    RowFormat,
    /// `STRICT` (SQLite).
    Strict,
    /// `WITHOUT ROWID` (SQLite).
    WithoutRowid,
    /// Row level security is on.
    RowSecurity,
    /// It also holds for the owner.
    ForceRowSecurity,
    /// The index that clusters the table, unquoted.
    ClusteredOn,
    /// The labels of an enumerated type, in order.
    Labels,
    /// A trigger or event that is not simply enabled: `disabled`, `replica`, `always`.
    Enabled,
    /// A view's or trigger's SQL security and definer, where it was asked for (MySQL).
    Security,
    /// Who a view, trigger, routine or event runs as, when that is not the user who reads: quoted, `` `name`@`host` `` (MySQL).
    /// Never compared; [`Attribute::Owner`] is, when asked for.
    Definer,
    /// The SQL mode that a routine, trigger or event was made under (MySQL).
    SqlMode,
    /// The column that owns the sequence: quoted table, full stop, quoted column.
    OwnedBy,
    /// A version of an extension, when it is not the one that the server would install.
    Version,
    /// The namespace that an extension was put into, unquoted.
    InNamespace,
    /// A column or a constraint that is there only because a table above has it (inheritance, partitions): it comes and
    /// goes with that one. Never compared: what a table had before it came to inherit stays its own, and no statement
    /// changes that.
    Inherited,
    /// The composite type that a table was made of (`CREATE TABLE ... OF`), quoted as in SQL.
    OfType,
    /// A check constraint of a domain: `Key::table` is the domain's name.
    OfDomain,
    /// A routine's argument types as `DROP FUNCTION` takes them, without names and modes: `integer, text[]`; `*` for an
    /// aggregate without arguments.
    Arguments,
    /// A routine's parameters in full, with names, modes and defaults (`pg_get_function_arguments`).
    Parameters,
    /// What a function returns (`pg_get_function_result`): another one takes a drop.
    Returns,
    /// The comment.
    Comment,
    /// The comment of a constraint's index (PostgreSQL); the constraint's own is [`Attribute::Comment`].
    IndexComment,
    /// The owner; only when asked for.
    Owner,
    /// The privileges as a list of `GRANTEE: PRIVILEGE, PRIVILEGE`, each with ` WITH GRANT OPTION` behind it where it holds; only
    /// when asked for. PostgreSQL: the grantee quoted as in SQL or `PUBLIC`; the defaults (`PUBLIC: EXECUTE`) are listed too,
    /// the owner's own are not.
    Grants,
    /// The privileges as in [`Attribute::Grants`], where those were not asked for and are not the usual ones: what has to be made
    /// again gets them back. Never compared.
    Held,
    /// What the model does not cover and has to be there first: `foreign table public.t` (PostgreSQL). Never compared.
    NeedsUnmodelled,
    /// What the model does not cover and the server drops along with the object: statistics objects over a column, a table's
    /// place in a publication (PostgreSQL). Each entry is a line that names it and the statement, if there is one, that makes it
    /// again. Never compared.
    DroppedAlong,
    /// The owner, where that was not asked for and is not who reads: what has to be made again gets it back. Never compared.
    HeldBy,
}

impl Attribute {
    /// Whether two objects of which it differs are not the same.
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
    /// It holds (always `true`).
    Yes(bool),
    /// A number.
    Number(i64),
    /// A text.
    Text(String),
    /// Several texts, in order.
    List(Vec<String>),
}

impl Value {
    /// The text; none when it is not one.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The texts of a list; empty when it is none.
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
