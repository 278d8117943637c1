//! Identity of an object: its kind and its name.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Kinds of objects, in the order in which listings show them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The database itself: its default character set and collation (MySQL).
    Database,
    /// A PostgreSQL schema.
    Namespace,
    /// A PostgreSQL extension. Its member objects are not part of the schema.
    Extension,
    /// A collation that a user made (PostgreSQL).
    Collation,
    /// An enumerated type.
    Enum,
    /// A domain.
    Domain,
    /// A composite type.
    Composite,
    /// A range type.
    Range,
    /// A sequence, also one owned by a column, but not the sequence of an identity column.
    Sequence,
    /// A table, including partitioned tables and partitions.
    Table,
    /// A virtual table of SQLite. Reported and otherwise left alone.
    VirtualTable,
    /// A column of a table.
    Column,
    /// A primary key.
    PrimaryKey,
    /// A unique constraint.
    Unique,
    /// A check constraint.
    Check,
    /// An exclusion constraint.
    Exclusion,
    /// An index that does not belong to a constraint.
    Index,
    /// A foreign key.
    ForeignKey,
    /// A view.
    View,
    /// A materialized view.
    MaterializedView,
    /// A function. Its name includes the argument types (PostgreSQL).
    Function,
    /// A procedure. Its name includes the argument types (PostgreSQL).
    Procedure,
    /// An aggregate. Its name includes the argument types.
    Aggregate,
    /// A rewrite rule.
    Rule,
    /// A trigger.
    Trigger,
    /// A row-level security policy.
    Policy,
    /// An event trigger.
    EventTrigger,
    /// An event of MySQL's event scheduler.
    Event,
}

impl Kind {
    /// Returns the kind as printed for users: `materialized view`.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Database => "database",
            Self::Namespace => "schema",
            Self::Extension => "extension",
            Self::Collation => "collation",
            Self::Enum => "enum type",
            Self::Domain => "domain",
            Self::Composite => "composite type",
            Self::Range => "range type",
            Self::Sequence => "sequence",
            Self::Table => "table",
            Self::VirtualTable => "virtual table",
            Self::Column => "column",
            Self::PrimaryKey => "primary key",
            Self::Unique => "unique constraint",
            Self::Check => "check constraint",
            Self::Exclusion => "exclusion constraint",
            Self::Index => "index",
            Self::ForeignKey => "foreign key",
            Self::View => "view",
            Self::MaterializedView => "materialized view",
            Self::Function => "function",
            Self::Procedure => "procedure",
            Self::Aggregate => "aggregate",
            Self::Rule => "rule",
            Self::Trigger => "trigger",
            Self::Policy => "policy",
            Self::EventTrigger => "event trigger",
            Self::Event => "event",
        }
    }

    /// Returns whether objects of this kind are named within a table or view and dropped along with it.
    #[must_use]
    pub const fn is_of_a_table(self) -> bool {
        matches!(
            self,
            Self::Column
                | Self::PrimaryKey
                | Self::Unique
                | Self::Check
                | Self::Exclusion
                | Self::Index
                | Self::ForeignKey
                | Self::Rule
                | Self::Trigger
                | Self::Policy
        )
    }

    /// Returns whether the kind is a routine, whose name includes the argument types (PostgreSQL).
    #[must_use]
    pub const fn is_routine(self) -> bool {
        matches!(self, Self::Function | Self::Procedure | Self::Aggregate)
    }

    /// Returns whether the kind is a constraint of a table.
    #[must_use]
    pub const fn is_constraint(self) -> bool {
        matches!(self, Self::PrimaryKey | Self::Unique | Self::Check | Self::Exclusion | Self::ForeignKey)
    }
}

/// Name of an object, unquoted as in the catalog.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Key {
    /// Kind of the object.
    pub kind: Kind,
    /// PostgreSQL schema; `None` for databases without schemas and for objects outside of schemas.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// Table or view that the object belongs to, in the same namespace; `None` for top-level objects.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub table: Option<String>,
    /// Name of the object. Routines of PostgreSQL include the argument types: `add(integer, integer)`. Unnamed
    /// constraints of SQLite have a text here that distinguishes them from their siblings.
    pub name: String,
}

impl Key {
    /// Creates the key of a top-level object.
    #[must_use]
    pub fn new(kind: Kind, namespace: Option<&str>, name: &str) -> Self {
        Self { kind, namespace: namespace.map(str::to_owned), table: None, name: name.to_owned() }
    }

    /// Creates the key of an object that belongs to a table or view.
    #[must_use]
    pub fn of_table(kind: Kind, namespace: Option<&str>, table: &str, name: &str) -> Self {
        Self { table: Some(table.to_owned()), ..Self::new(kind, namespace, name) }
    }

    /// Returns the key of the object, of the given kind, that this one belongs to: the table of a column, for example.
    #[must_use]
    pub fn parent(&self, kind: Kind) -> Option<Self> {
        let table = self.table.as_deref()?;
        Some(Self::new(kind, self.namespace.as_deref(), table))
    }
}

/// `users.email`, `billing.invoices`; the namespace `public` is omitted.
impl fmt::Display for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let namespace = self.namespace.as_deref().filter(|namespace| *namespace != "public");
        for part in namespace.into_iter().chain(self.table.as_deref()) {
            write!(formatter, "{part}.")?;
        }
        formatter.write_str(&self.name)
    }
}
