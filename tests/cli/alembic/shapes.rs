//! `init --from` for projects that only a program can interpret completely: read like that program does, or refused
//! with the reason.

use crate::support::alembic::{self, environment, ok};
use crate::support::project::{Kind, Project};

const FILE: &str =
    "revision = 'aaa1'\ndown_revision = None\n\n\ndef upgrade():\n    pass\n\n\ndef downgrade():\n    pass\n";

fn refused(project: &Project) -> String {
    let document = project.json(&["init", "--from", "alembic.ini"]);
    assert_eq!(document["error"]["code"], "alembic-config-invalid", "{document}");
    assert!(!project.path("aludel.yaml").exists());
    document["error"]["message"].as_str().unwrap().to_owned()
}

#[test]
fn flask_migrates_folder_is_its_files_own() {
    let project = Project::new();
    project.write(
        "migrations/alembic.ini",
        "[alembic]\n# file_template = %%(rev)s\n\n[loggers]\nkeys = root,flask_migrate\n",
    );
    project.write("migrations/env.py", "from flask import current_app\nfrom alembic import context\n");
    project.write("migrations/versions/a.py", FILE);
    let run = project.run(&["init", "--from", "migrations/alembic.ini"]);
    assert!(run.stderr.contains("SQLALCHEMY_DATABASE_URI"), "{}", run.stderr);
    let config = std::fs::read_to_string(project.path("aludel.yaml")).unwrap();
    for line in ["  main:", "revisions: migrations/versions", "python: flask db", "${MAIN_DATABASE_URL}"] {
        assert!(config.contains(line), "{line}\n{config}");
    }
    assert!(project.ok(&["heads"]).contains("aaa1"));
}

#[test]
fn a_location_in_a_package_is_looked_for_where_python_would() {
    let project = Project::new();
    project.write(
        "alembic.ini",
        "[alembic]\nscript_location = my.pkg:mig\nprepend_sys_path = lib\nsqlalchemy.url = sqlite:///a.db\n",
    );
    assert!(refused(&project).contains("the package my.pkg is installed"), "not there yet");
    project.write("lib/my/pkg/mig/versions/a.py", FILE);
    project.write("lib/my/pkg/mig/env.py", "");
    project.ok(&["init", "--from", "alembic.ini"]);
    assert!(project.ok(&["heads"]).contains("aaa1"));
}

#[test]
fn placeholders_and_several_databases_are_refused_with_the_reason() {
    let project = Project::new();
    project.write("alembic.ini", "[alembic]\nscript_location = {app}/mig\nsqlalchemy.url = sqlite:///a.db\n");
    assert!(refused(&project).contains("{app} is filled in by a program"));
    let several = "[alembic]\nscript_location = mig\ndatabases = engine1, engine2\n\n[engine1]\nsqlalchemy.url = sqlite:///1.db\n";
    project.write("alembic.ini", several);
    project.write("mig/versions/a.py", FILE);
    assert!(refused(&project).contains("one history for several databases (engine1, engine2)"));
}

#[test]
fn a_log_on_stdout_does_not_get_into_the_sql() {
    let (project, url) = alembic::project(Kind::Sqlite);
    let ini = std::fs::read_to_string(project.path("alembic.ini")).unwrap();
    let logging = "\n[loggers]\nkeys = root,alembic\n[handlers]\nkeys = out\n[formatters]\nkeys = plain\n[logger_root]\nlevel = INFO\n\
        handlers = out\n[logger_alembic]\nlevel = INFO\nhandlers =\nqualname = alembic\n[handler_out]\nclass = StreamHandler\n\
        args = (sys.stdout,)\nlevel = NOTSET\nformatter = plain\n[formatter_plain]\nformat = %(levelname)-5.5s [%(name)s] %(message)s\n";
    project.write("alembic.ini", &(ini + logging));
    let logged = format!("from logging.config import fileConfig\nfileConfig('alembic.ini')\n{}", environment(""));
    project.write("mig/env.py", &logged);
    project.write(
        "mig/versions/a.py",
        "from alembic import op\nrevision = 'aaa1'\ndown_revision = None\n\n\ndef upgrade():\n    op.execute('CREATE TABLE t (i int)')\n\n\n\
         def downgrade():\n    raise Exception('no way back')\n",
    );
    project.ok(&["upgrade", "aaa1"]);
    assert_eq!(project.shell(Kind::Sqlite, &url, "SELECT count(*) FROM t"), "0");
    // The suggestion for a downgrade that Alembic must run is a downgrade too.
    let failed = project.json(&["downgrade", "base", "--yes"]);
    assert_eq!(failed["error"]["code"], "python-unrendered", "{failed}");
    let hints = failed["error"]["hints"].to_string();
    assert!(hints.contains("alembic downgrade base") && !hints.contains("upgrade aaa1"), "{hints}");
}

#[test]
fn the_line_for_env_py_keeps_alembic_off_our_tables() {
    let (project, _) = alembic::project(Kind::Sqlite);
    project.write("mig/versions/a.py", FILE);
    std::fs::remove_file(project.path("aludel.yaml")).unwrap();
    let said = project.ok(&["init", "--from", "alembic.ini"]);
    let line = said.lines().find_map(|line| line.trim().strip_prefix("include_name=")).unwrap().to_owned();
    project.ok(&["upgrade", "head"]);
    let template = "revision = ${repr(up_revision)}\ndown_revision = ${repr(down_revision)}\n\n\ndef upgrade():\n    \
        ${upgrades if upgrades else 'pass'}\n\n\ndef downgrade():\n    ${downgrades if downgrades else 'pass'}\n";
    project.write("mig/script.py.mako", template);
    let models = "target_metadata=__import__('sqlalchemy').MetaData()";
    let generated = |env: &str, id: &str| {
        project.write("mig/env.py", env);
        ok(&project, &["revision", "--autogenerate", "-m", id, "--rev-id", id]);
        let files = std::fs::read_dir(project.path("mig/versions")).unwrap().flatten();
        let file = files.map(|file| file.path()).find(|path| path.display().to_string().contains(id)).unwrap();
        let text = std::fs::read_to_string(&file).unwrap();
        std::fs::remove_file(file).unwrap();
        text
    };
    assert!(generated(&environment(models), "bbb1").contains("drop_table('alembic_version_history')"));
    assert!(!generated(&environment(&format!("{models}, include_name={line}")), "bbb2").contains("drop_table"));
}
