//! `replaces-signature`.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    code: "replaces-signature",
    severity: Some(Severity::Warning),
    dialects: POSTGRES,
    title: "A view, function or type that is dropped with what depends on it",
    danger: "CASCADE drops views, constraints, defaults and columns that use the object, without a list. What was not meant to go is \
             gone.",
    safe: "Drop without CASCADE: the server then names what depends on it, and the revision can drop and create each again.",
    scales: false,
    check,
};

fn check(view: &View<'_>, found: &mut Findings) {
    match view.parsed() {
        DdlStatement::CreateView { view: name, replaces: true, columns, .. } => {
            let Some(old) = view.table(name).filter(|old| !old.is_new) else { return };
            let keeps = old.columns.iter().map(|column| column.name.as_str());
            let is_known = !columns.is_empty() && !old.columns.is_empty();
            if is_known && !keeps.eq(columns.iter().map(String::as_str).take(old.columns.len())) {
                found.on(name, format!("the columns of {name} change: the server refuses all but new ones at the end"));
            }
        }
        DdlStatement::Drop(dropped) if dropped.cascades => {
            let kinds =
                [DropKind::View, DropKind::MaterializedView, DropKind::Routine, DropKind::Type, DropKind::Table];
            if !kinds.contains(&dropped.kind) && dropped.words != "SEQUENCE" && dropped.words != "EXTENSION" {
                return;
            }
            for name in &dropped.names {
                let is_new = view.before.relation(name).is_some_and(|relation| relation.is_new)
                    || view.before.is_new_enum(name)
                    || view.before.is_new_routine(&name.name);
                let is_absent = dropped.if_exists
                    && match dropped.kind {
                        DropKind::Table => view.before.relation(name).is_none(),
                        DropKind::Routine => !view.before.has_routine(&name.name),
                        _ => false,
                    };
                if !is_new && !is_absent {
                    found.add(format!("everything that uses {name} is dropped with it"));
                }
            }
        }
        DdlStatement::AlterTable(_) => {
            for (altered, action) in view.actions() {
                if let Action::DropColumn { column, cascades: true } = &action.of {
                    let text = format!("everything that uses {}.{column} is dropped with it", altered.table);
                    found.on(&altered.table, text).at(action.span);
                }
            }
        }
        _ => {}
    }
}
