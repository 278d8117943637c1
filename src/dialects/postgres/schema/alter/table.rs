//! In-place changes of tables, views and indexes: options, persistence, row-level security, inheritance, clustering and
//! replica identity.

use crate::dialects::postgres::schema::name::{self, described, identifier, literal};
use crate::dialects::postgres::schema::plan::PlannedStatement;
use crate::schema::{Attribute, Kind, Object, StatementNote};

/// Returns whether CREATE OR REPLACE VIEW accepts the new columns: it can only append to the old ones.
pub(super) fn keeps_columns(before: &Object, after: &Object) -> bool {
    let old = before.list(Attribute::Columns);
    !old.is_empty() && after.list(Attribute::Columns).starts_with(old)
}

/// Returns the in-place changes.
pub(super) fn lines(before: &Object, after: &Object) -> Vec<PlannedStatement> {
    let head = head(after);
    let old = before.list(Attribute::Options);
    let new = after.list(Attribute::Options);
    let mut lines: Vec<PlannedStatement> =
        option_actions(old, new).into_iter().map(|action| PlannedStatement::new(format!("{head} {action}"))).collect();
    if before.text(Attribute::Tablespace) != after.text(Attribute::Tablespace) {
        let place = after.text(Attribute::Tablespace).unwrap_or("pg_default");
        lines.push(PlannedStatement::new(format!("{head} SET TABLESPACE {}", identifier(place))));
    }
    match after.key.kind {
        Kind::Table => lines.extend(
            table_actions(before, after).into_iter().map(|action| PlannedStatement::new(format!("{head} {action}"))),
        ),
        Kind::MaterializedView if before.has(Attribute::ClusteredOn) && !after.has(Attribute::ClusteredOn) => {
            lines.push(PlannedStatement::new(format!("{head} SET WITHOUT CLUSTER")));
        }
        Kind::Index => lines.extend(statistics(before, after, &head)),
        _ => {}
    }
    lines
}

fn head(object: &Object) -> String {
    if object.key.kind.is_constraint() {
        return format!("ALTER INDEX {}", name::own(&object.key));
    }
    format!("ALTER {}", described(object))
}

/// Returns `SET (...)` and `RESET (...)` actions for the changed options.
pub(super) fn option_actions(old: &[String], new: &[String]) -> Vec<String> {
    let name = |option: &String| option.split('=').next().unwrap_or_default().to_owned();
    let names: Vec<String> = new.iter().map(name).collect();
    let gone: Vec<String> = old.iter().map(name).filter(|name| !names.contains(name)).collect();
    let set: Vec<String> = new.iter().filter(|option| !old.contains(option)).map(|option| assigned(option)).collect();
    let mut actions = Vec::new();
    if !gone.is_empty() {
        actions.push(format!("RESET ({})", gone.join(", ")));
    }
    if !set.is_empty() {
        actions.push(format!("SET ({})", set.join(", ")));
    }
    actions
}

/// Returns `name=value`, with the value quoted unless it is a word or a number.
fn assigned(option: &str) -> String {
    let Some((name, value)) = option.split_once('=') else { return option.to_owned() };
    let is_plain =
        !value.is_empty() && value.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'));
    let is_word = is_plain && (!value.contains(['.', '-']) || value.parse::<f64>().is_ok());
    if is_word { option.to_owned() } else { format!("{name}={}", literal(value)) }
}

fn table_actions(before: &Object, after: &Object) -> Vec<String> {
    use Attribute as A;
    let mut actions = Vec::new();
    let mut switch = |attribute, on: &str, off: &str| match (before.has(attribute), after.has(attribute)) {
        (false, true) => actions.push(on.to_owned()),
        (true, false) => actions.push(off.to_owned()),
        _ => {}
    };
    switch(A::Unlogged, "SET UNLOGGED", "SET LOGGED");
    switch(A::RowSecurity, "ENABLE ROW LEVEL SECURITY", "DISABLE ROW LEVEL SECURITY");
    switch(A::ForceRowSecurity, "FORCE ROW LEVEL SECURITY", "NO FORCE ROW LEVEL SECURITY");
    if before.text(A::AccessMethod) != after.text(A::AccessMethod) {
        // A partitioned table without an access method uses `default_table_access_method`.
        let usual = if after.has(A::PartitionBy) { "DEFAULT" } else { "heap" };
        let method = after.text(A::AccessMethod).map_or_else(|| usual.to_owned(), identifier);
        actions.push(format!("SET ACCESS METHOD {method}"));
    }
    if before.text(A::OfType) != after.text(A::OfType) {
        actions.push(after.text(A::OfType).map_or_else(|| "NOT OF".to_owned(), |of| format!("OF {of}")));
    }
    if before.text(A::ReplicaIdentity) != after.text(A::ReplicaIdentity) {
        match after.text(A::ReplicaIdentity) {
            None => actions.push("REPLICA IDENTITY DEFAULT".to_owned()),
            Some(word @ ("full" | "nothing")) => {
                actions.push(format!("REPLICA IDENTITY {}", word.to_ascii_uppercase()))
            }
            Some(_) => {}
        }
    }
    if before.has(A::ClusteredOn) && !after.has(A::ClusteredOn) {
        actions.push("SET WITHOUT CLUSTER".to_owned());
    }
    actions
}

/// Returns the statements that mark an index as replica identity or for CLUSTER. The index must exist.
pub(in crate::dialects::postgres::schema) fn marks(after: &Object) -> Vec<PlannedStatement> {
    let head = head(after);
    let mut lines = Vec::new();
    if let Some(index) = after.text(Attribute::ReplicaIdentity).and_then(|identity| identity.strip_prefix("index ")) {
        lines.push(PlannedStatement::new(format!("{head} REPLICA IDENTITY USING INDEX {index}")));
    }
    if let Some(index) = after.text(Attribute::ClusteredOn) {
        let sort = if after.key.kind == Kind::Table { "ALTER TABLE" } else { "ALTER MATERIALIZED VIEW" };
        lines.push(PlannedStatement::new(format!("{sort} {} CLUSTER ON {}", name::own(&after.key), identifier(index))));
    }
    lines
}

/// Returns the statements that remove a table from parents that it no longer has; with `all`, from all its parents and
/// its composite type.
pub(in crate::dialects::postgres::schema) fn detach(
    before: &Object,
    after: Option<&Object>,
    all: bool,
) -> Vec<PlannedStatement> {
    let own = name::own(&before.key);
    let mut lines = Vec::new();
    if let Some(parent) = before.text(Attribute::PartitionOf)
        && (all || after.is_none_or(|after| !same_place(before, after)))
    {
        lines.push(PlannedStatement::new(format!("ALTER TABLE {parent} DETACH PARTITION {own}")));
    }
    if after.is_none_or(|after| all || enters(before, after).next().is_none()) {
        lines.extend(leave(before, after, all));
    }
    if all && before.has(Attribute::OfType) {
        lines.push(PlannedStatement::new(format!("ALTER TABLE {own} NOT OF")));
    }
    lines
}

/// Returns `NO INHERIT` for each parent that the table no longer has.
fn leave(before: &Object, after: Option<&Object>, all: bool) -> Vec<PlannedStatement> {
    let own = name::own(&before.key);
    let kept = after.map_or(&[][..], |after| after.list(Attribute::Inherits));
    let left = before.list(Attribute::Inherits).iter().filter(|parent| all || !kept.contains(parent));
    left.map(|parent| PlannedStatement::new(format!("ALTER TABLE {own} NO INHERIT {parent}"))).collect()
}

/// Returns the parents that the table newly inherits from.
fn enters<'o>(before: &'o Object, after: &'o Object) -> impl Iterator<Item = &'o String> {
    after.list(Attribute::Inherits).iter().filter(|parent| !before.list(Attribute::Inherits).contains(parent))
}

/// Returns the statements that add a table to its new parents; with `all`, to all parents, because it was removed from
/// them before.
pub(in crate::dialects::postgres::schema) fn attach(
    before: &Object,
    after: &Object,
    all: bool,
) -> Vec<PlannedStatement> {
    let own = name::own(&after.key);
    let mut lines = Vec::new();
    if let Some(parent) = after.text(Attribute::PartitionOf)
        && (all || !same_place(before, after))
    {
        let bound = after.text(Attribute::PartitionBound).unwrap_or("DEFAULT");
        let line = PlannedStatement::new(format!("ALTER TABLE {parent} ATTACH PARTITION {own} {bound}"));
        let fits = (!same_place(before, after))
            .then(|| StatementNote::Remark(format!("fails while a row of {} is outside of the bound", after.key)));
        lines.push(line.notes(fits));
    }
    let had = before.list(Attribute::Inherits);
    for parent in after.list(Attribute::Inherits).iter().filter(|parent| all || !had.contains(parent)) {
        lines.push(PlannedStatement::new(format!("ALTER TABLE {own} INHERIT {parent}")));
    }
    if let Some(of_type) = after.text(Attribute::OfType).filter(|_| all) {
        lines.push(PlannedStatement::new(format!("ALTER TABLE {own} OF {of_type}")));
    }
    // Leave the old parents only after joining the new ones: inherited columns would otherwise become local in between.
    if !all && enters(before, after).next().is_some() {
        lines.extend(leave(before, Some(after), false));
    }
    lines
}

fn same_place(before: &Object, after: &Object) -> bool {
    let place = |object: &Object| {
        [Attribute::PartitionOf, Attribute::PartitionBound].map(|attribute| object.text(attribute).map(str::to_owned))
    };
    place(before) == place(after)
}

/// Returns the changes of an index's statistics targets, listed as `column number=target`.
fn statistics(before: &Object, after: &Object, head: &str) -> Vec<PlannedStatement> {
    let (old, new) = (before.list(Attribute::Statistics), after.list(Attribute::Statistics));
    let column = |target: &String| target.split('=').next().unwrap_or_default().to_owned();
    let kept: Vec<String> = new.iter().map(column).collect();
    let gone = old.iter().map(column).filter(|column| !kept.contains(column)).map(|column| format!("{column}=-1"));
    let changed = new.iter().filter(|target| !old.contains(target)).cloned();
    let line = |target: String| {
        let (column, target) = target.split_once('=').map_or(("1", "-1"), |parts| parts);
        PlannedStatement::new(format!("{head} ALTER COLUMN {column} SET STATISTICS {target}"))
    };
    gone.chain(changed).map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_set_and_reset_by_name() {
        let list = |options: &[&str]| options.iter().map(|option| (*option).to_owned()).collect::<Vec<_>>();
        let old = list(&["fillfactor=70", "toast.autovacuum_enabled=false"]);
        let new = list(&["fillfactor=80", "autovacuum_vacuum_scale_factor=0.1", "check_option=local"]);
        assert_eq!(
            option_actions(&old, &new),
            [
                "RESET (toast.autovacuum_enabled)",
                "SET (fillfactor=80, autovacuum_vacuum_scale_factor=0.1, check_option=local)"
            ]
        );
        assert_eq!(assigned("a=b c"), "a='b c'");
    }
}
