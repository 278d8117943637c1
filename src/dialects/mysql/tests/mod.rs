//! Tests of the SQL text of MySQL and MariaDB.

mod effect;
mod flavour;
mod impact;
mod split;
