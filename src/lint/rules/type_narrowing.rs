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
    for (altered, action) in view.actions() {
        let (column, to) = match &action.of {
            Action::AlterType { column, data_type, .. } => (column, data_type.as_str()),
            Action::Redefine { column, to, .. } => (column, to.data_type.as_str()),
            _ => continue,
        };
        let Some(own) = view.table(&altered.table).and_then(|table| table.column(column)) else { continue };
        let (from, base) = (view.before.base_type(&own.data_type), view.before.base_type(to));
        if view.server.dialect.change_rules().narrows(from, base) {
            let text = format!("some values of {column} ({}) may not fit into {to}", own.data_type);
            found.on(&altered.table, text).at(action.span);
        }
    }
}
