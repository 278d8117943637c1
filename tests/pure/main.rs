//! What needs no database server: the code and its pages held against their rules, and recorded answers.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod architecture;
mod case_files;
mod config_schema;
mod conformance;
mod deploying;
mod docs;
mod error_codes;
mod lint_cases;
mod package;
mod packaging;
#[path = "../support/mod.rs"]
mod support;
mod words;
