//! Work of changes on tables with rows, as measured on SQLite 3.40 to 3.54. Every write locks the whole file.

use super::SqliteDialect;
use crate::ddl::{
    Action, ActionWork, ChangeRules, ConstraintDefinition, ConstraintKind, DdlColumn, DdlServer, DdlStatement,
    IndexDefinition, MadeUpValue, Outline, Relation,
};
use crate::sql::{Blocks, Work};

const WRITES: Blocks = Blocks::Writes;

impl ChangeRules for SqliteDialect {
    fn default_schema(&self) -> Option<&'static str> {
        Some("main")
    }

    fn work(&self, action: &Action, table: &Relation, _outline: &Outline, _server: &DdlServer) -> ActionWork {
        match action {
            Action::AddColumn { column, constraints, .. } => add_column(column, constraints),
            Action::DropColumn { column, .. } => {
                let is_virtual = table
                    .column(column)
                    .is_some_and(|column| column.generated.as_ref().is_some_and(|generated| !generated.is_stored));
                if is_virtual {
                    ActionWork::catalog(WRITES)
                } else {
                    ActionWork::because(Work::Rewrite, WRITES, "every row is written without the column")
                }
            }
            Action::SetNotNull(_) => ActionWork::because(Work::Scan, WRITES, "every row is checked for NULL"),
            Action::AddConstraint(_) => ActionWork::because(Work::Scan, WRITES, "every row is tested"),
            _ => ActionWork::catalog(WRITES),
        }
    }

    fn index_work(&self, _index: &IndexDefinition, _table: Option<&Relation>, _server: &DdlServer) -> ActionWork {
        ActionWork::because(Work::Scan, WRITES, "the index is built from all rows")
    }

    fn lock_name(&self, _statement: &DdlStatement) -> &'static str {
        "the lock on the file"
    }

    fn made_up_value(&self, data_type: &str, number: &str, _outline: &Outline) -> Option<MadeUpValue> {
        let sql = match affinity(data_type) {
            "INTEGER" | "NUMERIC" => format!("{number} + 1000000"),
            "REAL" => format!("{number} + 0.5"),
            "TEXT" => format!("'row' || {number} || '@example.org'"),
            _ => format!("CAST({number} AS BLOB)"),
        };
        Some(MadeUpValue { sql, capacity: 100_000_000 })
    }

    fn narrows(&self, _from: &str, _to: &str) -> bool {
        false
    }

    fn is_comparable(&self, one: &str, other: &str) -> bool {
        affinity(one) == affinity(other)
    }
}

/// Returns the affinity of a declared type ("Datatypes In SQLite", 3.1).
fn affinity(declared: &str) -> &'static str {
    let text = declared.to_uppercase();
    let has = |part: &str| text.contains(part);
    if has("INT") {
        "INTEGER"
    } else if has("CHAR") || has("CLOB") || has("TEXT") {
        "TEXT"
    } else if has("BLOB") || text.is_empty() {
        "BLOB"
    } else if has("REAL") || has("FLOA") || has("DOUB") {
        "REAL"
    } else {
        "NUMERIC"
    }
}

fn add_column(column: &DdlColumn, constraints: &[ConstraintDefinition]) -> ActionWork {
    let has_check = constraints.iter().any(|constraint| matches!(constraint.kind, ConstraintKind::Check(_)));
    if has_check || column.generated.is_some() && column.is_not_null {
        return ActionWork::because(Work::Scan, WRITES, "every row is tested");
    }
    ActionWork::catalog(WRITES)
}
