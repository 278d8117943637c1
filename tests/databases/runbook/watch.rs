//! `watch`: repeats its checks, and ends at the first failed one.

use std::process::Stdio;
use std::time::{Duration, Instant};

use super::*;
use crate::support::on_each_database;
use crate::support::project::{Run, until};

on_each_database! {
    a_quiet_database_is_well,
    a_breach_ends_the_watch_with_3,
    a_breach_is_rolled_back_when_asked_to,
    an_interrupt_ends_the_watch_well,
}

const USERS: &str = "CREATE TABLE users (id int PRIMARY KEY, email varchar(40));";
const ADULTS: &str = "checks:\n  - {name: adults, query: SELECT id FROM users WHERE id > 5}";

fn a_quiet_database_is_well(kind: Kind) {
    let (project, _) = project(kind, ADULTS);
    project.revision("aaaa", "", USERS, "DROP TABLE users;");
    project.ok(&["upgrade", "head"]);
    let document = project.json(&["watch", "--for", "150ms", "--every", "50ms"]);
    let service = &document["services"][0];
    assert_eq!(service["ok"], true, "{document}");
    assert!(service["rounds"].as_u64().unwrap() >= 2, "{document}");
    let tables: Vec<_> =
        service["sizes"].as_array().unwrap().iter().map(|size| size["table"].as_str().unwrap()).collect();
    assert!(tables.contains(&"users"), "{tables:?}");
    assert_eq!(service["connections"].is_null(), kind == Kind::Sqlite);
    let text = project.ok(&["watch", "--for", "0s", "--report", "w.md"]);
    assert!(text.contains("indexes") && text.contains("users"), "{text}");
    assert!(std::fs::read_to_string(project.path("w.md")).unwrap().contains("no breach"));
}

fn a_breach_ends_the_watch_with_3(kind: Kind) {
    let (project, url) = project(kind, ADULTS);
    project.revision("aaaa", "", USERS, "DROP TABLE users;");
    project.ok(&["upgrade", "head"]);
    let mut watch = project.command(&["watch", "--for", "10m", "--every", "20ms"]);
    let child = watch.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    project.shell(kind, &url, "INSERT INTO users VALUES (7, 'x');");
    let run = Run::of(child.wait_with_output().unwrap());
    assert_eq!(run.status, 3, "{}{}", run.stdout, run.stderr);
    assert!(
        run.stderr.contains("BREACH: 1 of 1 checks") && run.stdout.contains("WRONG  check adults"),
        "{}",
        run.stdout
    );
}

fn a_breach_is_rolled_back_when_asked_to(kind: Kind) {
    let (project, url) = project(kind, "checks:\n  - {name: never, query: SELECT 1 AS one}");
    project.revision("aaaa", "", USERS, "DROP TABLE users;");
    project.revision("bbbb", "aaaa", "INSERT INTO users VALUES (1, 'a');", "DELETE FROM users;");
    project.ok(&["upgrade", "head"]);
    let rows = || project.shell(kind, &url, "SELECT version_num FROM aludel_version;");
    let run = project.run(&["watch", "--rollback-on-breach"]);
    assert_eq!(run.status, 3, "{}", run.stderr);
    assert!(run.stdout.contains("bbbb deletes rows of users (1 row)"), "{}", run.stdout);
    assert_eq!(rows(), "bbbb");
    let run = project.run(&["watch", "--rollback-on-breach=aaaa", "--yes"]);
    assert_eq!(run.status, 3, "{}", run.stderr);
    assert!(run.stdout.contains("rolled back 1 revision, now at aaaa"), "{}{}", run.stdout, run.stderr);
    assert_eq!(rows(), "aaaa");
}

fn an_interrupt_ends_the_watch_well(kind: Kind) {
    let (project, _) = project(kind, ADULTS);
    project.revision("aaaa", "", USERS, "DROP TABLE users;");
    project.ok(&["upgrade", "head"]);
    let log = std::fs::File::create(project.path("log")).unwrap();
    let mut command = project.command(&["watch", "--for", "10m", "--every", "5m"]);
    let child = command.stdout(Stdio::piped()).stderr(log).spawn().unwrap();
    until("the first look", || std::fs::read_to_string(project.path("log")).unwrap().contains("ok, 1 check"));
    let begun = Instant::now();
    std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    let run = Run::of(child.wait_with_output().unwrap());
    assert_eq!(run.status, 0, "{}", run.stdout);
    assert!(run.stdout.contains("1 look"), "{}", run.stdout);
    assert!(begun.elapsed() < Duration::from_secs(20));
}

#[test]
fn a_session_that_waits_for_a_lock_is_a_breach() {
    let (project, url) = project(Kind::Postgres, "");
    project.revision("aaaa", "", USERS, "DROP TABLE users;");
    project.ok(&["upgrade", "head"]);
    let connect = || url.parse::<::postgres::Config>().unwrap().connect(::postgres::NoTls).unwrap();
    let (mut holder, mut waiter) = (connect(), connect());
    holder.batch_execute("BEGIN; LOCK TABLE users").unwrap();
    let waiting = std::thread::spawn(move || waiter.batch_execute("TRUNCATE users"));
    let document = project.json(&["watch", "--for", "10m", "--every", "20ms", "--max-wait", "0"]);
    let service = &document["services"][0];
    assert_eq!(service["ok"], false, "{document}");
    assert_eq!(service["waiting"]["rows"][0][4], "TRUNCATE users");
    assert_eq!(service["waiting"]["rows"][0][7], "BEGIN; LOCK TABLE users");
    holder.batch_execute("ROLLBACK").unwrap();
    waiting.join().unwrap().unwrap();
}

#[test]
fn a_long_query_is_a_breach() {
    let (project, url) = project(Kind::Mariadb, "");
    project.revision("aaaa", "", USERS, "DROP TABLE users;");
    project.ok(&["upgrade", "head"]);
    let sleeper = url.clone();
    let sleeping = std::thread::spawn(move || {
        let mut conn = ::mysql::Conn::new(::mysql::Opts::from_url(&sleeper).unwrap()).unwrap();
        ::mysql::prelude::Queryable::query_drop(&mut conn, "SELECT SLEEP(600) AS napping")
    });
    let document = project.json(&["watch", "--for", "10m", "--every", "50ms", "--max-query", "1s"]);
    let rows = &document["services"][0]["long_queries"]["rows"];
    assert_eq!(rows[0][5], "SELECT SLEEP(600) AS napping", "{document}");
    Kind::Mariadb.server().unwrap().shell(&url, &format!("KILL {}", rows[0][0].as_str().unwrap()));
    assert!(sleeping.join().unwrap().is_err());
}
