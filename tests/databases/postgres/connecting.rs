//! Connections with libpq's rules.

use std::os::unix::fs::PermissionsExt as _;

use super::*;
use crate::support;

const PASSWORD: &str = "pass@word/%";

/// Returns the parts of the server's address, from which the tests build URLs.
fn place(url: &str) -> (String, u16, String) {
    let address = &support::postgres().address;
    (address.host.clone(), address.port, url.rsplit('/').next().unwrap().to_owned())
}

fn shown(url: &str, expression: &str, environment: &[(&str, &str)]) -> String {
    let mut database = try_connect(url, environment).unwrap_or_else(|error| panic!("{error}"));
    database.ensure_tables().unwrap();
    database.state().unwrap();
    own(&mut database, (&[], "a1"), &format!("CREATE TABLE seen AS SELECT ({expression})::text AS value")).unwrap();
    let plain = support::postgres().address.url(url.split('?').next().unwrap().rsplit('/').next().unwrap());
    support::postgres().shell(&plain, "SELECT value FROM seen")
}

#[test]
fn a_unix_socket_in_each_of_its_forms() {
    let server = support::postgres();
    let Some(folder) = &server.folder else { return };
    let (_, port, name) = place(&server.new_database());
    let folder = folder.display().to_string();
    let encoded = folder.replace('/', "%2F");
    for url in [
        format!("postgres://postgres@/{name}?host={folder}&port={port}"),
        format!("postgres://postgres@{encoded}:{port}/{name}"),
        format!("postgres:///{name}?host={folder}&port={port}&user=postgres&sslmode=require"),
    ] {
        connect(&url).state().unwrap();
    }
    let environment =
        [("PGHOST", &*folder), ("PGPORT", &port.to_string()), ("PGUSER", "postgres"), ("PGDATABASE", &name)];
    try_connect("postgres://", &environment).unwrap().state().unwrap();
}

#[test]
fn the_first_of_several_hosts_that_answers_is_taken() {
    let (host, port, name) = place(&support::postgres().new_database());
    connect(&format!("postgres://postgres@127.0.0.1:1,{host}:{port}/{name}")).state().unwrap();
    connect(&format!(
        "postgres:///{name}?user=postgres&host=nowhere.invalid,other.invalid&hostaddr=127.0.0.1,{host}&port=1,{port}"
    ));
    let refused = format!("postgres://locked:wrong@{host}:{port},127.0.0.1:1/{name}");
    let error = try_connect(&refused, &[]).err().unwrap().to_string();
    assert!(!error.contains("127.0.0.1:1: "), "a wrong password is not taken to the next server: {error}");
    let ready = format!("postgres://postgres@{host}:{port}/{name}?target_session_attrs");
    connect(&format!("{ready}=read-write"));
    connect(&format!("{ready}=prefer-standby"));
    let error = try_connect(&format!("{ready}=read-only"), &[]).err().unwrap().to_string();
    assert!(error.contains("not read only"), "{error}");
    let error =
        try_connect(&format!("postgres://postgres@127.0.0.1:1,127.0.0.1:2/{name}"), &[]).err().unwrap().to_string();
    assert!(error.contains("127.0.0.1:1: ") && error.contains("127.0.0.1:2: "), "each is named: {error}");
}

#[test]
fn passwords_from_url_environment_and_file() {
    let (host, port, name) = place(&support::postgres().new_database());
    let bare = format!("postgres://locked@{host}:{port}/{name}");
    connect(&format!("postgres://locked:{PASSWORD}@{host}:{port}/{name}"));
    connect(&format!("postgres://locked:pass%40word%2F%25@{host}:{port}/{name}"));
    try_connect(&bare, &[("PGPASSWORD", PASSWORD)]).unwrap();

    let home = tempfile::tempdir().unwrap();
    let file = home.path().join(".pgpass");
    std::fs::write(&file, format!("other:*:*:*:no\n{host}:{port}:*:locked:{PASSWORD}\n")).unwrap();
    let set_mode = |mode| std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
    set_mode(0o600);
    let (home, path) = (home.path().display().to_string(), file.display().to_string());
    assert!(try_connect(&bare, &[("HOME", &home)]).unwrap().warnings().is_empty());
    try_connect(&bare, &[("PGPASSFILE", &path)]).unwrap();
    connect(&format!("{bare}?passfile={path}"));
    set_mode(0o644);
    let error = try_connect(&bare, &[("HOME", &home)]).err().unwrap().to_string();
    assert!(error.contains("0600"), "{error}");
    let trusted = try_connect(&format!("postgres://postgres@{host}:{port}/{name}"), &[("HOME", &home)]).unwrap();
    assert_eq!(trusted.warnings().len(), 1);
}

#[test]
fn no_error_shows_a_password() {
    let (host, port, name) = place(&support::postgres().new_database());
    for url in [
        format!("postgres://locked:geheim@{host}:{port}/{name}"),
        format!("postgres://locked:geheim@{host}:1/{name}"),
        format!("postgres://locked:geheim@nowhere.invalid/{name}"),
        format!("postgres://locked:geheim@{host}:{port}/{name}?sslmode=geheim"),
        format!("postgres://locked@{host}:{port}/{name}?password=geheim"),
        format!("postgres://postgres:geheim@{host}:{port}/nothing_there"),
    ] {
        let error = try_connect(&url, &[]).err().unwrap();
        assert!(!format!("{error} {error:?}").contains("geheim"), "{error}");
    }
    let wrong = try_connect(&format!("postgres://locked:geheim@{host}:{port}/{name}"), &[]).err().unwrap();
    assert!(matches!(&wrong, DatabaseError::Connect { sqlstate: Some(state), .. } if state == "28P01"), "{wrong:?}");
}

#[test]
fn options_and_application_name_reach_the_server() {
    let server = support::postgres();
    let set = "current_setting('lock_timeout')";
    assert_eq!(shown(&format!("{}?options=-c%20lock_timeout%3D3s", server.new_database()), set, &[]), "3s");
    assert_eq!(shown(&server.new_database(), set, &[("PGOPTIONS", "-c lock_timeout=4s")]), "4s");
    let name = "current_setting('application_name')";
    assert_eq!(shown(&server.new_database(), name, &[]), "aludel auth a1");
    assert_eq!(shown(&format!("{}?application_name=mine", server.new_database()), name, &[]), "mine");
    assert_eq!(shown(&server.new_database(), name, &[("PGAPPNAME", "ours")]), "ours");
    assert_eq!(shown(&server.new_database(), "current_setting('client_encoding')", &[]), "UTF8");
}

#[test]
fn a_server_that_does_not_answer_is_given_up() {
    // The server accepts connections and never answers.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("postgres://me@{}/db?connect_timeout=1", silent.local_addr().unwrap());
    let error = try_connect(&url, &[]).err().unwrap().to_string();
    assert!(error.contains("connect_timeout"), "{error}");
}
