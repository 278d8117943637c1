//! The schema while it is read: objects with the addresses that the catalog knows them by. Must not know queries.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap, HashSet};

use super::row::Row;
use crate::schema::{Attribute, Key, Kind, Object, Schema, Unmodelled, Value, postgres::settled};
use crate::sql::Dialect;

/// The catalogs' own OIDs, which are the same everywhere (`src/include/catalog/pg_*.h`).
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
    pub(in super::super) const EVENT_TRIGGER: u32 = 3466;
}

/// How the catalog names an object: the catalog it is in, its number there, the column (0: all of it).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Address {
    pub(super) class: u32,
    pub(super) oid: u32,
    pub(super) column: i32,
}

impl Address {
    pub(super) const fn new(class: u32, oid: u32) -> Self {
        Self { class, oid, column: 0 }
    }

    pub(super) const fn column(relation: u32, column: i32) -> Self {
        Self { class: class::CLASS, oid: relation, column }
    }
}

/// A row of `pg_depend` between objects that are not the system's.
pub(super) struct Dependency {
    pub(super) from: Address,
    pub(super) to: Address,
    /// `deptype`.
    pub(super) kind: u8,
}

#[derive(Default)]
pub(super) struct Draft {
    /// Whether owners and privileges are wanted.
    pub(super) owners: bool,
    pub(super) objects: Vec<Object>,
    places: HashMap<Address, usize>,
    /// Who belongs to which extension.
    pub(super) members: HashMap<Address, Address>,
    pub(super) dependencies: Vec<Dependency>,
    /// Relations that are not wanted.
    pub(super) without: HashSet<u32>,
    /// The columns of views, which are objects only when there is something to tell of them.
    pub(super) view_columns: HashMap<Address, Object>,
    /// The names of all columns, to be looked up by their number.
    pub(super) column_names: HashMap<Address, String>,
    pub(super) unmodelled: BTreeSet<Unmodelled>,
    /// The names of foreign tables, by the addresses of these and of their row types.
    pub(super) foreign_tables: HashMap<Address, String>,
    /// The comments that extensions have by themselves.
    pub(super) usual_comments: HashMap<Address, String>,
    /// The relation whose columns are read, and how many of them were.
    position: (u32, i64),
}

impl Draft {
    /// An empty one.
    pub(super) fn new(owners: bool) -> Self {
        Self { owners, ..Self::default() }
    }

    /// Adds an object, unless an extension brought it.
    pub(super) fn add(&mut self, address: Address, object: Object) -> Option<&mut Object> {
        if self.members.contains_key(&address) {
            return None;
        }
        self.places.insert(address, self.objects.len());
        self.objects.push(object);
        self.objects.last_mut()
    }

    /// Makes `other` mean the same as `address`.
    pub(super) fn alias(&mut self, other: Address, address: Address) {
        if let Some(place) = self.places.get(&address) {
            self.places.insert(other, *place);
        }
    }

    /// The place in `objects` of what is at the address; what belongs to an extension is that extension.
    pub(super) fn place(&self, address: Address) -> Option<usize> {
        let all = Address { column: 0, ..address };
        let found = self.places.get(&address).or_else(|| self.places.get(&all));
        found.or_else(|| self.members.get(&all).and_then(|extension| self.places.get(extension))).copied()
    }

    /// The object at exactly this address.
    pub(super) fn get_mut(&mut self, address: Address) -> Option<&mut Object> {
        let place = *self.places.get(&address)?;
        self.objects.get_mut(place)
    }

    /// The key of the object at exactly this address.
    pub(super) fn key(&self, address: Address) -> Option<&Key> {
        let place = *self.places.get(&address)?;
        self.objects.get(place).map(|object| &object.key)
    }

    /// The key of something called `name` of kind `kind` that belongs to the relation.
    pub(super) fn key_within(&self, relation: u32, kind: Kind, name: &str) -> Option<Key> {
        let relation = self.key(Address::new(class::CLASS, relation))?;
        Some(Key::of_table(kind, relation.namespace.as_deref(), &relation.name, name))
    }

    /// The names of the relation's columns with these numbers; empty for an expression.
    pub(super) fn names(&self, relation: u32, numbers: &[i32]) -> Vec<String> {
        let name = |number: &i32| self.column_names.get(&Address::column(relation, *number)).cloned();
        numbers.iter().map(|number| name(number).unwrap_or_default()).collect()
    }

    /// The next place in the relation, whose columns come one after the other.
    pub(super) fn next_position(&mut self, relation: u32) -> i64 {
        let last = if self.position.0 == relation { self.position.1 } else { 0 };
        self.position = (relation, last + 1);
        last + 1
    }

    /// Reads owner and privileges: when they were not asked for, what the object gets back where it is made again.
    pub(super) fn set_owner(&self, object: &mut Object, row: &mut Row) {
        let owner = row.some();
        if self.owners {
            object.set_some(Attribute::Owner, owner);
        } else if object.key.kind != Kind::Namespace {
            object.set_some(Attribute::HeldBy, owner);
        }
        self.set_grants(object, row);
    }

    /// Reads privileges, in an order that does not depend on how they were given.
    pub(super) fn set_grants(&self, object: &mut Object, row: &mut Row) {
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
        let mut schema = Schema::new(Dialect::Postgres);
        let columns = self.view_columns.into_values().filter(|column| !column.attributes.is_empty());
        let objects = self.objects.into_iter().filter(|object| !is_usual_public(object));
        objects.chain(columns).map(with_settled_texts).for_each(|object| schema.add(object));
        schema.unmodelled = self.unmodelled;
        schema
    }
}

/// Expressions as they say the same when they are run.
fn with_settled_texts(mut object: Object) -> Object {
    use Attribute as A;
    for name in [A::Definition, A::Predicate, A::Default, A::Generated, A::PartitionBy] {
        let text = object.text(name).map(settled);
        if let Some(Cow::Owned(text)) = text {
            object.set(name, text);
        }
    }
    object
}

/// Whether it is the namespace `public` as every database has it from the start (version 15 on, before: with CREATE).
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

/// Sets a list, unless it is empty.
pub(super) fn set_list(object: &mut Object, attribute: Attribute, list: Vec<String>) {
    if !list.is_empty() {
        object.set(attribute, list);
    }
}
