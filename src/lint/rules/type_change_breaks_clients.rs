//! `type-change-breaks-clients`.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    code: "type-change-breaks-clients",
    severity: Some(Severity::Warning),
    dialects: SERVERS,
    title: "A column that becomes a type which old clients do not expect",
    danger: "Programs that run during the deploy bind and read the column as its old type: a number becomes a text, a text a \
             UUID or JSON. Their statements fail, or compare differently.",
    safe: "Add a column of the new type beside the old one, and move readers and writers one release at a time.",
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
        if view.server.dialect.change_rules().is_same_family(from, base) {
            continue;
        }
        let text = format!("programs that know {column} as {} get {to}", own.data_type);
        found.on(&altered.table, text).at(action.span);
    }
}
