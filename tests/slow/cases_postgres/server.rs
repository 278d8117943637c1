//! Selection of cases by the server's version: a case with `since: 17` in its `options` needs that major version.

use crate::support;
use crate::support::cases::{self, Case, say};

pub fn major_version() -> u32 {
    let number = support::postgres().shell("", "SHOW server_version_num;");
    number.trim().parse::<u32>().unwrap() / 10_000
}

/// Returns the cases that apply to the server.
pub fn cases() -> Vec<Case> {
    let major = major_version();
    let is_meant = |case: &Case| case.value("since").is_none_or(|since| since.parse::<u32>().unwrap() <= major);
    let (meant, others): (Vec<Case>, Vec<Case>) = cases::cases("postgres").into_iter().partition(is_meant);
    if !others.is_empty() {
        say(&format!("{} cases are for newer servers than PostgreSQL {major}", others.len()));
    }
    meant
}
