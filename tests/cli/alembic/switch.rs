//! docs/from-alembic.md: each command of its walkthrough is executed and prints what the page shows.
//! `UPDATE_DOCS=1` rewrites the outputs of the page.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::redact::redact;
use crate::support;
use crate::support::alembic;
use crate::support::project::Project;

/// URL of the database in the page and in the files of `tests/scenarios/switch`.
const SHOWN: &str = "//shop@localhost/shop";

/// URL of an empty database beside it.
const FRESH: &str = "//shop@localhost/fresh";

/// Project of two services with Alembic on one PostgreSQL server, with the environment of a user's shell.
struct Walk {
    project: Project,
    /// URLs in the page, and the real ones that replace them.
    places: [(&'static str, String); 2],
    path: String,
}

impl Walk {
    fn new() -> Self {
        let place = || support::postgres().new_database().split_once(':').unwrap().1.to_owned();
        let places = [(SHOWN, place()), (FRESH, place())];
        let shown = places[0].1.clone();
        let project = Project::scenario("switch", &move |text| {
            text.replace(&format!("postgresql:{SHOWN}"), &format!("postgresql+psycopg2:{shown}"))
        });
        let folders = [Path::new(env!("CARGO_BIN_EXE_aludel")), &alembic::program()]
            .map(|program| program.parent().unwrap().display().to_string());
        let path = format!("{}:{}", folders.join(":"), std::env::var("PATH").unwrap());
        Self { project, places, path }
    }

    /// Executes a line in a shell and returns stderr and stdout in the order of output.
    fn typed(&self, line: &str) -> String {
        let line = self.places.iter().fold(line.to_owned(), |line, (shown, place)| line.replace(shown, place));
        let output = Command::new("sh")
            .args(["-c", &format!("exec 2>&1\n{line}")])
            .current_dir(self.project.path(""))
            .env_clear()
            .env("PATH", &self.path)
            .env("HOME", self.project.path(""))
            .env("LC_ALL", "C.UTF-8")
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        let said = self.places.iter().fold(said, |said, (shown, place)| said.replace(place, shown));
        let folder = self.project.path("").display().to_string();
        let said = said.replace("postgresql+psycopg2", "postgresql").replace(folder.trim_end_matches('/'), "/srv/shop");
        // Alembic's log is dropped, because it repeats the messages in a form that depends on its version.
        said.lines().filter(|line| !line.starts_with("ERROR [alembic")).map(|line| format!("{line}\n")).collect()
    }

    /// Writes a revision's text into the file that has its id.
    fn fill_in(&self, text: &str) {
        let id = text.lines().find_map(|line| line.strip_prefix("-- revision: ")).unwrap();
        let folders = ["auth", "chat"].map(|service| self.project.path(&format!("{service}/migrations/versions")));
        let files = folders.iter().flat_map(|folder| std::fs::read_dir(folder).unwrap().flatten());
        let mut paths = files.map(|file| file.path());
        let path = paths.find(|path| path.to_string_lossy().contains(id)).unwrap_or_else(|| panic!("no file of {id}"));
        std::fs::write(path, text).unwrap();
    }

    /// Executes the commands after `$ ` in a text, and returns the text with their real output.
    fn play(&self, text: &str) -> String {
        let mut played = String::new();
        let mut lines = text.lines().peekable();
        while let Some(line) = lines.next() {
            played += &format!("{line}\n");
            if !["```console", "```sql", "```sh", "```yaml"].contains(&line) {
                continue;
            }
            let mut body = Vec::new();
            while let Some(next) = lines.next_if(|next| *next != "```") {
                body.push(next);
            }
            let text = format!("{}\n", body.join("\n"));
            match line {
                "```console" => body.iter().filter(|line| line.starts_with("$ ")).for_each(|line| {
                    played += &format!("{line}\n{}", self.typed(&line[2..]));
                }),
                "```sql" => self.fill_in(&text),
                "```yaml" => self.project.write("aludel.yaml", &text.replace(SHOWN, &self.places[0].1)),
                _ => assert_eq!(self.typed(&text), "", "{text}"),
            }
            if line != "```console" {
                played += &text;
            }
        }
        played
    }
}

fn page() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/from-alembic.md")
}

/// Executes a chapter of the page after the chapters `before`, and asserts that the page shows the real output.
fn chapter(title: &str, before: &[&str]) {
    // Two chapters must not rewrite the page at the same time.
    static WRITING: std::sync::Mutex<()> = std::sync::Mutex::new(());
    let _turn = WRITING.lock();
    let text = std::fs::read_to_string(page()).unwrap();
    let start = text.find(&format!("## {title}\n")).expect("the chapter");
    let end = text[start + 3..].find("\n## ").map_or(text.len(), |next| start + 3 + next);
    let walk = Walk::new();
    for line in before {
        walk.typed(line);
    }
    let played = walk.play(&text[start..end]);
    let [wanted, found] = [&text[start..end], &played].map(|text| redact(text, &[]));
    if wanted.trim() == found.trim() {
        return;
    }
    assert!(std::env::var_os("UPDATE_DOCS").is_some(), "{}", first_difference(&wanted, &found));
    let rest = if text[end..].is_empty() { "\n" } else { &text[end..] };
    std::fs::write(page(), format!("{}{}{rest}", &text[..start], played.trim_end_matches('\n'))).unwrap();
}

#[test]
fn the_walk_of_the_page_is_as_it_says() {
    chapter("Two services, line by line", &[]);
}

#[test]
fn a_start_from_todays_schema_is_as_the_page_says() {
    chapter("Or start from today's schema", &["alembic -n auth upgrade head"]);
}

fn first_difference(wanted: &str, found: &str) -> String {
    let same = wanted.lines().zip(found.lines()).take_while(|(one, other)| one == other).count();
    let part = |text: &str| text.lines().skip(same.saturating_sub(3)).take(12).collect::<Vec<_>>().join("\n");
    format!("the page says:\n{}\n--- and now it is:\n{}\n(UPDATE_DOCS=1 writes it)", part(wanted), part(found))
}

/// Every command outside the walkthrough exists.
#[test]
fn the_commands_that_the_page_names_exist() {
    let text = std::fs::read_to_string(page()).unwrap();
    let mut names: Vec<&str> = text
        .split('`')
        .filter_map(|code| code.strip_prefix("aludel "))
        .filter_map(|rest| rest.split_whitespace().next())
        .filter(|name| name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'))
        .collect();
    names.sort_unstable();
    names.dedup();
    assert!(names.len() > 8, "{names:?}");
    for name in names {
        let known = Project::new().run(&[name, "--help"]);
        assert_eq!(known.status, 0, "{name}: {}", known.stderr);
    }
}
