//! Successful runs: number of messages, their effects, and the state of the session afterwards.

use super::*;
use crate::support;

#[test]
fn looking_takes_two_round_trips_and_writes_nothing() {
    let url = support::postgres().new_database();
    let mut database = connect(&url);
    let state = database.state().unwrap();
    assert!(!state.version_table_exists && !state.journal_exists && state.rows.is_empty());
    assert!(database.journal(10).unwrap().is_empty());
    assert_eq!(database.round_trips(), 1);
    assert_eq!(support::postgres().shell(&url, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"), "0");

    let (url, mut first) = ready();
    own(&mut first, (&[], "a1"), "CREATE TABLE t (a int);").unwrap();
    let mut database = connect(&url);
    let state = database.state().unwrap();
    assert_eq!((state.rows, state.id_capacity), (vec!["a1".to_owned()], Some(255)));
    assert_eq!(database.round_trips(), 2);
    database.state().unwrap();
    assert_eq!(database.round_trips(), 3, "the tables are known");
}

#[test]
fn a_revision_is_one_message_and_one_wal_sync() {
    const REVISIONS: usize = 20;
    let settings =
        [("fsync", "on"), ("synchronous_commit", "on"), ("wal_writer_delay", "10s"), ("log_statement", "all")];
    let settings = settings.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    let server = support::start_postgres(&support::PostgresOptions { settings, ..Default::default() });
    let url = server.new_database();
    let mut database = connect(&url);
    database.ensure_tables().unwrap();
    database.state().unwrap();
    let before = (database.round_trips(), server.log().matches("statement: BEGIN").count());
    server.shell(&url, "CHECKPOINT; SELECT pg_stat_reset_shared('wal')");
    let mut last: Vec<String> = Vec::new();
    for number in 0..REVISIONS {
        let text = format!("CREATE TABLE t{number} (a int);\nCREATE INDEX ON t{number} (a);");
        let rows: Vec<&str> = last.iter().map(String::as_str).collect();
        own(&mut database, (&rows, &format!("r{number}")), &text).unwrap();
        last = vec![format!("r{number}")];
    }
    assert_eq!(database.round_trips() - before.0, REVISIONS as u64);
    assert_eq!(server.log().matches("statement: BEGIN").count() - before.1, REVISIONS, "messages in the server's log");
    drop(database);
    // The statistics of a session are complete only after its end.
    let others = "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'aludel%'";
    let give_up = Instant::now() + Duration::from_secs(60);
    while server.shell(&url, others) != "0" {
        assert!(Instant::now() < give_up);
    }
    let version: u32 = server.shell(&url, "SHOW server_version_num").parse().unwrap();
    let syncs = match version {
        140_000..180_000 => "SELECT wal_sync FROM pg_stat_wal",
        180_000.. => "SELECT sum(fsyncs) FROM pg_stat_io WHERE object = 'wal' AND backend_type = 'client backend'",
        _ => return,
    };
    let syncs: usize = server.shell(&url, syncs).parse().unwrap();
    assert!((REVISIONS..=REVISIONS + 2).contains(&syncs), "{syncs} syncs");
}

#[test]
fn the_journal_says_what_ran() {
    let (_, mut database) = ready();
    let slow = "SELECT pg_sleep(0.02);\nSELECT 1;";
    own(&mut database, (&[], "a1"), slow).unwrap();
    run(&mut database, (&["a1"], "b1"), slow, Transaction::None).unwrap();
    database.begin().unwrap();
    run(&mut database, (&["b1"], "c1"), slow, Transaction::Shared).unwrap();
    run(&mut database, (&["c1"], "d1"), "", Transaction::Shared).unwrap();
    database.commit().unwrap();
    let journal = database.journal(3).unwrap();
    let told: Vec<_> =
        journal.iter().map(|row| (row.revision.as_str(), row.state.as_str(), row.statements_done)).collect();
    assert_eq!(told, [("d1", "done", 0), ("c1", "done", 2), ("b1", "done", 2)]);
    assert!(journal[0].duration_ms.unwrap() < 20, "the empty one has its own duration");
    assert!(journal[1..].iter().all(|row| row.duration_ms.unwrap() >= 20));
    assert!(database.journal(9).unwrap()[3].duration_ms.unwrap() >= 20);
    assert_eq!(journal[0].started_at, "2026-11-21T12:00:00.000001Z");
    assert_eq!((journal[0].os_user.as_str(), journal[0].host.as_str()), ("tester", "here"));
    assert!(database.state().unwrap().incomplete.is_empty());
}

#[test]
fn copy_with_data_lines_runs_in_the_middle_of_a_revision() {
    let (url, mut database) = ready();
    let mut lines = String::new();
    for number in 0..20_000 {
        lines.push_str(&format!("{number}\tzwölf {number}\n"));
    }
    let text = format!(
        "CREATE TABLE t (a int, b text);\nCOPY t (a, b) FROM stdin;\n{lines}\\.\nCREATE INDEX ON t (a);\n\
         COPY t FROM stdin;\n\\.\nINSERT INTO t VALUES (-1, 'last');\n"
    );
    let mut watcher = Watcher::default();
    run_watched(&mut database, (&[], "a1"), &text, Transaction::Own, &mut watcher).unwrap();
    assert_eq!(watcher.seen, 5);
    assert_eq!(support::postgres().shell(&url, "SELECT count(*), max(b) FROM t WHERE a > 0"), "19999|zwölf 9999");
    assert_eq!(database.journal(1).unwrap()[0].statements_done, 5);
}

#[test]
fn settings_of_a_revision_do_not_reach_the_next_or_the_journal() {
    let (url, mut database) = ready();
    support::postgres()
        .shell(&url, "DROP ROLE IF EXISTS weak; CREATE ROLE weak; GRANT CREATE ON SCHEMA public TO weak;");
    let text = "SELECT pg_catalog.set_config('search_path', '', false);\nSET statement_timeout = 0;\n\
                SET standard_conforming_strings = off;\nSET ROLE weak;\nCREATE TABLE public.t (a int);";
    own(&mut database, (&[], "a1"), text).unwrap();
    own(&mut database, (&["a1"], "b1"), "CREATE TABLE u AS SELECT current_user AS me, '\\' AS stroke;").unwrap();
    assert_eq!(support::postgres().shell(&url, "SELECT me, stroke FROM public.u"), "postgres|\\");
    run(&mut database, (&["b1"], "c1"), text.replace(".t ", ".v ").as_str(), Transaction::None).unwrap();
    own(&mut database, (&["c1"], "d1"), "CREATE TABLE w (a int);").unwrap();
    assert_eq!(
        support::postgres()
            .shell(&url, "SELECT tableowner FROM pg_tables WHERE tablename IN ('t', 'v', 'w') ORDER BY tablename"),
        "weak\nweak\npostgres"
    );
    support::postgres().shell(&url, "DROP OWNED BY weak; DROP ROLE weak;");
}

#[test]
fn a_version_table_of_alembic_is_taken_over_where_it_is() {
    let url = support::postgres().new_database();
    let made = "CREATE SCHEMA postgres; CREATE SCHEMA \"Odd \"\"name\"; CREATE TABLE public.alembic_version \
                (version_num varchar(32) NOT NULL CONSTRAINT alembic_version_pkc PRIMARY KEY); \
                INSERT INTO public.alembic_version VALUES ('a1');";
    support::postgres().shell(&url, made);
    // New objects would go to the schema "postgres", which has the name of the user; the existing table is in public.
    let mut database = connect(&url);
    let state = database.state().unwrap();
    assert_eq!((state.rows.len(), state.id_capacity, state.journal_exists), (1, Some(32), false));
    database.ensure_tables().unwrap();
    own(&mut database, (&["a1"], "b1"), "CREATE TABLE t (a int);").unwrap();
    assert_eq!(support::postgres().shell(&url, "SELECT version_num FROM public.alembic_version"), "b1");
    assert_eq!(support::postgres().shell(&url, "SELECT count(*) FROM public.alembic_version_history"), "1");

    let odd = VersionTable { schema: Some("Odd \"name".to_owned()), name: "Ver's".to_owned() };
    let parsed = DatabaseUrl::parse(&url, None).unwrap();
    let mut database = Postgres::connect(&parsed, &odd, "aludel x", &|_| None).unwrap();
    assert!(!database.state().unwrap().version_table_exists);
    database.ensure_tables().unwrap();
    own(&mut database, (&[], "x1"), "SELECT 1;").unwrap();
    assert_eq!(database.state().unwrap().rows, ["x1"]);
}

#[test]
fn text_and_comments_between_statements_do_no_harm() {
    let (url, mut database) = ready();
    let text = "-- first\nCREATE TABLE t (a text) -- no semicolon in this comment;\n;\n;;/* x /* y */ ; */\n\
                INSERT INTO t VALUES ('a;b') -- the end";
    own(&mut database, (&[], "a1"), text).unwrap();
    assert_eq!(support::postgres().shell(&url, "SELECT a FROM t"), "a;b");
    assert_eq!(database.journal(1).unwrap()[0].statements_total, 2);
}
