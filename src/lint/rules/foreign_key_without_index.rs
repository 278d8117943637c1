//! `foreign-key-without-index`.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    code: "foreign-key-without-index",
    severity: Some(Severity::Warning),
    dialects: super::INDEXES_BY_HAND,
    title: "A foreign key without an index on its columns",
    danger: "Each DELETE of a referenced row, and each change of its key, reads the whole referencing table to find the rows \
             that refer to it. MySQL and MariaDB create the index themselves.",
    safe: "Create an index that begins with the columns of the foreign key, before or right after it.",
    scales: false,
    check,
};

fn check(view: &View<'_>, found: &mut Findings) {
    super::for_foreign_keys(view, |table, constraint, _| {
        let Some(relation) = view.end.relation(table) else { return };
        // A column that is renamed later has its index under the new name.
        let is_renamed = constraint.columns.iter().any(|column| relation.column(column).is_none());
        let is_renamed = is_renamed && relation.has_all_columns;
        if relation.is_temporary || is_renamed || is_indexed(relation, &constraint.columns) {
            return;
        }
        found.on(table, format!("no index begins with ({})", constraint.columns.join(", ")));
        let quoted = constraint.columns.iter().map(|column| view.quoted(column)).collect::<Vec<_>>().join(", ");
        let name = view.quoted(&format!("{}_{}", table.name, constraint.columns.join("_")));
        found.safe(format!("CREATE INDEX {name} ON {} ({quoted});", view.table_sql(table)));
    });
}

/// Returns `true` if an index begins with the columns, in any order.
fn is_indexed(table: &Relation, columns: &[String]) -> bool {
    let is_rowid = |column: &String| {
        table
            .primary_key()
            .is_some_and(|key| key.len() == 1 && key.first().is_some_and(|key| key.eq_ignore_ascii_case(column)))
    };
    if let [column] = columns
        && is_rowid(column)
    {
        return true;
    }
    table.keys().any(|key| {
        key.len() >= columns.len()
            && key.iter().take(columns.len()).all(|own| columns.iter().any(|column| column.eq_ignore_ascii_case(own)))
    })
}
