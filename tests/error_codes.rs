//! docs/errors.md has a heading for every error code of the source, and for no other.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeSet;
use std::path::Path;

#[path = "transcript/codes.rs"]
mod codes;

#[test]
fn every_error_code_is_explained_and_no_other() {
    let page = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/errors.md")).unwrap();
    let headings: Vec<_> = page.lines().filter_map(|line| line.strip_prefix("### ")).map(str::to_owned).collect();
    let explained: BTreeSet<_> = headings.iter().cloned().collect();
    assert_eq!(headings.len(), explained.len(), "a code is explained twice");
    let known = codes::in_source();
    let missing: Vec<_> = known.difference(&explained).collect();
    let gone: Vec<_> = explained.difference(&known).collect();
    assert!(missing.is_empty() && gone.is_empty(), "docs/errors.md: missing {missing:?}, no longer there {gone:?}");
}

#[test]
fn the_scan_finds_the_codes_of_the_contract() {
    let known = codes::in_source();
    for code in [
        "revision-not-found",
        "revision-ambiguous",
        "multiple-heads",
        "not-in-lineage",
        "relative-out-of-range",
        "cycle",
        "duplicate-revision",
        "missing-down-revision",
        "statement-failed",
        "locked",
        "connection-failed",
        "config-invalid",
        "revision-invalid",
    ] {
        assert!(known.contains(code), "{code}");
    }
}
