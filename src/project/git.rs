//! Wrapper for the git commands used here. Uses plumbing commands; must not depend on revisions.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use super::error::{ProjectError, ProjectResult};

/// Files of a folder: relative paths with `/` as separator, and git's object names of their contents.
pub(super) type GitFiles = BTreeMap<String, String>;

/// Environment variables that git sets for hooks. They refer to the repository of the hook; without them git
/// determines the repository of the folder it is run in.
const OF_HOOKS: [&str; 4] = ["GIT_DIR", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_WORK_TREE"];

/// Commit that added a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileCommit {
    /// Abbreviated object name.
    pub commit: String,
    /// Name of the author.
    pub author: String,
    /// Time at which the author made it: RFC 3339, with the author's offset.
    pub date: String,
}

/// A folder in a working tree.
pub(super) struct Git<'a> {
    folder: &'a Path,
}

impl<'a> Git<'a> {
    pub(super) const fn at(folder: &'a Path) -> Self {
        Self { folder }
    }

    /// Resolves a branch, tag or other name to a commit.
    pub(super) fn commit(&self, reference: &str) -> ProjectResult<String> {
        let wanted = format!("{reference}^{{commit}}");
        let output = self.run(["rev-parse", "--verify", "--end-of-options", &wanted], Vec::new())?;
        if !output.status.success() {
            let is_repository = self.run(["rev-parse", "--git-dir"], Vec::new())?;
            return Err(match is_repository.status.success() {
                true => Box::new(ProjectError::NoSuchRef {
                    folder: self.folder.to_owned(),
                    reference: reference.to_owned(),
                }),
                false => self.failure(&is_repository),
            });
        }
        Ok(line(&output.stdout))
    }

    /// Returns the tags that match a pattern, by version.
    pub(super) fn tags(&self, pattern: &str) -> ProjectResult<Vec<String>> {
        let output = self.output(["tag", "--list", "--sort=version:refname", "--", pattern], Vec::new())?;
        Ok(String::from_utf8_lossy(&output).lines().map(str::to_owned).collect())
    }

    /// Returns the merge base of `HEAD` and `commit`. `None` if there is none, or if it is missing in a shallow clone.
    pub(super) fn common(&self, commit: &str) -> ProjectResult<Option<String>> {
        let output = self.run(["merge-base", "HEAD", commit], Vec::new())?;
        Ok(output.status.success().then(|| line(&output.stdout)).filter(|found| !found.is_empty()))
    }

    /// Returns the files of the folder in a commit; empty if it had no such folder. Symbolic links have an empty object
    /// name.
    pub(super) fn files(&self, commit: &str) -> ProjectResult<GitFiles> {
        let output = self.output(["ls-tree", "-r", "-z", commit], Vec::new())?;
        let entries = output.split(|byte| *byte == 0).map(String::from_utf8_lossy);
        // `<mode> <type> <object>\t<path>`; mode 120000 is a symbolic link, 100644 and 100755 are files.
        let file = |entry: &str| {
            let (facts, path) = entry.split_once('\t')?;
            let mut facts = facts.split(' ');
            match facts.next()? {
                "120000" => Some((path.to_owned(), String::new())),
                mode if mode.starts_with("100") => Some((path.to_owned(), facts.nth(1)?.to_owned())),
                _ => None,
            }
        };
        Ok(entries.filter_map(|entry| file(&entry)).collect())
    }

    /// Computes the object names of files on disk. `hash-object --stdin-paths` expects paths relative to the top of the
    /// working tree.
    pub(super) fn names(&self, paths: &[String]) -> ProjectResult<GitFiles> {
        let prefix = String::from_utf8_lossy(&self.output(["rev-parse", "--show-prefix"], Vec::new())?).into_owned();
        let prefix = prefix.strip_suffix('\n').unwrap_or(&prefix);
        let input = paths.iter().map(|path| quoted_path(&format!("{prefix}{path}"))).collect::<String>();
        let output = self.output(["hash-object", "--stdin-paths"], input.into_bytes())?;
        let names = String::from_utf8_lossy(&output);
        Ok(paths.iter().cloned().zip(names.lines().map(str::to_owned)).collect())
    }

    /// Reads the contents of the objects with these names.
    pub(super) fn contents(&self, names: &BTreeSet<&str>) -> ProjectResult<BTreeMap<String, Vec<u8>>> {
        let input = names.iter().map(|name| format!("{name}\n")).collect::<String>();
        let output = self.output(["cat-file", "--batch"], input.into_bytes())?;
        let mut found = BTreeMap::new();
        // For each object: `<object> <type> <size>\n<content>\n`.
        let mut rest = output.as_slice();
        while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
            let (head, behind) = rest.split_at(end);
            let head = String::from_utf8_lossy(head);
            let mut words = head.split(' ');
            let (Some(name), Some(size)) = (words.next(), words.nth(1).and_then(|size| size.parse::<usize>().ok()))
            else {
                return Err(self.problem(format!("it says {head}")));
            };
            let cut = || self.problem("what it wrote was cut off".to_owned());
            let content = behind.get(1..=size).ok_or_else(cut)?;
            rest = behind.get(size + 2..).ok_or_else(cut)?;
            found.insert(name.to_owned(), content.to_owned());
        }
        Ok(found)
    }

    /// Returns, for each file of the folder that is committed, the newest commit in which its path appeared.
    pub(super) fn additions(&self) -> ProjectResult<BTreeMap<String, FileCommit>> {
        let format = "--format=%x01%h%x00%an%x00%aI";
        let output = self.output(
            ["log", "--relative", "--no-renames", "--diff-filter=A", "--name-only", "-z", format, "--", "."],
            Vec::new(),
        )?;
        let mut found = BTreeMap::new();
        // For each commit: `\x01<commit>\0<author>\0<date>\0\n<path>\0<path>\0`, the newest commit first.
        for record in String::from_utf8_lossy(&output).split('\u{1}').skip(1) {
            let mut fields = record.split('\0');
            let [commit, author, date] = [(); 3].map(|()| fields.next().unwrap_or_default().to_owned());
            let commit = FileCommit { commit, author, date };
            for path in fields.map(|path| path.trim_start_matches('\n')).filter(|path| !path.is_empty()) {
                found.entry(path.to_owned()).or_insert_with(|| commit.clone());
            }
        }
        Ok(found)
    }

    /// Returns the content of a file in a commit; `None` if there is none. The path is relative to the folder.
    pub(super) fn content(&self, commit: &str, path: &str) -> ProjectResult<Option<Vec<u8>>> {
        let output = self.run(["cat-file", "blob", &format!("{commit}:./{path}")], Vec::new())?;
        Ok(output.status.success().then_some(output.stdout))
    }

    fn output<const N: usize>(&self, arguments: [&str; N], input: Vec<u8>) -> ProjectResult<Vec<u8>> {
        let output = self.run(arguments, input)?;
        if output.status.success() { Ok(output.stdout) } else { Err(self.failure(&output)) }
    }

    /// Runs git. Its input is written from another thread while its output is read: with full pipes on both sides, both
    /// processes would wait for each other.
    fn run<const N: usize>(&self, arguments: [&str; N], input: Vec<u8>) -> ProjectResult<Output> {
        let folder = if self.folder.as_os_str().is_empty() { Path::new(".") } else { self.folder };
        let mut command = Command::new("git");
        command.args([OsStr::new("-C"), folder.as_os_str()]).args(arguments).env("LC_ALL", "C");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        for name in OF_HOOKS {
            command.env_remove(name);
        }
        let mut child = command.spawn().map_err(|error| self.problem(format!("it does not start: {error}")))?;
        let stdin = child.stdin.take();
        std::thread::scope(|scope| {
            scope.spawn(move || stdin.map(|mut stdin| stdin.write_all(&input)));
            child.wait_with_output()
        })
        .map_err(|error| self.problem(error.to_string()))
    }

    fn failure(&self, output: &Output) -> Box<ProjectError> {
        let said = String::from_utf8_lossy(&output.stderr);
        let first = said.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or("it printed nothing");
        self.problem(first.trim_start_matches("fatal: ").to_owned())
    }

    fn problem(&self, reason: String) -> Box<ProjectError> {
        Box::new(ProjectError::Git { folder: PathBuf::from(self.folder), reason })
    }
}

/// Returns a line with the path in quotes, as git's `unquote_c_style` reads it. Without them, git would end a path at its
/// first line feed, drop a carriage return at its end, and unquote one that starts with a quote.
fn quoted_path(path: &str) -> String {
    let mut quoted = String::from("\"");
    for character in path.chars() {
        match character {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            other => quoted.push(other),
        }
    }
    quoted.push_str("\"\n");
    quoted
}

fn line(output: &[u8]) -> String {
    String::from_utf8_lossy(output).trim().to_owned()
}

#[cfg(all(test, unix))]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_file_has_the_commit_that_added_its_path() {
        let folder = tempfile::tempdir().unwrap();
        let below = folder.path().join("r");
        std::fs::create_dir(&below).unwrap();
        let git = |arguments: [&str; 4]| Git::at(folder.path()).output(arguments, Vec::new()).unwrap();
        git(["init", "-q", "-b", "main"]);
        for (author, path) in [("Ann\u{e9} Ames", "a b.sql"), ("Bob", "c.sql")] {
            std::fs::write(below.join(path), author).unwrap();
            git(["add", "-A", "--", "."]);
            let by = format!("user.name={author}");
            let commit = ["-c", &by, "-c", "user.email=a@example.org", "commit", "-q", "-m", "First\n\nSecond"];
            Git::at(folder.path()).output(commit, Vec::new()).unwrap();
        }
        std::fs::write(below.join("new.sql"), "").unwrap();
        let found = Git::at(&below).additions().unwrap();
        let authors: Vec<_> = found.iter().map(|(path, commit)| (path.as_str(), commit.author.as_str())).collect();
        assert_eq!(authors, [("a b.sql", "Ann\u{e9} Ames"), ("c.sql", "Bob")]);
    }

    #[test]
    fn files_with_any_name_have_their_object_names() {
        let folder = tempfile::tempdir().unwrap();
        let below = folder.path().join(" below\nhere");
        std::fs::create_dir(&below).unwrap();
        Git::at(folder.path()).output(["init", "-q"], Vec::new()).unwrap();
        let paths = ["a.sql", "\"b\".sql", "c\n.sql", "d\\t.sql", "é ü.sql", "e\r"].map(str::to_owned);
        for path in &paths {
            std::fs::write(below.join(path), path).unwrap();
        }
        let names = Git::at(&below).names(&paths).unwrap();
        for path in &paths {
            let expected = Git::at(&below).output(["hash-object", "--stdin"], path.clone().into_bytes()).unwrap();
            assert_eq!(names.get(path), Some(&line(&expected)), "{path:?}");
        }
    }
}
