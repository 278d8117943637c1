//! Tests that apply to every dialect: differences, orders and rename candidates.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeSet;

use super::*;
use crate::sql::Dialect;

fn table(name: &str) -> Key {
    Key::new(Kind::Table, None, name)
}

fn column(table: &str, name: &str, of_type: &str, position: i64) -> Object {
    let mut column = Object::new(Key::of_table(Kind::Column, None, table, name));
    column.set(Attribute::Type, of_type);
    column.set(Attribute::Position, position);
    column
}

fn schema(objects: impl IntoIterator<Item = Object>) -> Schema {
    let mut schema = Schema::new(Dialect::SQLITE);
    objects.into_iter().for_each(|object| schema.add(object));
    schema
}

#[test]
fn a_place_in_the_table_is_no_difference_and_a_type_is() {
    let before = schema([Object::new(table("t")), column("t", "a", "int", 1)]);
    assert!(difference(&before, &schema([Object::new(table("t")), column("t", "a", "int", 2)])).is_empty());
    let after = schema([Object::new(table("t")), column("t", "a", "text", 1)]);
    let found = difference(&before, &after);
    let [change] = found.changes.as_slice() else { panic!("{found:?}") };
    assert_eq!(change.attributes().into_iter().collect::<Vec<_>>(), [Attribute::Type]);
}

#[test]
fn what_is_not_modelled_is_told_and_is_no_difference() {
    let mut other = schema([]);
    other.unmodelled.insert(Unmodelled { kind: "publication".to_owned(), name: "p".to_owned() });
    let empty = schema([]);
    let found = difference(&empty, &other);
    assert!(found.is_empty());
    assert_eq!(found.unmodelled.len(), 1);
}

#[test]
fn an_object_comes_after_all_it_needs_also_through_the_table_it_belongs_to() {
    let mut view = Object::new(Key::new(Kind::View, None, "a_view"));
    view.needs.insert(column("t", "a", "int", 1).key);
    let schema = schema([view, Object::new(table("t")), column("t", "a", "int", 1)]);
    let order: Vec<_> = in_order(schema.objects()).into_iter().map(|object| object.key.to_string()).collect();
    assert_eq!(order, ["t", "t.a", "a_view"]);
}

#[test]
fn a_circle_ends_and_names_everybody_once() {
    let mut one = Object::new(Key::new(Kind::Function, None, "one()"));
    let mut two = Object::new(Key::new(Kind::Function, None, "two()"));
    one.needs.insert(two.key.clone());
    two.needs.insert(one.key.clone());
    assert_eq!(in_order(schema([one, two]).objects()).len(), 2);
}

#[test]
fn dependents_are_found_through_others() {
    let mut view = Object::new(Key::new(Kind::View, None, "v"));
    view.needs.insert(column("t", "a", "int", 1).key);
    let mut above = Object::new(Key::new(Kind::View, None, "w"));
    above.needs.insert(view.key.clone());
    let schema = schema([Object::new(table("t")), column("t", "a", "int", 1), view, above]);
    let column = column("t", "a", "int", 1).key;
    let found: Vec<_> = dependents(&schema, [&column]).into_iter().map(ToString::to_string).collect();
    assert_eq!(found, ["v", "w"]);
}

#[test]
fn a_column_with_another_name_and_the_same_type_looks_like_a_rename() {
    let before = schema([Object::new(table("t")), column("t", "a", "int", 1)]);
    let after = schema([Object::new(table("t")), column("t", "b", "int", 1)]);
    let renames = rename_candidates(&difference(&before, &after), &before, &after);
    assert_eq!(renames, [Rename { from: column("t", "a", "int", 1).key, to: "b".to_owned() }]);
}

#[test]
fn of_several_columns_the_nearest_looks_like_the_rename() {
    let before = schema([Object::new(table("t")), column("t", "old", "int", 3)]);
    let after = schema([Object::new(table("t")), column("t", "added", "int", 5), column("t", "new", "int", 3)]);
    let renames = rename_candidates(&difference(&before, &after), &before, &after);
    assert_eq!(renames, [Rename { from: column("t", "old", "int", 3).key, to: "new".to_owned() }]);
}

#[test]
fn a_whole_schema_survives_being_stored_and_another_format_does_not() {
    let mut view = Object::new(Key::new(Kind::View, Some("app"), "v"));
    view.needs.extend([table("t"), column("t", "a", "int", 1).key]);
    let mut schema = schema([Object::new(table("t")), column("t", "a", "int", 1), view]);
    schema.unmodelled.insert(Unmodelled { kind: "publication".to_owned(), name: "p".to_owned() });
    let text = schema.to_json();
    assert_eq!(Schema::from_json(&text, &BTreeSet::new()).unwrap(), schema);
    assert_eq!(Schema::from_json(&text.replacen("\"format\":", "\"format\":9", 1), &BTreeSet::new()), None);
}
