//! `transaction-control`.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    code: "transaction-control",
    severity: Some(Severity::Error),
    dialects: ALL,
    title: "BEGIN or COMMIT in a revision",
    danger: "aludel runs a revision and its version row in one transaction. A COMMIT in the middle would end it, and a failure \
             behind it would leave half a revision; aludel refuses to run such a revision.",
    safe: "Leave it out. With `transaction: false` each statement runs by itself, and the journal knows how far it came.",
    scales: false,
    check,
};

fn check(view: &View<'_>, found: &mut Findings) {
    if let DdlStatement::TransactionControl(verb) = view.parsed() {
        found.add(format!("{verb} would end or begin the transaction that aludel runs the revision in"));
    }
}
