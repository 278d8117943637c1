//! `type-affinity`.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    code: "type-affinity",
    severity: Some(Severity::Warning),
    dialects: SQLITE,
    title: "A type whose affinity surprises",
    danger: "SQLite takes the affinity from parts of the name: STRING is numeric, so that '007' becomes 7; anything with INT in it, \
             such as POINT, is an integer; FLOATING POINT as well.",
    safe: "Write TEXT, INTEGER, REAL or BLOB, or make the table STRICT.",
    scales: false,
    check,
};

fn check(view: &View<'_>, found: &mut Findings) {
    match view.parsed() {
        DdlStatement::CreateTable(created) => {
            if created.options.contains("STRICT") {
                return;
            }
            for column in &created.columns {
                if let Some(text) = surprise(&column.of) {
                    found.on(&created.table, text).at(column.span);
                }
            }
        }
        DdlStatement::AlterTable(altered) => {
            for action in &altered.actions {
                if let Action::AddColumn { column, .. } = &action.of
                    && let Some(text) = surprise(column)
                {
                    found.on(&altered.table, text).at(action.span);
                }
            }
        }
        _ => {}
    }
}

fn surprise(column: &DdlColumn) -> Option<String> {
    let written = column.written_type.to_uppercase();
    let base = written.split('(').next().unwrap_or_default().trim();
    let words: Vec<&str> = base.split_whitespace().collect();
    let is_integer = words.iter().any(|word| word.ends_with("INT") || *word == "INTEGER" || word.starts_with("INT"));
    if base.contains("INT") && !is_integer || base.contains("POINT") {
        return Some(format!(
            "{} is declared {written}, which SQLite takes for an integer because of INT",
            column.name
        ));
    }
    let is_text = ["STRING", "STR"].contains(&base);
    if is_text {
        return Some(format!(
            "{} is declared {written}, which SQLite takes for a number: '007' becomes 7",
            column.name
        ));
    }
    None
}
