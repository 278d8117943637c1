//! `several-ddl-statements`.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    code: "several-ddl-statements",
    severity: Some(Severity::Info),
    dialects: MYSQL,
    title: "Several changes of schema in one revision",
    danger: "Each of them commits by itself. A failure in the middle leaves the first ones in place: aludel's journal knows where \
             to go on, but the schema is between two revisions until then.",
    safe: "One change of schema in each revision, so that every state of the database is a revision.",
    scales: false,
    check,
};

fn check(view: &View<'_>, found: &mut Findings) {
    let is_ddl = |statement: &DdlStatement| {
        matches!(
            statement,
            DdlStatement::AlterTable(_)
                | DdlStatement::CreateTable(_)
                | DdlStatement::CreateIndex(_)
                | DdlStatement::Drop(_)
                | DdlStatement::RenameTables(_)
                | DdlStatement::CreateView { .. }
                | DdlStatement::CreateTrigger { .. }
                | DdlStatement::CreateRoutine { .. }
                | DdlStatement::Truncate { .. }
        )
    };
    let before = view.earlier().iter().filter(|statement| is_ddl(&statement.parsed)).count();
    // Reported once, at the second.
    if is_ddl(view.parsed()) && before == 1 {
        let all = view.revision.statements.iter().filter(|statement| is_ddl(&statement.parsed)).count();
        found.add(format!("a failure between the {all} changes of schema leaves the first ones in place"));
    }
}
