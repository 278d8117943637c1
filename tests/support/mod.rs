//! Real servers for tests: started from the installed binaries in a temporary folder, once for each run of the tests, or
//! provided with `ALUDEL_TEST_POSTGRES_URL` and `ALUDEL_TEST_MARIADB_URL` (a user that is allowed to create
//! databases).
//! `ALUDEL_TEST_POSTGRES_BIN` and `ALUDEL_TEST_MARIADB_BIN` list folders of binaries, like a PATH, to use instead.
//!
//! `support::postgres().new_database()` returns the URL of a fresh, empty database. The servers end with `tests/run`
//! (without it: with the test program), however it ends. If a server is not installed, tests panic with installation
//! instructions; they are never skipped.
#![allow(dead_code, unreachable_pub, missing_docs, unused_imports, unused_macros)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod address;
pub mod alembic;
pub mod cases;
pub mod certificates;
mod cluster;
pub mod expected;
pub mod group;
mod guard;
mod mariadb;
mod pgbouncer;
mod postgres;
pub mod project;
mod run;
mod template;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

pub use address::Address;
use guard::{Guard, Lifetime};
pub use postgres::Options as PostgresOptions;

/// Makes of each function, which gets a [`project::Kind`], a test for each database.
macro_rules! on_each_database {
    ($($(#[$attribute:meta])* $name:ident,)*) => {
        mod sqlite {
            $(#[test] $(#[$attribute])* fn $name() { super::$name($crate::support::project::Kind::Sqlite); })*
        }
        mod postgres {
            $(#[test] $(#[$attribute])* fn $name() { super::$name($crate::support::project::Kind::Postgres); })*
        }
        mod mariadb {
            $(#[test] $(#[$attribute])* fn $name() { super::$name($crate::support::project::Kind::Mariadb); })*
        }
    };
}
pub(crate) use on_each_database;

/// PostgreSQL server of this run of the tests.
pub fn postgres() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    let start = |lifetime: Lifetime<'_>| postgres::start(lifetime, &PostgresOptions::default());
    SERVER.get_or_init(|| given("ALUDEL_TEST_POSTGRES_URL").unwrap_or_else(|| run::shared(&program("postgres"), start)))
}

/// Starts a separate PostgreSQL server from the binaries, for tests that need special settings.
pub fn start_postgres(options: &PostgresOptions) -> Server {
    postgres::start(Lifetime::Program, options)
}

/// Starts a streaming replica of a separate PostgreSQL server.
pub fn start_postgres_replica(primary: &Server, options: &PostgresOptions) -> Server {
    postgres::start_replica(primary, options)
}

/// Returns the path of a PostgreSQL program.
pub fn program(name: &str) -> PathBuf {
    postgres::program(name)
}

/// Returns the path of a MariaDB program.
pub fn mariadb_program(name: &str) -> PathBuf {
    mariadb::program(&[name]).unwrap_or_else(|| missing(name, "mariadb-client"))
}

/// MariaDB (or MySQL) server of this run of the tests.
pub fn mariadb() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    let start = |lifetime: Lifetime<'_>| mariadb::start(lifetime, &memory_or_disk(), &[]);
    SERVER.get_or_init(|| given("ALUDEL_TEST_MARIADB_URL").unwrap_or_else(|| run::shared(&mariadb::daemon(), start)))
}

/// Returns `true` if the server of [`mariadb`] is MariaDB, `false` if it is MySQL.
pub fn is_mariadb() -> bool {
    static ANSWER: OnceLock<bool> = OnceLock::new();
    *ANSWER.get_or_init(|| mariadb().shell("", "SELECT VERSION();").contains("MariaDB"))
}

/// Returns the name of the server's own dump program, and a line that such a program of a later version would print for
/// `--version`.
pub fn mysql_dump_program() -> (&'static str, &'static str) {
    if is_mariadb() {
        ("mariadb-dump", "mariadb-dump from 99.1.1-MariaDB, client 10.19 for Linux")
    } else {
        ("mysqldump", "mysqldump  Ver 99.1.1 for Linux on x86_64 (MySQL Community Server - GPL)")
    }
}

/// Starts a separate MariaDB server.
pub fn start_mariadb() -> Server {
    start_mariadb_with(&[])
}

/// Starts a separate MariaDB server with additional settings.
pub fn start_mariadb_with(settings: &[&str]) -> Server {
    mariadb::start(Lifetime::Program, &memory_or_disk(), settings)
}

/// Starts a separate MariaDB server whose files are not in `/dev/shm`, where InnoDB maps its log into memory and never
/// syncs it.
pub fn start_mariadb_on_disk(settings: &[&str]) -> Server {
    mariadb::start(Lifetime::Program, Path::new("/tmp"), settings)
}

/// The two nodes of this test binary's Galera cluster.
pub fn cluster() -> &'static [Server; 2] {
    static NODES: OnceLock<[Server; 2]> = OnceLock::new();
    NODES.get_or_init(cluster::start)
}

/// The two nodes of this test binary's MySQL replication group; `None` if the server is not MySQL with that plugin.
pub fn group(primaries: group::Primaries) -> Option<&'static [Server; 2]> {
    static ONE: OnceLock<Option<[Server; 2]>> = OnceLock::new();
    static ALL: OnceLock<Option<[Server; 2]>> = OnceLock::new();
    let nodes = if primaries == group::Primaries::One { &ONE } else { &ALL };
    nodes.get_or_init(|| group::start(primaries)).as_ref()
}

/// pgbouncer of this test binary, in transaction mode, in front of [`postgres`].
pub fn pgbouncer() -> &'static Server {
    static POOLER: OnceLock<Server> = OnceLock::new();
    POOLER.get_or_init(|| pgbouncer::start(postgres()))
}

/// Starts a separate pgbouncer in session mode, with a single session for all clients, in front of [`postgres`].
pub fn start_pgbouncer_with_one_session() -> Server {
    pgbouncer::start_with_one_session(postgres())
}

/// Runs `sql` with the `sqlite3` shell on the file at `path`. Returns its output, with columns separated by `|`.
pub fn sqlite_shell(path: &Path, sql: &str) -> String {
    try_sqlite_shell(path, sql).unwrap_or_else(|error| panic!("sqlite3: {error}"))
}

/// Like [`sqlite_shell`], but returns the shell's message if it fails.
pub fn try_sqlite_shell(path: &Path, sql: &str) -> Result<String, String> {
    let program = find_program(&["sqlite3"], &[]).unwrap_or_else(|| missing("sqlite3", "sqlite3"));
    feed(Command::new(program).args(["-batch", "-bail", "-cmd", ".timeout 10000"]).arg(path), sql)
}

pub struct Server {
    /// Address, with a user that has all privileges. Its database is only used to create others.
    pub address: Address,
    /// Temporary folder of the server (sockets, data, log); `None` for a server that was provided by its URL.
    pub folder: Option<PathBuf>,
    guard: Option<Guard>,
}

impl Server {
    /// Creates a fresh, empty database and returns its URL.
    pub fn new_database(&self) -> String {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("aludel_test_{}_{number}", std::process::id());
        // Another test program may have had this process number.
        let drop = if self.guard.is_none() { format!("DROP DATABASE IF EXISTS {name};\n") } else { String::new() };
        self.shell("", &format!("{drop}CREATE DATABASE {name};"));
        self.address.url(&name)
    }

    /// Runs `sql` with the server's own client (`psql`, `mariadb`) in `database`: a name, a URL returned by
    /// [`Server::new_database`], or empty for the server's own. Returns the rows without headers, with columns
    /// separated by
    /// `|` (`psql`) or a tab (`mariadb`), without the last newline.
    pub fn shell(&self, database: &str, sql: &str) -> String {
        self.try_shell(database, sql).unwrap_or_else(|error| panic!("{sql}\n{error}"))
    }

    /// Like [`Server::shell`], but returns the client's message if it fails.
    pub fn try_shell(&self, database: &str, sql: &str) -> Result<String, String> {
        let name = database.split('?').next().and_then(|url| url.rsplit('/').next()).unwrap_or_default();
        let mut command = if self.address.is_postgres() { self.psql(name) } else { self.mariadb_client(name) };
        feed(&mut command, sql)
    }

    /// Returns a `psql` command that reads a script from its standard input.
    pub fn psql(&self, name: &str) -> Command {
        let mut command = Command::new(postgres::program("psql"));
        without_environment(&mut command, "PG");
        command.args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-f", "-", "-d"]).arg(self.address.url(name));
        command
    }

    /// Returns the output of `pg_dump --schema-only` for `database`, with additional arguments.
    pub fn dump(&self, database: &str, arguments: &[&str]) -> String {
        let mut command = Command::new(postgres::program("pg_dump"));
        without_environment(&mut command, "PG");
        feed(command.arg("--schema-only").args(arguments).arg("-d").arg(database), "").expect("pg_dump")
    }

    /// Returns `true` if function bodies can be SQL instead of text (PostgreSQL 14 and later).
    pub fn knows_sql_bodies(&self) -> bool {
        let sql = "CREATE FUNCTION pg_temp.one() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1; END;";
        self.try_shell("", sql).is_ok()
    }

    /// Returns a `mariadb` command that reads a script from its standard input.
    pub fn mariadb_client(&self, name: &str) -> Command {
        let client = mariadb::program(&["mariadb", "mysql"]);
        let mut command = Command::new(client.unwrap_or_else(|| missing("mariadb", "mariadb-client")));
        let Address { host, port, user, password, .. } = &self.address;
        command.args(["--no-defaults", "--protocol=tcp", "--batch", "--skip-column-names"]);
        command.arg("--default-character-set=utf8mb4").arg(format!("--host={host}")).arg(format!("--port={port}"));
        command.arg(format!("--user={user}")).env("MYSQL_PWD", password);
        if !self.address.name(name).is_empty() {
            command.arg(self.address.name(name));
        }
        command
    }

    /// Returns the id of the server's process.
    pub fn pid(&self) -> u32 {
        let folder = self.folder.as_ref().expect("a server of one's own");
        let start = std::time::Instant::now();
        loop {
            // The file is empty for a moment before the pid is written.
            let pid = std::fs::read_to_string(folder.join("server-pid")).unwrap_or_default();
            match pid.trim().parse() {
                Ok(pid) => return pid,
                Err(_) => assert!(start.elapsed().as_secs() < 10, "no pid of the server"),
            }
        }
    }

    /// Kills a separate server before the end of the test process.
    pub fn stop(&self) {
        let folder = self.folder.as_ref().expect("a server of one's own");
        let _ = std::fs::remove_file(folder.join("restart"));
        let _ = Command::new("kill").args(["-KILL", &self.pid().to_string()]).status();
    }

    /// Crashes the server and waits until the guard has restarted it.
    pub fn crash(&self) {
        let restart = self.folder.as_ref().expect("a server of one's own").join("restart");
        std::fs::write(restart, "").expect("a file");
        // SIGKILL would end the postmaster only; its backends would survive and keep the shared memory.
        let signal = if self.address.is_postgres() { "-QUIT" } else { "-KILL" };
        let before = self.pid();
        let killed = Command::new("kill").args([signal, &before.to_string()]).status();
        assert!(killed.is_ok_and(|status| status.success()), "the server was gone already");
        let start = std::time::Instant::now();
        let mut reminded = 0;
        while self.pid() == before || self.try_shell("", "SELECT 1;").is_err() {
            assert!(start.elapsed().as_secs() < 120, "the server does not come back:\n{}", self.log());
            std::thread::sleep(std::time::Duration::from_millis(20));
            // A postmaster that misses the end of its last child notices it a minute later, or with the next signal.
            if self.address.is_postgres() && self.pid() == before && start.elapsed().as_secs() > reminded {
                reminded = start.elapsed().as_secs();
                let _ = Command::new("kill").args(["-CHLD", &before.to_string()]).stderr(Stdio::null()).status();
            }
        }
    }

    /// Returns the server's log so far.
    pub fn log(&self) -> String {
        self.folder.as_ref().and_then(|folder| std::fs::read_to_string(folder.join("log")).ok()).unwrap_or_default()
    }
}

/// Returns `true` if the tests run on a server other than the installed one.
pub fn is_server_given() -> bool {
    let names = ["POSTGRES_URL", "POSTGRES_BIN", "MARIADB_URL", "MARIADB_BIN"];
    names.iter().any(|name| std::env::var_os(format!("ALUDEL_TEST_{name}")).is_some_and(|value| !value.is_empty()))
}

fn given(variable: &str) -> Option<Server> {
    let url = std::env::var(variable).ok().filter(|url| !url.is_empty())?;
    Some(Server { address: Address::parse(&url), folder: None, guard: None })
}

/// Runs `command` with `input` as its standard input.
fn feed(command: &mut Command, input: &str) -> Result<String, String> {
    use std::io::Write as _;
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| format!("{command:?}: {error}"))?;
    let mut stdin = child.stdin.take().expect("a pipe");
    let input = input.to_owned();
    let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
    let output = child.wait_with_output().map_err(|error| error.to_string())?;
    let _ = writer.join();
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).trim_end_matches('\n').to_owned())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    }
}

/// Returns the folders in a variable such as `ALUDEL_TEST_POSTGRES_BIN`.
fn given_folders(variable: &str) -> Vec<PathBuf> {
    let value = std::env::var_os(variable).filter(|value| !value.is_empty()).unwrap_or_default();
    std::env::split_paths(&value).filter(|folder| !folder.as_os_str().is_empty()).collect()
}

/// Finds the first of `names` in `folders`, on the PATH, or in the usual folders of servers.
fn find_program(names: &[&str], folders: &[PathBuf]) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let usual =
        ["/usr/sbin", "/usr/local/sbin", "/usr/local/bin", "/opt/homebrew/bin", "/usr/libexec"].map(PathBuf::from);
    let all: Vec<PathBuf> = folders.iter().cloned().chain(std::env::split_paths(&path)).chain(usual).collect();
    find_in(names, &all)
}

/// Finds the first of `names` in `folders`.
fn find_in(names: &[&str], folders: &[PathBuf]) -> Option<PathBuf> {
    names.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name))).find(|program| program.is_file())
}

fn missing(program: &str, package: &str) -> ! {
    panic!(
        "\n\n{program} is not installed, and these tests need it. On Debian or Ubuntu:\n\n    sudo apt-get install -y {package}\n\n"
    )
}

/// Operating system user that PostgreSQL runs as, if it is not the current one.
pub fn server_user() -> Option<&'static str> {
    is_root().then_some("postgres")
}

fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

fn without_environment(command: &mut Command, prefix: &str) {
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with(prefix)) {
        command.env_remove(name);
    }
}

/// Creates a folder with a short path, because the path of a Unix socket is limited to 107 bytes.
fn temporary_folder() -> PathBuf {
    temporary_folder_in(&memory_or_disk())
}

/// Like [`temporary_folder`], but on a disk.
fn disk_folder() -> PathBuf {
    temporary_folder_in(Path::new("/tmp"))
}

fn temporary_folder_in(parent: &Path) -> PathBuf {
    tempfile::Builder::new().prefix("aludel-").tempdir_in(parent).expect("a temporary folder").keep()
}

/// Returns a folder in memory if there is room, because a server creates and removes hundreds of files for each
/// database.
fn memory_or_disk() -> PathBuf {
    let candidates = [memory_folder(), Some(PathBuf::from("/tmp"))];
    candidates.into_iter().flatten().find(|folder| folder.is_dir()).unwrap_or_else(std::env::temp_dir)
}

/// Returns `/dev/shm` if it has room for a few servers. In a container it often has only 64 MB.
fn memory_folder() -> Option<PathBuf> {
    const WANTED_KIB: u64 = 3 * 1024 * 1024;
    let folder = PathBuf::from("/dev/shm");
    let output = Command::new("df").arg("-Pk").arg(&folder).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let free: u64 = text.lines().nth(1)?.split_whitespace().nth(3)?.parse().ok()?;
    (free >= WANTED_KIB).then_some(folder)
}

/// Returns a loopback port that is free at the moment. It is below the ports that a system gives to outgoing connections
/// and to listeners of port 0 (from 16,000 in gVisor, 32,768 on Linux, 49,152 on macOS), so that none of them takes it
/// while a server that crashed is down.
fn free_port() -> u16 {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let first = std::process::id().wrapping_mul(97);
    let candidates = (0..6_000).map(|_| {
        let number = first.wrapping_add(COUNT.fetch_add(1, Ordering::Relaxed)) % 6_000;
        10_000 + u16::try_from(number).expect("less than 6,000")
    });
    let is_free = |port: &u16| std::net::TcpListener::bind(("127.0.0.1", *port)).is_ok();
    candidates.into_iter().find(is_free).expect("one of 6,000 loopback ports is free")
}

/// Runs a program that prepares a server, such as `initdb`. Panics with its output if it fails.
fn prepare(command: &mut Command) {
    let output = command.stdin(Stdio::null()).output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let said = || [output.stdout.as_slice(), output.stderr.as_slice()].concat();
    assert!(output.status.success(), "{command:?}: {}\n{}", output.status, String::from_utf8_lossy(&said()));
}
