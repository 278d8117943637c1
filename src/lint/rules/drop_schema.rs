//! `drop-schema`.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    code: "drop-schema",
    severity: Some(Severity::Error),
    dialects: SERVERS,
    title: "A schema or a database that is dropped",
    danger: "Everything in it is gone: tables, rows, functions, also those of other services.",
    safe: "Drop what the service owns, one table at a time.",
    scales: false,
    check,
};

fn check(view: &View<'_>, found: &mut Findings) {
    let DdlStatement::Drop(dropped) = view.parsed() else { return };
    if dropped.kind != DropKind::Schema {
        return;
    }
    for name in dropped.names.iter().filter(|name| !view.before.is_new_object(&name.name)) {
        let what =
            if dropped.cascades || dropped.words == "DATABASE" { "with everything in it" } else { "if it is empty" };
        found.add(format!("{} {name} is dropped {what}", dropped.words.to_lowercase()));
        if !dropped.cascades && view.server.dialect.rules().has_transactional_ddl() {
            found.severity(Severity::Warning);
        }
    }
}
