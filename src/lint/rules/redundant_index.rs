//! `redundant-index`.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    code: "redundant-index",
    severity: Some(Severity::Warning),
    dialects: ALL,
    title: "An index that another one covers",
    danger: "Every write maintains both, and both are kept in memory, while queries need only one: an index on (a, b) \
             serves whatever one on (a) serves.",
    safe: "Leave the index out, or drop the shorter one in the same change.",
    scales: false,
    check,
};

fn check(view: &View<'_>, found: &mut Findings) {
    let mut added: Vec<&IndexDefinition> = Vec::new();
    match view.parsed() {
        DdlStatement::CreateIndex(index) => added.push(index),
        DdlStatement::CreateTable(created) => added.extend(created.indexes.iter().map(|index| &index.of)),
        DdlStatement::AlterTable(altered) => {
            added.extend(altered.actions.iter().filter_map(|action| match &action.of {
                Action::AddIndex(index) => Some(index),
                _ => None,
            }))
        }
        _ => {}
    }
    for index in added {
        // Judged by what remains in the end: the other index may be dropped later.
        let Some(table) = view.end.relation(&index.table) else { continue };
        if let Some(other) = covering(index, table) {
            let columns = index.columns.join(", ");
            found.on(&index.table, format!("({columns}) is already the beginning of {other}"));
        }
    }
}

fn covering(index: &IndexDefinition, table: &Relation) -> Option<String> {
    let is_tree = |index: &IndexDefinition| matches!(index.method.as_str(), "btree" | "");
    let is_plain = |other: &IndexDefinition| {
        // Of other methods only the same one on the same columns is superfluous.
        let is_alike =
            is_tree(other) && is_tree(index) || other.method == index.method && other.columns == index.columns;
        other.predicate.is_none() && !other.has_special_order && is_alike
    };
    let has_expression = index.columns.iter().any(|column| column.starts_with('('));
    if !is_plain(index) || has_expression || index.columns.is_empty() {
        return None;
    }
    let begins = |columns: &[String]| {
        columns.len() >= index.columns.len()
            && columns.iter().zip(&index.columns).all(|(one, other)| one.eq_ignore_ascii_case(other))
            // A unique index is needed for what it forbids, unless the other one forbids the same.
            && (!index.is_unique || columns.len() == index.columns.len())
    };
    let own = |other: &&IndexDefinition| other.name == index.name;
    // The server drops the index that it made itself for a foreign key, and named as it, when another one can serve.
    let is_made = |other: &&IndexDefinition| {
        let key = other.name.as_deref().and_then(|name| table.constraint(name));
        key.is_some_and(|key| matches!(key.kind, ConstraintKind::ForeignKey(_)) && key.columns == other.columns)
    };
    let others = table.indexes.iter().filter(|other| !own(other) && !is_made(other));
    let of_index = others.filter(|other| is_plain(other) && !other.is_invalid);
    let of_index = of_index.filter(|other| begins(&other.columns) && (!index.is_unique || other.is_unique));
    let is_key = |constraint: &&ConstraintDefinition| {
        matches!(constraint.kind, ConstraintKind::PrimaryKey | ConstraintKind::Unique)
    };
    let of_key = table.constraints.iter().filter(is_key);
    let of_key = of_key.filter(|key| is_tree(index) && begins(&key.columns) && key.name != index.name);
    let name = |name: &Option<String>, columns: &[String]| {
        format!("{} ({})", name.as_deref().unwrap_or("the key"), columns.join(", "))
    };
    of_index
        .map(|other| name(&other.name, &other.columns))
        .chain(of_key.map(|key| name(&key.name, &key.columns)))
        .next()
}
