//! Faults, one at a time at every possible point: the runner is killed, its connection cut, the server crashed, the
//! disk full, eight runners at once. Afterwards the same command is repeated: the result equals that of an undisturbed
//! run, nothing ran twice, and no lock is left.
//!
//! `ALUDEL_SOAK=N` repeats everything N times.

mod durability;
mod groups;
mod promotion;
mod proxy;
mod story;

use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use crate::support;
use crate::support::Server;
use crate::support::cases::{say, share};
use crate::support::project::{Kind, Project, Run, until};
use proxy::{Proxy, Strike, When};
use story::Story;

/// Number of repetitions of the whole suite.
fn rounds() -> usize {
    std::env::var("ALUDEL_SOAK").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(1)
}

/// Number of injected and survived faults, for the last line of output.
#[derive(Default)]
struct Tally {
    injected: AtomicUsize,
    survived: AtomicUsize,
}

impl Tally {
    fn injected(&self) {
        self.injected.fetch_add(1, Ordering::Relaxed);
    }

    fn survived(&self) {
        self.survived.fetch_add(1, Ordering::Relaxed);
    }

    fn told(&self, what: &str) {
        let (injected, survived) = (self.injected.load(Ordering::Relaxed), self.survived.load(Ordering::Relaxed));
        // Written to stderr directly, because the test harness captures the output of `eprintln!`.
        use std::io::Write as _;
        let _ = writeln!(std::io::stderr(), "faults: {what}: {injected} injected, {survived} survived");
        assert_eq!(injected, survived, "{what}");
        assert!(injected > 0, "{what}: no fault was injected");
    }
}

/// Fault that is injected into a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    /// The runner is killed with SIGKILL.
    Kill,
    /// The runner's connection is cut.
    Cut,
    /// The server crashes and is restarted.
    Crash,
}

/// Runs a command through a proxy that injects `what` at message `at`. Returns the proxy too.
fn disturbed(
    story: &Story,
    server: &'static Server,
    url: &str,
    arguments: &[&str],
    (at, when, what): (usize, When, What),
) -> (Proxy, Run) {
    let pid = Arc::new(Mutex::new(0_u32));
    let held = pid.lock().unwrap();
    let victim = Arc::clone(&pid);
    let strike: Strike = Arc::new(move || match what {
        What::Kill => kill(*victim.lock().unwrap()),
        What::Cut => {}
        What::Crash => server.crash(),
    });
    let place = (server.address.host.clone(), server.address.port);
    let proxy = Proxy::start(place, at, when, strike);
    let name = url.split('?').next().unwrap().rsplit('/').next().unwrap();
    let address = support::Address { host: "127.0.0.1".to_owned(), port: proxy.port, ..server.address.clone() };
    let mut command = story.project.command(arguments);
    command.args(["--url", &address.url(name)]).stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().unwrap();
    let mut held = held;
    *held = child.id();
    drop(held);
    let output = child.wait_with_output().unwrap();
    let status = output.status.code().unwrap_or(-9);
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    (proxy, Run { status, stdout: text(output.stdout), stderr: text(output.stderr) })
}

fn kill(pid: u32) {
    let _ = Command::new("kill").args(["-KILL", &pid.to_string()]).status();
}

/// Repeats the command, as a user would, and returns the resulting state.
fn recover(story: &Story, url: &str, arguments: &[&str]) -> Result<String, String> {
    let run = story.project.run(&[arguments, &["--url", url]].concat());
    if run.status != 0 {
        return Err(run.stderr);
    }
    // Nothing is left to do, and the lock is free.
    let again = story.project.run(&[arguments, &["--url", url, "--lock-timeout", "0"]].concat());
    if again.status != 0 || !again.stderr.contains("nothing to do") {
        return Err(format!("not at rest: {}", again.stderr));
    }
    Ok(story.picture(url))
}

/// Injects each fault of `ways` at every message of `arguments`, or at every `stride`th one.
fn at_every_message(
    kind: Kind,
    server: &'static Server,
    arguments: &[&str],
    ways: &[(When, What)],
    (stride, tally): (usize, &Tally),
) {
    let story = Story::new(kind, Some(server));
    let is_downgrade = arguments.first() == Some(&"downgrade");
    let fresh = || {
        let url = server.new_database();
        if is_downgrade {
            let run = story.project.run(&["upgrade", "heads", "--url", &url]);
            assert_eq!(run.status, 0, "{}", run.stderr);
        }
        url
    };
    let url = fresh();
    let (proxy, run) = disturbed(&story, server, &url, arguments, (0, When::Before, What::Cut));
    assert_eq!(run.status, 0, "{}", run.stderr);
    let (messages, expected) = (proxy.messages(), story.picture(&url));
    for at in (1..=messages).step_by(stride * share()) {
        for (when, what) in ways {
            let url = fresh();
            let (proxy, run) = disturbed(&story, server, &url, arguments, (at, *when, *what));
            if !proxy.has_struck() {
                // Messages at the end, which are not waited for, may arrive together with the one before them.
                assert!(run.status == 0 && at + 2 > messages, "{at} of {messages}: {}", run.stderr);
                assert_eq!(story.picture(&url), expected, "{}", run.stderr);
                continue;
            }
            tally.injected();
            let case = format!("{kind:?} {arguments:?}: {what:?} {when:?} message {at} of {messages}");
            match recover(&story, &url, arguments) {
                Ok(picture) => assert_eq!(picture, expected, "{case}\n{}", run.stderr),
                Err(error) => panic!("{case}\n{}\nthen\n{error}", run.stderr),
            }
            tally.survived();
        }
    }
}

const KILLS: [(When, What); 3] = [(When::Before, What::Kill), (When::During, What::Kill), (When::After, What::Kill)];
const CUTS: [(When, What); 2] = [(When::During, What::Cut), (When::After, What::Cut)];
const CRASHES: [(When, What); 2] = [(When::During, What::Crash), (When::After, What::Crash)];

fn killed_and_cut(kind: Kind, server: &'static Server) {
    let tally = Tally::default();
    for _ in 0..rounds() {
        at_every_message(kind, server, &["upgrade", "heads"], &KILLS, (1, &tally));
        at_every_message(kind, server, &["upgrade", "heads"], &CUTS, (1, &tally));
        at_every_message(kind, server, &["downgrade", "base", "--yes"], &KILLS, (2, &tally));
    }
    tally.told(&format!("{kind:?}, runner killed or connection cut"));
}

#[test]
fn postgres_killed_or_cut_at_every_message() {
    killed_and_cut(Kind::Postgres, support::postgres());
}

#[test]
fn mariadb_killed_or_cut_at_every_message() {
    killed_and_cut(Kind::Mariadb, support::mariadb());
}

fn crashed(kind: Kind, server: Server, stride: usize) {
    let server: &'static Server = Box::leak(Box::new(server));
    let tally = Tally::default();
    for _ in 0..rounds() {
        at_every_message(kind, server, &["upgrade", "heads"], &CRASHES, (stride, &tally));
    }
    tally.told(&format!("{kind:?}, server crashed"));
    server.stop();
}

#[test]
fn postgres_crashes_and_comes_back() {
    let settings = vec![("synchronous_commit".to_owned(), "on".to_owned())];
    let options = support::PostgresOptions { settings, ..support::PostgresOptions::default() };
    crashed(Kind::Postgres, support::start_postgres(&options), 2);
}

#[test]
fn mariadb_crashes_and_comes_back() {
    // This test needs durable commits, which the servers of the other tests do not have.
    crashed(Kind::Mariadb, support::start_mariadb_with(&["--innodb-flush-log-at-trx-commit=1"]), 3);
}

/// Starts eight runners at once on one database and kills half of them.
fn eight_at_once(kind: Kind, server: &'static Server) {
    let tally = Tally::default();
    let story = Story::new(kind, Some(server));
    let url = server.new_database();
    let (proxy, _) = disturbed(&story, server, &url, &["upgrade", "heads"], (0, When::Before, What::Cut));
    let (messages, expected) = (proxy.messages(), story.picture(&url));
    for round in 0..4 * rounds() {
        let url = server.new_database();
        std::thread::scope(|scope| {
            for runner in 0..8 {
                let at = if runner % 2 == 0 { 1 + (round * 5 + runner * 7) % messages } else { 0 };
                let (story, url, tally) = (&story, &url, &tally);
                scope.spawn(move || {
                    let (proxy, _) =
                        disturbed(story, server, url, &["upgrade", "heads"], (at, When::During, What::Kill));
                    if proxy.has_struck() {
                        tally.injected();
                        tally.survived();
                    }
                });
            }
        });
        let picture = recover(&story, &url, &["upgrade", "heads"]).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(picture, expected);
    }
    tally.told(&format!("{kind:?}, eight runners, half of them killed"));
}

#[test]
fn postgres_with_eight_runners() {
    eight_at_once(Kind::Postgres, support::postgres());
}

#[test]
fn mariadb_with_eight_runners() {
    eight_at_once(Kind::Mariadb, support::mariadb());
}

/// Runs the binary with a file size limit of `blocks` kilobytes. A write beyond it kills the process, or, if `is_full`,
/// fails like a write to a full disk.
fn with_little_room(project: &Project, url: &str, arguments: &[&str], blocks: u32, is_full: bool) -> Run {
    let trap = if is_full { "trap '' XFSZ; " } else { "" };
    let script = format!("{trap}ulimit -S -f {blocks}; exec \"$0\" \"$@\"");
    let inner = project.command(arguments);
    let mut command = Command::new("bash");
    command.args(["-c", &script]).arg(inner.get_program()).args(inner.get_args()).args(["--url", url]);
    command.current_dir(project.path("")).env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command.env("NO_COLOR", "1").env("HOME", project.path("")).stdin(Stdio::null());
    let output = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    Run { status: output.status.code().unwrap_or(-9), stdout: text(output.stdout), stderr: text(output.stderr) }
}

fn sqlite_url(story: &Story) -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    format!("sqlite:{}", story.project.path(&format!("{number}.db")).display())
}

#[test]
fn sqlite_killed_or_full_at_every_page() {
    let tally = Tally::default();
    let story = Story::new(Kind::Sqlite, None);
    let whole = sqlite_url(&story);
    story.project.ok(&["upgrade", "heads", "--url", &whole]);
    let expected = story.picture(&whole);
    let size = std::fs::metadata(whole.trim_start_matches("sqlite:")).unwrap().len();
    let most = u32::try_from(size / 1024).unwrap();
    for _ in 0..rounds() {
        for blocks in (1..most).step_by(2) {
            for is_full in [false, true] {
                let url = sqlite_url(&story);
                tally.injected();
                let run = with_little_room(&story.project, &url, &["upgrade", "heads"], blocks, is_full);
                let is_whole = run.stderr.contains("the schema could not be saved");
                assert_eq!(run.status == 0, is_whole, "{blocks} of {most}: {}", run.stderr);
                match recover(&story, &url, &["upgrade", "heads"]) {
                    Ok(picture) => assert_eq!(picture, expected, "{blocks} of {most}: {}", run.stderr),
                    Err(error) => panic!("{blocks} of {most}: {}\nthen\n{error}", run.stderr),
                }
                tally.survived();
            }
        }
    }
    tally.told("Sqlite, runner killed at a write or disk full");
}

#[test]
fn sqlite_killed_at_any_time() {
    let tally = Tally::default();
    let story = Story::new(Kind::Sqlite, None);
    let whole = sqlite_url(&story);
    let start = std::time::Instant::now();
    story.project.ok(&["upgrade", "heads", "--url", &whole]);
    let (took, expected) = (start.elapsed(), story.picture(&whole));
    for round in 0..60 * u32::try_from(rounds()).unwrap() {
        let url = sqlite_url(&story);
        let mut command = story.project.command(&["upgrade", "heads", "--url", &url]);
        let mut runner = command.stderr(Stdio::null()).stdout(Stdio::null()).spawn().unwrap();
        // The fault is the moment of the kill: sixty moments spread over the duration of the run.
        std::thread::sleep(took * (round % 60) / 60);
        tally.injected();
        let _ = runner.kill();
        runner.wait().unwrap();
        let picture = recover(&story, &url, &["upgrade", "heads"]).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(picture, expected);
        tally.survived();
    }
    tally.told("Sqlite, runner killed at any time");
}

#[test]
fn sqlite_with_eight_runners() {
    let tally = Tally::default();
    let story = Story::new(Kind::Sqlite, None);
    let whole = sqlite_url(&story);
    story.project.ok(&["upgrade", "heads", "--url", &whole]);
    let expected = story.picture(&whole);
    for round in 0..4 * rounds() {
        let url = sqlite_url(&story);
        let mut runners: Vec<_> = (0..8)
            .map(|_| {
                let mut command = story.project.command(&["upgrade", "heads", "--url", &url]);
                command.stderr(Stdio::null()).stdout(Stdio::null()).spawn().unwrap()
            })
            .collect();
        for runner in runners.iter_mut().skip(round % 2).step_by(2) {
            tally.injected();
            let _ = runner.kill();
            tally.survived();
        }
        for mut runner in runners {
            runner.wait().unwrap();
        }
        let picture = recover(&story, &url, &["upgrade", "heads"]).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(picture, expected);
    }
    tally.told("Sqlite, eight runners, half of them killed");
}

/// Limits the size of the server's files to `bytes` (`None`: unlimited). Writes beyond the limit fail, like those to a
/// full disk.
fn limit_files(server: &Server, bytes: Option<u64>) {
    let limit = bytes.map_or_else(|| "unlimited".to_owned(), |bytes| bytes.to_string());
    // New backends inherit the limit. It is set as the server's user, because root may not be allowed to in a
    // container.
    let mut command = match support::server_user() {
        Some(user) => {
            let mut command = Command::new("setpriv");
            command.args([format!("--reuid={user}"), format!("--regid={user}")]).args(["--clear-groups", "prlimit"]);
            command
        }
        None => Command::new("prlimit"),
    };
    let pid = server.pid().to_string();
    let limited = command.args(["--pid", &pid, &format!("--fsize={limit}:unlimited")]).status();
    assert!(limited.is_ok_and(|status| status.success()), "prlimit (util-linux) is needed here");
}

#[test]
fn postgres_on_a_full_disk() {
    let server: &'static Server = Box::leak(Box::new(support::start_postgres(&support::PostgresOptions::default())));
    let tally = Tally::default();
    let story = Story::with_much_data(Kind::Postgres, server);
    let url = server.new_database();
    story.project.ok(&["upgrade", "heads", "--url", &url]);
    let expected = story.picture(&url);
    // WAL segments have 16 MiB; the table of the story grows beyond 40 MiB.
    for megabytes in [17, 20, 24, 28, 32, 36] {
        let url = server.new_database();
        limit_files(server, Some(megabytes * 1024 * 1024));
        tally.injected();
        let run = story.project.run(&["upgrade", "heads", "--url", &url]);
        limit_files(server, None);
        assert_ne!(run.status, 0, "{megabytes} MB: {}", run.stderr);
        let picture = recover(&story, &url, &["upgrade", "heads"])
            .unwrap_or_else(|error| panic!("{megabytes} MB: {}\nthen\n{error}", run.stderr));
        assert_eq!(picture, expected, "{megabytes} MB: {}", run.stderr);
        tally.survived();
    }
    tally.told("Postgres, disk full");
    server.stop();
}

/// A server whose tables share 48 MiB.
fn small_mariadb() -> Server {
    support::start_mariadb_with(&[
        "--innodb-file-per-table=0",
        "--innodb-data-file-path=ibdata1:12M:autoextend:max:48M",
    ])
}

const FILLER: &str = "CREATE TABLE filler (id INT AUTO_INCREMENT PRIMARY KEY, x LONGBLOB);";
const MEGABYTE: &str = "INSERT INTO filler (x) VALUES (REPEAT('x', 1000000));";

#[test]
fn mariadb_on_a_full_disk() {
    let tally = Tally::default();
    let server = small_mariadb();
    // MySQL has some of its own data elsewhere, so that more fits.
    let url = server.new_database();
    server.shell(&url, FILLER);
    let most = (0..48).take_while(|_| server.try_shell(&url, MEGABYTE).is_ok()).count();
    if server.try_shell(&url, "SELECT 1;").is_err() {
        say("a full disk: this server ends itself when its tables have no more space");
        return;
    }
    server.stop();
    for filler in [most - 9, most - 6, most - 2] {
        // The space of dropped tables is released only after a while, so each round has its own server.
        let server: &'static Server = Box::leak(Box::new(small_mariadb()));
        let story = Story::with_much_data(Kind::Mariadb, server);
        let url = server.new_database();
        server.shell(&url, &format!("{FILLER}{}", MEGABYTE.repeat(filler)));
        tally.injected();
        let run = story.project.run(&["upgrade", "heads", "--url", &url]);
        assert_ne!(run.status, 0, "{filler}: {}", run.stderr);
        assert!(run.stderr.contains("free some space first"), "{}", run.stderr);
        // Free space for the retry, as an operator would.
        server.shell(&url, "DROP TABLE filler;");
        until("the table to fit", || recover(&story, &url, &["upgrade", "heads"]).is_ok());
        assert_eq!(server.shell(&url, "SELECT count(*), (SELECT n FROM n) FROM big;"), "12000\t1112");
        tally.survived();
        server.stop();
    }
    tally.told("Mariadb, disk full");
}
