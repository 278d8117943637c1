//! `domain-constraint-scans`.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    code: "domain-constraint-scans",
    severity: Some(Severity::Error),
    dialects: POSTGRES,
    title: "A constraint of a domain that reads every table with the domain",
    danger: "The server reads each table that has a column of the domain, under a SHARE lock that stops its writers. Other than \
             for tables, VALIDATE CONSTRAINT takes the same lock.",
    safe: "Put a CHECK on the columns (NOT VALID, then VALIDATE), or add the domain's constraint NOT VALID, so that it holds for \
           new values only.",
    scales: false,
    check,
};

fn check(view: &View<'_>, found: &mut Findings) {
    let DdlStatement::AlterDomain { name, change } = view.parsed() else { return };
    if !matches!(change, DomainChange::AddConstraint | DomainChange::SetNotNull | DomainChange::Validate) {
        return;
    }
    if view.before.domain(&name.to_string()).is_some_and(|domain| domain.is_new) {
        return;
    }
    found.add(format!("writers of every table with a column of {name} wait while it is read"));
    let users: Vec<_> = view
        .before
        .relations()
        .filter(|table| {
            table.columns.iter().any(|column| column.data_type.rsplit('.').next() == Some(name.name.as_str()))
        })
        .map(|table| table.name.to_string())
        .collect();
    if !users.is_empty() {
        found.note(format!("tables with such a column: {}", users.join(", ")));
    }
}
