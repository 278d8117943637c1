//! `reindex-blocks`.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    code: "reindex-blocks",
    severity: Some(Severity::Error),
    dialects: POSTGRES,
    title: "REINDEX that blocks the table",
    danger: "REINDEX takes ACCESS EXCLUSIVE on each index that it builds. Writers wait, and readers as well: to plan a query \
             the server opens every index of the table.",
    safe: "REINDEX INDEX CONCURRENTLY or REINDEX TABLE CONCURRENTLY, in a revision with `transaction: false`.",
    scales: true,
    check,
};

fn check(view: &View<'_>, found: &mut Findings) {
    let DdlStatement::Reindex { kind, name, concurrently: false } = view.parsed() else { return };
    let table = match (kind.as_str(), name) {
        ("INDEX", Some(index)) => view.before.table_of_index(index).map(|table| table.name.clone()),
        ("TABLE", Some(table)) => Some(table.clone()),
        _ => None,
    };
    if table.as_ref().is_some_and(|table| !view.before.is_in_use(table)) {
        return;
    }
    let what = name.as_ref().map_or_else(|| kind.to_lowercase(), ToString::to_string);
    let text = format!("readers and writers wait while REINDEX builds {what}");
    match &table {
        Some(table) => found.on(table, text),
        None => found.add(text),
    };
    if let Some(name) = name.as_ref().filter(|_| matches!(kind.as_str(), "INDEX" | "TABLE")) {
        let name = view.table_sql(name);
        found.safe(format!("-- in a revision with `transaction: false`\nREINDEX {kind} CONCURRENTLY {name};"));
    }
}
