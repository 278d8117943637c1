//! `enum-value-used-at-once`.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    code: "enum-value-used-at-once",
    severity: Some(Severity::Error),
    dialects: POSTGRES,
    title: "A new enum value that is used in the same transaction",
    danger: "The server refuses it with error 55P04, \"unsafe use of new value\", in all versions.",
    safe: "Use the value in the next revision.",
    scales: false,
    check,
};

fn check(view: &View<'_>, found: &mut Findings) {
    if !view.revision.in_transaction || matches!(view.parsed(), DdlStatement::AlterType { .. }) {
        return;
    }
    for statement in view.earlier() {
        let DdlStatement::AlterType { name, change: TypeChange::AddValue { label, .. } } = &statement.parsed else {
            continue;
        };
        let literal = format!("'{}'", label.replace('\'', "''"));
        // A routine's body is text until it is called, and a COMMENT does not use it.
        let is_text = matches!(view.parsed(), DdlStatement::CreateRoutine { .. } | DdlStatement::Harmless("COMMENT"));
        if is_text {
            continue;
        }
        if let Some(at) = view.statement.sql.find(&literal) {
            found.add(format!("{literal} was added to {name} in this transaction and cannot be used in it"));
            found.at(crate::diagnostic::Span::new(at, at + literal.len()));
        }
    }
}
