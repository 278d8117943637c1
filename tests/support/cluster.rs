//! Galera cluster of two nodes of the installed MariaDB, on loopback. The nodes end with the tests.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use super::guard::{Guard, Lifetime};
use super::{Address, Server};

/// Each line of a bootstrap file is one statement. Without FLUSH the grant tables are not loaded, and CREATE USER
/// fails.
const USERS: &str = "FLUSH PRIVILEGES;\nCREATE USER tester@'%' IDENTIFIED BY 'mariadb-secret';\n\
                     GRANT ALL ON *.* TO tester@'%' WITH GRANT OPTION;\n";

const SETTINGS: &[&str] = &[
    "--bind-address=127.0.0.1",
    "--skip-name-resolve",
    "--innodb-flush-log-at-trx-commit=0",
    "--innodb-buffer-pool-size=64M",
    "--character-set-server=utf8mb4",
    "--binlog-format=ROW",
    "--innodb-autoinc-lock-mode=2",
    "--wsrep-on=ON",
    "--wsrep-sst-method=rsync",
];

/// Starts two nodes. The user `tester` has all privileges on both.
pub(super) fn start() -> [Server; 2] {
    // If another process takes one of the ports in the meantime, the cluster does not start: retry with other ports.
    for _ in 0..3 {
        let ports: Vec<u16> = (0..8).map(|_| super::free_port()).collect();
        let peers = format!("gcomm://127.0.0.1:{},127.0.0.1:{}", ports[1], ports[5]);
        let Some(first) = node(&ports[..4], &peers, true) else { continue };
        if let Some(second) = node(&ports[4..], &peers, false) {
            return [first, second];
        }
    }
    panic!("the Galera cluster did not start three times");
}

/// Starts a node. `ports` are those for clients, replication, incremental and full state transfer.
fn node(ports: &[u16], peers: &str, is_first: bool) -> Option<Server> {
    let folder = super::temporary_folder();
    make_data(&folder, is_first);
    let guard = Guard::start(Lifetime::Program, &folder, "KILL", &daemon(&folder, ports, peers, is_first));
    let address = Address::parse(&format!("mysql://tester:mariadb-secret@127.0.0.1:{}/", ports[0]));
    let mut server = Server { address, folder: Some(folder), guard: Some(guard) };
    let give_up = Instant::now() + Duration::from_secs(90);
    while Instant::now() < give_up {
        match server.try_shell("", "SHOW STATUS LIKE 'wsrep_ready';") {
            Ok(answer) if answer.ends_with("ON") => return Some(server),
            _ if server.guard.as_mut().is_some_and(Guard::has_ended) => return None,
            _ => std::thread::sleep(Duration::from_millis(50)),
        }
    }
    panic!("a Galera node is not ready after a minute and a half:\n{}", server.log());
}

/// Creates the data folder. That of the second node stays empty, because it receives everything from the first.
fn make_data(folder: &Path, is_first: bool) {
    let data = folder.join("data");
    std::fs::write(folder.join("users.sql"), USERS).expect("users.sql");
    if !is_first {
        std::fs::create_dir(&data).expect("a data folder");
    }
    if super::is_root() {
        super::prepare(Command::new("chown").args(["-R", "mysql:"]).arg(folder));
    }
    if is_first {
        let program = super::find_program(&["mariadb-install-db"], &[])
            .unwrap_or_else(|| super::missing("MariaDB", "mariadb-server"));
        let mut command = Command::new(program);
        command.args(["--no-defaults", "--skip-test-db", "--auth-root-authentication-method=normal"]);
        command.arg(format!("--extra-file={}", folder.join("users.sql").display()));
        command.arg(format!("--datadir={}", data.display())).args(user());
        super::prepare(command.current_dir("/").env("TMPDIR", folder));
    }
}

fn daemon(folder: &Path, ports: &[u16], peers: &str, is_first: bool) -> Command {
    let program = super::find_program(&["mariadbd"], &[]);
    let mut command = Command::new(program.unwrap_or_else(|| super::missing("MariaDB", "mariadb-server")));
    command.arg("--no-defaults").args(user()).args(SETTINGS).arg(format!("--port={}", ports[0]));
    command.arg(format!("--wsrep-provider={}", library().display()));
    command.arg(format!("--wsrep-cluster-address={peers}"));
    command.arg(format!("--wsrep-node-address=127.0.0.1:{}", ports[1]));
    command.arg(format!("--wsrep-sst-receive-address=127.0.0.1:{}", ports[3]));
    command.arg(format!(
        "--wsrep-provider-options=gmcast.listen_addr=tcp://127.0.0.1:{};ist.recv_addr=127.0.0.1:{};gcache.size=16M",
        ports[1], ports[2]
    ));
    for (name, file) in [("datadir", "data"), ("socket", "sock"), ("pid-file", "pid"), ("tmpdir", "")] {
        command.arg(format!("--{name}={}", folder.join(file).display()));
    }
    if is_first {
        command.arg("--wsrep-new-cluster");
    }
    command
}

fn library() -> PathBuf {
    let folders = ["/usr/lib/galera", "/usr/lib64/galera-4", "/usr/lib64/galera"].map(PathBuf::from);
    super::find_program(&["libgalera_smm.so"], &folders).unwrap_or_else(|| super::missing("Galera", "galera-4"))
}

fn user() -> Option<&'static str> {
    super::is_root().then_some("--user=mysql")
}
