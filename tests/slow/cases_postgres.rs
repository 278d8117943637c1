//! All cases of schema changes on PostgreSQL, verified with `pg_dump`: the change, its reverse, and the schema
//! recreated.

pub mod dump;
mod indexes;
mod kinds;
mod numbers;
mod partitions;
pub mod place;
pub mod proof;
mod properties;
mod restored;
mod revisions;
pub mod rows;
pub mod server;

use crate::support;
use crate::support::cases::{are_complete, in_threads, report};
use crate::support::expected;
use place::ROLES;
use proof::{Worker, batches};

#[test]
fn every_case_leads_to_its_new_schema_and_back_and_loses_no_row() {
    let _ = support::postgres().try_shell("", ROLES);
    let cases = server::cases();
    assert!(!are_complete() || cases.len() >= 400, "{} cases", cases.len());
    let workers: Vec<Worker> = (0..3).map(|_| Worker::new()).collect();
    report(cases.len(), in_threads(&batches(&cases), workers, Worker::prove));
    expected::say_summary("postgres");
}
