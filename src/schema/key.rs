//! What an object is called. Knows kinds and names; must not know what an object is made of.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The kinds of objects. Their order is the order in which a listing shows them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The database itself: its default character set and collation (MySQL).
    Database,
    /// A PostgreSQL schema.
    Namespace,
    /// A PostgreSQL extension; what it brought with it is not listed.
    Extension,
    /// An enumerated type.
    Enum,
    /// A domain.
    Domain,
    /// A composite type.
    Composite,
    /// A range type.
    Range,
    /// A sequence of its own (also one that a column owns; not one of an identity column).
    Sequence,
    /// A table, also partitioned, also a partition.
    Table,
    /// A virtual table of SQLite: named and left alone.
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
    /// An index that no constraint brought with it.
    Index,
    /// A foreign key.
    ForeignKey,
    /// A view.
    View,
    /// A materialized view.
    MaterializedView,
    /// A function; its name carries the argument types.
    Function,
    /// A procedure; its name carries the argument types (PostgreSQL).
    Procedure,
    /// An aggregate; its name carries the argument types.
    Aggregate,
    /// A rewrite rule.
    Rule,
    /// A trigger.
    Trigger,
    /// A row security policy.
    Policy,
    /// An event trigger.
    EventTrigger,
    /// An event of MySQL's scheduler.
    Event,
}

impl Kind {
    /// The kind in a person's words: `materialized view`.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Database => "database",
            Self::Namespace => "schema",
            Self::Extension => "extension",
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

    /// Whether objects of the kind are named within a table (or view) and vanish with it.
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

    /// Whether it is a constraint of a table.
    #[must_use]
    pub const fn is_constraint(self) -> bool {
        matches!(self, Self::PrimaryKey | Self::Unique | Self::Check | Self::Exclusion | Self::ForeignKey)
    }
}

/// The name of one object. Names are as the catalog holds them, unquoted.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Key {
    /// What it is.
    pub kind: Kind,
    /// The PostgreSQL schema it is in; none where there is no such thing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// The table (or view) it belongs to, in the same namespace; none for what stands alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub table: Option<String>,
    /// Its name; routines of PostgreSQL with their argument types: `add(integer, integer)`. A check constraint of a
    /// domain or an unnamed constraint of SQLite: what tells it from its neighbours.
    pub name: String,
}

impl Key {
    /// Something that stands alone.
    #[must_use]
    pub fn new(kind: Kind, namespace: Option<&str>, name: &str) -> Self {
        Self { kind, namespace: namespace.map(str::to_owned), table: None, name: name.to_owned() }
    }

    /// Something of a table (or view).
    #[must_use]
    pub fn of_table(kind: Kind, namespace: Option<&str>, table: &str, name: &str) -> Self {
        Self { table: Some(table.to_owned()), ..Self::new(kind, namespace, name) }
    }

    /// The key of the same place with another kind: of the table that a column belongs to, say.
    #[must_use]
    pub fn parent(&self, kind: Kind) -> Option<Self> {
        let table = self.table.as_deref()?;
        Some(Self::new(kind, self.namespace.as_deref(), table))
    }
}

/// `users.email`, `billing.invoices`; the namespace `public` goes without saying.
impl fmt::Display for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let namespace = self.namespace.as_deref().filter(|namespace| *namespace != "public");
        for part in namespace.into_iter().chain(self.table.as_deref()) {
            write!(formatter, "{part}.")?;
        }
        formatter.write_str(&self.name)
    }
}
