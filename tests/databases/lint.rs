//! What lint says of statements, beside what real servers do: locks and rewrites of all cases of the rules, and each
//! rule seen once.

mod corpus;
mod effects;
mod measured;
mod metadata_locks;
mod seen;
