//! Views and triggers that name a missing table. SQLite keeps them, but refuses to rename or drop a column of any table
//! while one exists.

use std::collections::BTreeSet;

use super::tokens::{SqliteToken, tokens};
use super::words::folded;
use crate::schema::{Attribute, Key, Kind, Object, Schema};

/// Returns the views and triggers of `schema` that name a table for which `is_there` is false.
pub(super) fn broken<'s>(schema: &'s Schema, is_there: &dyn Fn(&str) -> bool) -> Vec<&'s Key> {
    let loose = schema.objects().filter(|object| matches!(object.key.kind, Kind::View | Kind::Trigger));
    loose.filter(|object| names_what_is_missing(object, is_there)).map(|object| &object.key).collect()
}

/// Returns the names of all tables and views of `schema`, in lower case.
pub(super) fn relations(schema: &Schema) -> BTreeSet<String> {
    let kinds = [Kind::Table, Kind::View, Kind::VirtualTable];
    let known =
        schema.objects().filter(|object| kinds.contains(&object.key.kind)).map(|object| folded(&object.key.name));
    known.chain(schema.unmodelled.iter().map(|other| folded(&other.name))).collect()
}

fn names_what_is_missing(object: &Object, is_there: &dyn Fn(&str) -> bool) -> bool {
    let Some(tokens) = tokens(object.text(Attribute::Source).unwrap_or_default()) else { return false };
    let is_own = |name: &str| {
        tokens.windows(2).any(|pair| matches!(pair, [table, next] if is_named(table, name) && begins_query(next)))
    };
    tokens.windows(3).any(|three| {
        let [word, name, next] = three else { return false };
        named_table(word, name, next)
            .is_some_and(|name| !is_there(&name) && !is_own(&name) && !name.starts_with("sqlite_"))
    }) || ends_with_a_missing_table(&tokens, &|name| is_there(name) || is_own(name) || name.starts_with("sqlite_"))
}

fn is_named(token: &SqliteToken<'_>, name: &str) -> bool {
    token.identifier().as_deref() == Some(name)
}

/// Returns whether the token can follow the name of a common table expression, as in `WITH name AS (` or `WITH name
/// (columns) AS (`.
fn begins_query(token: &SqliteToken<'_>) -> bool {
    token.is("as") || token.text == "("
}

/// Returns the table named after FROM, JOIN or INTO; `None` for a subquery, a table-valued function, or a table of an
/// attached database.
fn named_table(word: &SqliteToken<'_>, name: &SqliteToken<'_>, next: &SqliteToken<'_>) -> Option<String> {
    let leads = ["from", "join", "into"].iter().any(|lead| word.is(lead));
    if !leads || next.text == "." || next.text == "(" && !word.is("into") || name.text == "(" {
        return None;
    }
    name.identifier()
}

fn ends_with_a_missing_table(tokens: &[SqliteToken<'_>], is_known: &dyn Fn(&str) -> bool) -> bool {
    let [.., word, name] = tokens else { return false };
    ["from", "join"].iter().any(|lead| word.is(lead)) && name.identifier().is_some_and(|name| !is_known(&name))
}
