//! Project in a temporary folder, and the binary run in it as a user would run it.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use super::Server;

/// Kind of database, with its real client.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    Sqlite,
    Postgres,
    Mariadb,
}

impl Kind {
    /// Server of this kind; `None` for SQLite.
    pub fn server(self) -> Option<&'static Server> {
        match self {
            Self::Sqlite => None,
            Self::Postgres => Some(super::postgres()),
            Self::Mariadb => Some(super::mariadb()),
        }
    }
}

/// Folder with a config and revisions.
pub struct Project {
    folder: tempfile::TempDir,
}

impl Project {
    /// Creates an empty folder.
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a temporary folder") }
    }

    /// Creates a project with one service `app`, its revisions in `r`, on a fresh database. Returns the database's URL
    /// too.
    pub fn with_database(kind: Kind) -> (Self, String) {
        let project = Self::new();
        let url = project.new_database(kind, "app");
        project.write("aludel.yaml", &format!("services:\n  app:\n    url: \"{url}\"\n    revisions: r\n"));
        std::fs::create_dir(project.path("r")).expect("a folder");
        (project, url)
    }

    /// Copies the example at the top of the repository.
    pub fn example() -> Self {
        let project = Self::new();
        let top = Path::new(env!("CARGO_MANIFEST_DIR"));
        std::fs::copy(top.join("aludel.yaml"), project.path("aludel.yaml")).expect("the config");
        for folder in ["auth", "chat2chart", "tests/auth", "tests/chat2chart"] {
            let from = top.join("revisions").join(folder);
            std::fs::create_dir_all(project.path("revisions").join(folder)).expect("a folder");
            for file in std::fs::read_dir(from).expect("the folder").flatten() {
                let to = project.path("revisions").join(folder).join(file.file_name());
                std::fs::copy(file.path(), to).expect("a revision");
            }
        }
        project
    }

    /// Copies the scenario `name`, with `adapt` applied to every text.
    pub fn scenario(name: &str, adapt: &dyn Fn(String) -> String) -> Self {
        let project = Self::new();
        let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios").join(name);
        let mut folders = vec![top.clone()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(&folder).expect("the folder").flatten() {
                let path = entry.path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                let text = std::fs::read_to_string(&path).expect("a text");
                project.write(path.strip_prefix(&top).expect("below").to_str().expect("text"), &adapt(text));
            }
        }
        project
    }

    /// Returns the URL of a fresh database; for SQLite that of a file that does not exist yet.
    pub fn new_database(&self, kind: Kind, name: &str) -> String {
        match kind.server() {
            Some(server) => server.new_database(),
            None => format!("sqlite:{}", self.path(&format!("{name}.db")).display()),
        }
    }

    /// Returns a path in the folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, text).expect("a file");
    }

    /// Writes revision `id` after `down` (empty: a base) with these sections.
    pub fn revision(&self, id: &str, down: &str, upgrade: &str, downgrade: &str) {
        self.revision_with(id, down, "", upgrade, downgrade);
    }

    /// Writes a revision like [`Project::revision`], with additional header lines.
    pub fn revision_with(&self, id: &str, down: &str, header: &str, upgrade: &str, downgrade: &str) {
        let down = if down.is_empty() { "null" } else { down };
        let text = format!(
            "-- revision: {id}\n-- down_revision: {down}\n{header}\n-- @upgrade\n{upgrade}\n-- @downgrade\n{downgrade}\n"
        );
        self.write(&format!("r/{id}.sql"), &text);
    }

    /// Writes revision `id` after `down` with a verify section.
    pub fn verified_revision(
        &self,
        (id, down, header): (&str, &str, &str),
        upgrade: &str,
        downgrade: &str,
        verify: &str,
    ) {
        self.revision_with(id, down, header, upgrade, &format!("{downgrade}\n-- @verify\n{verify}"));
    }

    /// Returns a command for the binary with `arguments`, in the folder, with a clean environment.
    pub fn command(&self, arguments: &[&str]) -> Command {
        self.command_of(Path::new(env!("CARGO_BIN_EXE_aludel")), arguments)
    }

    /// Like [`Project::command`], for another build of the program.
    pub fn command_of(&self, program: &Path, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        command.args(arguments).current_dir(self.folder.path()).stdin(Stdio::null());
        command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default()).env("NO_COLOR", "1");
        command.env("HOME", self.folder.path());
        command
    }

    /// Runs the binary and waits for its end.
    pub fn run(&self, arguments: &[&str]) -> Run {
        Run::of(self.command(arguments).output().expect("the binary"))
    }

    /// Runs the binary, requires success and returns its stdout.
    pub fn ok(&self, arguments: &[&str]) -> String {
        let run = self.run(arguments);
        assert_eq!(run.status, 0, "{arguments:?}\n{}{}", run.stdout, run.stderr);
        run.stdout
    }

    /// Runs the binary with `--json` and returns its document, whatever the exit status is.
    pub fn json(&self, arguments: &[&str]) -> serde_json::Value {
        let run = self.run(&[arguments, &["--json"]].concat());
        serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}\n{}{}", run.stdout, run.stderr))
    }

    /// Returns the output of `sql` in the real client of the database at `url`.
    pub fn shell(&self, kind: Kind, url: &str, sql: &str) -> String {
        match kind.server() {
            Some(server) => server.shell(url, sql),
            None => super::sqlite_shell(Path::new(url.trim_start_matches("sqlite:")), sql).trim_end().to_owned(),
        }
    }

    /// Like [`Project::shell`], but returns the client's message if it fails.
    pub fn try_shell(&self, kind: Kind, url: &str, sql: &str) -> Result<String, String> {
        match kind.server() {
            Some(server) => server.try_shell(url, sql),
            None => super::try_sqlite_shell(Path::new(url.trim_start_matches("sqlite:")), sql),
        }
    }
}

/// Result of a run of the binary.
#[derive(Debug)]
pub struct Run {
    pub status: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Run {
    pub fn of(output: Output) -> Self {
        Self {
            status: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).expect("text"),
            stderr: String::from_utf8(output.stderr).expect("text"),
        }
    }
}

/// Waits until `yes` returns `true`, for at most 30 seconds.
pub fn until(what: &str, mut yes: impl FnMut() -> bool) {
    let start = std::time::Instant::now();
    while !yes() {
        assert!(start.elapsed().as_secs() < 30, "waited in vain for {what}");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
}
