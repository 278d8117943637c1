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
    for change in super::type_changes(view) {
        let old = &change.column.data_type;
        let (from, to) = change.values;
        if !view.server.dialect.change_rules().is_same_family(from, to) {
            let text = format!("programs that know {} as {old} get {}", change.column.name, change.to);
            found.on(change.table, text).at(change.action.span);
        }
    }
}
