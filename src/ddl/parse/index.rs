//! Indexes: `CREATE INDEX`, and `INDEX (a)` in MySQL's tables.

use super::reader::Reader;
use crate::ddl::statement::{DdlStatement, IndexDefinition};
use crate::sql::{TableName, TokenKind};

/// Parses what follows `CREATE`, if it is an index.
pub(super) fn create_index(reader: &mut Reader<'_>) -> Option<DdlStatement> {
    let mut index = IndexDefinition { method: "btree".to_owned(), ..IndexDefinition::default() };
    let mut ahead = reader.clone();
    if ahead.take(&["FULLTEXT"]) {
        "fulltext".clone_into(&mut index.method);
    } else if ahead.take(&["SPATIAL"]) {
        "spatial".clone_into(&mut index.method);
    }
    index.is_unique = ahead.take(&["UNIQUE"]);
    if !ahead.take(&["INDEX"]) {
        return None;
    }
    index.concurrently = ahead.take(&["CONCURRENTLY"]);
    index.if_not_exists = ahead.condition();
    if !ahead.is("ON") {
        // A schema before the name is SQLite's way to name the database.
        index.name = Some(ahead.name()?.name);
    }
    method(&mut index, &mut ahead);
    if !ahead.take(&["ON"]) {
        return None;
    }
    index.only = ahead.take(&["ONLY"]);
    index.table = ahead.name()?;
    method(&mut index, &mut ahead);
    let columns = ahead.group()?;
    index.has_special_order = columns.has_special_order();
    index.columns = columns.key_columns();
    options(&mut index, ahead);
    Some(DdlStatement::CreateIndex(index))
}

fn method(index: &mut IndexDefinition, reader: &mut Reader<'_>) {
    if reader.take(&["USING"])
        && let Some(word) = reader.next()
    {
        index.method = word.text.to_lowercase();
    }
}

fn options(index: &mut IndexDefinition, rest: Reader<'_>) {
    let mut condition = rest.clone();
    if condition.find(&["WHERE"]) {
        index.predicate = Some(condition.plain());
    }
    (index.algorithm, index.lock) = clauses(rest);
}

/// Returns the values of `ALGORITHM=` and `LOCK=` in upper case (MySQL).
pub(super) fn clauses(mut rest: Reader<'_>) -> (Option<String>, Option<String>) {
    let (mut algorithm, mut lock) = (None, None);
    while !rest.is_at_end() {
        let is_algorithm = rest.is("ALGORITHM");
        if is_algorithm || rest.is("LOCK") {
            rest.next();
            rest.sign("=");
            let value = rest.next().map(|word| word.text.to_uppercase());
            if is_algorithm {
                algorithm = value;
            } else {
                lock = value;
            }
        } else {
            rest.skip();
        }
    }
    (algorithm, lock)
}

/// Parses an index in the list of a table, or behind `ADD` (MySQL): `UNIQUE KEY name (a)` counts as an index too.
pub(super) fn table_index(reader: &mut Reader<'_>, table: &TableName) -> Option<IndexDefinition> {
    let mut index = IndexDefinition { method: "btree".to_owned(), table: table.clone(), ..IndexDefinition::default() };
    let mut is_index = true;
    if reader.take(&["FULLTEXT"]) {
        "fulltext".clone_into(&mut index.method);
        reader.take_one(&["INDEX", "KEY"]);
    } else if reader.take(&["SPATIAL"]) {
        "spatial".clone_into(&mut index.method);
        reader.take_one(&["INDEX", "KEY"]);
    } else {
        is_index = reader.take_one(&["INDEX", "KEY"]);
    }
    if !is_index {
        return None;
    }
    index.if_not_exists = reader.condition();
    method(&mut index, reader);
    if reader.peek()?.kind != TokenKind::Open {
        index.name = reader.identifier();
        method(&mut index, reader);
    }
    // A column may be called `key`: it has no group behind it.
    index.columns = reader.group()?.key_columns();
    method(&mut index, reader);
    Some(index)
}
