//! Scenarios of `import` and `stamp --from`: a project of each tool, laid out as in its documentation, is imported, run
//! up, down and up on a real server, and its version table is adopted. The projects are in tests/scenarios/imports.

mod formats;
mod more_formats;
mod page;
mod pairs;
mod recognized;
mod sqitch;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::support::project::{Kind, Project, Run};
use serde_json::Value;

/// Returns the path of a file or folder of a tool's scenario.
pub fn sample(format: &str, name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios/imports").join(format).join(name)
}

/// Service `app` on a fresh database, with a tool's project to import.
pub struct Switch {
    pub project: Project,
    pub kind: Kind,
    pub url: String,
    pub format: &'static str,
    /// Values of `-x` for every run.
    pub variables: &'static [&'static str],
}

impl Switch {
    pub fn new(format: &'static str, kind: Kind) -> Self {
        let (project, url) = Project::with_database(kind);
        Self { project, kind, url, format, variables: &[] }
    }

    pub fn run(&self, arguments: &[&str]) -> Run {
        self.project.run(&[arguments, self.variables].concat())
    }

    #[track_caller]
    pub fn ok(&self, arguments: &[&str]) -> Run {
        let run = self.run(arguments);
        assert_eq!(run.status, 0, "{arguments:?}\n{}{}", run.stdout, run.stderr);
        run
    }

    pub fn sql(&self, sql: &str) -> String {
        self.project.shell(self.kind, &self.url, sql)
    }

    /// Executes a file of the scenario in the database.
    pub fn play(&self, name: &str) {
        self.sql(&std::fs::read_to_string(sample(self.format, name)).unwrap());
    }

    /// Imports the project and returns the JSON document.
    #[track_caller]
    pub fn import(&self) -> Value {
        let folder = sample(self.format, "project").display().to_string();
        let document = self.project.json(&["import", self.format, &folder]);
        assert_eq!(document["services"][0]["format"], self.format, "{document:#}");
        document["services"][0].clone()
    }

    /// Returns all revision files with their texts.
    pub fn files(&self) -> BTreeMap<String, String> {
        let entries = std::fs::read_dir(self.project.path("r")).unwrap().map(|entry| entry.unwrap());
        let read = |entry: std::fs::DirEntry| {
            (entry.file_name().into_string().unwrap(), std::fs::read_to_string(entry.path()).unwrap())
        };
        entries.map(read).collect()
    }

    /// Imports twice. Checks the ids, and that the second import changes nothing.
    #[track_caller]
    pub fn import_twice(&self, ids: &[&str]) -> Value {
        let first = self.import();
        assert_eq!(revisions(&first["imported"]), ids, "{first:#}");
        let files = self.files();
        assert_eq!(files.len(), ids.len());
        let second = self.import();
        assert_eq!((revisions(&second["imported"]), revisions(&second["known"])), (vec![], ids.to_vec()), "{second:#}");
        assert_eq!(self.files(), files);
        first
    }

    /// Upgrades, downgrades and upgrades again. `probe` prints `there` after an upgrade, and fails or prints nothing
    /// after the downgrade.
    #[track_caller]
    pub fn up_down_up(&self, probe: &str, there: &str) {
        for _ in 0..2 {
            self.ok(&["upgrade", "heads"]);
            assert_eq!(self.sql(probe), there);
            self.ok(&["downgrade", "base", "--yes"]);
            assert_eq!(self.sql(self.tables()), "", "something is left");
        }
        self.ok(&["upgrade", "heads"]);
    }

    /// Returns the query for the tables and views other than aludel's own.
    fn tables(&self) -> &'static str {
        match self.kind {
            Kind::Sqlite => {
                "SELECT name FROM sqlite_schema WHERE type <> 'index' AND name NOT LIKE 'aludel%' AND name NOT LIKE 'sqlite%';"
            }
            Kind::Postgres => {
                "SELECT relname FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace WHERE nspname !~ '^pg_|information_schema' AND relkind IN ('r', 'v') AND relname !~ '^aludel';"
            }
            Kind::Mariadb => {
                "SELECT table_name FROM information_schema.tables WHERE table_schema = database() AND table_name NOT LIKE 'aludel%';"
            }
        }
    }

    /// Runs `stamp --from` with the tool's own table and returns the resulting rows.
    #[track_caller]
    pub fn stamp(&self) -> Vec<String> {
        let document = self.project.json(&["stamp", "--from", self.format]);
        assert!(document["error"].is_null(), "{document:#}");
        strings(&document["services"][0]["to"])
    }

    /// Returns the error code and message of a refused `stamp --from`.
    pub fn refusal(&self) -> (String, String) {
        let document = self.project.json(&["stamp", "--from", self.format]);
        let text = |key: &str| document["error"][key].as_str().unwrap_or_default().to_owned();
        (text("code"), text("message"))
    }
}

pub fn strings(list: &Value) -> Vec<String> {
    list.as_array().unwrap().iter().map(|item| item.as_str().unwrap().to_owned()).collect()
}

/// Returns the revision ids of a list in the document.
pub fn revisions(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|item| item["revision"].as_str().unwrap()).collect()
}

/// Returns the codes of the warnings with their files.
pub fn warnings(document: &Value) -> Vec<(&str, &str)> {
    let list = document["warnings"].as_array().unwrap();
    list.iter().map(|warning| (warning["code"].as_str().unwrap(), warning["path"].as_str().unwrap())).collect()
}
