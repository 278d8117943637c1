//! A journal of a half-done revision that does not agree with itself: nothing is taken for granted.

use super::half_done;
use crate::support::project::Kind;

const KINDS: [Kind; 3] = [Kind::Sqlite, Kind::Postgres, Kind::Mariadb];

#[test]
fn a_repair_never_lowers_what_is_known_to_have_run() {
    for kind in KINDS {
        let (project, url) = half_done(kind);
        project.shell(kind, &url, "UPDATE aludel_version_history SET statement_running = 1 WHERE revision = 'b1111';");
        for flag in ["--statement-not-applied", "--statement-applied"] {
            assert_eq!(project.json(&["repair", flag])["error"]["code"], "nothing-to-repair", "{kind:?}");
        }
        let half = project.json(&["status"])["services"][0]["incomplete"].clone();
        assert_eq!((&half["statements_done"], &half["statement"]), (&2.into(), &3.into()), "{half}");
        assert_eq!(half["under_way"], false, "{half}");
    }
}

#[test]
fn statements_whose_hashes_are_missing_are_not_taken_for_unchanged() {
    for kind in KINDS {
        let (project, url) = half_done(kind);
        let cut = "UPDATE aludel_version_history SET statement_hashes = substr(statement_hashes, 1, 16) WHERE revision = 'b1111';";
        project.shell(kind, &url, cut);
        let up = "CREATE TABLE t (x int);\nUPDATE n SET n = n + 7;\nINSERT INTO t VALUES (1);\n";
        project.revision_with("b1111", "a1111", "-- transaction: false", up, "DROP TABLE t;");
        let refused = project.json(&["upgrade", "head"]);
        assert_eq!(refused["error"]["code"], "incomplete-changed", "{kind:?} {refused}");
        assert!(refused["error"]["notes"].to_string().contains("the hashes of 1"), "{refused}");
        project.ok(&["repair", "--accept", "b1111"]);
        project.ok(&["upgrade", "head"]);
        assert_eq!(project.shell(kind, &url, "SELECT n FROM n;"), "1", "{kind:?}");
    }
}
