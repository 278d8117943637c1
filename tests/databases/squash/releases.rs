//! An older release without the replacement, beside a database that has it.

use serde_json::json;

use super::{contents, fresh, ids, position, releases, service, version_rows, with_files_of};
use crate::support::on_each_database;
use crate::support::project::Kind;

on_each_database! {
    an_older_release_counts_its_own_revisions_as_applied,
    an_older_release_reverts_only_the_version_row,
    a_release_of_the_middle_of_the_range_cannot_revert_it,
    a_release_of_before_the_range_reverts_it_from_the_journal,
    what_a_newer_release_reverted_can_be_applied_by_an_older_one,
    the_library_changes_the_row,
}

/// Ids of the revisions that are ahead of the files.
fn ahead(status: &serde_json::Value) -> Vec<&str> {
    ids(&status["ahead"])
}

fn an_older_release_counts_its_own_revisions_as_applied(kind: Kind) {
    let (old, new, url) = releases(kind);
    let before = with_files_of(&old, &["a111", "b111", "c111"]);
    for start in ["fresh", "at the end"] {
        if start == "at the end" {
            new.ok(&["downgrade", "base", "--yes"]);
            before.ok(&["upgrade", "head"]);
        }
        new.ok(&["upgrade", "head"]);
        let contents_before = contents(&new, kind, &url);
        let status = service(&before, &["status"]);
        assert_eq!(ahead(&status), ["s111", "d111"], "{start} {status}");
        assert_eq!((&status["pending"], &status["unknown"]), (&json!([]), &json!([])), "{start}");
        let run = before.run(&["upgrade", "head"]);
        assert_eq!(run.status, 0, "{start} {}", run.stderr);
        assert!(run.stderr.contains("ahead by 2 revisions: nothing to do"), "{start} {}", run.stderr);
        before.ok(&["current", "--check-heads"]);
        before.ok(&["check"]);
        assert_eq!(contents(&new, kind, &url), contents_before, "{start}");
    }
}

fn an_older_release_reverts_only_the_version_row(kind: Kind) {
    let (old, new, url) = releases(kind);
    let before = with_files_of(&old, &["a111", "b111", "c111"]);
    new.ok(&["upgrade", "head"]);
    before.ok(&["downgrade", "c111", "--yes"]);
    assert_eq!(version_rows(&new, kind, &url), "c111");
    assert_eq!(contents(&new, kind, &url), fresh(&old, kind, "c111"));
    assert_eq!(position(&new), json!([["s111"], ["d111"]]));
    before.ok(&["downgrade", "b111", "--yes"]);
    assert_eq!(contents(&new, kind, &url), fresh(&old, kind, "b111"));
    before.ok(&["upgrade", "head"]);
    new.ok(&["upgrade", "head"]);
    assert_eq!(contents(&new, kind, &url), fresh(&old, kind, "head"));
    new.ok(&["check"]);
}

fn what_a_newer_release_reverted_can_be_applied_by_an_older_one(kind: Kind) {
    let (old, new, url) = releases(kind);
    old.ok(&["upgrade", "head"]);
    new.ok(&["upgrade", "head"]);
    new.ok(&["downgrade", "base", "--yes"]);
    let notes = new.json(&["log"]).to_string();
    assert!(notes.contains("reverted with s111"), "{notes}");
    assert_eq!(service(&old, &["status"])["rows"], json!([]));
    old.ok(&["upgrade", "head"]);
    assert_eq!(contents(&new, kind, &url), fresh(&old, kind, "head"));
    new.ok(&["upgrade", "head"]);
    new.ok(&["check"]);
}

fn a_release_of_the_middle_of_the_range_cannot_revert_it(kind: Kind) {
    let (old, new, url) = releases(kind);
    new.ok(&["upgrade", "s111"]);
    let before = with_files_of(&old, &["a111", "b111"]);
    before.ok(&["upgrade", "head"]);
    let run = before.run(&["downgrade", "b111", "--yes"]);
    assert!(run.stderr.contains("error[no-downgrade]"), "{}", run.stderr);
    assert_eq!(version_rows(&new, kind, &url), "s111");
}

fn a_release_of_before_the_range_reverts_it_from_the_journal(kind: Kind) {
    let (old, new, url) = releases(kind);
    let before = with_files_of(&old, &["a111"]);
    old.ok(&["upgrade", "c111"]);
    new.ok(&["upgrade", "head"]);
    assert_eq!(ahead(&service(&before, &["status"])), ["s111", "d111"]);
    before.ok(&["downgrade", "a111", "--yes"]);
    assert_eq!(version_rows(&new, kind, &url), "a111");
    assert_eq!(contents(&new, kind, &url), fresh(&old, kind, "a111"));
    new.ok(&["upgrade", "head"]);
    assert_eq!(contents(&new, kind, &url), fresh(&old, kind, "head"));
}

fn the_library_changes_the_row(kind: Kind) {
    let (old, new, url) = releases(kind);
    old.ok(&["upgrade", "c111"]);
    let migrator = aludel::Migrator::from_config_in(new.path("aludel.yaml"), |_| None).unwrap();
    let status = migrator.status().unwrap();
    assert_eq!(status[0].current.iter().map(ToString::to_string).collect::<Vec<_>>(), ["s111"]);
    migrator.upgrade("s111").unwrap();
    assert_eq!(version_rows(&new, kind, &url), "s111");
}
