//! Constraints: deferrability, validity, and the index that a key is made of.

use crate::schema::postgres::name::{self, identifier};
use crate::schema::postgres::plan::Line;
use crate::schema::{Attribute, Object};

/// A foreign key's deferrability, which alone can be changed in place.
pub(super) fn deferrability(before: &Object, after: &Object) -> Vec<Line> {
    if before.text(Attribute::Deferrable) == after.text(Attribute::Deferrable) {
        return Vec::new();
    }
    let wanted = deferrable(after).unwrap_or_else(|| "NOT DEFERRABLE".to_owned());
    let own = identifier(&after.key.name);
    vec![Line::new(format!("ALTER TABLE {} ALTER CONSTRAINT {own} {wanted}", name::table(&after.key)))]
}

fn deferrable(object: &Object) -> Option<String> {
    object.text(Attribute::Deferrable).map(str::to_ascii_uppercase)
}

/// What makes a constraint known to hold.
pub(in crate::schema::postgres) fn validated(object: &Object) -> Line {
    let sort = if object.has(Attribute::OfDomain) { "DOMAIN" } else { "TABLE" };
    let own = identifier(&object.key.name);
    Line::new(format!("ALTER {sort} {} VALIDATE CONSTRAINT {own}", name::table(&object.key)))
}

/// A key by way of an index that is built first: the index `index`, and the constraint that takes it over with its name. `None`
/// for a key that cannot be made that way.
pub(in crate::schema::postgres) fn key_index(object: &Object, index: &str) -> Option<(String, String)> {
    let definition = object.text(Attribute::Definition)?;
    // The index of a temporal key is one of GiST that only the constraint itself can make (manual, ALTER TABLE, 18).
    if definition.contains(" WITHOUT OVERLAPS") {
        return None;
    }
    let (word, rest) = match definition.strip_prefix("PRIMARY KEY") {
        Some(rest) => ("PRIMARY KEY", rest),
        None => ("UNIQUE", definition.strip_prefix("UNIQUE")?),
    };
    let (columns, nulls) = match rest.strip_prefix(" NULLS NOT DISTINCT") {
        Some(columns) => (columns, " NULLS NOT DISTINCT"),
        None => (rest, ""),
    };
    let table = name::table(&object.key);
    let options = object.list(Attribute::Options);
    let options = if options.is_empty() { String::new() } else { format!(" WITH ({})", options.join(", ")) };
    let place = object.text(Attribute::Tablespace);
    let place = place.map(|place| format!(" TABLESPACE {}", identifier(place))).unwrap_or_default();
    let index = identifier(index);
    let built = format!("CREATE UNIQUE INDEX CONCURRENTLY {index} ON {table}{columns}{nulls}{options}{place}");
    let deferrable = deferrable(object).map(|how| format!(" {how}")).unwrap_or_default();
    let own = identifier(&object.key.name);
    Some((built, format!("ALTER TABLE {table} ADD CONSTRAINT {own} {word} USING INDEX {index}{deferrable}")))
}
