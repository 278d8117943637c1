//! The plan: what becomes of each object, the steps that takes, and their order. Knows who stands on whom; the statements
//! themselves are `create`'s and `alter`'s.

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
pub(super) use company::{relation_name, same_above};
pub(super) use fate::Fate;
pub(super) use index_tree::has_index;
pub(super) use notes::note_locks;
pub(super) use step::{Line, Sort};
