//! Owners and privileges: GRANT, REVOKE and OWNER TO.

use std::collections::BTreeMap;

use crate::dialects::postgres::schema::name::{self, described, identifier};
use crate::dialects::postgres::schema::plan::PlannedStatement;
use crate::schema::{Attribute, Kind, Object};

/// Returns the changes of owner and privileges.
pub(in crate::dialects::postgres::schema) fn owner_and_grants(
    before: &Object,
    after: &Object,
) -> Vec<PlannedStatement> {
    let mut lines = Vec::new();
    // A sequence owned by a column always has the owner of the table.
    let follows = after.key.kind == Kind::Sequence && before.has(Attribute::OwnedBy) && after.has(Attribute::OwnedBy);
    if let Some(owner) = after.text(Attribute::Owner)
        && before.text(Attribute::Owner) != Some(owner)
        && after.key.table.is_none()
        && after.key.kind != Kind::Extension
        && !follows
    {
        // Otherwise explicit privileges of the new owner would be merged into the ones it has as the owner.
        let own = format!("{}: ", identifier(owner));
        if before.list(Attribute::Grants).iter().any(|entry| entry.starts_with(&own)) {
            lines.push(PlannedStatement::new(format!("REVOKE ALL ON {} FROM {}", granted(before), identifier(owner))));
        }
        lines.push(PlannedStatement::new(format!("ALTER {} OWNER TO {}", described(after), identifier(owner))));
    }
    let own = after.text(Attribute::Owner).map(|owner| format!("{}: ", identifier(owner)));
    let held = |entry: &&String| own.as_ref().is_none_or(|own| !entry.starts_with(own.as_str()));
    let old: Vec<String> = before.list(Attribute::Grants).iter().filter(held).cloned().collect();
    lines.extend(grants(after, &old, after.list(Attribute::Grants)));
    lines
}

/// Returns owner and privileges of an object that was just created, and has the default privileges of its kind.
pub(in crate::dialects::postgres::schema) fn given(object: &Object) -> Vec<PlannedStatement> {
    let mut bare = Object::new(object.key.clone());
    let usual = usual_grants(object.key.kind);
    if !usual.is_empty() && object.has(Attribute::Owner) {
        bare.set(Attribute::Grants, usual);
    }
    owner_and_grants(&bare, object)
}

/// Returns owner and privileges of an object before it was re-created, for when they are not managed.
pub(in crate::dialects::postgres::schema) fn given_back(before: &Object) -> Vec<PlannedStatement> {
    let owner = before.text(Attribute::HeldBy);
    let owner =
        owner.map(|owner| PlannedStatement::new(format!("ALTER {} OWNER TO {}", described(before), identifier(owner))));
    let mut lines: Vec<PlannedStatement> = owner.into_iter().collect();
    if before.has(Attribute::Held) {
        lines.extend(grants(before, &usual_grants(before.key.kind), before.list(Attribute::Held)));
    }
    lines
}

/// Default privileges of PUBLIC (manual, "Privileges").
fn usual_grants(kind: Kind) -> Vec<String> {
    let usual = match kind {
        Kind::Function | Kind::Procedure | Kind::Aggregate => "PUBLIC: EXECUTE",
        Kind::Enum | Kind::Domain | Kind::Composite | Kind::Range => "PUBLIC: USAGE",
        _ => return Vec::new(),
    };
    vec![usual.to_owned()]
}

fn grants(after: &Object, old: &[String], new: &[String]) -> Vec<PlannedStatement> {
    let (old, new) = (privileges(old), privileges(new));
    let object = granted(after);
    let mut lines = Vec::new();
    for (grantee, names) in missing(&old, &new, |_, new| new.is_none()) {
        lines.push(PlannedStatement::new(format!(
            "REVOKE {} ON {object} FROM {grantee}",
            privilege_list(after, &names)
        )));
    }
    for (grantee, names) in missing(&old, &new, |old, new| old && new == Some(false)) {
        lines.push(PlannedStatement::new(format!(
            "REVOKE GRANT OPTION FOR {} ON {object} FROM {grantee}",
            privilege_list(after, &names)
        )));
    }
    for (grantee, names) in missing(&new, &old, |new, old| !new && old.is_none()) {
        lines.push(PlannedStatement::new(format!("GRANT {} ON {object} TO {grantee}", privilege_list(after, &names))));
    }
    for (grantee, names) in missing(&new, &old, |new, old| new && old != Some(true)) {
        lines.push(PlannedStatement::new(format!(
            "GRANT {} ON {object} TO {grantee}{OPTION}",
            privilege_list(after, &names)
        )));
    }
    lines
}

const OPTION: &str = " WITH GRANT OPTION";

/// Privileges by grantee, each with its grant option.
type Privileges = BTreeMap<String, BTreeMap<String, bool>>;

fn privileges(entries: &[String]) -> Privileges {
    let mut all = Privileges::new();
    for (grantee, names) in entries.iter().filter_map(|entry| entry.rsplit_once(": ")) {
        let (names, passes) = names.strip_suffix(OPTION).map_or((names, false), |names| (names, true));
        let held = all.entry(grantee.to_owned()).or_default();
        held.extend(names.split(", ").map(|name| (name.to_owned(), passes)));
    }
    all
}

/// Returns the privileges of `one` for which `is_wanted` holds. Its arguments are the grant option in `one` and the one
/// in `other`, if held there.
fn missing(
    one: &Privileges,
    other: &Privileges,
    is_wanted: impl Fn(bool, Option<bool>) -> bool,
) -> Vec<(String, Vec<String>)> {
    let rest = |(grantee, names): (&String, &BTreeMap<String, bool>)| {
        let there = |name: &String| other.get(grantee).and_then(|held| held.get(name)).copied();
        let rest: Vec<String> =
            names.iter().filter(|(name, here)| is_wanted(**here, there(name))).map(|(name, _)| name.clone()).collect();
        (!rest.is_empty()).then(|| (grantee.clone(), rest))
    };
    one.iter().filter_map(rest).collect()
}

/// Returns the list of privileges for a statement. Privileges of a column are followed by its name.
fn privilege_list(object: &Object, names: &[String]) -> String {
    let column =
        if object.key.kind == Kind::Column { format!(" ({})", identifier(&object.key.name)) } else { String::new() };
    names.iter().map(|name| format!("{name}{column}")).collect::<Vec<_>>().join(", ")
}

/// Returns the object as named in GRANT.
fn granted(object: &Object) -> String {
    match object.key.kind {
        Kind::Column => format!("TABLE {}", name::table(&object.key)),
        Kind::View | Kind::MaterializedView => format!("TABLE {}", name::own(&object.key)),
        Kind::Aggregate => format!("FUNCTION {}", name::routine(object).replace("(*)", "()")),
        Kind::Composite | Kind::Enum | Kind::Range | Kind::Domain => format!("TYPE {}", name::own(&object.key)),
        _ => described(object),
    }
}
