//! NOT NULL constraints, which have names since PostgreSQL 18 (17 for domains). Setting NOT NULL by way of a validated
//! check is left to the plan.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::name::{self, identifier, literal};
use super::plan::{AlterKind, PlannedStatement};
use crate::schema::{Attribute, Key, Kind, Object, Schema};

/// Parsed [`Attribute::NotNullConstraint`].
struct NotNullConstraint<'o> {
    name: &'o str,
    is_no_inherit: bool,
    is_not_valid: bool,
    comment: Option<&'o str>,
}

/// The table's own constraint, else the one that it has from a table above.
fn constraint(object: &Object) -> Option<NotNullConstraint<'_>> {
    own_constraint(object).or_else(|| read_constraint(object, Attribute::InheritedNotNullConstraint))
}

fn own_constraint(object: &Object) -> Option<NotNullConstraint<'_>> {
    read_constraint(object, Attribute::NotNullConstraint)
}

fn read_constraint(object: &Object, attribute: Attribute) -> Option<NotNullConstraint<'_>> {
    let parts = object.list(attribute);
    let value = |name: &str| parts.iter().find_map(|part| part.strip_prefix(name)?.strip_prefix('='));
    let has = |word: &str| parts.iter().any(|part| part == word);
    Some(NotNullConstraint {
        name: value("name").filter(|_| object.has(Attribute::NotNull))?,
        is_no_inherit: has("no inherit"),
        is_not_valid: has("not valid"),
        comment: value("comment"),
    })
}

/// Returns whether `name` is the server's default name. Long default names are truncated in a way that is not
/// reproduced here.
fn is_usual(object: &Object, name: &str) -> bool {
    let key = &object.key;
    let column = key.table.as_ref().map(|table| format!("{table}_{}_not_null", key.name));
    let usual = column.unwrap_or_else(|| format!("{}_not_null", key.name));
    name.len() < 60 && name == usual && !object.has(Attribute::NotNullNameTaken)
}

/// Marks the objects of `to` for whose constraint the name is in use in the namespace before the change. A domain that is
/// re-created has its own old one beside it.
pub(super) fn mark_taken_names<'s>(from: &Schema, to: Cow<'s, Schema>) -> Cow<'s, Schema> {
    let mut holders: BTreeMap<(Option<String>, String), Vec<&Key>> = BTreeMap::new();
    for object in from.objects() {
        if let Some(name) = constraint_name(object) {
            holders.entry(name).or_default().push(&object.key);
        }
    }
    let is_taken = |object: &&Object| {
        let holders = constraint_name(object).and_then(|name| holders.get(&name));
        holders.is_some_and(|keys| keys.iter().any(|key| **key != object.key || key.kind == Kind::Domain))
    };
    let taken: Vec<Key> = to.objects().filter(is_taken).map(|object| object.key.clone()).collect();
    if taken.is_empty() {
        return to;
    }
    let mut to = to.into_owned();
    for key in taken {
        if let Some(object) = to.get_mut(&key) {
            object.set_if(Attribute::NotNullNameTaken, true);
        }
    }
    Cow::Owned(to)
}

/// The constraint's name with the namespace in which the server keeps such names apart.
fn constraint_name(object: &Object) -> Option<(Option<String>, String)> {
    Some((object.key.namespace.clone(), constraint(object)?.name.to_owned()))
}

/// Returns ` NOT NULL` for a column or domain definition, with its name if that is not the default. A NOT VALID
/// constraint cannot be written there: see [`statements`].
pub(super) fn inline(object: &Object) -> String {
    match constraint(object) {
        None if object.has(Attribute::NotNull) => " NOT NULL".to_owned(),
        None => String::new(),
        Some(found) if found.is_not_valid => String::new(),
        Some(found) => {
            let named = !is_usual(object, found.name);
            let named = if named { format!(" CONSTRAINT {}", identifier(found.name)) } else { String::new() };
            format!("{named} NOT NULL{}", no_inherit(&found))
        }
    }
}

const fn no_inherit(constraint: &NotNullConstraint<'_>) -> &'static str {
    if constraint.is_no_inherit { " NO INHERIT" } else { "" }
}

/// The table constraint by which CREATE TABLE gives a column from a table above a NOT NULL of its own. The server takes the name
/// for the one that comes from above too, and renames it never after.
pub(super) fn beside_inherited(column: &Object) -> Option<String> {
    let found = own_constraint(column).filter(|found| !found.is_not_valid)?;
    let (name, own) = (identifier(found.name), identifier(&column.key.name));
    Some(format!("CONSTRAINT {name} NOT NULL {own}{}", no_inherit(&found)))
}

/// Returns the ADD CONSTRAINT action, if SET NOT NULL would create a different constraint.
pub(super) fn addition(object: &Object) -> Option<String> {
    let found = constraint(object)?;
    let is_plain = is_usual(object, found.name) && !found.is_no_inherit && !found.is_not_valid;
    (!is_plain).then(|| added(object, &found))
}

fn added(object: &Object, found: &NotNullConstraint<'_>) -> String {
    let column =
        if object.key.kind == Kind::Domain { String::new() } else { format!(" {}", identifier(&object.key.name)) };
    let not_valid = if found.is_not_valid { " NOT VALID" } else { "" };
    format!("ADD CONSTRAINT {} NOT NULL{column}{}{not_valid}", identifier(found.name), no_inherit(found))
}

/// Returns the statements needed after the column (or domain) exists: a NOT VALID constraint, and the comment.
pub(super) fn statements(object: &Object, schema: &Schema) -> Vec<String> {
    let Some(found) = constraint(object) else { return Vec::new() };
    // CREATE TABLE ... INHERITS hands it down; a partition is a table of its own first.
    let is_partition = || {
        object
            .key
            .parent(Kind::Table)
            .and_then(|key| schema.get(&key))
            .is_some_and(|table| table.has(Attribute::PartitionOf))
    };
    let is_made_here = own_constraint(object).is_some() || is_partition();
    let open = (found.is_not_valid && is_made_here).then(|| format!("{} {}", head(object), added(object, &found)));
    open.into_iter().chain(comment(object, None)).collect()
}

/// Returns the statement for the comment if it differs from that of `before`.
pub(super) fn comment(object: &Object, before: Option<&Object>) -> Option<String> {
    let found = constraint(object)?;
    let old = before.and_then(constraint).and_then(|old| old.comment);
    let text = found.comment.map_or_else(|| "NULL".to_owned(), literal);
    let place = match object.key.kind {
        Kind::Domain => format!("DOMAIN {}", name::own(&object.key)),
        _ => name::table(&object.key),
    };
    (found.comment != old).then(|| format!("COMMENT ON CONSTRAINT {} ON {place} IS {text}", identifier(found.name)))
}

fn head(object: &Object) -> String {
    match object.key.kind {
        Kind::Domain => format!("ALTER DOMAIN {}", name::own(&object.key)),
        _ => format!("ALTER TABLE {}", name::table(&object.key)),
    }
}

/// Returns the changes from the old to the new constraint, if both exist.
pub(super) fn changes(before: &Object, after: &Object) -> Vec<PlannedStatement> {
    let (Some(old), Some(new)) = (own_constraint(before), own_constraint(after)) else { return Vec::new() };
    let head = head(after);
    let name = identifier(new.name);
    let mut lines = Vec::new();
    if old.name != new.name {
        lines.push(PlannedStatement::new(format!("{head} RENAME CONSTRAINT {} TO {name}", identifier(old.name))));
    }
    if old.is_no_inherit != new.is_no_inherit {
        let inherit = if new.is_no_inherit { "NO INHERIT" } else { "INHERIT" };
        lines.push(PlannedStatement::new(format!("{head} ALTER CONSTRAINT {name} {inherit}")));
    }
    match (old.is_not_valid, new.is_not_valid) {
        (true, false) => lines.push(PlannedStatement::new(format!("{head} VALIDATE CONSTRAINT {name}"))),
        // An existing constraint cannot be made NOT VALID: replace it.
        (false, true) => {
            lines.push(PlannedStatement::new(format!("{head} DROP CONSTRAINT {name}")));
            lines.push(PlannedStatement::new(format!("{head} {}", added(after, &new))));
        }
        _ => {}
    }
    lines.extend(comment(after, Some(before)).map(PlannedStatement::new));
    lines
}

/// Returns `SET NOT NULL`, or ADD CONSTRAINT if the name is not the default, followed by the comment.
pub(super) fn set(column: &Object) -> Vec<PlannedStatement> {
    let table = name::table(&column.key);
    let set = format!("ALTER COLUMN {} SET NOT NULL", identifier(&column.key.name));
    let set = PlannedStatement::on_table(&table, AlterKind::Setting, addition(column).unwrap_or(set));
    [set].into_iter().chain(comment(column, None).map(PlannedStatement::new)).collect()
}

/// Gives the columns of a table that is attached or detached the constraint that they have between the two: DETACH PARTITION
/// makes the one from above the table's own, and ATTACH PARTITION leaves its name as it is. Without a rename in between, the way
/// there would fail after the way back.
pub(super) fn follow_moved_tables<'s>(from: &mut Schema, to: Cow<'s, Schema>) -> Cow<'s, Schema> {
    let tables = from.objects().filter(|object| object.key.kind == Kind::Table);
    let moves = |table: &&Object| to.get(&table.key).is_some_and(|after| is_moved(table, after));
    let moved: Vec<Key> = tables.filter(moves).map(|table| table.key.clone()).collect();
    if moved.is_empty() {
        return to;
    }
    let mut to = to.into_owned();
    for table in &moved {
        make_own(from, table);
        make_own(&mut to, table);
    }
    Cow::Owned(to)
}

/// Returns `true` if the table leaves all that it was below before it is below others.
fn is_moved(before: &Object, after: &Object) -> bool {
    let above = |table: &Object| -> BTreeSet<String> {
        let partitioned = table.text(Attribute::PartitionOf).map(str::to_owned);
        partitioned.into_iter().chain(table.list(Attribute::Inherits).iter().cloned()).collect()
    };
    let (old, new) = (above(before), above(after));
    let stands_alone = |table: &Object| table.list(Attribute::Inherits).is_empty();
    let is_made_anew = before.text(Attribute::PartitionBy) != after.text(Attribute::PartitionBy);
    old != new && old.is_disjoint(&new) && (stands_alone(before) || stands_alone(after)) && !is_made_anew
}

fn make_own(schema: &mut Schema, table: &Key) {
    let columns: Vec<Key> = schema.columns(table).into_iter().map(|column| column.key.clone()).collect();
    for key in columns {
        if let Some(column) = schema.get_mut(&key)
            && let Some(constraint) = column.attributes.remove(&Attribute::InheritedNotNullConstraint)
        {
            column.attributes.insert(Attribute::NotNullConstraint, constraint);
        }
    }
}
