//! `type-narrowing`.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    code: "type-narrowing",
    severity: Some(Severity::Warning),
    dialects: SERVERS,
    title: "A type that is smaller than the one before",
    danger: "A value that does not fit makes the statement fail, or loses digits without a message: a shorter text, a \
             smaller integer, fewer digits behind the point.",
    safe: "Look for values that do not fit first, with a `-- @require` query in the revision; a CHECK on a wide column \
           limits new values without a rewrite.",
    scales: false,
    check,
};

fn check(view: &View<'_>, found: &mut Findings) {
    for change in super::type_changes(view) {
        let old = &change.column.data_type;
        let (from, to) = change.values;
        if view.server.dialect.change_rules().narrows(from, to) {
            let text = format!("some values of {} ({old}) may not fit into {}", change.column.name, change.to);
            found.on(change.table, text).at(change.action.span);
        }
    }
}
