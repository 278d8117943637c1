//! `enum-change-copies`.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    code: "enum-change-copies",
    severity: Some(Severity::Error),
    dialects: MYSQL,
    title: "An ENUM or SET that changes elsewhere than at its end",
    danger: "The values are stored as numbers. A value that is inserted, moved or removed gives others new numbers, and the table \
             is copied while writers wait; so does the ninth member of a SET, and the 256th of an ENUM.",
    safe: "Append values at the end, and leave unused ones where they are.",
    scales: true,
    check,
};

fn check(view: &View<'_>, found: &mut Findings) {
    for (altered, action) in view.actions() {
        let Action::Redefine { column, to, .. } = &action.of else { continue };
        let own = view.table(&altered.table).and_then(|table| table.column(column));
        let is_list = |text: &str| text.starts_with("enum(") || text.starts_with("set(");
        if !is_list(&to.data_type) || !own.is_some_and(|own| is_list(&own.data_type)) {
            continue;
        }
        let work = view.work(&altered.table, &action.of);
        if work.is_copy {
            let wait = if work.blocks >= Blocks::Writes { " while writers wait" } else { "" };
            found.on(&altered.table, format!("{} is copied{wait}", altered.table)).at(action.span);
            found.note(format!("because {}", work.reason));
        }
    }
}
