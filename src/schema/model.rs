//! Schemas as sets of objects, independent of SQL.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::attribute::{Attribute, Value};
use super::key::{Key, Kind};
use crate::sql::{Dialect, Flavour};

/// An object of a database: a table, a column, an index, ...
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Object {
    /// Identity of the object: kind and name.
    pub key: Key,
    /// Properties of the object.
    pub attributes: BTreeMap<Attribute, Value>,
    /// Objects that must exist before this one. The table of a column, index or constraint is implied.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub needs: BTreeSet<Key>,
}

impl Object {
    /// Creates an object without attributes.
    #[must_use]
    pub fn new(key: Key) -> Self {
        Self { key, attributes: BTreeMap::new(), needs: BTreeSet::new() }
    }

    /// Sets an attribute.
    pub fn set(&mut self, attribute: Attribute, value: impl Into<Value>) {
        self.attributes.insert(attribute, value.into());
    }

    /// Sets an attribute if there is a value.
    pub fn set_some(&mut self, attribute: Attribute, value: Option<impl Into<Value>>) {
        if let Some(value) = value {
            self.set(attribute, value);
        }
    }

    /// Sets a flag if it holds. Flags that do not hold are absent.
    pub fn set_if(&mut self, attribute: Attribute, holds: bool) {
        if holds {
            self.attributes.insert(attribute, Value::Yes(true));
        }
    }

    /// Returns whether the attribute is present.
    #[must_use]
    pub fn has(&self, attribute: Attribute) -> bool {
        self.attributes.contains_key(&attribute)
    }

    /// Returns the text of an attribute, or `None` if it is absent or not a text.
    #[must_use]
    pub fn text(&self, attribute: Attribute) -> Option<&str> {
        self.attributes.get(&attribute).and_then(Value::text)
    }

    /// Returns the items of a list attribute, or an empty slice if it is absent.
    #[must_use]
    pub fn list(&self, attribute: Attribute) -> &[String] {
        self.attributes.get(&attribute).map_or(&[], Value::list)
    }

    /// Returns the number of an attribute, or `None` if it is absent or not a number.
    #[must_use]
    pub fn number(&self, attribute: Attribute) -> Option<i64> {
        match self.attributes.get(&attribute) {
            Some(Value::Number(number)) => Some(*number),
            _ => None,
        }
    }
}

/// An object in the catalog that the model does not cover. It is reported and otherwise left alone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Unmodelled {
    /// Kind in the catalog's words: `text search configuration`, `publication`.
    pub kind: String,
    /// Name, schema-qualified where the kind has a schema.
    pub name: String,
}

/// The objects of a database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schema {
    /// Dialect in which the attributes are spelled.
    pub dialect: Dialect,
    objects: BTreeMap<Key, Object>,
    /// Objects that the model does not cover.
    pub unmodelled: BTreeSet<Unmodelled>,
    /// Product that it was read from, as far as statements depend on it; otherwise the dialect's default.
    pub flavour: Flavour,
}

impl Schema {
    /// Creates an empty schema of the dialect's default product.
    #[must_use]
    pub fn new(dialect: Dialect) -> Self {
        let flavour = dialect.rules().default_flavour();
        Self { dialect, objects: BTreeMap::new(), unmodelled: BTreeSet::new(), flavour }
    }

    /// Adds an object, replacing one with the same key.
    pub fn add(&mut self, object: Object) {
        self.objects.insert(object.key.clone(), object);
    }

    /// Removes and returns an object.
    pub fn remove(&mut self, key: &Key) -> Option<Object> {
        self.objects.remove(key)
    }

    /// Returns the object with this key.
    #[must_use]
    pub fn get(&self, key: &Key) -> Option<&Object> {
        self.objects.get(key)
    }

    /// Returns the object with this key for modification.
    pub fn get_mut(&mut self, key: &Key) -> Option<&mut Object> {
        self.objects.get_mut(key)
    }

    /// Returns all objects, sorted by key.
    pub fn objects(&self) -> impl Iterator<Item = &Object> {
        self.objects.values()
    }

    /// Returns the number of objects.
    #[must_use]
    pub fn len(&self) -> usize {
        self.objects.len()
    }

    /// Returns whether the schema has no objects at all, modelled or not.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.objects.is_empty() && self.unmodelled.is_empty()
    }

    /// Returns the objects of `kind` that belong to `table` (a table or view), sorted by name. Runs in the time of a
    /// lookup plus the number of objects found.
    pub fn of_table<'s>(&'s self, table: &Key, kind: Kind) -> impl Iterator<Item = &'s Object> + use<'s> {
        let first =
            // Keys sort by kind, namespace, table and name, so that the objects wanted are adjacent.
            Key { kind, namespace: table.namespace.clone(), table: Some(table.name.clone()), name: String::new() };
        let wanted = first.clone();
        let same =
            move |key: &Key| key.kind == wanted.kind && key.namespace == wanted.namespace && key.table == wanted.table;
        self.objects.range(first..).map(|(_, object)| object).take_while(move |object| same(&object.key))
    }

    /// Returns the columns of a table, in column order.
    #[must_use]
    pub fn columns(&self, table: &Key) -> Vec<&Object> {
        let mut columns: Vec<_> = self.of_table(table, Kind::Column).collect();
        columns.sort_by_key(|column| column.number(Attribute::Position));
        columns
    }

    /// Returns the schema with the PostgreSQL schema `old` renamed to `new`, in keys and in every text. The replacement
    /// is purely textual, so `old` must not occur as a part of any other name or text.
    #[must_use]
    pub fn with_namespace(self, old: &str, new: &str) -> Self {
        let renamed = |text: &str| text.replace(old, new);
        let key =
            |key: Key| Key { namespace: key.namespace.map(|name| renamed(&name)), name: renamed(&key.name), ..key };
        let value = |value: Value| match value {
            Value::Text(text) => Value::Text(renamed(&text)),
            Value::List(list) => Value::List(list.iter().map(|text| renamed(text)).collect()),
            other => other,
        };
        let mut schema = Self::new(self.dialect);
        (schema.unmodelled, schema.flavour) = (self.unmodelled, self.flavour);
        for object in
            self.objects.into_values().filter(|object| object.key.kind != Kind::Namespace || object.key.name != old)
        {
            let attributes = object.attributes.into_iter().map(|(name, of)| (name, value(of))).collect();
            let needs = object.needs.into_iter().map(key).collect();
            schema.add(Object { key: key(object.key), attributes, needs });
        }
        schema
    }

    /// Removes the objects for which `keep` returns `false`.
    pub fn retain(&mut self, mut keep: impl FnMut(&Object) -> bool) {
        self.objects.retain(|_, object| keep(object));
    }
}
