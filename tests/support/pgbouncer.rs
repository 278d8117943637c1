//! pgbouncer in front of a PostgreSQL server. It ends with the tests.

use std::time::{Duration, Instant};

use super::guard::{Guard, Lifetime};
use super::{Address, Server, postgres};

/// Starts a pooler in transaction mode with a few sessions, each transaction in the next one.
pub(super) fn start(server: &Server) -> Server {
    start_with(server, "pool_mode = transaction\ndefault_pool_size = 6\nserver_round_robin = 1")
}

/// Starts a pooler in session mode with one session, which belongs to one client until that client disconnects.
pub(super) fn start_with_one_session(server: &Server) -> Server {
    start_with(server, "pool_mode = session\ndefault_pool_size = 1")
}

fn start_with(server: &Server, pool: &str) -> Server {
    for _ in 0..5 {
        if let Some(pooler) = try_start(server, pool) {
            return pooler;
        }
    }
    panic!("pgbouncer did not start on any of five free ports");
}

fn try_start(server: &Server, pool: &str) -> Option<Server> {
    let folder = super::temporary_folder();
    let port = super::free_port();
    let settings = format!(
        "[databases]\n* = host={} port={} user={}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\n\
         unix_socket_dir =\nauth_type = any\n{pool}\n\
         ignore_startup_parameters = extra_float_digits,options\n",
        server.address.host, server.address.port, server.address.user
    );
    let file = folder.join("pgbouncer.ini");
    std::fs::write(&file, settings).expect("pgbouncer.ini");
    postgres::hand_over(&folder);
    postgres::hand_over(&file);
    let program = super::find_program(&["pgbouncer"], &[]).unwrap_or_else(|| super::missing("pgbouncer", "pgbouncer"));
    let mut command = postgres::as_server(&program);
    command.arg(&file);
    let guard = Guard::start(Lifetime::Program, &folder, "KILL", &command);
    let address = Address::parse(&format!("postgres://postgres@127.0.0.1:{port}/postgres"));
    let mut pooler = Server { address, folder: Some(folder), guard: Some(guard) };
    let give_up = Instant::now() + Duration::from_secs(30);
    while Instant::now() < give_up {
        match pooler.try_shell("", "SELECT 1;") {
            Ok(_) => return Some(pooler),
            Err(_) if pooler.guard.as_mut().is_some_and(Guard::has_ended) => return None,
            Err(_) => std::thread::sleep(Duration::from_millis(20)),
        }
    }
    panic!("pgbouncer does not answer:\n{}", pooler.log());
}
