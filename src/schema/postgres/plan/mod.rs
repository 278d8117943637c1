//! The plan of a script: the action for each object, the steps that it takes, and their order. The text of the
//! statements comes from `create` and `alter`.

mod build;
mod change;
mod columns;
mod company;
mod connect;
mod dropped_along;
mod fate;
mod index_tree;
mod inherited_column;
mod links;
mod make;
mod make_tree;
mod notes;
mod order;
mod partitions;
mod rows;
mod step;

pub(super) use build::plan;
pub(super) use company::{is_relation_or_type, relation_name, same_above};
pub(super) use fate::Fate;
pub(super) use index_tree::has_index;
pub(super) use notes::note_locks;
pub(super) use step::{Line, Sort};
