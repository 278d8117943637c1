//! NOT NULL constraints, which have names since PostgreSQL 18 (17 for domains). Setting NOT NULL by way of a validated
//! check is left to the plan.

use super::name::{self, identifier, literal};
use super::plan::{Line, Sort};
use crate::schema::{Attribute, Kind, Object};

/// Parsed [`Attribute::NotNullConstraint`].
struct Constraint<'o> {
    name: &'o str,
    is_no_inherit: bool,
    is_not_valid: bool,
    comment: Option<&'o str>,
}

fn constraint(object: &Object) -> Option<Constraint<'_>> {
    let parts = object.list(Attribute::NotNullConstraint);
    let value = |name: &str| parts.iter().find_map(|part| part.strip_prefix(name)?.strip_prefix('='));
    let has = |word: &str| parts.iter().any(|part| part == word);
    Some(Constraint {
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
    name.len() < 60 && name == column.unwrap_or_else(|| format!("{}_not_null", key.name))
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

const fn no_inherit(constraint: &Constraint<'_>) -> &'static str {
    if constraint.is_no_inherit { " NO INHERIT" } else { "" }
}

/// Returns the ADD CONSTRAINT action, if SET NOT NULL would create a different constraint.
pub(super) fn addition(object: &Object) -> Option<String> {
    let found = constraint(object)?;
    let is_plain = is_usual(object, found.name) && !found.is_no_inherit && !found.is_not_valid;
    (!is_plain).then(|| added(object, &found))
}

fn added(object: &Object, found: &Constraint<'_>) -> String {
    let column =
        if object.key.kind == Kind::Domain { String::new() } else { format!(" {}", identifier(&object.key.name)) };
    let not_valid = if found.is_not_valid { " NOT VALID" } else { "" };
    format!("ADD CONSTRAINT {} NOT NULL{column}{}{not_valid}", identifier(found.name), no_inherit(found))
}

/// Returns the statements needed after the column (or domain) exists: a NOT VALID constraint, and the comment.
pub(super) fn statements(object: &Object) -> Vec<String> {
    let Some(found) = constraint(object) else { return Vec::new() };
    let open = found.is_not_valid.then(|| format!("{} {}", head(object), added(object, &found)));
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
pub(super) fn changes(before: &Object, after: &Object) -> Vec<Line> {
    let (Some(old), Some(new)) = (constraint(before), constraint(after)) else { return Vec::new() };
    let head = head(after);
    let name = identifier(new.name);
    let mut lines = Vec::new();
    if old.name != new.name {
        lines.push(Line::new(format!("{head} RENAME CONSTRAINT {} TO {name}", identifier(old.name))));
    }
    if old.is_no_inherit != new.is_no_inherit {
        let inherit = if new.is_no_inherit { "NO INHERIT" } else { "INHERIT" };
        lines.push(Line::new(format!("{head} ALTER CONSTRAINT {name} {inherit}")));
    }
    match (old.is_not_valid, new.is_not_valid) {
        (true, false) => lines.push(Line::new(format!("{head} VALIDATE CONSTRAINT {name}"))),
        // An existing constraint cannot be made NOT VALID: replace it.
        (false, true) => {
            lines.push(Line::new(format!("{head} DROP CONSTRAINT {name}")));
            lines.push(Line::new(format!("{head} {}", added(after, &new))));
        }
        _ => {}
    }
    lines.extend(comment(after, Some(before)).map(Line::new));
    lines
}

/// Returns `SET NOT NULL`, or ADD CONSTRAINT if the name is not the default, followed by the comment.
pub(super) fn set(column: &Object) -> Vec<Line> {
    let table = name::table(&column.key);
    let set = format!("ALTER COLUMN {} SET NOT NULL", identifier(&column.key.name));
    let set = Line::on_table(&table, Sort::Setting, addition(column).unwrap_or(set));
    [set].into_iter().chain(comment(column, None).map(Line::new)).collect()
}
