//! Schema under construction: objects with their addresses in the catalog. Independent of the queries.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap, HashSet};

use super::row::CatalogRow;
use crate::dialects::postgres::schema::normalize_expression;
use crate::schema::{Attribute, Key, Kind, Object, Schema, Unmodelled, Value};
use crate::sql::Dialect;

/// OIDs of the catalogs themselves, which are the same on every server (`src/include/catalog/pg_*.h`).
pub(super) mod class {
    pub(in super::super) const TYPE: u32 = 1247;
    pub(in super::super) const PROC: u32 = 1255;
    pub(in super::super) const CLASS: u32 = 1259;
    pub(in super::super) const ATTRDEF: u32 = 2604;
    pub(in super::super) const CONSTRAINT: u32 = 2606;
    pub(in super::super) const NAMESPACE: u32 = 2615;
    pub(in super::super) const REWRITE: u32 = 2618;
    pub(in super::super) const TRIGGER: u32 = 2620;
    pub(in super::super) const EXTENSION: u32 = 3079;
    pub(in super::super) const POLICY: u32 = 3256;
    pub(in super::super) const COLLATION: u32 = 3456;
    pub(in super::super) const EVENT_TRIGGER: u32 = 3466;
}

/// Address of an object as in `pg_depend`: its catalog, its OID, and a column number (0: the whole object).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct CatalogAddress {
    pub(super) class: u32,
    pub(super) oid: u32,
    pub(super) column: i32,
}

impl CatalogAddress {
    pub(super) const fn new(class: u32, oid: u32) -> Self {
        Self { class, oid, column: 0 }
    }

    pub(super) const fn column(relation: u32, column: i32) -> Self {
        Self { class: class::CLASS, oid: relation, column }
    }
}

/// Row of `pg_depend` between two user objects.
pub(super) struct Dependency {
    pub(super) from: CatalogAddress,
    pub(super) to: CatalogAddress,
    /// `deptype`.
    pub(super) kind: u8,
}

#[derive(Default)]
pub(super) struct SchemaBuilder {
    /// True if owners and privileges are read.
    pub(super) owners: bool,
    pub(super) objects: Vec<Object>,
    places: HashMap<CatalogAddress, usize>,
    /// Extension that each member object belongs to.
    pub(super) members: HashMap<CatalogAddress, CatalogAddress>,
    pub(super) dependencies: Vec<Dependency>,
    /// Relations to leave out.
    pub(super) without: HashSet<u32>,
    /// Columns of views. They become objects only if they have attributes.
    pub(super) view_columns: HashMap<CatalogAddress, Object>,
    /// Names of all columns, for lookups by number.
    pub(super) column_names: HashMap<CatalogAddress, String>,
    pub(super) unmodelled: BTreeSet<Unmodelled>,
    /// Names of foreign tables, by the addresses of the tables and of their row types.
    pub(super) foreign_tables: HashMap<CatalogAddress, String>,
    /// Comments that extensions have by default.
    pub(super) usual_comments: HashMap<CatalogAddress, String>,
    /// Relation whose columns are being read, and the position of the last one.
    position: (u32, i64),
}

impl SchemaBuilder {
    /// Creates an empty schema.
    pub(super) fn new(owners: bool) -> Self {
        Self { owners, ..Self::default() }
    }

    /// Adds an object, unless it is a member of an extension.
    pub(super) fn add(&mut self, address: CatalogAddress, object: Object) -> Option<&mut Object> {
        if self.members.contains_key(&address) {
            return None;
        }
        self.places.insert(address, self.objects.len());
        self.objects.push(object);
        self.objects.last_mut()
    }

    /// Makes `other` an alias of `address`.
    pub(super) fn alias(&mut self, other: CatalogAddress, address: CatalogAddress) {
        if let Some(place) = self.places.get(&address) {
            self.places.insert(other, *place);
        }
    }

    /// Returns the index in `objects` for an address. Falls back from a column to its whole object, and from a member
    /// of an extension to the extension.
    pub(super) fn object_index(&self, address: CatalogAddress) -> Option<usize> {
        let all = CatalogAddress { column: 0, ..address };
        let found = self.places.get(&address).or_else(|| self.places.get(&all));
        found.or_else(|| self.members.get(&all).and_then(|extension| self.places.get(extension))).copied()
    }

    /// Returns the object at exactly this address.
    pub(super) fn get_mut(&mut self, address: CatalogAddress) -> Option<&mut Object> {
        let place = *self.places.get(&address)?;
        self.objects.get_mut(place)
    }

    /// Returns the key of the object at exactly this address.
    pub(super) fn key(&self, address: CatalogAddress) -> Option<&Key> {
        let place = *self.places.get(&address)?;
        self.objects.get(place).map(|object| &object.key)
    }

    /// Returns the key for an object named `name` of kind `kind` that belongs to the relation.
    pub(super) fn key_within(&self, relation: u32, kind: Kind, name: &str) -> Option<Key> {
        let relation = self.key(CatalogAddress::new(class::CLASS, relation))?;
        Some(Key::of_table(kind, relation.namespace.as_deref(), &relation.name, name))
    }

    /// Returns the names of the relation's columns with these numbers; an expression (number 0) gives an empty name.
    pub(super) fn names(&self, relation: u32, numbers: &[i32]) -> Vec<String> {
        let name = |number: &i32| self.column_names.get(&CatalogAddress::column(relation, *number)).cloned();
        numbers.iter().map(|number| name(number).unwrap_or_default()).collect()
    }

    /// Returns the next position in the relation. Requires that the columns of a relation are read consecutively.
    pub(super) fn next_position(&mut self, relation: u32) -> i64 {
        let last = if self.position.0 == relation { self.position.1 } else { 0 };
        self.position = (relation, last + 1);
        last + 1
    }

    /// Reads owner and privileges. If they were not requested, they are kept only to restore them on an object that is
    /// dropped and recreated.
    pub(super) fn set_owner(&self, object: &mut Object, row: &mut CatalogRow) {
        let owner = row.some();
        if self.owners {
            object.set_some(Attribute::Owner, owner);
        } else if object.key.kind != Kind::Namespace {
            object.set_some(Attribute::HeldBy, owner);
        }
        self.set_grants(object, row);
    }

    /// Reads privileges, sorted so that the order in which they were granted does not matter.
    pub(super) fn set_grants(&self, object: &mut Object, row: &mut CatalogRow) {
        let Some(mut grants) = row.some_list() else { return };
        grants.sort();
        if !self.owners && object.key.kind != Kind::Namespace {
            object.set(Attribute::Held, grants);
        } else if self.owners {
            set_list(object, Attribute::Grants, grants);
        }
    }

    pub(super) fn leave(&mut self, kind: &str, name: String) {
        self.unmodelled.insert(Unmodelled { kind: kind.to_owned(), name });
    }

    pub(super) fn into_schema(self) -> Schema {
        let mut schema = Schema::new(Dialect::POSTGRES);
        let columns = self.view_columns.into_values().filter(|column| !column.attributes.is_empty());
        let objects = self.objects.into_iter().filter(|object| !is_usual_public(object));
        objects.chain(columns).map(with_settled_texts).for_each(|object| schema.add(object));
        schema.unmodelled = self.unmodelled;
        schema
    }
}

/// Normalizes expressions so that they survive a round trip through the server.
fn with_settled_texts(mut object: Object) -> Object {
    use Attribute as A;
    for name in [A::Definition, A::Predicate, A::Default, A::Generated, A::PartitionBy] {
        let text = object.text(name).map(normalize_expression);
        if let Some(Cow::Owned(text)) = text {
            object.set(name, text);
        }
    }
    object
}

/// Returns whether it is the namespace `public` in its initial state (with CREATE for PUBLIC before version 15).
fn is_usual_public(object: &Object) -> bool {
    let usual = |(attribute, value): (&Attribute, &Value)| match attribute {
        Attribute::Owner => value.text() == Some("pg_database_owner"),
        Attribute::Grants => {
            matches!(value.list(), [only] if only == "PUBLIC: USAGE" || only == "PUBLIC: CREATE, USAGE")
        }
        Attribute::DroppedAlong => true,
        _ => false,
    };
    object.key.kind == Kind::Namespace && object.key.name == "public" && object.attributes.iter().all(usual)
}

/// Sets a list unless it is empty.
pub(super) fn set_list(object: &mut Object, attribute: Attribute, list: Vec<String>) {
    if !list.is_empty() {
        object.set(attribute, list);
    }
}
