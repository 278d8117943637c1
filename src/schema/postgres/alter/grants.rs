//! Owners and privileges. Knows GRANT and REVOKE; who may do so is not its matter.

use std::collections::BTreeMap;

use crate::schema::postgres::name::{self, described, identifier};
use crate::schema::postgres::plan::Line;
use crate::schema::{Attribute, Kind, Object};

/// What changes of owner and privileges.
pub(in crate::schema::postgres) fn owner_and_grants(before: &Object, after: &Object) -> Vec<Line> {
    let mut lines = Vec::new();
    if let Some(owner) = after.text(Attribute::Owner)
        && before.text(Attribute::Owner) != Some(owner)
        && after.key.table.is_none()
    {
        lines.push(Line::new(format!("ALTER {} OWNER TO {}", described(after), identifier(owner))));
    }
    let (old, new) = (privileges(before), privileges(after));
    let object = granted(after);
    for (grantee, gone) in missing(&old, &new) {
        lines.push(Line::new(format!("REVOKE {} ON {object} FROM {grantee}", told(after, &gone))));
    }
    for (grantee, added) in missing(&new, &old) {
        let (with, without): (Vec<String>, Vec<String>) = added.into_iter().partition(|name| name.ends_with(OPTION));
        let with: Vec<String> = with.iter().map(|name| name.trim_end_matches(OPTION).to_owned()).collect();
        if !without.is_empty() {
            lines.push(Line::new(format!("GRANT {} ON {object} TO {grantee}", told(after, &without))));
        }
        if !with.is_empty() {
            lines.push(Line::new(format!("GRANT {} ON {object} TO {grantee}{OPTION}", told(after, &with))));
        }
    }
    lines
}

const OPTION: &str = " WITH GRANT OPTION";

type Privileges = BTreeMap<String, Vec<String>>;

fn privileges(object: &Object) -> Privileges {
    let entry = |text: &String| {
        let (grantee, names) = text.rsplit_once(": ")?;
        Some((grantee.to_owned(), names.split(", ").map(str::to_owned).collect()))
    };
    object.list(Attribute::Grants).iter().filter_map(entry).collect()
}

/// What the one holds and the other does not.
fn missing(one: &Privileges, other: &Privileges) -> Vec<(String, Vec<String>)> {
    let rest = |(grantee, names): (&String, &Vec<String>)| {
        let held = other.get(grantee).map_or(&[][..], Vec::as_slice);
        let rest: Vec<String> = names.iter().filter(|name| !held.contains(name)).cloned().collect();
        (!rest.is_empty()).then(|| (grantee.clone(), rest))
    };
    one.iter().filter_map(rest).collect()
}

/// The privileges in a statement; those of a column with its name.
fn told(object: &Object, names: &[String]) -> String {
    let column =
        (object.key.kind == Kind::Column).then(|| format!(" ({})", identifier(&object.key.name))).unwrap_or_default();
    let name = |name: &String| format!("{}{column}", name.trim_end_matches(OPTION));
    names.iter().map(name).collect::<Vec<_>>().join(", ")
}

/// The object as GRANT takes it.
fn granted(object: &Object) -> String {
    match object.key.kind {
        Kind::Column => format!("TABLE {}", name::table(&object.key)),
        Kind::View | Kind::MaterializedView => format!("TABLE {}", name::own(&object.key)),
        Kind::Aggregate => format!("FUNCTION {}", name::routine(object)),
        _ => described(object),
    }
}
