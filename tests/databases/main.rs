//! What happens in databases, on real servers.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

mod ahead;
mod backend;
mod batch;
mod contract;
mod credentials;
mod gentle;
mod library;
mod lint;
mod losses;
mod mysql;
mod postgres;
mod proof;
mod report;
mod round_trips;
mod row_versions;
mod runbook;
mod runs;
mod schema;
mod schema_file;
mod silence;
mod sqlite;
mod squash;
#[path = "../support/mod.rs"]
mod support;
mod support_servers;
mod version_rows;
mod waiting;
mod watching;
