//! `heads --check` and `heads --against` in a real git repository; the hook and the workflow of docs/ci.md.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::support::project::{Project, Run};
use serde_json::{Value, json};

/// Runs git in the folder, with a fixed name and address, and without this machine's config.
fn git_in(folder: &Path, arguments: &[&str]) -> Run {
    let mut command = Command::new("git");
    command
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .env("HOME", folder)
        .env("GIT_CONFIG_NOSYSTEM", "1");
    for (role, address) in [("AUTHOR", "ann@example.org"), ("COMMITTER", "ann@example.org")] {
        command.env(format!("GIT_{role}_NAME"), "Ann").env(format!("GIT_{role}_EMAIL"), address);
    }
    Run::of(command.output().expect("git must be installed"))
}

pub fn git(project: &Project, arguments: &[&str]) -> String {
    let run = git_in(&project.path(""), arguments);
    assert_eq!(run.status, 0, "git {arguments:?}\n{}{}", run.stdout, run.stderr);
    run.stdout
}

pub fn commit(project: &Project, message: &str) {
    git(project, &["add", "-A"]);
    git(project, &["commit", "-q", "-m", message]);
}

fn bare(project: &Project, id: &str, down: &str) {
    project.revision(id, down, "", "");
}

/// Creates a repository whose branch `main` has a line of two revisions, and checks out a branch `work` from it.
pub fn repository() -> Project {
    let project = Project::new();
    project.write("aludel.yaml", "services:\n  app:\n    url: sqlite:app.db\n    revisions: r\n");
    git(&project, &["init", "-q", "-b", "main"]);
    bare(&project, "a1111", "");
    bare(&project, "b2222", "a1111");
    commit(&project, "Start");
    git(&project, &["checkout", "-q", "-b", "work"]);
    project
}

/// Runs `change` on `main`, commits, and returns to `work`.
fn on_main(project: &Project, change: impl FnOnce()) {
    git(project, &["checkout", "-q", "main"]);
    change();
    commit(project, "On main");
    git(project, &["checkout", "-q", "work"]);
}

fn ids(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|one| one["revision"].as_str().unwrap()).collect()
}

/// Runs `heads --against REF --json`. Returns the exit status and the part about the other side.
fn against(project: &Project, arguments: &[&str]) -> (i32, Value) {
    let run = project.run(&[&["heads", "--json", "--against"], arguments].concat());
    let document: Value = serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}\n{run:?}"));
    (run.status, document["services"][0]["against"].clone())
}

#[test]
fn one_head_passes_the_check_and_two_show_the_line_that_merges_them() {
    let project = repository();
    assert_eq!(project.run(&["heads", "--check"]).status, 0);
    bare(&project, "c3333", "b2222");
    bare(&project, "d4444", "b2222");
    let run = project.run(&["heads", "--check"]);
    assert_eq!(run.status, 3, "{run:?}");
    let line = run.stdout.lines().find_map(|line| line.strip_prefix("-> aludel ")).unwrap();
    assert_eq!(line, "merge c3333 d4444 -m TEXT");
    assert_eq!(project.run(&["heads"]).status, 0, "without --check nothing was asked");
    let document = project.json(&["heads", "--check"]);
    assert_eq!(document["services"][0]["ok"], false);
    assert_eq!(document["services"][0]["remedies"][0], "aludel merge c3333 d4444 -m TEXT");
    project.ok(&line.split(' ').collect::<Vec<_>>());
    assert_eq!(project.run(&["heads", "--check"]).status, 0);
}

#[test]
fn with_several_services_the_line_names_the_one() {
    let project = Project::new();
    let service = |name: &str| format!("  {name}:\n    url: sqlite:{name}.db\n    revisions: {name}\n");
    project.write("aludel.yaml", &format!("services:\n{}{}", service("auth"), service("shop")));
    let revision = |id: &str, down: &str| format!("-- revision: {id}\n-- down_revision: {down}\n\n-- @upgrade\n");
    project.write("auth/a.sql", &revision("a1111", "null"));
    for (id, down) in [("b1111", "null"), ("b2222", "b1111"), ("b3333", "b1111")] {
        project.write(&format!("shop/{id}.sql"), &revision(id, down));
    }
    let run = project.run(&["heads", "--check"]);
    assert_eq!(run.status, 3);
    assert!(run.stdout.contains("-> aludel merge b2222 b3333 -m TEXT -s shop\n"), "{}", run.stdout);
    assert_eq!(project.run(&["heads", "--check", "-s", "auth"]).status, 0);
}

#[test]
fn a_branch_beside_another_is_seen_before_they_are_merged() {
    let project = repository();
    on_main(&project, || bare(&project, "c3333", "b2222"));
    bare(&project, "d4444", "b2222");
    commit(&project, "Here");
    bare(&project, "e5555", "d4444");
    let tree = git(&project, &["status", "--porcelain"]);
    let (status, found) = against(&project, &["main"]);
    assert_eq!(status, 3, "{found}");
    assert_eq!(ids(&found["new_here"]), ["d4444", "e5555"], "what is not committed counts");
    assert_eq!(ids(&found["new_there"]), ["c3333"]);
    assert_eq!(ids(&found["merged_heads"]), ["c3333", "e5555"]);
    assert_eq!(found["new_there"][0]["path"], "r/c3333.sql");
    assert_eq!(found["remedies"], json!(["aludel merge c3333 e5555 -m TEXT"]));
    assert_eq!(git(&project, &["status", "--porcelain"]), tree, "nothing was checked out");
    // A real merge gives the predicted result.
    commit(&project, "More here");
    git(&project, &["merge", "-q", "-m", "Join", "main"]);
    assert_eq!(ids(&project.json(&["heads"])["services"][0]["heads"]), ["c3333", "e5555"]);
    assert_eq!(against(&project, &["main"]).0, 3, "still two, and main has one");
    project.ok(&["merge", "c3333", "e5555", "-m", "Join", "--rev-id", "f6666"]);
    let (status, found) = against(&project, &["main"]);
    assert_eq!((status, ids(&found["merged_heads"])), (0, vec!["f6666"]));
}

#[test]
fn branches_that_stand_on_each_other_leave_one_head() {
    let project = repository();
    let (status, found) = against(&project, &["main"]);
    assert_eq!((status, found["new_here"].as_array().unwrap().len()), (0, 0));
    assert!(project.ok(&["heads", "--against", "main"]).contains("nothing is new on either side"));
    on_main(&project, || bare(&project, "c3333", "b2222"));
    let (status, found) = against(&project, &["main"]);
    assert_eq!((status, ids(&found["new_there"]), ids(&found["merged_heads"])), (0, vec!["c3333"], vec!["c3333"]));
    git(&project, &["merge", "-q", "main"]);
    bare(&project, "d4444", "c3333");
    let (status, found) = against(&project, &["main"]);
    assert_eq!((status, ids(&found["new_here"]), ids(&found["merged_heads"])), (0, vec!["d4444"], vec!["d4444"]));
}

#[test]
fn heads_that_the_other_side_has_already_are_not_this_branchs_fault() {
    let project = repository();
    on_main(&project, || {
        bare(&project, "c3333", "b2222");
        bare(&project, "d4444", "b2222");
    });
    let (status, found) = against(&project, &["main"]);
    assert_eq!((status, ids(&found["merged_heads"])), (0, vec!["c3333", "d4444"]));
    assert_eq!(against(&project, &["main", "--check"]).0, 3, "with --check they are");
    bare(&project, "e5555", "b2222");
    assert_eq!(against(&project, &["main"]).0, 3);
}

#[test]
fn what_a_side_moved_edited_or_took_away_is_so_in_the_merge() {
    let project = repository();
    on_main(&project, || bare(&project, "c3333", "b2222"));
    // b2222 is replaced by another revision on this branch, while main has a child of it.
    std::fs::remove_file(project.path("r/b2222.sql")).unwrap();
    bare(&project, "d4444", "a1111");
    let (status, found) = against(&project, &["main"]);
    assert_eq!((status, found["problem"]["code"].as_str()), (3, Some("missing-down-revision")), "{found}");
    let run = project.run(&["heads", "--against", "main"]);
    assert!(run.stdout.contains("gives an invalid history") && run.stdout.contains("see r/c3333.sql"), "{run:?}");
    // With its parent from the other branch, the revision continues that line.
    git(&project, &["checkout", "r/b2222.sql"]);
    bare(&project, "d4444", "c3333");
    commit(&project, "Behind");
    let there = project.run(&["heads"]);
    assert_eq!(there.status, 1, "{there:?}");
    git(&project, &["merge", "-q", "-m", "Join", "main"]);
    let (status, found) = against(&project, &["main"]);
    assert_eq!((status, ids(&found["merged_heads"])), (0, vec!["d4444"]));
}

#[test]
fn one_file_that_both_sides_change_is_named() {
    let project = repository();
    on_main(&project, || project.revision("b2222", "a1111", "SELECT 1;", ""));
    project.revision("b2222", "a1111", "SELECT 2;", "");
    let (_, found) = against(&project, &["main"]);
    assert_eq!(found["conflicts"], json!(["r/b2222.sql"]));
    let text = project.ok(&["heads", "--against", "main"]);
    assert!(text.contains("changed on both sides: r/b2222.sql"), "{text}");
}

#[test]
fn one_id_in_two_files_is_found_before_the_merge() {
    let project = repository();
    on_main(&project, || bare(&project, "c3333", "b2222"));
    project.write("r/mine.sql", "-- revision: c3333\n-- down_revision: b2222\n\n-- @upgrade\nSELECT 1;\n");
    let (status, found) = against(&project, &["main"]);
    assert_eq!((status, found["problem"]["code"].as_str()), (3, Some("duplicate-revision")), "{found}");
}

#[test]
fn tags_commits_and_remote_branches_are_refs_and_others_are_told() {
    let project = repository();
    git(&project, &["tag", "v1"]);
    let id = git(&project, &["rev-parse", "HEAD"]);
    bare(&project, "c3333", "b2222");
    commit(&project, "Here");
    for reference in ["v1", id.trim(), "HEAD~1", "main"] {
        assert_eq!(ids(&against(&project, &[reference]).1["new_here"]), ["c3333"], "{reference}");
    }
    let refused = project.json(&["heads", "--against", "origin/main"]);
    assert_eq!(refused["error"]["code"], "ref-not-found", "{refused}");
    assert_eq!(refused["error"]["hints"][0], "git fetch origin main");
    assert_eq!(project.json(&["heads", "--against=--help"])["error"]["code"], "ref-not-found");
    let elsewhere = Project::new();
    elsewhere.write("aludel.yaml", "services:\n  app:\n    url: sqlite:app.db\n    revisions: r\n");
    elsewhere.revision("a1111", "", "", "");
    assert_eq!(elsewhere.json(&["heads", "--against", "main"])["error"]["code"], "git-failed");
}

#[test]
fn a_broken_file_at_the_ref_is_named_with_the_ref() {
    let project = repository();
    on_main(&project, || project.write("r/c3333.sql", "-- revison: c3333\n"));
    let run = project.run(&["heads", "--against", "main"]);
    assert_eq!(run.status, 1);
    assert!(run.stderr.contains("--> main:r/c3333.sql:1:4"), "{}", run.stderr);
}

#[test]
fn a_shallow_clone_knows_no_common_commit_and_says_so() {
    let project = repository();
    on_main(&project, || bare(&project, "c3333", "b2222"));
    bare(&project, "d4444", "b2222");
    commit(&project, "Here");
    let clone = Project::new();
    let from = format!("file://{}", project.path("").display());
    git(&clone, &["clone", "-q", "--depth", "1", "--no-single-branch", "-b", "work", &from, "."]);
    let (status, found) = against(&clone, &["origin/main"]);
    assert_eq!((status, &found["has_common_commit"]), (3, &json!(false)));
    assert_eq!((ids(&found["new_here"]), ids(&found["new_there"])), (vec!["d4444"], vec!["c3333"]));
}

#[test]
fn python_revisions_pairs_and_folders_in_folders_are_compared_as_they_are_read() {
    let project = Project::new();
    project.write(
        "db/aludel.yaml",
        "services:\n  app:\n    url: sqlite:app.db\n    revisions: [v, more]\n    recursive: true\n  pairs:\n    url: sqlite:app.db\n    \
         version_table: pairs_version\n    revisions: p\n    layout: pairs\n",
    );
    git(&project, &["init", "-q", "-b", "main"]);
    project.write("db/v/2024/a.py", "revision = 'aaa1'\ndown_revision = None\n");
    project.write("db/more/b.sql", "-- revision: bbb2\n-- down_revision: aaa1\n\n-- @upgrade\n");
    project.write("db/p/20240102_030405_one.sql", "SELECT 1;\n");
    commit(&project, "Start");
    git(&project, &["checkout", "-q", "-b", "work"]);
    on_main(&project, || {
        project.write("db/v/2025/ä b.py", "revision = 'ccc3'\ndown_revision = 'bbb2'\n");
        project.write("db/p/20250102_030405_two.sql", "SELECT 2;\n");
    });
    project.write("db/v/2025/d.py", "revision = 'ddd4'\ndown_revision = 'bbb2'\n");
    project.write("db/p/20260102_030405_three.sql", "SELECT 3;\n");
    let run = project.run(&["-c", "db/aludel.yaml", "heads", "--against", "main", "--json"]);
    let document: Value = serde_json::from_str(&run.stdout).unwrap();
    let [app, pairs] = [0, 1].map(|number| &document["services"][number]["against"]);
    assert_eq!((ids(&app["merged_heads"]), &app["ok"]), (vec!["ddd4", "ccc3"], &json!(false)), "{document}");
    assert_eq!(app["new_there"][0]["path"], "db/v/2025/ä b.py");
    assert_eq!((ids(&pairs["merged_heads"]), &pairs["ok"]), (vec!["20260102_030405"], &json!(true)), "{document}");
    assert_eq!(run.status, 3);
}

/// Returns the indented or fenced block of docs/ci.md that starts with this line.
fn block(first: &str) -> String {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/ci.md")).unwrap();
    let blocks = text.split("```").skip(1).step_by(2);
    let mut bodies = blocks.filter_map(|block| block.split_once('\n')).map(|(_, body)| body.to_owned());
    bodies.find(|body| body.starts_with(first)).unwrap_or_else(|| panic!("no block begins with {first}"))
}

/// Returns the PATH with the folder of the binary in front.
pub fn path() -> String {
    let binary = Path::new(env!("CARGO_BIN_EXE_aludel")).parent().unwrap().display().to_string();
    format!("{binary}:{}", std::env::var("PATH").unwrap())
}

#[test]
fn the_hook_of_the_page_stops_a_commit_with_two_heads() {
    let project = repository();
    project.write(".git/hooks/pre-commit", &block("#!/bin/sh"));
    let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(project.path(".git/hooks/pre-commit"), executable).unwrap();
    let tries = |project: &Project| {
        git(project, &["add", "-A"]);
        let mut command = Command::new("git");
        command.args(["-c", "user.name=Ann", "-c", "user.email=ann@example.org", "commit", "-qm", "Try"]);
        Run::of(command.current_dir(project.path("")).env("PATH", path()).output().unwrap())
    };
    bare(&project, "c3333", "b2222");
    assert_eq!(tries(&project).status, 0);
    bare(&project, "d4444", "b2222");
    let refused = tries(&project);
    assert_ne!(refused.status, 0, "{refused:?}");
    let said = format!("{}{}", refused.stdout, refused.stderr);
    assert!(said.contains("-> aludel merge c3333 d4444 -m TEXT"), "{said}");
    project.ok(&["merge", "-m", "Join", "c3333", "d4444"]);
    assert_eq!(tries(&project).status, 0);
}

#[test]
fn the_hook_list_of_the_page_and_its_workflow_are_yaml_with_commands_that_exist() {
    let hooks: serde_yaml::Value = serde_yaml::from_str(&block("repos:")).unwrap();
    let entry = hooks["repos"][0]["hooks"][0]["entry"].as_str().unwrap();
    let workflow: serde_yaml::Value = serde_yaml::from_str(&block("name: heads")).unwrap();
    let steps = workflow["jobs"]["heads"]["steps"].as_sequence().unwrap();
    assert_eq!(steps[0]["with"]["fetch-depth"], 0, "without its history git knows no common commit");
    let runs = steps.iter().filter_map(|step| step["run"].as_str()).chain([entry]);
    let commands: Vec<&str> = runs.filter(|line| line.starts_with("aludel ")).collect();
    assert_eq!(commands.len(), 3, "{commands:?}");
    for command in commands {
        let command = command.replace("${{ github.base_ref }}", "main");
        let words = command.split_whitespace().skip(1);
        let known = Project::new().run(&words.chain(["--help"]).collect::<Vec<_>>());
        assert_eq!(known.status, 0, "{command}: {}", known.stderr);
    }
}

#[test]
fn rebase_moves_nothing_that_another_git_ref_has() {
    let project = repository();
    bare(&project, "c3333", "b2222");
    commit(&project, "Mine");
    on_main(&project, || bare(&project, "d4444", "b2222"));
    git(&project, &["merge", "-q", "-m", "Both", "main"]);
    // `main` is no upstream, so it is not asked unless it is named.
    let rebase = |arguments: &[&str]| project.run(&[&["rebase", "d4444", "--onto", "c3333"], arguments].concat());
    let run = rebase(&["--dry-run"]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    let run = rebase(&["--against", "main"]);
    assert_eq!(run.status, 1);
    assert!(run.stderr.contains("error[rebase-applied]") && run.stderr.contains("in main: d4444"), "{}", run.stderr);
    assert!(rebase(&["--against", "nowhere"]).stderr.contains("error[ref-not-found]"));
    git(&project, &["branch", "-q", "--set-upstream-to", "main"]);
    let run = rebase(&[]);
    assert_eq!(run.status, 1);
    assert!(run.stderr.contains("in the upstream branch: d4444"), "{}", run.stderr);
    assert!(git(&project, &["status", "--porcelain", "r"]).is_empty());
    assert_eq!(project.run(&["rebase", "c3333", "--onto", "d4444"]).status, 0);
    assert_eq!(project.run(&["heads", "--check", "--against", "main"]).status, 0);
}

#[test]
fn lines_of_two_branches_are_proved_before_the_branches_are_merged() {
    let project = repository();
    let table = "CREATE TABLE t (id integer PRIMARY KEY, v integer); INSERT INTO t VALUES (1, 10);";
    project.revision("c3333", "b2222", table, "DROP TABLE t;");
    commit(&project, "A table");
    git(&project, &["checkout", "-q", "main"]);
    git(&project, &["merge", "-q", "work"]);
    git(&project, &["checkout", "-q", "work"]);
    on_main(&project, || project.revision("d4444", "c3333", "UPDATE t SET v = v * 2;", "SELECT 1;"));
    for (sql, verdict) in [("UPDATE t SET v = v + 1;", "conflict"), ("CREATE TABLE u (id integer);", "commute")] {
        project.revision("c5555", "c3333", sql, "SELECT 1;");
        let document = project.json(&["heads", "--against", "main", "--prove"]);
        let proof = &document["services"][0]["against"]["proofs"][0];
        assert_eq!(proof["verdict"], verdict, "{document:#}");
        if verdict == "conflict" {
            // The file of the other branch is not there; its statement is shown all the same.
            assert!(!project.path("r/d4444.sql").exists());
            assert_eq!(proof["statements"][0]["sql"], "UPDATE t SET v = v * 2", "{proof:#}");
            // The advice moves what is new here: the other branch may be applied somewhere.
            let text = project.run(&["heads", "--against", "main", "--prove"]).stdout;
            assert!(text.contains("add `-- depends_on: d4444` to the header of r/c5555.sql"), "{text}");
            assert!(text.contains("aludel rebase c5555 --onto d4444"), "{text}");
        }
        // Without a proof no database is needed, and the answer is as before.
        let document = project.json(&["heads", "--against", "main"]);
        assert!(document["services"][0]["against"]["proofs"].is_null(), "{document:#}");
    }
}
