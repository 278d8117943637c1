//! `concurrent-index-if-not-exists`.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    code: "concurrent-index-if-not-exists",
    severity: Some(Severity::Warning),
    dialects: POSTGRES,
    title: "CREATE INDEX CONCURRENTLY IF NOT EXISTS",
    danger: "A concurrent build that fails leaves an INVALID index under the name. IF NOT EXISTS then finds the name, \
             builds nothing, and the upgrade reports success: the index is maintained by every write and used by no query, \
             and a unique one does not hold.",
    safe: "Leave IF NOT EXISTS out: aludel's journal knows if the statement has run, and drops the invalid rest of a failed \
           build before it tries again.",
    scales: false,
    check,
};

fn check(view: &View<'_>, found: &mut Findings) {
    let DdlStatement::CreateIndex(index) = view.parsed() else { return };
    if !index.concurrently || !index.if_not_exists {
        return;
    }
    let is_dropped_before = view.earlier().last().is_some_and(|before| match &before.parsed {
        DdlStatement::Drop(dropped) => {
            dropped.kind == DropKind::Index && dropped.names.iter().any(|name| Some(&name.name) == index.name.as_ref())
        }
        _ => false,
    });
    if !is_dropped_before {
        let name = index.name.as_deref().unwrap_or_default();
        found.on(&index.table, format!("an invalid {name} of a failed build would count as built"));
        found.safe(view.statement.sql.replacen("IF NOT EXISTS ", "", 1) + ";");
    }
}
