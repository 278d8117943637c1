//! MySQL replication group with one primary: runners on both nodes, a killed runner, and a change of the primary.

use super::{Place, killed_in_its_insert, name};
use crate::support;
use crate::support::group::Primaries;
use crate::support::project::until;

#[test]
fn in_a_group_with_one_primary_nothing_runs_twice_and_nothing_is_lost() {
    let Some([first, second]) = support::group(Primaries::One) else {
        support::cases::say("group replication with one primary: the server is not MySQL with that plugin");
        return;
    };
    let place = Place::of_nodes([first, second]);
    let project = place.project("lease");
    // One runner on each node: the second node accepts no writes, and the error names the one that does.
    let runner = killed_in_its_insert(&place, &project);
    let refused = place.run(&project, 1, &["upgrade", "head"]);
    assert!(refused.status == 1 && refused.stderr.contains("error[read-only-server]"), "{}", refused.stderr);
    // Another runner takes over on the primary.
    let run = place.run(&project, 0, &["upgrade", "head"]);
    assert_eq!(run.status, 0, "{}\nafter\n{runner:?}", run.stderr);
    assert_eq!(place.shell("SELECT COUNT(*) FROM led;"), "1", "{}", run.stderr);
    // The other node becomes primary, and the run resumes there.
    let id = second.shell("", "SELECT @@server_uuid;");
    first.shell("", &format!("DO group_replication_set_as_primary('{id}');"));
    project.revision("c1111", "b1111", "INSERT INTO led (n) VALUES (2);", "");
    until("the new primary to take writes", || second.shell("", "SELECT @@super_read_only;") == "0");
    let run = place.run(&project, 1, &["upgrade", "head"]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    for node in [first, second] {
        until("both nodes to hold the same", || node.shell(name(&place.urls[0]), "SELECT COUNT(*) FROM led;") == "2");
        let row = "SELECT version_num FROM aludel_version;";
        assert_eq!(node.shell(name(&place.urls[0]), row), "c1111");
    }
}
