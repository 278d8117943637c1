//! A silent network: packets are lost, and no connection is closed.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::support;
use crate::support::Address;
use crate::support::project::{Kind, Project, Run, until};

/// Proxy in front of `server` that can fall silent: then it drops all data, also that of new connections.
struct Way {
    port: u16,
    is_silent: Arc<AtomicBool>,
}

/// What a silent proxy still passes on.
#[derive(Clone, Copy, PartialEq)]
enum Silence {
    Nothing,
    /// The ends of connections, and all of those that are opened afterwards.
    Later,
}

impl Way {
    fn to(server: &Address, silence: Silence) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let (port, is_silent) = (listener.local_addr().unwrap().port(), Arc::new(AtomicBool::new(false)));
        let (host, to, is_quiet) = (server.host.clone(), server.port, Arc::clone(&is_silent));
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let is_affected = silence == Silence::Nothing || !is_quiet.load(Ordering::SeqCst);
                let upstream = TcpStream::connect((host.as_str(), to)).unwrap();
                for (from, to) in [(&client, &upstream), (&upstream, &client)] {
                    let (from, to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
                    let quiet = if is_affected { Arc::clone(&is_quiet) } else { Arc::default() };
                    std::thread::spawn(move || pass_on(from, to, &quiet, silence));
                }
            }
        });
        Self { port, is_silent }
    }
}

fn pass_on(mut from: TcpStream, mut to: TcpStream, is_quiet: &AtomicBool, silence: Silence) {
    let mut bytes = [0; 4096];
    while let Ok(count @ 1..) = from.read(&mut bytes) {
        if !is_quiet.load(Ordering::SeqCst) && to.write_all(&bytes[..count]).is_err() {
            return;
        }
    }
    if silence == Silence::Later || !is_quiet.load(Ordering::SeqCst) {
        let _ = to.shutdown(std::net::Shutdown::Write);
    }
}

#[test]
fn one_signal_ends_a_runner_whose_server_has_fallen_silent() {
    let (project, url) = Project::with_database(Kind::Postgres);
    let server = support::postgres();
    let way = Way::to(&server.address, Silence::Nothing);
    let name = url.split('?').next().unwrap().rsplit('/').next().unwrap();
    let address = Address { host: "127.0.0.1".to_owned(), port: way.port, ..server.address.clone() };
    project.revision("a1111", "", "SELECT pg_sleep(3600);", "");
    let mut command = project.command(&["upgrade", "head", "--url", &address.url(name)]);
    let runner = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let runs = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND query LIKE '%pg_sleep(3600)%';";
    until("the statement to run", || project.shell(Kind::Postgres, &url, runs) == "1");
    way.is_silent.store(true, Ordering::SeqCst);
    std::process::Command::new("kill").args(["-TERM", &runner.id().to_string()]).status().unwrap();
    // Waits for the end of the process, so the test would hang if the runner did not stop.
    let run = Run::of(runner.wait_with_output().unwrap());
    assert_eq!(run.status, 1, "{}", run.stderr);
    assert!(
        run.stderr.contains("error[connection-lost]") && run.stderr.contains("the server does not respond"),
        "{}",
        run.stderr
    );
}

#[test]
fn one_signal_ends_a_runner_whose_statement_was_stopped_without_an_answer() {
    let (project, url) = Project::with_database(Kind::Mariadb);
    let server = support::mariadb();
    let way = Way::to(&server.address, Silence::Later);
    let name = url.split('?').next().unwrap().rsplit('/').next().unwrap();
    let address = Address { host: "127.0.0.1".to_owned(), port: way.port, ..server.address.clone() };
    project.revision("a1111", "", "DO SLEEP(3601);", "");
    let mut command = project.command(&["upgrade", "head", "--url", &address.url(name)]);
    let runner = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let runs = "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE INFO LIKE '%DO SLEEP(3601)%' AND ID <> CONNECTION_ID();";
    until("the statement to run", || project.shell(Kind::Mariadb, &url, runs) == "1");
    way.is_silent.store(true, Ordering::SeqCst);
    std::process::Command::new("kill").args(["-TERM", &runner.id().to_string()]).status().unwrap();
    // Waits for the end of the process, so the test would hang if the runner did not stop.
    let run = Run::of(runner.wait_with_output().unwrap());
    assert_eq!(run.status, 1, "{}", run.stderr);
    assert!(run.stderr.contains("error[connection-lost]"), "{}", run.stderr);
}

#[test]
fn the_servers_side_of_the_session_gives_a_silent_network_up_too() {
    let (project, url) = Project::with_database(Kind::Postgres);
    let idle = "CREATE TABLE seen AS SELECT current_setting('tcp_keepalives_idle') AS idle, inet_client_addr() IS NULL AS is_local;";
    project.revision("a1111", "", idle, "");
    project.ok(&["upgrade", "head"]);
    let seen = project.shell(Kind::Postgres, &url, "SELECT idle IN ('60') OR is_local FROM seen;");
    assert_eq!(seen, "t");
}
