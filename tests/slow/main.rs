//! What takes minutes: every case of a schema change, every moment of a failure, clusters, backups, scenarios.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod backup;
mod cases_mysql;
mod cases_postgres;
mod cases_sqlite;
mod faults;
mod lease;
mod scenario_chat;
mod scenario_chatbot;
mod scenario_expand_contract;
mod scenario_family;
#[path = "../support/mod.rs"]
mod support;
mod two_builds;
