//! MariaDB server from the installed binaries (MySQL if only that is installed), or from those in
//! `ALUDEL_TEST_MARIADB_BIN`.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use super::guard::{Guard, Lifetime};
use super::{Address, Server};

/// User of the tests: `tester`, with a password, so that a leak of it is found.
const USERS: &str =
    "CREATE USER tester@'%' IDENTIFIED BY 'mariadb-secret';\nGRANT ALL ON *.* TO tester@'%' WITH GRANT OPTION;\n";

const SETTINGS: &[&str] = &[
    "--bind-address=127.0.0.1",
    "--skip-name-resolve",
    "--skip-log-bin",
    "--innodb-flush-log-at-trx-commit=0",
    "--innodb-buffer-pool-size=64M",
    "--max-connections=300",
    "--character-set-server=utf8mb4",
];

/// Starts a server with its files in a new folder in `parent`. The user `tester` has all privileges.
pub(super) fn start(lifetime: Lifetime<'_>, parent: &Path, settings: &[&str]) -> Server {
    for _ in 0..5 {
        let folder = super::temporary_folder_in(parent);
        make_data(&folder);
        if let Some(server) = try_start(lifetime, &folder, settings) {
            return server;
        }
    }
    panic!("MariaDB did not start on any of five free ports");
}

/// Returns the first of `names` that exists. If `ALUDEL_TEST_MARIADB_BIN` is set, only its folders are searched, so
/// that programs of two products are not mixed.
pub(super) fn program(names: &[&str]) -> Option<PathBuf> {
    let given = super::given_folders("ALUDEL_TEST_MARIADB_BIN");
    if given.is_empty() { super::find_program(names, &[]) } else { super::find_in(names, &given) }
}

pub(super) fn daemon() -> PathBuf {
    program(&["mariadbd", "mysqld"]).unwrap_or_else(|| super::missing("MariaDB", "mariadb-server"))
}

fn make_data(folder: &Path) {
    let data = folder.join("data");
    if super::is_root() {
        super::prepare(Command::new("chown").arg("mysql:").arg(folder));
    }
    std::fs::write(folder.join("users.sql"), USERS).expect("users.sql");
    super::template::fill(&data, &daemon(), || super::prepare(&mut install(folder, &data)));
}

/// Returns the command that creates the data folder.
fn install(folder: &Path, data: &Path) -> Command {
    let mut command = match program(&["mariadb-install-db", "mysql_install_db"]) {
        Some(program) => {
            let mut command = Command::new(program);
            command.args(["--no-defaults", "--skip-test-db", "--auth-root-authentication-method=normal"]);
            command
        }
        None => {
            let mut command = Command::new(daemon());
            command.args(["--no-defaults", "--initialize-insecure"]);
            command
        }
    };
    // Two servers must not share a folder for temporary tables, because each removes the files of the other.
    command.arg(format!("--datadir={}", data.display())).args(user()).current_dir("/").env("TMPDIR", folder);
    command
}

/// Starts the server. Returns `None` if it ended immediately, most likely because another process took the port.
fn try_start(lifetime: Lifetime<'_>, folder: &Path, settings: &[&str]) -> Option<Server> {
    let port = super::free_port();
    let mut command = Command::new(daemon());
    command.arg("--no-defaults").args(user()).args(SETTINGS).args(settings).arg(format!("--port={port}"));
    for (name, file) in [("datadir", "data"), ("socket", "sock"), ("pid-file", "pid"), ("init-file", "users.sql")] {
        command.arg(format!("--{name}={}", folder.join(file).display()));
    }
    command.arg(format!("--tmpdir={}", folder.display()));
    let guard = Guard::start(lifetime, folder, "KILL", &command);
    let address = Address::parse(&format!("mysql://tester:mariadb-secret@127.0.0.1:{port}/"));
    let mut server = Server { address, folder: Some(folder.to_owned()), guard: Some(guard) };
    let give_up = Instant::now() + Duration::from_secs(60);
    while Instant::now() < give_up {
        match server.try_shell("", "SELECT 1;") {
            Ok(_) => return Some(server),
            Err(_) if server.guard.as_mut().is_some_and(Guard::has_ended) => return None,
            Err(_) => std::thread::yield_now(),
        }
    }
    panic!("MariaDB does not answer after a minute:\n{}", server.log());
}

fn user() -> Option<&'static str> {
    super::is_root().then_some("--user=mysql")
}
