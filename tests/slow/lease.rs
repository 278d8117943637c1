//! The lease as the lock: behind pgbouncer in transaction mode, and on clusters (Galera, MySQL group replication) whose
//! runners use different nodes.

mod single_primary;

use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use crate::support;
use crate::support::Server;
use crate::support::group::Primaries;
use crate::support::project::{Kind, Project, Run, until};

/// Database that two runners reach through different URLs.
struct Place {
    /// URLs of the two runners.
    urls: [String; 2],
    /// Server that shows the state of both directly.
    truth: &'static Server,
}

impl Place {
    /// Both runners through pgbouncer.
    fn pooled() -> Self {
        let truth = support::postgres();
        let url = truth.new_database();
        let pooled = support::pgbouncer().address.url(name(&url));
        Self { urls: [pooled.clone(), pooled], truth }
    }

    /// One runner on each node of a Galera cluster.
    fn cluster() -> Self {
        let [first, second] = support::cluster();
        Self::of_nodes([first, second])
    }

    /// One runner on each node of a MySQL group with two primaries; `None` if there is no such group.
    fn group() -> Option<Self> {
        let nodes = support::group(Primaries::All);
        if nodes.is_none() {
            support::cases::say("group replication with two primaries: the server is not MySQL with that plugin");
        }
        nodes.map(|[first, second]| Self::of_nodes([first, second]))
    }

    fn of_nodes([first, second]: [&'static Server; 2]) -> Self {
        let url = first.new_database();
        until("the database to be on the other node", || second.try_shell(name(&url), "SELECT 1;").is_ok());
        Self { urls: [url.clone(), second.address.url(name(&url))], truth: first }
    }

    fn shell(&self, sql: &str) -> String {
        self.truth.shell(name(&self.urls[0]), sql)
    }

    fn sleep(&self, seconds: u32) -> String {
        let function = if self.truth.address.is_postgres() { "pg_sleep" } else { "sleep" };
        format!("SELECT {function}({seconds});")
    }

    /// Creates a project with this kind of lock.
    fn project(&self, lock: &str) -> Project {
        let project = Project::new();
        let config = format!("lock: {lock}\nlease_time: 3s\nservices:\n  app:\n    url: ${{URL}}\n    revisions: r\n");
        project.write("aludel.yaml", &config);
        std::fs::create_dir(project.path("r")).unwrap();
        project
    }

    fn start(&self, project: &Project, way: usize, arguments: &[&str]) -> Child {
        let mut command = project.command(arguments);
        command.env("URL", &self.urls[way]).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().unwrap()
    }

    fn run(&self, project: &Project, way: usize, arguments: &[&str]) -> Run {
        Run::of(self.start(project, way, arguments).wait_with_output().unwrap())
    }
}

fn name(url: &str) -> &str {
    url.split('?').next().unwrap().rsplit('/').next().unwrap()
}

macro_rules! in_each_place {
    ($($name:ident,)*) => {
        mod pooled { $(#[test] fn $name() { super::$name(&super::Place::pooled()); })* }
        mod cluster { $(#[test] fn $name() { super::$name(&super::Place::cluster()); })* }
        mod group {
            $(#[test] fn $name() {
                if let Some(place) = super::Place::group() {
                    super::$name(&place);
                }
            })*
        }
    };
}

in_each_place! {
    of_two_runners_one_works_and_the_other_finds_nothing_to_do,
    a_live_lease_is_never_taken_over,
    a_dead_runners_lease_is_taken_over_when_it_has_ended,
    who_lost_the_lease_writes_no_version_row,
    who_takes_over_from_a_killed_runner_runs_nothing_twice_and_loses_nothing,
}

fn of_two_runners_one_works_and_the_other_finds_nothing_to_do(place: &Place) {
    let project = place.project("lease");
    project.revision("a1111", "", "CREATE TABLE t (x int primary key);", "");
    for number in 2..=5 {
        let (id, down) = (format!("a{number}111"), format!("a{}111", number - 1));
        project.revision(&id, &down, &format!("INSERT INTO t VALUES ({number});"), "");
    }
    let runners = [0, 1, 0, 1].map(|way| place.start(&project, way, &["upgrade", "head"]));
    let runs = runners.map(|runner| Run::of(runner.wait_with_output().unwrap()));
    for run in &runs {
        assert_eq!(run.status, 0, "{}", run.stderr);
    }
    assert_eq!(runs.iter().filter(|run| run.stderr.contains("[5/5] upgrade")).count(), 1, "{runs:?}");
    assert_eq!(place.shell("SELECT COUNT(*) FROM t;"), "4");
    assert_eq!(place.shell("SELECT COUNT(*) FROM aludel_version_history;"), "5");
    assert_eq!(place.shell("SELECT COUNT(*) FROM aludel_version_lock WHERE owner IS NULL;"), "1");
}

/// Starts a runner and waits until it sleeps in its second statement, after the table `t` was created.
fn sleeper(place: &Place, project: &Project, seconds: u32) -> Child {
    project.revision("a1111", "", "CREATE TABLE t (x int primary key);", "");
    let sleep = format!("INSERT INTO t VALUES (1);\n{}", place.sleep(seconds));
    project.revision_with("a2222", "a1111", "-- transaction: false", &sleep, "");
    let runner = place.start(project, 0, &["upgrade", "head"]);
    until("the runner to sleep", || {
        place.truth.try_shell(name(&place.urls[0]), "SELECT x FROM t;") == Ok("1".to_owned())
    });
    runner
}

fn a_live_lease_is_never_taken_over(place: &Place) {
    let project = place.project("lease");
    // The statement takes as long as three leases.
    let runner = sleeper(place, &project, 9);
    let refused = place.run(&project, 1, &["upgrade", "head", "--lock-timeout", "5"]);
    assert_eq!(refused.status, 1, "{}", refused.stderr);
    assert!(
        refused.stderr.contains("error[locked]") && refused.stderr.contains("by a lease until"),
        "{}",
        refused.stderr
    );
    let run = Run::of(runner.wait_with_output().unwrap());
    assert_eq!(run.status, 0, "{}", run.stderr);
}

fn a_dead_runners_lease_is_taken_over_when_it_has_ended(place: &Place) {
    let project = place.project("lease");
    let mut runner = sleeper(place, &project, 2);
    runner.kill().unwrap();
    let died = Instant::now();
    runner.wait().unwrap();
    project.revision("a2222", "a1111", "CREATE TABLE u (x int);", "");
    let run = place.run(&project, 1, &["stamp", "a1111"]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert!(died.elapsed() >= Duration::from_secs(2), "{:?}", died.elapsed());
    assert!(run.stderr.contains("waiting for the lock"), "{}", run.stderr);
    let run = place.run(&project, 1, &["upgrade", "head"]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert_eq!(place.shell("SELECT token FROM aludel_version_lock;"), "3");
}

fn who_lost_the_lease_writes_no_version_row(place: &Place) {
    let project = place.project("lease");
    let runner = sleeper(place, &project, 3);
    // Another owner takes the lease over.
    place.shell("UPDATE aludel_version_lock SET owner = 'somebody else', token = token + 1 WHERE id = 1;");
    let run = Run::of(runner.wait_with_output().unwrap());
    assert_eq!(run.status, 1, "{}", run.stderr);
    assert!(run.stderr.contains("the lease was lost"), "{}", run.stderr);
    assert_eq!(place.shell("SELECT version_num FROM aludel_version;"), "a1111");
}

/// Returns the query for the number of statements that sleep for five seconds.
fn sleeping_statements(place: &Place) -> &'static str {
    if place.truth.address.is_postgres() {
        "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND pid <> pg_backend_pid() AND query LIKE '%sleep(5)%';"
    } else {
        "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE ID <> CONNECTION_ID() AND DB = DATABASE() AND INFO LIKE '%sleep(5)%';"
    }
}

/// Starts a runner and kills it in a statement that outlives it and its lease.
fn killed_in_its_insert(place: &Place, project: &Project) -> Run {
    let is_postgres = place.truth.address.is_postgres();
    let (id, insert) = if is_postgres {
        ("id serial", "INSERT INTO led (n) SELECT 1 FROM pg_sleep(5);")
    } else {
        ("id INT AUTO_INCREMENT", "INSERT INTO led (n) SELECT 1 + sleep(5);")
    };
    project.revision("a1111", "", &format!("CREATE TABLE led ({id} PRIMARY KEY, n INT);"), "");
    project.revision_with("b1111", "a1111", "-- transaction: false", insert, "");
    let mut runner = place.start(project, 0, &["upgrade", "head"]);
    until("the statement to run", || place.shell(sleeping_statements(place)) == "1");
    runner.kill().unwrap();
    Run::of(runner.wait_with_output().unwrap())
}

fn who_takes_over_from_a_killed_runner_runs_nothing_twice_and_loses_nothing(place: &Place) {
    let project = place.project("lease");
    let killed = killed_in_its_insert(place, &project);
    project.revision("c1111", "b1111", "INSERT INTO led (n) VALUES (2);", "");
    // Two runners at once; the first one resumes where the killed one stopped.
    let runners = [1, 0].map(|way| place.start(&project, way, &["upgrade", "head"]));
    for run in runners.map(|runner| Run::of(runner.wait_with_output().unwrap())) {
        assert_eq!(run.status, 0, "{}\nafter\n{killed:?}", run.stderr);
    }
    until("the orphan to end", || place.shell(sleeping_statements(place)) == "0");
    assert_eq!(place.shell("SELECT COUNT(*) FROM led WHERE n = 1;"), "1");
    assert_eq!(place.shell("SELECT COUNT(*) FROM led WHERE n = 2;"), "1");
    assert_eq!(place.shell("SELECT version_num FROM aludel_version;"), "c1111");
}

#[test]
fn where_the_sessions_lock_does_not_hold_it_is_said_what_does() {
    let place = Place::cluster();
    let project = place.project("advisory");
    let run = place.run(&project, 1, &["current"]);
    assert!(run.stderr.contains("`lock: lease`"), "{}", run.stderr);
    let project = place.project("lease");
    let run = place.run(&project, 1, &["current"]);
    assert!(!run.stderr.contains("warning"), "{}", run.stderr);
}

#[test]
fn a_pooler_that_takes_the_lock_away_is_noticed_and_it_is_said_what_to_do() {
    let place = Place::pooled();
    let project = place.project("advisory");
    project.revision("a1111", "", "CREATE TABLE t (x int);", "");
    // Several clients at once make the pooler open several sessions to choose from.
    std::thread::scope(|scope| {
        for _ in 0..5 {
            scope.spawn(|| support::pgbouncer().shell(name(&place.urls[0]), "SELECT pg_sleep(0.5);"));
        }
    });
    let run = place.run(&project, 0, &["upgrade", "head"]);
    assert!(run.status == 1 && run.stderr.contains("lock: lease"), "{}", run.stderr);
}

/// Creates a project that connects to its server directly, with leases of one second.
fn direct(kind: Kind) -> (Project, String) {
    let (project, url) = Project::with_database(kind);
    let config = std::fs::read_to_string(project.path("aludel.yaml")).unwrap();
    project.write("aludel.yaml", &format!("lock: lease\nlease_time: 1s\n{config}"));
    (project, url)
}

fn start(project: &Project) -> Child {
    project.command(&["upgrade", "head"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// Waits until the server of `url` executes a statement that contains `marker`.
fn until_it_runs(kind: Kind, project: &Project, url: &str, marker: &str) {
    let query = match kind {
        Kind::Postgres => format!(
            "SELECT count(*) > 0 FROM pg_stat_activity WHERE state = 'active' AND pid <> pg_backend_pid() AND query LIKE '%{marker}%';"
        ),
        _ => format!(
            "SELECT IF(COUNT(*) > 0, 't', 'f') FROM information_schema.PROCESSLIST WHERE ID <> CONNECTION_ID() AND INFO LIKE '%{marker}%' AND COMMAND <> 'Sleep';"
        ),
    };
    until("the statement to run", || project.shell(kind, url, &query) == "t");
}

/// Kills a runner in a statement that outlives its lease, and starts a second runner immediately.
fn killed_in(kind: Kind, header: &str, upgrade: &str) -> (Project, String, Run) {
    let (project, url) = direct(kind);
    project.revision("a1111", "", "CREATE TABLE led (x varchar(9));", "");
    project.revision_with("b1111", "a1111", header, upgrade, "");
    let mut runner = start(&project);
    until_it_runs(kind, &project, &url, "sleep(4)");
    runner.kill().unwrap();
    runner.wait().unwrap();
    let run = project.run(&["upgrade", "head"]);
    (project, url, run)
}

#[test]
fn a_statement_that_outlives_its_runner_and_its_lease_runs_once_on_postgres() {
    let (project, url, run) =
        killed_in(Kind::Postgres, "-- transaction: false", "INSERT INTO led SELECT 'x' FROM pg_sleep(4);\nSELECT 1;");
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert_eq!(project.shell(Kind::Postgres, &url, "SELECT count(*) FROM led;"), "1", "{}", run.stderr);
}

#[test]
fn rows_that_outlive_their_runner_and_its_lease_are_written_once_on_mariadb() {
    for before in ["", "CREATE TABLE before_it (x int);\n"] {
        let upgrade = format!("{before}INSERT INTO led SELECT CONCAT('x', sleep(4));\nCREATE TABLE u (x int);");
        let (project, url, run) = killed_in(Kind::Mariadb, "", &upgrade);
        assert_eq!(run.status, 0, "{}", run.stderr);
        assert_eq!(project.shell(Kind::Mariadb, &url, "SELECT COUNT(*) FROM led;"), "1", "{}", run.stderr);
    }
}

#[test]
fn ddl_that_outlives_its_runner_and_its_lease_is_waited_for_on_mariadb() {
    let (project, url, run) = killed_in(Kind::Mariadb, "", "CREATE TABLE slow AS SELECT sleep(4) AS x;");
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert!(run.stderr.contains("a runner that lost its lease"), "{}", run.stderr);
    assert_eq!(project.shell(Kind::Mariadb, &url, "SELECT COUNT(*) FROM slow;"), "1", "{}", run.stderr);
}

#[test]
fn an_index_that_an_orphan_builds_concurrently_is_recognised_when_it_is_there() {
    let (project, url) = direct(Kind::Postgres);
    project.revision("a1111", "", "CREATE TABLE led (x int);", "");
    let build = "CREATE INDEX CONCURRENTLY led_x ON led (x);";
    project.revision_with("b1111", "a1111", "-- transaction: false", build, "");
    project.ok(&["upgrade", "a1111"]);
    // A transaction that the concurrent index build has to wait for.
    let mut holder = support::postgres().psql(url.split('?').next().unwrap().rsplit('/').next().unwrap());
    let mut holder = holder.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    let mut hold = holder.stdin.take().unwrap();
    std::io::Write::write_all(&mut hold, b"BEGIN; INSERT INTO led VALUES (1); SELECT 'held by the test';\n").unwrap();
    until("the transaction to be open", || {
        let open = "SELECT count(*) FROM pg_stat_activity WHERE state = 'idle in transaction' AND query LIKE '%held by the test%';";
        project.shell(Kind::Postgres, &url, open) == "1"
    });
    let mut runner = start(&project);
    until_it_runs(Kind::Postgres, &project, &url, "CONCURRENTLY led_x");
    runner.kill().unwrap();
    runner.wait().unwrap();
    let refused = project.run(&["upgrade", "head"]);
    assert_eq!(refused.status, 1, "{}", refused.stderr);
    assert!(refused.stderr.contains("process "), "{}", refused.stderr);
    std::io::Write::write_all(&mut hold, b"COMMIT;\n").unwrap();
    drop(hold);
    holder.wait().unwrap();
    let valid = "SELECT count(*) FROM pg_index WHERE indisvalid AND indexrelid = to_regclass('led_x');";
    until("the orphan to be done", || project.shell(Kind::Postgres, &url, valid) == "1");
    let run = project.run(&["upgrade", "head"]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert!(!run.stderr.contains("dropped"), "{}", run.stderr);
}

/// The lease is renewed several times while the transaction of the statement keeps its snapshot.
#[test]
fn a_statement_that_reads_for_longer_than_its_lease_ends_well_on_mariadb() {
    let (project, url) = direct(Kind::Mariadb);
    project.revision("a1111", "", "CREATE TABLE led (id INT PRIMARY KEY, n INT);\nINSERT INTO led VALUES (1, 0);", "");
    let read = "SELECT n FROM led WHERE sleep(3) = 0;";
    let update =
        "-- @batch table=led key=id size=10\nUPDATE led SET n = n + 1 + sleep(2) WHERE id BETWEEN :low AND :high;";
    project.revision_with("b1111", "a1111", "-- transaction: false", &format!("{read}\n{update}"), "");
    project.ok(&["upgrade", "head"]);
    assert_eq!(project.shell(Kind::Mariadb, &url, "SELECT n FROM led;"), "1");
}

/// A runner is stopped (SIGSTOP) in its first statement, and continues when another one has applied everything.
#[test]
fn a_stopped_runner_that_wakes_up_writes_nothing() {
    for kind in [Kind::Postgres, Kind::Mariadb] {
        let (project, url) = direct(kind);
        project.revision("a1111", "", "CREATE TABLE led (x int);", "");
        let sleep = if kind == Kind::Postgres { "pg_sleep(1)" } else { "sleep(1)" };
        let upgrade = format!("SELECT {sleep};\nINSERT INTO led VALUES (1);\nCREATE TABLE u (x int);");
        project.revision_with("b1111", "a1111", "-- transaction: false", &upgrade, "");
        let runner = start(&project);
        until_it_runs(kind, &project, &url, "sleep(1)");
        let signal = |signal: &str| {
            std::process::Command::new("kill").args([signal, &runner.id().to_string()]).status().unwrap();
        };
        signal("-STOP");
        let run = project.run(&["upgrade", "head"]);
        signal("-CONT");
        assert_eq!(run.status, 0, "{kind:?} {}", run.stderr);
        let log = "SELECT COUNT(*) FROM aludel_version_history;";
        let before = project.shell(kind, &url, log);
        let woken = Run::of(runner.wait_with_output().unwrap());
        assert_eq!(woken.status, 1, "{kind:?} {}", woken.stderr);
        assert!(woken.stderr.contains("lease"), "{kind:?} {}", woken.stderr);
        assert_eq!(project.shell(kind, &url, "SELECT COUNT(*) FROM led;"), "1", "{kind:?}");
        assert_eq!(project.shell(kind, &url, log), before, "{kind:?}");
        assert_eq!(project.shell(kind, &url, "SELECT version_num FROM aludel_version;"), "b1111", "{kind:?}");
    }
}

/// The server allows a single connection, so the connection that renews the lease is refused.
#[test]
fn a_second_connection_that_cannot_be_had_is_told_with_what_to_change() {
    let server = support::postgres();
    let url = server.new_database();
    server.shell(&url, "CREATE ROLE lonely LOGIN CONNECTION LIMIT 1; GRANT ALL ON SCHEMA public TO lonely;");
    let lonely = server.address.url(name(&url)).replacen(&format!("{}@", server.address.user), "lonely@", 1);
    let pooler = support::start_pgbouncer_with_one_session();
    let mariadb = support::mariadb();
    let other = mariadb.new_database();
    mariadb.shell(
        "",
        "CREATE USER lonely@'%' IDENTIFIED BY 'one' WITH MAX_USER_CONNECTIONS 1; GRANT ALL ON *.* TO lonely@'%';",
    );
    let limited = format!("mysql://lonely:one@{}:{}/{}", mariadb.address.host, mariadb.address.port, name(&other));
    for url in [lonely, pooler.address.url(name(&url)), limited] {
        let project = Project::new();
        project
            .write("aludel.yaml", &format!("lock: lease\nservices:\n  app:\n    url: \"{url}\"\n    revisions: r\n"));
        project.revision("a1111", "", "CREATE TABLE t (x int);", "DROP TABLE t;");
        let refused = project.json(&["upgrade", "head", "--lock-timeout", "2"]);
        let error = &refused["error"];
        assert_eq!(error["code"], "connection-failed", "{url}: {refused}");
        assert!(error["message"].as_str().unwrap().contains("needs two connections"), "{url}: {refused}");
        assert!(error["hints"].to_string().contains("default_pool_size"), "{url}: {refused}");
        project.write("aludel.yaml", &format!("services:\n  app:\n    url: \"{url}\"\n    revisions: r\n"));
        for arguments in [&["upgrade", "head"][..], &["downgrade", "base", "--yes"]] {
            // The session before may still be ending on the server.
            until(&format!("{arguments:?} with one connection"), || project.run(arguments).status == 0);
        }
    }
}

#[test]
fn a_role_whose_transactions_are_serializable_runs_under_a_lease() {
    let (project, url) = direct(Kind::Postgres);
    let database = name(&url);
    support::postgres()
        .shell("", &format!("ALTER DATABASE \"{database}\" SET default_transaction_isolation = serializable;"));
    project.revision("a1111", "", "CREATE TABLE t (x int primary key);", "");
    project.revision("a2222", "a1111", "INSERT INTO t SELECT generate_series(1, 100);", "");
    // Takes longer than the lease, which is renewed meanwhile in transactions that see each other.
    project.revision("a3333", "a2222", "UPDATE t SET x = x + 1000;\nSELECT pg_sleep(4);", "");
    project.revision_with("a4444", "a3333", "-- transaction: false", "CREATE INDEX CONCURRENTLY t_x ON t (x);", "");
    let runners = [0, 1, 2].map(|_| start(&project));
    for run in runners.map(|runner| Run::of(runner.wait_with_output().unwrap())) {
        assert_eq!(run.status, 0, "{}", run.stderr);
    }
    assert_eq!(project.shell(Kind::Postgres, &url, "SELECT count(*) FROM aludel_version_history;"), "4");
    assert_eq!(project.shell(Kind::Postgres, &url, "SELECT min(x) FROM t;"), "1001");
}

#[test]
fn a_batch_with_a_syntax_error_is_located_in_its_file_under_a_lease() {
    for kind in [Kind::Postgres, Kind::Mariadb] {
        let (project, _) = direct(kind);
        project.revision("a1111", "", "CREATE TABLE led (id INT PRIMARY KEY);\nINSERT INTO led VALUES (1);", "");
        let update = "-- @batch table=led key=id\nUPDATE led SET id = = 1 WHERE id BETWEEN :low AND :high;";
        project.revision_with("b1111", "a1111", "-- transaction: false", update, "");
        let refused = project.json(&["upgrade", "head"]);
        assert_eq!(refused["error"]["code"], "statement-failed", "{kind:?} {refused}");
        assert_eq!(refused["error"]["line"], 6, "{kind:?} {refused}");
    }
}
