//! The list of rules. A new rule is a file here, its cases beside it, and one line in the list.

mod access_change;
mod add_column_rewrites;
mod algorithm_blocks_writes;
mod algorithm_not_possible;
mod allow_unknown_rule;
mod allow_unused;
mod allow_without_reason;
mod attach_partition_scans;
mod char_padded;
mod check_blocks;
mod column_charset_copies;
mod column_padding;
mod concurrent_index_if_not_exists;
mod concurrently_in_transaction;
mod constraint_loosened;
mod default_not_constant;
mod detach_partition_blocks;
mod domain_constraint_scans;
mod drop_column;
mod drop_column_in_use;
mod drop_constraint;
mod drop_index_blocks;
mod drop_schema;
mod drop_table;
mod enum_change_copies;
mod enum_value_place;
mod enum_value_used_at_once;
mod exclusion_blocks;
mod foreign_key_blocks;
mod foreign_key_type_mismatch;
mod foreign_key_without_index;
mod history_edited;
mod history_heads;
mod history_out_of_order;
mod identifier_too_long;
mod index_blocks_writes;
mod index_replaced_late;
mod inline_references_ignored;
mod instant_versions;
mod json_not_jsonb;
mod naming_convention;
mod no_lock_timeout;
mod no_statement_timeout;
mod not_null_may_fail;
mod not_resumable;
mod not_understood;
mod numbers_run_out;
mod other_database;
mod pragma_in_transaction;
mod prelude;
mod primary_key_blocks;
mod rebuild_loses_rows;
mod redundant_index;
mod refresh_blocks_reads;
mod reindex_blocks;
mod rename_column;
mod rename_object;
mod rename_table;
mod replaces_signature;
mod required_column_without_default;
mod rewrites_whole_table;
mod rowid_reuse;
mod rows_and_ddl;
mod rows_without_where;
mod serial_not_identity;
mod set_not_null_scans;
mod several_alters;
mod several_ddl_statements;
mod several_foreign_keys;
mod small_primary_key;
mod sql_mode_decides;
mod table_without_primary_key;
mod timestamp_without_zone;
mod transaction_control;
mod trigger_on_busy_table;
mod truncate;
mod type_affinity;
mod type_change_breaks_clients;
mod type_change_rewrites;
mod type_narrowing;
mod unique_blocks;
mod unique_may_fail;
mod unnamed_constraint;
mod validate_in_same_transaction;
mod wide_index;
mod work_behind_lock;

use super::rule::{Rule, View};
use crate::ddl::{
    Action, AlterTable, ConstraintDefinition, ConstraintKind, DdlColumn, DdlStatement, DropKind, ForeignTarget,
    IndexDefinition, Spanned,
};
use crate::diagnostic::Span;
use crate::sql::{Blocks, Dialect, TableName};

const POSTGRES: &[Dialect] = &[Dialect::POSTGRES];
const MYSQL: &[Dialect] = &[Dialect::MYSQL];
const SQLITE: &[Dialect] = &[Dialect::SQLITE];
/// Databases with a server, which several sessions use at once.
const SERVERS: &[Dialect] = &[Dialect::POSTGRES, Dialect::MYSQL];
const ALL: &[Dialect] = &[Dialect::POSTGRES, Dialect::MYSQL, Dialect::SQLITE];

/// Databases that create no index for a foreign key.
const INDEXES_BY_HAND: &[Dialect] = &[Dialect::POSTGRES, Dialect::SQLITE];

/// All rules, in alphabetical order.
static RULES: &[&Rule] = &[
    &access_change::RULE,
    &add_column_rewrites::RULE,
    &algorithm_blocks_writes::RULE,
    &algorithm_not_possible::RULE,
    &allow_unknown_rule::RULE,
    &allow_unused::RULE,
    &allow_without_reason::RULE,
    &attach_partition_scans::RULE,
    &char_padded::RULE,
    &check_blocks::RULE,
    &column_charset_copies::RULE,
    &column_padding::RULE,
    &concurrent_index_if_not_exists::RULE,
    &concurrently_in_transaction::RULE,
    &constraint_loosened::RULE,
    &default_not_constant::RULE,
    &detach_partition_blocks::RULE,
    &domain_constraint_scans::RULE,
    &drop_column::RULE,
    &drop_column_in_use::RULE,
    &drop_constraint::RULE,
    &drop_index_blocks::RULE,
    &drop_schema::RULE,
    &drop_table::RULE,
    &enum_change_copies::RULE,
    &enum_value_place::RULE,
    &enum_value_used_at_once::RULE,
    &exclusion_blocks::RULE,
    &foreign_key_blocks::RULE,
    &foreign_key_type_mismatch::RULE,
    &foreign_key_without_index::RULE,
    &history_edited::RULE,
    &history_heads::RULE,
    &history_out_of_order::RULE,
    &identifier_too_long::RULE,
    &index_blocks_writes::RULE,
    &index_replaced_late::RULE,
    &inline_references_ignored::RULE,
    &instant_versions::RULE,
    &json_not_jsonb::RULE,
    &naming_convention::RULE,
    &no_lock_timeout::RULE,
    &no_statement_timeout::RULE,
    &not_null_may_fail::RULE,
    &not_resumable::RULE,
    &not_understood::RULE,
    &numbers_run_out::RULE,
    &other_database::RULE,
    &pragma_in_transaction::RULE,
    &primary_key_blocks::RULE,
    &rebuild_loses_rows::RULE,
    &redundant_index::RULE,
    &refresh_blocks_reads::RULE,
    &reindex_blocks::RULE,
    &rename_column::RULE,
    &rename_object::RULE,
    &rename_table::RULE,
    &replaces_signature::RULE,
    &required_column_without_default::RULE,
    &rewrites_whole_table::RULE,
    &rowid_reuse::RULE,
    &rows_and_ddl::RULE,
    &rows_without_where::RULE,
    &serial_not_identity::RULE,
    &set_not_null_scans::RULE,
    &several_alters::RULE,
    &several_ddl_statements::RULE,
    &several_foreign_keys::RULE,
    &small_primary_key::RULE,
    &sql_mode_decides::RULE,
    &table_without_primary_key::RULE,
    &timestamp_without_zone::RULE,
    &transaction_control::RULE,
    &trigger_on_busy_table::RULE,
    &truncate::RULE,
    &type_affinity::RULE,
    &type_change_breaks_clients::RULE,
    &type_change_rewrites::RULE,
    &type_narrowing::RULE,
    &unique_blocks::RULE,
    &unique_may_fail::RULE,
    &unnamed_constraint::RULE,
    &validate_in_same_transaction::RULE,
    &wide_index::RULE,
    &work_behind_lock::RULE,
];

/// Returns all rules, in alphabetical order.
#[must_use]
pub fn rules() -> &'static [&'static Rule] {
    RULES
}

/// Returns the rule with this code.
#[must_use]
pub fn rule_named(code: &str) -> Option<&'static Rule> {
    RULES.iter().copied().find(|rule| rule.code == code)
}

/// Calls `each` for the columns that the statement adds, or whose type it sets.
fn for_new_columns(view: &View<'_>, mut each: impl FnMut(&TableName, &DdlColumn, Span)) {
    match view.parsed() {
        DdlStatement::CreateTable(created) => {
            created.columns.iter().for_each(|column| each(&created.table, &column.of, column.span));
        }
        DdlStatement::AlterTable(altered) => {
            for action in &altered.actions {
                match &action.of {
                    Action::AddColumn { column, .. } => each(&altered.table, column, action.span),
                    Action::AlterType { column, data_type, .. } => {
                        let (name, data_type) = (column.clone(), data_type.clone());
                        let column = DdlColumn { name, data_type, ..DdlColumn::default() };
                        each(&altered.table, &column, action.span);
                    }
                    _ => {}
                }
            }
        }
        _ => {}
    }
}

/// Calls `each` for the foreign keys that the statement adds, with their table and what they refer to.
fn for_foreign_keys(view: &View<'_>, mut each: impl FnMut(&TableName, &ConstraintDefinition, &ForeignTarget)) {
    let mut one = |table: &TableName, constraint: &ConstraintDefinition| {
        if let ConstraintKind::ForeignKey(reference) = &constraint.kind {
            each(table, constraint, reference);
        }
    };
    match view.parsed() {
        DdlStatement::CreateTable(created) => {
            created.constraints.iter().for_each(|constraint| one(&created.table, &constraint.of));
        }
        DdlStatement::AlterTable(altered) => {
            for action in &altered.actions {
                match &action.of {
                    Action::AddConstraint(constraint) => one(&altered.table, constraint),
                    Action::AddColumn { constraints, .. } => {
                        constraints.iter().for_each(|constraint| one(&altered.table, constraint));
                    }
                    _ => {}
                }
            }
        }
        _ => {}
    }
}

/// Change of the type of a column that a table in use has.
struct ColumnTypeChange<'v> {
    table: &'v TableName,
    action: &'v Spanned<Action>,
    /// The column as it is before.
    column: &'v DdlColumn,
    /// The new type.
    to: &'v str,
    /// Both types, with those of their values for domains.
    values: (&'v str, &'v str),
}

/// Returns the changes of types in the statement, also those of MODIFY and CHANGE that leave the type as it is.
fn type_changes<'v>(view: &View<'v>) -> Vec<ColumnTypeChange<'v>> {
    let change = |(altered, action): (&'v AlterTable, &'v Spanned<Action>)| {
        let (column, to) = match &action.of {
            Action::AlterType { column, data_type, .. } => (column, data_type.as_str()),
            Action::Redefine { column, to, .. } => (column, to.data_type.as_str()),
            _ => return None,
        };
        let column = view.before.relation(&altered.table)?.column(column)?;
        let values = (view.before.base_type(&column.data_type), view.before.base_type(to));
        Some(ColumnTypeChange { table: &altered.table, action, column, to, values })
    };
    view.actions().filter_map(change).collect()
}

/// Returns the index that an action adds. In MySQL a unique key is one.
fn added_index(view: &View<'_>, action: &Action) -> Option<IndexDefinition> {
    match action {
        Action::AddIndex(index) => Some(index.clone()),
        Action::AddConstraint(key)
            if key.kind == ConstraintKind::Unique && !view.server.dialect.rules().has_transactional_ddl() =>
        {
            let table = view.altered()?.table.clone();
            let (name, columns) = (key.name.clone(), key.columns.clone());
            Some(IndexDefinition { name, table, columns, is_unique: true, ..IndexDefinition::default() })
        }
        _ => None,
    }
}

/// Returns the table in use that an earlier statement of the transaction has locked against readers.
fn locked_before(view: &View<'_>) -> Option<TableName> {
    let locks = |statement| view.locked_by(statement).into_iter().find(|(_, blocks)| *blocks == Blocks::Everything);
    view.earlier().iter().find_map(|statement| locks(statement).map(|(table, _)| table))
}

/// Returns `true` if another table takes the name of a dropped one in the same revision: the table is rebuilt.
fn is_rebuilt(view: &View<'_>, table: &TableName) -> bool {
    // The order that SQLite's manual gives for a change of a table; elsewhere ALTER TABLE does it.
    let is_drop = view.server.dialect.rules().is_file()
        && matches!(view.parsed(), DdlStatement::Drop(dropped) if dropped.kind == DropKind::Table);
    is_drop
        && view.behind().iter().any(|later| match &later.parsed {
            DdlStatement::AlterTable(altered) => altered.actions.iter().any(
                |action| matches!(&action.of, Action::RenameTable(to) if to.name.eq_ignore_ascii_case(&table.name)),
            ),
            _ => false,
        })
}
