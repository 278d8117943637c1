//! Cases of schema changes: a folder each, `tests/cases/DIALECT/NAME/{old.sql,new.sql}`, optionally with `rows.sql`
//! (inserts rows into the tables of old.sql), `options` and `expected.sql` (`expected.rs`). Reads the cases, runs them in several threads, and reports
//! all failures.
//!
//! `ALUDEL_CASE=part,of,names` selects the cases whose names contain one of the words. `ALUDEL_TEST_SHARE=N` selects one
//! of N by name, and those with `expected.sql`. `ALUDEL_CASES=FOLDER` reads the cases from `FOLDER/DIALECT` instead, for
//! example pairs from another tool's tests.

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use aludel::schema::{Kind, Object, Options, Rename, Schema, Script};

#[derive(Debug, Default)]
pub struct Case {
    pub name: String,
    pub old: String,
    pub new: String,
    /// SQL that inserts rows into the tables of `old`.
    pub rows: Option<String>,
    /// File with the expected statements, if there is one.
    pub expected: Option<PathBuf>,
    /// Lines of `options`: single words ([`Case::says`]) or names with values ([`Case::value`]).
    options: Vec<String>,
}

impl Case {
    /// Creates a case without a folder and without options.
    pub fn new(name: String, old: String, new: String, rows: Option<String>) -> Self {
        Self { name, old, new, rows, ..Self::default() }
    }

    /// Returns `true` if its SQL contains one of the words, ignoring case. The words must be in upper case.
    pub fn mentions(&self, words: &[&str]) -> bool {
        let texts = [Some(&self.old), Some(&self.new), self.rows.as_ref()];
        let texts: Vec<String> = texts.into_iter().flatten().map(|text| text.to_uppercase()).collect();
        words.iter().any(|word| texts.iter().any(|text| text.contains(word)))
    }

    /// Returns `true` if `options` contains the line `word`.
    pub fn says(&self, word: &str) -> bool {
        self.options.iter().any(|line| line == word)
    }

    /// Returns the value of the first `name: ` in `options`.
    pub fn value<'a>(&'a self, name: &'a str) -> Option<&'a str> {
        self.values(name).next()
    }

    /// Returns the value of each `name: ` in `options`.
    pub fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.options.iter().filter_map(move |line| line.strip_prefix(name)?.strip_prefix(": "))
    }

    /// Returns the options for the statements from `from` to `to`. A line `rename: public.users.email mail` contains an
    /// object of
    /// `from`, in the form in which its key is displayed, and its new name.
    pub fn options(&self, from: &Schema, online: bool) -> Options {
        let rename = |line: &str| {
            let (shown, to) = line.split_once(' ').expect("rename: OLD NEW");
            let object = from.objects().find(|object| object.key.to_string() == shown);
            let object = object.unwrap_or_else(|| panic!("{}: no {shown} to rename", self.name));
            Rename { from: object.key.clone(), to: to.to_owned() }
        };
        Options { online, owners: self.says("owners"), renames: self.values("rename").map(rename).collect() }
    }

    /// Returns the script's statements with the placeholders filled in (`fill: EXPRESSION`, default NULL).
    pub fn filled(&self, script: &Script) -> Vec<(bool, Vec<String>)> {
        let fill = self.value("fill").unwrap_or("NULL");
        let statements = |part: &aludel::schema::ScriptPart| {
            part.statements.iter().map(|statement| statement.sql.replace(Script::PLACEHOLDER, fill)).collect()
        };
        script.parts.iter().map(|part| (part.transaction, statements(part))).collect()
    }
}

/// Formats a script for display.
pub fn told(script: &Script) -> String {
    let part = |part: &aludel::schema::ScriptPart| {
        let lines: Vec<String> = part
            .statements
            .iter()
            .map(|statement| {
                let notes: String = statement.notes.iter().map(|note| format!("-- {note:?}\n")).collect();
                format!("{notes}{};\n", statement.sql)
            })
            .collect();
        format!("-- part, transaction: {}\n{}", part.transaction, lines.concat())
    };
    script.parts.iter().map(part).collect()
}

/// Reads all cases of a dialect, sorted by name.
pub fn cases(dialect: &str) -> Vec<Case> {
    let given = std::env::var_os("ALUDEL_CASES").map(PathBuf::from);
    let folder = given.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases")).join(dialect);
    let entries = std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut folders: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()).collect();
    folders.sort();
    folders.iter().map(|folder| read(folder)).filter(is_wanted).collect()
}

fn read(folder: &Path) -> Case {
    let file = |name: &str| std::fs::read_to_string(folder.join(name));
    let must = |name: &str| file(name).unwrap_or_else(|error| panic!("{}/{name}: {error}", folder.display()));
    Case {
        name: folder.file_name().unwrap().to_string_lossy().into_owned(),
        old: must("old.sql"),
        new: must("new.sql"),
        rows: file("rows.sql").ok(),
        expected: Some(folder.join("expected.sql")).filter(|path| path.is_file()),
        options: file("options").unwrap_or_default().lines().map(|line| line.trim().to_owned()).collect(),
    }
}

fn is_wanted(case: &Case) -> bool {
    if let Ok(words) = std::env::var("ALUDEL_CASE") {
        return words.split(',').any(|word| case.name.contains(word));
    }
    // A new case moves no other one into or out of the share.
    let sum: usize = case.name.bytes().map(usize::from).sum();
    sum.is_multiple_of(share()) || case.expected.is_some()
}

/// Returns N if only one of N cases, moments and rounds is wanted (`ALUDEL_TEST_SHARE`).
pub fn share() -> usize {
    let Ok(share) = std::env::var("ALUDEL_TEST_SHARE") else { return 1 };
    share.parse().unwrap_or_else(|error| panic!("ALUDEL_TEST_SHARE={share}: {error}"))
}

/// Returns `true` if all cases were read: a test then checks that there are as many as there were.
pub fn are_complete() -> bool {
    ["ALUDEL_CASE", "ALUDEL_TEST_SHARE", "ALUDEL_CASES"].iter().all(|name| std::env::var_os(name).is_none())
}

/// Runs `prove` on all cases, in one thread per worker. A worker is a value of its thread, such as its connections.
/// Panics with the failures of all failed cases, if any.
pub fn prove<W: Send>(cases: &[Case], workers: Vec<W>, prove: impl Fn(&mut W, &Case) -> Result<(), String> + Sync) {
    let failures = in_threads(cases, workers, |worker, case| {
        let proof = std::panic::AssertUnwindSafe(|| prove(worker, case));
        let result = std::panic::catch_unwind(proof).unwrap_or_else(|panic| Err(words(&*panic)));
        result.err().map(|failure| (case.name.clone(), failure)).into_iter().collect()
    });
    report(cases.len(), failures);
}

/// Runs `each` on all items in their order, in one thread per worker, and returns everything that the calls returned.
pub fn in_threads<W: Send, T: Sync>(
    items: &[T],
    workers: Vec<W>,
    each: impl Fn(&mut W, &T) -> Vec<(String, String)> + Sync,
) -> Vec<(String, String)> {
    let next = AtomicUsize::new(0);
    let said = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for mut worker in workers {
            let (next, said, each) = (&next, &said, &each);
            scope.spawn(move || {
                while let Some(item) = items.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let found = each(&mut worker, item);
                    said.lock().unwrap().extend(found);
                }
            });
        }
    });
    said.into_inner().unwrap()
}

/// Prefix of the failure of a case whose own SQL the server refuses.
const REFUSED: &str = "the server refuses the case's own SQL: ";

/// Returns the failure of a case whose own SQL the server refused, with the server's message.
pub fn refused(said: String) -> String {
    format!("{REFUSED}{said}")
}

/// Prints a line to the terminal directly, because the test harness captures the output of tests.
pub fn say(line: &str) {
    use std::io::Write as _;
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// Panics if a case failed; `failures` are names of cases with their failures. If the tests run on a server other than
/// the one that the cases were written for, cases whose own SQL the server refuses are printed and do not count as
/// failures.
pub fn report(count: usize, mut failures: Vec<(String, String)>) {
    failures.sort();
    if super::is_server_given() {
        let (refused, failed): (Vec<_>, Vec<_>) =
            failures.into_iter().partition(|(_, failure)| failure.starts_with(REFUSED));
        for (name, failure) in &refused {
            say(&format!("{name}: {}", failure.lines().next().unwrap_or_default()));
        }
        say(&format!("{} of {count} cases are not for this server", refused.len()));
        assert!(refused.len() * 2 <= count, "the server refuses {} of {count} cases", refused.len());
        failures = failed;
    }
    let all: String = failures.iter().map(|(name, failure)| format!("\n=== {name}\n{failure}\n")).collect();
    let names: Vec<&str> = failures.iter().map(|(name, _)| name.as_str()).collect();
    assert!(failures.is_empty(), "{all}\n{} of {count} cases failed: {}", failures.len(), names.join(","));
}

/// Returns the message of a panic.
pub fn words(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned())).unwrap_or_default()
}

/// Compares two texts. The error lists the lines that only one of them has.
pub fn same(what: &str, found: &str, wanted: &str) -> Result<(), String> {
    if found == wanted {
        return Ok(());
    }
    let only = |one: &str, other: &str, sign: &str| -> String {
        let lines: Vec<&str> = other.lines().collect();
        one.lines().filter(|line| !lines.contains(line)).map(|line| format!("{sign} {line}\n")).collect()
    };
    let (missing, more) = (only(wanted, found, "-"), only(found, wanted, "+"));
    let difference = if missing.is_empty() && more.is_empty() {
        format!("the same lines in another order:\n{found}")
    } else {
        format!("{missing}{more}")
    };
    Err(format!("{what}:\n{difference}"))
}

/// Name in the old schema, and name in the new one.
pub type Names = (String, String);

/// Returns the tables and columns that both schemas have, with their names in both: their rows must be preserved. The
/// options exclude a column with `other: t.c`, and a table with `gone: t`; `is_left` excludes more columns.
pub fn shared(
    (before, after): (&Schema, &Schema),
    case: &Case,
    options: &Options,
    is_left: &dyn Fn(&Object, &Object) -> bool,
) -> Vec<(Names, Vec<Names>)> {
    let renamed = |object: &Object| {
        let found = options.renames.iter().find(|rename| rename.from == object.key);
        found.map_or_else(|| object.key.name.clone(), |rename| rename.to.clone())
    };
    let names = |old: &Object, new: &Object| (old.key.name.clone(), new.key.name.clone());
    let mut tables = Vec::new();
    for old in before.objects().filter(|object| object.key.kind == Kind::Table) {
        let new = named(after.objects().filter(|object| object.key.kind == Kind::Table).collect(), &renamed(old));
        let Some(new) = new.filter(|_| !case.says(&format!("gone: {}", old.key))) else { continue };
        let columns = before.columns(&old.key).into_iter().filter_map(|column| {
            let target = named(after.columns(&new.key), &renamed(column))?;
            let is_other = case.says(&format!("other: {}", column.key));
            (!is_other && !is_left(column, target)).then(|| names(column, target))
        });
        tables.push((names(old, new), columns.collect()));
    }
    tables
}

/// Returns the object with this name, or else one whose name differs in case only.
fn named<'s>(objects: Vec<&'s Object>, name: &str) -> Option<&'s Object> {
    let exact = objects.iter().find(|object| object.key.name == name);
    exact.or_else(|| objects.iter().find(|object| object.key.name.eq_ignore_ascii_case(name))).copied()
}
