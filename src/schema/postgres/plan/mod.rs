//! The plan: what becomes of each object, the steps that takes, and their order. Knows who stands on whom; the statements
//! themselves are `create`'s and `alter`'s.

mod build;
mod change;
mod columns;
mod company;
mod connect;
mod dropped_along;
mod fate;
mod links;
mod make;
mod notes;
mod order;
mod rows;
mod step;

pub(super) use build::plan;
pub(super) use fate::Fate;
pub(super) use notes::note_locks;
pub(super) use step::{Line, Sort};
