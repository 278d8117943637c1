//! The schema of the chat example, built from schema files alone.

use crate::support;
use crate::support::project::{Kind, Project};

/// Files of the desired schema, in the order in which the team wrote them.
const STEPS: [(&str, &str); 4] = [
    ("1_canvases.sql", "Users, canvases and tiles"),
    ("2_rooms.sql", "Chat rooms and who is in them"),
    ("3_messages.sql", "Messages, reactions and read marks"),
    ("4_timeline.sql", "Find a room's last messages quickly"),
];

fn dump(url: &str, table: &str) -> String {
    let dump = support::postgres().dump(url, &["--no-owner", &format!("--exclude-table={table}*")]);
    dump.lines().filter(|line| !line.starts_with("--") && !line.starts_with("\\")).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_chat_made_from_schema_files_is_the_chat_that_was_written_by_hand() {
    let written = Project::scenario("chat", &|text| text);
    let by_hand = written.new_database(Kind::Postgres, "canvas");
    let upgraded = written.command(&["upgrade", "head"]).env("CANVAS_DATABASE_URL", &by_hand).output().unwrap();
    assert!(upgraded.status.success(), "{}", String::from_utf8_lossy(&upgraded.stderr));

    let desired = Project::scenario("chat_desired", &|text| text);
    let url = desired.new_database(Kind::Postgres, "canvas");
    std::fs::create_dir_all(desired.path("schema")).unwrap();
    std::fs::create_dir_all(desired.path("revisions")).unwrap();
    let ok = |arguments: &[&str]| {
        let output = desired.command(arguments).env("CANVAS_DATABASE_URL", &url).output().unwrap();
        assert!(output.status.success(), "{arguments:?}\n{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    for (file, message) in STEPS {
        std::fs::rename(desired.path("files").join(file), desired.path("schema").join(file)).unwrap();
        ok(&["revision", "--autogenerate", "-m", message]);
        // The generated revision is applied without any edit.
        ok(&["upgrade", "head"]);
        ok(&["check"]);
    }
    assert_eq!(dump(&url, "canvas_version"), dump(&by_hand, "canvas_version"));
    let last = ok(&["show", "head"]);
    assert!(last.contains("statement by statement") && last.contains("CREATE INDEX CONCURRENTLY"), "{last}");
    ok(&["downgrade", "base", "--yes"]);
    ok(&["diff", "database", "base", "--exit-code"]);
    ok(&["upgrade", "head"]);
    ok(&["check"]);
}
