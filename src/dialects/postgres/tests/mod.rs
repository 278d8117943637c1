//! Tests of the SQL text of PostgreSQL.

mod effect;
mod impact;
mod locks;
mod split;
