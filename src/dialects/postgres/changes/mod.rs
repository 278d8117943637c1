//! Work of changes on tables with rows, as measured on PostgreSQL 12, 14, 16 and 18, and described in the notes of
//! ALTER TABLE in the manual.

mod locks;
mod made_up;
mod sizes;
mod types;

use self::types::{Kept, SqlType, canonical, kept};
use super::PostgresDialect;
use super::impact::MODES;
use crate::ddl::{
    Action, ActionWork, ChangeRules, ConstraintDefinition, ConstraintKind, DdlColumn, DdlServer, DdlStatement,
    DropKind, FixedSize, IndexDefinition, MadeUpValue, Outline, Relation, StorageChange, Volatility,
};
use crate::sql::{Blocks, Dialect, Lexer, TableLock, TokenKind, Work};

const ALL: Blocks = Blocks::Everything;

/// Functions of the server and of common extensions whose value differs from row to row.
const VOLATILE: [&str; 20] = [
    "random",
    "random_normal",
    "clock_timestamp",
    "timeofday",
    "gen_random_uuid",
    "uuidv4",
    "uuidv7",
    "gen_random_bytes",
    "uuid_generate_v1",
    "uuid_generate_v1mc",
    "uuid_generate_v4",
    "nextval",
    "setval",
    "currval",
    "lastval",
    "pg_backend_pid",
    "txid_current",
    "gen_salt",
    "ulid_generate",
    "nanoid",
];

/// Names of the time zone in which a time is the same with and without a zone.
const UTC: [&str; 4] = ["UTC", "Etc/UTC", "GMT", "Etc/GMT"];

impl ChangeRules for PostgresDialect {
    fn data_type(&self, written: &str) -> String {
        canonical(written)
    }

    fn default_schema(&self) -> Option<&'static str> {
        Some("public")
    }

    fn work(&self, action: &Action, table: &Relation, outline: &Outline, _server: &DdlServer) -> ActionWork {
        match action {
            Action::AddColumn { column, constraints, if_not_exists } => {
                if *if_not_exists && table.column(&column.name).is_some() {
                    return ActionWork::catalog(ALL);
                }
                add_column(column, constraints, outline)
            }
            Action::AlterType { column, data_type, using, collation } => {
                alter_type(table, column, (data_type, using.as_deref(), collation.as_deref()), outline)
            }
            Action::SetNotNull(column) if table.has_no_nulls(column) => ActionWork::catalog(ALL),
            Action::SetNotNull(_) => {
                ActionWork::because(Work::Scan, ALL, "no valid CHECK proves that the column has no NULL")
            }
            Action::AddConstraint(constraint) => add_constraint(constraint, table),
            Action::ValidateConstraint(_) => {
                ActionWork::because(Work::Scan, Blocks::Shape, "the rows are checked, beside readers and writers")
            }
            Action::SetExpression(_) => ActionWork::because(Work::Rewrite, ALL, "the stored values are computed again"),
            // Nothing moves where nothing changes.
            Action::Storage(StorageChange::Logged(is_logged)) if *is_logged != table.is_unlogged => {
                ActionWork::catalog(ALL)
            }
            Action::Storage(StorageChange::Tablespace(name))
                if name == "pg_default" && !table.options.contains("TABLESPACE") =>
            {
                ActionWork::catalog(ALL)
            }
            Action::Storage(StorageChange::Logged(_)) => {
                ActionWork::because(Work::Rewrite, ALL, "the table moves to other files")
            }
            Action::Storage(_) => ActionWork::because(Work::Rewrite, ALL, "the table is written again elsewhere"),
            Action::DetachPartition { is_gentle: true, .. } => ActionWork::catalog(Blocks::Shape),
            Action::AttachPartition { .. } => ActionWork::catalog(Blocks::Shape),
            Action::Other => ActionWork::catalog(Blocks::Shape),
            Action::EnforceConstraint(_) => {
                ActionWork::because(Work::Scan, ALL, "every row is checked, in both tables of a foreign key")
            }
            _ => ActionWork::catalog(ALL),
        }
    }

    fn index_work(&self, index: &IndexDefinition, table: Option<&Relation>, _server: &DdlServer) -> ActionWork {
        // ONLY means something on a partitioned table only.
        if index.only && table.is_none_or(|table| table.is_partitioned) {
            return ActionWork::catalog(Blocks::Writes);
        }
        let blocks = if index.concurrently { Blocks::Shape } else { Blocks::Writes };
        ActionWork::because(Work::Scan, blocks, "the index is built from all rows")
    }

    fn lock_name(&self, statement: &DdlStatement) -> &'static str {
        match statement {
            DdlStatement::CreateIndex(index) if index.concurrently => "SHARE UPDATE EXCLUSIVE",
            DdlStatement::CreateIndex(_) => "SHARE",
            DdlStatement::CreateTrigger { .. } => "SHARE ROW EXCLUSIVE",
            DdlStatement::Reindex { concurrently: true, .. } => "SHARE UPDATE EXCLUSIVE",
            DdlStatement::Reindex { .. } => "SHARE, and ACCESS EXCLUSIVE on its indexes",
            DdlStatement::Refresh { concurrently: true, .. } => "EXCLUSIVE",
            DdlStatement::Drop(dropped) if dropped.kind == DropKind::Index && dropped.concurrently => {
                "SHARE UPDATE EXCLUSIVE"
            }
            DdlStatement::AlterTable(altered) => {
                let foreign = |action: &Action| match action {
                    Action::AddConstraint(constraint) => matches!(constraint.kind, ConstraintKind::ForeignKey(_)),
                    _ => false,
                };
                let shape = |action: &Action| {
                    matches!(
                        action,
                        Action::ValidateConstraint(_)
                            | Action::AttachPartition { .. }
                            | Action::DetachPartition { is_gentle: true, .. }
                    )
                };
                let all = |test: &dyn Fn(&Action) -> bool| altered.actions.iter().all(|action| test(&action.of));
                if all(&shape) {
                    "SHARE UPDATE EXCLUSIVE"
                } else if all(&|action| foreign(action) || shape(action)) {
                    "SHARE ROW EXCLUSIVE"
                } else {
                    "ACCESS EXCLUSIVE"
                }
            }
            _ => "ACCESS EXCLUSIVE",
        }
    }

    fn locks(&self, sql: &str, statement: &DdlStatement, outline: &Outline, server: &DdlServer) -> Vec<TableLock> {
        locks::locks(sql, statement, outline, server)
    }

    fn lock_rank(&self, lock: &TableLock) -> usize {
        MODES.iter().position(|(name, _)| *name == lock.name).unwrap_or_default()
    }

    fn narrows(&self, from: &str, to: &str) -> bool {
        SqlType::parse(from).narrows_to(&SqlType::parse(to))
    }

    fn is_same_family(&self, from: &str, to: &str) -> bool {
        SqlType::parse(from).family() == SqlType::parse(to).family()
    }

    fn is_comparable(&self, one: &str, other: &str) -> bool {
        SqlType::parse(one).base == SqlType::parse(other).base
    }

    fn fixed_size(&self, data_type: &str, outline: &Outline) -> Option<FixedSize> {
        sizes::fixed_size(data_type, outline)
    }

    fn largest_number(&self, data_type: &str) -> Option<u64> {
        match SqlType::parse(&canonical(data_type)).base.as_str() {
            "smallint" => Some(32_767),
            "integer" => Some(2_147_483_647),
            _ => None,
        }
    }

    fn numbers(&self, count: u64) -> String {
        format!("generate_series(1, {count}) AS n")
    }

    fn overriding_clause(&self) -> &'static str {
        " OVERRIDING SYSTEM VALUE"
    }

    fn made_up_value(&self, data_type: &str, number: &str, outline: &Outline) -> Option<MadeUpValue> {
        made_up::value(data_type, number, outline)
    }

    fn longest_name(&self) -> Option<(usize, &'static str)> {
        Some((63, "bytes"))
    }
}

/// A column without a volatile default is kept in the catalog only (ALTER TABLE, notes).
fn add_column(column: &DdlColumn, constraints: &[ConstraintDefinition], outline: &Outline) -> ActionWork {
    let rewrite = |reason: String| ActionWork::because(Work::Rewrite, ALL, reason);
    if column.is_numbered {
        return rewrite("each row gets a number of its own".to_owned());
    }
    if column.generated.as_ref().is_some_and(|generated| generated.is_stored) {
        return rewrite("a stored column is computed for each row".to_owned());
    }
    if let Some(domain) = outline.domain(&column.data_type)
        && (domain.has_check || domain.is_not_null && column.default.is_some())
    {
        return rewrite(format!(
            "the domain {} has constraints, which the server checks for each row",
            column.data_type
        ));
    }
    if let Some(function) = column.default.as_deref().and_then(|default| volatile_call(default, outline)) {
        return rewrite(format!("{function}() has another value for each row"));
    }
    let valid = |test: fn(&ConstraintKind) -> bool| {
        constraints.iter().any(|constraint| !constraint.not_valid && test(&constraint.kind))
    };
    if valid(|kind| matches!(kind, ConstraintKind::Check(_))) {
        return ActionWork::because(Work::Scan, ALL, "the CHECK is tested for each row");
    }
    if valid(|kind| matches!(kind, ConstraintKind::Unique | ConstraintKind::PrimaryKey)) {
        return ActionWork::because(Work::Scan, ALL, "an index is built for the constraint");
    }
    if column.default.as_deref().is_some_and(|default| !default.eq_ignore_ascii_case("null"))
        && valid(|kind| matches!(kind, ConstraintKind::ForeignKey(_)))
    {
        return ActionWork::because(Work::Scan, ALL, "the foreign key is checked for each row");
    }
    ActionWork::catalog(ALL)
}

/// Returns the first function call in a default whose value differs from row to row. A function that no statement created
/// and that is not among the known ones counts as stable: the server's own are.
fn volatile_call(default: &str, outline: &Outline) -> Option<String> {
    let tokens: Vec<_> = Lexer::new(default, Dialect::POSTGRES)
        .map_while(Result::ok)
        .filter(|token| !token.kind.is_trivia())
        .map(|token| (token.kind, token.span.slice(default)))
        .collect();
    let calls = tokens.windows(2).filter_map(|pair| match pair {
        [(TokenKind::Word, name), (TokenKind::Open, _)] => Some(name.to_lowercase()),
        _ => None,
    });
    calls
        .into_iter()
        .find(|name| VOLATILE.contains(&name.as_str()) || outline.volatility(name) == Some(Volatility::Volatile))
}

fn alter_type(
    table: &Relation,
    column: &str,
    (data_type, using, collation): (&str, Option<&str>, Option<&str>),
    outline: &Outline,
) -> ActionWork {
    let rewrite = |reason: String| ActionWork::because(Work::Rewrite, ALL, reason);
    let Some(own) = table.column(column) else {
        return rewrite("the old type of the column is not known".to_owned());
    };
    let is_same_value = using.is_none_or(|using| is_plain_use(using, column, data_type));
    if !is_same_value {
        return rewrite("the USING expression is computed for each row".to_owned());
    }
    let domain = |name: &str| outline.domain(name);
    if domain(data_type).is_some_and(|domain| domain.has_check || domain.is_not_null) {
        return rewrite(format!("the domain {data_type} has constraints"));
    }
    let is_domain = domain(data_type).is_some() || domain(&own.data_type).is_some();
    let (from, to) = (outline.base_type(&own.data_type), outline.base_type(data_type));
    // The length of a domain's type is checked for each row (as measured).
    if is_domain && from != "text" && !SqlType::parse(to).modifiers.is_empty() && own.data_type != data_type {
        return rewrite(format!("the length of {data_type} is checked for each row"));
    }
    let is_utc = outline.setting("timezone").is_some_and(|zone| UTC.iter().any(|utc| zone.eq_ignore_ascii_case(utc)));
    if is_utc && using.is_none() && between_zones(&SqlType::parse(from), &SqlType::parse(to)) {
        return if has_index(table, column) {
            ActionWork::because(Work::Scan, ALL, "the rows stay, but the index on the column is built again")
        } else {
            ActionWork::catalog(ALL)
        };
    }
    let indexed = || has_index(table, column);
    let in_expression = || {
        table.indexes.iter().any(|index| {
            let texts = index.columns.iter().filter(|own| own.starts_with('(')).chain(index.predicate.as_ref());
            texts.into_iter().any(|text| mentions(text, column))
        })
    };
    let in_check = || {
        table.constraints.iter().any(|constraint| match &constraint.kind {
            ConstraintKind::Check(text) => mentions(text, column),
            _ => false,
        })
    };
    match kept(&SqlType::parse(from), &SqlType::parse(to)) {
        Kept::Nothing => rewrite(format!("values of {} are not stored as {data_type}", own.data_type)),
        Kept::Rows if indexed() => {
            ActionWork::because(Work::Scan, ALL, "the rows stay, but the index on the column is built again")
        }
        _ if collation.is_some() && indexed() => {
            ActionWork::because(Work::Scan, ALL, "the index on the column is built again for the collation")
        }
        Kept::Rows | Kept::All if in_check() => {
            ActionWork::because(Work::Scan, ALL, "a CHECK on the column is tested again for each row")
        }
        Kept::Rows | Kept::All if own.data_type != data_type && in_expression() => {
            ActionWork::because(Work::Scan, ALL, "an index with a condition or expression on the column is built again")
        }
        Kept::Rows | Kept::All => ActionWork::catalog(ALL),
    }
}

fn has_index(table: &Relation, column: &str) -> bool {
    let names = |columns: &[String]| columns.iter().any(|own| own.eq_ignore_ascii_case(column));
    table.keys().any(names) || table.indexes.iter().any(|index| names(&index.columns))
}

/// Returns `true` for a change between timestamps with and without a time zone that keeps the precision.
fn between_zones(from: &SqlType, to: &SqlType) -> bool {
    let is_timestamp = |of: &SqlType| of.base.starts_with("timestamp");
    let precision = |of: &SqlType| of.modifiers.first().copied().unwrap_or(6);
    is_timestamp(from) && is_timestamp(to) && from.base != to.base && precision(from) <= precision(to)
}

/// Returns `true` for `USING c` and `USING c::the_type`, which convert as the server does without them.
fn is_plain_use(using: &str, column: &str, data_type: &str) -> bool {
    let using: String = using.chars().filter(|c| !matches!(c, '(' | ')' | '"')).collect();
    match using.split_once("::") {
        None => using.trim().eq_ignore_ascii_case(column),
        Some((name, to)) => {
            name.trim().eq_ignore_ascii_case(column) && canonical(to.trim()) == data_type.replace(['(', ')'], "")
        }
    }
}

fn mentions(text: &str, column: &str) -> bool {
    Lexer::new(text, Dialect::POSTGRES)
        .map_while(Result::ok)
        .any(|token| token.span.slice(text).trim_matches('"').eq_ignore_ascii_case(column))
}

fn add_constraint(constraint: &ConstraintDefinition, table: &Relation) -> ActionWork {
    let scan = |blocks, reason: &str| ActionWork::because(Work::Scan, blocks, reason);
    match &constraint.kind {
        ConstraintKind::ForeignKey(_) if constraint.not_valid => ActionWork::catalog(Blocks::Writes),
        ConstraintKind::ForeignKey(_) => scan(Blocks::Writes, "every row is looked up in the referenced table"),
        ConstraintKind::Check(_) | ConstraintKind::NotNull if constraint.not_valid => ActionWork::catalog(ALL),
        ConstraintKind::Check(_) => scan(ALL, "the CHECK is tested for each row"),
        ConstraintKind::NotNull => scan(ALL, "every row is checked for NULL"),
        ConstraintKind::PrimaryKey if constraint.using_index.is_some() => {
            let index = constraint.using_index.as_deref().and_then(|name| table.index(name));
            let proved = index.is_some_and(|index| index.columns.iter().all(|column| table.has_no_nulls(column)));
            if proved { ActionWork::catalog(ALL) } else { scan(ALL, "every row is checked for NULL in the key") }
        }
        ConstraintKind::Unique if constraint.using_index.is_some() => ActionWork::catalog(ALL),
        ConstraintKind::Unique | ConstraintKind::PrimaryKey => scan(ALL, "the index is built under the lock"),
        ConstraintKind::Exclusion => scan(ALL, "the index is built, and every row compared with the others"),
    }
}
