//! A schema: objects by their keys. Knows no SQL.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::attribute::{Attribute, Value};
use super::key::{Key, Kind};
use crate::sql::Dialect;

/// One object of a database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Object {
    /// Its name.
    pub key: Key,
    /// What it is made of.
    pub attributes: BTreeMap<Attribute, Value>,
    /// What must be there before it, itself apart: the table of a column need not be named.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub needs: BTreeSet<Key>,
}

impl Object {
    /// An object without attributes.
    #[must_use]
    pub fn new(key: Key) -> Self {
        Self { key, attributes: BTreeMap::new(), needs: BTreeSet::new() }
    }

    /// Sets an attribute.
    pub fn set(&mut self, attribute: Attribute, value: impl Into<Value>) {
        self.attributes.insert(attribute, value.into());
    }

    /// Sets an attribute when there is a value.
    pub fn set_some(&mut self, attribute: Attribute, value: Option<impl Into<Value>>) {
        if let Some(value) = value {
            self.set(attribute, value);
        }
    }

    /// Says that an attribute holds, when it does.
    pub fn set_if(&mut self, attribute: Attribute, holds: bool) {
        if holds {
            self.attributes.insert(attribute, Value::Yes(true));
        }
    }

    /// Whether the attribute is there.
    #[must_use]
    pub fn has(&self, attribute: Attribute) -> bool {
        self.attributes.contains_key(&attribute)
    }

    /// The attribute's text; none when it is not there or no text.
    #[must_use]
    pub fn text(&self, attribute: Attribute) -> Option<&str> {
        self.attributes.get(&attribute).and_then(Value::text)
    }

    /// The attribute's list; empty when it is not there.
    #[must_use]
    pub fn list(&self, attribute: Attribute) -> &[String] {
        self.attributes.get(&attribute).map_or(&[], Value::list)
    }

    /// The attribute's number.
    #[must_use]
    pub fn number(&self, attribute: Attribute) -> Option<i64> {
        match self.attributes.get(&attribute) {
            Some(Value::Number(number)) => Some(*number),
            _ => None,
        }
    }
}

/// Something of the catalog that the model does not cover. It is named, and left alone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Unmodelled {
    /// What the catalog calls it: `text search configuration`, `publication`.
    pub kind: String,
    /// Its name, with its schema where it has one.
    pub name: String,
}

/// What a database holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schema {
    /// Whose SQL the attributes are spelled in.
    pub dialect: Dialect,
    objects: BTreeMap<Key, Object>,
    /// What the model does not cover.
    pub unmodelled: BTreeSet<Unmodelled>,
    /// Whether it was read from MariaDB, whose SQL has more than MySQL's: `CREATE OR REPLACE` of routines and triggers.
    pub is_mariadb: bool,
}

impl Schema {
    /// An empty one.
    #[must_use]
    pub fn new(dialect: Dialect) -> Self {
        Self { dialect, objects: BTreeMap::new(), unmodelled: BTreeSet::new(), is_mariadb: false }
    }

    /// Adds an object; one of the same key is replaced.
    pub fn add(&mut self, object: Object) {
        self.objects.insert(object.key.clone(), object);
    }

    /// Takes an object out.
    pub fn remove(&mut self, key: &Key) -> Option<Object> {
        self.objects.remove(key)
    }

    /// The object.
    #[must_use]
    pub fn get(&self, key: &Key) -> Option<&Object> {
        self.objects.get(key)
    }

    /// The object, to be changed.
    pub fn get_mut(&mut self, key: &Key) -> Option<&mut Object> {
        self.objects.get_mut(key)
    }

    /// All objects in order of their keys.
    pub fn objects(&self) -> impl Iterator<Item = &Object> {
        self.objects.values()
    }

    /// How many objects there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.objects.len()
    }

    /// Whether there is nothing in it, not even what the model does not cover.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.objects.is_empty() && self.unmodelled.is_empty()
    }

    /// The objects of `kind` that belong to the table (or view) `table`, in order of their names. Takes the time of those
    /// found, not of the whole schema.
    pub fn of_table<'s>(&'s self, table: &Key, kind: Kind) -> impl Iterator<Item = &'s Object> + use<'s> {
        let first =
            Key { kind, namespace: table.namespace.clone(), table: Some(table.name.clone()), name: String::new() };
        let wanted = first.clone();
        let same =
            move |key: &Key| key.kind == wanted.kind && key.namespace == wanted.namespace && key.table == wanted.table;
        self.objects.range(first..).map(|(_, object)| object).take_while(move |object| same(&object.key))
    }

    /// The columns of a table in their order.
    #[must_use]
    pub fn columns(&self, table: &Key) -> Vec<&Object> {
        let mut columns: Vec<_> = self.of_table(table, Kind::Column).collect();
        columns.sort_by_key(|column| column.number(Attribute::Position));
        columns
    }

    /// The schema with everything of the PostgreSQL schema `old` in `new` instead; texts that name `old` name `new`. For
    /// an `old` whose name means nothing else anywhere.
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
        schema.unmodelled = self.unmodelled;
        for object in
            self.objects.into_values().filter(|object| object.key.kind != Kind::Namespace || object.key.name != old)
        {
            let attributes = object.attributes.into_iter().map(|(name, of)| (name, value(of))).collect();
            let needs = object.needs.into_iter().map(key).collect();
            schema.add(Object { key: key(object.key), attributes, needs });
        }
        schema
    }

    /// Keeps the objects that `keep` says yes to.
    pub fn retain(&mut self, mut keep: impl FnMut(&Object) -> bool) {
        self.objects.retain(|_, object| keep(object));
    }
}
