//! `action.yml`: its steps as a runner of GitHub Actions runs them, in a real repository, with a `gh` and a `curl` that
//! keep to this machine; and the hooks of `.pre-commit-hooks.yaml`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::heads::{commit, git, path, repository};
use crate::support::project::{Project, Run};

const MARKER: &str = "<!-- aludel in / -->";

fn read(name: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap()
}

/// A runner: expands expressions, passes outputs on, and has programs of its own in front of the PATH.
struct Runner<'a> {
    project: &'a Project,
    inputs: BTreeMap<&'static str, &'static str>,
    /// Values of expressions that are not inputs and outputs.
    values: BTreeMap<String, String>,
    programs: PathBuf,
}

impl<'a> Runner<'a> {
    fn new(project: &'a Project) -> Self {
        let programs = project.path(".runner/programs");
        std::fs::create_dir_all(&programs).unwrap();
        let values = [
            ("github.action_path", env!("CARGO_MANIFEST_DIR").to_owned()),
            ("runner.temp", project.path(".runner").display().to_string()),
            ("github.event.pull_request.number", "7".to_owned()),
            ("github.event_name", "pull_request".to_owned()),
            ("github.base_ref", "main".to_owned()),
            ("github.token", "token-of-the-job".to_owned()),
        ];
        let values = values.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        let runner = Self { project, inputs: BTreeMap::new(), values, programs };
        // What is new is compared with the branch of the remote repository.
        git(project, &["update-ref", "refs/remotes/origin/main", "main"]);
        project.write(".git/info/exclude", ".runner\n*.db\n");
        runner.program(
            "gh",
            "#!/bin/sh\n\
             echo \"$*\" >>$STATE/calls\n\
             case \"$*\" in\n\
             *--paginate*) cat $STATE/id 2>/dev/null; exit 0 ;;\n\
             *POST*) echo 41 >$STATE/id ;;\n\
             esac\n\
             for word; do case $word in body=@*) cp \"${word#body=@}\" $STATE/comment ;; esac; done\n",
        );
        runner
    }

    /// Puts a script in front of the PATH.
    fn program(&self, name: &str, text: &str) {
        let path = self.programs.join(name);
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    }

    /// Returns the value of an expression of action.yml, which are few.
    fn value(&self, expression: &str, action: &serde_yaml::Value) -> String {
        if let Some((left, right)) = expression.split_once(" || ") {
            let left = self.value(left, action);
            return if left.is_empty() { self.value(right.trim_matches(['(', ')']), action) } else { left };
        }
        if let Some((left, right)) = expression.split_once(" && ") {
            let left = self.value(left, action);
            return if left.is_empty() { left } else { self.value(right, action) };
        }
        if let Some(words) = expression.strip_prefix("format('origin/{0}', ") {
            return format!("origin/{}", self.value(words.trim_end_matches(')'), action));
        }
        if let Some(name) = expression.strip_prefix("inputs.") {
            let default = action["inputs"][name]["default"].as_str().unwrap_or_else(|| panic!("no input {name}"));
            let default = || self.expanded(default, action);
            return self.inputs.get(name).map_or_else(default, |value| (*value).to_owned());
        }
        match self.values.get(expression) {
            Some(value) => value.clone(),
            None if expression.starts_with("steps.") => String::new(),
            None => panic!("an expression that this test does not know: {expression}"),
        }
    }

    fn expanded(&self, text: &str, action: &serde_yaml::Value) -> String {
        let mut expanded = String::new();
        let mut rest = text;
        while let Some((before, behind)) = rest.split_once("${{ ") {
            let (expression, behind) = behind.split_once(" }}").unwrap();
            expanded += before;
            expanded += &self.value(expression, action);
            rest = behind;
        }
        expanded + rest
    }

    fn is_met(&self, condition: &str, action: &serde_yaml::Value) -> bool {
        condition.split(" && ").all(|part| {
            let (left, operator, right) = match (part.split_once(" == "), part.split_once(" != ")) {
                (Some((left, right)), _) => (left, "==", right),
                (_, Some((left, right))) => (left, "!=", right),
                _ => panic!("{part}"),
            };
            (self.value(left, action) == right.trim_matches('\'')) == (operator == "==")
        })
    }

    /// Runs all steps. Returns status and output of the last one that ran: a step that fails is the last.
    fn run(&mut self, variables: &[(&str, &str)]) -> Run {
        let action: serde_yaml::Value = serde_yaml::from_str(&read("action.yml")).unwrap();
        assert_eq!(action["runs"]["using"], "composite");
        let mut last = Run { status: 0, stdout: String::new(), stderr: String::new() };
        for step in action["runs"]["steps"].as_sequence().unwrap() {
            let is_met = step["if"].as_str().is_none_or(|condition| self.is_met(condition, &action));
            let Some(script) = step["run"].as_str().filter(|_| is_met) else { continue };
            assert_eq!(step["shell"], "bash");
            let run = self.step(step, &self.expanded(script, &action), &action, variables);
            last = Run { status: run.status, stdout: last.stdout + &run.stdout, stderr: last.stderr + &run.stderr };
            if last.status != 0 {
                break;
            }
        }
        last
    }

    fn step(
        &mut self,
        step: &serde_yaml::Value,
        script: &str,
        action: &serde_yaml::Value,
        variables: &[(&str, &str)],
    ) -> Run {
        let folder = self.expanded(step["working-directory"].as_str().unwrap_or("."), action);
        let files = ["output", "path", "summary"].map(|name| self.project.path(".runner").join(name));
        for file in &files[..2] {
            std::fs::write(file, "").unwrap();
        }
        let mut command = Command::new("bash");
        command
            .args(["--noprofile", "--norc", "-eo", "pipefail", "-c", script])
            .current_dir(self.project.path(&folder));
        command.env_clear().env("HOME", self.project.path(".runner")).env("STATE", self.project.path(".runner"));
        command.env("PATH", format!("{}:{}", self.programs.display(), path()));
        command.env("GITHUB_OUTPUT", &files[0]).env("GITHUB_PATH", &files[1]).env("GITHUB_STEP_SUMMARY", &files[2]);
        command.env("RUNNER_OS", "Linux").env("RUNNER_ARCH", "X64").env("GITHUB_REPOSITORY", "we/chat");
        for (name, value) in step["env"].as_mapping().into_iter().flatten() {
            command.env(name.as_str().unwrap(), self.expanded(value.as_str().unwrap(), action));
        }
        let run = Run::of(command.envs(variables.iter().copied()).output().unwrap());
        if let Some(id) = step["id"].as_str() {
            let outputs = std::fs::read_to_string(&files[0]).unwrap();
            let outputs = outputs.lines().filter_map(|line| line.split_once('='));
            let named = outputs.map(|(name, value)| (format!("steps.{id}.outputs.{name}"), value.to_owned()));
            self.values.extend(named);
        }
        run
    }

    fn state(&self, name: &str) -> String {
        std::fs::read_to_string(self.project.path(".runner").join(name)).unwrap_or_default()
    }
}

#[test]
fn a_pull_request_without_findings_gets_no_comment() {
    let project = repository();
    project.revision("c3333", "b2222", "CREATE TABLE t (id INTEGER PRIMARY KEY)", "DROP TABLE t");
    commit(&project, "Good");
    let mut runner = Runner::new(&project);
    let run = runner.run(&[]);
    assert_eq!(run.status, 0, "{run:?}");
    assert!(run.stdout.contains("::group::aludel heads --against origin/main"), "{run:?}");
    assert!(run.stdout.contains("::group::aludel check"), "{run:?}");
    assert!(!runner.state("calls").contains("POST") && runner.state("comment").is_empty());
    assert!(runner.state("summary").contains("aludel: nothing found"));
}

#[test]
fn findings_are_annotated_and_one_comment_follows_the_branch() {
    let project = repository();
    project.revision("c3333", "b2222", "CREATE TABLE t (id INTEGER PRIMARY KEY, a STRING)", "DROP TABLE t");
    commit(&project, "A wrong type");
    let mut runner = Runner::new(&project);
    let run = runner.run(&[]);
    assert_eq!(run.status, 0, "a warning fails nothing: {run:?}");
    assert!(run.stdout.contains("::warning file=r/c3333.sql,line="), "{run:?}");
    let first = runner.state("comment");
    assert!(first.starts_with(MARKER) && first.contains("- **warning** `r/c3333.sql:"), "{first}");
    assert_eq!(runner.state("calls").matches("POST").count(), 1);

    // Another finding: two heads. The same comment.
    project.revision("d4444", "b2222", "CREATE TABLE u (id INTEGER PRIMARY KEY)", "DROP TABLE u");
    commit(&project, "A second head");
    let run = runner.run(&[]);
    assert_eq!(run.status, 1, "{run:?}");
    assert!(run.stdout.contains("aludel found problems: heads"), "{run:?}");
    let second = runner.state("comment");
    assert!(second.contains("merging the two leaves 2 heads: c3333, d4444"), "{second}");

    // All is well: the comment says so.
    git(&project, &["reset", "-q", "--hard", "main"]);
    assert_eq!(runner.run(&[]).status, 0);
    assert!(runner.state("comment").contains("aludel: nothing found"));
    let calls = runner.state("calls");
    assert_eq!((calls.matches("POST").count(), calls.matches("PATCH").count()), (1, 2), "{calls}");
    assert!(calls.contains("PATCH repos/we/chat/issues/comments/41"), "{calls}");
}

#[test]
fn without_a_server_and_without_the_other_branch_lint_and_heads_still_run() {
    let project = repository();
    project.write("db/aludel.yaml", "url: postgres://no.such.host/app\nrevisions: ../r\n");
    git(&project, &["checkout", "-q", "-b", "base"]);
    commit(&project, "In a folder");
    git(&project, &["checkout", "-q", "work"]);
    git(&project, &["merge", "-q", "base"]);
    project.revision("c3333", "b2222", "ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0)", "");
    commit(&project, "A lock");
    let mut runner = Runner::new(&project);
    runner.inputs = BTreeMap::from([
        ("offline", "true"),
        ("working-directory", "db"),
        ("against", "origin/base"),
        ("comment", "false"),
    ]);
    // The remote repository of a shallow checkout, which has no other branch.
    git(&project, &["remote", "add", "origin", "."]);
    let run = runner.run(&[]);
    assert_eq!(run.status, 1, "{run:?}");
    assert!(run.stdout.contains("::error file=db/") && run.stdout.contains("found problems: lint"), "{run:?}");
    assert!(!run.stdout.contains("::group::aludel check"), "{run:?}");
    assert!(runner.state("calls").is_empty(), "no comment was wanted");
}

#[test]
fn a_release_is_installed_only_with_the_sum_that_the_release_names() {
    let project = repository();
    let mut runner = Runner::new(&project);
    runner.inputs = BTreeMap::from([("version", "latest"), ("comment", "false")]);
    let archive = "aludel-9.8.7-x86_64-unknown-linux-musl.tar.gz";
    let served = project.path(".runner/served");
    let inside = served.join("aludel-9.8.7");
    std::fs::create_dir_all(&inside).unwrap();
    std::fs::copy(env!("CARGO_BIN_EXE_aludel"), inside.join("aludel")).unwrap();
    let shell = |script: &str| {
        let status = Command::new("bash").args(["-ec", script]).current_dir(&served).status().unwrap();
        assert!(status.success(), "{script}");
    };
    shell(&format!("tar -czf {archive} aludel-9.8.7 && sha256sum {archive} >SHA256SUMS"));
    runner.program(
        "curl",
        "#!/bin/bash\n\
         address=${@: -1}\n\
         echo \"$address\" >>$STATE/addresses\n\
         case \"$address\" in\n\
         */releases/latest) printf %s https://github.com/example/aludel/releases/tag/v9.8.7 ;;\n\
         *) cp \"$STATE/served/${address##*/}\" \"${address##*/}\" ;;\n\
         esac\n",
    );
    let run = runner.run(&[]);
    assert_eq!(run.status, 0, "{run:?}");
    let place = project.path(".runner/aludel/aludel");
    assert!(place.exists(), "{run:?}");
    let address = format!("https://github.com/example/aludel/releases/download/v9.8.7/{archive}");
    assert!(runner.state("addresses").contains(&address), "{}", runner.state("addresses"));

    // Found in the cache: nothing is downloaded but the number of the release.
    std::fs::remove_file(served.join(archive)).unwrap();
    assert_eq!(runner.run(&[]).status, 0);

    // Another archive than the one that was released.
    std::fs::remove_file(&place).unwrap();
    shell(&format!("tar -czf {archive} SHA256SUMS"));
    let run = runner.run(&[]);
    assert_ne!(run.status, 0, "{run:?}");
    assert!(run.stdout.contains("FAILED") && !place.exists(), "{run:?}");
}

#[test]
fn the_hooks_for_pre_commit_stop_what_they_should() {
    let hooks: serde_yaml::Value = serde_yaml::from_str(&read(".pre-commit-hooks.yaml")).unwrap();
    let hooks = hooks.as_sequence().unwrap();
    let run = |project: &Project, id: &str| {
        let hook = hooks.iter().find(|hook| hook["id"] == id).unwrap();
        assert_eq!((&hook["language"], &hook["pass_filenames"]), (&"system".into(), &false.into()));
        let mut words = hook["entry"].as_str().unwrap().split(' ');
        assert_eq!(words.next(), Some("aludel"));
        project.run(&words.collect::<Vec<_>>())
    };
    let project = repository();
    project.write("aludel.yaml", "url: postgres://no.such.host/app\nrevisions: r\n");
    commit(&project, "A server");
    project.revision("c3333", "b2222", "CREATE TABLE t (id bigint PRIMARY KEY)", "DROP TABLE t");
    let [heads, lint] = ["aludel-heads", "aludel-lint"].map(|id| run(&project, id));
    assert_eq!((heads.status, lint.status), (0, 0), "{heads:?} {lint:?}");
    project.revision("d4444", "b2222", "ALTER TABLE a ADD CONSTRAINT c CHECK (a > 0)", "");
    let [heads, lint] = ["aludel-heads", "aludel-lint"].map(|id| run(&project, id));
    assert_eq!((heads.status, lint.status), (3, 3), "{heads:?} {lint:?}");
}
