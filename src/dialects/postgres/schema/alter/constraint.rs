//! Constraints: deferrability, validation, and keys built from an index.

use crate::dialects::postgres::schema::name::{self, identifier};
use crate::dialects::postgres::schema::plan::PlannedStatement;
use crate::schema::{Attribute, Object};

/// Returns the change of a foreign key's deferrability. All other constraints must be re-created for that.
pub(super) fn deferrability(before: &Object, after: &Object) -> Vec<PlannedStatement> {
    if before.text(Attribute::Deferrable) == after.text(Attribute::Deferrable) {
        return Vec::new();
    }
    let wanted = deferrable(after).unwrap_or_else(|| "NOT DEFERRABLE".to_owned());
    let own = identifier(&after.key.name);
    vec![PlannedStatement::new(format!("ALTER TABLE {} ALTER CONSTRAINT {own} {wanted}", name::table(&after.key)))]
}

fn deferrable(object: &Object) -> Option<String> {
    object.text(Attribute::Deferrable).map(str::to_ascii_uppercase)
}

/// Returns the statement that validates a constraint.
pub(in crate::dialects::postgres::schema) fn validated(object: &Object) -> PlannedStatement {
    let sort = if object.has(Attribute::OfDomain) { "DOMAIN" } else { "TABLE" };
    let own = identifier(&object.key.name);
    PlannedStatement::new(format!("ALTER {sort} {} VALIDATE CONSTRAINT {own}", name::table(&object.key)))
}

/// Returns the statements for a key that is made from an index built CONCURRENTLY: one that builds the index under the
/// name `index`, and one that adds the constraint and renames the index. `None` if the key cannot be made that way.
pub(in crate::dialects::postgres::schema) fn key_index(object: &Object, index: &str) -> Option<(String, String)> {
    let definition = object.text(Attribute::Definition)?;
    // The GiST index of a temporal key can only be built by the constraint itself (manual, ALTER TABLE, version 18).
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
