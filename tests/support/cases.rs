//! Cases of changes: a folder each, `tests/cases/DIALECT/NAME/{old.sql,new.sql}`, with `rows.sql` (fills what old.sql makes) and
//! `options` where they are wanted. Reads them, proves them in several threads, and tells of all that failed.
//!
//! `ALUDEL_CASE=part,of,names` proves those only whose names hold one of the words. `ALUDEL_CASES=FOLDER` reads the cases from
//! `FOLDER/DIALECT` instead: pairs of another tool's tests, say.
#![allow(dead_code, unreachable_pub, missing_docs)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use aludel::schema::{Kind, Object, Options, Rename, Schema, Script};

/// One case.
#[derive(Debug, Default)]
pub struct Case {
    pub name: String,
    pub old: String,
    pub new: String,
    /// Fills what `old` makes.
    pub rows: Option<String>,
    /// The lines of `options`: words, see [`Case::says`] and [`Case::value`].
    options: Vec<String>,
}

impl Case {
    /// A case that is not in a folder, without options.
    pub fn new(name: String, old: String, new: String, rows: Option<String>) -> Self {
        Self { name, old, new, rows, options: Vec::new() }
    }

    /// Whether its SQL has one of the words, written in capitals there or not.
    pub fn mentions(&self, words: &[&str]) -> bool {
        let texts = [Some(&self.old), Some(&self.new), self.rows.as_ref()];
        let texts: Vec<String> = texts.into_iter().flatten().map(|text| text.to_uppercase()).collect();
        words.iter().any(|word| texts.iter().any(|text| text.contains(word)))
    }

    /// Whether `options` has the line `word`.
    pub fn says(&self, word: &str) -> bool {
        self.options.iter().any(|line| line == word)
    }

    /// What stands behind `name: ` in `options`.
    pub fn value<'a>(&'a self, name: &'a str) -> Option<&'a str> {
        self.values(name).next()
    }

    /// What stands behind each `name: `.
    pub fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.options.iter().filter_map(move |line| line.strip_prefix(name)?.strip_prefix(": "))
    }

    /// How the statements from `from` to `to` are to be written. A line `rename: public.users.email mail` names an object of
    /// `from`, as its key is shown, and its new name.
    pub fn options(&self, from: &Schema, online: bool) -> Options {
        let rename = |line: &str| {
            let (shown, to) = line.split_once(' ').expect("rename: OLD NEW");
            let object = from.objects().find(|object| object.key.to_string() == shown);
            let object = object.unwrap_or_else(|| panic!("{}: no {shown} to rename", self.name));
            Rename { from: object.key.clone(), to: to.to_owned() }
        };
        Options { online, owners: self.says("owners"), renames: self.values("rename").map(rename).collect() }
    }

    /// The script's statements, with what a person would fill into the gaps (`fill: EXPRESSION`; otherwise NULL).
    pub fn filled(&self, script: &Script) -> Vec<(bool, Vec<String>)> {
        let fill = self.value("fill").unwrap_or("NULL");
        let statements = |part: &aludel::schema::ScriptPart| {
            part.statements.iter().map(|statement| statement.sql.replace(Script::GAP, fill)).collect()
        };
        script.parts.iter().map(|part| (part.transaction, statements(part))).collect()
    }
}

/// A script as a person reads it.
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

/// All cases of a dialect, in order of their names.
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
        options: file("options").unwrap_or_default().lines().map(|line| line.trim().to_owned()).collect(),
    }
}

fn is_wanted(case: &Case) -> bool {
    match std::env::var("ALUDEL_CASE") {
        Ok(words) => words.split(',').any(|word| case.name.contains(word)),
        Err(_) => true,
    }
}

/// Proves all cases, in as many threads as `workers` has values, each with a value of its own (its connections); panics with
/// what each failed case said, and the number of cases that held.
pub fn prove<W: Send>(cases: &[Case], workers: Vec<W>, prove: impl Fn(&mut W, &Case) -> Result<(), String> + Sync) {
    let failures = in_threads(cases, workers, |worker, case| {
        let proof = std::panic::AssertUnwindSafe(|| prove(worker, case));
        let result = std::panic::catch_unwind(proof).unwrap_or_else(|panic| Err(words(&*panic)));
        result.err().map(|failure| (case.name.clone(), failure)).into_iter().collect()
    });
    report(cases.len(), failures);
}

/// Does all items, the first ones first, in a thread for each worker; all that they said.
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

/// How the failure begins of a case whose own SQL the server does not take.
const REFUSED: &str = "the server refuses the case's own SQL: ";

/// The failure of a case whose own SQL the server did not take, with what it said.
pub fn refused(said: String) -> String {
    format!("{REFUSED}{said}")
}

/// Prints a line straight to the terminal: the test harness keeps what tests print.
pub fn say(line: &str) {
    use std::io::Write as _;
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// Panics with what each failed case (its name, its failure) said. Cases whose own SQL the server refuses are no failures
/// where it is another server than the one that they were written for: they are printed.
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

/// What a panic said.
pub fn words(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned())).unwrap_or_default()
}

/// Two texts that should be the same: which lines only one of them has, as a message.
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

/// A name in the old schema, and in the new one.
pub type Names = (String, String);

/// The tables and columns of the old schema that are in the new one, with their names there: their rows must stay. A line
/// `other: t.c` of the options leaves a column out, `gone: t` a table; `is_left` others.
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

/// The one of that name, else of that name in other letters.
fn named<'s>(objects: Vec<&'s Object>, name: &str) -> Option<&'s Object> {
    let exact = objects.iter().find(|object| object.key.name == name);
    exact.or_else(|| objects.iter().find(|object| object.key.name.eq_ignore_ascii_case(name))).copied()
}
