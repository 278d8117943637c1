//! Requests of a migrator, with their reports and errors.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aludel::config::{Durable, SafetySettings};
use aludel::engine::EngineError;
use aludel::migrator::{Error, Event, Report};
use aludel::{Embedded, Migrator};

use crate::support::project::{Kind, Project};
use aludel::database::LockAttempt;

const KINDS: [Kind; 3] = [Kind::Sqlite, Kind::Postgres, Kind::Mariadb];

/// A base, a table with a row, and a revision that fails.
static STEPS: Embedded = Embedded::new(
    "steps",
    &[
        (
            "r/1.sql",
            "-- revision: aaaa1111\n-- message: One\n\n-- @upgrade\nCREATE TABLE one (id INTEGER);\n\n-- @downgrade\nDROP TABLE one;\n",
        ),
        (
            "r/2.sql",
            "-- revision: bbbb2222\n-- down_revision: aaaa1111\n\n-- @upgrade\nINSERT INTO one VALUES (7);\n\n-- @downgrade\n",
        ),
    ],
);
static FAILING: Embedded = Embedded::new(
    "failing",
    &[
        ("r/1.sql", "-- revision: aaaa1111\n\n-- @upgrade\nCREATE TABLE one (id INTEGER);\n"),
        (
            "r/2.sql",
            "-- revision: bbbb2222\n-- down_revision: aaaa1111\n\n-- @upgrade\nINSERT INTO one VALUES (1);\nINSERT INTO nowhere VALUES (1);\n",
        ),
    ],
);

fn revisions(report: &Report) -> Vec<&str> {
    report.steps().map(|(_, step)| step.revision.as_str()).collect()
}

#[test]
fn a_database_goes_up_and_down_again() {
    for kind in KINDS {
        let project = Project::new();
        let url = project.new_database(kind, "a");
        let migrator = Migrator::embedded(STEPS.clone().url(&url)).unwrap();
        let plan = migrator.plan("head").unwrap();
        assert_eq!(revisions(&plan), ["aaaa1111", "bbbb2222"]);
        assert!(plan.steps().all(|(_, step)| step.duration.is_none()));
        let before = migrator.status().unwrap().remove(0);
        assert_eq!((before.pending.len(), before.is_up_to_date()), (2, false), "a plan changes nothing");

        let report = migrator.upgrade("head").unwrap();
        assert_eq!((revisions(&report), report.is_empty()), (vec!["aaaa1111", "bbbb2222"], false));
        let steps: Vec<_> = report.steps().map(|(service, step)| (service, step.message.as_str())).collect();
        assert_eq!(steps, [("steps", "One"), ("steps", "")]);
        assert!(report.steps().all(|(_, step)| step.duration.is_some()));
        assert!(migrator.upgrade("head").unwrap().is_empty());
        let status = migrator.status().unwrap().remove(0);
        assert!(status.is_up_to_date() && status.changed.is_empty(), "{status:?}");
        assert_eq!(migrator.current().unwrap()["steps"][0].as_str(), "bbbb2222");

        assert_eq!(revisions(&migrator.downgrade("-1").unwrap()), ["bbbb2222"]);
        assert_eq!(project.shell(kind, &url, "SELECT count(*) FROM one;"), "1");
    }
}

#[test]
fn rows_are_lost_only_when_the_program_says_so() {
    for kind in KINDS {
        let project = Project::new();
        let url = project.new_database(kind, "a");
        let migrator = Migrator::embedded(STEPS.clone().url(&url)).unwrap();
        migrator.upgrade("head").unwrap();
        let error = migrator.downgrade("base").unwrap_err();
        assert!(matches!(&error, Error::DataLoss(lost) if lost.len() == 1), "{error:?}");
        assert!(error.to_string().contains("aaaa1111 drops one (1 row)"), "{error}");
        assert_eq!(project.shell(kind, &url, "SELECT count(*) FROM one;"), "1");
        migrator.may_lose_rows(true).downgrade("base").unwrap();
    }
}

#[test]
fn a_failure_says_where_and_what_stays() {
    for kind in KINDS {
        let project = Project::new();
        let url = project.new_database(kind, "a");
        let migrator = Migrator::embedded(FAILING.clone().url(&url)).unwrap();
        let error = migrator.upgrade("head").unwrap_err();
        let text = error.to_string();
        assert!(text.starts_with("failing: r/2.sql:6:"), "{text}");
        assert!(text.contains("(statement 2 of 2)") && text.contains("nowhere"), "{text}");
        let Error::Stopped(stopped) = &error else { panic!("{error:?}") };
        assert_eq!((revisions(&stopped.report), stopped.report.services[0].to.len()), (vec!["aaaa1111"], 1));
        assert!(matches!(error.engine(), Some(EngineError::Failed { .. })));
    }
}

/// `steps` with a second revision that stops halfway.
static HALF: Embedded = Embedded::new(
    "half",
    &[
        (
            "h/1.sql",
            "-- revision: aaaa1111\n\n-- @upgrade\nCREATE TABLE one (id INTEGER);\n\n-- @downgrade\nDROP TABLE one;\n",
        ),
        (
            "h/2.sql",
            "-- revision: bbbb2222\n-- down_revision: aaaa1111\n-- transaction: false\n\n-- @upgrade\nCREATE TABLE two (id INTEGER);\nnonsense;\n\n-- @downgrade\nDROP TABLE two;\n",
        ),
    ],
);

#[test]
fn a_half_done_service_stops_a_downgrade_before_anything_runs() {
    for kind in KINDS {
        let project = Project::new();
        let urls = ["a", "b"].map(|name| project.new_database(kind, name));
        let both = [HALF.clone().url(&urls[0]), STEPS.clone().url(&urls[1])];
        let migrator = Migrator::embedded_all(both).unwrap();
        assert!(matches!(migrator.upgrade("head").unwrap_err(), Error::Stopped(_)));
        project.shell(kind, &urls[1], "DELETE FROM one;");
        for error in [migrator.downgrade("base").unwrap_err(), migrator.plan_downgrade("base").unwrap_err()] {
            assert!(matches!(&error, Error::Service { service, .. } if service == "half"), "{error:?}");
        }
        assert_eq!(project.shell(kind, &urls[1], "SELECT count(*) FROM one;"), "0", "the other service is as it was");
        assert_eq!(migrator.current().unwrap()["steps"][0].as_str(), "bbbb2222");
    }
}

#[test]
fn a_stamp_of_several_services_is_checked_before_the_first_one() {
    let project = Project::new();
    let urls = ["a", "b"].map(|name| project.new_database(Kind::Sqlite, name));
    let other = Embedded::new("other", &[("o/1.sql", "-- revision: cccc3333\n\n-- @upgrade\nSELECT 1;\n")]);
    let migrator = Migrator::embedded_all([STEPS.clone().url(&urls[0]), other.url(&urls[1])]).unwrap();
    let error = migrator.stamp(&["bbbb2222"]).unwrap_err();
    assert!(matches!(&error, Error::Service { service, .. } if service == "other"), "{error:?}");
    assert!(migrator.current().unwrap()["steps"].is_empty(), "nothing was stamped");
    // The second service fails only when it is stamped. The first one stays stamped, and the error reports it.
    let migrator = migrator.lock_timeout(Duration::ZERO);
    let table = aludel::database::VersionTable { schema: None, name: "aludel_version".to_owned() };
    let address = aludel::config::DatabaseUrl::parse(&urls[1], None).unwrap();
    let mut holder = aludel::drivers::open(&address, &table, "holder", &|_| None).unwrap();
    assert_eq!(holder.try_lock().unwrap(), LockAttempt::Acquired);
    let error = migrator.stamp(&["head"]).unwrap_err();
    let Error::Stopped(stopped) = &error else { panic!("{error:?}") };
    let stamped: Vec<_> = stopped.report.services.iter().map(|service| service.service.as_str()).collect();
    assert_eq!((stamped, error.is_locked()), (vec!["steps"], true));
}

#[test]
fn a_database_with_an_edited_revision_is_not_up_to_date() {
    let project = Project::new();
    let url = project.new_database(Kind::Sqlite, "a");
    let with = |upgrade: &str| {
        let text: &'static str = Box::leak(format!("-- revision: aaaa1111\n\n-- @upgrade\n{upgrade};\n").into());
        let files: &'static [(&str, &str)] = Box::leak(Box::new([("e/1.sql", text)]));
        Migrator::embedded(Embedded::new("edited", files).url(&url)).unwrap()
    };
    with("SELECT 1").upgrade("head").unwrap();
    assert!(with("SELECT 1").status().unwrap()[0].is_up_to_date());
    let edited = with("SELECT 2");
    assert!(edited.upgrade("head").is_err() && !edited.status().unwrap()[0].is_up_to_date());
}

#[test]
fn stamps_move_the_rows_alone() {
    let project = Project::new();
    let url = project.new_database(Kind::Sqlite, "a");
    let migrator = Migrator::embedded(STEPS.clone().url(&url).version_table("alembic_version")).unwrap();
    migrator.stamp(&["head"]).unwrap();
    assert!(migrator.upgrade("head").unwrap().is_empty());
    assert_eq!(project.shell(Kind::Sqlite, &url, "SELECT version_num FROM alembic_version"), "bbbb2222");
    migrator.stamp_purged(&["base"]).unwrap();
    assert!(migrator.current().unwrap()["steps"].is_empty());
}

#[test]
fn a_config_file_names_services_that_wait_for_one_another() {
    let project = Project::example();
    let config = project.path("aludel.yaml");
    let migrator = Migrator::from_config_in(&config, |_| None).unwrap();
    assert!(migrator.services().eq(["auth", "chat2chart"]));
    let chat = migrator.clone().with_services(["chat2chart"]).unwrap();
    let error = chat.upgrade("head").unwrap_err();
    assert!(matches!(error.engine(), Some(EngineError::Needs { .. })), "{error}");
    assert_eq!(migrator.upgrade("head").unwrap().steps().count(), 15);
    assert!(migrator.status().unwrap().iter().all(aludel::migrator::Status::is_up_to_date));
    let error = migrator.with_services(["nobody"]).map(|_| ()).unwrap_err();
    assert_eq!(error.to_string(), "there is no service \"nobody\"; services: auth, chat2chart");
}

#[test]
fn embedded_revisions_are_those_of_the_folder() {
    let embedded = Migrator::embedded(aludel::embed!("revisions", recursive).named("all").url("sqlite::memory:"));
    assert!(embedded.is_ok(), "both folders together are one graph");
    let error = Migrator::embedded_all([STEPS.clone(), STEPS.clone()]).map(|_| ()).unwrap_err();
    assert!(matches!(error, Error::SameName(_)), "{error}");
    let both = [STEPS.clone().url("sqlite:a.db"), FAILING.clone().url("sqlite:a.db")];
    let error = Migrator::embedded_all(both).map(|_| ()).unwrap_err();
    assert!(matches!(error, Error::SharedVersionTable { .. }), "{error}");
}

#[test]
fn included_files_are_embedded_too() {
    static NOTES: Embedded = aludel::embed!("tests/scenarios/included/revisions");
    let project = Project::new();
    let url = project.new_database(Kind::Sqlite, "a");
    let migrator = Migrator::embedded(NOTES.clone().url(&url)).unwrap();
    assert_eq!(revisions(&migrator.upgrade("head").unwrap()), ["aaaa1111"]);
    assert_eq!(project.shell(Kind::Sqlite, &url, "SELECT count(*) FROM notes;"), "2");
    // Without the files the revision is refused where it names them.
    static ALONE: Embedded =
        Embedded::new("alone", &[("r/1.sql", "-- revision: aaaa1111\n\n-- @upgrade\n-- @include ../sql/notes.sql\n")]);
    let url = project.new_database(Kind::Sqlite, "b");
    let error = Migrator::embedded(ALONE.clone().url(&url)).unwrap().upgrade("head").map(|_| ()).unwrap_err();
    assert!(error.to_string().contains("r/1.sql:4:13"), "{error}");
}

#[test]
fn wrong_revisions_are_refused_with_their_place() {
    static WRONG: Embedded = Embedded::new("wrong", &[("r/1.sql", "-- revision: aaaa1111\n-- mesage: x\n")]);
    let error = Migrator::embedded(WRONG.clone()).map(|_| ()).unwrap_err().to_string();
    assert!(error.starts_with("wrong: r/1.sql:2:"), "{error}");
}

#[test]
fn an_observer_sees_the_run_and_may_stop_it() {
    for kind in KINDS {
        let project = Project::new();
        let url = project.new_database(kind, "a");
        let stop = Arc::new(AtomicBool::new(false));
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (asked, raised, list) = (Arc::clone(&stop), Arc::clone(&stop), Arc::clone(&seen));
        // In a pipeline the second revision would be on its way before the first is done, and on SQLite both would be
        // committed together.
        let one_by_one = SafetySettings { pipeline: 1, durable: Durable::Each, ..SafetySettings::default() };
        let migrator = Migrator::embedded(STEPS.clone().url(&url).gentle(one_by_one))
            .unwrap()
            .stop_when(move || asked.load(Ordering::SeqCst))
            .on_event(move |service, event| {
                if let Event::Finished { revision, .. } = event {
                    list.lock().unwrap().push(format!("{service} {revision}"));
                    raised.store(true, Ordering::SeqCst);
                }
            });
        let error = migrator.upgrade("head").unwrap_err();
        assert!(matches!(error.engine(), Some(EngineError::Interrupted)), "{error}");
        assert_eq!(*seen.lock().unwrap(), ["steps aaaa1111"]);
        stop.store(false, Ordering::SeqCst);
        assert_eq!(migrator.upgrade("head").unwrap().steps().count(), 1);
    }
}

#[test]
fn it_works_inside_an_asynchronous_runtime() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    for kind in KINDS {
        let project = Project::new();
        let migrator = Migrator::embedded(STEPS.clone().url(project.new_database(kind, "a"))).unwrap();
        let report = runtime.block_on(async { migrator.upgrade("head") });
        assert_eq!(report.unwrap().steps().count(), 2);
    }
}

#[test]
fn a_lock_that_is_not_to_be_had_is_told() {
    let project = Project::new();
    let url = project.new_database(Kind::Sqlite, "a");
    let migrator = Migrator::embedded(STEPS.clone().url(&url)).unwrap().lock_timeout(Duration::ZERO);
    let table = aludel::database::VersionTable { schema: None, name: "aludel_version".to_owned() };
    let address = aludel::config::DatabaseUrl::parse(&url, None).unwrap();
    let mut other = aludel::drivers::open(&address, &table, "other", &|_| None).unwrap();
    assert_eq!(other.try_lock().unwrap(), LockAttempt::Acquired);
    let error = migrator.upgrade("head").unwrap_err();
    assert!(error.is_locked(), "{error}");
}
