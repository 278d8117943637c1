//! The command line as a user sees it: every file in `tests/transcripts/` is a session in a folder of its own, with the
//! output and exit status of each command. `UPDATE_TRANSCRIPTS=1 cargo test --test cli transcripts::` rewrites them;
//! `TRANSCRIPTS=word` selects the files whose path contains the word.
//!
//! A transcript consists of blocks:
//!
//! ```text
//! # purpose of the session               a comment
//! ## project fork                        a copy of tests/transcripts/projects/fork (`example`: the repository's own)
//! ## database postgres URL               a fresh database; its URL in the variable URL
//! ## file r/1.sql                        a file; its content follows
//! $ aludel upgrade head                  a command for `sh`; lines that begin with `> ` continue it
//! expected line of stdout
//! ! expected line of stderr
//! [exit 1]                               when it is not 0
//! ```
//!
//! Output that differs from run to run is redacted (`transcript/redact.rs`). No output may contain a password, and the
//! stdout of an `aludel` command with `--json` must be one JSON document.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::redact::redact;
use crate::support::Address;
use crate::support::project::Kind;
use aludel::error_code::ErrorCode;

/// Passwords that the URLs and wrong passwords of the transcripts contain, and that must not be in any output.
const SECRETS: [&str; 3] = ["mariadb-secret", "postgres-secret", "geheim"];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts")
}

/// State of a session: its folder, its environment, redactions of its output.
struct Session {
    folder: tempfile::TempDir,
    environment: Vec<(String, String)>,
    redactions: Vec<(String, &'static str)>,
    complaints: Vec<String>,
}

impl Session {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().canonicalize().unwrap().display().to_string();
        let (user, host) = (said("id", &["-un"]), said("hostname", &[]));
        let redactions = vec![
            (path, "[FOLDER]"),
            (format!("{user}@{host}"), "[USER]@[HOST]"),
            (format!("\"os_user\": \"{user}\""), "\"os_user\": \"[USER]\""),
            (format!("\"host\": \"{host}\""), "\"host\": \"[HOST]\""),
            (format!("aludel {}{}", env!("CARGO_PKG_VERSION"), env!("ALUDEL_BUILD")), "aludel [VERSION]"),
            (format!("aludel {}", env!("CARGO_PKG_VERSION")), "aludel [VERSION]"),
            (format!("'{user}', '{host}', '{}'", env!("CARGO_PKG_VERSION")), "'[USER]', '[HOST]', '[VERSION]'"),
            (format!("\"tool_version\": \"{}\"", env!("CARGO_PKG_VERSION")), "\"tool_version\": \"[VERSION]\""),
        ];
        Self { folder, environment: Vec::new(), redactions, complaints: Vec::new() }
    }

    /// Runs all blocks and returns the text that the transcript should have had.
    fn play(&mut self, text: &str) -> String {
        let mut written = String::new();
        let mut lines = text.lines().peekable();
        while let Some(line) = lines.next() {
            if let Some(directive) = line.strip_prefix("## ") {
                let mut content = String::new();
                while let Some(next) = lines.next_if(|next| !starts_block(next)) {
                    content = content + next + "\n";
                }
                let content = content.trim_end_matches('\n');
                self.directive(directive, content);
                let newline = if content.is_empty() { "" } else { "\n" };
                written += &format!("{line}\n{content}{newline}\n");
            } else if let Some(command) = line.strip_prefix("$ ") {
                let mut command = command.to_owned();
                written += &format!("{line}\n");
                while let Some(next) = lines.next_if(|next| next.starts_with("> ")) {
                    command = command + "\n" + next.trim_start_matches("> ");
                    written += &format!("{next}\n");
                }
                while lines.next_if(|next| !starts_block(next)).is_some() {}
                written += &self.command(&command);
                written.push('\n');
            } else {
                written += &format!("{line}\n");
            }
        }
        written.trim_end().to_owned() + "\n"
    }

    fn directive(&mut self, directive: &str, content: &str) {
        let words: Vec<_> = directive.split(' ').collect();
        match words.as_slice() {
            ["file", name] => {
                let path = self.folder.path().join(name);
                std::fs::create_dir_all(path.parent().unwrap()).unwrap();
                std::fs::write(path, format!("{content}\n")).unwrap();
            }
            ["project", "example"] => {
                let top = Path::new(env!("CARGO_MANIFEST_DIR"));
                for name in ["aludel.yaml", "revisions"] {
                    copy(&top.join(name), &self.folder.path().join(name));
                }
            }
            ["project", name] => copy(&folder().join("projects").join(name), self.folder.path()),
            ["database", kind, variable] => self.database(kind, variable),
            _ => panic!("no such block: ## {directive}"),
        }
    }

    fn database(&mut self, kind: &str, variable: &str) {
        let kind = if kind == "postgres" { Kind::Postgres } else { Kind::Mariadb };
        let server = kind.server().unwrap();
        let url = server.new_database();
        let address = Address::parse(&url);
        self.redactions.extend([
            (format!("{}:{}", address.host, address.port), "[SERVER]"),
            (format!("\"{}\" (127.0.0.1), port {}", address.host, address.port), "[SERVER]"),
            (address.database.clone(), "[DATABASE]"),
            (format!("{}@", address.user), "[TESTER]@"),
        ]);
        let folder = server.folder.as_ref().map(|folder| folder.display().to_string()).unwrap_or_default();
        self.redactions.push((folder, "[SERVER'S FOLDER]"));
        let place = [("HOST", &address.host), ("PORT", &address.port.to_string()), ("NAME", &address.database)];
        self.environment.extend(place.map(|(name, value)| (format!("{variable}_{name}"), value.clone())));
        self.environment.push((format!("{variable}_USER"), address.user));
        self.environment.push((variable.to_owned(), url));
    }

    fn command(&mut self, script: &str) -> String {
        let binary = Path::new(env!("CARGO_BIN_EXE_aludel")).parent().unwrap().to_owned();
        let others = std::env::var_os("PATH").unwrap_or_default();
        let path = std::env::join_paths(std::iter::once(binary).chain(std::env::split_paths(&others))).unwrap();
        let output = Command::new("sh")
            .args(["-c", script])
            .current_dir(self.folder.path())
            .env_clear()
            .env("PATH", path)
            .env("HOME", self.folder.path())
            .env("LC_ALL", "C.UTF-8")
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let [stdout, stderr] =
            [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).expect("an output is UTF-8"));
        self.complain(script, &stdout, &stderr);
        let mut record = redact(&stdout, &self.redactions);
        if !record.is_empty() && !record.ends_with('\n') {
            record.push_str("[no newline]\n");
        }
        for line in redact(&stderr, &self.redactions).lines() {
            record += format!("! {line}").trim_end();
            record.push('\n');
        }
        match output.status.code() {
            Some(0) => record,
            Some(code) => record + &format!("[exit {code}]\n"),
            None => record + "[ended by a signal]\n",
        }
    }

    fn complain(&mut self, script: &str, stdout: &str, stderr: &str) {
        for secret in SECRETS.iter().filter(|secret| stdout.contains(**secret) || stderr.contains(**secret)) {
            self.complaints.push(format!("`{script}` prints the password {secret}"));
        }
        let is_ours = script.starts_with("aludel ") && !script.contains(['|', '\n', ';', '>']);
        if is_ours && script.split(' ').any(|word| word == "--json") {
            let document: Result<serde_json::Value, _> = serde_json::from_str(stdout);
            if let Err(error) = document {
                self.complaints.push(format!("`{script}` prints no JSON document: {error}"));
            }
        }
    }
}

fn starts_block(line: &str) -> bool {
    line.starts_with("$ ") || line.starts_with("## ") || line.starts_with("# ")
}

/// Returns all files below `folder` with the extension, in order.
fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut entries: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    let below = |path: PathBuf| if path.is_dir() { files(&path, extension) } else { vec![path] };
    let found = entries.into_iter().flat_map(below);
    found.filter(|path| path.extension().is_some_and(|found| found == extension)).collect()
}

fn copy(from: &Path, to: &Path) {
    if from.is_file() {
        std::fs::copy(from, to).unwrap();
        return;
    }
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().flatten() {
        copy(&entry.path(), &to.join(entry.file_name()));
    }
}

/// Returns the output of a program, trimmed; empty if there is no such program.
fn said(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output();
    output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned()).unwrap_or_default()
}

/// Replays a transcript and returns the difference, or `None` if there is none.
fn check(path: &Path) -> Option<String> {
    let recorded = std::fs::read_to_string(path).unwrap();
    let mut session = Session::new();
    let played = session.play(&recorded);
    let mut wrong = session.complaints;
    if played != recorded && std::env::var_os("UPDATE_TRANSCRIPTS").is_some() {
        std::fs::write(path, &played).unwrap();
    } else if played != recorded {
        wrong.push(difference(&recorded, &played));
    }
    (!wrong.is_empty()).then(|| format!("{}\n{}", path.display(), wrong.join("\n")))
}

/// Returns the first line that differs, with the lines around it.
fn difference(recorded: &str, played: &str) -> String {
    let [recorded, played] = [recorded, played].map(|text| text.lines().collect::<Vec<_>>());
    let at = recorded.iter().zip(&played).take_while(|(one, other)| one == other).count();
    let part =
        |lines: &[&str]| lines.iter().skip(at.saturating_sub(5)).take(20).copied().collect::<Vec<_>>().join("\n");
    format!("line {}: recorded:\n{}\n--- but now:\n{}\n", at + 1, part(&recorded), part(&played))
}

#[test]
fn every_transcript_is_as_it_was_recorded() {
    let wanted = std::env::var("TRANSCRIPTS").unwrap_or_default();
    let mut paths = files(&folder(), "txt");
    paths.retain(|path| path.strip_prefix(folder()).unwrap().to_string_lossy().contains(&wanted));
    let (next, failures) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while let Some(path) = paths.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let failure = check(path);
                    failures.lock().unwrap().extend(failure);
                }
            });
        }
    });
    let failures = failures.into_inner().unwrap();
    assert!(failures.is_empty(), "\n{}\nUPDATE_TRANSCRIPTS=1 writes them anew", failures.join("\n"));
}

/// Codes that only a real Alembic can provoke. Transcripts run no Python.
const OF_ALEMBIC: [&str; 2] = ["alembic-elsewhere", "python-unrendered"];

/// A panic, which no input may cause; `library/panicking.rs` provokes one.
const OF_A_FAULT: &str = "internal-error";

#[test]
fn every_error_code_has_a_transcript() {
    let texts: String = files(&folder(), "txt").iter().map(|path| std::fs::read_to_string(path).unwrap()).collect();
    let shown =
        |code: &&str| texts.contains(&format!("error[{code}]")) || texts.contains(&format!("\"code\": \"{code}\""));
    let missing: BTreeSet<_> = ErrorCode::ALL
        .iter()
        .map(|code| code.as_str())
        .filter(|code| !shown(code) && !OF_ALEMBIC.contains(code) && *code != OF_A_FAULT)
        .collect();
    assert!(missing.is_empty(), "no transcript shows {missing:?}");
}

#[test]
fn every_command_has_a_transcript() {
    let texts: String = files(&folder(), "txt").iter().map(|path| std::fs::read_to_string(path).unwrap()).collect();
    for command in aludel::cli::command().get_subcommands() {
        let name = command.get_name();
        assert!(texts.contains(&format!("$ aludel {name}")), "no transcript runs {name}");
    }
}
