//! Dialects: what is true of one database's SQL, a folder for each. Pure: text and values, without connections, files or
//! services. [`registry`] is the only list of them.

pub mod mysql;
pub mod postgres;
pub mod registry;
pub mod sqlite;
