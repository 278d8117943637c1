//! `inline-references-ignored`.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    code: "inline-references-ignored",
    severity: Some(Severity::Error),
    dialects: MYSQL,
    title: "REFERENCES behind a column, which MySQL ignores",
    danger: "MySQL before 9.0 reads the clause and creates no foreign key, without a message.",
    safe: "Write it as a constraint of the table: FOREIGN KEY (column) REFERENCES other (id).",
    scales: false,
    check,
};

fn check(view: &View<'_>, found: &mut Findings) {
    if !view.server.dialect.change_rules().ignores_inline_references(view.server) {
        return;
    }
    let is_inline = |constraint: &ConstraintDefinition| {
        constraint.is_of_column && matches!(constraint.kind, ConstraintKind::ForeignKey(_))
    };
    match view.parsed() {
        DdlStatement::CreateTable(created) => {
            for constraint in created.constraints.iter().filter(|constraint| is_inline(&constraint.of)) {
                let columns = constraint.of.columns.join(", ");
                found.on(&created.table, format!("{columns} gets no foreign key")).at(constraint.span);
            }
        }
        DdlStatement::AlterTable(altered) => {
            for action in &altered.actions {
                let (Action::AddColumn { column, constraints, .. } | Action::Redefine { to: column, constraints, .. }) =
                    &action.of
                else {
                    continue;
                };
                if constraints.iter().any(is_inline) {
                    found.on(&altered.table, format!("{} gets no foreign key", column.name)).at(action.span);
                }
            }
        }
        _ => {}
    }
}
