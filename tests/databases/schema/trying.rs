//! Trial of generated statements: one that the server refuses becomes a placeholder, downgrades are tried as well, and
//! more statements follow as long as a difference remains.

use super::{all_is_well, desiring, generate, same};
use crate::support::on_each_database;
use crate::support::project::{Kind, Project};

on_each_database! {
    a_statement_that_is_refused_is_a_marked_gap_with_the_reason,
}

fn a_statement_that_is_refused_is_a_marked_gap_with_the_reason(kind: Kind) {
    let (project, url) = desiring(
        kind,
        "CREATE TABLE a (x integer, y integer);\nCREATE UNIQUE INDEX a_x ON a (x);\nCREATE INDEX a_y ON a (y);\n",
    );
    project.revision("aaaa", "", "CREATE TABLE a (x integer);\nINSERT INTO a VALUES (1), (1);", "DROP TABLE a;");
    let run = project.run(&["revision", "--autogenerate", "-m", "unique"]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert!(run.stderr.contains("fill in before it can run: the server refuses this statement"), "{}", run.stderr);
    let paths: Vec<_> = run.stdout.lines().map(|path| project.path(path)).collect();
    let texts: Vec<String> = paths.iter().map(|path| std::fs::read_to_string(path).unwrap()).collect();
    let all = texts.concat();
    let marked = all.split("\n/* FILL IN */ ").nth(1).and_then(|rest| rest.split(';').next()).unwrap_or_default();
    assert!(marked.contains("a_x"), "{all}");
    assert!(all.contains("-- FILL IN: the server refuses this statement: "), "{all}");
    assert!(all.contains("-- FILL IN: the reverse of the refused statement of the upgrade"), "{all}");
    assert!(all.contains("a_y"), "what is not refused is written: {all}");
    let refused = project.run(&["upgrade", "head"]);
    assert!(refused.status == 1 && refused.stderr.contains("error[open-gap]"), "{}", refused.stderr);
    // The user fixes the rows before the statement.
    for (path, text) in paths.iter().zip(&texts) {
        let text = text.replace("/* FILL IN */;", "").replace("/* FILL IN */ ", "");
        std::fs::write(path, text).unwrap();
    }
    project.ok(&["upgrade", "aaaa"]);
    project.shell(kind, &url, "DELETE FROM a;");
    project.ok(&["upgrade", "head"]);
    same(&project, "database", "schema");
}

/// Creates a service on PostgreSQL whose history has an event trigger that runs `body` at `event`.
fn with_event_trigger(event: &str, body: &str) -> (Project, String) {
    let trigger = format!(
        "CREATE FUNCTION watch() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN {body} END $$;\n\
         CREATE EVENT TRIGGER watch ON {event} EXECUTE FUNCTION watch();\n"
    );
    let (project, _) = desiring(Kind::Postgres, "");
    project.revision("aaaa", "", &format!("CREATE TABLE a (id integer);\n{trigger}"), "");
    (project, trigger)
}

const NO_DROPS: &str = "IF tg_tag = 'DROP TABLE' THEN RAISE EXCEPTION 'no drops' USING DETAIL = 'of tables'; END IF;";

#[test]
fn what_an_event_trigger_forbids_is_a_marked_gap() {
    let (project, trigger) = with_event_trigger("ddl_command_start", NO_DROPS);
    project.write("schema.sql", &trigger);
    let text = generate(&project, &[]).concat();
    let wanted =
        "-- FILL IN: the server refuses this statement: no drops (of tables)\n/* FILL IN */ DROP TABLE public.a;\n";
    assert!(text.contains(wanted), "{text}");
}

#[test]
fn a_downgrade_that_is_refused_is_a_marked_gap() {
    let (project, trigger) = with_event_trigger("ddl_command_start", NO_DROPS);
    project.write("schema.sql", &format!("CREATE TABLE a (id integer);\nCREATE TABLE b (id integer);\n{trigger}"));
    let run = project.run(&["revision", "--autogenerate", "-m", "b"]);
    assert!(run.stderr.contains("in the downgrade: the server refuses this statement: no drops"), "{}", run.stderr);
    let text = std::fs::read_to_string(project.path(run.stdout.trim())).unwrap();
    let (upgrade, downgrade) = text.split_once("-- @downgrade").unwrap();
    assert!(!upgrade.contains("FILL IN") && downgrade.contains("/* FILL IN */ DROP TABLE public.b;"), "{text}");
    project.ok(&["upgrade", "head"]);
    let refused = project.run(&["downgrade", "-1", "--yes"]);
    assert!(refused.stderr.contains("error[open-gap]"), "{}", refused.stderr);
}

#[test]
fn a_derived_downgrade_is_tried_too() {
    let (project, _) = with_event_trigger("ddl_command_start", NO_DROPS);
    project.revision("bbbb", "aaaa", "CREATE TABLE b (id integer);", "");
    let path = project.path("r/bbbb.sql");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.split("-- @downgrade").next().unwrap()).unwrap();
    let derived = project.ok(&["revision", "--derive-downgrade", "bbbb"]);
    assert!(derived.contains("/* FILL IN */ DROP TABLE public.b;"), "{derived}");
}

#[test]
fn statements_follow_until_nothing_differs_any_more() {
    let body = "IF EXISTS (SELECT FROM pg_event_trigger_ddl_commands() WHERE object_identity = 'public.b') \
                THEN CREATE TABLE public.more (id integer); END IF;";
    let (project, trigger) = with_event_trigger("ddl_command_end", body);
    project.write("schema.sql", &format!("CREATE TABLE a (id integer);\nCREATE TABLE b (id integer);\n{trigger}"));
    let text = generate(&project, &[]).concat();
    assert!(text.contains("DROP TABLE public.more;"), "{text}");
    project.ok(&["upgrade", "head"]);
    all_is_well(&project);
}

#[test]
fn a_downgrade_brings_a_statistics_object_to_mind() {
    let (project, _) = desiring(Kind::Postgres, "CREATE TABLE a (x integer);\n");
    let up = "CREATE TABLE a (x integer, y integer);\nCREATE STATISTICS st ON x, y FROM a;";
    project.revision("aaaa", "", up, "DROP TABLE a;");
    let run = project.run(&["revision", "--autogenerate", "-m", "less"]);
    assert!(run.stderr.contains("loses the statistics object public.st"), "{}", run.stderr);
    let text = std::fs::read_to_string(project.path(run.stdout.trim())).unwrap();
    let (upgrade, downgrade) = text.split_once("-- @downgrade").unwrap();
    assert!(upgrade.contains("-- LOSES the statistics object public.st\n"), "{text}");
    assert!(downgrade.contains("-- NOT BROUGHT BACK: the statistics object public.st\n"), "{text}");
}

#[test]
fn from_the_database_too_what_falls_with_a_table_is_told_or_comes_back() {
    let (project, url) =
        desiring(Kind::Postgres, "CREATE TABLE t (a integer, g integer GENERATED ALWAYS AS (a * 3) STORED);\n");
    let there = "CREATE TABLE t (a integer, g integer GENERATED ALWAYS AS (a * 2) STORED); CREATE STATISTICS st ON a, g FROM t; \
                 CREATE TABLE u (a integer); CREATE PUBLICATION pub FOR TABLE u;";
    project.shell(Kind::Postgres, &url, there);
    let text = generate(&project, &["--from", "database"]).concat();
    assert!(text.contains("CREATE STATISTICS public.st ON a, g FROM public.t;"), "{text}");
    assert!(text.contains("-- LOSES the membership of public.u in publication pub\n"), "{text}");
    project.ok(&["upgrade", "head"]);
    let kept = project.shell(Kind::Postgres, &url, "SELECT count(*) FROM pg_statistic_ext;");
    assert_eq!(kept, "1");
}

#[test]
fn a_view_over_a_foreign_table_is_a_marked_gap_where_that_table_is_not_made() {
    let (project, url) = desiring(Kind::Postgres, "");
    let foreign = "CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w; CREATE FOREIGN TABLE ft (a integer) SERVER s;";
    let views = "CREATE TABLE a (x integer); CREATE VIEW v AS SELECT a FROM ft; CREATE VIEW on_v AS SELECT a FROM v; COMMENT ON VIEW v IS 'v';";
    project.shell(Kind::Postgres, &url, &format!("{foreign} {views}"));
    let shown = project.ok(&["inspect"]);
    let reason = "-- FILL IN: it needs the foreign table public.ft, which is not created here: put that before it\n";
    assert!(shown.contains(&format!("{reason}/* FILL IN */ CREATE VIEW public.v AS\n")), "{shown}");
    assert!(shown.contains("/* FILL IN */ CREATE VIEW public.on_v AS\n"), "{shown}");
    assert!(shown.contains("\nCREATE TABLE public.a (") || shown.starts_with("CREATE TABLE public.a ("), "{shown}");
    // If a revision creates the foreign table, nothing is missing.
    project.revision("aaaa", "", foreign, "");
    project.write("schema.sql", &format!("{foreign} {views}"));
    let text = generate(&project, &[]).concat();
    assert!(text.contains("CREATE VIEW public.v AS") && !text.contains("FILL IN"), "{text}");
}
