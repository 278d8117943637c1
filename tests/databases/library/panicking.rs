//! A panic in the thread of one service: told, and those that wait for the service are woken.

use aludel::Migrator;
use aludel::engine::EngineError;
use aludel::migrator::{Error, Event};

use crate::support::project::{Kind, Project};

/// Services `a`, `b`, which needs a revision of `a`, and `c`, which needs nobody.
fn project() -> Project {
    let project = Project::new();
    let mut config = "services:\n".to_owned();
    for (name, needs) in [("a", ""), ("b", "depends_on: [a:aaaa]"), ("c", "")] {
        let url = project.new_database(Kind::Sqlite, name);
        config += &format!("  {name}:\n    url: \"{url}\"\n    revisions: {name}\n");
        let id = name.repeat(4);
        let header =
            format!("-- revision: {id}\n{}", if needs.is_empty() { String::new() } else { format!("-- {needs}\n") });
        project.write(&format!("{name}/1.sql"), &format!("{header}-- @upgrade\nCREATE TABLE t (x int);\n"));
    }
    project.write("aludel.yaml", &config);
    project
}

#[test]
fn a_panic_of_one_service_is_an_error_and_wakes_those_that_wait_for_it() {
    let project = project();
    let migrator = Migrator::from_config_in(project.path("aludel.yaml"), |_| None).unwrap();
    let migrator = migrator.on_event(|service, event| {
        assert!(!(service == "a" && matches!(event, Event::Started { .. })), "the observer of this test panics");
    });
    let Err(Error::Stopped(stopped)) = migrator.upgrade("head") else { panic!("it ended well") };
    let [(first, panicked), (second, blocked)] = stopped.errors.as_slice() else { panic!("{:?}", stopped.errors) };
    assert_eq!((first.as_str(), second.as_str()), ("a", "b"));
    let EngineError::Panicked { message } = panicked else { panic!("{panicked:?}") };
    assert!(message.contains("the observer of this test panics"), "{message}");
    assert!(matches!(blocked, EngineError::Blocked { service, .. } if service == "a"), "{blocked:?}");
    let applied: Vec<_> = stopped.report.steps().map(|(service, _)| service).collect();
    assert_eq!(applied, ["c"], "whoever waits for nobody ends well");
    // The lock of the dead thread is free, and nothing is left of its revision.
    let again = Migrator::from_config_in(project.path("aludel.yaml"), |_| None).unwrap().upgrade("head").unwrap();
    assert_eq!(again.steps().count(), 2);
}
