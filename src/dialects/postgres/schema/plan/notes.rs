//! Lock notes for statements that block sessions on existing tables. The locks are derived from the statements
//! themselves.

use std::collections::{BTreeMap, BTreeSet};

use crate::dialects::postgres::schema::alter::column;
use crate::dialects::postgres::schema::name;
use crate::schema::{Attribute, Key, Kind, Object, Schema, Script, Statement, StatementNote};
use crate::sql::{Blocks, Dialect, Work, impact};

type TableRef<'s> = (Option<&'s str>, &'s str);

/// Facts about the tables that existed before.
struct KnownTables<'s> {
    tables: BTreeSet<TableRef<'s>>,
    /// Partitioned tables, which have no rows of their own.
    partitioned: BTreeSet<TableRef<'s>>,
    /// Columns with another type or collation: the text that changes it, and the work that this takes.
    retyped: BTreeMap<TableRef<'s>, Vec<(String, Work)>>,
    /// Indexes by qualified name, with their tables.
    indexes: BTreeMap<String, &'s Object>,
}

/// Adds a note for each lock that blocks writes on a table that existed before. `renamed` is the schema `from` with the
/// new names.
pub(in crate::dialects::postgres::schema) fn note_locks(
    script: &mut Script,
    from: &Schema,
    renamed: &Schema,
    to: &Schema,
) {
    let known = KnownTables::new(from, renamed, to);
    for statement in script.parts.iter_mut().flat_map(|part| &mut part.statements) {
        known.note(statement);
    }
}

impl<'s> KnownTables<'s> {
    fn new(from: &'s Schema, renamed: &'s Schema, to: &Schema) -> Self {
        let with_rows = |object: &&Object| matches!(object.key.kind, Kind::Table | Kind::MaterializedView);
        let objects = || from.objects().chain(renamed.objects());
        let partitioned = objects().filter(with_rows).filter(|table| table.has(Attribute::PartitionBy));
        let mut retyped: BTreeMap<TableRef<'_>, Vec<(String, Work)>> = BTreeMap::new();
        for before in renamed.objects().filter(|object| object.key.kind == Kind::Column) {
            let Some((after, work)) =
                to.get(&before.key).and_then(|after| Some((after, type_work(before, after, renamed, to)?)))
            else {
                continue;
            };
            let of_type = after.text(Attribute::Type).unwrap_or_default();
            let text = format!("ALTER COLUMN {} TYPE {of_type}", name::identifier(&after.key.name));
            retyped.entry(of_column(&before.key)).or_default().push((text, work));
        }
        let indexes = objects().filter(|object| is_index(object.key.kind));
        Self {
            tables: objects().filter(with_rows).map(|table| of_table(&table.key)).collect(),
            partitioned: partitioned.map(|table| of_table(&table.key)).collect(),
            retyped,
            indexes: indexes.map(|index| (name::own(&index.key), index)).collect(),
        }
    }

    fn note(&self, statement: &mut Statement) {
        if statement.notes.iter().any(|note| matches!(note, StatementNote::Locks(_))) {
            return;
        }
        statement.notes.extend(self.moved_index(&statement.sql).map(StatementNote::Locks));
        for lock in impact(&statement.sql, Dialect::POSTGRES).locks {
            let table = (lock.table.schema.as_deref(), lock.table.name.as_str());
            if !self.tables.contains(&table) || lock.blocks < Blocks::Writes || lock.blocks == Blocks::Unknown {
                continue;
            }
            let work = match lock.work {
                Work::Rewrite if only_types(&statement.sql) => self.work_of_types(table, &statement.sql),
                // The indexes of the partitions are built by statements of their own.
                Work::Scan if is_index_only(&statement.sql) && self.partitioned.contains(&table) => Work::Catalog,
                work => work,
            };
            let how_long = match work {
                Work::Catalog => "for a moment",
                Work::Rows => "while the rows it names are written",
                Work::Scan => "while every row is read",
                Work::Rewrite => "while the table is rewritten",
            };
            statement.notes.push(StatementNote::Locks(format!("{} on {}, {how_long}", lock.name, short(&lock.table))));
        }
    }

    /// Returns the work of all changes of types in the statement.
    fn work_of_types(&self, table: TableRef<'_>, sql: &str) -> Work {
        let columns = self.retyped.get(&table).into_iter().flatten();
        columns.filter(|(text, _)| sql.contains(text.as_str())).map(|(_, work)| *work).max().unwrap_or(Work::Rewrite)
    }

    /// Returns the lock of a statement that moves an index to another tablespace. It is a lock on the index only, but
    /// each query on the table needs it.
    fn moved_index(&self, sql: &str) -> Option<String> {
        let (own, _) = sql.strip_prefix("ALTER INDEX ")?.split_once(" SET TABLESPACE ")?;
        let key = &self.indexes.get(own)?.key;
        let table = of_column(key);
        let copied = if self.partitioned.contains(&table) { "for a moment" } else { "while it is copied" };
        Some(format!("ACCESS EXCLUSIVE on the index {}, which every query of its table needs, {copied}", key.name))
    }
}

/// Returns the work of a change of the column's type or collation; `None` if neither changes. A type that only becomes
/// wider, or another collation, leaves the rows as they are (manual, ALTER TABLE, Notes). Checks are read again, and
/// indexes are built again under another collation.
fn type_work(before: &Object, after: &Object, from: &Schema, to: &Schema) -> Option<Work> {
    let text = |object: &Object, attribute| object.text(attribute).unwrap_or_default().to_owned();
    let [old, new] = [before, after].map(|column| text(column, Attribute::Type));
    let moves = text(before, Attribute::Collation) != text(after, Attribute::Collation);
    if old == new && !moves {
        return None;
    }
    if !column::cast_of(before, after, false).keeps_rows {
        return Some(Work::Rewrite);
    }
    let reads = |object: &Object| object.key.kind == Kind::Check || moves && is_index(object.key.kind);
    let mut users = from.objects().filter(|object| reads(object) && object.needs.contains(&before.key));
    Some(if users.any(|user| to.get(&user.key).is_some()) { Work::Scan } else { Work::Catalog })
}

const fn is_index(kind: Kind) -> bool {
    matches!(kind, Kind::Index | Kind::PrimaryKey | Kind::Unique | Kind::Exclusion)
}

/// Returns whether a change of type is the only reason for which the server could rewrite the table.
fn only_types(sql: &str) -> bool {
    sql.contains(" TYPE ")
        && !["ADD COLUMN", " USING ", "LOGGED", "ACCESS METHOD", "EXPRESSION"].iter().any(|other| sql.contains(other))
}

/// Returns whether the statement creates an index or a key of one table without those below it.
fn is_index_only(sql: &str) -> bool {
    let adds_key = || [" PRIMARY KEY ", " UNIQUE ", " EXCLUDE "].iter().any(|key| sql.contains(key));
    sql.starts_with("CREATE ") && sql.contains(" ON ONLY ") || sql.starts_with("ALTER TABLE ONLY ") && adds_key()
}

fn of_table(table: &Key) -> TableRef<'_> {
    (table.namespace.as_deref(), table.name.as_str())
}

/// Returns the table of a column, index or constraint.
fn of_column(key: &Key) -> TableRef<'_> {
    (key.namespace.as_deref(), key.table.as_deref().unwrap_or_default())
}

fn short(table: &crate::sql::TableName) -> String {
    match table.schema.as_deref() {
        None | Some("public") => table.name.clone(),
        Some(schema) => format!("{schema}.{}", table.name),
    }
}
