//! Dump programs newer than the server, and backups that the server's programs cannot read.

use super::*;
use crate::support;

/// Creates programs in `bin` that report version 99 and call the real ones. `pg_restore` behaves like any that is newer
/// than the server: its script contains a setting that the server does not know, and without `psql` it fails at that.
fn newer_programs(project: &Project) {
    let setting = "s/^SET lock_timeout = 0;$/&\\nSET timeout_of_the_future = 0;/";
    program(project, "pg_dump", "exec \"$real\" \"$@\"");
    program(project, "psql", "exec \"$real\" \"$@\"");
    program(
        project,
        "pg_restore",
        &format!(
            "case \" $* \" in *' --dbname '*) echo 'unrecognized configuration parameter' >&2; exit 1;; esac\n\
             set -o pipefail; \"$real\" \"$@\" | sed '{setting}'"
        ),
    );
}

/// Creates a program in `bin` that runs `script`, in which `$real` is the real program.
fn program(project: &Project, name: &str, script: &str) {
    let real = support::program(name).display().to_string();
    let says = format!("if [ \"$1\" = --version ]; then echo '{name} (PostgreSQL) 99.1'; exit; fi");
    let script = format!("#!/bin/bash\nreal='{real}'\n{says}\n{script}\n");
    project.write(&format!("bin/{name}"), &script);
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(project.path(&format!("bin/{name}")), mode).unwrap();
}

fn record(path: &std::path::Path) -> serde_json::Value {
    let text = std::fs::read_to_string(format!("{}.json", path.display())).unwrap();
    serde_json::from_str(&text).unwrap()
}

#[test]
fn what_newer_programs_wrote_of_an_older_server_can_be_restored() {
    let kind = Kind::Postgres;
    for more in ["", ", jobs: 2", ", pipe: cat, unpipe: cat"] {
        let (project, url) = filled(kind);
        newer_programs(&project);
        configure(&project, &url, &format!("{{program: ./bin/pg_dump{more}}}"));
        let before = content(&project, kind, &url);
        let path = backed_up(&project, &[]);
        assert_eq!(record(&path)["program"], "pg_dump 99.1");
        project.ok(&["upgrade", "head"]);
        project.ok(&["restore", "latest", "--yes"]);
        assert_eq!(content(&project, kind, &url), before, "{more}");
        project.shell(kind, &url, "DROP SCHEMA public CASCADE; CREATE SCHEMA public;");
        project.ok(&["restore", "latest", "--yes"]);
        assert_eq!(content(&project, kind, &url), before, "{more}: into an empty database");
        backed_up(&project, &["--verify"]);
    }
}

#[test]
fn a_deploy_restores_what_newer_programs_wrote() {
    let kind = Kind::Postgres;
    let (project, url) = filled(kind);
    newer_programs(&project);
    let before = content(&project, kind, &url);
    project.write(
        "aludel.yaml",
        &format!(
            "services:\n  app:\n    url: \"{url}\"\n    revisions: r\n    backup: {{program: ./bin/pg_dump}}\n    \
             on_failure: restore\n    checks:\n      - {{name: never, query: SELECT 1 AS one}}\n"
        ),
    );
    let run = project.run(&["deploy", "--yes"]);
    assert_eq!(run.status, 1, "{}", run.stderr);
    assert!(run.stderr.contains("restored"), "{}", run.stderr);
    assert_eq!(content(&project, kind, &url), before);
}

#[test]
fn the_program_of_the_servers_own_version_comes_before_a_newer_one_on_the_path() {
    let kind = Kind::Postgres;
    let (project, _) = filled(kind);
    newer_programs(&project);
    let path = std::env::var("PATH").unwrap();
    let mut command = project.command(&["backup"]);
    let run = Run::of(command.env("PATH", format!("{}:{path}", project.path("bin").display())).output().unwrap());
    assert_eq!(run.status, 0, "{}", run.stderr);
    let program = record(&project.path(run.stdout.trim()))["program"].to_string();
    assert!(program.contains("pg_dump") && !program.contains("99.1"), "{program}");
}

#[test]
fn a_backup_that_cannot_be_read_back_is_no_success_and_throws_no_older_one_away() {
    let kind = Kind::Postgres;
    for (script, said) in [
        ("echo 'unsupported version (9.9) in file header' >&2; exit 1", "unsupported version"),
        ("\"$real\" \"$@\" | sed 's/^SET lock_timeout = 0;$/SET lock_timeout = often;/'", "lock_timeout"),
    ] {
        let (project, url) = filled(kind);
        newer_programs(&project);
        configure(&project, &url, "{program: ./bin/pg_dump, keep: 1}");
        backed_up(&project, &[]);
        program(&project, "pg_restore", script);
        let failed = project.json(&["backup"]);
        assert_eq!(failed["error"]["code"], "backup-unverified", "{failed}");
        assert!(failed.to_string().contains(said), "{failed}");
        assert_eq!(shelf(&project).len(), 4, "{:?}", shelf(&project));
    }
}

#[test]
fn without_a_program_that_restores_a_backup_is_no_success() {
    for kind in [Kind::Postgres, Kind::Mariadb] {
        let (project, url) = filled(kind);
        let (dump, says) = match kind {
            Kind::Postgres => ("pg_dump", "pg_dump (PostgreSQL) 99.1"),
            _ => support::mysql_dump_program(),
        };
        let real = if kind == Kind::Postgres { support::program(dump) } else { support::mariadb_program(dump) };
        let script = format!(
            "#!/bin/sh\nif [ \"$1\" = --version ]; then echo '{says}'; exit; fi\nexec '{}' \"$@\"\n",
            real.display()
        );
        project.write("bin/dump", &script);
        std::fs::set_permissions(project.path("bin/dump"), std::os::unix::fs::PermissionsExt::from_mode(0o755))
            .unwrap();
        configure(&project, &url, "{program: ./bin/dump}");
        let mut command = project.command(&["backup", "--json"]);
        let run = Run::of(command.env("PATH", project.path("bin")).output().unwrap());
        let failed: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
        assert_eq!(failed["error"]["code"], "backup-unverified", "{failed}");
    }
}

/// Newer dumps start with `enable the sandbox mode`, which is a syntax error for older clients.
#[test]
fn a_dump_that_the_client_does_not_understand_is_no_success() {
    if !support::is_mariadb() {
        support::cases::say("MySQL's client takes the sandbox mode for a comment: not run");
        return;
    }
    let (project, url) = filled(Kind::Mariadb);
    let (name, _) = support::mysql_dump_program();
    let real = support::mariadb_program(name);
    let script = format!(
        "#!/bin/sh\nif [ \"$1\" != --version ]; then echo '/*M!999999\\~ enable something of the future */'; fi\nexec '{}' \"$@\"\n",
        real.display()
    );
    let program = format!("bin/{name}");
    project.write(&program, &script);
    std::fs::set_permissions(project.path(&program), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    configure(&project, &url, &format!("{{program: ./{program}}}"));
    let failed = project.json(&["backup"]);
    assert_eq!(failed["error"]["code"], "backup-unverified", "{failed}");
    assert!(failed["error"]["notes"].to_string().contains("Unknown command"), "{failed}");
}
