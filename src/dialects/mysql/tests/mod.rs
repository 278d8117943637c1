//! Tests of the SQL text of MySQL and MariaDB.

mod effect;
mod impact;
mod split;
