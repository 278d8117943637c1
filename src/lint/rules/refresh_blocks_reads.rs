//! `refresh-blocks-reads`.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    code: "refresh-blocks-reads",
    severity: Some(Severity::Warning),
    dialects: POSTGRES,
    title: "REFRESH MATERIALIZED VIEW that blocks its readers",
    danger: "The view is locked with ACCESS EXCLUSIVE while its query runs: no session reads it meanwhile.",
    safe: "REFRESH MATERIALIZED VIEW CONCURRENTLY, which needs a unique index on the view.",
    scales: false,
    check,
};

fn check(view: &View<'_>, found: &mut Findings) {
    let DdlStatement::Refresh { view: name, concurrently: false } = view.parsed() else { return };
    if view.before.is_in_use(name) {
        found.on(name, format!("readers of {name} wait until its query is done"));
        found.safe(format!("REFRESH MATERIALIZED VIEW CONCURRENTLY {};", view.table_sql(name)));
    }
}
