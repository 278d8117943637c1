//! Dumps and restores that are killed, interrupted or run out of disk space.

use std::process::Stdio;

use super::*;
use crate::support;
use crate::support::on_each_database;

on_each_database! {
    a_killed_backup_leaves_nothing_that_looks_like_one,
    a_stopped_backup_leaves_nothing,
    a_pipe_that_fails_leaves_nothing,
    a_full_disk_leaves_nothing_and_says_so,
    a_scratch_database_of_a_killed_verification_goes_with_the_next,
    a_restore_whose_source_breaks_off_is_no_success,
}

/// Pipe that reads a little of the dump, and then blocks until the backup's process ends.
const HOLD: &str = "{pipe: \"sh -c 'head -c 100; touch started; while kill -0 $PPID; do sleep 0.02; done'\"}";

fn held_up(kind: Kind) -> (Project, String, std::process::Child) {
    let (project, url) = filled(kind);
    configure(&project, &url, HOLD);
    let mut command = project.command(&["backup"]);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    until("the dump has begun", || project.path("started").exists());
    (project, url, child)
}

fn a_killed_backup_leaves_nothing_that_looks_like_one(kind: Kind) {
    let (project, url, mut child) = held_up(kind);
    child.kill().unwrap();
    child.wait().unwrap();
    let looks_like_one = |name: &String| !name.starts_with('.');
    assert!(!shelf(&project).iter().any(looks_like_one), "{:?}", shelf(&project));
    assert_eq!(project.json(&["restore", "latest", "--yes"])["error"]["code"], "backup-not-found");
    // The next backup removes the leftovers, as soon as the programs of the killed one have ended too.
    configure(&project, &url, "{}");
    until("what was left is swept up", || {
        backed_up(&project, &["--keep", "1"]);
        shelf(&project).len() == 2
    });
}

fn a_stopped_backup_leaves_nothing(kind: Kind) {
    let (project, _, child) = held_up(kind);
    let pid = child.id().to_string();
    assert!(std::process::Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
    let run = Run::of(child.wait_with_output().unwrap());
    assert_eq!(run.status, 1, "{}", run.stderr);
    assert!(run.stderr.contains("error[interrupted]"), "{}", run.stderr);
    assert!(shelf(&project).is_empty(), "{:?}", shelf(&project));
}

fn a_pipe_that_fails_leaves_nothing(kind: Kind) {
    let (project, url) = filled(kind);
    for pipe in [
        "sh -c 'head -c 10; echo no key >&2; exit 4'",
        "sh -c 'cat; echo no key >&2; exit 4'",
        "sh -c 'echo no key >&2; exit 4' | cat",
    ] {
        configure(&project, &url, &format!("{{pipe: \"{pipe}\"}}"));
        let failed = project.json(&["backup"]);
        assert_eq!(failed["error"]["code"], "backup-failed", "{failed}");
        assert!(failed["error"]["notes"].to_string().contains("no key"), "{failed}");
        assert!(shelf(&project).is_empty(), "{:?}", shelf(&project));
    }
}

#[test]
fn a_dump_program_that_is_killed_leaves_nothing() {
    for kind in [Kind::Postgres, Kind::Mariadb] {
        let (project, url) = filled(kind);
        let (real, says) = match kind {
            Kind::Postgres => ("pg_dump", "pg_dump (PostgreSQL) 99.1"),
            _ => support::mysql_dump_program(),
        };
        // The program writes a complete dump, and is killed before it can exit successfully.
        let script =
            format!("#!/bin/sh\nif [ \"$1\" = --version ]; then echo '{says}'; exit; fi\n{real} \"$@\"\nkill -9 $$\n");
        project.write("bin/dump", &script);
        std::fs::set_permissions(project.path("bin/dump"), std::os::unix::fs::PermissionsExt::from_mode(0o755))
            .unwrap();
        configure(&project, &url, "{program: ./bin/dump}");
        let failed = project.json(&["backup"]);
        assert_eq!(failed["error"]["code"], "backup-failed", "{failed}");
        assert!(failed["error"]["message"].as_str().unwrap().contains("signal: 9"), "{failed}");
        assert!(shelf(&project).is_empty(), "{:?}", shelf(&project));
    }
}

#[test]
fn a_restore_that_is_killed_in_mariadb_is_not_taken_for_a_database() {
    let kind = Kind::Mariadb;
    let (project, url) = filled(kind);
    let before = content(&project, kind, &url);
    configure(
        &project,
        &url,
        "{pipe: cat, unpipe: \"sh -c 'if [ -e read ]; then head -c 4000; touch started; while kill -0 $PPID; do sleep 0.02; done; \
         else touch read; cat; fi'\"}",
    );
    backed_up(&project, &[]);
    // A new backup is read back too, so the marker file must be removed again.
    let _ = std::fs::remove_file(project.path("read"));
    project.ok(&["upgrade", "head"]);
    let mut child = project.command(&["restore", "latest", "--yes", "-q"]).spawn().unwrap();
    // The check of the client's connection starts the pipe as well, before anything is changed.
    let is_emptied = || {
        let rows = support::mariadb().try_shell(&url, "SELECT count(*) FROM aludel_version;");
        rows.is_ok_and(|count| count == "0")
    };
    until("the restore has begun", || project.path("started").exists() && is_emptied());
    child.kill().unwrap();
    child.wait().unwrap();
    let mut refused = serde_json::Value::Null;
    until("the lock is free", || {
        refused = project.json(&["upgrade", "head"]);
        refused["error"]["code"] != "locked"
    });
    assert_eq!(refused["error"]["code"], "incomplete-restore", "{refused}");
    configure(&project, &url, "{pipe: cat, unpipe: cat}");
    project.ok(&["restore", "latest", "--yes"]);
    assert_eq!(content(&project, kind, &url), before);
    project.ok(&["upgrade", "head"]);
}

#[test]
fn a_restore_that_is_killed_leaves_the_others_as_they_were() {
    for kind in [Kind::Postgres, Kind::Sqlite] {
        let (project, url) = filled(kind);
        configure(
            &project,
            &url,
            "{pipe: cat, unpipe: \"sh -c 'head -c 2000; touch started; while kill -0 $PPID; do sleep 0.02; done'\"}",
        );
        backed_up(&project, &[]);
        project.ok(&["upgrade", "head"]);
        let before = content(&project, kind, &url);
        let mut child = project.command(&["restore", "latest", "--yes", "-q"]).spawn().unwrap();
        until("the restore has begun", || project.path("started").exists());
        child.kill().unwrap();
        child.wait().unwrap();
        until("the old content is back", || {
            let done = project.json(&["upgrade", "head", "--lock-timeout", "5"]);
            done["error"].is_null()
        });
        assert_eq!(content(&project, kind, &url), before);
    }
}

fn a_restore_whose_source_breaks_off_is_no_success(kind: Kind) {
    let (project, url) = filled(kind);
    configure(&project, &url, "{pipe: cat}");
    backed_up(&project, &[]);
    project.ok(&["upgrade", "head"]);
    let before = content(&project, kind, &url);
    for unpipe in ["head -c 6000", "sh -c 'head -c 6000; exit 7'", "sh -c 'cat; exit 7'"] {
        configure(&project, &url, &format!("{{pipe: cat, unpipe: \"{unpipe}\"}}"));
        let failed = project.json(&["restore", "latest", "--yes"]);
        assert_eq!(failed["error"]["code"], "restore-failed", "{unpipe} {failed}");
        assert!(failed["error"]["notes"].to_string().contains("the database is unchanged"), "{failed}");
        assert_eq!(content(&project, kind, &url), before);
    }
    if kind == Kind::Mariadb {
        // The pipe is read once before the database is emptied; the second time it ends early.
        configure(
            &project,
            &url,
            "{pipe: cat, unpipe: \"sh -c 'if [ -e read ]; then head -c 6000; else touch read; cat; fi'\"}",
        );
        let failed = project.json(&["restore", "latest", "--yes"]);
        assert!(failed["error"]["notes"].to_string().contains("was emptied"), "{failed}");
        assert_eq!(project.json(&["upgrade", "head"])["error"]["code"], "incomplete-restore");
    }
}

/// Runs the binary with a file size limit of 4 KiB, which its child processes inherit, as if the disk were full.
fn on_a_full_disk(project: &Project, arguments: &[&str]) -> Run {
    let mut shell = std::process::Command::new("sh");
    let aludel = project.command(arguments);
    shell
        .args(["-c", "trap '' XFSZ; ulimit -f 8; exec \"$@\"", "sh"])
        .arg(aludel.get_program())
        .args(aludel.get_args());
    shell.current_dir(project.path("")).envs(aludel.get_envs().filter_map(|(name, value)| Some((name, value?))));
    Run::of(shell.output().unwrap())
}

fn a_full_disk_leaves_nothing_and_says_so(kind: Kind) {
    let (project, url) = filled(kind);
    for config in ["{}", "{pipe: cat}", "{jobs: 2}"] {
        if kind != Kind::Postgres && config.contains("jobs") {
            continue;
        }
        configure(&project, &url, config);
        let run = on_a_full_disk(&project, &["backup", "--json"]);
        let failed: serde_json::Value = serde_json::from_str(&run.stdout).unwrap_or_else(|_| panic!("{}", run.stderr));
        assert_eq!(failed["error"]["code"], "backup-failed", "{config} {failed}");
        let said = format!("{} {}", failed["error"]["message"], failed["error"]["notes"]);
        let words = ["File too large", "errno 27", "disk I/O error"];
        assert!(words.iter().any(|words| said.contains(words)), "{config} {said}");
        assert!(shelf(&project).is_empty(), "{config} {:?}", shelf(&project));
    }
    // A deploy stops before it changes anything.
    configure(&project, &url, "{}");
    let before = content(&project, kind, &url);
    let run = on_a_full_disk(&project, &["deploy"]);
    assert!(run.status == 1 && run.stderr.contains("backup-failed"), "{}", run.stderr);
    assert_eq!(content(&project, kind, &url), before);
    backed_up(&project, &["--verify"]);
}

/// Returns the leftovers of verifications: scratch databases, or files on SQLite.
fn scratch(project: &Project, kind: Kind, url: &str) -> Vec<String> {
    if kind != Kind::Sqlite {
        return databases(project, kind, url).lines().map(str::to_owned).collect();
    }
    let entries = std::fs::read_dir(project.path("tmp")).into_iter().flatten().flatten();
    entries
        .map(|entry| entry.file_name().into_string().unwrap())
        .filter(|name| name.contains("aludel-verify"))
        .collect()
}

/// Pipe for reading back that blocks halfway while the file `wait` exists, or until its backup is killed.
const HELD: &str = "{pipe: cat, unpipe: \"sh -c 'head -c 100; touch started; while [ -e wait ] && kill -0 $PPID; do sleep 0.02; done; exec cat'\"}";

fn a_scratch_database_of_a_killed_verification_goes_with_the_next(kind: Kind) {
    let (project, url) = filled(kind);
    std::fs::create_dir(project.path("tmp")).unwrap();
    let command = |arguments: &[&str]| {
        let mut command = project.command(arguments);
        command.env("TMPDIR", project.path("tmp")).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    };
    configure(&project, &url, HELD);
    project.write("wait", "");
    let mut killed = command(&["backup", "--verify"]).spawn().unwrap();
    until("the verification has begun", || project.path("started").exists());
    killed.kill().unwrap();
    killed.wait().unwrap();
    let left = scratch(&project, kind, &url);
    assert!(!left.is_empty());
    // The scratch database of a living process is not touched.
    std::fs::remove_file(project.path("started")).unwrap();
    let mut living = None;
    until("another has begun", || {
        living = Some(command(&["backup", "--verify", "--lock-timeout", "30"]).spawn().unwrap());
        until("it has begun, or ended", || {
            project.path("started").exists() || living.as_mut().unwrap().try_wait().unwrap().is_some()
        });
        project.path("started").exists()
    });
    let config = format!("services:\n  other:\n    url: \"{url}\"\n    revisions: r\n    version_table: v\n");
    project.write("other.yaml", &config);
    until("only the living one's is there", || {
        let run = Run::of(command(&["-c", "other.yaml", "backup", "--verify"]).output().unwrap());
        assert_eq!(run.status, 0, "{}", run.stderr);
        scratch(&project, kind, &url).iter().all(|name| !left.contains(name))
    });
    let mut living = living.unwrap();
    assert!(living.try_wait().unwrap().is_none(), "it still waits");
    std::fs::remove_file(project.path("wait")).unwrap();
    let run = Run::of(living.wait_with_output().unwrap());
    assert_eq!(run.status, 0, "{}", run.stderr);
    until("nothing is left", || scratch(&project, kind, &url).iter().all(|name| !left.contains(name)));
}

#[test]
fn a_locked_table_is_told_with_who_has_it_and_a_stopped_dump_leaves_no_session() {
    let kind = Kind::Postgres;
    let (project, url) = filled(kind);
    let config: ::postgres::Config = url.parse().unwrap();
    let mut holder = config.connect(::postgres::NoTls).unwrap();
    let mut transaction = holder.transaction().unwrap();
    transaction.batch_execute("LOCK TABLE child IN ACCESS EXCLUSIVE MODE").unwrap();
    let sessions =
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'pg_dump';";
    let child = project.command(&["backup"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    until("pg_dump waits", || project.shell(kind, &url, sessions) == "1");
    assert!(std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    assert!(Run::of(child.wait_with_output().unwrap()).stderr.contains("error[interrupted]"));
    until("its session has ended", || project.shell(kind, &url, sessions) == "0");
    // The error that pg_dump prints after a timeout of a minute, without the wait.
    let script = "#!/bin/sh\nif [ \"$1\" = --version ]; then echo 'pg_dump (PostgreSQL) 99.1'; exit; fi\n\
        echo 'pg_dump: error: query failed: ERROR:  canceling statement due to statement timeout' >&2\n\
        echo 'pg_dump: detail: Query was: LOCK TABLE public.child IN ACCESS SHARE MODE' >&2\nexit 1\n";
    project.write("bin/dump", script);
    std::fs::set_permissions(project.path("bin/dump"), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    configure(&project, &url, "{program: ./bin/dump}");
    let failed = project.json(&["backup"]);
    assert_eq!(failed["error"]["code"], "locked", "{failed}");
    assert!(failed["error"]["notes"].to_string().contains("has child, idle in transaction"), "{failed}");
    transaction.rollback().unwrap();
}

#[test]
fn a_backup_with_a_wrong_end_leaves_an_empty_database_empty() {
    let kind = Kind::Postgres;
    let (project, url) = filled(kind);
    // More than one message of COPY data.
    let much =
        "CREATE TABLE much AS SELECT i, md5(i::text) || md5((i * 7)::text) AS t FROM generate_series(1, 40000) i;";
    project.shell(kind, &url, much);
    let path = backed_up(&project, &[]);
    let mut bytes = std::fs::read(&path).unwrap();
    assert!(bytes.len() > 1024 * 1024, "{}", bytes.len());
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    std::fs::write(&path, &bytes).unwrap();
    let other = project.new_database(kind, "other");
    let refused = project.json(&["restore", "latest", "--yes", "--url", &other]);
    assert_eq!(refused["error"]["code"], "backup-damaged", "{refused}");
    assert_eq!(project.shell(kind, &other, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public';"), "0");
    bytes[last] ^= 1;
    std::fs::write(&path, &bytes).unwrap();
    project.ok(&["restore", "latest", "--yes", "--url", &other]);
    assert_eq!(project.shell(kind, &other, "SELECT count(*) FROM much;"), "40000");
}
