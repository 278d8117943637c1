//! Reads the catalog into a [`Schema`]. Independent of how changes are written.
//!
//! All expressions are read with an empty `search_path`, so that every name outside `pg_catalog` is schema-qualified.
//! `Definition` never contains the object's comment, validity or options. For each kind:
//!
//! | kind | attributes besides Comment, Owner, Grants |
//! |---|---|
//! | Namespace | `public` only if its comment, owner or privileges are not the default |
//! | Extension | Version (if not the server's default), InNamespace; `plpgsql` is left out |
//! | Collation | Definition: `(provider = icu, locale = 'und', ...)` |
//! | Enum | Labels |
//! | Domain | Type, Collation, Default, NotNull, NotNullConstraint; its checks are Check objects with `table` = the domain, OfDomain |
//! | Composite | its columns are Column objects with `table` = the type: Type, Collation, Position |
//! | Range | Definition: `(subtype = integer, ...)` |
//! | Sequence | Type (`integer`), Options (non-default), OwnedBy, Unlogged. Serial columns: a Sequence that the column's Default needs |
//! | Table | Unlogged, Options (also `toast.name=value`), Inherits, PartitionBy, PartitionOf, PartitionBound, InheritedForeignKeys, OfType, Tablespace, AccessMethod (if not heap; for a partitioned table the one of new partitions, even heap), ReplicaIdentity, RowSecurity, ForceRowSecurity, ClusteredOn |
//! | Column | Type, Collation, NotNull, NotNullConstraint, Default, Identity, IdentityOptions, Generated, GeneratedKind, Storage, Compression, Statistics, Options, Position, Inherited. Includes the columns of partitions, all Inherited. Columns of views and materialized views only if they have one of: Default, Comment, Statistics, Storage, Options |
//! | PrimaryKey, Unique, Exclusion | Definition (the part after `CONSTRAINT name`, without deferrability), IndexComment, Columns, Deferrable, Options, Tablespace, PartitionOf (the index it is attached to) |
//! | Check | Definition, NotValid, Columns, Inherited, OfDomain |
//! | ForeignKey | Definition (without deferrability, NOT VALID), Columns, References, Deferrable, NotValid. Those that a partition inherits from its table are its InheritedForeignKeys |
//! | Index | Definition (from `USING` on, without `WITH (...)` and tablespace), Method, IsUnique, Columns (empty for an expression), Predicate (also part of Definition), Options, Tablespace, Invalid, Statistics, PartitionOf, Position. Indexes of constraints are part of the constraint |
//! | View | Definition (the query), Options, Columns (`name type`, as `CREATE OR REPLACE` may only add at the end) |
//! | MaterializedView | Definition (the query), Columns, Options, Tablespace, AccessMethod, ClusteredOn; its indexes are Index objects |
//! | Function, Procedure | Definition (the whole `CREATE OR REPLACE ...`), Arguments, Parameters, Returns |
//! | Aggregate | Definition (the whole `CREATE AGGREGATE ...`), Arguments |
//! | Trigger | Definition (the whole `CREATE TRIGGER ...`), Enabled. Those that a partition inherits from its table are left out |
//! | Rule | Definition (the whole `CREATE RULE ...`), Enabled |
//! | Policy | Definition (the part after the table: `AS ... FOR ... TO ... USING ... WITH CHECK ...`) |
//! | EventTrigger | Definition (the part after the name: `ON ... WHEN ... EXECUTE FUNCTION ...`), Enabled |
//!
//! Objects outside the model that are dropped with an object are in its DroppedAlong, for every kind.
//!
//! `needs` come from `pg_depend`: with column granularity, without the object's own table (which is implied), and for a
//! sequence without the column that owns it.

mod builder;
mod canonical;
mod collations;
mod columns;
mod comments;
mod constraints;
mod dropped_along;
mod followed;
mod followed_overview;
mod followed_query;
mod indexes;
mod names;
mod needs;
mod not_null;
mod options;
mod programs;
mod query_context;
mod relations;
mod repeated;
mod routines;
mod row;
mod table_columns;
mod types;
mod unmodelled;
mod version;

use self::builder::SchemaBuilder;
pub(super) use self::followed::FollowedCatalog;
use self::followed::{follow, mark, rebase};
use self::query_context::QueryContext;
pub(super) use self::repeated::RepeatedQueries;
use self::row::CatalogRow;
use self::table_columns::table_columns;
use self::version::version;
use super::Postgres;
use super::errors::ConnectionError;
use super::version_guard::quote_literal;
use super::wire::{ResponseListener, WireConnection, WireRows};
use crate::database::statements::companions;
use crate::database::{CatalogReader, CatalogRequest, DatabaseError, KnownCatalog, TableColumns, VersionTable};
use crate::schema::Schema;
use crate::sql::Dialect;
use crate::sql::qualified;

/// A query and the reader for its rows.
type CatalogQuery = (fn(&QueryContext) -> String, fn(&mut CatalogRow, &mut SchemaBuilder));

/// In an order in which each reader finds the objects that it refers to.
const STEPS: [CatalogQuery; 22] = [
    (names::dependencies, names::read_dependency),
    (names::namespaces, names::read_namespace),
    (names::extensions, names::read_extension),
    (collations::collations, collations::read_collation),
    (types::types, types::read_type),
    (types::labels, types::read_labels),
    (types::ranges, types::read_range),
    (relations::relations, relations::read_relation),
    (relations::parents, relations::read_parent),
    (columns::columns, columns::read_column),
    (relations::sequences, relations::read_sequence),
    (constraints::constraints, constraints::read_constraint),
    (not_null::not_null_constraints, not_null::read_not_null_constraint),
    (indexes::indexes, indexes::read_index),
    (indexes::statistics, indexes::read_statistics),
    (programs::rules, programs::read_rule),
    (programs::triggers, programs::read_trigger),
    (programs::policies, programs::read_policy),
    (routines::routines, routines::read_routine),
    (routines::aggregates, routines::read_aggregate),
    (programs::event_triggers, programs::read_event_trigger),
    (dropped_along::dropped_along, dropped_along::read_dropped_along),
];

/// Queries that are read at the end, in this order.
const LAST: [CatalogQuery; 2] =
    [(unmodelled::unmodelled, unmodelled::read_unmodelled), (comments::comments, comments::read_comment)];

/// Settings that affect the server's output, with the values for reading. JIT compilation would take longer than the
/// queries.
const SETTINGS: [(&str, &str); 8] = [
    ("search_path", ""),
    ("DateStyle", "ISO"),
    ("IntervalStyle", "postgres"),
    ("TimeZone", "UTC"),
    ("bytea_output", "hex"),
    ("extra_float_digits", "1"),
    ("quote_all_identifiers", "off"),
    ("jit", "off"),
];

/// Number of statements before all queries: [`without`] and [`set`].
const BEFORE: usize = 2;

impl CatalogReader for Postgres<'_> {
    fn catalog(&mut self, request: &CatalogRequest) -> Result<Schema, DatabaseError> {
        read(self, request)
    }

    fn table_columns(&mut self, request: &CatalogRequest) -> Result<Option<Vec<TableColumns>>, DatabaseError> {
        table_columns(self, request).map(Some)
    }

    fn expect_repeated_reads(&mut self) {
        self.repeated = Some(RepeatedQueries::default());
    }

    fn has_catalog_version(&self) -> bool {
        true
    }

    fn catalog_version(&mut self, request: &CatalogRequest) -> Result<Option<String>, DatabaseError> {
        version(self, request)
    }

    fn versioned_catalog_text(&mut self, request: &CatalogRequest) -> Result<(Option<String>, String), DatabaseError> {
        read_versioned(self, request).map(|(version, schema)| (version, schema.to_json()))
    }

    fn catalog_mark(&mut self, request: &CatalogRequest) -> Result<Option<String>, DatabaseError> {
        if self.repeated.is_some() { mark(self, request) } else { version(self, request) }
    }

    fn known_catalog(&self) -> Option<KnownCatalog> {
        self.repeated.as_ref().map(|_| KnownCatalog(Box::new(self.followed.clone())))
    }

    fn follow_known_catalog(&mut self, known: &KnownCatalog, is_copy: bool) -> Result<(), DatabaseError> {
        match known.0.downcast_ref::<FollowedCatalog>() {
            Some(known) => follow(self, known, is_copy),
            None => Ok(()),
        }
    }

    fn rebase_catalog_mark(
        &mut self,
        request: &CatalogRequest,
        mark: Option<String>,
    ) -> Result<Option<String>, DatabaseError> {
        if self.repeated.is_some() { rebase(self, request) } else { Ok(mark) }
    }
}

/// Reads the contents of the database with one message, whose statements only read.
fn read(database: &mut Postgres, request: &CatalogRequest) -> Result<Schema, DatabaseError> {
    read_with(database, request, None).map(|(_, schema)| schema)
}

/// Reads the version of the catalog and then the contents, with one message.
fn read_versioned(
    database: &mut Postgres,
    request: &CatalogRequest,
) -> Result<(Option<String>, Schema), DatabaseError> {
    let query = version::query(&QueryContext::new(&database.server.version, request));
    let (rows, schema) = read_with(database, request, Some(query))?;
    Ok((version::parse_version(rows, request), schema))
}

/// Reads the contents, and before that the answer to another query.
fn read_with(
    database: &mut Postgres,
    request: &CatalogRequest,
    first: Option<String>,
) -> Result<(WireRows, Schema), DatabaseError> {
    let ask = QueryContext::new(&database.server.version, request);
    let before = BEFORE + usize::from(first.is_some());
    let queries = first.into_iter().chain(STEPS.iter().chain(&LAST).map(|(query, _)| query(&ask))).collect();
    let reading = database.ask_repeatedly(queries, |link, queries| {
        let message: Vec<String> = [without(request), set()].into_iter().chain(queries).chain([reset()]).collect();
        link.ask_for(&message.join(";\n"), || CatalogReading::new(request.owners, before))
    })?;
    let CatalogReading { mut draft, first, .. } = reading.1;
    needs::set(&mut draft);
    Ok((first, draft.into_schema()))
}

impl Postgres<'_> {
    /// Sends queries with `send`: prepared ones if this session reads the catalog repeatedly.
    fn ask_repeatedly<T>(
        &mut self,
        queries: Vec<String>,
        send: impl Fn(&mut WireConnection<'_>, Vec<String>) -> Result<T, ConnectionError>,
    ) -> Result<T, ConnectionError> {
        let Some(repeated) = &mut self.repeated else { return send(&mut self.link, queries) };
        let executed = repeated.executed(&mut self.link, &queries)?;
        match send(&mut self.link, executed) {
            Err(error) if repeated.forgets(&error) => send(&mut self.link, queries),
            other => other,
        }
    }
}

/// Processes the result of one query while the server executes the next.
struct CatalogReading {
    draft: SchemaBuilder,
    /// Number of statements of the message before [`STEPS`].
    before: usize,
    /// Rows of the statement behind the [`BEFORE`] first ones, if it is not one of [`STEPS`].
    first: WireRows,
    /// Number of statements of the message that have ended.
    ended: usize,
}

impl CatalogReading {
    fn new(owners: bool, before: usize) -> Self {
        Self { draft: SchemaBuilder::new(owners), before, first: WireRows::new(), ended: 0 }
    }

    fn each(&mut self, rows: WireRows, read: fn(&mut CatalogRow, &mut SchemaBuilder)) {
        for values in rows {
            read(&mut CatalogRow::new(values), &mut self.draft);
        }
    }
}

impl ResponseListener for CatalogReading {
    fn wants_rows(&self) -> bool {
        true
    }

    fn rows(&mut self, rows: WireRows) -> WireRows {
        match self.ended.checked_sub(self.before) {
            Some(step) => {
                if let Some((_, read)) = STEPS.iter().chain(&LAST).nth(step) {
                    self.each(rows, *read);
                }
            }
            None if self.ended == 0 => {
                let without = rows.into_iter().flatten().flatten();
                self.draft.without = without.filter_map(|oid| oid.parse().ok()).collect();
            }
            None if self.ended >= BEFORE => self.first = rows,
            None => {} // the settings
        }
        self.ended += 1;
        WireRows::new()
    }
}

/// Query for the OIDs of the version tables, journals, leases and snapshots, found by the caller's `search_path`.
fn without(request: &CatalogRequest) -> String {
    let names = request.without.iter().flat_map(companions);
    let found = |table: VersionTable| {
        let name = qualified(table.schema.as_deref(), &table.name, Dialect::POSTGRES);
        format!("pg_catalog.to_regclass({})::oid", quote_literal(&name))
    };
    let found: Vec<String> = names.map(found).collect();
    format!("SELECT {}", if found.is_empty() { "NULL".to_owned() } else { found.join(", ") })
}

/// Sets the settings until the end of the transaction (the message itself, if none is open), and saves their old
/// values.
fn set() -> String {
    let each = SETTINGS.iter().map(|(name, value)| {
        format!(
            "set_config('aludel_before.{name}', pg_catalog.current_setting('{name}'), true), \
             pg_catalog.set_config('{name}', '{value}', true)"
        )
    });
    format!("SELECT pg_catalog.{}", each.collect::<Vec<_>>().join(", pg_catalog."))
}

/// Restores the values that [`set`] saved, for a transaction that continues.
fn reset() -> String {
    let each = SETTINGS.iter().map(|(name, _)| {
        format!("pg_catalog.set_config('{name}', pg_catalog.current_setting('aludel_before.{name}'), true)")
    });
    format!("SELECT {}", each.collect::<Vec<_>>().join(", "))
}
