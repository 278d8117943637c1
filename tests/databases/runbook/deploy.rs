//! `deploy`: its stages in their order, hooks, and reactions to failures.

use super::*;
use crate::support::on_each_database;

on_each_database! {
    a_deploy_runs_hooks_in_order_and_reports,
    a_deploy_with_nothing_to_do_runs_no_hook,
    a_failed_check_downgrades_when_asked_to,
    a_downgrade_that_loses_rows_is_not_done_unasked,
    a_failed_verify_section_brings_the_database_back,
    a_failed_before_hook_changes_nothing,
    a_failed_after_upgrade_hook_is_followed_by_a_downgrade,
    a_preflight_that_finds_something_stops_the_deploy,
    a_hook_that_may_fail_is_a_warning,
    a_deploy_of_a_phase_runs_that_phase_and_tells_its_hooks,
    a_deploy_of_a_phase_that_is_too_early_changes_nothing,
    a_report_that_cannot_be_written_hides_no_failure,
}

const USERS: &str = "CREATE TABLE users (id int PRIMARY KEY, email varchar(40));";
const HOOKS: &str = "hooks:\n\
    \x20 before_deploy: sh -c 'echo before $ALUDEL_FROM $ALUDEL_TO >> said'\n\
    \x20 after_upgrade: [[sh, -c, 'echo upgraded >> said']]\n\
    \x20 on_failure: {run: [sh, -c, 'echo failed $ALUDEL_ERROR_CODE >> said']}\n\
    \x20 after_deploy:\n\
    \x20   - run: sh -c 'cat > facts.json; echo after $ALUDEL_REVISIONS >> said'\n\
    \x20     timeout: 30s";

fn said(project: &Project) -> String {
    std::fs::read_to_string(project.path("said")).unwrap_or_default()
}

fn rows(project: &Project, kind: Kind, url: &str) -> String {
    project.shell(kind, url, "SELECT version_num FROM aludel_version ORDER BY 1;")
}

fn a_deploy_runs_hooks_in_order_and_reports(kind: Kind) {
    let (project, url) = project(kind, HOOKS);
    project.revision("aaaa", "", USERS, "DROP TABLE users;");
    project.verified_revision(("bbbb", "aaaa", ""), "ALTER TABLE users ADD COLUMN a int;", "", "SELECT id FROM users");
    let text = project.ok(&["deploy", "--report", "d.md"]);
    assert!(text.contains("deployed 2 revisions, now at bbbb") && text.contains("ok     revision bbbb"), "{text}");
    assert_eq!(said(&project), "before bbbb\nupgraded\nafter aaaa,bbbb\n");
    let facts = std::fs::read_to_string(project.path("facts.json")).unwrap();
    let facts: serde_json::Value = serde_json::from_str(&facts).unwrap();
    assert_eq!(
        (&facts["service"], &facts["moment"], &facts["done"]),
        (&"app".into(), &"after_deploy".into(), &"2".into())
    );
    let report = std::fs::read_to_string(project.path("d.md")).unwrap();
    for part in ["# Deploy of head", "- outcome: done", "- upgrade aaaa", "hook before_deploy", "## app: preflight"] {
        assert!(report.contains(part), "{part}\n{report}");
    }
    assert_eq!(rows(&project, kind, &url), "bbbb");
}

/// Creates the revisions aaaa (expand) < bbbb (migrate) < cccc (contract).
fn phased(kind: Kind) -> (Project, String) {
    let hooks = "hooks:\n  after_upgrade: [[sh, -c, 'echo $ALUDEL_PHASE $ALUDEL_TO >> said']]";
    let (project, url) = project(kind, hooks);
    for (id, down, phase) in [("aaaa", "", "expand"), ("bbbb", "aaaa", "migrate"), ("cccc", "bbbb", "contract")] {
        let make = format!("CREATE TABLE {id} (x int);");
        project.revision_with(id, down, &format!("-- phase: {phase}"), &make, &format!("DROP TABLE {id};"));
    }
    (project, url)
}

fn a_deploy_of_a_phase_runs_that_phase_and_tells_its_hooks(kind: Kind) {
    let (project, url) = phased(kind);
    for (phase, at) in [("expand", "aaaa"), ("migrate", "bbbb"), ("contract", "cccc")] {
        let text = project.ok(&["deploy", "--phase", phase, "--no-backup", "--report", "d.md"]);
        assert!(text.contains(&format!("deployed 1 revision, now at {at}")), "{text}");
        assert_eq!(rows(&project, kind, &url), at);
        let report = std::fs::read_to_string(project.path("d.md")).unwrap();
        assert!(report.contains(&format!("# Deploy of head, phase {phase}")), "{report}");
    }
    assert_eq!(said(&project), "expand aaaa\nmigrate bbbb\ncontract cccc\n");
}

fn a_deploy_of_a_phase_that_is_too_early_changes_nothing(kind: Kind) {
    let (project, url) = phased(kind);
    project.ok(&["deploy", "--phase", "expand", "--no-backup"]);
    for command in [["deploy", "--phase", "contract"], ["preflight", "--phase", "contract"]] {
        let run = project.run(&command);
        assert_eq!(run.status, 3, "{}{}", run.stdout, run.stderr);
        assert!(run.stdout.contains("cccc needs the migrate revision bbbb"), "{}", run.stdout);
    }
    assert_eq!(rows(&project, kind, &url), "aaaa");
    // Edited files are refused with a phase as well.
    project.revision_with("aaaa", "", "-- phase: expand", "CREATE TABLE other (x int);", "");
    let edited = project.json(&["upgrade", "head", "--phase", "migrate"]);
    assert_eq!(edited["error"]["code"], "checksum-mismatch", "{edited}");
}

fn a_deploy_with_nothing_to_do_runs_no_hook(kind: Kind) {
    let (project, _) = project(kind, HOOKS);
    project.revision("aaaa", "", USERS, "DROP TABLE users;");
    project.ok(&["upgrade", "head"]);
    let document = project.json(&["deploy"]);
    assert_eq!(document["services"][0]["ok"], true, "{document}");
    assert_eq!(said(&project), "");
}

fn a_failed_check_downgrades_when_asked_to(kind: Kind) {
    let check = "on_failure: downgrade\nchecks:\n  - {name: never, query: SELECT 1 AS one}\n";
    let (project, url) = project(kind, &format!("{check}{HOOKS}"));
    project.revision("aaaa", "", USERS, "DROP TABLE users;");
    project.ok(&["upgrade", "head"]);
    project.revision(
        "bbbb",
        "aaaa",
        "CREATE INDEX i ON users (email);",
        if kind == Kind::Mariadb { "DROP INDEX i ON users;" } else { "DROP INDEX i;" },
    );
    let run = project.run(&["deploy", "--report", "d.md"]);
    assert_eq!(run.status, 1, "{}{}", run.stdout, run.stderr);
    assert!(run.stderr.contains("verify-failed") && run.stderr.contains("back at aaaa"), "{}", run.stderr);
    assert_eq!(rows(&project, kind, &url), "aaaa");
    assert_eq!(said(&project), "before aaaa bbbb\nupgraded\nfailed verify-failed\n");
    assert!(std::fs::read_to_string(project.path("d.md")).unwrap().contains("the databases are unchanged"));
}

fn a_downgrade_that_loses_rows_is_not_done_unasked(kind: Kind) {
    let (project, url) = project(kind, "checks:\n  - {name: never, query: SELECT 1 AS one}");
    let upgrade = format!("{USERS}\nINSERT INTO users VALUES (1, 'a'), (2, 'b');");
    project.revision("aaaa", "", &upgrade, "DROP TABLE users;");
    let run = project.run(&["deploy", "--on-failure", "downgrade"]);
    assert_eq!(run.status, 1);
    assert!(
        run.stderr.contains("aaaa drops users (2 rows)") && run.stderr.contains("no terminal to ask on"),
        "{}",
        run.stderr
    );
    assert_eq!(rows(&project, kind, &url), "aaaa", "it stays where it is");
    project.ok(&["downgrade", "base", "--yes"]);
    let document = project.json(&["deploy", "--on-failure", "downgrade", "--yes"]);
    assert_eq!(document["error"]["code"], "verify-failed");
    assert_eq!(document["services"][0]["aftermath"]["is_back"], true, "{document}");
    assert_eq!(rows(&project, kind, &url), "");
}

fn a_failed_verify_section_brings_the_database_back(kind: Kind) {
    let (project, url) = project(kind, "on_failure: downgrade");
    project.revision("aaaa", "", USERS, "DROP TABLE users;");
    project.ok(&["upgrade", "head"]);
    project.revision("bbbb", "aaaa", "CREATE TABLE first (id int);", "DROP TABLE first;");
    project.verified_revision(
        ("cccc", "bbbb", ""),
        "CREATE TABLE second (id int);",
        "DROP TABLE second;",
        "SELECT 1 AS one",
    );
    let run = project.run(&["deploy", "--yes"]);
    assert_eq!(run.status, 1, "{}", run.stderr);
    assert_eq!(rows(&project, kind, &url), "aaaa", "{}", run.stderr);
    for table in ["first", "second"] {
        let document = project.json(&["--yes", "preflight"]);
        let plan = document["services"][0]["checks"].as_array().unwrap().last().unwrap().clone();
        let made = plan["rows"].as_array().unwrap().iter().any(|row| row[2] == table && row[3] == "");
        assert!(made, "{table} is gone: {plan}");
    }
    assert_eq!(project.json(&["status"])["services"][0]["incomplete"], serde_json::Value::Null);
}

fn a_failed_before_hook_changes_nothing(kind: Kind) {
    let (project, url) =
        project(kind, "on_failure: downgrade\nhooks: {before_deploy: ['false'], on_failure: touch cleaned}");
    project.revision("aaaa", "", USERS, "DROP TABLE users;");
    let document = project.json(&["deploy"]);
    assert_eq!(document["error"]["code"], "hook-failed", "{document}");
    assert!(project.path("cleaned").exists());
    let tables = match kind {
        Kind::Sqlite => return assert!(!project.path("app.db").exists()),
        Kind::Postgres => "SELECT count(*) FROM pg_tables WHERE schemaname = 'public';",
        Kind::Mariadb => "SELECT count(*) FROM information_schema.tables WHERE table_schema = database();",
    };
    assert_eq!(project.shell(kind, &url, tables), "0");
}

fn a_failed_after_upgrade_hook_is_followed_by_a_downgrade(kind: Kind) {
    let (project, url) = project(kind, "hooks: {after_upgrade: [[sh, -c, 'echo unhealthy; exit 3']]}");
    project.revision("aaaa", "", USERS, "DROP TABLE users;");
    let run = project.run(&["deploy", "--on-failure", "downgrade", "--yes"]);
    assert!(run.stderr.contains("hook-failed") && run.stderr.contains("unhealthy"), "{}", run.stderr);
    assert_eq!(rows(&project, kind, &url), "");
}

fn a_preflight_that_finds_something_stops_the_deploy(kind: Kind) {
    let (project, url) = project(kind, HOOKS);
    project.revision("aaaa", "", USERS, "DROP TABLE users;");
    project.revision("bbbb", "", "", "");
    let run = project.run(&["deploy"]);
    assert_eq!(run.status, 3, "{}{}", run.stdout, run.stderr);
    assert!(run.stdout.contains("STOP") && run.stdout.contains("nothing was changed"), "{}", run.stdout);
    assert_eq!(said(&project), "");
    project.ok(&["deploy", "heads"]);
    assert_eq!(rows(&project, kind, &url), "aaaa\nbbbb");
}

fn a_hook_that_may_fail_is_a_warning(kind: Kind) {
    let hook = "hooks:\n  before_deploy: {run: 'false', on_error: continue}";
    let (project, url) = project(kind, hook);
    project.revision("aaaa", "", USERS, "DROP TABLE users;");
    let run = project.run(&["deploy"]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert!(run.stderr.contains("warning: the hook before_deploy"), "{}", run.stderr);
    assert_eq!(rows(&project, kind, &url), "aaaa");
}

#[test]
fn hooks_are_given_no_password() {
    let url = Kind::Mariadb.server().unwrap().new_database();
    let (project, _) = project(Kind::Mariadb, "hooks: {before_deploy: [[sh, -c, 'cat > facts; env > env']]}");
    let server = Kind::Mariadb.server().unwrap();
    let name = url.rsplit('/').next().unwrap().split('?').next().unwrap().to_owned();
    let user = format!("hooks_{}", std::process::id());
    server.shell(
        &url,
        &format!("CREATE USER '{user}'@'%' IDENTIFIED BY 'secret-word'; GRANT ALL ON `{name}`.* TO '{user}'@'%'"),
    );
    let (_, place) = url.split_once('@').unwrap();
    project.revision("aaaa", "", USERS, "DROP TABLE users;");
    let run =
        project.run(&["--url", &format!("mysql://{user}:secret-word@{place}"), "deploy", "--report", "d.md", "--json"]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    let texts = ["facts", "env", "d.md"].map(|file| std::fs::read_to_string(project.path(file)).unwrap());
    for text in texts.iter().chain([&run.stdout, &run.stderr]) {
        assert!(!text.contains("secret-word"), "{text}");
    }
    assert!(texts[1].contains("ALUDEL_SERVICE=app"));
}

fn a_report_that_cannot_be_written_hides_no_failure(kind: Kind) {
    let (project, url) = project(kind, "checks:\n  - {name: never, query: SELECT 1 AS one}");
    let report = ["--report", "no/such/folder/d.md"];
    project.revision("aaaa", "", "CREATE TABLE a (x int);", "DROP TABLE a;");
    let run = project.run(&[&["deploy", "--no-backup"], &report[..]].concat());
    assert_eq!(run.status, 1, "{}", run.stderr);
    assert!(run.stderr.contains("error[verify-failed]"), "{}", run.stderr);
    assert!(run.stderr.contains("d.md: the report cannot be written"), "{}", run.stderr);
    let run = project.run(&[&["verify"], &report[..]].concat());
    assert!(run.status == 3 && run.stdout.contains("WRONG"), "{}{}", run.stdout, run.stderr);
    // An unknown revision in the version table blocks a deploy.
    project.shell(kind, &url, "UPDATE aludel_version SET version_num = 'ffff';");
    for command in ["deploy", "preflight"] {
        let run = project.run(&[&[command], &report[..]].concat());
        assert_eq!(run.status, 3, "{command}: {}{}", run.stdout, run.stderr);
        assert!(run.stderr.contains("d.md: the report cannot be written"), "{command}: {}", run.stderr);
    }
}
