//! The release with the replacement, on databases in every position.

use serde_json::json;

use super::{
    BEFORE, REPLACEMENT, contents, fresh, ids, journal, position, releases, service, version_rows, with_files_of, write,
};
use crate::support::on_each_database;
use crate::support::project::{Kind, Project};

on_each_database! {
    a_fresh_database_runs_the_replacement,
    where_all_is_applied_the_replacement_counts_as_applied,
    the_next_write_of_any_kind_changes_the_row,
    where_a_part_is_applied_the_rest_runs_first,
    without_the_files_of_the_rest_nothing_runs,
    a_half_applied_revision_is_completed_first,
    branches_inside_the_range_and_beside_it,
    a_replaced_replacement,
}

fn a_fresh_database_runs_the_replacement(kind: Kind) {
    let (old, new, url) = releases(kind);
    assert_eq!(position(&new), json!([[], ["a111", "s111", "d111"]]));
    let upgraded = service(&new, &["upgrade", "head"]);
    assert_eq!(ids(&upgraded["steps"]), ["a111", "s111", "d111"]);
    assert_eq!(version_rows(&new, kind, &url), "d111");
    assert_eq!(contents(&new, kind, &url), fresh(&old, kind, "head"));
    new.ok(&["check"]);
    new.ok(&["downgrade", "a111", "--yes"]);
    assert_eq!(contents(&new, kind, &url), fresh(&old, kind, "a111"));
}

fn where_all_is_applied_the_replacement_counts_as_applied(kind: Kind) {
    let (old, new, url) = releases(kind);
    old.ok(&["upgrade", "c111"]);
    assert_eq!(position(&new), json!([["s111"], ["d111"]]));
    for arguments in
        [&["verify"][..], &["preflight"], &["upgrade", "head", "--dry-run"], &["history", "-i"], &["check"]]
    {
        new.ok(arguments);
    }
    assert_eq!(version_rows(&new, kind, &url), "c111", "commands that read change nothing");
    let planned = service(&new, &["upgrade", "head", "--dry-run"]);
    assert_eq!(ids(&planned["steps"]), ["d111"]);
    let run = new.run(&["upgrade", "head"]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert!(run.stderr.contains("app: c111 is replaced by s111: the version row was changed"), "{}", run.stderr);
    assert_eq!(version_rows(&new, kind, &url), "d111");
    assert_eq!(contents(&new, kind, &url), fresh(&old, kind, "head"));
    let journal = journal(&new, kind, &url);
    assert!(journal.contains("nothing ran: it replaces c111"), "{journal}");
    new.ok(&["check"]);
    new.ok(&["current", "--check-heads"]);
    // Nothing of the old files is needed any more.
    let pruned = with_files_of(&new, &["a111", "s111", "d111"]);
    assert_eq!(position(&pruned), json!([["d111"], []]));
    pruned.ok(&["check"]);
    pruned.ok(&["downgrade", "base", "--yes"]);
    assert_eq!(position(&pruned), json!([[], ["a111", "s111", "d111"]]));
    pruned.ok(&["upgrade", "head"]);
    assert_eq!(contents(&new, kind, &url), fresh(&old, kind, "head"));
}

fn the_next_write_of_any_kind_changes_the_row(kind: Kind) {
    for (arguments, rows) in [
        (&["upgrade", "s111"][..], "s111"),
        (&["upgrade", "head"], "d111"),
        (&["downgrade", "a111", "--yes"], "a111"),
        (&["downgrade", "s111", "--yes"], "s111"),
        (&["stamp", "d111"], "d111"),
        (&["stamp", "s111"], "s111"),
        (&["deploy", "--no-backup"], "d111"),
    ] {
        let (old, new, url) = releases(kind);
        old.ok(&["upgrade", "c111"]);
        // Without the old files too.
        let pruned = with_files_of(&new, &["a111", "s111", "d111"]);
        assert_eq!(position(&pruned), json!([["s111"], ["d111"]]), "{arguments:?}");
        pruned.ok(arguments);
        assert_eq!(version_rows(&new, kind, &url), rows, "{arguments:?}");
        if rows != "a111" {
            let journal = journal(&new, kind, &url);
            assert!(journal.contains("s111") && journal.contains("it replaces c111"), "{arguments:?} {journal}");
        }
    }
}

fn where_a_part_is_applied_the_rest_runs_first(kind: Kind) {
    let (old, new, url) = releases(kind);
    old.ok(&["upgrade", "b111"]);
    assert_eq!(position(&new), json!([["b111"], ["c111", "s111", "d111"]]));
    new.ok(&["check"]);
    let history = new.ok(&["history", "-i"]);
    assert!(history.contains("b111 (current)") && history.contains("replaces 2 revisions"), "{history}");
    let upgraded = service(&new, &["upgrade", "head"]);
    assert_eq!(ids(&upgraded["steps"]), ["c111", "s111", "d111"]);
    assert_eq!(version_rows(&new, kind, &url), "d111");
    assert_eq!(contents(&new, kind, &url), fresh(&old, kind, "head"));
    assert_eq!(position(&new), json!([["d111"], []]));
    new.ok(&["check"]);
    new.ok(&["downgrade", "a111", "--yes"]);
    assert_eq!(contents(&new, kind, &url), fresh(&old, kind, "a111"));
}

fn without_the_files_of_the_rest_nothing_runs(kind: Kind) {
    let (old, new, url) = releases(kind);
    old.ok(&["upgrade", "b111"]);
    for files in [&["a111", "s111", "d111"][..], &["a111", "b111", "s111", "d111"], &["a111", "c111", "s111", "d111"]] {
        let some = with_files_of(&new, files);
        let run = some.run(&["upgrade", "head"]);
        assert_eq!(run.status, 1, "{files:?}");
        assert!(run.stderr.contains("error[replaced-files-missing]"), "{files:?} {}", run.stderr);
        let missing = if files.contains(&"c111") { "missing: b111" } else { "c111" };
        assert!(run.stderr.contains(missing) && run.stderr.contains("git log --diff-filter=D"), "{}", run.stderr);
        assert_eq!(version_rows(&new, kind, &url), "b111");
    }
}

fn a_half_applied_revision_is_completed_first(kind: Kind) {
    let (old, new, url) = releases(kind);
    let fails = "ALTER TABLE u ADD COLUMN w int;\nINSERT INTO nowhere VALUES (1);";
    old.revision_with("c111", "b111", "-- transaction: false\n", fails, "ALTER TABLE u DROP COLUMN w;");
    assert_eq!(old.run(&["upgrade", "c111"]).status, 1);
    let mended = "ALTER TABLE u ADD COLUMN w int;\nINSERT INTO u VALUES (1, 1);";
    new.revision_with("c111", "b111", "-- transaction: false\n", mended, "ALTER TABLE u DROP COLUMN w;");
    let status = service(&new, &["status"]);
    assert_eq!(status["incomplete"]["revision"], "c111", "{status}");
    new.ok(&["upgrade", "head"]);
    assert_eq!(version_rows(&new, kind, &url), "d111");
    assert_eq!(new.shell(kind, &url, "SELECT w FROM u;").split_whitespace().next_back(), Some("1"));
}

/// A range that forks and joins, and a branch that comes after its end beside another one.
fn branches_inside_the_range_and_beside_it(kind: Kind) {
    for (rows, pending) in [
        ("a111", &["s111", "e111"][..]),
        ("b111", &["b222", "m111", "s111", "e111"]),
        ("b111 b222", &["m111", "s111", "e111"]),
        ("m111", &["e111"]),
    ] {
        let (old, url) = Project::with_database(kind);
        for (id, down, table) in
            [("a111", "", "a"), ("b111", "a111", "b"), ("b222", "a111", "c"), ("x111", "a111", "x")]
        {
            old.revision(id, down, &format!("CREATE TABLE {table} (id int);"), &format!("DROP TABLE {table};"));
        }
        old.revision("m111", "[b111, b222]", "CREATE TABLE t (id int);", "DROP TABLE t;");
        for row in rows.split(' ').chain(["x111"]) {
            old.ok(&["upgrade", row]);
        }
        old.revision_with(
            "s111",
            "a111",
            "-- replaces: [b111, b222, m111]\n",
            "CREATE TABLE b (id int);\nCREATE TABLE c (id int);\nCREATE TABLE t (id int);",
            "DROP TABLE b;\nDROP TABLE c;\nDROP TABLE t;",
        );
        // It names the end of the range, which means the replacement.
        old.revision("e111", "m111", "CREATE TABLE e (id int);", "DROP TABLE e;");
        assert_eq!(ids(&service(&old, &["status"])["pending"]), pending, "{rows}");
        old.ok(&["upgrade", "heads"]);
        assert_eq!(version_rows(&old, kind, &url), "e111 x111", "{rows}");
        assert_eq!(contents(&old, kind, &url), fresh(&old, kind, "heads"), "{rows}");
    }
}

fn a_replaced_replacement(kind: Kind) {
    for (release, at, pending) in [
        ("new", "", &["t111"][..]),
        ("old", "a111", &["s111", "d111", "t111"]),
        ("old", "b111", &["c111", "s111", "d111", "t111"]),
        ("old", "c111", &["d111", "t111"]),
        ("new", "s111", &["d111", "t111"]),
        ("new", "d111", &[]),
    ] {
        let (old, new, url) = releases(kind);
        match (release, at) {
            (_, "") => {}
            ("old", _) => drop(old.ok(&["upgrade", at])),
            _ => drop(new.ok(&["upgrade", at])),
        }
        let (_, _, first, revert) = BEFORE[0];
        let (_, _, last, unindex) = BEFORE[3];
        let upgrade = format!("{first}\n{}\n{last}", REPLACEMENT.2);
        let unindex = if kind == Kind::Mariadb { "DROP INDEX t_v ON t;" } else { unindex };
        let downgrade = format!("{unindex}\n{}\n{revert}", REPLACEMENT.3);
        new.revision_with("t111", "", "-- replaces: [a111, b111, c111, s111, d111]\n", &upgrade, &downgrade);
        assert_eq!(ids(&service(&new, &["status"])["pending"]), pending, "{at}");
        new.ok(&["upgrade", "head"]);
        assert_eq!(version_rows(&new, kind, &url), "t111", "{at}");
        assert_eq!(contents(&new, kind, &url), fresh(&old, kind, "head"), "{at}");
        new.ok(&["check"]);
        let pruned = with_files_of(&new, &["t111"]);
        assert_eq!(position(&pruned), json!([["t111"], []]), "{at}");
    }
    let (_, new, _) = releases(kind);
    write(&new, kind, ("t111", "a111", REPLACEMENT.2, REPLACEMENT.3), "-- replaces: [c111, d111]\n");
    let run = new.run(&["history"]);
    assert!(run.stderr.contains("error[replaces-invalid]"), "{}", run.stderr);
}
