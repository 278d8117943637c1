//! Configured, missing and outdated dump programs; backup settings of a service.

use super::*;
use crate::support;

/// Creates a program that prints `version` and does nothing else.
fn fake(project: &Project, name: &str, version: &str) -> String {
    let path = project.path(name);
    project.write(name, &format!("#!/bin/sh\necho '{version}'\n"));
    std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    path.display().to_string()
}

#[test]
fn a_dump_program_older_than_the_server_is_refused() {
    for (kind, version) in [
        (Kind::Postgres, "pg_dump (PostgreSQL) 9.6.1"),
        (Kind::Postgres, "mariadb-dump  Ver 10.19 Distrib 10.11.6-MariaDB, for Linux"),
        (Kind::Mariadb, "mariadb-dump  Ver 10.19 Distrib 5.5.1-MariaDB, for Linux"),
        (Kind::Mariadb, "mysqldump  Ver 8.0.36 for Linux on x86_64 (MySQL Community Server - GPL)"),
    ] {
        let (project, url) = filled(kind);
        fake(&project, "bin/dump", version);
        configure(&project, &url, "{program: ./bin/dump}");
        let refused = project.json(&["backup"]);
        assert_eq!(refused["error"]["code"], "backup-program-version", "{refused}");
        assert!(shelf(&project).is_empty(), "{:?}", shelf(&project));
    }
}

#[test]
fn a_program_that_is_not_there_is_named() {
    for kind in [Kind::Postgres, Kind::Mariadb] {
        let (project, url) = filled(kind);
        configure(&project, &url, "{program: no-such-dump}");
        let refused = project.json(&["backup"]);
        assert_eq!(refused["error"]["code"], "backup-program-missing", "{refused}");
        assert!(refused["error"]["message"].as_str().unwrap().contains("no-such-dump"));
        configure(&project, &url, "{program: ./aludel.yaml}");
        assert_eq!(project.json(&["backup"])["error"]["code"], "backup-program-unusable");
    }
    let (project, _) = filled(Kind::Mariadb);
    let mut command = project.command(&["backup"]);
    let run = Run::of(command.env("PATH", project.path("")).output().unwrap());
    assert!(run.stderr.contains("error[backup-program-missing]"), "{}", run.stderr);
    let package = if support::is_mariadb() { "mariadb-client" } else { "mysql-client" };
    assert!(run.stderr.contains(&format!("apt-get install {package}")), "{}", run.stderr);
}

#[test]
fn several_jobs_make_a_folder_that_several_jobs_or_one_restore() {
    let (project, url) = filled(Kind::Postgres);
    let before = content(&project, Kind::Postgres, &url);
    configure(&project, &url, "{jobs: 3}");
    let path = backed_up(&project, &["--verify"]);
    assert!(path.is_dir());
    for jobs in [&["--jobs", "1"][..], &[]] {
        project.ok(&["upgrade", "head"]);
        project.ok(&[&["restore", "latest", "--yes"], jobs].concat());
        assert_eq!(content(&project, Kind::Postgres, &url), before);
    }
    let file = std::fs::read_dir(&path).unwrap().next().unwrap().unwrap().path();
    std::fs::remove_file(file).unwrap();
    assert_eq!(project.json(&["restore", "latest", "--yes"])["error"]["code"], "backup-damaged");
    configure(&project, &url, "{jobs: 3, pipe: gzip}");
    assert_eq!(project.json(&["backup"])["error"]["code"], "backup-refused");
}

#[test]
fn a_backup_of_another_kind_of_database_is_refused() {
    let (project, _) = filled(Kind::Sqlite);
    backed_up(&project, &[]);
    let other = project.new_database(Kind::Postgres, "other");
    let refused = project.json(&["restore", "latest", "--yes", "--url", &other]);
    assert_eq!(refused["error"]["code"], "backup-refused", "{refused}");
}

#[test]
fn the_service_is_the_one_that_the_backup_is_of() {
    let project = Project::new();
    let config = "services:\n  a:\n    url: sqlite:a.db\n    revisions: r\n  b:\n    url: sqlite:b.db\n    revisions: r\nbackup:\n  folder: kept\n";
    project.write("aludel.yaml", config);
    project.revision("a1111", "", "CREATE TABLE t (x int);", "DROP TABLE t;");
    project.ok(&["upgrade", "head", "--all"]);
    let printed = project.ok(&["backup"]);
    let files: Vec<_> = printed.lines().collect();
    assert_eq!(files.len(), 2, "{printed}");
    assert!(files.iter().all(|file| file.contains("kept/")), "{printed}");
    let restored = project.json(&["restore", files[1], "--yes"]);
    assert_eq!(restored["services"][0]["service"], "b", "{restored}");
    assert_eq!(project.json(&["restore", "latest", "--yes"])["error"]["code"], "usage");
    assert_eq!(project.run(&["restore", "latest", "--yes"]).status, 2);
}

#[test]
fn broken_revision_files_are_no_reason_to_have_no_backup() {
    let (project, _) = filled(Kind::Sqlite);
    project.write("r/broken.sql", "-- revision: [\n");
    backed_up(&project, &["--verify"]);
    project.ok(&["restore", "latest", "--yes"]);
}

#[test]
fn keys_of_the_mapping_are_checked_like_all_others() {
    for (backup, code) in
        [("{kepe: 3}", "keep"), ("{keep: none}", "whole number"), ("{pipe: \"gzip |\"}", "|"), ("{jobs: 0}", "from 1")]
    {
        let (project, url) = Project::with_database(Kind::Sqlite);
        configure(&project, &url, backup);
        let run = project.run(&["backup"]);
        assert!(run.stderr.contains("config-invalid") && run.stderr.contains(code), "{}", run.stderr);
    }
}

#[test]
fn a_deploy_makes_a_new_sqlite_database_without_a_backup_of_nothing() {
    let (project, _) = Project::with_database(Kind::Sqlite);
    project.revision("a1111", "", "CREATE TABLE t (x int);", "DROP TABLE t;");
    project.ok(&["deploy"]);
    assert!(shelf(&project).is_empty());
    project.revision("b2222", "a1111", "CREATE TABLE u (x int);", "DROP TABLE u;");
    project.ok(&["deploy"]);
    assert_eq!(shelf(&project).len(), 2);
}

#[test]
fn the_version_table_is_dumped_last_also_when_the_config_names_its_database() {
    let (project, url) = filled(Kind::Mariadb);
    let name = url.rsplit('/').next().unwrap().split('?').next().unwrap();
    let config = format!("services:\n  app:\n    url: \"{url}\"\n    revisions: r\n    version_schema: {name}\n");
    project.write("aludel.yaml", &config);
    let dump = std::fs::read_to_string(backed_up(&project, &[])).unwrap();
    let tables: Vec<&str> = dump.lines().filter_map(|line| line.strip_prefix("CREATE TABLE `")).collect();
    let last: Vec<&str> = tables.iter().rev().take(2).map(|table| table.trim_end_matches("` (")).collect();
    assert_eq!(last, ["aludel_version_history", "aludel_version"], "{tables:?}");
}
