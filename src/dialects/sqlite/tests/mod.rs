//! Tests of the SQL text of SQLite.

mod impact;
mod split;
