//! Shadow databases: created, used and dropped; swept after a kill; never a database of the user.

use std::collections::BTreeMap;
use std::sync::Arc;

use aludel::config::{Config, DatabaseUrl};
use aludel::database::{CatalogRequest, StopSignal};
use aludel::project::History;
use aludel::shadow::{ProofError, Replay, Shadow, ShadowConfig, ShadowKind};

use crate::support;
use crate::support::on_each_database;
use crate::support::project::{Kind, Project};

on_each_database! {
    a_shadow_is_another_database_and_is_gone_after_it,
    a_history_is_replayed_up_to_a_revision,
    what_fails_in_a_replay_names_its_place_and_leaves_no_shadow,
    a_given_shadow_that_holds_something_is_refused,
    a_given_shadow_that_is_the_target_is_refused,
    a_given_shadow_is_emptied_again_and_what_a_killed_process_left_in_it_is_cleared,
}

fn url(text: &str) -> DatabaseUrl {
    DatabaseUrl::parse(text, None).unwrap()
}

fn no_environment(_: &str) -> Option<String> {
    None
}

fn grounds<'a>(url: &'a DatabaseUrl, given: Option<&'a DatabaseUrl>) -> ShadowConfig<'a> {
    ShadowConfig { url, given, namespace: None, service: "app", form: ShadowKind::Fast, environment: &no_environment }
}

fn never() -> StopSignal {
    Arc::new(|| false)
}

fn shadows(kind: Kind) -> Vec<String> {
    let listed = match kind {
        Kind::Sqlite => return Vec::new(),
        Kind::Postgres => {
            support::postgres().shell("", "SELECT datname FROM pg_database WHERE datname LIKE 'aludel_shadow%'")
        }
        Kind::Mariadb => support::mariadb().shell("", "SHOW DATABASES LIKE 'aludel\\_shadow%'"),
    };
    listed.lines().map(str::to_owned).collect()
}

fn a_shadow_is_another_database_and_is_gone_after_it(kind: Kind) {
    let (project, own) = Project::with_database(kind);
    let own = url(&own);
    let mut shadow = Shadow::open(&ShadowConfig { form: ShadowKind::ForOthers, ..grounds(&own, None) }).unwrap();
    shadow.database().unwrap().execute("CREATE TABLE t (a int)").unwrap();
    let other = shadow.url().clone();
    assert_ne!(other, own);
    // Another program can connect to it.
    let name = other.expose().to_owned();
    let seen = project.shell(kind, &name, "SELECT count(*) FROM t;");
    assert_eq!(seen, "0");
    if kind == Kind::Sqlite {
        assert!(other.path().unwrap().exists());
        shadow.close().unwrap();
        assert!(!other.path().unwrap().exists());
    } else {
        let database = other.database().unwrap().to_owned();
        assert!(shadows(kind).contains(&database));
        shadow.close().unwrap();
        assert!(!shadows(kind).contains(&database));
    }
}

/// The file of the user's own is as safe as before.
#[test]
fn a_shadow_file_is_not_synced_on_sqlite() {
    let (project, own) = Project::with_database(Kind::Sqlite);
    let (own, given) = (url(&own), url(&project.new_database(Kind::Sqlite, "given")));
    for (given, expected) in [(None, "0"), (Some(&given), "2")] {
        let form = ShadowKind::ForOthers;
        let mut shadow = Shadow::open(&ShadowConfig { form, ..grounds(&own, given) }).unwrap();
        let rows = shadow.database().unwrap().execute("PRAGMA synchronous").unwrap();
        assert_eq!(rows, [vec![vec![Some(expected.to_owned())]]]);
    }
}

fn history(project: &Project) -> History {
    let path = project.path("aludel.yaml");
    let config = Config::parse(&std::fs::read_to_string(&path).unwrap(), &path, &no_environment).unwrap();
    History::load(&config.services[0]).unwrap()
}

fn a_history_is_replayed_up_to_a_revision(kind: Kind) {
    let (project, own) = Project::with_database(kind);
    project.revision("aaaa", "", "CREATE TABLE t (a int);", "DROP TABLE t;");
    project.revision("bbbb", "aaaa", "CREATE TABLE u (a int);", "DROP TABLE u;");
    project.revision("cccc", "bbbb", "CREATE TABLE v (a int);", "DROP TABLE v;");
    let (own, history) = (url(&own), history(&project));
    let variables = BTreeMap::new();
    let replay = Replay { variables: &variables, stop: never() };
    let mut shadow = Shadow::open(&grounds(&own, None)).unwrap();
    let to = history.graph.resolve("bbbb", None).unwrap();
    replay.run(&mut shadow, &history, &[], &[to]).unwrap();
    let database = shadow.database().unwrap();
    database.execute("SELECT a FROM u").unwrap();
    assert!(database.execute("SELECT a FROM v").is_err());
}

fn what_fails_in_a_replay_names_its_place_and_leaves_no_shadow(kind: Kind) {
    let (project, own) = Project::with_database(kind);
    project.revision("aaaa", "", "CREATE TABLE t (a int);\nINSERT INTO nowhere VALUES (1);", "DROP TABLE t;");
    let (own, history) = (url(&own), history(&project));
    let variables = BTreeMap::new();
    let replay = Replay { variables: &variables, stop: never() };
    let mut shadow = Shadow::open(&grounds(&own, None)).unwrap();
    let name = shadow.url().database().map(str::to_owned);
    let error = replay.run(&mut shadow, &history, &[], &history.graph.heads()).unwrap_err();
    let ProofError::Replay(aludel::engine::EngineError::Failed { location: Some(location), .. }) = error else {
        panic!("{error:?}")
    };
    assert!(
        location.text[location.span.start..].starts_with("INSERT") || location.span.slice(&location.text) == "nowhere"
    );
    drop(shadow);
    assert!(name.is_none_or(|name| !shadows(kind).contains(&name)));
}

fn a_given_shadow_that_holds_something_is_refused(kind: Kind) {
    let (project, own) = Project::with_database(kind);
    let given = project.new_database(kind, "given");
    project.shell(kind, &given, "CREATE TABLE mine (a int);");
    let (own, other) = (url(&own), url(&given));
    let error = Shadow::open(&grounds(&own, Some(&other))).err().unwrap();
    assert!(matches!(&error, ProofError::NotEmpty { found, .. } if found == &["mine"]), "{error:?}");
    assert_eq!(project.shell(kind, &given, "SELECT count(*) FROM mine;"), "0");
}

fn a_given_shadow_that_is_the_target_is_refused(kind: Kind) {
    let (project, text) = Project::with_database(kind);
    let own = url(&text);
    // The same database under another name.
    let alias = match kind {
        Kind::Sqlite => {
            std::fs::write(own.path().unwrap(), "").unwrap();
            std::fs::create_dir(project.path("x")).unwrap();
            format!("sqlite:{}", project.path("x/../app.db").display())
        }
        _ if text.contains("127.0.0.1") => text.replace("127.0.0.1", "localhost"),
        _ => text.clone(),
    };
    let alias = url(&alias);
    let error = Shadow::open(&grounds(&own, Some(&alias))).err().unwrap();
    assert!(matches!(error, ProofError::IsTarget { .. }), "{error:?}");
}

fn a_given_shadow_is_emptied_again_and_what_a_killed_process_left_in_it_is_cleared(kind: Kind) {
    let (project, own) = Project::with_database(kind);
    let given = project.new_database(kind, "given");
    let (own, other) = (url(&own), url(&given));
    let fill = |shadow: &mut Shadow| {
        let sql = "CREATE TABLE t (a int PRIMARY KEY); CREATE TABLE u (a int REFERENCES t (a)); CREATE VIEW w AS SELECT a FROM t";
        for sql in sql.split("; ") {
            shadow.database().unwrap().execute(sql).unwrap();
        }
    };
    let mut shadow = Shadow::open(&grounds(&own, Some(&other))).unwrap();
    fill(&mut shadow);
    if kind != Kind::Sqlite {
        let error = Shadow::open(&grounds(&own, Some(&other))).err().unwrap();
        assert!(matches!(error, ProofError::InUse { .. }), "{error:?}");
    }
    shadow.close().unwrap();
    // Leftovers of a killed process: the version table exists, but no session holds the lock.
    project.shell(kind, &given, "CREATE TABLE aludel_shadow (version_num varchar(255)); CREATE TABLE rest (a int);");
    let mut shadow = Shadow::open(&grounds(&own, Some(&other))).unwrap();
    fill(&mut shadow);
    shadow.close().unwrap();
    Shadow::open(&grounds(&own, Some(&other))).unwrap().close().unwrap();
}

/// Statements that create an object outside of tables, functions and types, with the name in the message.
const OTHER_OBJECTS: [(&str, &str); 7] = [
    ("CREATE PUBLICATION news", "news"),
    ("CREATE FOREIGN DATA WRAPPER far; CREATE SERVER away FOREIGN DATA WRAPPER far", "away"),
    ("CREATE OPERATOR === (leftarg = int, rightarg = int, function = int4eq)", "public.===(integer,integer)"),
    ("CREATE COLLATION plain FROM \"C\"", "plain"),
    ("CREATE TEXT SEARCH CONFIGURATION words (parser = \"default\")", "words"),
    ("CREATE TABLE t (a int, b int); CREATE STATISTICS st ON a, b FROM t", "st"),
    ("CREATE TABLE parted (a int) PARTITION BY RANGE (a)", "parted"),
];

#[test]
fn on_postgres_a_given_shadow_is_refused_for_and_cleared_of_every_kind_of_object() {
    let (project, own) = Project::with_database(Kind::Postgres);
    let given = project.new_database(Kind::Postgres, "given");
    let (own, other) = (url(&own), url(&given));
    for (sql, name) in OTHER_OBJECTS {
        project.shell(Kind::Postgres, &given, sql);
        let error = Shadow::open(&grounds(&own, Some(&other))).err().unwrap();
        assert!(matches!(&error, ProofError::NotEmpty { found, .. } if found[0] == name), "{sql}: {error:?}");
        // With the mark of a shadow it is the leftover of a killed process.
        project.shell(Kind::Postgres, &given, "CREATE TABLE aludel_shadow (version_num varchar(255));");
        Shadow::open(&grounds(&own, Some(&other))).unwrap().close().unwrap();
    }
}

#[test]
fn on_postgres_a_shadow_of_a_database_with_an_icu_locale_has_it_too() {
    let server = support::postgres();
    if server.shell("", "SELECT current_setting('server_version_num')::int >= 150000") != "t" {
        return;
    }
    let own = server.new_database();
    let name = url(&own).database().unwrap().to_owned();
    server.shell("", &format!("DROP DATABASE {name};"));
    server.shell("", &format!("CREATE DATABASE {name} TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'de-AT';"));
    let mut shadow = Shadow::open(&grounds(&url(&own), None)).unwrap();
    let query = "SELECT j ->> 'datlocprovider', coalesce(j ->> 'datlocale', j ->> 'daticulocale') \
        FROM (SELECT to_jsonb(d) AS j FROM pg_database d WHERE datname = current_database()) d";
    let found = shadow.database().unwrap().execute(query).unwrap();
    assert_eq!(found, [[[Some("i".to_owned()), Some("de-AT".to_owned())]]]);
}

#[test]
fn on_postgres_what_a_dead_session_left_is_swept_and_what_is_alive_is_not() {
    let server = support::postgres();
    let own = url(&server.new_database());
    let alive = Shadow::open(&grounds(&own, None)).unwrap();
    let dead = "aludel_shadow_0123456789abcdef0123456789abcdef";
    server.shell("", &format!("CREATE DATABASE {dead};"));
    server.shell("", "CREATE DATABASE aludel_shadow_of_mine;");
    let _other = Shadow::open(&grounds(&own, None)).unwrap();
    let found = shadows(Kind::Postgres);
    assert!(!found.contains(&dead.to_owned()), "{found:?}");
    assert!(found.contains(&"aludel_shadow_of_mine".to_owned()), "{found:?}");
    assert!(found.contains(&alive.url().database().unwrap().to_owned()), "{found:?}");
    server.shell("", "DROP DATABASE aludel_shadow_of_mine;");
}

#[test]
fn on_mariadb_what_a_dead_session_left_is_swept_and_what_is_alive_is_not() {
    let server = support::mariadb();
    let own = url(&server.new_database());
    let alive = Shadow::open(&grounds(&own, None)).unwrap();
    let name = alive.url().database().unwrap().to_owned();
    let (node, _) = name.trim_start_matches("aludel_shadow_").split_once('_').unwrap();
    let (dead, elsewhere) = (format!("aludel_shadow_{node}_999999_0"), "aludel_shadow_00000000_1_0");
    server.shell("", &format!("CREATE DATABASE {dead}; CREATE DATABASE {elsewhere};"));
    let _other = Shadow::open(&grounds(&own, None)).unwrap();
    let found = shadows(Kind::Mariadb);
    assert!(!found.contains(&dead) && found.contains(&name) && found.contains(&elsewhere.to_owned()), "{found:?}");
    server.shell("", &format!("DROP DATABASE {elsewhere};"));
}

/// Creates a role that is allowed to create schemas in another user's database, but no databases.
fn poor(server: &support::Server, database: &str) -> DatabaseUrl {
    let name = database.rsplit('/').next().unwrap().split('?').next().unwrap().to_owned();
    let role = format!("poor_{name}");
    server.shell("", &format!("CREATE ROLE {role} LOGIN PASSWORD 'x'; GRANT CREATE ON DATABASE {name} TO {role};"));
    let (host, port) = (&server.address.host, server.address.port);
    url(&format!("postgres://{role}:x@{host}:{port}/{name}"))
}

#[test]
fn on_postgres_without_the_right_to_create_databases_a_scratch_schema_is_rolled_back() {
    let server = support::postgres();
    let (project, text) = Project::with_database(Kind::Postgres);
    let upgrade = "CREATE TABLE public.t (a int);\nCREATE SCHEMA billing;\nCREATE TABLE billing.u (a int);";
    project.revision("aaaa", "", upgrade, "DROP TABLE t;");
    std::fs::write(
        project.path("r/b.sql"),
        "-- revision: bbbb\n-- down_revision: aaaa\n-- transaction: false\n\n-- @upgrade\n\
         CREATE INDEX CONCURRENTLY i ON t (a);\n\n-- @downgrade\nDROP INDEX i;\n",
    )
    .unwrap();
    let (own, history) = (poor(server, &text), history(&project));
    let variables = BTreeMap::new();
    let replay = Replay { variables: &variables, stop: never() };
    let mut shadow = Shadow::open(&grounds(&own, None)).unwrap();
    replay.run(&mut shadow, &history, &[], &history.graph.heads()).unwrap();
    shadow.database().unwrap().execute("SELECT a FROM t").unwrap();
    let request = CatalogRequest { without: Vec::new(), namespaces: None, owners: false };
    let names: Vec<_> = shadow.catalog(&request).unwrap().objects().map(|object| object.key.to_string()).collect();
    assert_eq!(names, ["billing", "billing.u", "t", "billing.u.a", "t.a", "t.i"]);
    shadow.close().unwrap();
    assert_eq!(server.shell(&text, "SELECT count(*) FROM pg_class WHERE relname = 't'"), "0");
    assert_eq!(server.shell(&text, "SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'aludel%'"), "0");
}

#[test]
fn on_postgres_a_scratch_schema_refuses_statements_that_name_another_schema() {
    let server = support::postgres();
    let (project, text) = Project::with_database(Kind::Postgres);
    server.shell(&text, "CREATE SCHEMA billing;");
    project.revision("aaaa", "", "CREATE TABLE billing.t (a int);", "DROP TABLE billing.t;");
    let (own, history) = (poor(server, &text), history(&project));
    let variables = BTreeMap::new();
    let replay = Replay { variables: &variables, stop: never() };
    let mut shadow = Shadow::open(&grounds(&own, None)).unwrap();
    let error = replay.run(&mut shadow, &history, &[], &history.graph.heads()).unwrap_err();
    assert!(matches!(&error, ProofError::NamesSchema { schema, .. } if schema == "billing"), "{error:?}");
}

#[test]
fn on_postgres_a_scratch_schema_keeps_what_the_runs_own_transactions_keep() {
    let server = support::postgres();
    let (project, text) = Project::with_database(Kind::Postgres);
    let upgrade = "CREATE TABLE t (a int);\nBEGIN;\nCREATE TABLE undone (a int);\nROLLBACK AND CHAIN;\n\
                   CREATE TABLE kept (a int);\nSAVEPOINT s;\nCREATE TABLE undone (a int);\n\
                   ROLLBACK TO SAVEPOINT s;\nCOMMIT AND CHAIN;\nCREATE TABLE undone (a int);\nROLLBACK;\n\
                   BEGIN;\nCREATE TABLE last (a int);\nCOMMIT;";
    project.revision_with("aaaa", "", "-- transaction: false", upgrade, "DROP TABLE t;");
    let (own, history) = (poor(server, &text), history(&project));
    let variables = BTreeMap::new();
    let replay = Replay { variables: &variables, stop: never() };
    let mut shadow = Shadow::open(&grounds(&own, None)).unwrap();
    replay.run(&mut shadow, &history, &[], &history.graph.heads()).unwrap();
    let request = CatalogRequest { without: Vec::new(), namespaces: None, owners: false };
    let names: Vec<_> = shadow.catalog(&request).unwrap().objects().map(|object| object.key.to_string()).collect();
    assert_eq!(names, ["kept", "last", "t", "kept.a", "last.a", "t.a"]);
    project.ok(&["upgrade", "head"]);
    let tables =
        "SELECT string_agg(relname, ' ' ORDER BY 1) FROM pg_class WHERE relname IN ('t', 'kept', 'last', 'undone')";
    assert_eq!(server.shell(&text, tables), "kept last t");
}
