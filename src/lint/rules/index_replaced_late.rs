//! `index-replaced-late`.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    code: "index-replaced-late",
    severity: Some(Severity::Warning),
    dialects: SERVERS,
    title: "An index that is dropped before its successor exists",
    danger: "Between the two statements no index serves the queries that need one: they read the whole table, all at once, \
             for as long as the new index is built.",
    safe: "Create the new index under another name first, then drop the old one, then rename if the name matters. MySQL and \
           MariaDB do both in one ALTER TABLE.",
    scales: true,
    check,
};

fn check(view: &View<'_>, found: &mut Findings) {
    let mut dropped: Vec<(&Relation, IndexDefinition)> = Vec::new();
    match view.parsed() {
        DdlStatement::Drop(drop) if drop.kind == DropKind::Index => {
            for name in &drop.names {
                let table = match &drop.table {
                    Some(table) => view.table(table),
                    None => view.before.table_of_index(name),
                };
                dropped.extend(table.and_then(|table| Some((table, index_named(table, &name.name)?))));
            }
        }
        DdlStatement::AlterTable(altered) => {
            let Some(table) = view.table(&altered.table) else { return };
            for action in &altered.actions {
                if let Action::DropIndex(name) = &action.of {
                    dropped.extend(index_named(table, name).map(|index| (table, index)));
                }
            }
        }
        _ => {}
    }
    for (table, index) in dropped.into_iter().filter(|(table, _)| !table.is_new) {
        let is_served = table.keys().any(|key| key != index.columns.as_slice() && key.first() == index.columns.first());
        if !is_served && view.after().any(|later| creates(&later.parsed, table, &index)) {
            let name = index.name.as_deref().unwrap_or_default();
            found.on(&table.name, format!("from here until the new index exists, nothing replaces {name}"));
        }
    }
}

/// Returns the index with this name, also one of a unique key.
fn index_named(table: &Relation, name: &str) -> Option<IndexDefinition> {
    let of_key = || {
        let key = table.constraint(name).filter(|key| key.kind == ConstraintKind::Unique)?;
        let columns = key.columns.clone();
        Some(IndexDefinition { name: key.name.clone(), columns, is_unique: true, ..IndexDefinition::default() })
    };
    table.index(name).cloned().or_else(of_key)
}

fn creates(statement: &DdlStatement, table: &Relation, old: &IndexDefinition) -> bool {
    let is_successor = |new: &IndexDefinition| new.columns.first() == old.columns.first();
    match statement {
        DdlStatement::CreateIndex(new) => new.table.name == table.name.name && is_successor(new),
        DdlStatement::AlterTable(altered) if altered.table.name == table.name.name => {
            altered.actions.iter().any(|action| match &action.of {
                Action::AddIndex(new) => is_successor(new),
                Action::AddConstraint(new) => {
                    matches!(new.kind, ConstraintKind::Unique) && new.columns.first() == old.columns.first()
                }
                _ => false,
            })
        }
        _ => false,
    }
}
