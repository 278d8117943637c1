//! Statements about rows, maintenance, privileges and the session.

use super::reader::Reader;
use crate::ddl::statement::{DdlStatement, RowChangeStatement, RowVerb};
use crate::sql::{TableName, TokenKind};

/// Parses every statement that is not `CREATE`, `ALTER` or `DROP`.
pub(super) fn rows(mut reader: Reader<'_>) -> Option<DdlStatement> {
    if reader.take(&["WITH"]) {
        // The last verb outside parentheses is the statement's own.
        while !reader.is_at_end() && !reader.is_one(&["INSERT", "UPDATE", "DELETE", "SELECT", "MERGE", "REPLACE"]) {
            reader.skip();
        }
        return changed(reader).or(Some(DdlStatement::Harmless("SELECT")));
    }
    changed(reader.clone()).or_else(|| maintenance(reader.clone())).or_else(|| session(reader))
}

fn changed(mut reader: Reader<'_>) -> Option<DdlStatement> {
    let verb = if reader.take(&["INSERT"]) || reader.is("REPLACE") && reader.take(&["REPLACE"]) {
        RowVerb::Insert
    } else if reader.take(&["UPDATE"]) {
        RowVerb::Update
    } else if reader.take(&["DELETE"]) {
        RowVerb::Delete
    } else if reader.take(&["MERGE"]) {
        RowVerb::Merge
    } else if reader.take(&["COPY"]) && reader.has(&["FROM"])
        || reader.take(&["LOAD", "DATA"]) && reader.find(&["TABLE"])
    {
        let table = reader.name()?;
        return Some(DdlStatement::Rows(change(RowVerb::Insert, table)));
    } else {
        return None;
    };
    let mut is_repeatable = reader.was_replace();
    loop {
        if reader.take(&["IGNORE"]) || reader.take(&["OR", "IGNORE"]) || reader.take(&["OR", "REPLACE"]) {
            is_repeatable = true;
        } else if !(reader.take_one(&["LOW_PRIORITY", "DELAYED", "HIGH_PRIORITY", "QUICK", "INTO", "ONLY"])
            || reader.take(&["OR", "ROLLBACK"])
            || reader.take(&["OR", "ABORT"])
            || reader.take(&["OR", "FAIL"]))
        {
            break;
        }
    }
    let from_first = reader.take(&["FROM"]);
    reader.take(&["ONLY"]);
    let table = reader.name()?;
    let mut changed = change(verb, table);
    changed.is_repeatable = is_repeatable;
    match verb {
        RowVerb::Insert => inserted(&mut changed, &reader),
        RowVerb::Update => updated(&mut changed, reader),
        RowVerb::Delete => deleted(&mut changed, reader, from_first),
        RowVerb::Merge => changed.is_limited = true,
    }
    Some(DdlStatement::Rows(changed))
}

fn change(verb: RowVerb, table: TableName) -> RowChangeStatement {
    let (columns, where_null) = (Vec::new(), Vec::new());
    RowChangeStatement {
        verb,
        table,
        is_limited: false,
        is_from_query: false,
        is_repeatable: false,
        columns,
        where_null,
    }
}

impl Reader<'_> {
    fn was_replace(&self) -> bool {
        self.before().is_some_and(|word| word.text.eq_ignore_ascii_case("REPLACE"))
    }
}

fn inserted(changed: &mut RowChangeStatement, reader: &Reader<'_>) {
    changed.is_from_query = !reader.has(&["VALUES"]) && !reader.has(&["VALUE"]) && reader.has_anywhere("SELECT");
    changed.is_repeatable |= reader.has(&["ON", "CONFLICT"]) || reader.has(&["ON", "DUPLICATE"]);
    // INSERT INTO t SELECT ... WHERE NOT EXISTS (SELECT ... FROM t).
    changed.is_repeatable |= reader.has(&["WHERE", "NOT", "EXISTS"]);
}

fn updated(changed: &mut RowChangeStatement, mut reader: Reader<'_>) {
    // Other tables before SET or behind FROM limit the rows, and a subquery that sets the value may as well.
    let mut before = reader.clone();
    before.find(&["SET"]);
    changed.is_limited = reader.until(&before).has(&["JOIN"]);
    if !reader.find(&["SET"]) {
        return;
    }
    let mut behind = reader.clone();
    while !behind.is_at_end() && !behind.is_one(&["WHERE", "FROM", "RETURNING", "LIMIT", "ORDER"]) {
        behind.skip();
    }
    for mut clause in reader.until(&behind).clauses() {
        if let Some(group) = clause.group() {
            changed.columns.extend(group.key_columns());
        } else if let Some(name) = clause.name() {
            // A column that is set to NULL gets no value.
            let is_null = clause.sign("=") && clause.take(&["NULL"]) && clause.is_at_end();
            changed.columns.extend((!is_null).then_some(name.name));
        }
    }
    changed.is_limited |= limits(&behind);
    changed.where_null = nulls(behind);
}

fn deleted(changed: &mut RowChangeStatement, reader: Reader<'_>, from_first: bool) {
    changed.is_limited = limits(&reader) || reader.has(&["USING"]) || !from_first && reader.has(&["JOIN"]);
    changed.where_null = nulls(reader);
}

fn limits(reader: &Reader<'_>) -> bool {
    let mut condition = reader.clone();
    let has_condition = condition.find(&["WHERE"]);
    // WHERE true, WHERE 1 = 1.
    let always = condition.plain().split_whitespace().collect::<String>();
    let is_always = matches!(always.as_str(), "true" | "1=1" | "1");
    (has_condition && !is_always) || reader.has(&["LIMIT"])
}

/// Columns of conditions `c IS NULL` alone, or joined with others by OR.
fn nulls(mut reader: Reader<'_>) -> Vec<String> {
    if !reader.find(&["WHERE"]) || reader.has(&["AND"]) {
        return Vec::new();
    }
    let mut columns = Vec::new();
    while !reader.is_at_end() {
        let mut ahead = reader.clone();
        if let Some(name) = ahead.name().filter(|_| ahead.take(&["IS", "NULL"])) {
            columns.push(name.name);
        }
        reader.skip();
    }
    columns
}

fn maintenance(mut reader: Reader<'_>) -> Option<DdlStatement> {
    if reader.take(&["TRUNCATE"]) {
        reader.take(&["TABLE"]);
        let tables = reader.names();
        return Some(DdlStatement::Truncate { tables, cascades: reader.has(&["CASCADE"]) });
    }
    if reader.take(&["REINDEX"]) {
        let is_asked = |options: Reader<'_>| options.has_anywhere("CONCURRENTLY") && !options.has_anywhere("FALSE");
        let mut concurrently = reader.group().is_some_and(is_asked);
        let kinds = ["INDEX", "TABLE", "SCHEMA", "DATABASE", "SYSTEM"];
        let kind = kinds.iter().find(|kind| reader.take(&[kind])).copied().unwrap_or_default().to_owned();
        concurrently |= reader.take(&["CONCURRENTLY"]);
        return Some(DdlStatement::Reindex { kind, name: reader.name(), concurrently });
    }
    if reader.take(&["VACUUM"]) {
        let full = reader.group().is_some_and(|options| options.has_anywhere("FULL")) || reader.take(&["FULL"]);
        while reader.take_one(&["FREEZE", "VERBOSE", "ANALYZE"]) {}
        let verb = if full { "VACUUM FULL" } else { "VACUUM" };
        return Some(DdlStatement::Maintain { verb, table: reader.name() });
    }
    if reader.take(&["CLUSTER"]) {
        reader.take(&["VERBOSE"]);
        return Some(DdlStatement::Maintain { verb: "CLUSTER", table: reader.name() });
    }
    if reader.take(&["OPTIMIZE"]) {
        reader.take_one(&["NO_WRITE_TO_BINLOG", "LOCAL"]);
        reader.take_one(&["TABLE", "TABLES"]);
        return Some(DdlStatement::Maintain { verb: "OPTIMIZE", table: reader.name() });
    }
    if reader.take_one(&["ANALYZE", "ANALYSE"]) {
        reader.take(&["TABLE"]);
        return Some(DdlStatement::Maintain { verb: "ANALYZE", table: reader.name() });
    }
    if reader.take(&["REFRESH", "MATERIALIZED", "VIEW"]) {
        let concurrently = reader.take(&["CONCURRENTLY"]);
        return Some(DdlStatement::Refresh { view: reader.name()?, concurrently });
    }
    None
}

fn session(mut reader: Reader<'_>) -> Option<DdlStatement> {
    let verb = reader.peek()?.text.to_uppercase();
    match verb.as_str() {
        "GRANT" | "REVOKE" => {
            let mut on = reader.clone();
            let found = on.find(&["ON"]) && !on.is_one(&["SCHEMA", "SEQUENCE", "FUNCTION", "DATABASE", "TYPE", "ALL"]);
            on.take(&["TABLE"]);
            let names = if found { on.names() } else { Vec::new() };
            // Of several tables none is meant alone.
            let table = if names.len() == 1 { names.into_iter().next() } else { None };
            return Some(DdlStatement::Access { verb, table });
        }
        "SET" | "PRAGMA" => return Some(setting(reader)),
        "BEGIN" | "START" | "COMMIT" | "ROLLBACK" | "END" | "ABORT" => {
            reader.next();
            if verb == "ROLLBACK" && (reader.take(&["TO"]) || reader.has(&["TO"])) {
                return Some(DdlStatement::Harmless("ROLLBACK TO"));
            }
            return Some(DdlStatement::TransactionControl(verb));
        }
        _ => {}
    }
    const OPAQUE: [&str; 4] = ["DO", "CALL", "EXECUTE", "EXEC"];
    const HARMLESS: [&str; 31] = [
        "SELECT",
        "COMMENT",
        "LOCK",
        "UNLOCK",
        "SAVEPOINT",
        "RELEASE",
        "RESET",
        "EXPLAIN",
        "SHOW",
        "DESCRIBE",
        "VALUES",
        "TABLE",
        "NOTIFY",
        "LISTEN",
        "UNLISTEN",
        "CHECKPOINT",
        "DISCARD",
        "DECLARE",
        "FETCH",
        "CLOSE",
        "PREPARE",
        "DEALLOCATE",
        "SECURITY",
        "IMPORT",
        "USE",
        "FLUSH",
        "ATTACH",
        "DETACH",
        "REASSIGN",
        "CHECK",
        "COPY",
    ];
    if let Some(word) = OPAQUE.iter().find(|word| **word == verb) {
        return Some(DdlStatement::Opaque(word));
    }
    HARMLESS.iter().find(|word| **word == verb).map(|word| DdlStatement::Harmless(word))
}

fn setting(mut reader: Reader<'_>) -> DdlStatement {
    reader.next();
    reader.take_one(&["LOCAL", "SESSION", "GLOBAL"]);
    while reader.sign("@") || reader.sign("@@") {}
    let name = reader.name().map(|name| name.name.to_lowercase()).unwrap_or_default();
    let name = name.trim_start_matches('@').to_owned();
    if name == "session" && reader.sign(".") {
        return setting_of(reader.identifier().unwrap_or_default().to_lowercase(), reader);
    }
    setting_of(name, reader)
}

fn setting_of(name: String, mut reader: Reader<'_>) -> DdlStatement {
    if !reader.sign("=") && !reader.sign(":=") {
        reader.take(&["TO"]);
    }
    let is_group = reader.peek().is_some_and(|word| word.kind == TokenKind::Open);
    let value = if is_group { reader.group().map(|inner| inner.plain()) } else { Some(reader.plain()) };
    DdlStatement::Setting { name, value: value.unwrap_or_default() }
}
