//! `naming-convention`.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    code: "naming-convention",
    severity: None,
    dialects: ALL,
    title: "A name that has to be quoted, or is not lower_snake_case",
    danger: "PostgreSQL finds \"userId\" only in quotes, MySQL finds the table Users on one operating system and not on another, \
             and queries that are written by hand get it wrong.",
    safe: "Lower-case letters, digits and underscores, with a letter first. For conventions of your own (a suffix of indexes, \
           a prefix of tables), write a rule: the names are in tables_after, columns_after and so on.",
    scales: false,
    check,
};

fn check(view: &View<'_>, found: &mut Findings) {
    let mut names: Vec<(&str, &str, Option<crate::diagnostic::Span>)> = Vec::new();
    match view.parsed() {
        DdlStatement::CreateTable(created) => {
            names.push(("table", &created.table.name, None));
            names.extend(created.columns.iter().map(|own| ("column", own.of.name.as_str(), Some(own.span))));
            let named = |name: &'_ Option<String>| name.as_deref().is_some_and(|name| !name.is_empty());
            for own in created.constraints.iter().filter(|own| named(&own.of.name)) {
                names.push(("constraint", own.of.name.as_deref().unwrap_or_default(), Some(own.span)));
            }
            for own in created.indexes.iter().filter(|own| named(&own.of.name)) {
                names.push(("index", own.of.name.as_deref().unwrap_or_default(), Some(own.span)));
            }
        }
        DdlStatement::AlterTable(altered) => {
            names.extend(altered.actions.iter().filter_map(|own| {
                let (kind, name) = of_action(&own.of)?;
                Some((kind, name, Some(own.span)))
            }));
        }
        DdlStatement::CreateIndex(index) => names.extend(index.name.as_deref().map(|name| ("index", name, None))),
        DdlStatement::CreateView { view, .. } => names.push(("view", &view.name, None)),
        DdlStatement::CreateType { name, .. } | DdlStatement::CreateDomain { name, .. } => {
            names.push(("type", &name.name, None));
        }
        DdlStatement::RenameObject { kind, to, .. } if kind != "SCHEMA" => names.push(("name", to, None)),
        DdlStatement::RenameTables(pairs) => {
            names.extend(pairs.iter().map(|(_, to)| ("table", to.name.as_str(), None)))
        }
        _ => {}
    }
    for (kind, name, span) in names.into_iter().filter(|(_, name, _)| !is_plain(name)) {
        found.add(format!("the {kind} {name} is not lower_snake_case"));
        if let Some(span) = span {
            found.at(span);
        }
    }
}

/// Name that an action gives.
fn of_action(action: &Action) -> Option<(&'static str, &str)> {
    Some(match action {
        Action::AddColumn { column, .. } => ("column", column.name.as_str()),
        Action::Redefine { column, to, .. } if *column != to.name => ("column", to.name.as_str()),
        Action::RenameColumn { to, .. } => ("column", to),
        Action::RenameTable(to) => ("table", to.name.as_str()),
        Action::RenamePart { is_index: true, to, .. } => ("index", to),
        Action::RenamePart { to, .. } => ("constraint", to),
        Action::AddConstraint(constraint) => ("constraint", constraint.name.as_deref()?),
        Action::AddIndex(index) => ("index", index.name.as_deref()?),
        _ => return None,
    })
}

fn is_plain(name: &str) -> bool {
    let is_word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    name.starts_with(|c: char| c.is_ascii_lowercase() || c == '_') && name.chars().all(is_word)
}
