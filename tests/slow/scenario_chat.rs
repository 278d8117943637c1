//! Scenario 1: chat on PostgreSQL, as described in docs/scenarios/chat.md, with the files of tests/scenarios/chat.

use crate::support::project::{Kind, Project, Run};
use serde_json::{Value, json};

const KIND: Kind = Kind::Postgres;
/// Last revision before the chat.
const BEFORE: &str = "c4a700000001";
const HEAD: &str = "c4a700000005";
const CHAT: [&str; 5] = ["chat_messages", "chat_participants", "chat_reactions", "chat_read_marks", "chat_rooms"];

/// The team's folder, and its database with users, canvases and tiles.
struct Team {
    project: Project,
    url: String,
}

impl Team {
    fn new() -> Self {
        let project = Project::scenario("chat", &|text| text);
        let url = project.new_database(KIND, "canvas");
        let team = Self { project, url };
        team.ok(&["upgrade", BEFORE]);
        team.sql(&team.file("data.sql"));
        team
    }

    /// Creates a team whose users have used the chat.
    fn talking() -> Self {
        let team = Self::new();
        team.ok(&["upgrade", "head"]);
        team.sql(&team.file("talk.sql"));
        team
    }

    fn run(&self, arguments: &[&str]) -> Run {
        Run::of(self.project.command(arguments).env("CANVAS_DATABASE_URL", &self.url).output().unwrap())
    }

    fn ok(&self, arguments: &[&str]) -> Run {
        let run = self.run(arguments);
        assert_eq!(run.status, 0, "{arguments:?}\n{}{}", run.stdout, run.stderr);
        run
    }

    fn json(&self, arguments: &[&str]) -> Value {
        let run = self.run(&[arguments, &["--json"]].concat());
        serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}\n{}{}", run.stdout, run.stderr))
    }

    fn sql(&self, sql: &str) -> String {
        self.project.shell(KIND, &self.url, sql)
    }

    fn file(&self, name: &str) -> String {
        std::fs::read_to_string(self.project.path(name)).unwrap()
    }

    /// Returns all rows that existed before the chat.
    fn old_rows(&self) -> String {
        ["users", "canvases", "tiles"].map(|table| self.sql(&format!("SELECT * FROM {table} ORDER BY id;"))).join("\n")
    }

    /// Returns all rows of the chat.
    fn chat_rows(&self) -> String {
        CHAT.map(|table| self.sql(&format!("SELECT * FROM {table} ORDER BY 1, 2, 3;"))).join("\n")
    }

    fn chat_tables(&self) -> String {
        self.sql("SELECT relname FROM pg_class WHERE relkind = 'r' AND relname LIKE 'chat%' ORDER BY 1;")
    }
}

const MEMBERS: &str = "SELECT c.title, r.name, string_agg(p.user_id || ' ' || p.role, ', ' ORDER BY p.user_id) FROM chat_rooms r
    JOIN canvases c ON c.id = r.canvas_id JOIN chat_participants p ON p.room_id = r.id GROUP BY 1, 2, r.canvas_id ORDER BY r.canvas_id;";

#[test]
fn every_active_canvas_gets_a_room_with_whoever_works_on_it() {
    let team = Team::new();
    let before = team.old_rows();
    team.ok(&["upgrade", "head"]);
    assert_eq!(team.chat_tables(), CHAT.join("\n"));
    let rooms = "Roadmap|Roadmap|1 owner, 2 member\n  |Canvas 3|2 owner\nRetro|Retro|3 owner, 4 member";
    assert_eq!(team.sql(MEMBERS), rooms, "no room for the archived one");
    assert_eq!(team.old_rows(), before);
}

#[test]
fn rooms_of_the_data_migration_are_made_once_however_often_it_runs() {
    let team = Team::talking();
    let before = team.chat_rows();
    team.ok(&["downgrade", "c4a700000003"]);
    assert_eq!(team.chat_rows(), before, "a step back throws no room away, so nobody was asked");
    team.ok(&["upgrade", "head"]);
    assert_eq!(team.chat_rows(), before);
}

#[test]
fn checks_find_a_missing_room_and_a_changed_column() {
    let team = Team::talking();
    let run = team.ok(&["verify"]);
    assert_eq!(run.stdout.matches("ok     check").count(), 5, "{}", run.stdout);
    assert!(run.stdout.contains("ok     revision c4a700000003"), "{}", run.stdout);
    team.sql("DELETE FROM chat_rooms WHERE canvas_id = 3; ALTER TABLE chat_messages ALTER body DROP NOT NULL;");
    let run = team.run(&["verify"]);
    assert_eq!(run.status, 3, "{}", run.stdout);
    for wrong in [
        "WRONG  check every active canvas has its room: 1 row",
        "WRONG  check columns are as the code expects them: 1 row",
        "chat_messages  body         text       NO           text   YES",
    ] {
        assert!(run.stdout.contains(wrong), "{wrong}\n{}", run.stdout);
    }
    team.sql("DROP TABLE chat_reactions;");
    assert!(team.run(&["verify"]).stdout.contains("WRONG  check the five tables of the chat are there"));
    assert_eq!(team.run(&["watch", "--for", "1h"]).status, 3, "the first look ends it");
}

#[test]
fn a_watch_tells_the_sizes_of_the_tables() {
    let team = Team::talking();
    team.sql("ANALYZE;");
    let watched = team.json(&["watch", "--for", "0s"]);
    let sizes = watched["services"][0]["sizes"].as_array().unwrap().clone();
    for table in CHAT {
        let size = sizes.iter().find(|size| size["table"] == table).unwrap_or_else(|| panic!("{table}: {watched}"));
        assert!(size["table_bytes"].as_u64().unwrap() > 0 && size["index_bytes"].as_u64().unwrap() > 0, "{size}");
    }
    let messages = sizes.iter().find(|size| size["table"] == "chat_messages").unwrap();
    assert_eq!(messages["rows"], 3);
}

#[test]
fn a_downgrade_to_the_named_revision_asks_first_and_takes_only_the_chat() {
    let team = Team::talking();
    let (old, chat) = (team.old_rows(), team.chat_rows());
    let refused = team.json(&["downgrade", BEFORE]);
    assert_eq!(refused["error"]["code"], "not-confirmed", "{refused}");
    let notes = refused["error"]["notes"].to_string();
    for lost in [
        "drops chat_messages (3 rows)",
        "drops chat_reactions (1 row)",
        "drops chat_rooms (3 rows)",
        "drops chat_participants (5 rows)",
    ] {
        assert!(notes.contains(lost), "{lost}: {notes}");
    }
    assert_eq!((team.old_rows(), team.chat_rows()), (old.clone(), chat));
    let plan = team.json(&["downgrade", BEFORE, "--dry-run"])["services"][0].clone();
    assert_eq!((plan["to"].clone(), plan["loses"].as_array().unwrap().len()), (json!([BEFORE]), 5), "{plan}");
    team.ok(&["downgrade", BEFORE, "--yes"]);
    assert_eq!(team.chat_tables(), "");
    assert_eq!(team.old_rows(), old);
    assert_eq!(team.json(&["current"])["services"][0]["rows"], json!([BEFORE]));
}

#[test]
fn the_backup_brings_the_chat_back_after_a_downgrade() {
    let team = Team::talking();
    let (old, chat) = (team.old_rows(), team.chat_rows());
    team.ok(&["backup", "--verify"]);
    team.ok(&["downgrade", BEFORE, "--yes"]);
    team.ok(&["restore", "latest", "--yes"]);
    assert_eq!((team.old_rows(), team.chat_rows()), (old, chat));
    team.ok(&["verify"]);
    team.ok(&["current", "--check-heads"]);
    // Identity columns continue after the restored rows.
    team.sql(
        "INSERT INTO chat_messages (room_id, author_id, body) SELECT min(room_id), 1, 'Back again' FROM chat_messages;",
    );
}

/// The day of the deploy: preview, deploy with a backup, verification, and the report for the ticket.
#[test]
fn a_deploy_brings_the_chat_and_its_backup_the_time_before_it() {
    let team = Team::new();
    let before = team.old_rows();
    let preflight = team.ok(&["preflight"]);
    assert!(
        preflight.stdout.contains("4 revisions to run") && preflight.stdout.contains("pg_dump"),
        "{}",
        preflight.stdout
    );
    let run = team.ok(&["deploy", "head", "--report", "deploy.md"]);
    assert!(run.stdout.contains(&format!("deployed 4 revisions, now at {HEAD}")), "{}", run.stdout);
    let report = team.file("deploy.md");
    for part in ["- outcome: done", "- backup: backups/canvas-", "check every active canvas has its room: ok"] {
        assert!(report.contains(part), "{part}\n{report}");
    }
    team.sql(&team.file("talk.sql"));
    team.ok(&["restore", "latest", "--yes"]);
    assert_eq!(team.chat_tables(), "");
    assert_eq!(team.old_rows(), before);
    team.ok(&["deploy"]);
    assert_eq!(team.sql("SELECT count(*) FROM chat_rooms;"), "3");
}

/// The data migration adds owners as plain members; its own verify section fails, and it is rolled back completely.
#[test]
fn a_data_migration_that_forgets_somebody_is_rolled_back() {
    let team = Team::new();
    let text = team.file("revisions/4_a_room_for_every_canvas.sql");
    team.project
        .write("revisions/4_a_room_for_every_canvas.sql", &text.replace("owner_id, 'owner'", "owner_id, 'member'"));
    let run = team.run(&["upgrade", "head"]);
    assert_eq!(run.status, 1);
    assert!(run.stderr.contains("verify-failed") && run.stderr.contains("room_without_owner"), "{}", run.stderr);
    assert_eq!(team.sql("SELECT count(*) FROM chat_rooms;"), "0");
    team.project.write("revisions/4_a_room_for_every_canvas.sql", &text);
    team.ok(&["upgrade", "head"]);
    team.ok(&["verify"]);
}
