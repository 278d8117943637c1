//! `init --from` of a project of another tool: which one it is, and where its migrations are.

use super::sample;
use crate::support::project::Project;

/// Formats and source that `init --from PATH` finds in a project.
fn found(project: &Project, path: &str) -> (Vec<String>, String) {
    let document = project.json(&["init", "made", "--from", path]);
    std::fs::remove_dir_all(project.path("made")).ok();
    assert!(document["error"].is_null(), "{path}: {document:#}");
    let formats = document["formats"].as_array().unwrap().iter().map(|name| name.as_str().unwrap().to_owned());
    (formats.collect(), document["source"].as_str().unwrap().to_owned())
}

#[test]
fn the_migrations_of_each_tool_are_recognized() {
    let project = Project::new();
    for (scenario, expected) in [
        ("pairs", &["pairs"][..]),
        ("prisma", &["prisma"]),
        ("flyway", &["flyway"]),
        ("golang-migrate", &["golang-migrate", "sqlx"]),
        ("dbmate", &["dbmate"]),
        ("goose", &["goose"]),
        ("sqlx", &["golang-migrate", "sqlx"]),
        ("diesel", &["diesel"]),
        ("sqitch", &["sqitch"]),
        ("supabase", &["supabase"]),
        ("drizzle", &["drizzle"]),
        ("atlas", &["atlas"]),
        ("refinery", &["refinery"]),
        ("liquibase", &["liquibase"]),
        ("django", &["django"]),
    ] {
        let (formats, _) = found(&project, sample(scenario, "project").to_str().unwrap());
        assert_eq!(formats, expected, "{scenario}");
    }
}

#[test]
fn a_config_names_the_tool_and_its_folder() {
    let project = Project::new();
    for (path, text, format, source) in [
        ("a/drizzle.config.ts", "export default defineConfig({ out: './db/drizzle' })", "drizzle", "../a/db/drizzle"),
        (
            "b/atlas.hcl",
            "env \"local\" {\n  migration { dir = \"file://schema/versions\" }\n}",
            "atlas",
            "../b/schema/versions",
        ),
        ("c/refinery.toml", "[main]\ndb_type = \"Postgres\"\n", "refinery", "../c/migrations"),
        ("d/liquibase.properties", "changeLogFile=db/main.yaml\n", "liquibase", "../d/db"),
        ("e/supabase/config.toml", "project_id = \"e\"\n", "supabase", "../e/supabase/migrations"),
        ("f/manage.py", "os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'f.settings')\n", "django", "../f/manage.py"),
        ("g/prisma/schema.prisma", "datasource db {}\n", "prisma", "../g/prisma/migrations"),
        ("h/flyway.toml", "[flyway]\nlocations = [\"filesystem:sql/all\"]\n", "flyway", "../h/sql/all"),
        ("i/diesel.toml", "[migrations_directory]\ndir = \"moves\"\n", "diesel", "../i/moves"),
    ] {
        project.write(path, text);
        let expected = (vec![format.to_owned()], source.to_owned());
        assert_eq!(found(&project, path), expected, "{path}");
        // The folder of the project is enough.
        assert_eq!(found(&project, &path[..1]), expected, "{path}");
    }
}

#[test]
fn what_the_project_is_built_with_decides_between_tools_with_the_same_names() {
    let project = Project::new();
    project.write("rust/Cargo.toml", "[dependencies]\nrefinery = \"0.8\"\n");
    project.write("rust/migrations/V1__a.sql", "SELECT 1;\n");
    assert_eq!(found(&project, "rust/migrations").0, ["refinery"]);
    project.write("java/pom.xml", "<artifactId>flyway-core</artifactId>\n");
    project.write("java/db/V1__a.sql", "SELECT 1;\n");
    assert_eq!(found(&project, "java/db").0, ["flyway"]);
    project.write("app/supabase/migrations/20240102030405_a.sql", "SELECT 1;\n");
    assert_eq!(found(&project, "app/supabase/migrations").0, ["supabase"]);
    project.write("empty/readme.md", "");
    let run = project.run(&["init", "made", "--from", "empty"]);
    assert!(run.status == 1 && run.stderr.contains("or of another tool was recognized here"), "{run:?}");
    assert!(!project.path("made").exists());
}

#[test]
fn the_commands_that_it_prints_bring_the_project_to_its_head() {
    let project = Project::new();
    let run = |arguments: &[&str]| {
        let output = project.command(arguments).env("DATABASE_URL", "sqlite:app.db").output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    project.write("migrations/V1__create_cars.sql", "CREATE TABLE cars (id INTEGER PRIMARY KEY);\n");
    project.write("refinery.toml", "[main]\ndb_type = \"Sqlite\"\n");
    let printed = run(&["init", "--from", "refinery.toml"]);
    let commands: Vec<Vec<&str>> = printed
        .lines()
        .filter_map(|line| line.strip_prefix("  aludel "))
        .map(|line| line.split(' ').collect())
        .collect();
    assert_eq!(commands[0], ["import", "refinery", "migrations"]);
    assert_eq!(commands[1][..3], ["stamp", "--from", "refinery"]);
    run(&commands[0]);
    run(&commands[2]);
    assert!(run(&["current"]).starts_with("1 (head)"));
}
