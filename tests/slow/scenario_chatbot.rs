//! Scenario 2: a chatbot on PostgreSQL, as described in docs/scenarios/chatbot.md, with the files of
//! tests/scenarios/chatbot. Its migrator is not a superuser and needs a password.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::support::project::{Project, Run};
use crate::support::{PostgresOptions, Server, start_postgres};
use serde_json::{Value, json};

const FIRST: &str = "20260302_090000";
const FEEDBACK: &str = "20260309_141500";
const INTENTS: &str = "20260316_103000";
const ESCALATIONS: &str = "20260323_160000";
const PASSWORD: &str = "changed%20on%20the%20day";

/// Starts a server on which everyone except the administrator needs a password.
fn server() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| {
        let hba = ["host all postgres all trust", "host all all all scram-sha-256"].map(str::to_owned).to_vec();
        start_postgres(&PostgresOptions { hba, ..PostgresOptions::default() })
    })
}

/// The team's folder, with its own roles on the server, and a database at the first revision.
struct Team {
    project: Project,
    /// URL of the database for the administrator.
    admin: String,
    migrator: String,
    /// Prefix of the team's roles.
    prefix: String,
}

impl Team {
    /// Creates a team with the roles of roles.sql. The migrator has no privileges yet.
    fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        // Roles belong to the whole server, so each team needs names of its own.
        let prefix = format!("team{}", COUNT.fetch_add(1, Ordering::Relaxed));
        let adapt = |text: String| {
            ["owner", "migrator", "app", "audit"]
                .iter()
                .fold(text, |text, role| text.replace(&format!("chatbot_{role}"), &format!("{prefix}_{role}")))
        };
        let project = Project::scenario("chatbot", &adapt);
        let admin = server().new_database();
        let migrator = admin.replace("postgres@", &format!("{prefix}_migrator:{PASSWORD}@"));
        let team = Self { project, admin, migrator, prefix };
        team.sql(&team.file("roles.sql"));
        team
    }

    /// Creates a team with the state before the migrator's first deploy: the owner's tables, with rows.
    fn with_tables() -> Self {
        let team = Self::new();
        let owner = format!("{}?options=-c%20role%3D{}_owner", team.admin, team.prefix);
        team.ok(&["--url", &owner, "upgrade", FIRST]);
        team.sql(
            "INSERT INTO bot.conversations (visitor) VALUES ('ann'), ('bob');
             INSERT INTO bot.messages (conversation_id, sent_by, body) VALUES (1, 'visitor', 'Hello there'), (1, 'bot', 'Hi'),
             (2, 'visitor', 'Where is my order?'), (2, 'bot', 'It is on its way.');",
        );
        team
    }

    /// Creates a team in which everything that the preflight suggests was granted.
    fn granted() -> Self {
        let team = Self::with_tables();
        while !team.remedies().is_empty() {
            team.sql(&team.remedies().join("\n"));
        }
        team
    }

    /// Creates a team that the migrator has deployed.
    fn deployed() -> Self {
        let team = Self::granted();
        team.ok(&["deploy"]);
        team
    }

    fn remedies(&self) -> Vec<String> {
        let document = self.json(&["preflight"]);
        let checks = document["services"][0]["checks"].as_array().unwrap_or_else(|| panic!("{document}")).clone();
        let remedies = checks.iter().flat_map(|check| check["remedies"].as_array().unwrap().clone());
        remedies.map(|remedy| remedy.as_str().unwrap().to_owned()).collect()
    }

    fn run(&self, arguments: &[&str]) -> Run {
        Run::of(self.project.command(arguments).env("CHATBOT_DATABASE_URL", &self.migrator).output().unwrap())
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

    /// Runs `sql` as the administrator.
    fn sql(&self, sql: &str) -> String {
        server().shell(&self.admin, sql)
    }

    fn file(&self, name: &str) -> String {
        std::fs::read_to_string(self.project.path(name)).unwrap()
    }

    fn messages(&self) -> String {
        self.sql("SELECT id, conversation_id, sent_by, body FROM bot.messages ORDER BY id;")
    }

    fn rows(&self) -> Value {
        self.json(&["current"])["services"][0]["rows"].clone()
    }
}

#[test]
fn the_preflight_names_each_missing_grant_and_with_them_the_run_works() {
    let team = Team::with_tables();
    let who = &team.prefix;
    let run = team.run(&["deploy"]);
    assert_eq!(run.status, 3, "{}{}", run.stdout, run.stderr);
    assert!(run.stdout.contains("nothing was changed"), "{}", run.stdout);
    // First the privileges for reading the version table.
    let grant = |text: &str| {
        text.replace("MIGRATOR", &format!("\"{who}_migrator\"")).replace("OWNER", &format!("\"{who}_owner\""))
    };
    let first = [
        r#"GRANT USAGE ON SCHEMA "bot_versions" TO MIGRATOR;"#,
        r#"GRANT DELETE, INSERT, SELECT, UPDATE ON "bot_versions"."chatbot_version" TO MIGRATOR;"#,
        r#"GRANT INSERT, SELECT, UPDATE ON "bot_versions"."chatbot_version_history" TO MIGRATOR;"#,
    ];
    assert_eq!(team.remedies(), first.map(grant));
    team.sql(&team.remedies().join("\n"));
    // Then the privileges for the revisions and the backup.
    let remedies = team.remedies();
    for needed in [
        r#"GRANT CREATE ON SCHEMA "bot" TO MIGRATOR;"#,
        r#"GRANT USAGE ON SCHEMA "bot" TO MIGRATOR;"#,
        "GRANT OWNER TO MIGRATOR;",
        r#"GRANT SELECT ON TABLE "bot"."conversations", "bot"."messages" TO MIGRATOR;"#,
        r#"GRANT SELECT ON SEQUENCE "bot_versions"."chatbot_version_history_id_seq" TO MIGRATOR;"#,
    ] {
        assert!(remedies.contains(&grant(needed)), "{needed} {remedies:?}");
    }
    assert_eq!(team.run(&["deploy"]).status, 3);
    team.sql(&remedies.join("\n"));
    assert!(team.remedies().is_empty());
    let run = team.ok(&["deploy"]);
    assert!(run.stdout.contains(&format!("deployed 3 revisions, now at {ESCALATIONS}")), "{}", run.stdout);
    assert!(run.stdout.contains("ok     check the bot may read and write what is there"), "{}", run.stdout);
}

#[test]
fn a_new_database_takes_two_grants_for_each_schema() {
    let team = Team::new();
    let remedies = team.remedies();
    assert_eq!(remedies.len(), 4, "{remedies:?}");
    let run = team.run(&["upgrade", "head"]);
    assert!(run.stderr.contains("`aludel preflight` names the GRANT"), "{}", run.stderr);
    team.sql(&remedies.join("\n"));
    team.ok(&["deploy"]);
    assert_eq!(team.rows(), json!([ESCALATIONS]));
    let owners = team.sql("SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname LIKE 'bot%';");
    assert_eq!(owners, format!("{}_migrator", team.prefix));
}

#[test]
fn a_table_that_the_migrator_may_not_read_stops_the_deploy_and_not_the_backup_half_way() {
    let team = Team::granted();
    team.sql(&format!("CREATE TABLE bot.secrets (x text); GRANT ALL ON bot.secrets TO {}_app;", team.prefix));
    let run = team.run(&["deploy"]);
    assert_eq!(run.status, 3, "{}", run.stdout);
    assert!(run.stdout.contains("STOP     backup") && run.stdout.contains("read bot.secrets"), "{}", run.stdout);
    assert_eq!(team.run(&["preflight"]).status, 0, "an upgrade alone may run");
    team.ok(&["deploy", "--no-backup"]);
    let failed = team.json(&["backup"]);
    assert_eq!(failed["error"]["code"], "backup-failed", "{failed}");
    assert!(failed["error"]["notes"].to_string().contains("permission denied for table secrets"), "{failed}");
    assert!(!team.project.path("backups").read_dir().unwrap().any(|_| true), "nothing that looks like a backup");
}

#[test]
fn a_deploy_takes_its_backup_and_the_status_tells_where_it_stands() {
    let team = Team::granted();
    let pending = team.ok(&["status"]).stdout;
    assert!(pending.contains(&format!("current   {FIRST}")) && pending.contains(ESCALATIONS), "{pending}");
    let deployed = team.json(&["deploy", "--report", "deploy.md"])["services"][0].clone();
    assert_eq!(deployed["ok"], true, "{deployed}");
    let backup = deployed["backup"]["path"].as_str().unwrap().to_owned();
    assert!(team.project.path(&backup).exists() && team.project.path(&format!("{backup}.json")).exists());
    assert!(team.file("deploy.md").contains(&format!("- backup: {backup}")));
    let status = team.ok(&["status"]).stdout;
    assert!(status.contains("pending   nothing"), "{status}");
    assert_eq!(team.sql("SELECT id, intent FROM bot.messages WHERE intent IS NOT NULL;"), "1|greeting");
    let role = format!("SELECT rolsuper, rolcreatedb FROM pg_roles WHERE rolname = '{}_migrator';", team.prefix);
    assert_eq!(team.sql(&role), "f|f");
}

#[test]
fn one_named_revision_is_rolled_back_by_its_own_section() {
    let team = Team::deployed();
    let before = team.messages();
    team.ok(&["downgrade", &format!("{ESCALATIONS}-1")]);
    assert_eq!(team.rows(), json!([INTENTS]));
    assert_eq!(team.sql("SELECT to_regclass('bot.escalations') IS NULL;"), "t");
    // Later revisions are downgraded too, which the plan lists; the loss of rows needs confirmation.
    let plan = team.ok(&["downgrade", &format!("{FEEDBACK}-1"), "--dry-run"]).stdout;
    assert!(plan.contains(INTENTS) && plan.contains("drops intent of bot.messages (1 value)"), "{plan}");
    let refused = team.json(&["downgrade", &format!("{INTENTS}-1")]);
    assert_eq!(refused["error"]["code"], "not-confirmed", "{refused}");
    team.ok(&["downgrade", &format!("{INTENTS}-1"), "--yes"]);
    assert_eq!((team.rows(), team.messages()), (json!([FEEDBACK]), before));
    team.ok(&["upgrade", "head"]);
    team.ok(&["verify"]);
}

#[test]
fn the_journal_tells_who_ran_what_and_nobody_else_may_write_it() {
    let team = Team::deployed();
    team.ok(&["downgrade", &format!("{ESCALATIONS}-1")]);
    let journal = team.json(&["log"])["services"][0]["journal"].as_array().unwrap().clone();
    let told: Vec<_> =
        journal.iter().map(|row| format!("{} {}", row["operation"], row["revision"]).replace('"', "")).collect();
    let expected = [
        &format!("downgrade {ESCALATIONS}"),
        &format!("upgrade {ESCALATIONS}"),
        &format!("upgrade {INTENTS}"),
        &format!("upgrade {FEEDBACK}"),
        "backup (backup)",
        &format!("upgrade {FIRST}"),
    ];
    assert_eq!(told, expected);
    for row in &journal {
        assert_eq!(row["state"], "done", "{row}");
        assert!(!row["os_user"].as_str().unwrap().is_empty() && !row["host"].as_str().unwrap().is_empty(), "{row}");
    }
    let as_role =
        |role: &str, sql: &str| server().try_shell(&team.admin, &format!("SET ROLE {}_{role}; {sql}", team.prefix));
    let read = "SELECT count(*) FROM bot_versions.chatbot_version_history;";
    assert!(as_role("audit", read).unwrap().ends_with('6'));
    for (role, sql) in [("app", read), ("audit", "DELETE FROM bot_versions.chatbot_version_history;")] {
        assert!(as_role(role, sql).unwrap_err().contains("permission denied"), "{role}");
    }
}

#[test]
fn the_migrator_restores_when_it_may_make_schemas_and_is_told_so_before() {
    let team = Team::deployed();
    let backup = team.ok(&["backup"]).stdout;
    let before = team.messages();
    team.sql("DELETE FROM bot.messages WHERE id = 1;");
    team.ok(&["downgrade", &format!("{ESCALATIONS}-1")]);
    let refused = team.json(&["restore", backup.trim(), "--yes"]);
    assert_eq!(refused["error"]["code"], "restore-failed", "{refused}");
    assert!(refused["error"]["hints"].to_string().contains("GRANT CREATE ON DATABASE"), "{refused}");
    assert!(refused["error"]["notes"].to_string().contains("the database is unchanged"), "{refused}");
    let database = team.sql("SELECT current_database();");
    team.sql(&format!("GRANT CREATE ON DATABASE {database} TO {}_owner;", team.prefix));
    team.ok(&["restore", backup.trim(), "--yes"]);
    assert_eq!((team.messages(), team.rows()), (before, json!([ESCALATIONS])));
    // The journal still lists the operations between backup and restore, with their users.
    let journal = team.json(&["log"])["services"][0]["journal"].clone();
    let told = |index: usize, key: &str| journal[index][key].as_str().unwrap().to_owned();
    assert_eq!((told(0, "operation"), told(0, "state")), ("restore".into(), "done".into()));
    assert_eq!(
        (told(1, "operation"), told(1, "revision"), told(1, "state")),
        ("downgrade".into(), ESCALATIONS.into(), "noted".into())
    );
    assert_eq!(told(1, "note"), "done before a restore, which undid it");
    assert_eq!(
        team.sql("SELECT nspowner::regrole FROM pg_namespace WHERE nspname = 'bot';"),
        format!("{}_owner", team.prefix)
    );
    team.ok(&["verify"]);
}

#[test]
fn a_verified_backup_takes_the_right_to_make_a_database_and_says_so_first() {
    let team = Team::deployed();
    let shelf = || team.project.path("backups").read_dir().unwrap().count();
    let before = shelf();
    let refused = team.json(&["backup", "--verify"]);
    assert_eq!(refused["error"]["code"], "backup-refused", "{refused}");
    assert!(refused["error"]["hints"].to_string().contains("CREATEDB"), "{refused}");
    assert_eq!(shelf(), before);
    team.sql(&format!("ALTER ROLE {}_migrator CREATEDB;", team.prefix));
    team.ok(&["backup", "--verify"]);
}

#[test]
fn a_wrong_password_changes_nothing_and_is_shown_nowhere() {
    let mut team = Team::granted();
    team.migrator = team.migrator.replace(PASSWORD, "not%20the%20password");
    for command in [
        "status",
        "upgrade head",
        "downgrade base",
        "backup",
        "verify",
        "watch --for 0s",
        "log",
        "restore latest --yes",
    ] {
        let arguments: Vec<&str> = command.split(' ').collect();
        let run = team.run(&[arguments.as_slice(), &["--json"]].concat());
        let text = format!("{}{}", run.stdout, run.stderr);
        assert_ne!(run.status, 0, "{command}");
        assert!(
            text.contains("password authentication failed") || text.contains("backup-not-found"),
            "{command} {text}"
        );
        assert!(!text.contains("not the password") && !text.contains("not%20the"), "{text}");
    }
    for command in ["preflight", "deploy"] {
        let run = team.run(&[command]);
        assert_eq!(run.status, 3, "{}{}", run.stdout, run.stderr);
        assert!(run.stdout.contains("STOP     connection"), "{}", run.stdout);
    }
}

#[test]
fn a_new_revision_gets_a_time_stamp_for_a_name() {
    let team = Team::deployed();
    let path = team.ok(&["revision", "-m", "Surveys after a chat", "--rev-id", "20260330_110000"]).stdout;
    let name = path.trim().rsplit('/').next().unwrap();
    let (stamp, slug) = name.split_at(15);
    assert!(stamp.chars().enumerate().all(|(at, c)| if at == 8 { c == '_' } else { c.is_ascii_digit() }), "{name}");
    assert_eq!(slug, "_surveys_after_a_chat.sql");
    assert!(team.file(path.trim()).contains("-- revision: 20260330_110000\n-- down_revision: 20260323_160000\n"));
}
