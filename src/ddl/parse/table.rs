//! `CREATE TABLE` and `ALTER TABLE`.

use super::column::{column, column_named, constraint, data_type};
use super::index::table_index;
use super::reader::Reader;
use crate::ddl::action::{Action, AlterTable, StorageChange};
use crate::ddl::statement::{ConstraintDefinition, ConstraintKind, CreateTable, DdlStatement, Spanned};
use crate::sql::{TableName, TokenKind};

/// Parses what follows `CREATE TABLE`.
pub(super) fn create_table(mut reader: Reader<'_>, is_temporary: bool) -> Option<DdlStatement> {
    let if_not_exists = reader.condition();
    let table = reader.name()?;
    let mut created = CreateTable { table, is_temporary, if_not_exists, ..CreateTable::default() };
    if reader.take(&["PARTITION", "OF"]) {
        created.partition_of = reader.name();
        let mut bound = reader.clone();
        bound.group();
        created.is_default_partition = bound.is("DEFAULT");
    }
    if reader.take(&["LIKE"]) {
        created.is_copy = true;
        return Some(DdlStatement::CreateTable(created));
    }
    if let Some(items) = reader.group() {
        if items.is("LIKE") && reader.is_at_end() && items.clauses().len() == 1 {
            created.is_copy = true;
        }
        for item in items.clauses() {
            table_item(&mut created, item)?;
        }
    }
    created.is_partitioned = reader.has(&["PARTITION", "BY"]);
    created.inherits = reader.has(&["INHERITS"]);
    created.is_copy |= reader.has(&["AS"]) || reader.is("SELECT") || reader.has(&["SELECT"]);
    created.options = reader.plain().to_uppercase();
    nulls_of_keys(&mut created);
    Some(DdlStatement::CreateTable(created))
}

fn table_item(created: &mut CreateTable, mut item: Reader<'_>) -> Option<()> {
    let span = item.span();
    if item.is("LIKE") && item.clone().take(&["LIKE"]) {
        created.is_copy = true;
        return Some(());
    }
    if item.take(&["PERIOD"]) {
        return Some(());
    }
    if let Some(index) = table_index(&mut item.clone(), &created.table) {
        created.indexes.push(Spanned { of: index, span });
        return Some(());
    }
    if let Some(of) = constraint(&mut item) {
        created.constraints.push(Spanned { of, span });
        return Some(());
    }
    let (of, constraints) = column(&mut item)?;
    created.columns.push(Spanned { of, span });
    created.constraints.extend(constraints.into_iter().map(|of| Spanned { of, span }));
    Some(())
}

/// Columns of a primary key are NOT NULL.
fn nulls_of_keys(created: &mut CreateTable) {
    let keys = created.constraints.iter().filter(|clause| clause.of.kind == ConstraintKind::PrimaryKey);
    let names: Vec<String> = keys.flat_map(|clause| clause.of.columns.clone()).collect();
    for column in &mut created.columns {
        column.of.is_not_null |= names.contains(&column.of.name);
    }
}

/// Parses what follows `ALTER TABLE`.
pub(super) fn alter_table(mut reader: Reader<'_>) -> Option<DdlStatement> {
    reader.condition();
    let only = reader.take(&["ONLY"]);
    let table = reader.name()?;
    if reader.take(&["WAIT"]) {
        reader.skip();
    }
    reader.take(&["NOWAIT"]);
    let mut altered = AlterTable { table, only, ..AlterTable::default() };
    let mut clauses = reader.clauses().into_iter().peekable();
    while let Some(mut clause) = clauses.next() {
        if clause.take(&["ALGORITHM"]) {
            clause.sign("=");
            altered.algorithm = clause.next().map(|word| word.text.to_uppercase());
            continue;
        }
        if clause.take(&["LOCK"]) {
            clause.sign("=");
            altered.lock = clause.next().map(|word| word.text.to_uppercase());
            continue;
        }
        let span = clause.span();
        let several = added_columns(clause.clone());
        if several.is_empty() {
            let of = action(clause.clone(), &altered.table).unwrap_or(Action::Unknown);
            // Commas behind these separate their parts, not actions.
            if matches!(of, Action::Partition(_) | Action::Storage(StorageChange::Partitioning)) {
                clauses.by_ref().for_each(drop);
            }
            altered.actions.push(Spanned { of, span });
        } else {
            altered.actions.extend(several.into_iter().map(|of| Spanned { of, span }));
        }
    }
    Some(DdlStatement::AlterTable(altered))
}

/// Parses `ADD (a INT, b INT)`, which MySQL has.
fn added_columns(mut clause: Reader<'_>) -> Vec<Action> {
    if !clause.take(&["ADD"]) {
        return Vec::new();
    }
    clause.take(&["COLUMN"]);
    let Some(group) = clause.group() else { return Vec::new() };
    let column = |mut item: Reader<'_>| {
        let (column, constraints) = column(&mut item)?;
        Some(Action::AddColumn { column, constraints, if_not_exists: false })
    };
    group.clauses().into_iter().filter_map(column).collect()
}

fn action(mut clause: Reader<'_>, table: &TableName) -> Option<Action> {
    if clause.take(&["ADD"]) {
        return add(clause, table);
    }
    if clause.take(&["DROP"]) {
        return drop_part(clause);
    }
    if clause.take(&["ALTER"]) {
        return alter_column(clause);
    }
    if clause.take_one(&["MODIFY", "CHANGE"]) {
        return redefine(clause);
    }
    if clause.take(&["RENAME"]) {
        return rename(clause);
    }
    if clause.take(&["VALIDATE", "CONSTRAINT"]) {
        return Some(Action::ValidateConstraint(clause.identifier()?));
    }
    if clause.take(&["ATTACH", "PARTITION"]) {
        let partition = clause.name()?;
        return Some(Action::AttachPartition { partition, bound: clause.plain() });
    }
    if clause.take(&["DETACH", "PARTITION"]) {
        let partition = clause.name()?;
        return Some(Action::DetachPartition { partition, is_gentle: clause.is_one(&["CONCURRENTLY", "FINALIZE"]) });
    }
    if clause.take(&["SET", "SCHEMA"]) {
        return Some(Action::SetSchema(clause.identifier()?));
    }
    storage(clause.clone()).map(Action::Storage).or_else(|| other(clause))
}

fn add(mut clause: Reader<'_>, table: &TableName) -> Option<Action> {
    if clause.take(&["PARTITION"]) {
        return Some(Action::Partition("ADD".to_owned()));
    }
    if let Some(index) = table_index(&mut clause.clone(), table) {
        return Some(Action::AddIndex(index));
    }
    if let Some(constraint) = constraint(&mut clause) {
        return Some(Action::AddConstraint(constraint));
    }
    if clause.take(&["SYSTEM", "VERSIONING"]) {
        return Some(Action::Storage(StorageChange::Versioning(true)));
    }
    if clause.is("CONSTRAINT") || clause.is("PERIOD") {
        return Some(Action::Other);
    }
    clause.take(&["COLUMN"]);
    let if_not_exists = clause.condition();
    let (column, constraints) = column(&mut clause)?;
    Some(Action::AddColumn { column, constraints, if_not_exists })
}

fn drop_part(mut clause: Reader<'_>) -> Option<Action> {
    if clause.take(&["PRIMARY", "KEY"]) {
        return Some(Action::DropConstraint { name: None, if_exists: false });
    }
    if clause.take(&["PARTITION"]) {
        return Some(Action::Partition("DROP".to_owned()));
    }
    if clause.take(&["SYSTEM", "VERSIONING"]) {
        return Some(Action::Storage(StorageChange::Versioning(false)));
    }
    if clause.take(&["PERIOD", "FOR"]) {
        return Some(Action::Other);
    }
    if clause.take(&["FOREIGN", "KEY"]) || clause.take_one(&["CONSTRAINT", "CHECK"]) {
        let if_exists = clause.condition();
        return Some(Action::DropConstraint { name: Some(clause.identifier()?), if_exists });
    }
    if clause.take_one(&["INDEX", "KEY"]) {
        clause.condition();
        return Some(Action::DropIndex(clause.identifier()?));
    }
    clause.take(&["COLUMN"]);
    clause.condition();
    let column = clause.identifier()?;
    Some(Action::DropColumn { column, cascades: clause.is("CASCADE") })
}

fn alter_column(mut clause: Reader<'_>) -> Option<Action> {
    if clause.take(&["INDEX"]) {
        return Some(Action::Other);
    }
    if clause.take_one(&["CONSTRAINT", "CHECK"]) {
        let name = clause.identifier()?;
        let is_enforced = !clause.has(&["NOT", "ENFORCED"]) && clause.has(&["ENFORCED"]);
        return Some(if is_enforced { Action::EnforceConstraint(name) } else { Action::Other });
    }
    clause.take(&["COLUMN"]);
    let column = clause.identifier()?;
    if clause.take(&["SET", "NOT", "NULL"]) {
        return Some(Action::SetNotNull(column));
    }
    if clause.take(&["DROP", "NOT", "NULL"]) {
        return Some(Action::DropNotNull(column));
    }
    if clause.take(&["SET", "DEFAULT"]) {
        return Some(Action::SetDefault { column, default: clause.text().to_owned() });
    }
    if clause.take(&["DROP", "DEFAULT"]) {
        return Some(Action::DropDefault(column));
    }
    if clause.take(&["DROP", "EXPRESSION"]) {
        return Some(Action::DropExpression(column));
    }
    if clause.take(&["SET", "EXPRESSION"]) {
        return Some(Action::SetExpression(column));
    }
    if clause.take(&["ADD", "GENERATED"]) {
        return Some(Action::AddIdentity(column));
    }
    if clause.take(&["SET", "DATA", "TYPE"]) || clause.take(&["TYPE"]) {
        let (_, data_type) = data_type(&mut clause);
        let mut collation = None;
        if clause.take(&["COLLATE"]) {
            collation = clause.next().map(|word| word.text.trim_matches('"').to_owned());
        }
        let using = clause.take(&["USING"]).then(|| clause.plain());
        return Some(Action::AlterType { column, data_type, using, collation });
    }
    Some(Action::Other)
}

/// Parses `MODIFY [COLUMN] c ...` and `CHANGE [COLUMN] old new ...`; the keyword is before the clause.
fn redefine(mut clause: Reader<'_>) -> Option<Action> {
    let is_change = clause.was("CHANGE");
    clause.take(&["COLUMN"]);
    clause.condition();
    let column = clause.identifier()?;
    let name = if is_change { clause.identifier()? } else { column.clone() };
    let (to, constraints) = column_named(name, &mut clause)?;
    Some(Action::Redefine { column, to, constraints })
}

fn rename(mut clause: Reader<'_>) -> Option<Action> {
    if clause.take(&["CONSTRAINT"]) {
        let from = clause.identifier()?;
        clause.take(&["TO"]);
        return Some(Action::RenamePart { is_index: false, from, to: clause.identifier()? });
    }
    if clause.take_one(&["INDEX", "KEY"]) {
        let from = clause.identifier()?;
        clause.take(&["TO"]);
        return Some(Action::RenamePart { is_index: true, from, to: clause.identifier()? });
    }
    if clause.take_one(&["TO", "AS"]) || clause.sign("=") {
        return Some(Action::RenameTable(clause.name()?));
    }
    let is_column = clause.take(&["COLUMN"]);
    let mut ahead = clause.clone();
    let from = ahead.identifier()?;
    if ahead.take(&["TO"]) {
        return Some(Action::RenameColumn { from, to: ahead.identifier()? });
    }
    // MySQL: RENAME new_name.
    if is_column { None } else { Some(Action::RenameTable(clause.name()?)) }
}

fn storage(mut clause: Reader<'_>) -> Option<StorageChange> {
    if clause.take(&["SET"]) {
        return if clause.take(&["LOGGED"]) {
            Some(StorageChange::Logged(true))
        } else if clause.take(&["UNLOGGED"]) {
            Some(StorageChange::Logged(false))
        } else if clause.take(&["TABLESPACE"]) {
            Some(StorageChange::Tablespace(clause.identifier().unwrap_or_default()))
        } else if clause.take(&["ACCESS", "METHOD"]) {
            Some(StorageChange::AccessMethod)
        } else {
            None
        };
    }
    let value = |clause: &mut Reader<'_>| {
        clause.sign("=");
        clause.next().map(|word| word.text.trim_matches(['\'', '"', '`']).to_lowercase()).unwrap_or_default()
    };
    if clause.take(&["ENGINE"]) {
        Some(StorageChange::Engine(value(&mut clause)))
    } else if clause.take_one(&["ROW_FORMAT", "KEY_BLOCK_SIZE"]) {
        Some(StorageChange::RowFormat)
    } else if clause.take(&["FORCE"]) && clause.is_at_end() {
        Some(StorageChange::Force)
    } else if clause.take(&["CONVERT", "TO"]) {
        let is_named = clause.take(&["CHARACTER", "SET"]) || clause.take(&["CHARSET"]);
        is_named.then(|| StorageChange::Convert(value(&mut clause)))
    } else if clause.take(&["PARTITION", "BY"]) || clause.take(&["REMOVE", "PARTITIONING"]) {
        Some(StorageChange::Partitioning)
    } else if clause.take(&["ORDER", "BY"]) {
        Some(StorageChange::Order)
    } else {
        None
    }
}

/// Parses actions that only some rules, or none, ask about.
fn other(mut clause: Reader<'_>) -> Option<Action> {
    const PARTITIONS: [&str; 7] = ["TRUNCATE", "REORGANIZE", "COALESCE", "EXCHANGE", "REBUILD", "OPTIMIZE", "DISCARD"];
    if let Some(word) = PARTITIONS.iter().find(|word| clause.is(word)) {
        return Some(Action::Partition((*word).to_owned()));
    }
    let mut access = clause.clone();
    let rows = [["ENABLE", "ROW"], ["DISABLE", "ROW"], ["FORCE", "ROW"], ["NO", "FORCE"], ["OWNER", "TO"]];
    if rows.iter().any(|words| access.take(words)) {
        return Some(Action::Access);
    }
    const PLAIN: [&str; 33] = [
        "SET",
        "RESET",
        "ENABLE",
        "DISABLE",
        "CLUSTER",
        "REPLICA",
        "INHERIT",
        "NO",
        "OF",
        "NOT",
        "COMMENT",
        "OPTIONS",
        "AUTO_INCREMENT",
        "STATS_PERSISTENT",
        "STATS_AUTO_RECALC",
        "STATS_SAMPLE_PAGES",
        "DEFAULT",
        "CHARACTER",
        "CHARSET",
        "COLLATE",
        "IMPORT",
        "CHECK",
        "ANALYZE",
        "WITH",
        "WITHOUT",
        "AVG_ROW_LENGTH",
        "MAX_ROWS",
        "MIN_ROWS",
        "COMPRESSION",
        "PACK_KEYS",
        "REPAIR",
        "CHECKSUM",
        "ENCRYPTION",
    ];
    clause.take_one(&PLAIN).then_some(Action::Other)
}

/// Parses `PRIMARY KEY (a)` and the like from a catalog's definition of a constraint.
#[must_use]
pub fn parse_constraint(text: &str, dialect: crate::sql::Dialect) -> Option<ConstraintDefinition> {
    constraint(&mut Reader::new(text, dialect))
}

impl Reader<'_> {
    /// Returns `true` if the token before the next one is this keyword.
    fn was(&self, keyword: &str) -> bool {
        self.before().is_some_and(|word| word.kind == TokenKind::Word && word.text.eq_ignore_ascii_case(keyword))
    }
}
