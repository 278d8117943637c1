//! Tests of the SQL text of MySQL and MariaDB.

mod changes;
mod effect;
mod flavour;
mod impact;
mod split;
