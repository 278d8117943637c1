//! Work of changes on tables with rows, as measured on MySQL 9.7 and MariaDB 10.11 and 11.8 with InnoDB, and described in
//! "Online DDL Operations" of MySQL's manual.

mod locks;
mod made_up;
mod online_copy;
mod together;
mod types;

use self::types::{ColumnShape, canonical};
use super::MysqlDialect;
use super::flavour::MysqlFlavour;
use crate::ddl::{
    Action, ActionWork, AlterTable, ChangeRules, ConstraintDefinition, ConstraintKind, DdlColumn, DdlServer,
    DdlStatement, IndexDefinition, MadeUpValue, Outline, Relation, StorageChange,
};
use crate::sql::{Blocks, Dialect, Lexer, TableLock, TokenKind, Work};

/// Others read and write; a later change of the table waits.
const SHAPE: Blocks = Blocks::Shape;
const WRITES: Blocks = Blocks::Writes;

impl ChangeRules for MysqlDialect {
    fn data_type(&self, written: &str) -> String {
        canonical(written)
    }

    fn work(&self, action: &Action, table: &Relation, outline: &Outline, server: &DdlServer) -> ActionWork {
        online_copy::relax(work(action, table, outline, server), &[action], table, server)
    }

    fn alter_work(&self, altered: &AlterTable, table: &Relation, outline: &Outline, server: &DdlServer) -> ActionWork {
        let actions: Vec<&Action> = altered.actions.iter().map(|action| &action.of).collect();
        online_copy::relax(together::alter_work(altered, table, outline, server), &actions, table, server)
    }

    fn index_work(&self, index: &IndexDefinition, table: Option<&Relation>, server: &DdlServer) -> ActionWork {
        let (unknown, work) = (Relation::default(), index_work(index, table));
        online_copy::relax(work, &[], table.unwrap_or(&unknown), server)
    }

    fn lock_name(&self, _statement: &DdlStatement) -> &'static str {
        "metadata lock"
    }

    fn locks(&self, sql: &str, statement: &DdlStatement, outline: &Outline, server: &DdlServer) -> Vec<TableLock> {
        locks::locks(sql, statement, outline, server)
    }

    fn narrows(&self, from: &str, to: &str) -> bool {
        ColumnShape::parse(from).narrows_to(&ColumnShape::parse(to))
    }

    fn is_same_family(&self, from: &str, to: &str) -> bool {
        ColumnShape::parse(from).family() == ColumnShape::parse(to).family()
    }

    fn is_comparable(&self, one: &str, other: &str) -> bool {
        let (one, other) = (ColumnShape::parse(one), ColumnShape::parse(other));
        one.base == other.base && one.is_unsigned == other.is_unsigned
            || one.family() == "text" && other.family() == "text"
    }

    fn refused_clause(
        &self,
        (algorithm, lock): (Option<&str>, Option<&str>),
        work: &ActionWork,
        server: &DdlServer,
    ) -> Option<String> {
        let flavour = MysqlFlavour::from_handle(server.flavour);
        let is_refused = match algorithm {
            Some("INSTANT") if lock.is_some_and(|lock| lock != "DEFAULT") && !flavour.has_all_clauses() => {
                return Some("ALGORITHM=INSTANT takes no LOCK".to_owned());
            }
            Some("INSTANT") => work.work >= Work::Scan,
            Some("NOCOPY") if !flavour.has_all_clauses() => return Some("there is no ALGORITHM=NOCOPY".to_owned()),
            // A rebuild in place is refused by NOCOPY, a copy by both.
            Some("NOCOPY") => work.work >= Work::Rewrite,
            Some("INPLACE") => work.is_copy,
            Some("COPY") => lock == Some("NONE") && !flavour.copies_beside_writers(server.version),
            _ => false,
        };
        let is_lock_refused = lock == Some("NONE")
            && work.blocks >= WRITES
            && algorithm != Some("COPY")
            && !(work.is_copy && flavour.copies_beside_writers(server.version));
        let clause = if is_refused { algorithm } else { Some("LOCK=NONE").filter(|_| is_lock_refused) };
        clause.map(|clause| format!("{clause} is refused: {}", work.reason))
    }

    fn ignores_inline_references(&self, server: &DdlServer) -> bool {
        MysqlFlavour::from_handle(server.flavour).ignores_inline_references(server.version)
    }

    fn limits_time_of_changes(&self, server: &DdlServer) -> bool {
        // The other variable is for SELECT only.
        MysqlFlavour::from_handle(server.flavour).statement_timeout_variable() == "max_statement_time"
    }

    fn largest_number(&self, data_type: &str) -> Option<u64> {
        ColumnShape::parse(data_type).largest_number()
    }

    fn most_row_versions(&self, server: &DdlServer) -> Option<usize> {
        MysqlFlavour::from_handle(server.flavour).most_row_versions(server.version)
    }

    fn numbers(&self, count: u64) -> String {
        made_up::numbers(count)
    }

    fn made_up_value(&self, data_type: &str, number: &str, _outline: &Outline) -> Option<MadeUpValue> {
        made_up::value(data_type, number)
    }

    fn longest_name(&self) -> Option<(usize, &'static str)> {
        Some((64, "characters"))
    }
}

/// Returns the work of an action where a copy makes writers wait.
fn work(action: &Action, table: &Relation, outline: &Outline, server: &DdlServer) -> ActionWork {
    let flavour = MysqlFlavour::from_handle(server.flavour);
    let has_inline_keys = !MysqlDialect.ignores_inline_references(server);
    match action {
        Action::AddColumn { constraints, .. } if has_inline_keys && adds_foreign_key(constraints, outline) => {
            copy("every row is looked up in the referenced table")
        }
        Action::AddColumn { column, constraints, .. } => add_column(column, constraints, table, flavour),
        Action::DropColumn { column, .. } => drop_column(table, column, flavour),
        Action::Redefine { column, to, constraints } => redefine(table, column, (to, constraints), flavour),
        Action::AddIndex(index) => index_work(index, Some(table)),
        Action::EnforceConstraint(_) => copy("every row is tested"),
        Action::AddConstraint(constraint)
            if matches!(constraint.kind, ConstraintKind::ForeignKey(_)) && !checks_foreign_keys(outline) =>
        {
            ActionWork::catalog(SHAPE)
        }
        Action::AddConstraint(constraint) => add_constraint(constraint),
        Action::DropConstraint { name: None, .. } => copy("the rows are in the order of the primary key"),
        Action::Storage(change) => storage(change, table, flavour),
        Action::Partition(word) if matches!(word.as_str(), "REORGANIZE" | "COALESCE" | "REBUILD" | "OPTIMIZE") => {
            ActionWork::because(Work::Rewrite, WRITES, "partitions are written again")
        }
        Action::RenameTable(_) | Action::Partition(_) => ActionWork::catalog(Blocks::Everything),
        _ => ActionWork::catalog(SHAPE),
    }
}

fn index_work(index: &IndexDefinition, table: Option<&Relation>) -> ActionWork {
    if index.algorithm.as_deref() == Some("COPY") {
        return copy("ALGORITHM=COPY copies the table");
    }
    let is_first = || table.is_some_and(|table| !has_index(table, "fulltext"));
    if index.method == "fulltext" && is_first() {
        return shared_rebuild("the first fulltext index of a table adds a hidden column to it");
    }
    if matches!(index.method.as_str(), "fulltext" | "spatial") {
        return ActionWork::because(Work::Scan, WRITES, format!("a {} index is built with LOCK=SHARED", index.method));
    }
    if index.columns.iter().any(|column| column.starts_with('(')) {
        return ActionWork::because(Work::Scan, WRITES, "an index on an expression is built with LOCK=SHARED");
    }
    ActionWork::because(Work::Scan, SHAPE, "the index is built beside readers and writers")
}

fn copy(reason: impl Into<String>) -> ActionWork {
    ActionWork { is_copy: true, ..ActionWork::because(Work::Rewrite, WRITES, reason) }
}

fn rebuild(reason: impl Into<String>) -> ActionWork {
    ActionWork::because(Work::Rewrite, SHAPE, reason)
}

/// Rebuild in place that writers wait for.
fn shared_rebuild(reason: &str) -> ActionWork {
    ActionWork::because(Work::Rewrite, WRITES, reason)
}

fn has_index(table: &Relation, method: &str) -> bool {
    table.indexes.iter().any(|index| index.method == method)
}

fn has_virtual_column(table: &Relation) -> bool {
    table.columns.iter().any(|column| column.generated.as_ref().is_some_and(|generated| !generated.is_stored))
}

fn add_column(
    column: &DdlColumn,
    constraints: &[ConstraintDefinition],
    table: &Relation,
    flavour: MysqlFlavour,
) -> ActionWork {
    if column.generated.as_ref().is_some_and(|generated| generated.is_stored) {
        return copy("a stored column is computed for each row");
    }
    if column.is_numbered {
        return copy("each row gets a number of its own");
    }
    let default = column.default.as_deref().unwrap_or_default();
    if is_expression(default) && !(flavour.keeps_rows_in_more_cases() && is_same_for_all_rows(default, table)) {
        return copy("a default in parentheses is computed for each row");
    }
    let has = |test: fn(&ConstraintKind) -> bool| constraints.iter().any(|constraint| test(&constraint.kind));
    if has(|kind| matches!(kind, ConstraintKind::Check(_))) && !flavour.keeps_rows_in_more_cases() {
        return copy("the CHECK is tested for each row");
    }
    if has(|kind| matches!(kind, ConstraintKind::Unique | ConstraintKind::PrimaryKey)) {
        return rebuild("the table is rebuilt with the index");
    }
    if has_index(table, "fulltext") {
        return if flavour.rebuilds_full_text_in_place() {
            shared_rebuild("a table with a FULLTEXT index is rebuilt with LOCK=SHARED")
        } else {
            copy("a table with a FULLTEXT index has no instant change of columns")
        };
    }
    if table.options.contains("COMPRESSED") {
        return rebuild("a compressed table has no instant change of columns");
    }
    if flavour.keeps_rows_in_more_cases() && has_indexed_virtual_column(table) {
        return shared_rebuild("a table with an index on a virtual column is rebuilt with LOCK=SHARED");
    }
    if column.has_place && flavour.keeps_rows_in_more_cases() && has_virtual_column(table) {
        return copy("FIRST and AFTER copy a table that has a virtual column");
    }
    ActionWork::catalog(SHAPE)
}

/// Returns `true` for a default that is computed: in parentheses, or a call other than of the current time.
fn is_expression(default: &str) -> bool {
    let name = default.split('(').next().unwrap_or_default().trim().to_lowercase();
    let is_time = matches!(name.as_str(), "now" | "current_timestamp" | "localtime" | "localtimestamp" | "curdate");
    default.starts_with('(') || default.contains('(') && !is_time && !default.starts_with(['\'', '"'])
}

fn has_indexed_virtual_column(table: &Relation) -> bool {
    let is_indexed = |name: &str| {
        let names = |columns: &[String]| columns.iter().any(|own| own.eq_ignore_ascii_case(name));
        table.keys().any(names) || table.indexes.iter().any(|index| names(&index.columns))
    };
    let is_virtual = |column: &&DdlColumn| column.generated.as_ref().is_some_and(|generated| !generated.is_stored);
    table.columns.iter().filter(is_virtual).any(|column| is_indexed(&column.name))
}

/// A default that names no column and makes no unique value is computed once.
fn is_same_for_all_rows(default: &str, table: &Relation) -> bool {
    let words =
        Lexer::new(default, Dialect::MYSQL).map_while(Result::ok).map(|token| (token.kind, token.span.slice(default)));
    let is_other = |(kind, text): (TokenKind, &str)| match kind {
        TokenKind::Word => {
            let name = text.to_ascii_lowercase();
            name.starts_with("uuid") || matches!(name.as_str(), "sysdate" | "sys_guid") || table.column(text).is_some()
        }
        TokenKind::QuotedIdentifier => true,
        _ => false,
    };
    !words.into_iter().any(is_other)
}

/// Adds a foreign key whose rows are checked.
fn adds_foreign_key(constraints: &[ConstraintDefinition], outline: &Outline) -> bool {
    let is_foreign_key = |constraint: &ConstraintDefinition| matches!(constraint.kind, ConstraintKind::ForeignKey(_));
    constraints.iter().any(is_foreign_key) && checks_foreign_keys(outline)
}

/// The session checks foreign keys.
fn checks_foreign_keys(outline: &Outline) -> bool {
    let is_off = |value: &str| matches!(value.to_ascii_lowercase().as_str(), "0" | "off" | "false");
    !outline.setting("foreign_key_checks").is_some_and(is_off)
}

fn drop_column(table: &Relation, column: &str, flavour: MysqlFlavour) -> ActionWork {
    let names = |columns: &[String]| columns.iter().any(|own| own.eq_ignore_ascii_case(column));
    if has_index(table, "fulltext") {
        return copy("a table with a FULLTEXT index has no instant change of columns");
    }
    let is_rebuilt = |columns: &[String]| {
        // An index of this column alone is dropped with it.
        names(columns) && !(flavour.keeps_rows_in_more_cases() && columns.len() == 1)
    };
    if table.keys().any(is_rebuilt) || table.indexes.iter().any(|index| is_rebuilt(&index.columns)) {
        return rebuild("the column is in an index");
    }
    ActionWork::catalog(SHAPE)
}

fn add_constraint(constraint: &ConstraintDefinition) -> ActionWork {
    match &constraint.kind {
        ConstraintKind::Check(_) if constraint.not_valid => ActionWork::catalog(SHAPE),
        ConstraintKind::Check(_) => copy("every row is tested: there is no online way to add a CHECK"),
        ConstraintKind::ForeignKey(_) => copy("every row is looked up in the referenced table"),
        ConstraintKind::PrimaryKey => rebuild("the rows are put in the order of the primary key"),
        ConstraintKind::Unique if constraint.columns.iter().any(|column| column.starts_with('(')) => {
            ActionWork::because(Work::Scan, WRITES, "an index on an expression is built with LOCK=SHARED")
        }
        ConstraintKind::Unique => {
            ActionWork::because(Work::Scan, SHAPE, "the index is built beside readers and writers")
        }
        ConstraintKind::Exclusion | ConstraintKind::NotNull => ActionWork::catalog(SHAPE),
    }
}

fn storage(change: &StorageChange, table: &Relation, flavour: MysqlFlavour) -> ActionWork {
    match change {
        StorageChange::Engine(engine) if engine == "innodb" => {
            rebuild("ENGINE= rebuilds the table, also for the same engine")
        }
        StorageChange::Engine(engine) => copy(format!("the rows move to {engine}")),
        StorageChange::RowFormat => rebuild("the rows are written in the other format, also in the same one"),
        StorageChange::Force => rebuild("FORCE rebuilds the table"),
        StorageChange::Partitioning => copy("the rows move to partitions or back"),
        StorageChange::Order => copy("the rows are sorted"),
        StorageChange::Convert(charset) => convert(charset, table, flavour),
        StorageChange::Versioning(_) => copy("every row gets the columns of its period"),
        StorageChange::Logged(_) | StorageChange::Tablespace(_) | StorageChange::AccessMethod => {
            ActionWork::catalog(SHAPE)
        }
    }
}

/// The conversion of a table from utf8mb3 keeps its rows on MariaDB, unless a column has another character set.
fn convert(charset: &str, table: &Relation, flavour: MysqlFlavour) -> ActionWork {
    let is_mb3 = |text: &str| matches!(text.split('_').next(), Some("utf8" | "utf8mb3"));
    // A TEXT column becomes a MEDIUMTEXT, so that it holds as many characters.
    let of_column = |column: &DdlColumn| {
        column.charset.as_deref().or(column.collation.as_deref()).is_none_or(is_mb3)
            && !column.data_type.ends_with("text")
    };
    let is_known = is_mb3(&types::table_charset(table));
    if charset == "utf8mb4" && flavour.keeps_rows_in_more_cases() && is_known && table.columns.iter().all(of_column) {
        return ActionWork::catalog(SHAPE);
    }
    copy("every text is converted")
}

fn redefine(
    table: &Relation,
    column: &str,
    (to, constraints): (&DdlColumn, &[ConstraintDefinition]),
    flavour: MysqlFlavour,
) -> ActionWork {
    let Some(own) = table.column(column) else { return copy("the old definition of the column is not known") };
    if constraints.iter().any(|constraint| matches!(constraint.kind, ConstraintKind::Check(_))) {
        return copy("the CHECK is tested for each row");
    }
    if own.generated != to.generated {
        let stored = |column: &DdlColumn| column.generated.as_ref().is_some_and(|generated| generated.is_stored);
        if stored(own) || stored(to) || !flavour.has_instant_change_of_virtual_column() {
            return copy("the values are computed again");
        }
        return ActionWork::catalog(SHAPE);
    }
    let is_indexed = table.keys().any(|columns| columns.iter().any(|name| name.eq_ignore_ascii_case(column)))
        || table.indexes.iter().any(|index| index.columns.iter().any(|name| name.eq_ignore_ascii_case(column)));
    if let Some(work) = types::change((own, to), &types::table_charset(table), is_indexed, flavour)
        && work.work != Work::Catalog
    {
        return work;
    }
    if own.is_not_null != to.is_not_null && !table.primary_key().is_some_and(|key| key.contains(&own.name)) {
        return if flavour.keeps_rows_in_more_cases() && has_virtual_column(table) {
            copy("a change of NULL copies a table that has a virtual column")
        } else {
            rebuild("NULL and NOT NULL are stored differently")
        };
    }
    if to.has_place && !flavour.keeps_rows_in_more_cases() {
        return rebuild("the column moves to another place");
    }
    ActionWork::catalog(SHAPE)
}
