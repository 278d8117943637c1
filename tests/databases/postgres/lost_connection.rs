//! A connection that is lost while revisions are under way behind the one that runs: the message leaves open what the
//! server may have done, and both happen.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::process::Stdio;
use std::sync::{Arc, Mutex};

use super::connect;
use crate::support;
use crate::support::project::{Kind, Project, Run, until};
use crate::support::{Address, Server};
use aludel::database::Database as _;

/// Revisions of the history. The first of a full pipeline waits for a lock, and the others are behind it.
const COUNT: usize = 12;
const WAITING: usize = COUNT - 8;

/// Proxy whose connections can be cut on the side of the client, so that the server goes on with what it has received.
struct Relay {
    port: u16,
    connections: Arc<Mutex<Vec<(TcpStream, TcpStream)>>>,
    received: Arc<Mutex<Vec<u8>>>,
}

impl Relay {
    fn to(server: &Address) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let relay = Self { port, connections: Arc::default(), received: Arc::default() };
        let (connections, received) = (Arc::clone(&relay.connections), Arc::clone(&relay.received));
        let (host, to) = (server.host.clone(), server.port);
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let upstream = TcpStream::connect((host.as_str(), to)).unwrap();
                let pair = || (client.try_clone().unwrap(), upstream.try_clone().unwrap());
                connections.lock().unwrap().push(pair());
                let ((mut from_client, mut to_server), (mut to_client, mut from_server)) = (pair(), pair());
                let received = Arc::clone(&received);
                std::thread::spawn(move || {
                    let mut bytes = [0; 65_536];
                    while let Ok(count @ 1..) = from_client.read(&mut bytes) {
                        if to_server.write_all(&bytes[..count]).is_err() {
                            return;
                        }
                        received.lock().unwrap().extend(&bytes[..count]);
                    }
                });
                std::thread::spawn(move || {
                    let mut bytes = [0; 65_536];
                    while let Ok(count @ 1..) = from_server.read(&mut bytes) {
                        // A client that was cut off gets no more answers, but the server must be able to send them.
                        let _ = to_client.write_all(&bytes[..count]);
                    }
                });
            }
        });
        relay
    }

    /// Returns whether the server has been sent a text.
    fn has_sent(&self, text: &str) -> bool {
        self.received.lock().unwrap().windows(text.len()).any(|bytes| bytes == text.as_bytes())
    }

    fn cut_clients(&self) {
        self.connections.lock().unwrap().iter().for_each(|(client, _)| drop(client.shutdown(Shutdown::Both)));
    }

    fn end(&self) {
        self.connections.lock().unwrap().iter().for_each(|(_, server)| drop(server.shutdown(Shutdown::Both)));
    }
}

fn id(number: usize) -> String {
    format!("a{number:03}")
}

/// Returns the numbers of the tables, of the journal's rows and of the version row: of revisions that were applied.
fn applied(server: &Server, url: &str) -> [String; 3] {
    let numbers = |column: &str, table: &str, rest: &str| {
        server.shell(url, &format!("SELECT string_agg(substr({column}, 2)::int::text, ' ' {rest}) FROM {table};"))
    };
    let tables = "(SELECT relname FROM pg_class WHERE relname ~ '^t[0-9]+$') tables";
    [
        numbers("relname", tables, "ORDER BY substr(relname, 2)::int"),
        numbers("revision", "(SELECT * FROM aludel_version_history WHERE state = 'done') done", "ORDER BY id"),
        numbers("version_num", "aludel_version", ""),
    ]
}

/// What `applied` returns if the first `count` revisions were applied.
fn first(count: usize) -> [String; 3] {
    let all = (0..count).map(|number| number.to_string()).collect::<Vec<_>>().join(" ");
    [all.clone(), all, (count - 1).to_string()]
}

/// Runs a history whose connection is cut on the side of the runner while a revision waits and all others are under way
/// behind it. Then `on_server` decides what the server does with them: it runs on the connection that holds the lock, with
/// the waiting process in the place of `PROCESS`. `expected` is the number of revisions that are applied then.
fn cut_off(on_server: &str, expected: usize) {
    let (project, url) = Project::with_database(Kind::Postgres);
    let server = support::postgres();
    for number in 0..COUNT {
        let down = number.checked_sub(1).map(id).unwrap_or_default();
        let wait = if number == WAITING { "SELECT pg_advisory_xact_lock(13);\n" } else { "" };
        project.revision(&id(number), &down, &format!("{wait}CREATE TABLE t{number} (x int);"), "");
    }
    let mut holder = connect(&url);
    holder.execute("SELECT pg_advisory_lock(13)").unwrap();
    let relay = Relay::to(&server.address);
    let address = Address { host: "127.0.0.1".to_owned(), port: relay.port, ..server.address.clone() };
    let mut command = project.command(&["upgrade", "head", "--url", &address.url(&Address::parse(&url).database)]);
    let runner = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let waiting = "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND objid = 13 AND NOT granted \
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database());";
    until("the revision to wait, and the last one to be sent", || {
        !server.shell(&url, waiting).is_empty() && relay.has_sent(&format!("CREATE TABLE t{}", COUNT - 1))
    });
    let process = server.shell(&url, waiting);
    relay.cut_clients();
    let run = Run::of(runner.wait_with_output().unwrap());
    assert_eq!(run.status, 1, "{}", run.stderr);
    let claims = [
        "error[connection-lost]",
        &format!("(revisions sent behind this one, which may have run too: {})", COUNT - 1 - WAITING),
        "it is not known whether the last statement took effect",
        &id(WAITING),
    ];
    for claim in claims {
        assert!(run.stderr.contains(claim), "{claim}\n{}", run.stderr);
    }
    assert_eq!(applied(server, &url), first(WAITING), "the server has not gone on yet");
    holder.execute(&on_server.replace("PROCESS", &process)).unwrap();
    until("the server to go on", || applied(server, &url) == first(expected));
    relay.end();
    project.ok(&["upgrade", "head"]);
    assert_eq!(applied(server, &url), first(COUNT));
}

#[test]
fn a_server_that_goes_on_applies_the_revisions_behind_the_one_whose_answer_is_lost() {
    cut_off("SELECT pg_advisory_unlock(13)", COUNT);
}

#[test]
fn a_session_that_ends_with_the_connection_applies_nothing_of_what_was_under_way() {
    cut_off("SELECT pg_terminate_backend(PROCESS); SELECT pg_advisory_unlock(13)", WAITING);
}
