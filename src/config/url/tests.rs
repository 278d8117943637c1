//! Tests of URLs as people write them, and of the secrets that must never be printed.
#![allow(clippy::unwrap_used)]

use super::*;
use proptest::prelude::*;

fn url(text: &str) -> DatabaseUrl {
    DatabaseUrl::parse(text, None).unwrap()
}

#[test]
fn passwords_may_hold_anything() {
    for (text, password) in [
        ("postgres://user:p@ss/w%rd@host:5432/db?x=y", "p@ss/w%rd"),
        ("postgres://user:a:b#c?d@host:5432/db?x=y", "a:b#c?d"),
        ("mysql+pymysql://user:100%25@host:5432/db?x=y", "100%"),
        ("postgresql://user:%zz%@host:5432/db?x=y", "%zz%"),
        ("postgresql://user:@host:5432/db?x=y", ""),
        ("postgresql://user:p?x=1@host:5432/db?x=y", "p?x=1"),
        ("postgresql://user:p@s?host=a@host:5432/db?x=y", "p@s?host=a"),
        ("postgresql://user:5432?host=a@host:5432/db?x=y", "5432?host=a"),
        ("postgresql://user:grüße @host:5432/db?x=y", "grüße "),
    ] {
        let url = url(text);
        assert_eq!(url.password().map(Secret::expose), Some(password), "{text}");
        assert_eq!((url.user(), url.hosts()), (Some("user"), &[("host".to_owned(), Some(5432))][..]), "{text}");
        assert_eq!((url.database(), url.parameter("x")), (Some("db"), Some("y")), "{text}");
        assert!(url.redacted().ends_with("://user:***@host:5432/db?x=y"), "{url}");
    }
}

#[test]
fn what_libpq_takes_is_parted() {
    let several = url("postgres://u@a:1,[::1]:2,c/db?application_name=a@b&sslmode=verify-full");
    let hosts = [("a".to_owned(), Some(1)), ("::1".to_owned(), Some(2)), ("c".to_owned(), None)];
    assert_eq!(several.hosts(), hosts);
    assert_eq!((several.user(), several.password()), (Some("u"), None));
    assert_eq!(several.parameter("application_name"), Some("a@b"));
    assert_eq!(several.redacted(), "postgres://u@a:1,[::1]:2,c/db?application_name=a@b&sslmode=verify-full");
    let socket = url("postgresql:///db?host=/var/run&user=u&password=geheim");
    assert_eq!((socket.hosts().len(), socket.database(), socket.parameter("host")), (0, Some("db"), Some("/var/run")));
    assert!(!format!("{socket} {socket:?}").contains("geheim"));
    assert_eq!(url("postgres://u@h/db?host=@abstract").parameter("host"), Some("@abstract"));
    assert_eq!(url("postgres://%2Fvar%2Frun/db").hosts(), [("/var/run".to_owned(), None)]);
    assert_eq!(url("postgres://localhost?options=-c%20a=b@c").parameter("options"), Some("-c a=b@c"));
}

#[test]
fn sqlite_paths_are_relative_to_the_base() {
    let base = Some(Path::new("/base"));
    for (text, path) in [
        ("sqlite:auth.db", "/base/auth.db"),
        ("sqlite::memory:", ":memory:"),
        ("sqlite:///abs/a%20b.db", "/abs/a b.db"),
        ("sqlite://rel.db?mode=ro", "/base/rel.db"),
        ("sqlite:/abs/100%25?.db", "/abs/100%25?.db"),
        ("sqlite+pysqlite:///rel.db", "/base/rel.db"),
        ("sqlite+aiosqlite:///./a%20b.db", "/base/./a%20b.db"),
        ("sqlite+pysqlite:////abs/a.db", "/abs/a.db"),
        ("sqlite+pysqlite://", ":memory:"),
        ("sqlite+pysqlite:///:memory:", ":memory:"),
        ("sqlite+pysqlite:///file:rel.db?uri=true", "/base/rel.db"),
    ] {
        assert_eq!(DatabaseUrl::parse(text, base).unwrap().path(), Some(Path::new(path)), "{text}");
    }
    assert_eq!(url("sqlite:a.db").path(), Some(Path::new("a.db")));
    assert_eq!(DatabaseUrl::parse("sqlite:", None), Err(UrlError::NoFile));
}

#[test]
fn errors_never_show_the_text() {
    for (text, error) in [
        ("", UrlError::Missing),
        ("oracle://u:geheim@h/d", UrlError::Scheme { scheme: Some("oracle".into()) }),
        ("geheim:pass@host", UrlError::Scheme { scheme: None }),
        ("geheim", UrlError::Scheme { scheme: None }),
        ("postgres:geheim", UrlError::NoAuthority { scheme: "postgres".into() }),
        ("postgres://user:geheim/x", UrlError::Port),
        ("mysql://u:geheim@host:99999/x", UrlError::Port),
    ] {
        assert_eq!(DatabaseUrl::parse(text, None), Err(error.clone()), "{text}");
        assert!(!format!("{error} {error:?}").contains("geheim"));
    }
}

proptest! {
    #[test]
    fn no_password_is_ever_shown(password in "[ -~]{0,8}") {
        // The two letters are outside the alphabet of the generated part, so that any leaked character is found.
        let secret = format!("ßä{password}ßä");
        let shown = match DatabaseUrl::parse(&format!("postgres://user:{secret}@host/db"), None) {
            Ok(url) => format!("{url} {url:?}"),
            Err(error) => format!("{error} {error:?}"),
        };
        prop_assert!(!shown.contains("ßä"), "{}", shown);
    }

    #[test]
    fn an_escaped_password_comes_back(password in "\\PC{0,12}") {
        let escaped: String = password.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let url = url(&format!("mysql://user:{escaped}@host/db"));
        prop_assert_eq!(url.password().map(Secret::expose), Some(&*password));
    }
}
