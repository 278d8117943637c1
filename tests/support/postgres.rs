//! PostgreSQL server from the binaries in `ALUDEL_TEST_POSTGRES_BIN`, or from the newest installed ones.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use super::guard::{Guard, Lifetime};
use super::{Address, Server};

/// Special settings of a server.
#[derive(Default)]
pub struct Options {
    /// Additional settings, such as (`ssl`, `on`).
    pub settings: Vec<(String, String)>,
    /// Lines of `pg_hba.conf` before the default ones.
    pub hba: Vec<String>,
    /// Files to write into the data folder before the start (certificates), readable only by the server.
    pub files: Vec<(String, Vec<u8>)>,
    /// True for files on a disk, where a sync takes its time, instead of in memory.
    pub on_disk: bool,
}

/// Settings for speed instead of durability: the data does not outlive the test.
const FAST: &[(&str, &str)] = &[
    ("fsync", "off"),
    ("synchronous_commit", "off"),
    ("full_page_writes", "off"),
    ("autovacuum", "off"),
    ("max_connections", "200"),
    ("shared_buffers", "64MB"),
    ("listen_addresses", "127.0.0.1"),
];

/// The user `locked` needs its password (`pass@word/%`); all other users are trusted.
const HBA: &str = "host all locked all scram-sha-256\nlocal all all trust\nhost all all all trust\n";

/// Starts a server. The user `postgres` is a superuser.
pub(super) fn start(lifetime: Lifetime<'_>, options: &Options) -> Server {
    for _ in 0..5 {
        let folder = if options.on_disk { super::disk_folder() } else { super::temporary_folder() };
        make_data(&folder, options);
        // PostgreSQL up to 13 hashes passwords with MD5 by default, which does not match pg_hba.conf.
        let made = "SET password_encryption = 'scram-sha-256'; DO $$BEGIN CREATE ROLE locked LOGIN SUPERUSER PASSWORD 'pass@word/%'; END$$;";
        if let Some(server) = try_start(lifetime, &folder, options, made) {
            return server;
        }
    }
    panic!("PostgreSQL did not start on any of five free ports");
}

/// Starts a streaming replica of `primary`, whose `pg_hba.conf` must allow it (`host replication all all trust`).
pub(super) fn start_replica(primary: &Server, options: &Options) -> Server {
    for _ in 0..5 {
        let folder = super::temporary_folder();
        hand_over(&folder);
        let mut command = as_server(&program("pg_basebackup"));
        let Address { host, port, user, .. } = &primary.address;
        command.args(["--write-recovery-conf", "--wal-method=stream", "--checkpoint=fast", "--no-sync"]);
        command.arg(format!("--host={host}")).arg(format!("--port={port}")).arg(format!("--username={user}"));
        super::prepare(command.arg("--pgdata").arg(folder.join("data")).current_dir("/"));
        // A server that is older than pg_basebackup refuses parameters that it writes. The last line counts.
        let settings = std::fs::OpenOptions::new().append(true).open(folder.join("data/postgresql.auto.conf"));
        writeln!(settings.expect("a standby's settings"), "primary_conninfo = 'host={host} port={port} user={user}'")
            .expect("to write them");
        if let Some(server) = try_start(Lifetime::Program, &folder, options, "SELECT 1;") {
            return server;
        }
    }
    panic!("the replica did not start on any of five free ports");
}

fn make_data(folder: &Path, options: &Options) {
    let data = folder.join("data");
    hand_over(folder);
    super::template::fill(&data, &program("postgres"), || {
        let mut command = as_server(&program("initdb"));
        command.args(["-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C", "--no-sync", "-D"]).arg(&data);
        super::prepare(command.current_dir("/"));
    });
    for (name, content) in &options.files {
        let file = data.join(name);
        std::fs::write(&file, content).expect("a file in the data folder");
        std::fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o600)).expect("its mode");
        hand_over(&file);
    }
    let hba: String = options.hba.iter().map(|line| format!("{line}\n")).chain([HBA.to_owned()]).collect();
    std::fs::write(data.join("pg_hba.conf"), hba).expect("pg_hba.conf");
}

/// Starts the server and waits until it has executed `first`. Returns `None` if it ended immediately, most likely
/// because another process took the port.
fn try_start(lifetime: Lifetime<'_>, folder: &Path, options: &Options, first: &str) -> Option<Server> {
    let port = super::free_port();
    let mut command = as_server(&program("postgres"));
    command.arg("-D").arg(folder.join("data")).arg("-p").arg(port.to_string()).arg("-k").arg(folder);
    let usual = FAST.iter().map(|(name, value)| format!("{name}={value}"));
    for setting in usual.chain(options.settings.iter().map(|(name, value)| format!("{name}={value}"))) {
        command.arg("-c").arg(setting);
    }
    let guard = Guard::start(lifetime, folder, "QUIT", &command);
    let address = Address::parse(&format!("postgres://postgres@127.0.0.1:{port}/postgres"));
    let mut server = Server { address, folder: Some(folder.to_owned()), guard: Some(guard) };
    let give_up = Instant::now() + Duration::from_secs(60);
    while Instant::now() < give_up {
        match server.try_shell("", first) {
            Ok(_) => return Some(server),
            Err(_) if server.guard.as_mut().is_some_and(Guard::has_ended) => return None,
            Err(_) => std::thread::yield_now(),
        }
    }
    panic!("PostgreSQL does not answer after a minute:\n{}", server.log());
}

/// Returns the path of `name` in the folders of `ALUDEL_TEST_POSTGRES_BIN`, else in the newest
/// `/usr/lib/postgresql/*/bin`, else on the PATH.
pub(super) fn program(name: &str) -> PathBuf {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut folders: Vec<(u32, PathBuf)> = versions
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .collect();
    folders.sort();
    let installed = folders.into_iter().rev().map(|(_, folder)| folder);
    let folders: Vec<PathBuf> = super::given_folders("ALUDEL_TEST_POSTGRES_BIN").into_iter().chain(installed).collect();
    super::find_program(&[name], &folders)
        .unwrap_or_else(|| super::missing(&format!("PostgreSQL's {name}"), "postgresql"))
}

/// Returns a command that runs as the user `postgres` if the current user is root, because PostgreSQL refuses to run as
/// root.
pub(super) fn as_server(program: &Path) -> Command {
    if !super::is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]).arg(program);
    command
}

pub(super) fn hand_over(path: &Path) {
    if super::is_root() {
        super::prepare(Command::new("chown").arg("postgres:").arg(path));
    }
}
