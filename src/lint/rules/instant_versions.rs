//! `instant-versions`.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    code: "instant-versions",
    severity: Some(Severity::Error),
    dialects: MYSQL,
    title: "An instant change of columns when all row versions of the table are used",
    danger: "MySQL stores a version of the row's format for each ALTER TABLE that adds or drops columns instantly, 64 of them \
             (255 since 9.1). The next one rebuilds the table without a word, or fails with error 4092 where ALGORITHM=INSTANT \
             is written. Counted are the changes in the revisions since the table was last rebuilt; MariaDB has no such limit.",
    safe: "Rebuild the table at a time of your choice (OPTIMIZE TABLE, or ALTER TABLE ... FORCE): the count begins at 0 again.",
    scales: true,
    check,
};

fn check(view: &View<'_>, found: &mut Findings) {
    let Some(altered) = view.altered() else { return };
    let Some(most) = view.server.dialect.change_rules().most_row_versions(view.server) else { return };
    let used = view.before.row_versions(&altered.table);
    if used >= most && view.before.adds_row_version(altered, view.server) {
        let text = format!("{} has {used} row versions: the table is rebuilt for one more", altered.table);
        found.on(&altered.table, text).at(altered.actions.first().map(|action| action.span).unwrap_or_default());
    }
}
