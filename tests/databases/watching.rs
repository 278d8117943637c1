//! Observation of the server during a revision: lag of replicas, progress of a long statement.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

use crate::support;
use crate::support::project::{Kind, Project, until};
use crate::support::{PostgresOptions, Server};

fn options(settings: &[(&str, &str)]) -> PostgresOptions {
    let settings = settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    PostgresOptions { settings, hba: vec!["host replication all all trust".to_owned()], ..PostgresOptions::default() }
}

/// Creates a project with one service `app` on a fresh database of `server`, whose table `t` has 20,000 rows.
fn project(server: &Server, settings: &str) -> (Project, String) {
    let (project, url) = (Project::new(), server.new_database());
    project.write("aludel.yaml", &format!("{settings}services:\n  app:\n    url: \"{url}\"\n    revisions: r\n"));
    let make =
        "CREATE TABLE t (id int PRIMARY KEY, done int);\nINSERT INTO t SELECT n, 0 FROM generate_series(1, 20000) n;";
    project.revision("a1111", "", make, "");
    project.ok(&["upgrade", "head"]);
    (project, url)
}

fn upgrade(project: &Project) -> Child {
    let mut command = project.command(&["upgrade", "head"]);
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

#[test]
fn a_backfill_waits_while_a_replica_is_behind_and_goes_on_when_it_is_not() {
    let primary = support::start_postgres(&options(&[]));
    let replica = support::start_postgres_replica(&primary, &options(&[("wal_receiver_status_interval", "1")]));
    let (project, url) = project(&primary, "max_replica_lag: 300ms\n");
    let streams = "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming';";
    until("the replica to follow", || primary.shell(&url, streams) == "1");
    replica.shell("", "SELECT pg_wal_replay_pause();");
    let line = "-- @batch table=t key=id size=100 pause=20ms target=0";
    project.revision("a2222", "a1111", &format!("{line}\nUPDATE t SET done = 1 WHERE id BETWEEN :low AND :high;"), "");
    let mut runner = upgrade(&project);
    let mut stderr = BufReader::new(runner.stderr.take().unwrap());
    let mut said = String::new();
    while !said.contains("the next batch waits: a replica is") {
        assert_ne!(stderr.read_line(&mut said).unwrap(), 0, "it did not wait:\n{said}");
    }
    let done = || primary.shell(&url, "SELECT count(*) FROM t WHERE done = 1;").parse::<u32>().unwrap();
    let before = done();
    assert!(before < 20_000, "it waited at its end only");
    // The lag of the replica grows, and the backfill makes no progress.
    let lag = "SELECT coalesce(max(extract(epoch FROM replay_lag)), 0) > 2 FROM pg_stat_replication;";
    until("a lag of two seconds", || primary.shell(&url, lag) == "t");
    assert_eq!(done(), before);
    let document = project.json(&["preflight"]);
    let checks = document["services"][0]["checks"].as_array().unwrap();
    let item = checks.iter().find(|item| item["check"] == "replication").unwrap();
    assert!(item["text"].as_str().unwrap().starts_with("1 replica, "), "{item}");
    let behind = item["rows"][0][3].as_str().unwrap();
    assert!(behind.ends_with("B") && !behind.starts_with("0 "), "{item}");
    replica.shell("", "SELECT pg_wal_replay_resume();");
    stderr.read_to_string(&mut said).unwrap();
    assert!(runner.wait().unwrap().success(), "{said}");
    assert_eq!(done(), 20_000);
    until("the replica to have it all", || replica.shell(&url, "SELECT count(*) FROM t WHERE done = 1;") == "20000");
}

/// Client that holds a lock until it is dropped.
struct Holder(Child);

impl Holder {
    fn of(server: &Server, sql: &str) -> Self {
        let mut child =
            server.mariadb_client("").arg("--unbuffered").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        writeln!(child.stdin.as_mut().unwrap(), "{sql}; SELECT 'held';").unwrap();
        let mut said = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut said).unwrap();
        assert_eq!(said, "held\n");
        Self(child)
    }
}

impl Drop for Holder {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts a MariaDB server and a replica that has caught up with it.
fn mariadb_pair() -> (Server, Server) {
    let of = |number: &str| support::start_mariadb_with(&["--log-bin=binlog", "--binlog-format=ROW", number]);
    let (primary, replica) = (of("--server-id=1"), of("--server-id=2"));
    let place = primary.shell("", "SELECT @@gtid_binlog_pos;");
    let address = &primary.address;
    replica.shell(
        "",
        &format!(
            "SET GLOBAL gtid_slave_pos = '{place}'; CHANGE MASTER TO MASTER_HOST = '{}', MASTER_PORT = {}, \
             MASTER_USER = '{}', MASTER_PASSWORD = '{}', MASTER_USE_GTID = slave_pos; START SLAVE;",
            address.host, address.port, address.user, address.password
        ),
    );
    (primary, replica)
}

#[test]
fn a_backfill_on_mariadb_asks_the_replicas_that_the_config_names() {
    let (primary, replica) = mariadb_pair();
    let (project, url) = (Project::new(), primary.new_database());
    let config = format!(
        "max_replica_lag: 1s\nreplicas: ['{}', '{}']\nservices:\n  app:\n    url: \"{url}\"\n    revisions: r\n",
        replica.address.url(""),
        primary.address.url("")
    );
    project.write("aludel.yaml", &config);
    let make = "CREATE TABLE t (id int PRIMARY KEY, done int);\nINSERT INTO t SELECT seq, 0 FROM seq_1_to_20000;";
    project.revision("a1111", "", make, "");
    project.ok(&["upgrade", "head"]);
    let there = "SELECT COUNT(*) FROM t WHERE done = 1;";
    until("the replica to follow", || replica.try_shell(&url, there).is_ok_and(|said| said == "0"));
    // The lock keeps the replica from applying further changes.
    let holder = Holder::of(&replica, "FLUSH TABLES WITH READ LOCK");
    let line = "-- @batch table=t key=id size=100 pause=30ms target=0";
    project.revision("a2222", "a1111", &format!("{line}\nUPDATE t SET done = 1 WHERE id BETWEEN :low AND :high;"), "");
    let mut runner = upgrade(&project);
    let mut stderr = BufReader::new(runner.stderr.take().unwrap());
    let mut said = String::new();
    while !said.contains("the next batch waits: a replica is") {
        assert_ne!(stderr.read_line(&mut said).unwrap(), 0, "it did not wait:\n{said}");
    }
    assert!(said.contains("the lag of a replica is not known") && said.contains("it is not a replica"), "{said}");
    assert!(!said.contains("mariadb-secret"), "{said}");
    assert!(primary.shell(&url, there).parse::<u32>().unwrap() < 20_000);
    drop(holder);
    stderr.read_to_string(&mut said).unwrap();
    assert!(runner.wait().unwrap().success(), "{said}");
    until("the replica to have it all", || replica.shell(&url, there) == "20000");
}

/// Sequence that pauses an index build at row 10,000 until it is advanced.
const GATE: &str = "CREATE SEQUENCE gate;
CREATE FUNCTION held(x int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS $$
BEGIN
    WHILE x = 10000 AND (SELECT last_value FROM gate) < 2 LOOP PERFORM pg_sleep(0.01); END LOOP;
    RETURN x;
END
$$;";

#[test]
fn how_far_a_long_index_build_is_reaches_the_bar() {
    let server = support::postgres();
    let (project, url) = project(server, "");
    server.shell(&url, GATE);
    project.revision("a2222", "a1111", "CREATE INDEX t_held ON t (held(id));", "");
    let inner = project.command(&["upgrade", "head"]);
    // A progress bar is drawn on a terminal only, which `script` provides.
    let mut command = Command::new("script");
    let line = format!("{} upgrade head", inner.get_program().to_string_lossy());
    command.args(["-qefc", &line, "/dev/null"]).current_dir(project.path("")).env_clear();
    command
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", project.path(""))
        .env("TERM", "xterm");
    let mut runner = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
    let shown = Arc::new(Mutex::new(String::new()));
    let (mut stdout, seen) = (runner.stdout.take().unwrap(), Arc::clone(&shown));
    let reader = std::thread::spawn(move || {
        let mut piece = [0; 4096];
        while let Ok(read @ 1..) = stdout.read(&mut piece) {
            seen.lock().unwrap().push_str(&String::from_utf8_lossy(&piece[..read]));
        }
    });
    // A terminal of 80 columns shows only the start of the line.
    until("the bar to show the build", || shown.lock().unwrap().contains("building index"));
    server.shell(&url, "SELECT setval('gate', 2);");
    assert!(runner.wait().unwrap().success(), "{}", shown.lock().unwrap());
    reader.join().unwrap();
    let valid = "SELECT indisvalid FROM pg_index WHERE indexrelid = 't_held'::regclass;";
    assert_eq!(project.shell(Kind::Postgres, &url, valid), "t");
}
