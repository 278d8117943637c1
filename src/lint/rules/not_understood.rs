//! `not-understood`.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    code: "not-understood",
    severity: Some(Severity::Info),
    dialects: ALL,
    title: "A statement that lint does not understand",
    danger: "No rule has looked at it. It may be harmless.",
    safe: "Look at it yourself, and allow it with what you found.",
    scales: false,
    check,
};

fn check(view: &View<'_>, found: &mut Findings) {
    match view.parsed() {
        DdlStatement::Unknown => {
            let words: Vec<_> = view.statement.sql.split_whitespace().take(3).collect();
            found.add(format!("{} ...: no rule knows this statement", words.join(" ")));
        }
        DdlStatement::Opaque(verb) => {
            found.add(format!("{verb} runs code that lint cannot see"));
        }
        DdlStatement::AlterTable(altered) => {
            for action in altered.actions.iter().filter(|action| action.of == Action::Unknown) {
                found.on(&altered.table, "no rule knows this action").at(action.span);
            }
        }
        _ => {}
    }
}
