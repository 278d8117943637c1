//! Tests of config files: every key, the environment, defaults, and errors that point to their key.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::time::Duration;

use super::*;
use crate::diagnostic::position;

fn environment(name: &str) -> Option<String> {
    match name {
        "AUTH_DATABASE_URL" => Some("postgres://u:p@ss/w%rd#1@h/d".to_owned()),
        "DATABASE_URL" => Some("sqlite:here.db".to_owned()),
        "STAGE" => Some("prod".to_owned()),
        _ => None,
    }
}

fn parse(text: &str) -> Result<Config, ConfigError> {
    Config::parse(text, Path::new("/project/aludel.yaml"), &environment)
}

const FULL: &str = "\
# two services
version_schema: public
post_write_hooks:
- sqlfluff fix \"{path}\" --dialect 'ansi sql'
- [sed, -i, s/a b/c/]
services:
  auth:
    url: ${AUTH_DATABASE_URL:-sqlite:auth.db}
    revisions: revisions/auth
    version_table: alembic_version
  chat2chart:
    url: ${CHAT_DATABASE_URL:-sqlite:chat.db}
    revisions: [revisions/chat2chart, /shared]
    recursive: true
    version_schema: chat
    templates: skeletons
    file_template: '{{ id }}.sql'
    post_write_hooks: []
    env: ${STAGE}
  0123:
    revisions: r
";

#[test]
fn replicas_are_urls_and_never_shown_with_their_passwords() {
    let config = parse("revisions: r\nurl: mysql://u@h/d\nreplicas: ['mysql://w:secret@h2:3307/']\n").unwrap();
    let [service] = config.services.as_slice() else { panic!("{config:?}") };
    assert_eq!(service.gentle.replicas.len(), 1);
    assert!(!format!("{service:?}").contains("secret"));
    for wrong in ["mysql://h", "[nowhere]", "{a: b}"] {
        let error = parse(&format!("revisions: r\nreplicas: {wrong}\n")).err().unwrap();
        assert!(matches!(error, ConfigError::WrongType { .. }), "{error:?}");
    }
}

#[test]
fn every_key_is_read_and_the_top_gives_defaults() {
    let config = parse(FULL).unwrap();
    let [auth, chat, number] = config.services.as_slice() else { panic!("{config:?}") };
    assert_eq!((auth.name.as_str(), chat.name.as_str(), number.name.as_str()), ("auth", "chat2chart", "0123"));
    assert_eq!(auth.url().unwrap().password().unwrap().expose(), "p@ss/w%rd#1");
    assert_eq!(auth.revisions, [Path::new("/project/revisions/auth")]);
    assert_eq!((auth.version_table.as_str(), auth.version_schema.as_deref()), ("alembic_version", Some("public")));
    assert_eq!((auth.recursive, auth.templates.clone(), auth.env.clone()), (false, None, None));
    assert_eq!(auth.file_template, DEFAULT_FILE_TEMPLATE);
    assert_eq!(auth.post_write_hooks[0], ["sqlfluff", "fix", "{path}", "--dialect", "ansi sql"]);
    assert_eq!(auth.post_write_hooks[1], ["sed", "-i", "s/a b/c/"]);
    assert_eq!(chat.url().unwrap().path(), Some(Path::new("/project/chat.db")));
    assert_eq!(chat.revisions, [Path::new("/project/revisions/chat2chart"), Path::new("/shared")]);
    assert_eq!(
        (chat.recursive, chat.version_schema.as_deref(), chat.env.as_deref()),
        (true, Some("chat"), Some("prod"))
    );
    assert_eq!(chat.templates.as_deref(), Some(Path::new("/project/skeletons")));
    assert!(chat.post_write_hooks.is_empty());
    assert_eq!(chat.version_table, DEFAULT_VERSION_TABLE);
    assert_eq!(number.url().unwrap().path(), Some(Path::new("here.db")));
    assert!(!format!("{config:?}").contains("w%rd"));
}

#[test]
fn a_missing_variable_in_a_url_waits_until_the_url_is_needed() {
    let config = parse("services:\n  a:\n    url: ${NOT_SET}\n    revisions: r\n").unwrap();
    assert_eq!(config.services[0].url(), Err(&UrlError::UnsetVariable { name: "NOT_SET".into() }));
    let config = Config::parse("revisions: r", Path::new("x.yaml"), &|_| None).unwrap();
    assert_eq!((config.services[0].name.as_str(), config.services[0].url()), ("default", Err(&UrlError::Missing)));
}

#[test]
fn each_error_points_at_its_key() {
    let service = "services:\n  a:\n    revisions: r\n";
    let long = format!("{service}    version_table: {}\n", "x".repeat(56));
    for (text, place, line) in [
        (format!("{service}    version_tabel: x\n"), "version_tabel", 4),
        (format!("{service}    revisions: s\n"), "revisions", 4),
        (format!("{service}    env: ${{NOT_SET}}\n"), "${NOT_SET}", 4),
        (format!("{service}    env: ${{NOT_SET\n"), "${NOT_SET", 4),
        (format!("{service}    recursive: yes\n"), "yes", 4),
        (format!("{service}    url: [a]\n"), "[a]", 4),
        (format!("{service}    version_table: ''\n"), "''", 4),
        (format!("{service}  a:\n    revisions: r\n"), "a", 4),
        (format!("{service}  b:\n    url: x\n"), "b", 4),
        (format!("{service}  'b:c':\n    url: x\n"), "b:c", 4),
        (format!("servces:\n{service}"), "servces", 1),
        (format!("revisions: r\n{service}"), "revisions", 1),
        (long, &"x".repeat(56), 4),
        ("services:\n  a: [x]\n".to_owned(), "[x]", 2),
        ("services:\n  a:\n    revisions: []\n".to_owned(), "[]", 3),
    ] {
        let error = parse(&text).unwrap_err();
        let span = error.span();
        assert_eq!((span.slice(&text), position(&text, span.start).line), (place, line), "{error:?}");
    }
}

#[test]
fn slips_and_yaml_errors_are_told() {
    let error = parse("services:\n  a:\n    revision: r\n").unwrap_err();
    assert!(matches!(error, ConfigError::UnknownKey { nearest: Some("revisions"), .. }), "{error:?}");
    let error = parse("services:\n  a: b: c\n").unwrap_err();
    assert_eq!(position("services:\n  a: b: c\n", error.span().start).line, 2, "{error:?}");
    assert!(matches!(parse(""), Err(ConfigError::NoServices { .. })));
    assert!(matches!(parse("services:\n"), Err(ConfigError::NoServices { .. })));
}

#[test]
fn flags_alone_make_a_service() {
    let service = Service::from_flags(Some("sqlite:x.db"), vec!["revisions".into()], &environment);
    assert_eq!(service.url().unwrap().path(), Some(Path::new("x.db")));
    assert_eq!((service.name.as_str(), service.version_table.as_str()), ("default", "aludel_version"));
    let service = Service::from_flags(None, vec!["revisions".into()], &environment);
    assert_eq!(service.url().unwrap().path(), Some(Path::new("here.db")));
}

#[test]
fn services_with_the_same_rows_are_found() {
    let text = "url: sqlite:a.db\nservices:\n  a:\n    revisions: a\n  b:\n    revisions: b\n  c:\n    revisions: c\n    version_table: c\n";
    let config = parse(text).unwrap();
    let names: Vec<_> = config.shared_version_tables().iter().map(|(a, b)| (a.name.clone(), b.name.clone())).collect();
    assert_eq!(names, [("a".to_owned(), "b".to_owned())]);
}

#[test]
fn gentleness_has_defaults_and_every_key_of_it_is_read() {
    let text = "lock_timeout: 2s\nlock: lease\nservices:\n  a:\n    revisions: r\n    statement_timeout: 10m\n    lock_retries: 3\n    durable: each\n    pipeline: 2\n    \
                ahead: refuse\n    keep_downgrades: false\n    prove_merges: require\n    \
                lease_time: 5s\n    batch_target: 200ms\n    max_replica_lag: 0\n    max_waiting: 4\n  b:\n    revisions: r\n    lock: advisory\n    \
                lock_timeout: 0\n";
    let config = parse(text).unwrap();
    let [a, b] = config.services.as_slice() else { panic!("{config:?}") };
    let expected = SafetySettings {
        lock_timeout: Duration::from_secs(2),
        statement_timeout: Some(Duration::from_secs(600)),
        lock_retries: 3,
        durable: Durable::Each,
        pipeline: 2,
        lock: LockKind::Lease,
        lease_time: Duration::from_secs(5),
        batch_target: Duration::from_millis(200),
        max_replica_lag: Duration::ZERO,
        replicas: Vec::new(),
        max_waiting: 4,
        ahead: AheadPolicy::Refuse,
        keep_downgrades: false,
        prove_merges: ProveMerges::Require,
    };
    assert_eq!(a.gentle, expected);
    assert_eq!(b.gentle, SafetySettings { lock_timeout: Duration::ZERO, ..SafetySettings::default() });
}

#[test]
fn gentleness_that_makes_no_sense_is_refused() {
    let lines = [
        "lock_timeout: 5",
        "lock: leese",
        "lock_retries: many",
        "lock_retries: -1",
        "lease_time: 10ms",
        "durable: never",
        "pipeline: 0",
        "ahead: maybe",
        "keep_downgrades: 1",
        "prove_merges: maybe",
    ];
    for line in lines {
        let error = parse(&format!("revisions: r\n{line}\n")).unwrap_err();
        assert!(matches!(error, ConfigError::WrongType { .. }), "{line}: {error:?}");
    }
}

#[test]
fn passwords_come_from_a_program_or_a_file_and_the_nearer_key_wins() {
    let text = "url_command: [./tool, x]\nservices:\n  a: {revisions: r}\n  b: {revisions: r, url: 'postgres://u@h/d'}\n  \
                c: {revisions: r, url: 'postgres://u@h/d', password_file: p}\n  d: {revisions: r, url: 'sqlite:d.db'}\n  \
                e: {revisions: r, url: 'postgres://u:p@h/d'}\n";
    let config = Config::parse(text, Path::new("/project/aludel.yaml"), &|_| None).unwrap();
    let source = |index: usize| config.services[index].url.source().map(CredentialSource::describe);
    assert!(config.services[0].url.is_printed() && !config.services[1].url.is_printed());
    assert_eq!(source(0).as_deref(), Some("printed by `/project/tool`"));
    assert_eq!(source(1), source(0));
    assert_eq!(source(2).as_deref(), Some("in /project/p"));
    assert_eq!(source(3), None, "a file has no password");
    assert_eq!(config.services[4].url(), Err(&UrlError::TwoPasswords));
    assert_eq!(config.shared_version_tables().len(), 0, "nothing is run to compare what programs print");
}

#[test]
fn a_value_is_found_where_it_is_set_and_not_in_another_service() {
    let text = "lock: lease\nservices:\n  a:\n    revisions: r\n  b:\n    revisions: r\n    protected: true\n";
    let line = |service: &str, key: &str| {
        let span = Config::value_span(text, service, key)?;
        Some(text[..span.start].matches('\n').count() + 1)
    };
    assert_eq!(line("b", "protected"), Some(7));
    assert_eq!(line("a", "protected"), None);
    assert_eq!((line("a", "lock"), line("a", "revisions"), line("b", "revisions")), (Some(1), Some(4), Some(6)));
}
