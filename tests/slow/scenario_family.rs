//! Scenario 4: a family feature on MariaDB, as described in docs/scenarios/family.md, with the files of
//! tests/scenarios/family.

use std::path::Path;

use crate::support::project::{Kind, Project, Run};

const KIND: Kind = Kind::Mariadb;

/// The team's folder, on a fresh database.
struct Team {
    project: Project,
    url: String,
}

impl Team {
    fn new() -> Self {
        let project = Project::new();
        for name in ["aludel.yaml", "deploy.yaml", "hooks/maintenance.sh", "data.sql"] {
            project.write(name, &file(name));
        }
        for name in ["1_users", "2_no_circles", "3_families", "4_backfill"] {
            project.write(&format!("revisions/{name}.sql"), &file(&format!("revisions/{name}.sql")));
        }
        let url = project.new_database(KIND, "family");
        Self { project, url }
    }

    /// Creates a team with users, before the feature.
    fn with_users() -> Self {
        let team = Self::new();
        team.ok(&["upgrade", "4f1a00000001"]);
        team.sql(&file("data.sql"));
        team
    }

    fn run(&self, arguments: &[&str]) -> Run {
        Run::of(self.project.command(arguments).env("FAMILY_DATABASE_URL", &self.url).output().unwrap())
    }

    fn ok(&self, arguments: &[&str]) -> Run {
        let run = self.run(arguments);
        assert_eq!(run.status, 0, "{arguments:?}\n{}{}", run.stdout, run.stderr);
        run
    }

    fn sql(&self, sql: &str) -> String {
        self.project.shell(KIND, &self.url, sql)
    }

    /// Writes revision 5 in its first form or in the fixed one.
    fn settings(&self, which: &str) {
        self.project.write("revisions/5_settings.sql", &file(&format!("{which}/5_settings.sql")));
    }

    /// Returns everything that a user of the product would notice.
    fn users(&self) -> String {
        self.sql("SELECT id, name, parent_id FROM users ORDER BY id;")
    }
}

fn file(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios/family").join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

const TABLES: &str = "SELECT table_name FROM information_schema.tables WHERE table_schema = database() ORDER BY 1;";
const ORPHANS: &str = "SELECT count(*) FROM users u LEFT JOIN families f ON f.id = u.family_id WHERE u.parent_id IS NOT NULL AND f.id IS NULL;";

#[test]
fn circular_parents_are_found_before_anything_is_made() {
    let team = Team::with_users();
    team.sql("INSERT INTO users VALUES (10, 'Jo', NULL), (11, 'Kim', 10), (12, 'Lou', 10); UPDATE users SET parent_id = 11 WHERE id = 10;");
    let run = team.run(&["upgrade", "head"]);
    assert_eq!(run.status, 1);
    assert!(run.stderr.contains("circular parents: users 10, 11"), "{}", run.stderr);
    assert_eq!(team.sql(TABLES), "family_version\nfamily_version_history\nfamily_version_schema\nusers");
    team.sql("UPDATE users SET parent_id = NULL WHERE id = 10;");
    team.ok(&["upgrade", "head"]);
    assert_eq!(
        team.sql("SELECT family_id = (SELECT id FROM families WHERE head_id = 10) FROM users WHERE id = 12;"),
        "1"
    );
}

#[test]
fn every_parent_and_child_gets_a_family_and_nobody_else() {
    let team = Team::with_users();
    let before = team.users();
    team.ok(&["backup", "--verify"]);
    team.ok(&["upgrade", "head"]);
    assert_eq!(team.sql(ORPHANS), "0");
    assert_eq!(team.sql("SELECT name FROM families ORDER BY 1;"), "Family of Ada\nFamily of Ben");
    let members = "SELECT f.name, GROUP_CONCAT(u.name ORDER BY u.id) FROM users u JOIN families f ON f.id = u.family_id GROUP BY f.id ORDER BY 1;";
    assert_eq!(team.sql(members), "Family of Ada\tAda,Cleo,Dan,Eve\nFamily of Ben\tBen,Finn");
    assert_eq!(team.sql("SELECT count(*) FROM users WHERE family_id IS NULL;"), "3");
    assert_eq!(team.users(), before);
}

#[test]
fn an_emergency_rollback_takes_the_feature_away_and_leaves_the_users() {
    let team = Team::with_users();
    let before = team.users();
    team.ok(&["upgrade", "head"]);
    team.ok(&["downgrade", "4f1a00000001", "--yes"]);
    assert_eq!(team.sql(TABLES), "family_version\nfamily_version_history\nfamily_version_schema\nusers");
    assert_eq!(team.users(), before);
    team.ok(&["upgrade", "head"]);
    assert_eq!(team.sql(ORPHANS), "0");
}

#[test]
fn a_broken_revision_is_undone_by_the_backup_from_before_it() {
    let team = Team::with_users();
    team.ok(&["upgrade", "head"]);
    let before = team.users();
    team.ok(&["backup", "--verify"]);
    team.settings("broken");
    let run = team.run(&["upgrade", "head"]);
    assert_eq!(run.status, 1);
    assert!(run.stderr.contains("language") && run.stderr.contains("statement 3 of 3"), "{}", run.stderr);
    assert!(team.sql(TABLES).contains("family_settings"), "half of it stays: MariaDB cannot take it back");
    team.ok(&["restore", "latest", "--yes"]);
    assert!(!team.sql(TABLES).contains("family_settings"));
    assert_eq!(team.users(), before);
    team.settings("mended");
    team.ok(&["upgrade", "head"]);
    assert_eq!(team.sql("SELECT count(*) FROM family_settings;"), "2");
}

#[test]
fn a_backup_is_restored_into_an_emptied_server() {
    let team = Team::with_users();
    team.ok(&["upgrade", "head"]);
    let (users, families) = (team.users(), team.sql("SELECT * FROM families ORDER BY id;"));
    let path = team.ok(&["backup", "--verify"]).stdout.trim().to_owned();
    assert!(path.ends_with(".sql.gz"), "{path}");
    let name = team.url.rsplit('/').next().unwrap().to_owned();
    KIND.server().unwrap().shell("", &format!("DROP DATABASE {name};"));
    let run = team.run(&["restore", "latest", "--yes"]);
    assert!(run.stderr.contains("`aludel create-database` creates the database"), "{}", run.stderr);
    KIND.server().unwrap().shell("", &format!("CREATE DATABASE {name} CHARACTER SET utf8mb4;"));
    team.ok(&["restore", "latest", "--yes"]);
    assert_eq!((team.users(), team.sql("SELECT * FROM families ORDER BY id;")), (users, families));
    assert_eq!(team.sql(ORPHANS), "0");
    team.ok(&["current", "--check-heads"]);
}

/// The whole story with `deploy`: maintenance mode, a failure halfway, and the resumption.
#[test]
fn a_deploy_stops_half_way_and_goes_on_after_the_fix() {
    let team = Team::with_users();
    let deploy = ["-c", "deploy.yaml", "deploy", "head", "--report", "deploy.md"];
    team.ok(&deploy);
    assert!(!team.project.path("maintenance").exists(), "open again");
    assert!(team.project.path("backups").read_dir().unwrap().count() > 0, "a backup was taken");
    team.settings("broken");
    let run = team.run(&deploy);
    assert_eq!(run.status, 1, "{}", run.stderr);
    let maintenance = std::fs::read_to_string(team.project.path("maintenance")).unwrap();
    assert!(maintenance.contains("closed") && maintenance.contains("statement-failed"), "{maintenance}");
    team.settings("mended");
    team.ok(&deploy);
    assert!(!team.project.path("maintenance").exists());
    assert_eq!(team.sql("SELECT count(*) FROM family_settings;"), "2");
    assert_eq!(team.sql(ORPHANS), "0");
    assert!(std::fs::read_to_string(team.project.path("deploy.md")).unwrap().contains("4f1a00000005"));
}
