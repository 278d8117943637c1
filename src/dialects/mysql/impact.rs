//! Impact of MySQL and MariaDB statements, by the rules of InnoDB's online DDL (MySQL manual, 17.12.1 "Online DDL
//! Operations"). Every DDL statement takes an exclusive metadata lock at least briefly: it waits for open transactions
//! on the table, and later statements on the table queue behind it.

use crate::sql::{
    Blocks, Dialect, Impact, Losing, Loss, LossScope, RequiredPrivilege, TableName, WordCursor, Work, quote_identifier,
};

type MysqlMode = (&'static str, Blocks, Work);

const INSTANT: MysqlMode = ("metadata, instant", Blocks::Shape, Work::Catalog);
const IN_PLACE: MysqlMode = ("metadata, in place", Blocks::Shape, Work::Scan);
const REBUILD: MysqlMode = ("metadata, in place rebuild", Blocks::Shape, Work::Rewrite);
const COPY: MysqlMode = ("metadata, copy", Blocks::Writes, Work::Rewrite);
const EXCLUSIVE: MysqlMode = ("exclusive metadata", Blocks::Everything, Work::Catalog);

/// Name of the lock on a referenced table.
pub(super) const REFERENCED: &str = "metadata";

pub(super) fn impact(mut words: WordCursor<'_>) -> Impact {
    let mut impact = Impact::default();
    if words.take(&["CREATE"]) {
        create(&mut impact, words);
    } else if words.take(&["ALTER"]) {
        words.skip(&[&["ONLINE"], &["IGNORE"]]);
        if words.take(&["TABLE"]) {
            alter(&mut impact, words);
        }
    } else if words.take(&["DROP"]) {
        drop(&mut impact, words);
    } else if words.take(&["TRUNCATE"]) {
        words.take(&["TABLE"]);
        if let Some(table) = touched(&mut impact, &mut words, EXCLUSIVE, "DROP") {
            impact.lose(Loss::Truncate, table);
        }
    } else if words.take(&["RENAME", "TABLE"]) {
        for mut words in words.clauses() {
            words.take(&["IF", "EXISTS"]);
            if let Some(table) = touched(&mut impact, &mut words, EXCLUSIVE, "ALTER") {
                words.take(&["TO"]);
                impact.rename(&table, words.name());
            }
        }
    } else if words.take(&["OPTIMIZE"]) {
        words.take_one(&["NO_WRITE_TO_BINLOG", "LOCAL"]);
        words.take_one(&["TABLE", "TABLES"]);
        for mut words in words.clauses() {
            touched(&mut impact, &mut words, REBUILD, "INSERT");
        }
    } else {
        if words.take(&["WITH"]) {
            words.seek_outside(&[&["UPDATE"], &["DELETE"]]);
        }
        rows(&mut impact, words);
    }
    impact
}

fn lock(impact: &mut Impact, table: &TableName, (name, blocks, work): MysqlMode) {
    impact.lock(table, name, blocks, work);
}

fn touched(
    impact: &mut Impact,
    words: &mut WordCursor<'_>,
    mode: MysqlMode,
    privilege: &'static str,
) -> Option<TableName> {
    let table = words.name()?;
    impact.needs.push(RequiredPrivilege::Own(table.clone(), privilege));
    lock(impact, &table, mode);
    Some(table)
}

fn create(impact: &mut Impact, mut words: WordCursor<'_>) {
    // MariaDB drops the table or database first.
    let replaces = words.take(&["OR", "REPLACE"]);
    if words.take(&["TEMPORARY"]) {
        return;
    }
    if replaces && words.take_one(&["DATABASE", "SCHEMA"]) {
        words.name().into_iter().for_each(|schema| impact.lose(Loss::Schema, schema));
        return;
    }
    if words.take(&["TABLE"]) {
        words.take(&["IF", "NOT", "EXISTS"]);
        if let Some(table) = words.name() {
            impact.needs.push(RequiredPrivilege::Create(table.schema.clone()));
            if replaces {
                impact.needs.push(RequiredPrivilege::Own(table.clone(), "DROP"));
                lock(impact, &table, EXCLUSIVE);
                impact.lose(Loss::Table, table.clone());
            }
            references(impact, words, &table);
            impact.makes.push(table);
        }
        return;
    }
    let plain = !words.take_one(&["FULLTEXT", "SPATIAL"]);
    words.take(&["UNIQUE"]);
    if words.take(&["INDEX"]) {
        if words.find(&["ON"]) {
            let mode = if plain { IN_PLACE } else { ("metadata, in place", Blocks::Writes, Work::Scan) };
            touched(impact, &mut words, mode, "INDEX");
        }
        return;
    }
    let database_wide = [
        ("VIEW", "CREATE VIEW"),
        ("TRIGGER", "TRIGGER"),
        ("EVENT", "EVENT"),
        ("PROCEDURE", "CREATE ROUTINE"),
        ("FUNCTION", "CREATE ROUTINE"),
    ];
    if let Some((_, privilege)) = database_wide.into_iter().find(|(word, _)| words.contains(&[word])) {
        impact.needs.push(RequiredPrivilege::Database(privilege));
        if privilege == "TRIGGER"
            && words.find(&["ON"])
            && let Some(table) = words.name()
        {
            lock(impact, &table, EXCLUSIVE);
        }
    }
}

/// A foreign key briefly locks the referenced table and requires REFERENCES on it.
fn references(impact: &mut Impact, mut words: WordCursor<'_>, own: &TableName) {
    while words.find(&["REFERENCES"]) {
        if let Some(table) = words.name().filter(|table| table != own) {
            impact.needs.push(RequiredPrivilege::Table(table.clone(), "REFERENCES"));
            lock(impact, &table, (REFERENCED, Blocks::Shape, Work::Catalog));
        }
    }
}

fn alter(impact: &mut Impact, mut words: WordCursor<'_>) {
    words.take(&["IF", "EXISTS"]);
    let Some(table) = words.name() else { return };
    impact.needs.push(RequiredPrivilege::Own(table.clone(), "ALTER"));
    references(impact, words.clone(), &table);
    if partitions(impact, words.clone(), &table) {
        lock(impact, &table, EXCLUSIVE);
        return;
    }
    let modes: Vec<MysqlMode> = words.clauses().into_iter().map(|clause| action(impact, clause, &table)).collect();
    let strongest = modes.into_iter().max_by_key(|(_, blocks, work)| (*blocks, *work));
    lock(impact, &table, strongest.unwrap_or(INSTANT));
}

/// Handles the actions of ALTER TABLE that delete the rows of partitions, or of the whole table. They cannot be
/// combined with others, so that the commas separate partitions here.
fn partitions(impact: &mut Impact, mut words: WordCursor<'_>, table: &TableName) -> bool {
    if words.take(&["DISCARD", "TABLESPACE"]) {
        impact.lose(Loss::Truncate, table.clone());
        return true;
    }
    let verbs: [&[&str]; 3] = [&["DROP", "PARTITION"], &["TRUNCATE", "PARTITION"], &["DISCARD", "PARTITION"]];
    if !verbs.into_iter().any(|verb| words.take(verb)) {
        return false;
    }
    words.take(&["IF", "EXISTS"]);
    if words.is("ALL") {
        impact.lose(Loss::Truncate, table.clone());
        return true;
    }
    let quoted = |name: &str| quote_identifier(name, Dialect::MYSQL);
    let names: Vec<String> = words.names().iter().map(|partition| quoted(&partition.name)).collect();
    let schema = table.schema.as_deref().map(|schema| format!("{}.", quoted(schema))).unwrap_or_default();
    let rows = format!("{schema}{} PARTITION ({})", quoted(&table.name), names.join(", "));
    impact.losses.push(Losing { loss: Loss::Delete, table: table.clone(), part: LossScope::Rows(rows) });
    true
}

fn action(impact: &mut Impact, mut words: WordCursor<'_>, table: &TableName) -> MysqlMode {
    if words.take(&["ADD"]) {
        if words.take(&["CONSTRAINT"])
            && !words.is("FOREIGN")
            && !words.is("PRIMARY")
            && !words.is("UNIQUE")
            && !words.is("CHECK")
        {
            words.name();
        }
        if words.is("FOREIGN") {
            return COPY;
        }
        if words.is("PRIMARY") {
            return REBUILD;
        }
        if words.is("CHECK") {
            return COPY;
        }
        if words.take_one(&["FULLTEXT", "SPATIAL"]) {
            return ("metadata, in place", Blocks::Writes, Work::Scan);
        }
        if words.take_one(&["INDEX", "KEY", "UNIQUE"]) {
            return IN_PLACE;
        }
        return if words.contains(&["AUTO_INCREMENT"]) || words.contains(&["STORED"]) { COPY } else { INSTANT };
    }
    if words.take(&["DROP"]) {
        if words.is("PRIMARY") {
            return COPY;
        }
        if words.take(&["SYSTEM", "VERSIONING"]) {
            // The rows of the past are deleted (MariaDB), which an ordinary query does not count.
            impact.losses.push(Losing { loss: Loss::Delete, table: table.clone(), part: LossScope::More });
            return COPY;
        }
        if words.take(&["PERIOD", "FOR"]) {
            return INSTANT;
        }
        if !words.take_one(&["INDEX", "KEY", "CONSTRAINT", "FOREIGN", "CHECK"]) {
            words.take(&["COLUMN"]);
            words.take(&["IF", "EXISTS"]);
            impact.lose_column(table, words.name());
        }
        return INSTANT;
    }
    // Assumes the worst case: renaming a column or extending a VARCHAR would be cheaper, but the old definition is
    // unknown.
    if words.take_one(&["MODIFY", "CHANGE"]) || words.is("CONVERT") {
        return COPY;
    }
    if words.take_one(&["ENGINE", "FORCE", "ROW_FORMAT"]) {
        return REBUILD;
    }
    if words.take(&["RENAME"]) {
        if words.take_one(&["COLUMN", "INDEX", "KEY"]) {
            return INSTANT;
        }
        words.take_one(&["TO", "AS"]);
        impact.rename(table, words.name());
        return EXCLUSIVE;
    }
    INSTANT
}

fn drop(impact: &mut Impact, mut words: WordCursor<'_>) {
    if words.take(&["TEMPORARY"]) {
        return;
    }
    if words.take(&["TABLE"]) {
        words.take(&["IF", "EXISTS"]);
        for table in words.names() {
            impact.needs.push(RequiredPrivilege::Own(table.clone(), "DROP"));
            lock(impact, &table, EXCLUSIVE);
            impact.lose(Loss::Table, table);
        }
    } else if words.take(&["INDEX"]) {
        if words.find(&["ON"]) {
            touched(impact, &mut words, INSTANT, "INDEX");
        }
    } else if words.take_one(&["DATABASE", "SCHEMA"]) {
        words.take(&["IF", "EXISTS"]);
        words.names().into_iter().for_each(|schema| impact.lose(Loss::Schema, schema));
    }
}

const ROWS: MysqlMode = ("row locks", Blocks::Nothing, Work::Rows);

fn rows(impact: &mut Impact, mut words: WordCursor<'_>) {
    let ignored: [&[&str]; 5] = [&["LOW_PRIORITY"], &["DELAYED"], &["HIGH_PRIORITY"], &["QUICK"], &["IGNORE"]];
    let privilege = if words.take(&["INSERT"]) || words.take(&["REPLACE"]) {
        words.skip(&ignored);
        words.take(&["INTO"]);
        "INSERT"
    } else if words.take(&["UPDATE"]) {
        words.skip(&ignored);
        "UPDATE"
    } else if words.take(&["DELETE"]) {
        words.skip(&ignored);
        delete(impact, words);
        return;
    } else {
        impact.is_opaque = words.is("CALL");
        return;
    };
    if let Some(table) = words.name() {
        impact.needs.push(RequiredPrivilege::Table(table.clone(), privilege));
        lock(impact, &table, ROWS);
    }
}

/// Handles `DELETE FROM t`, `DELETE t, u FROM references` and `DELETE FROM t, u USING references`. The tables to delete
/// from may be named by their aliases in the references.
fn delete(impact: &mut Impact, mut words: WordCursor<'_>) {
    let is_from_first = words.take(&["FROM"]);
    let targets = words.names();
    let has_references = words.take_one(if is_from_first { &["USING"] } else { &["FROM"] });
    for target in targets {
        let table = if has_references { aliased(words.clone(), &target).unwrap_or(target) } else { target };
        impact.needs.push(RequiredPrivilege::Table(table.clone(), "DELETE"));
        lock(impact, &table, ROWS);
        impact.lose(Loss::Delete, table);
    }
}

/// Returns the table with this alias: `t AS alias` or `t alias`, where a table is expected.
fn aliased(mut references: WordCursor<'_>, alias: &TableName) -> Option<TableName> {
    let mut is_place = true;
    while !references.is_at_end() {
        let mut ahead = references.clone();
        if is_place && let Some(table) = ahead.name() {
            ahead.take(&["AS"]);
            if ahead.name().as_ref() == Some(alias) {
                return Some(table);
            }
        }
        is_place = references.is("JOIN") || references.is("STRAIGHT_JOIN");
        let mut ahead = references.clone();
        is_place |= ahead.sign(",") || ahead.sign("(");
        references.advance();
    }
    None
}
