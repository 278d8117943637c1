//! Catalog after known statements: the one before them, with the tables that they name read again.
//!
//! `information_schema` takes as long as there are tables, a run of two revisions changes a few. What another program
//! has changed since then in other tables is not noticed, so that a comparison with the database still reports it.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use mysql::Conn;

use super::followed::{is_part_of_word, words};
use super::query::Answers;
use super::text::tokens;
use super::{MysqlSchemaBuilder, left_out};
use crate::database::CatalogRequest;
use crate::dialects::mysql::flavour::MysqlFlavour;
use crate::drivers::mysql::session::{StatementOutcome, send};
use crate::schema::{Kind, Object, Schema, Value};

/// First words of statements that change rows or settings of the session, and no definition.
const WITHOUT_DEFINITIONS: [&str; 8] = ["insert", "replace", "update", "delete", "with", "select", "set", "truncate"];

/// Beginning of a statement of MariaDB that runs any other one with settings: `SET STATEMENT ... FOR ALTER TABLE ...`.
const RUNS_ANOTHER: [&str; 2] = ["set", "statement"];

/// Beginnings of statements that change the tables that they name, and those whose foreign keys reference these.
const OF_TABLES: [&[&str]; 14] = [
    &["create", "table"],
    &["create", "or", "replace", "table"],
    &["create", "index"],
    &["create", "unique", "index"],
    &["create", "fulltext", "index"],
    &["create", "spatial", "index"],
    &["alter", "table"],
    &["alter", "ignore", "table"],
    &["alter", "online", "table"],
    &["drop", "table"],
    &["drop", "tables"],
    &["drop", "index"],
    &["rename", "table"],
    &["rename", "tables"],
];

/// Number of words of the longest beginning.
const LONGEST: usize = 4;

/// Opening a table by itself takes some eight times as long as with all others.
const SHARE: usize = 8;

/// Returns the words, in lower case, of the statements that change definitions. `None` if one of them may change what
/// it does not name.
pub(super) fn changed_words(statements: &[&str]) -> Option<HashSet<String>> {
    let mut changed = HashSet::new();
    for statement in statements {
        let start: Vec<_> = tokens(statement).take(LONGEST).collect();
        let begins =
            |words: &[&str]| start.len() >= words.len() && start.iter().zip(words).all(|(token, word)| token.is(word));
        if OF_TABLES.iter().any(|beginning| begins(beginning)) {
            changed.extend(words(statement));
        } else if begins(&RUNS_ANOTHER) || !WITHOUT_DEFINITIONS.iter().any(|word| begins(&[word])) {
            return None;
        }
    }
    Some(changed)
}

/// Returns the schema after statements with the words `changed`, given the one before. `None` if it has to be read as a
/// whole.
pub(super) fn read(
    conn: &mut Conn,
    flavour: MysqlFlavour,
    request: &CatalogRequest,
    mut before: Schema,
    changed: &HashSet<String>,
) -> Result<Option<Schema>, mysql::Error> {
    let without = left_out(request);
    let outcomes = send(conn, NAMES).map_err(|failed| failed.error)?;
    let rows = outcomes.first().map(StatementOutcome::texts).unwrap_or_default();
    let mut listed: BTreeSet<String> = rows.into_iter().filter_map(|row| row.into_iter().next()?).collect();
    listed.retain(|name| !without.contains(name));
    let known = relations(&before);
    let names = || listed.iter().chain(known.keys());
    // Among the words of a text there are only parts of other names.
    if request.owners
        || is_shared(&before)
        || before.flavour != flavour.handle()
        || !names().flat_map(|name| name.chars()).all(is_part_of_word)
    {
        return Ok(None);
    }
    let touched = touched(&before, names().map(String::as_str), changed);
    let is_touched = |name: &str| touched.contains(&name.to_lowercase());
    // Another program has created or dropped what the statements do not name.
    let is_foreign = names().any(|name| listed.contains(name) != known.contains_key(name) && !is_touched(name));
    let tables: Vec<&str> = listed.iter().map(String::as_str).filter(|name| is_touched(name)).collect();
    if is_foreign || tables.len() * SHARE > listed.len() || others(&before).any(|words| !words.is_disjoint(&touched)) {
        return Ok(None);
    }
    before.retain(|object| !table_of(object).is_some_and(is_touched));
    let relations = known.into_iter().filter(|(name, _)| !is_touched(name)).collect();
    if tables.is_empty() {
        return Ok(Some(before));
    }
    let answers = Answers::read_tables(conn, flavour, &tables)?;
    let mut draft = MysqlSchemaBuilder::new(flavour, &answers, request);
    (draft.schema, draft.relations) = (before, relations);
    draft.add(conn, &answers)?;
    Ok(Some(draft.schema))
}

/// Query for the names of all relations, for which MariaDB opens none of them.
const NAMES: &str = "SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE()";

/// Returns the tables, views and sequences of a schema by name. Those that it does not model can be read by views, like
/// tables.
fn relations(schema: &Schema) -> BTreeMap<String, Kind> {
    let kinds = [Kind::Table, Kind::View, Kind::Sequence];
    let modelled = schema.objects().filter(|object| kinds.contains(&object.key.kind));
    let others = schema.unmodelled.iter().filter(|other| !other.name.contains('.'));
    let others = others.map(|other| (other.name.clone(), Kind::Table));
    others.chain(modelled.map(|object| (object.key.name.clone(), object.key.kind))).collect()
}

/// Returns `true` if another service's journal is in the database: its runs have changed tables since, which is not drift.
fn is_shared(schema: &Schema) -> bool {
    schema.objects().any(|object| object.key.kind == Kind::Column && object.key.name == "statements_total")
}

/// Returns, in lower case, the relations that are named, and the tables that reference them.
fn touched<'n>(before: &Schema, names: impl Iterator<Item = &'n str>, changed: &HashSet<String>) -> HashSet<String> {
    let named: HashSet<String> = names.map(str::to_lowercase).filter(|name| changed.contains(name)).collect();
    let references = |object: &&Object| {
        object.key.kind == Kind::ForeignKey && object.needs.iter().any(|key| named.contains(&key.name.to_lowercase()))
    };
    let referencing = before.objects().filter(references).filter_map(table_of).map(str::to_lowercase);
    referencing.chain(named.iter().cloned()).collect()
}

/// Returns the table that an object is or belongs to.
fn table_of(object: &Object) -> Option<&str> {
    let is_table = object.key.kind == Kind::Table;
    object.key.table.as_deref().or_else(|| is_table.then_some(object.key.name.as_str()))
}

/// Returns the words, in lower case, of each object that is not part of a table, or not modelled.
fn others(schema: &Schema) -> impl Iterator<Item = HashSet<String>> {
    let modelled = schema.objects().filter(|object| table_of(object).is_none() || object.key.kind == Kind::Trigger);
    let modelled = modelled.map(|object| {
        let texts = object.attributes.values().flat_map(|value| match value {
            Value::Text(text) => std::slice::from_ref(text),
            Value::List(list) => list,
            Value::Number(_) | Value::Yes(_) => &[],
        });
        let key = [Some(&object.key.name), object.key.table.as_ref()];
        texts.chain(key.into_iter().flatten()).flat_map(|text| words(text)).collect()
    });
    modelled.chain(schema.unmodelled.iter().map(|other| words(&other.name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_statements_that_name_all_that_they_change_are_followed() {
        let words = |statements: &[&str]| {
            let mut words: Vec<String> = changed_words(statements)?.into_iter().collect();
            words.sort_unstable();
            Some(words.join(" "))
        };
        let found = words(&["/* c */ ALTER TABLE `A b` ADD c INT", "INSERT INTO z VALUES (1)"]);
        assert_eq!(found.as_deref(), Some("a add alter b c int table"));
        let set_statement = "SET STATEMENT lock_wait_timeout = 1 FOR ALTER TABLE t ADD a INT";
        let executable = "/*! ALTER TABLE t ADD a INT */";
        for other in ["CREATE VIEW v AS SELECT 1", "CALL p()", executable, set_statement, "USE x", "", "ALTER"] {
            assert_eq!(words(&["ALTER TABLE t ADD c INT", other]), None, "{other}");
        }
    }
}
