//! The plan of a script: the action for each object, the steps that it takes, and their order. The text of the
//! statements comes from `create` and `alter`.

mod action;
mod build;
mod change;
mod columns;
mod dependencies;
mod dropped_along;
mod index_tree;
mod inherited_column;
mod links;
mod make;
mod make_tree;
mod notes;
mod numbers;
mod order;
mod ownership;
mod partitions;
mod rows;
mod step;
mod successors;

pub(super) use action::ObjectAction;
pub(super) use build::plan;
pub(super) use index_tree::has_index;
pub(super) use notes::note_locks;
pub(super) use ownership::{is_relation_or_type, relation_name, same_above};
pub(super) use step::{AlterKind, PlannedStatement};
