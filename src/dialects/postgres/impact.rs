//! Impact of PostgreSQL statements: table-level locks (manual, 13.3.1, and the notes of each command) and required
//! privileges.

use crate::sql::{Blocks, Impact, Losing, Loss, LossScope, RequiredPrivilege, TableName, WordCursor, Work};

const ACCESS_SHARE: LockMode = ("ACCESS SHARE", Blocks::Nothing);
const ROW_SHARE: LockMode = ("ROW SHARE", Blocks::Nothing);
const ROW_EXCLUSIVE: LockMode = ("ROW EXCLUSIVE", Blocks::Nothing);
pub(super) const SHARE_UPDATE_EXCLUSIVE: LockMode = ("SHARE UPDATE EXCLUSIVE", Blocks::Shape);
pub(super) const SHARE: LockMode = ("SHARE", Blocks::Writes);
pub(super) const SHARE_ROW_EXCLUSIVE: LockMode = ("SHARE ROW EXCLUSIVE", Blocks::Writes);
const EXCLUSIVE: LockMode = ("EXCLUSIVE", Blocks::Writes);
pub(super) const ACCESS_EXCLUSIVE: LockMode = ("ACCESS EXCLUSIVE", Blocks::Everything);

/// Name in the manual, and what waits.
pub(super) type LockMode = (&'static str, Blocks);

/// All modes, from the weakest to the strongest.
pub(super) const MODES: [LockMode; 8] = [
    ACCESS_SHARE,
    ROW_SHARE,
    ROW_EXCLUSIVE,
    SHARE_UPDATE_EXCLUSIVE,
    SHARE,
    SHARE_ROW_EXCLUSIVE,
    EXCLUSIVE,
    ACCESS_EXCLUSIVE,
];

pub(super) fn impact(mut words: WordCursor<'_>) -> Impact {
    let mut impact = Impact::default();
    if words.take(&["CREATE"]) {
        create(&mut impact, words);
    } else if words.take(&["ALTER"]) {
        alter(&mut impact, words);
    } else if words.take(&["DROP"]) {
        drop(&mut impact, words);
    } else if !maintenance(&mut impact, &mut words) {
        rows(&mut impact, words);
    }
    impact
}

fn lock(impact: &mut Impact, table: &TableName, (name, blocks): LockMode, work: Work) {
    impact.lock(table, name, blocks, work);
}

fn create(impact: &mut Impact, mut words: WordCursor<'_>) {
    words.skip(&[&["OR", "REPLACE"], &["GLOBAL"], &["LOCAL"]]);
    let temporary = words.take_one(&["TEMPORARY", "TEMP"]);
    words.take(&["UNLOGGED"]);
    if words.take(&["TABLE"]) {
        words.take(&["IF", "NOT", "EXISTS"]);
        let Some(table) = words.name() else { return };
        if !temporary {
            impact.needs.push(RequiredPrivilege::Create(table.schema.clone()));
        }
        let mut partition = words.clone();
        if partition.take(&["PARTITION", "OF"])
            && let Some(parent) = partition.name()
        {
            impact.needs.push(RequiredPrivilege::Own(parent.clone(), "ALTER"));
            lock(impact, &parent, ACCESS_EXCLUSIVE, Work::Catalog);
        }
        references(impact, words, &table);
        impact.makes.push(table);
        return;
    }
    words.take(&["UNIQUE"]);
    if words.take(&["INDEX"]) {
        let concurrently = words.take(&["CONCURRENTLY"]);
        if words.find(&["ON"]) {
            words.take(&["ONLY"]);
            owned(impact, words, if concurrently { SHARE_UPDATE_EXCLUSIVE } else { SHARE }, Work::Scan);
        }
    } else if words.take(&["CONSTRAINT", "TRIGGER"]) || words.take(&["TRIGGER"]) {
        if words.find(&["ON"])
            && let Some(table) = words.name()
        {
            impact.needs.push(RequiredPrivilege::Table(table.clone(), "TRIGGER"));
            lock(impact, &table, SHARE_ROW_EXCLUSIVE, Work::Catalog);
        }
    } else if words.take(&["POLICY"]) {
        if words.find(&["ON"]) {
            owned(impact, words, ACCESS_EXCLUSIVE, Work::Catalog);
        }
    } else if words.take(&["RULE"]) {
        // `AS ON DELETE TO t`.
        if words.find(&["TO"]) {
            owned(impact, words, ACCESS_EXCLUSIVE, Work::Catalog);
        }
    } else if words.take(&["STATISTICS"]) {
        if words.find(&["FROM"]) {
            owned(impact, words, SHARE_UPDATE_EXCLUSIVE, Work::Catalog);
        }
    } else if words.take(&["SCHEMA"]) {
        impact.needs.push(RequiredPrivilege::CreateSchema);
    } else {
        words.take(&["RECURSIVE"]);
        words.take(&["MATERIALIZED"]);
        words.take(&["PROCEDURAL"]);
        if words.take_one(&["VIEW", "SEQUENCE", "TYPE", "DOMAIN", "FUNCTION", "PROCEDURE", "AGGREGATE"]) {
            words.take(&["IF", "NOT", "EXISTS"]);
            if let (Some(name), false) = (words.name(), temporary) {
                impact.needs.push(RequiredPrivilege::Create(name.schema.clone()));
                impact.makes.push(name);
            }
        }
    }
}

/// A foreign key locks the referenced table (ALTER TABLE, notes).
fn references(impact: &mut Impact, mut words: WordCursor<'_>, own: &TableName) {
    while words.find(&["REFERENCES"]) {
        if let Some(table) = words.name().filter(|table| table != own) {
            impact.needs.push(RequiredPrivilege::Table(table.clone(), "REFERENCES"));
            lock(impact, &table, SHARE_ROW_EXCLUSIVE, Work::Catalog);
        }
    }
}

fn owned(impact: &mut Impact, mut words: WordCursor<'_>, mode: LockMode, work: Work) {
    if let Some(table) = words.name() {
        impact.needs.push(RequiredPrivilege::Own(table.clone(), "ALTER"));
        lock(impact, &table, mode, work);
    }
}

fn alter(impact: &mut Impact, mut words: WordCursor<'_>) {
    words.skip(&[&["FOREIGN"], &["MATERIALIZED"]]);
    if words.take(&["TABLE"]) {
        words.take(&["IF", "EXISTS"]);
        words.take(&["ONLY"]);
        let Some(table) = words.name() else { return };
        words.sign("*");
        impact.needs.push(RequiredPrivilege::Own(table.clone(), "ALTER"));
        let actions: Vec<_> = words.clauses().into_iter().map(|clause| action(impact, clause, &table)).collect();
        let strongest = actions.iter().copied().max_by_key(|((_, blocks), work)| (*blocks, *work));
        let work = actions.iter().map(|(_, work)| *work).max().unwrap_or(Work::Catalog);
        let (mode, _) = strongest.unwrap_or((ACCESS_EXCLUSIVE, Work::Catalog));
        lock(impact, &table, mode, work);
    } else if words.take(&["INDEX"]) {
        words.take(&["IF", "EXISTS"]);
        impact.needs.extend(words.name().map(RequiredPrivilege::OwnIndex));
    } else if words.take(&["VIEW"]) {
        words.take(&["IF", "EXISTS"]);
        owned(impact, words, ACCESS_EXCLUSIVE, Work::Catalog);
    } else if words.take(&["SEQUENCE"]) {
        words.take(&["IF", "EXISTS"]);
        let is_moved = ["RENAME", "OWNER", "SCHEMA"].iter().any(|word| words.contains(&[word]));
        owned(impact, words, if is_moved { ACCESS_EXCLUSIVE } else { SHARE_ROW_EXCLUSIVE }, Work::Catalog);
    } else if words.take_one(&["TRIGGER", "POLICY", "RULE"]) && words.find(&["ON"]) {
        owned(impact, words, ACCESS_EXCLUSIVE, Work::Catalog);
    }
}

/// Handles one action of ALTER TABLE: the lock on the table itself, and the work done under it.
fn action(impact: &mut Impact, mut words: WordCursor<'_>, table: &TableName) -> (LockMode, Work) {
    if words.take(&["VALIDATE", "CONSTRAINT"]) {
        return (SHARE_UPDATE_EXCLUSIVE, Work::Scan);
    }
    if words.take(&["ADD"]) {
        return add(impact, words, table);
    }
    if words.take(&["DROP"]) {
        if !words.is("CONSTRAINT") {
            words.take(&["COLUMN"]);
            words.take(&["IF", "EXISTS"]);
            impact.lose_column(table, words.name());
        }
        return (ACCESS_EXCLUSIVE, Work::Catalog);
    }
    if words.take(&["ATTACH", "PARTITION"]) {
        if let Some(part) = words.name() {
            lock(impact, &part, ACCESS_EXCLUSIVE, Work::Scan);
        }
        return (SHARE_UPDATE_EXCLUSIVE, Work::Catalog);
    }
    if words.take(&["RENAME", "TO"]) {
        impact.rename(table, words.name());
        return (ACCESS_EXCLUSIVE, Work::Catalog);
    }
    if words.is("DETACH") {
        let mode = if words.contains(&["CONCURRENTLY"]) { SHARE_UPDATE_EXCLUSIVE } else { ACCESS_EXCLUSIVE };
        return (mode, Work::Catalog);
    }
    if words.take(&["ENABLE"]) || words.take(&["DISABLE"]) {
        words.take_one(&["REPLICA", "ALWAYS"]);
        let mode = if words.is("TRIGGER") { SHARE_ROW_EXCLUSIVE } else { ACCESS_EXCLUSIVE };
        return (mode, Work::Catalog);
    }
    if words.take(&["CLUSTER", "ON"]) || words.take(&["SET", "WITHOUT", "CLUSTER"]) {
        return (SHARE_UPDATE_EXCLUSIVE, Work::Catalog);
    }
    if words.take(&["SET"]) {
        if words.sign("(") {
            return (SHARE_UPDATE_EXCLUSIVE, Work::Catalog);
        }
        let rewrites = words.take_one(&["TABLESPACE", "LOGGED", "UNLOGGED", "ACCESS"]);
        return (ACCESS_EXCLUSIVE, if rewrites { Work::Rewrite } else { Work::Catalog });
    }
    if words.take(&["RESET"]) {
        return (SHARE_UPDATE_EXCLUSIVE, Work::Catalog);
    }
    if words.take(&["ALTER"]) {
        return alter_column(&words);
    }
    (ACCESS_EXCLUSIVE, Work::Catalog)
}

fn alter_column(words: &WordCursor<'_>) -> (LockMode, Work) {
    if words.contains(&["SET", "STATISTICS"]) {
        (SHARE_UPDATE_EXCLUSIVE, Work::Catalog)
    } else if words.contains(&["TYPE"]) {
        // Some type changes need no rewrite (varchar(10) to varchar(20)), but the text alone does not reveal the old
        // type.
        (ACCESS_EXCLUSIVE, Work::Rewrite)
    } else if words.contains(&["SET", "NOT", "NULL"]) {
        (ACCESS_EXCLUSIVE, Work::Scan)
    } else {
        (ACCESS_EXCLUSIVE, Work::Catalog)
    }
}

fn add(impact: &mut Impact, words: WordCursor<'_>, table: &TableName) -> (LockMode, Work) {
    let mut named = words.clone();
    if named.take(&["CONSTRAINT"]) {
        named.name();
    }
    let not_valid = words.contains(&["NOT", "VALID"]);
    references(impact, words.clone(), table);
    if named.is("FOREIGN") {
        return (SHARE_ROW_EXCLUSIVE, if not_valid { Work::Catalog } else { Work::Scan });
    }
    let constraint = ["CHECK", "UNIQUE", "PRIMARY", "EXCLUDE"].iter().any(|word| named.is(word));
    if constraint {
        let instant = not_valid || words.contains(&["USING", "INDEX"]);
        return (ACCESS_EXCLUSIVE, if instant { Work::Catalog } else { Work::Scan });
    }
    // The rest adds a column. Volatile defaults, generated and serial columns rewrite every row (ALTER TABLE, notes).
    let volatile = [
        "random",
        "clock_timestamp",
        "gen_random_uuid",
        "uuid_generate_v4",
        "nextval",
        "serial",
        "bigserial",
        "smallserial",
        "GENERATED",
    ];
    let rewrites = volatile.iter().any(|word| words.contains(&[word]));
    let scans = ["UNIQUE", "PRIMARY", "CHECK"].iter().any(|word| words.contains(&[word]));
    let work = if rewrites {
        Work::Rewrite
    } else if scans {
        Work::Scan
    } else {
        Work::Catalog
    };
    (ACCESS_EXCLUSIVE, work)
}

fn drop(impact: &mut Impact, mut words: WordCursor<'_>) {
    words.skip(&[&["FOREIGN"], &["MATERIALIZED"]]);
    if words.take(&["TABLE"]) {
        words.take(&["IF", "EXISTS"]);
        for table in words.names() {
            impact.needs.push(RequiredPrivilege::Own(table.clone(), "DROP"));
            lock(impact, &table, ACCESS_EXCLUSIVE, Work::Catalog);
            impact.lose(Loss::Table, table);
        }
    } else if words.take(&["INDEX"]) {
        let concurrently = words.take(&["CONCURRENTLY"]);
        words.take(&["IF", "EXISTS"]);
        for index in words.names() {
            let mode = if concurrently { SHARE_UPDATE_EXCLUSIVE } else { ACCESS_EXCLUSIVE };
            lock(impact, &index, mode, Work::Catalog);
            impact.needs.push(RequiredPrivilege::OwnIndex(index));
        }
    } else if words.take_one(&["TRIGGER", "POLICY", "RULE"]) {
        if words.find(&["ON"]) {
            owned(impact, words, ACCESS_EXCLUSIVE, Work::Catalog);
        }
    } else if words.take(&["SCHEMA"]) {
        words.take(&["IF", "EXISTS"]);
        if words.contains(&["CASCADE"]) {
            words.names().into_iter().for_each(|schema| impact.lose(Loss::Schema, schema));
        }
    } else if words.take_one(&["VIEW", "SEQUENCE"]) {
        words.take(&["IF", "EXISTS"]);
        for name in words.names() {
            impact.needs.push(RequiredPrivilege::Own(name.clone(), "DROP"));
            // No loss is recorded: the content of a materialized view can be computed again.
            lock(impact, &name, ACCESS_EXCLUSIVE, Work::Catalog);
        }
    }
}

/// Privileges to read. Names that are not tables (of a WITH query, of functions) are harmless here: they are not found
/// in the catalog.
fn read(impact: &mut Impact, words: WordCursor<'_>) {
    let mut written = words.clone();
    if (written.take(&["UPDATE"]) || written.take(&["DELETE", "FROM"])) && written.contains(&["WHERE"]) {
        written.take(&["ONLY"]);
        impact.needs.extend(written.name().map(|table| RequiredPrivilege::Table(table, "SELECT")));
    }
    for keyword in ["FROM", "JOIN", "USING"] {
        let mut rest = if words.is("DELETE") { written.clone() } else { words.clone() };
        while rest.find(&[keyword]) {
            rest.take(&["ONLY"]);
            impact.needs.extend(rest.clone().name().map(|table| RequiredPrivilege::Table(table, "SELECT")));
        }
    }
}

fn maintenance(impact: &mut Impact, words: &mut WordCursor<'_>) -> bool {
    if words.take(&["TRUNCATE"]) {
        words.take(&["TABLE"]);
        for table in words.names() {
            impact.needs.push(RequiredPrivilege::Table(table.clone(), "TRUNCATE"));
            lock(impact, &table, ACCESS_EXCLUSIVE, Work::Catalog);
            let part = if words.contains(&["CASCADE"]) { LossScope::More } else { LossScope::All };
            impact.losses.push(Losing { loss: Loss::Truncate, table, part });
        }
    } else if words.take(&["VACUUM"]) {
        let full = words.contains(&["FULL"]);
        words.skip_group();
        words.skip(&[&["FULL"], &["FREEZE"], &["VERBOSE"], &["ANALYZE"]]);
        let mode = if full { ACCESS_EXCLUSIVE } else { SHARE_UPDATE_EXCLUSIVE };
        let work = if full { Work::Rewrite } else { Work::Scan };
        words.clauses().into_iter().for_each(|words| owned(impact, words, mode, work));
    } else if words.take_one(&["ANALYZE", "ANALYSE"]) {
        words.take(&["VERBOSE"]);
        owned(impact, words.clone(), SHARE_UPDATE_EXCLUSIVE, Work::Rows);
    } else if words.take(&["CLUSTER"]) {
        words.skip_group();
        words.take(&["VERBOSE"]);
        owned(impact, words.clone(), ACCESS_EXCLUSIVE, Work::Rewrite);
    } else if words.take(&["REINDEX"]) {
        let concurrently = words.contains(&["CONCURRENTLY"]);
        let is_index = words.clone().find(&["INDEX"]);
        if words.find(&[if is_index { "INDEX" } else { "TABLE" }]) {
            words.take(&["CONCURRENTLY"]);
            let mode = if concurrently { SHARE_UPDATE_EXCLUSIVE } else { SHARE };
            if is_index {
                // The table of the index is locked; which one that is, the catalog knows.
                let index = words.name();
                impact.needs.extend(index.clone().map(RequiredPrivilege::OwnIndex));
                index.into_iter().for_each(|index| lock(impact, &index, mode, Work::Scan));
            } else {
                owned(impact, words.clone(), mode, Work::Scan);
            }
        }
    } else if words.take(&["REFRESH", "MATERIALIZED", "VIEW"]) {
        let mode = if words.take(&["CONCURRENTLY"]) { EXCLUSIVE } else { ACCESS_EXCLUSIVE };
        owned(impact, words.clone(), mode, Work::Rewrite);
    } else if words.take(&["COMMENT", "ON"]) {
        comment(impact, words.clone());
    } else if words.take(&["LOCK"]) {
        words.take(&["TABLE"]);
        let is_named = |(name, _): &LockMode| {
            words.contains(&["IN"].into_iter().chain(name.split(' ')).chain(["MODE"]).collect::<Vec<_>>())
        };
        let mode = MODES.into_iter().find(is_named).unwrap_or(ACCESS_EXCLUSIVE);
        for table in words.names() {
            lock(impact, &table, mode, Work::Catalog);
        }
    } else if words.take(&["DO"]) || words.take(&["CALL"]) || words.take(&["EXECUTE"]) {
        impact.is_opaque = true;
    } else {
        return false;
    }
    true
}

fn comment(impact: &mut Impact, mut words: WordCursor<'_>) {
    words.skip(&[&["FOREIGN"], &["MATERIALIZED"]]);
    if words.take_one(&["TABLE", "VIEW", "SEQUENCE"]) {
        owned(impact, words, SHARE_UPDATE_EXCLUSIVE, Work::Catalog);
    } else if words.take(&["COLUMN"])
        && let Some(table) = words.table_of_column()
    {
        impact.needs.push(RequiredPrivilege::Own(table.clone(), "ALTER"));
        lock(impact, &table, SHARE_UPDATE_EXCLUSIVE, Work::Catalog);
    }
}

fn rows(impact: &mut Impact, mut words: WordCursor<'_>) {
    if words.is("INSERT") || words.is("UPDATE") || words.is("DELETE") || words.is("WITH") || words.is("SELECT") {
        read(impact, words.clone());
    }
    let written = |impact: &mut Impact, words: &mut WordCursor<'_>, privilege: &'static str| {
        words.take(&["ONLY"]);
        let table = words.name()?;
        impact.needs.push(RequiredPrivilege::Table(table.clone(), privilege));
        lock(impact, &table, ROW_EXCLUSIVE, Work::Rows);
        Some(table)
    };
    let from_query = words.take(&["WITH"]);
    if from_query {
        // Data-modifying statements in a WITH are found by their verbs; names of WITH queries are ignored.
        let verbs: [(&[&str], &str); 3] =
            [(&["INSERT", "INTO"], "INSERT"), (&["UPDATE"], "UPDATE"), (&["DELETE", "FROM"], "DELETE")];
        for (verb, privilege) in verbs {
            let mut rest = words.clone();
            while rest.find(verb) {
                let table = written(impact, &mut rest, privilege);
                if let (Some(table), "DELETE") = (table, privilege) {
                    impact.lose(Loss::Delete, table);
                }
            }
        }
    } else if words.take(&["INSERT", "INTO"]) {
        written(impact, &mut words, "INSERT");
    } else if words.take(&["UPDATE"]) {
        written(impact, &mut words, "UPDATE");
    } else if words.take(&["DELETE", "FROM"]) {
        if let Some(table) = written(impact, &mut words, "DELETE") {
            impact.lose(Loss::Delete, table);
        }
    } else if words.take(&["MERGE", "INTO"]) {
        if let (Some(table), true) = (written(impact, &mut words, "UPDATE"), words.contains(&["THEN", "DELETE"])) {
            impact.needs.push(RequiredPrivilege::Table(table.clone(), "DELETE"));
            impact.lose(Loss::Delete, table);
        }
    } else if words.take(&["COPY"]) && words.contains(&["FROM"]) {
        written(impact, &mut words, "INSERT");
    }
}
