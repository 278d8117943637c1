//! Contents of a database, as far as statements and catalogs reveal it.

use std::collections::{BTreeMap, BTreeSet};

use super::statement::{ConstraintDefinition, ConstraintKind, DdlColumn, IndexDefinition, Volatility};
use crate::sql::{Dialect, TableName};

/// Kind of a relation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RelationKind {
    /// Table.
    #[default]
    Table,
    /// View.
    View,
    /// Materialized view.
    MaterializedView,
}

/// Table or view.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Relation {
    /// Name, without the default schema.
    pub name: TableName,
    /// Kind.
    pub kind: RelationKind,
    /// Created by the revisions that are examined, so that it has no rows and no users yet.
    pub is_new: bool,
    /// Temporary.
    pub is_temporary: bool,
    /// Columns in their order.
    pub columns: Vec<DdlColumn>,
    /// `false` if there are more columns than [`Relation::columns`] has (`CREATE TABLE ... AS`).
    pub has_all_columns: bool,
    /// Columns that the examined revisions added.
    pub new_columns: BTreeSet<String>,
    /// Indexes that belong to no constraint.
    pub indexes: Vec<IndexDefinition>,
    /// Indexes that the examined revisions added, by name.
    pub new_indexes: BTreeSet<String>,
    /// Constraints.
    pub constraints: Vec<ConstraintDefinition>,
    /// Partitioned table that it is a partition of.
    pub partition_of: Option<TableName>,
    /// Is the default partition of it.
    pub is_default_partition: bool,
    /// Has partitions.
    pub is_partitioned: bool,
    /// `UNLOGGED`.
    pub is_unlogged: bool,
    /// Texts of its triggers, by name.
    pub triggers: BTreeMap<String, String>,
    /// Options in upper case: `STRICT`, `ENGINE=INNODB`.
    pub options: String,
    /// Text of a view's query, if known.
    pub query: Option<String>,
    /// Instant changes of columns since the rows were last written, where they are counted.
    pub row_versions: usize,
}

impl Relation {
    /// Returns the column with this name. Letter case is ignored, as in most databases.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<&DdlColumn> {
        self.columns.iter().find(|column| column.name.eq_ignore_ascii_case(name))
    }

    /// Returns the column with this name for modification.
    pub fn column_mut(&mut self, name: &str) -> Option<&mut DdlColumn> {
        self.columns.iter_mut().find(|column| column.name.eq_ignore_ascii_case(name))
    }

    /// Returns `true` if the column was added by the examined revisions.
    #[must_use]
    pub fn is_new_column(&self, name: &str) -> bool {
        self.is_new || self.new_columns.iter().any(|new| new.eq_ignore_ascii_case(name))
    }

    /// Returns the columns of the primary key.
    #[must_use]
    pub fn primary_key(&self) -> Option<&[String]> {
        let is_key = |constraint: &&ConstraintDefinition| constraint.kind == ConstraintKind::PrimaryKey;
        self.constraints.iter().find(is_key).map(|constraint| constraint.columns.as_slice())
    }

    /// Returns the constraint with this name.
    #[must_use]
    pub fn constraint(&self, name: &str) -> Option<&ConstraintDefinition> {
        let is_named = |own: &str| own.eq_ignore_ascii_case(name);
        self.constraints.iter().find(|constraint| constraint.name.as_deref().is_some_and(is_named))
    }

    /// Returns the index with this name.
    #[must_use]
    pub fn index(&self, name: &str) -> Option<&IndexDefinition> {
        self.indexes.iter().find(|index| index.name.as_deref().is_some_and(|own| own.eq_ignore_ascii_case(name)))
    }

    /// Returns the columns of each complete index on the table: indexes without a condition, and those of keys.
    pub fn keys(&self) -> impl Iterator<Item = &[String]> {
        let of_constraint = |constraint: &&ConstraintDefinition| {
            matches!(constraint.kind, ConstraintKind::PrimaryKey | ConstraintKind::Unique)
        };
        let constraints = self.constraints.iter().filter(of_constraint).map(|constraint| constraint.columns.as_slice());
        let whole = |index: &&IndexDefinition| {
            index.predicate.is_none() && !index.is_invalid && matches!(index.method.as_str(), "btree" | "hash" | "")
        };
        constraints.chain(self.indexes.iter().filter(whole).map(|index| index.columns.as_slice()))
    }

    /// Returns `true` if the rows are known to have a value in the column: it is NOT NULL, or a valid CHECK requires it.
    #[must_use]
    pub fn has_no_nulls(&self, column: &str) -> bool {
        self.column(column).is_some_and(|column| column.is_not_null) || self.is_checked_not_null(column)
    }

    /// Returns `true` if a valid CHECK requires the column to have a value.
    #[must_use]
    pub fn is_checked_not_null(&self, column: &str) -> bool {
        self.constraints.iter().any(|constraint| match &constraint.kind {
            ConstraintKind::Check(text) if !constraint.not_valid => requires_value(text, column),
            _ => false,
        })
    }
}

/// Returns `true` if the condition holds only where the column has a value: `c IS NOT NULL`, alone or joined by AND.
fn requires_value(condition: &str, column: &str) -> bool {
    let text = condition.to_lowercase();
    if text.split_whitespace().any(|word| word.trim_matches(['(', ')']) == "or") {
        return false;
    }
    let column = column.to_lowercase();
    text.split(" and ").any(|part| {
        let part: String = part.chars().filter(|c| !matches!(c, '(' | ')' | '"' | '`')).collect();
        let part = part.trim();
        let negated = part.strip_prefix("not ").and_then(|rest| rest.strip_suffix("is null"));
        part.strip_suffix("is not null").or(negated).is_some_and(|name| name.trim() == column)
    })
}

/// Domain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DomainOutline {
    /// Type of its values.
    pub base: String,
    /// Has a CHECK.
    pub has_check: bool,
    /// Is NOT NULL.
    pub is_not_null: bool,
    /// Created by the examined revisions.
    pub is_new: bool,
}

/// Content of a database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outline {
    /// Dialect of the names and types.
    pub dialect: Dialect,
    pub(super) relations: BTreeMap<TableName, Relation>,
    /// Labels of enumerated types; and whether the examined revisions created them.
    pub(super) enums: BTreeMap<TableName, (Vec<String>, bool)>,
    pub(super) domains: BTreeMap<TableName, DomainOutline>,
    /// Volatility of functions, by name.
    pub(super) routines: BTreeMap<String, Volatility>,
    pub(super) new_routines: BTreeSet<String>,
    /// Schemas, databases, sequences and the like that the examined revisions created.
    pub(super) new_objects: BTreeSet<String>,
    /// Schemas that statements have created, or that the catalog lists.
    pub(super) schemas: BTreeSet<String>,
    /// New tables that were dropped again.
    pub(super) dropped_new: BTreeSet<TableName>,
    /// Sequences that belong to no column.
    pub(super) sequences: BTreeSet<TableName>,
    /// Settings of the session, by name in lower case.
    pub(super) settings: BTreeMap<String, String>,
}

impl Outline {
    /// Creates the outline of an empty database.
    #[must_use]
    pub const fn new(dialect: Dialect) -> Self {
        Self {
            dialect,
            relations: BTreeMap::new(),
            enums: BTreeMap::new(),
            domains: BTreeMap::new(),
            routines: BTreeMap::new(),
            new_routines: BTreeSet::new(),
            new_objects: BTreeSet::new(),
            schemas: BTreeSet::new(),
            dropped_new: BTreeSet::new(),
            sequences: BTreeSet::new(),
            settings: BTreeMap::new(),
        }
    }

    /// Adds a table or view.
    pub fn add_relation(&mut self, relation: Relation) {
        self.relations.insert(relation.name.clone(), relation);
    }

    /// Adds an enumerated type.
    pub fn add_enum(&mut self, name: TableName, labels: Vec<String>) {
        self.enums.insert(name, (labels, false));
    }

    /// Adds a domain.
    pub fn add_domain(&mut self, name: TableName, domain: DomainOutline) {
        self.domains.insert(name, domain);
    }

    /// Adds a function.
    pub fn add_routine(&mut self, name: String, volatility: Volatility) {
        self.routines.insert(name, volatility);
    }

    /// Adds a sequence that belongs to no column.
    pub fn add_sequence(&mut self, name: TableName) {
        self.sequences.insert(name);
    }

    /// Returns `true` if there is such a sequence that belongs to no column.
    #[must_use]
    pub fn has_sequence(&self, name: &TableName) -> bool {
        self.sequences.contains(&self.plain(name))
    }

    /// Returns `true` if there is such a function.
    #[must_use]
    pub fn has_routine(&self, name: &str) -> bool {
        self.routines.contains_key(name)
    }

    /// Adds a schema.
    pub fn add_schema(&mut self, name: String) {
        self.schemas.insert(name);
    }

    /// Marks everything as older than the revisions that are examined from now on.
    pub fn settle(&mut self) {
        for relation in self.relations.values_mut() {
            relation.is_new = false;
            relation.new_columns.clear();
            relation.new_indexes.clear();
        }
        self.enums.values_mut().for_each(|(_, is_new)| *is_new = false);
        self.domains.values_mut().for_each(|domain| domain.is_new = false);
        self.new_routines.clear();
        self.new_objects.clear();
        self.dropped_new.clear();
        self.settings.clear();
        self.relations.retain(|_, relation| !relation.is_temporary);
    }

    /// Returns the name without the default schema.
    #[must_use]
    pub fn plain(&self, name: &TableName) -> TableName {
        let default = self.dialect.change_rules().default_schema();
        // Temporary tables are found without their schema.
        let is_left_out = |schema: &str| Some(schema) == default || matches!(schema, "pg_temp" | "temp");
        let schema = name.schema.clone().filter(|schema| !is_left_out(schema));
        TableName { schema, name: name.name.clone() }
    }

    fn key(&self, name: &TableName) -> Option<TableName> {
        let plain = self.plain(name);
        if self.relations.contains_key(&plain) {
            return Some(plain);
        }
        // A search path may lead to another schema, and most databases ignore letter case.
        let mut matches = self.relations.keys().filter(|key| {
            key.name.eq_ignore_ascii_case(&plain.name) && (plain.schema.is_none() || plain.schema == key.schema)
        });
        matches.next().cloned().filter(|_| matches.next().is_none())
    }

    /// Returns the table or view with this name.
    #[must_use]
    pub fn relation(&self, name: &TableName) -> Option<&Relation> {
        self.relations.get(&self.key(name)?)
    }

    /// Returns the table or view with this name for modification.
    pub(super) fn relation_mut(&mut self, name: &TableName) -> Option<&mut Relation> {
        let key = self.key(name)?;
        self.relations.get_mut(&key)
    }

    /// Removes the table or view with this name.
    pub(super) fn remove(&mut self, name: &TableName) -> Option<Relation> {
        let key = self.key(name)?;
        self.relations.remove(&key)
    }

    /// Returns all tables and views.
    pub fn relations(&self) -> impl Iterator<Item = &Relation> {
        self.relations.values()
    }

    /// Returns `true` if the table may have rows and users: it is not known, or not created by the examined revisions. The
    /// server's own tables do not count.
    #[must_use]
    pub fn is_in_use(&self, name: &TableName) -> bool {
        match self.relation(name) {
            Some(relation) => !relation.is_new && !relation.is_temporary,
            None => !self.dropped_new.contains(&self.plain(name)) && !name.name.starts_with("pg_"),
        }
    }

    /// Returns the table that has this index.
    #[must_use]
    pub fn table_of_index(&self, index: &TableName) -> Option<&Relation> {
        let schema = self.plain(index).schema;
        self.relations
            .values()
            .filter(|relation| schema.is_none() || relation.name.schema == schema)
            .find(|relation| relation.index(&index.name).is_some() || relation.constraint(&index.name).is_some())
    }

    /// Returns the labels of an enumerated type.
    #[must_use]
    pub fn labels(&self, name: &TableName) -> Option<&[String]> {
        self.enums.get(&self.plain(name)).map(|(labels, _)| labels.as_slice())
    }

    /// Returns `true` if the examined revisions created the enumerated type.
    #[must_use]
    pub fn is_new_enum(&self, name: &TableName) -> bool {
        self.enums.get(&self.plain(name)).is_some_and(|(_, is_new)| *is_new)
    }

    /// Returns the domain with this name, as it is written as a type.
    #[must_use]
    pub fn domain(&self, name: &str) -> Option<&DomainOutline> {
        let (schema, name) = match name.rsplit_once('.') {
            Some((schema, name)) => (Some(schema.to_owned()), name),
            None => (None, name),
        };
        let name = TableName { schema, name: name.trim_matches('"').to_owned() };
        self.domains.get(&self.plain(&name))
    }

    /// Returns the volatility of a function; `None` for one that no statement created.
    #[must_use]
    pub fn volatility(&self, function: &str) -> Option<Volatility> {
        self.routines.get(function).copied()
    }

    /// Returns `true` if the examined revisions created the function.
    #[must_use]
    pub fn is_new_routine(&self, name: &str) -> bool {
        self.new_routines.contains(name)
    }

    /// Returns `true` if the examined revisions created the schema, database, sequence or the like.
    #[must_use]
    pub fn is_new_object(&self, name: &str) -> bool {
        self.new_objects.contains(name)
    }

    /// Returns a type, or the type of its values if it is a domain.
    #[must_use]
    pub fn base_type<'t>(&'t self, name: &'t str) -> &'t str {
        self.domain(name).map_or(name, |domain| domain.base.as_str())
    }

    /// Returns `true` if the schema is known: the default one, one of the server's own, one that was created, or one with a
    /// table.
    #[must_use]
    pub fn has_schema(&self, name: &str) -> bool {
        const OWN: [&str; 10] = [
            "information_schema",
            "pg_catalog",
            "pg_temp",
            "pg_toast",
            "mysql",
            "performance_schema",
            "sys",
            "temp",
            "main",
            "new",
        ];
        self.dialect.change_rules().default_schema() == Some(name)
            || OWN.contains(&name)
            || self.schemas.contains(name)
            || self.relations.keys().any(|key| key.schema.as_deref() == Some(name))
    }

    /// Returns the value of a setting that an earlier statement of the session has set.
    #[must_use]
    pub fn setting(&self, name: &str) -> Option<&str> {
        self.settings.get(name).map(|value| value.trim_matches('\''))
    }

    /// Sets a setting of the session that the server has.
    pub fn set(&mut self, name: &str, value: &str) {
        self.settings.insert(name.to_owned(), value.to_owned());
    }

    /// Returns the tables with a foreign key to this one, other than the table itself.
    pub fn referencing<'o>(&'o self, name: &TableName) -> impl Iterator<Item = &'o Relation> + use<'o> {
        let own = self.key(name);
        self.relations.values().filter(move |relation| {
            Some(&relation.name) != own.as_ref()
                && relation.constraints.iter().any(|constraint| match &constraint.kind {
                    ConstraintKind::ForeignKey(reference) => own.is_some() && self.key(&reference.table) == own,
                    _ => false,
                })
        })
    }

    /// Returns the tables with a foreign key to this one, those with a foreign key to them, and so on.
    #[must_use]
    pub fn all_referencing(&self, name: &TableName) -> Vec<TableName> {
        let mut found: Vec<TableName> = Vec::new();
        let mut next = vec![name.clone()];
        while let Some(referenced) = next.pop() {
            for relation in self.referencing(&referenced) {
                if !found.contains(&relation.name) {
                    found.push(relation.name.clone());
                    next.push(relation.name.clone());
                }
            }
        }
        found
    }

    /// Returns the partitions of a table, and theirs.
    pub fn partitions<'o>(&'o self, name: &TableName) -> impl Iterator<Item = &'o Relation> + use<'o> {
        let mut parents: Vec<TableName> = self.key(name).into_iter().collect();
        let mut found = Vec::new();
        while let Some(parent) = parents.pop() {
            let is_own = |relation: &&Relation| {
                relation.partition_of.as_ref().is_some_and(|own| self.key(own).as_ref() == Some(&parent))
            };
            for partition in self.relations.values().filter(is_own) {
                parents.push(partition.name.clone());
                found.push(partition);
            }
        }
        found.into_iter()
    }
}
