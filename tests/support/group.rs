//! Replication group of two MySQL nodes on loopback, from the binaries that the tests use. The nodes end with the
//! tests.

use std::process::Command;
use std::time::{Duration, Instant};

use super::guard::Lifetime;
use super::{Server, mariadb};

/// Primaries of a group: the nodes that accept writes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Primaries {
    /// The first node, until another is elected.
    One,
    /// Both nodes.
    All,
}

/// Starts the group. Returns `None` if the server is not MySQL or has no `group_replication` plugin.
pub(super) fn start(primaries: Primaries) -> Option<[Server; 2]> {
    if super::given("ALUDEL_TEST_MARIADB_URL").is_some() || !is_mysql() {
        return None;
    }
    let ports = [super::free_port(), super::free_port()];
    let nodes = [1, 2].map(|number| node(number, ports, primaries));
    if nodes[0].shell("", PLUGIN) != "ACTIVE" {
        return None;
    }
    join(&nodes[0], "SET GLOBAL group_replication_bootstrap_group = ON;");
    nodes[0].shell("", "SET GLOBAL group_replication_bootstrap_group = OFF;");
    join(&nodes[1], "");
    wait_for_both(&nodes);
    Some(nodes)
}

const PLUGIN: &str = "SELECT PLUGIN_STATUS FROM information_schema.PLUGINS WHERE PLUGIN_NAME = 'group_replication';";

fn is_mysql() -> bool {
    let output = Command::new(mariadb::daemon()).arg("--version").output().expect("the server's version");
    !String::from_utf8_lossy(&output.stdout).contains("MariaDB")
}

fn node(number: usize, ports: [u16; 2], primaries: Primaries) -> Server {
    let [first, second] = ports;
    let is_single = if primaries == Primaries::One { "ON" } else { "OFF" };
    let checks = if primaries == Primaries::One { "OFF" } else { "ON" };
    let settings = [
        format!("--server-id={number}"),
        "--log-bin=binlog".to_owned(),
        "--gtid-mode=ON".to_owned(),
        "--enforce-gtid-consistency=ON".to_owned(),
        "--report-host=127.0.0.1".to_owned(),
        "--plugin-load-add=group_replication.so".to_owned(),
        "--loose-group-replication-group-name=5f3c9a54-0c1e-4b7a-9d55-aa10de1a1001".to_owned(),
        "--loose-group-replication-start-on-boot=OFF".to_owned(),
        format!("--loose-group-replication-local-address=127.0.0.1:{}", ports[number - 1]),
        format!("--loose-group-replication-group-seeds=127.0.0.1:{first},127.0.0.1:{second}"),
        format!("--loose-group-replication-single-primary-mode={is_single}"),
        format!("--loose-group-replication-enforce-update-everywhere-checks={checks}"),
        "--loose-group-replication-recovery-get-public-key=ON".to_owned(),
    ];
    let settings: Vec<&str> = settings.iter().map(String::as_str).collect();
    mariadb::start(Lifetime::Program, &super::memory_or_disk(), &settings)
}

/// Joins the group. The node's own transactions (creation of users) are reset first, because a node with transactions
/// that the group does not have cannot join.
fn join(node: &Server, first: &str) {
    node.shell(
        "",
        &format!(
            "RESET BINARY LOGS AND GTIDS; CHANGE REPLICATION SOURCE TO SOURCE_USER = 'tester', \
             SOURCE_PASSWORD = 'mariadb-secret' FOR CHANNEL 'group_replication_recovery'; {first} START GROUP_REPLICATION;"
        ),
    );
}

fn wait_for_both(nodes: &[Server; 2]) {
    let online = "SELECT COUNT(*) FROM performance_schema.replication_group_members WHERE MEMBER_STATE = 'ONLINE';";
    let give_up = Instant::now() + Duration::from_secs(120);
    while nodes.iter().any(|node| node.shell("", online) != "2") {
        assert!(Instant::now() < give_up, "the group does not come about:\n{}", nodes[1].log());
        std::thread::sleep(Duration::from_millis(100));
    }
}
