//! `init --from`: converts the config of an Alembic project in any form to aludel's, and changes nothing else.

use crate::support;
use crate::support::alembic::{self, environment, ok};
use crate::support::project::{Kind, Project};

const FILE: &str = "\n\ndef upgrade():\n    pass\n\n\ndef downgrade():\n    pass\n";

fn file(id: &str, down: &str) -> String {
    format!("revision = '{id}'\ndown_revision = {down}{FILE}")
}

/// Returns all files with their modification times, so that any change is detected.
fn inventory(project: &Project) -> Vec<(String, std::time::SystemTime)> {
    let mut found = Vec::new();
    let mut folders = vec![project.path("")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap().flatten().filter(|entry| entry.file_name() != "__pycache__") {
            match entry.path().is_dir() {
                true => folders.push(entry.path()),
                false => {
                    found.push((entry.path().display().to_string(), entry.metadata().unwrap().modified().unwrap()))
                }
            }
        }
    }
    found.sort();
    found
}

#[test]
fn an_ini_with_every_option_is_taken_over_and_nothing_else_is_touched() {
    let project = Project::new();
    project.write(
        "alembic.ini",
        "[alembic]\nscript_location = %(here)s/mig\nversion_locations = %(here)s/mig/versions:%(here)s/plugin\n\
         version_path_separator = :\nfile_template = %%(year)d_%%(month).2d_%%(rev)s_%%(slug)s\ntruncate_slug_length = 8\n\
         timezone = Europe/Berlin\nsqlalchemy.url = sqlite:///app.db\n\n[post_write_hooks]\nhooks = black, fix\n\
         black.type = console_scripts\nblack.entrypoint = black\nblack.options = REVISION_SCRIPT_FILENAME\n\
         fix.type = exec\nfix.executable = true\nfix.options = REVISION_SCRIPT_FILENAME\n",
    );
    project.write("mig/env.py", &environment("version_table='their_version'"));
    project.write("mig/versions/a.py", &file("aaa1", "None"));
    project.write("plugin/b.py", &file("bbb2", "'aaa1'"));
    ok(&project, &["upgrade", "aaa1"]);
    let before = inventory(&project);
    let run = project.run(&["init", "--from", "alembic.ini"]);
    assert_eq!(run.status, 0, "{run:?}");
    let mut after = inventory(&project);
    after.retain(|(path, _)| !path.ends_with("aludel.yaml"));
    assert_eq!(after, before, "only aludel.yaml is new");
    assert!(run.stdout.contains("current   aaa1") && run.stdout.contains("pending   bbb2 (head)"), "{}", run.stdout);
    for told in ["timezone = Europe/Berlin", "hooks for Python files are left out", "black"] {
        assert!(run.stderr.contains(told), "{told}: {}", run.stderr);
    }
    let config = std::fs::read_to_string(project.path("aludel.yaml")).unwrap();
    for line in [
        "sqlite:app.db",
        "version_table: their_version",
        "file_template: \"{{ year }}_{{ month }}_{{ id }}_{{ slug[:8] }}.sql\"",
        "true {path}",
    ] {
        assert!(config.contains(line), "{line}\n{config}");
    }
    // The config works: the heads are the same, the next file is beside Alembic's, and the version table is Alembic's.
    assert_eq!(project.json(&["heads"])["services"][0]["heads"][0]["revision"], "bbb2");
    assert!(ok(&project, &["heads"]).contains("bbb2"));
    let path = project.ok(&["revision", "-m", "Something longer", "--rev-id", "ccc3"]);
    assert!(path.starts_with("mig/versions/2") && path.trim_end().ends_with("_ccc3_somethin.sql"), "{path}");
    project.ok(&["upgrade", "bbb2", "--dry-run"]);
    let again = project.json(&["init", "--from", "alembic.ini"]);
    assert_eq!(again["error"]["code"], "file-exists");
}

#[test]
fn what_is_computed_in_env_py_is_told_with_its_line() {
    let (project, _) = alembic::project(Kind::Sqlite);
    std::fs::remove_file(project.path("aludel.yaml")).unwrap();
    let computed = environment("version_table=config.get_main_option('table'), version_table_schema='s' + 'x'");
    project.write("mig/env.py", &computed);
    let line = computed.lines().position(|line| line.contains("version_table=")).unwrap() + 1;
    let run = project.run(&["init", "--from", "alembic.ini"]);
    assert_eq!(run.status, 0, "{run:?}");
    assert!(run.stderr.contains(&format!("mig/env.py:{line}): write its name")), "{}", run.stderr);
    assert!(run.stderr.contains("`version_table_schema` is computed"), "{}", run.stderr);
    assert!(std::fs::read_to_string(project.path("aludel.yaml")).unwrap().contains("# computed in env.py"));
}

#[test]
fn a_url_with_percent_signs_and_one_from_the_environment() {
    let (project, url) = alembic::project(Kind::Postgres);
    std::fs::remove_file(project.path("aludel.yaml")).unwrap();
    let with_password = url.replace("@", ":p%40ss$word@");
    let ini = format!(
        "[alembic]\nscript_location = mig\nsqlalchemy.url = {}\n",
        alembic::url(&with_password).replace('%', "%%")
    );
    project.write("alembic.ini", &ini);
    let run = project.run(&["init", "--from", "alembic.ini"]);
    assert_eq!(run.status, 0, "{run:?}");
    assert!(run.stdout.contains("pending   nothing") && !run.stdout.contains("ss$word"), "{}", run.stdout);
    std::fs::remove_file(project.path("aludel.yaml")).unwrap();
    let env = alembic::environment("").replace(
        "config = context.config\n",
        "import os\nconfig = context.config\nconfig.set_main_option('sqlalchemy.url', os.environ['SHOP_URL'])\n",
    );
    project.write("mig/env.py", &env);
    let mut command = project.command(&["init", "--from", "alembic.ini"]);
    let run = support::project::Run::of(command.env("SHOP_URL", &url).output().unwrap());
    assert!(run.status == 0 && run.stdout.contains("pending   nothing"), "{run:?}");
    assert!(std::fs::read_to_string(project.path("aludel.yaml")).unwrap().contains("url: ${SHOP_URL}"));
}

#[test]
fn pyproject_and_several_sections_make_services() {
    let project = Project::new();
    project.write(
        "shop/pyproject.toml",
        "[project]\nname = \"shop\"\n\n[tool.alembic]\nscript_location = \"%(here)s/mig\"\nrecursive_version_locations = true\n",
    );
    project.write("shop/alembic.ini", "[alembic]\nsqlalchemy.url = sqlite:///shop.db\n");
    project.write("shop/mig/env.py", &environment(""));
    project.write("shop/mig/versions/2024/a.py", &file("aaa1", "None"));
    project.write(
        "two.ini",
        "[auth]\nscript_location = auth\nsqlalchemy.url = sqlite:///auth.db\n\n[chat]\nscript_location = chat\nsqlalchemy.url = sqlite:///chat.db\n",
    );
    for (service, id) in [("auth", "bbb2"), ("chat", "ccc3")] {
        project.write(&format!("{service}/env.py"), &environment(""));
        project.write(&format!("{service}/versions/a.py"), &file(id, "None"));
    }
    let run = project.run(&["init", "--from", "shop/pyproject.toml", "--from", "two.ini"]);
    assert_eq!(run.status, 0, "{run:?}");
    let heads = project.json(&["heads"]);
    let found: Vec<(&str, &str)> = heads["services"]
        .as_array()
        .unwrap()
        .iter()
        .map(|service| (service["service"].as_str().unwrap(), service["heads"][0]["revision"].as_str().unwrap()))
        .collect();
    assert_eq!(found, [("shop", "aaa1"), ("auth", "bbb2"), ("chat", "ccc3")]);
    let config = std::fs::read_to_string(project.path("aludel.yaml")).unwrap();
    assert!(config.contains("recursive: true") && config.contains("-c two.ini -n auth"), "{config}");
    std::fs::remove_file(project.path("aludel.yaml")).unwrap();
    project.ok(&["init", "--from", "two.ini", "-n", "chat"]);
    assert_eq!(project.json(&["heads"])["services"].as_array().unwrap().len(), 1);
    std::fs::remove_file(project.path("aludel.yaml")).unwrap();
    assert_eq!(
        project.json(&["init", "--from", "two.ini", "-n", "nonesuch"])["error"]["code"],
        "alembic-config-invalid"
    );
}

#[test]
fn a_project_in_a_folder_of_its_own_runs_there() {
    let project = Project::new();
    project
        .write("services/auth/alembic.ini", "[alembic]\nscript_location = mig\nsqlalchemy.url = sqlite:///auth.db\n");
    project.write("services/auth/mig/env.py", &environment(""));
    project.write(
        "services/auth/mig/versions/a.py",
        "revision = 'aaa1'\ndown_revision = None\n\ndef upgrade(): pass\ndef downgrade(): pass\n",
    );
    project.ok(&["init", "--from", "services/auth/alembic.ini"]);
    let config = std::fs::read_to_string(project.path("aludel.yaml")).unwrap();
    for line in [
        "  auth:\n",
        "    revisions: services/auth/mig/versions\n",
        "    python: {run: alembic, folder: services/auth}\n",
        ":-sqlite:services/auth/auth.db}\n",
    ] {
        assert!(config.contains(line), "{line}\n{config}");
    }
    project.write("aludel.yaml", &config.replace("run: alembic,", &format!("run: {},", alembic::program().display())));
    project.ok(&["upgrade", "head"]);
    assert_eq!(project.json(&["current"])["services"][0]["is_head"], true);
    assert!(project.path("services/auth/auth.db").exists());
}
