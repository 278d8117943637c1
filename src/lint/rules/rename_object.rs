//! `rename-object`.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    code: "rename-object",
    severity: Some(Severity::Warning),
    dialects: POSTGRES,
    title: "A view, type, function, sequence or schema that is renamed",
    danger: "Programs and other statements that use the old name fail: a text that is cast to the type, a call of the function, \
             a label of an enum that the application writes.",
    safe: "Create the object under the new name beside the old one, move its users, and drop the old one in a later release.",
    scales: false,
    check,
};

fn check(view: &View<'_>, found: &mut Findings) {
    match view.parsed() {
        DdlStatement::RenameObject { kind, from, to } => {
            const HARMLESS: [&str; 5] = ["INDEX", "TRIGGER", "RULE", "STATISTICS", "EXTENSION"];
            let is_new = view.before.relation(from).is_some_and(|view| view.is_new)
                || view.before.is_new_enum(from)
                || view.before.domain(&from.to_string()).is_some_and(|domain| domain.is_new)
                || view.before.is_new_routine(&from.name)
                || view.before.is_new_object(&from.name);
            // The default of a column follows the sequence that belongs to it.
            let is_owned = kind == "SEQUENCE" && !view.before.has_sequence(from);
            if !HARMLESS.contains(&kind.as_str()) && !is_new && !is_owned {
                found.add(format!("what uses the {} {from} fails: it becomes {to}", kind.to_lowercase()));
            }
        }
        DdlStatement::AlterType { name, change: TypeChange::RenameValue { from } }
            if !view.before.is_new_enum(name) =>
        {
            found.add(format!("programs that write '{from}' as a {name} fail"));
        }
        DdlStatement::AlterTable(altered) => {
            if view.before.is_in_use(&altered.table) {
                for action in &altered.actions {
                    if let Action::SetSchema(schema) = &action.of {
                        let text = format!("programs that use {} fail: it moves to {schema}", altered.table);
                        found.on(&altered.table, text).at(action.span);
                    }
                }
            }
            let is_view =
                view.table(&altered.table).is_some_and(|table| table.kind != RelationKind::Table && !table.is_new);
            let renames = altered
                .actions
                .iter()
                .any(|action| matches!(action.of, Action::RenameTable(_) | Action::RenameColumn { .. }));
            if is_view && renames {
                found.on(&altered.table, format!("programs that use the view {} fail", altered.table));
            }
        }
        _ => {}
    }
}
