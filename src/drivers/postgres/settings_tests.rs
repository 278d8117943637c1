//! Tests of `settings`.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::config::DatabaseUrl;

fn settings(url: &str, environment: &[(&str, &str)]) -> Result<ConnectionSettings, DatabaseError> {
    let environment: BTreeMap<String, String> =
        environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    ConnectionSettings::new(&UrlParts::from(&DatabaseUrl::parse(url, None).unwrap()), &|name| {
        environment.get(name).cloned()
    })
}

fn places(url: &str, environment: &[(&str, &str)]) -> Vec<(String, u16)> {
    settings(url, environment).unwrap().places.into_iter().map(|place| (place.host, place.port)).collect()
}

#[test]
fn hosts_and_ports_belong_together_by_position() {
    let expected = [("a".to_owned(), 1), ("b".to_owned(), 5432), ("/s".to_owned(), 3)];
    assert_eq!(places("postgres://a:1,b,%2Fs:3/db", &[]), expected);
    assert_eq!(places("postgres:///db?host=a,b,/s&port=1,5432,3", &[]), expected);
    assert_eq!(places("postgres:///db?host=a,b&port=7", &[]), [("a".to_owned(), 7), ("b".to_owned(), 7)]);
    assert!(settings("postgres:///db?host=a,b,c&port=1,2", &[]).is_err());
    assert!(settings("postgres:///db?host=a,b&hostaddr=127.0.0.1", &[]).is_err());
}

#[test]
fn the_environment_fills_what_the_url_leaves_open() {
    let environment = [("PGHOST", "h"), ("PGPORT", "9"), ("PGUSER", "u"), ("PGPASSWORD", "p"), ("PGDATABASE", "d")];
    let all = settings("postgres://", &environment).unwrap();
    assert_eq!((all.user.as_str(), all.database.as_str()), ("u", "d"));
    assert_eq!(all.password.as_ref().map(Secret::expose), Some("p"));
    assert_eq!(places("postgres://", &environment), [("h".to_owned(), 9)]);
    assert_eq!(places("postgres://x:1", &environment), [("x".to_owned(), 1)]);
    let some = settings("postgres://v:q@x/e", &environment).unwrap();
    assert_eq!((some.user.as_str(), some.database.as_str()), ("v", "e"));
    assert_eq!(some.password.as_ref().map(Secret::expose), Some("q"));
    assert_eq!(settings("postgres://v@x", &[]).unwrap().database, "v");
}

#[test]
fn tls_modes_and_their_files() {
    let tls = |query: &str| settings(&format!("postgres://h/d?{query}"), &[("HOME", "/me")]).map(|all| all.tls);
    assert_eq!(tls("").unwrap().mode, SslMode::Prefer);
    assert_eq!(tls("sslmode=allow").unwrap().mode, SslMode::Prefer);
    assert_eq!(tls("sslmode=verify-ca").unwrap().roots, Roots::Usual(PathBuf::from("/me/.postgresql/root.crt")));
    assert_eq!(tls("sslrootcert=system").unwrap().mode, SslMode::VerifyFull);
    assert!(tls("sslrootcert=system&sslmode=require").is_err());
    assert!(tls("sslmode=sometimes").is_err());
    assert!(tls("sslnegotiation=direct").is_err());
}

#[test]
fn what_is_not_understood_is_refused_by_name() {
    let error = settings("postgres://h/d?sslmoed=require", &[]).unwrap_err().to_string();
    assert!(error.contains("sslmoed"), "{error}");
    let error = settings("postgres://h/d?sslcrl=x", &[]).unwrap_err().to_string();
    assert!(error.contains("sslcrl"), "{error}");
    assert!(settings("postgres:///d?port=many", &[]).is_err());
    assert!(settings("postgres://h/d?connect_timeout=soon", &[]).is_err());
    assert!(settings("postgres://h/d?client_encoding=LATIN1", &[]).is_err());
}
