//! `not-resumable`.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    code: "not-resumable",
    severity: Some(Severity::Info),
    dialects: SERVERS,
    title: "A statement outside a transaction whose effect cannot be seen",
    danger: "When the connection breaks during this statement, it cannot be known if it has run: the catalog does not show it. The \
             next run stops and asks.",
    safe: "Name the index; call procedures in a revision that runs in a transaction, or write them so that they can run twice. \
           INSERT, UPDATE and DELETE need nothing: they share a transaction with the note in the journal.",
    scales: false,
    check,
};

fn check(view: &View<'_>, found: &mut Findings) {
    if view.revision.in_transaction {
        return;
    }
    // Rows share a transaction with the note in the journal, and most changes of schema can be seen in the catalog.
    let what = match view.parsed() {
        DdlStatement::Opaque("DO") => return,
        DdlStatement::Opaque(verb) => verb,
        DdlStatement::CreateIndex(index) if index.concurrently && index.name.is_none() => "CREATE INDEX without a name",
        _ => return,
    };
    found.add(format!("if the connection breaks here, it is not known if {what} has run"));
}
