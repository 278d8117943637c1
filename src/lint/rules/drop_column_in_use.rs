//! `drop-column-in-use`.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    code: "drop-column-in-use",
    severity: Some(Severity::Error),
    dialects: SQLITE,
    title: "A column that SQLite refuses to drop",
    danger: "DROP COLUMN fails when an index, a key, a CHECK of the table, a foreign key of the table, a view or a trigger uses the \
             column.",
    safe: "Drop what uses the column first; keys need a rebuild of the table.",
    scales: false,
    check,
};

fn check(view: &View<'_>, found: &mut Findings) {
    let DdlStatement::AlterTable(altered) = view.parsed() else { return };
    let Some(table) = view.table(&altered.table) else { return };
    for action in &altered.actions {
        let Action::DropColumn { column, .. } = &action.of else { continue };
        let user = user_of(table, column).or_else(|| view_with(view, table, column));
        if let Some(user) = user.or_else(|| trigger_with(view, table, column)) {
            found.on(&altered.table, format!("{column} is in {user}: SQLite refuses to drop it")).at(action.span);
        }
    }
}

fn user_of(table: &Relation, column: &str) -> Option<String> {
    let names =
        |columns: &[String]| columns.iter().any(|own| own.eq_ignore_ascii_case(column) || mentions(own, column));
    let index = table
        .indexes
        .iter()
        .find(|index| names(&index.columns) || index.predicate.as_deref().is_some_and(|text| mentions(text, column)));
    if let Some(index) = index {
        return Some(format!("the index {}", index.name.as_deref().unwrap_or_default()));
    }
    if table.columns.iter().any(|other| other.generated.as_ref().is_some_and(|of| mentions(&of.expression, column))) {
        return Some("the expression of another column".to_owned());
    }
    table.constraints.iter().find_map(|constraint| match &constraint.kind {
        ConstraintKind::PrimaryKey if names(&constraint.columns) => Some("the primary key".to_owned()),
        ConstraintKind::Unique if names(&constraint.columns) => Some("a UNIQUE constraint".to_owned()),
        // Those of the column itself go with it.
        ConstraintKind::ForeignKey(_) if names(&constraint.columns) && !constraint.is_of_column => {
            Some("a foreign key".to_owned())
        }
        ConstraintKind::Check(text) if mentions(text, column) && !constraint.is_of_column => Some("a CHECK".to_owned()),
        _ => None,
    })
}

fn view_with(view: &View<'_>, table: &Relation, column: &str) -> Option<String> {
    view.before.relations().find_map(|other| {
        let query = other.query.as_deref().filter(|_| other.kind == RelationKind::View)?;
        let uses = mentions(query, &table.name.name) && mentions(query, column);
        uses.then(|| format!("the view {}", other.name))
    })
}

/// Returns the trigger that names the column: of the table itself, or of another one that names the table.
fn trigger_with(view: &View<'_>, table: &Relation, column: &str) -> Option<String> {
    view.before.relations().find_map(|other| {
        let is_own = other.name == table.name;
        let uses = |text: &str| mentions(text, column) && (is_own || mentions(text, &table.name.name));
        other.triggers.iter().find(|(_, text)| uses(text)).map(|(name, _)| format!("the trigger {name}"))
    })
}

fn mentions(text: &str, name: &str) -> bool {
    text.split(|c: char| !(c.is_alphanumeric() || c == '_')).any(|word| word.eq_ignore_ascii_case(name))
}
