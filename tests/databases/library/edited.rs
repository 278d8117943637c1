//! Files that are edited while a run is under way: what was checked is what runs, or nothing does.

use std::collections::BTreeMap;

use aludel::Migrator;
use aludel::config::Service;
use aludel::engine::{self, EngineError, Setting};
use aludel::migrator::Event;
use aludel::project::History;

use crate::support::project::{Kind, Project};

const KINDS: [Kind; 3] = [Kind::Sqlite, Kind::Postgres, Kind::Mariadb];

/// A comment that makes the text of one revision of three too large to be kept until it runs.
fn padding() -> String {
    format!("/* {} */\n", "x".repeat(12 * 1024 * 1024))
}

fn revision(number: usize, table: &str, padding: &str) -> String {
    let down = number.checked_sub(1).filter(|before| *before > 0);
    let down = down.map_or("null".to_owned(), |before| format!("aaaa{before}"));
    format!(
        "-- revision: aaaa{number}\n-- down_revision: {down}\n\n-- @upgrade\nCREATE TABLE {table} (id INTEGER);\n{padding}\n\
         -- @downgrade\nDROP TABLE {table};\n{padding}"
    )
}

/// Three revisions, of which the second is large.
fn project(kind: Kind) -> (Project, String) {
    let project = Project::new();
    let url = project.new_database(kind, "a");
    project.write("aludel.yaml", &format!("services:\n  a:\n    url: \"{url}\"\n    revisions: r\n"));
    project.write("r/1.sql", &revision(1, "one", ""));
    project.write("r/2.sql", &revision(2, "two", &padding()));
    project.write("r/3.sql", &revision(3, "three", ""));
    (project, url)
}

#[test]
fn a_large_revision_goes_up_and_down() {
    for kind in KINDS {
        let (project, url) = project(kind);
        let migrator = Migrator::from_config_in(project.path("aludel.yaml"), |_| None).unwrap();
        assert_eq!(migrator.upgrade("head").unwrap().steps().count(), 3);
        assert_eq!(project.shell(kind, &url, "SELECT count(*) FROM two;"), "0");
        assert!(migrator.upgrade("head").unwrap().is_empty(), "the fingerprints are those of the files");
        assert_eq!(migrator.downgrade("base").unwrap().steps().count(), 3);
    }
}

#[test]
fn what_was_edited_after_the_check_does_not_start() {
    for kind in KINDS {
        let (project, url) = project(kind);
        let (large, small) = (project.path("r/2.sql"), project.path("r/3.sql"));
        let migrator = Migrator::from_config_in(project.path("aludel.yaml"), |_| None).unwrap();
        let migrator = migrator.on_event(move |_, event| {
            if matches!(event, Event::Started { index: 0, .. }) {
                std::fs::write(&large, revision(2, "edited", &padding())).unwrap();
                std::fs::write(&small, revision(3, "edited_too", "")).unwrap();
            }
        });
        let error = migrator.upgrade("head").unwrap_err();
        let Some(EngineError::EditedMeanwhile { revision, path }) = error.engine() else { panic!("{error}") };
        assert_eq!((revision.as_str(), path), ("aaaa2", &project.path("r/2.sql")));
        let rows = "SELECT version_num FROM aludel_version;";
        assert_eq!(project.shell(kind, &url, rows), "aaaa1", "what ran before it stays");
        let again = Migrator::from_config_in(project.path("aludel.yaml"), |_| None).unwrap().upgrade("head").unwrap();
        assert_eq!(again.steps().count(), 2);
        assert_eq!(project.shell(kind, &url, "SELECT count(*) FROM edited;"), "0");
    }
}

#[test]
fn what_was_kept_runs_as_it_was_checked() {
    for kind in KINDS {
        let (project, url) = project(kind);
        project.write("r/2.sql", &revision(2, "two", ""));
        let small = project.path("r/3.sql");
        let migrator = Migrator::from_config_in(project.path("aludel.yaml"), |_| None).unwrap();
        let migrator = migrator.on_event(move |_, event| {
            if matches!(event, Event::Started { index: 0, .. }) {
                std::fs::write(&small, revision(3, "edited", "")).unwrap();
            }
        });
        assert_eq!(migrator.upgrade("head").unwrap().steps().count(), 3);
        assert_eq!(project.shell(kind, &url, "SELECT count(*) FROM three;"), "0");
    }
}

/// A step that was kept does not need its file any more.
#[test]
fn a_large_plan_holds_no_text_but_the_first() {
    for (count, size, kept) in [(40, 1024, 40), (40, 1024 * 1024, 1)] {
        let project = Project::new();
        let padding = format!("/* {} */\n", "x".repeat(size));
        for number in 1..=count {
            project.write(&format!("r/{number:02}.sql"), &revision(number, &format!("t{number}"), &padding));
        }
        let service = Service::from_flags(Some("sqlite:a.db"), vec![project.path("r")], &|_| None);
        let history = History::load(&service).unwrap();
        let plan = history.graph.plan_upgrade(&[], "head").unwrap();
        let (dialect, variables) = (service.dialect().unwrap(), BTreeMap::new());
        let setting = Setting { dialect, variables: &variables, single_transaction: false, looking: false };
        let prepared = engine::prepare(&history, &plan, setting).unwrap();
        assert!(prepared.whole(&plan.steps).all(|step| step.unwrap().1.statements() == 1));
        std::fs::remove_dir_all(project.path("r")).unwrap();
        assert_eq!(prepared.whole(&plan.steps).filter(Result::is_ok).count(), kept);
        assert!(prepared.outlines(&plan.steps).all(|(_, outline)| outline.statements == 1), "plans are still shown");
    }
}
