//! JSON form of a schema, as stored beside the journal and in caches.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::attribute::{Attribute, Value};
use super::key::{Key, Kind};
use super::model::{Object, Schema, Unmodelled};
use super::object_change::ObjectChange;
use crate::sql::Dialect;

/// Format number of stored schemas. Incremented whenever the format changes, or a catalog reader returns something
/// different for the same database: schemas stored under another number are not comparable.
pub const FORMAT: u32 = 9;

/// Object of a catalog that consists of statements (SQLite's `sqlite_schema`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchemaEntry {
    /// [`Kind::Table`], [`Kind::Index`], [`Kind::View`] or [`Kind::Trigger`].
    pub kind: Kind,
    /// Name of the object.
    pub name: String,
    /// Table or view the object belongs to; the object's own name for a table or view.
    pub table: String,
    /// Statement that creates the object.
    pub sql: String,
}

#[derive(Serialize, Deserialize)]
struct Stored<'s> {
    format: u32,
    dialect: Cow<'s, str>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    objects: Vec<StoredObject<'s>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    statements: Vec<StoredStatement<'s>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    unmodelled: Vec<Unmodelled>,
    /// Absent for the dialect's default product.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    flavour: Option<Cow<'s, str>>,
}

/// Key, attributes, and the keys the object depends on.
type StoredObject<'s> = (StoredName<'s>, Cow<'s, BTreeMap<Attribute, Value>>, Vec<StoredName<'s>>);

/// Kind, name, table and SQL of an [`StoredEntry`].
type StoredStatement<'s> = (Kind, Cow<'s, str>, Cow<'s, str>, Cow<'s, str>);

/// Kind, namespace, table and name as a tuple: field names would make the text half as long again.
type StoredName<'s> = (Kind, Option<Cow<'s, str>>, Option<Cow<'s, str>>, Cow<'s, str>);

fn name(key: &Key) -> StoredName<'_> {
    (key.kind, key.namespace.as_deref().map(Cow::from), key.table.as_deref().map(Cow::from), (&*key.name).into())
}

fn row(object: &Object) -> StoredObject<'_> {
    (name(&object.key), Cow::Borrowed(&object.attributes), object.needs.iter().map(name).collect())
}

fn key((kind, namespace, table, name): StoredName<'_>) -> Key {
    let owned = |text: Cow<'_, str>| text.into_owned();
    Key { kind, namespace: namespace.map(owned), table: table.map(owned), name: owned(name) }
}

/// Serializes the statements of a catalog for [`Schema::from_json`], which parses them only when the schema is needed.
#[must_use]
pub fn statements_to_json(dialect: Dialect, entries: &[SchemaEntry]) -> String {
    let statements = entries.iter().map(statement).collect();
    json(&Stored { statements, ..Stored::empty(dialect) })
}

/// Returns the keys of the tables in the output of [`statements_to_json`], without parsing the statements; `None` for
/// any other text.
#[must_use]
pub fn tables_of_statements(text: &str) -> Option<Vec<Key>> {
    let stored: Stored<'_> = serde_json::from_str(text).ok()?;
    if !stored.has_only_statements() {
        return None;
    }
    // An empty catalog of any kind has neither objects nor statements.
    Dialect::named(&stored.dialect)?.schema_rules().schema_of_entries(&[], &BTreeSet::new())?;
    let tables = stored.statements.into_iter().filter(|(kind, ..)| *kind == Kind::Table);
    Some(tables.map(|(_, name, _, _)| Key::new(Kind::Table, None, &name)).collect())
}

/// Returns the objects in the output of [`Schema::to_json`] that are not modelled; none for any other text.
#[must_use]
pub fn unmodelled_of_json(text: &str) -> BTreeSet<Unmodelled> {
    let stored = text.contains("\"unmodelled\"").then(|| serde_json::from_str::<Stored<'_>>(text).ok()).flatten();
    stored.into_iter().flat_map(|stored| stored.unmodelled).collect()
}

/// Returns `true` if two outputs of [`statements_to_json`] have the same statements, but for the order of columns.
#[must_use]
pub fn are_equal_statements(one: &str, other: &str) -> bool {
    let parse = |text| serde_json::from_str(text).ok().filter(|stored: &Stored<'_>| stored.has_only_statements());
    let (Some(one), Some(other)): (Option<Stored<'_>>, Option<Stored<'_>>) = (parse(one), parse(other)) else {
        return false;
    };
    let Some(rules) = Dialect::named(&one.dialect).map(Dialect::schema_rules) else { return false };
    let is_equal = |(one, other): (&StoredStatement<'_>, &StoredStatement<'_>)| {
        let is_same_object = (one.0, &one.1, &one.2) == (other.0, &other.1, &other.2);
        is_same_object && (one.3 == other.3 || one.0 == Kind::Table && rules.is_reordered(&one.3, &other.3))
    };
    one.dialect == other.dialect
        && one.statements.len() == other.statements.len()
        && one.statements.iter().zip(&other.statements).all(is_equal)
}

fn statement(SchemaEntry { kind, name, table, sql }: &SchemaEntry) -> StoredStatement<'_> {
    (*kind, name.into(), table.into(), sql.into())
}

fn json(stored: &Stored<'_>) -> String {
    // Infallible: all map keys are strings, and all values are plain data.
    serde_json::to_string(stored).unwrap_or_default()
}

impl Stored<'_> {
    const fn has_only_statements(&self) -> bool {
        self.format == FORMAT && self.objects.is_empty() && self.unmodelled.is_empty()
    }

    fn empty(dialect: Dialect) -> Self {
        Self {
            format: FORMAT,
            dialect: dialect.name().into(),
            objects: Vec::new(),
            statements: Vec::new(),
            unmodelled: Vec::new(),
            flavour: None,
        }
    }
}

impl Schema {
    /// Serializes the schema.
    #[must_use]
    pub fn to_json(&self) -> String {
        let is_default = self.flavour == self.dialect.rules().default_flavour();
        json(&Stored {
            objects: self.objects().map(row).collect(),
            unmodelled: self.unmodelled.iter().cloned().collect(),
            flavour: (!is_default).then(|| self.flavour.name().into()),
            ..Stored::empty(self.dialect)
        })
    }

    /// Parses the output of [`Schema::to_json`] or [`statements_to_json`]. Returns `None` for malformed text, another
    /// [`FORMAT`], or an unknown product. Statements of the tables in `unread` are skipped, because they are known to
    /// be misread.
    #[must_use]
    pub fn from_json(text: &str, unread: &BTreeSet<Unmodelled>) -> Option<Self> {
        let stored: Stored<'_> = serde_json::from_str(text).ok()?;
        let dialect = Dialect::named(&stored.dialect)?;
        if stored.format != FORMAT {
            return None;
        }
        if !stored.statements.is_empty() {
            return of_statements(dialect, stored.statements, unread);
        }
        let mut schema = Self::new(dialect);
        if let Some(name) = stored.flavour {
            schema.flavour = dialect.rules().flavour_named(&name)?;
        }
        for (name, attributes, needs) in stored.objects {
            let needs = needs.into_iter().map(key).collect();
            schema.add(Object { key: key(name), attributes: attributes.into_owned(), needs });
        }
        schema.unmodelled = stored.unmodelled.into_iter().collect();
        Some(schema)
    }
}

/// Changes of one step, under a label of the caller.
pub type StoredStep = (String, Vec<ObjectChange>);

/// Key before, which is absent for a new object, and the object afterwards, which is absent for a dropped one.
type StoredChange<'s> = (Option<StoredName<'s>>, Option<StoredObject<'s>>);

/// Serializes the changes of consecutive steps, of which the first one starts from an empty schema. The state before a
/// change is left out: it is the one after an earlier change.
#[must_use]
pub fn changes_to_json(steps: &[StoredStep]) -> String {
    fn change(change: &ObjectChange) -> StoredChange<'_> {
        (change.before.as_ref().map(|before| name(&before.key)), change.after.as_ref().map(row))
    }
    let steps: Vec<(&str, Vec<StoredChange<'_>>)> =
        steps.iter().map(|(label, changes)| (label.as_str(), changes.iter().map(change).collect())).collect();
    // Infallible: all map keys are strings, and all values are plain data.
    serde_json::to_string(&(FORMAT, steps)).unwrap_or_default()
}

/// Parses the output of [`changes_to_json`]. Returns `None` for malformed text or another [`FORMAT`].
#[must_use]
pub fn changes_from_json(text: &str) -> Option<Vec<StoredStep>> {
    type StoredSteps<'s> = Vec<(String, Vec<StoredChange<'s>>)>;
    let (format, steps): (u32, StoredSteps<'_>) = serde_json::from_str(text).ok()?;
    let mut state: BTreeMap<Key, Object> = BTreeMap::new();
    let mut read = Vec::new();
    for (label, changes) in steps {
        // All old states first: a step may move one object to the key that another one leaves.
        let mut pairs = Vec::new();
        for (before, after) in changes {
            let before = match before {
                Some(name) => Some(state.remove(&key(name))?),
                None => None,
            };
            pairs.push((before, after));
        }
        let mut own = Vec::new();
        for (before, after) in pairs {
            let after = after.map(|(name, attributes, needs)| Object {
                key: key(name),
                attributes: attributes.into_owned(),
                needs: needs.into_iter().map(key).collect(),
            });
            state.extend(after.clone().map(|object| (object.key.clone(), object)));
            own.push(ObjectChange { before, after });
        }
        read.push((label, own));
    }
    (format == FORMAT).then_some(read)
}

fn of_statements(
    dialect: Dialect,
    statements: Vec<StoredStatement<'_>>,
    unread: &BTreeSet<Unmodelled>,
) -> Option<Schema> {
    let owned = |text: Cow<'_, str>| text.into_owned();
    let entries: Vec<SchemaEntry> = statements
        .into_iter()
        .map(|(kind, name, table, sql)| SchemaEntry { kind, name: owned(name), table: owned(table), sql: owned(sql) })
        .collect();
    let unread: BTreeSet<&str> =
        unread.iter().filter(|found| found.kind == Kind::Table.words()).map(|found| found.name.as_str()).collect();
    dialect.schema_rules().schema_of_entries(&entries, &unread)
}
