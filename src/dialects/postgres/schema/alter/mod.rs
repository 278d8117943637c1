//! Changes of a single object: which attributes PostgreSQL can change in place, and the statements for that. The order
//! of objects is left to the plan.

pub(in crate::dialects::postgres::schema) mod column;
mod constraint;
mod grants;
mod numbers;
mod routine;
mod table;
mod types;

use std::collections::BTreeSet;

pub(super) use column::{
    add_identity, cast_of, default, drop_identity, forget_storage, identity_lines, retyped, sequence_name,
    set_not_null, stays_comparable, type_note, usual_sequence_name,
};
pub(super) use constraint::{key_index, validated};
pub(super) use grants::{given, given_back, owner_and_grants};
pub(super) use numbers::{identity_continues, sequence_continues};
pub(super) use table::{attach, detach, marks};
pub(super) use types::{labels_to_add, range_aside};

pub(super) use super::cast::Cast;
use super::plan::{ObjectAction, PlannedStatement};
use super::{create, name};
use crate::schema::{Attribute, Kind, Object, Schema};

/// Returns the action for an object of which `attributes` differ, without regard to other objects.
pub(super) fn action(before: &Object, after: &Object, attributes: &BTreeSet<Attribute>) -> ObjectAction {
    use Attribute as A;
    let any = |names: &[Attribute]| names.iter().any(|name| attributes.contains(name));
    match before.key.kind {
        Kind::Enum if !types::grows(before, after) => ObjectAction::Swap,
        Kind::Domain if any(&[A::Type, A::Collation]) => ObjectAction::Swap,
        Kind::Range | Kind::Collation if any(&[A::Definition]) => ObjectAction::Swap,
        Kind::Table if any(&[A::PartitionBy]) => ObjectAction::Rebuild,
        Kind::Column if column::is_made_anew(before, after) => ObjectAction::Rebuild,
        Kind::PrimaryKey | Kind::Unique if any(&[A::Definition, A::Deferrable]) => ObjectAction::Replace,
        Kind::Exclusion if any(&[A::Definition, A::Deferrable]) => ObjectAction::Rebuild,
        // ATTACH PARTITION takes none that is there, and makes its own.
        Kind::Exclusion if any(&[A::PartitionOf]) && after.has(A::PartitionOf) => ObjectAction::Rebuild,
        Kind::Check | Kind::ForeignKey
            if any(&[A::Definition, A::References]) || after.has(A::NotValid) && !before.has(A::NotValid) =>
        {
            ObjectAction::Replace
        }
        Kind::Index if any(&[A::Definition, A::Method, A::IsUnique, A::Predicate]) => ObjectAction::Replace,
        Kind::Index if before.has(A::Invalid) && !after.has(A::Invalid) => ObjectAction::Replace,
        Kind::View if any(&[A::Definition, A::Columns]) => {
            if table::keeps_columns(before, after) {
                ObjectAction::Replace
            } else {
                ObjectAction::Rebuild
            }
        }
        Kind::MaterializedView if any(&[A::Definition, A::Columns, A::AccessMethod]) => ObjectAction::Rebuild,
        Kind::Function | Kind::Procedure if any(&[A::Definition, A::Parameters, A::Returns]) => {
            if routine::can_be_replaced(before, after) {
                ObjectAction::Replace
            } else {
                ObjectAction::Rebuild
            }
        }
        Kind::Aggregate | Kind::Trigger | Kind::Rule | Kind::Policy | Kind::EventTrigger if any(&[A::Definition]) => {
            ObjectAction::Rebuild
        }
        _ => ObjectAction::Alter,
    }
}

/// Returns the statements for in-place changes. Types, validity, NOT NULL and other changes that take several steps are
/// planned separately.
pub(super) fn lines(before: &Object, after: &Object, owners: bool) -> Vec<PlannedStatement> {
    let mut lines = match after.key.kind {
        Kind::Table | Kind::View | Kind::MaterializedView | Kind::Index => table::lines(before, after),
        Kind::PrimaryKey | Kind::Unique | Kind::Exclusion => table::lines(before, after),
        Kind::ForeignKey => constraint::deferrability(before, after),
        Kind::Column => column::lines(before, after),
        Kind::Domain => types::domain(before, after),
        Kind::Sequence => types::sequence(before, after),
        Kind::Extension => types::extension(before, after),
        Kind::Trigger | Kind::Rule | Kind::EventTrigger => routine::enabled(before, after),
        _ => Vec::new(),
    };
    lines.extend(metadata(before, after, owners));
    lines
}

/// Returns statements for comment, owner and privileges, where they differ.
pub(super) fn metadata(before: &Object, after: &Object, owners: bool) -> Vec<PlannedStatement> {
    let mut lines = Vec::new();
    let text = after.text(Attribute::Comment);
    if before.text(Attribute::Comment) != text {
        lines.push(create::comment(after, text).into());
    }
    let text = after.text(Attribute::IndexComment);
    if before.text(Attribute::IndexComment) != text {
        lines.push(create::index_comment(after, text).into());
    }
    if owners {
        lines.extend(owner_and_grants(before, after));
    }
    lines
}

/// Returns `DROP ...` for an object of `schema`.
pub(super) fn drop(object: &Object, schema: &Schema) -> PlannedStatement {
    let key = &object.key;
    let own = name::identifier(&key.name);
    let is_attribute = || key.parent(Kind::Composite).is_some_and(|composite| schema.get(&composite).is_some());
    match key.kind {
        Kind::Column if is_attribute() => {
            let cascade = create::cascade(key, schema);
            PlannedStatement::new(format!("ALTER TYPE {} DROP ATTRIBUTE {own}{cascade}", name::table(key)))
        }
        Kind::Column => PlannedStatement::on_table(
            &name::table(key),
            super::plan::AlterKind::DropColumn,
            format!("DROP COLUMN {own}"),
        ),
        Kind::Check if object.has(Attribute::OfDomain) => {
            PlannedStatement::new(format!("ALTER DOMAIN {} DROP CONSTRAINT {own}", name::table(key)))
        }
        kind if kind.is_constraint() => {
            PlannedStatement::new(format!("ALTER TABLE {} DROP CONSTRAINT {own}", name::table(key)))
        }
        _ => PlannedStatement::new(format!("DROP {}", name::described(object))),
    }
}

/// Returns the data that is lost with the object.
pub(super) fn loses(object: &Object) -> Option<String> {
    match object.key.kind {
        Kind::Table => Some(format!("all rows of {}", object.key)),
        Kind::Column if !object.has(Attribute::Generated) => Some(format!("the values of {}", object.key)),
        Kind::Sequence => Some(format!("the position of {}", object.key)),
        _ => None,
    }
}
