//! Output of runs, histories and the program itself.

use crate::support::project::{Kind, Project};

#[test]
fn an_independent_base_is_marked_in_the_history() {
    let (project, _) = Project::with_database(Kind::Sqlite);
    project.revision("aaaa1111", "", "", "");
    project.revision("aaaa2222", "aaaa1111", "", "");
    assert!(!project.ok(&["history"]).contains("(base)"));
    project.revision("bbbb1111", "", "", "");
    let history = project.ok(&["history"]);
    let marked = |id: &str| history.lines().any(|line| line.contains(id) && line.contains("(base)"));
    assert!(marked("aaaa1111") && marked("bbbb1111") && !marked("aaaa2222"), "{history}");
}

#[test]
fn verbose_upgrades_show_each_statement_with_its_own_time() {
    for (kind, sleep) in
        [(Kind::Sqlite, "SELECT 1;"), (Kind::Postgres, "SELECT pg_sleep(0.3);"), (Kind::Mariadb, "SELECT sleep(0.3);")]
    {
        let (project, _) = Project::with_database(kind);
        let upgrade = format!("CREATE TABLE t (i int);\n{sleep}\nINSERT INTO t VALUES (1);");
        project.revision("aaaa1111", "", &upgrade, "DROP TABLE t;");
        let run = project.run(&["upgrade", "head", "-v"]);
        assert_eq!(run.status, 0, "{}", run.stderr);
        let lines: Vec<&str> = run.stderr.lines().collect();
        assert!(lines[0].starts_with("app   1/3 CREATE TABLE t (i int) "), "{}", run.stderr);
        assert!(lines[2].starts_with("app   3/3 INSERT INTO t VALUES (1) "), "{}", run.stderr);
        if kind != Kind::Sqlite {
            // The time belongs to the statement that slept, not to the first one of the message.
            let milliseconds: u64 = lines[1].rsplit(' ').nth(1).unwrap().parse().unwrap();
            assert!(milliseconds >= 300, "{}", run.stderr);
        }
        assert!(!project.run(&["downgrade", "base", "--yes"]).stderr.contains("1/1 DROP"));
    }
}

#[test]
fn the_version_has_the_commit_and_its_date_where_the_build_knew_them_and_the_target() {
    let version = Project::new().ok(&["--version"]);
    let version = version.trim_end().strip_prefix(concat!("aludel ", env!("CARGO_PKG_VERSION"))).unwrap();
    let inner = version.strip_prefix(" (").and_then(|rest| rest.strip_suffix(')')).unwrap();
    let words: Vec<&str> = inner.split(' ').collect();
    let (target, of_commit) = words.split_last().unwrap();
    assert!(target.matches('-').count() >= 2, "{version}");
    let in_repository = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(".git").exists();
    if !in_repository {
        assert!(of_commit.is_empty(), "{version}");
        return;
    }
    let [commit, date] = of_commit else { panic!("{version}") };
    assert!(commit.len() == 12 && commit.bytes().all(|byte| byte.is_ascii_hexdigit()), "{version}");
    assert!(date.len() == 10 && date.bytes().filter(|byte| *byte == b'-').count() == 2, "{version}");
}
