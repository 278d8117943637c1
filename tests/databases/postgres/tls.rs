//! TLS in all its modes, with certificates created for the test.

use std::path::PathBuf;
use std::sync::OnceLock;

use super::*;
use crate::support;
use crate::support::certificates::{authority, signed};

struct Secured {
    server: support::Server,
    /// Folder with `ca.crt`, `client.crt`, `client.key`, `other.crt`.
    folder: PathBuf,
}

/// Starts a server that has a certificate for `localhost`, signed by the tests' own authority.
fn secured() -> &'static Secured {
    static SECURED: OnceLock<Secured> = OnceLock::new();
    SECURED.get_or_init(|| {
        let folder = tempfile::Builder::new().prefix("aludel-tls-").tempdir().unwrap();
        let folder = folder.path();
        authority(folder, "ca");
        authority(folder, "other");
        signed(folder, "server", "/CN=server", "subjectAltName=DNS:localhost");
        signed(folder, "client", "/CN=certified", "subjectAltName=DNS:certified");
        let read = |name: &str| (name.to_owned(), std::fs::read(folder.join(name)).unwrap());
        let pairs =
            [("ssl", "on"), ("ssl_cert_file", "server.crt"), ("ssl_key_file", "server.key"), ("ssl_ca_file", "ca.crt")];
        let options = support::PostgresOptions {
            settings: pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec(),
            hba: ["hostssl all certified all cert", "hostssl all plain all reject", "hostnossl all secret all reject"]
                .map(str::to_owned)
                .to_vec(),
            files: vec![read("server.crt"), read("server.key"), read("ca.crt")],
            on_disk: false,
        };
        let server = support::start_postgres(&options);
        // The certificates must outlive this function, so they are copied into the server's folder, which is removed
        // with it.
        let kept = server.folder.clone().unwrap().join("certificates");
        std::fs::create_dir(&kept).unwrap();
        for name in ["ca.crt", "other.crt", "server.crt", "client.crt", "client.key"] {
            std::fs::copy(folder.join(name), kept.join(name)).unwrap();
        }
        server.shell("", "CREATE ROLE certified LOGIN; CREATE ROLE plain LOGIN; CREATE ROLE secret LOGIN;");
        Secured { server, folder: kept }
    })
}

/// Returns `true` if a connection of `user` to `host` with these parameters is encrypted, or its error.
fn encrypted(user: &str, host: &str, parameters: &str) -> Result<bool, String> {
    let secured = secured();
    let port = secured.server.address.port;
    let parameters = parameters.replace("FOLDER", &secured.folder.display().to_string());
    let pid = format!("aludel {user} {parameters}");
    let url = format!("postgres://{user}@{host}:{port}/postgres?{parameters}");
    let parsed = DatabaseUrl::parse(&url, None).unwrap();
    let _database = Postgres::connect(&parsed, &table(), &pid, &|_| None).map_err(|error| error.to_string())?;
    let name: String = pid.chars().take(63).collect();
    let question = format!(
        "SELECT bool_or(ssl) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE application_name = '{name}'"
    );
    Ok(secured.server.shell("", &question) == "t")
}

#[test]
fn each_mode_is_as_safe_as_it_says() {
    let to = |parameters: &str| encrypted("postgres", "localhost", parameters);
    assert_eq!(to("sslmode=disable"), Ok(false));
    assert_eq!(to("sslmode=allow"), Ok(true));
    assert_eq!(to("sslmode=prefer"), Ok(true));
    assert_eq!(to("sslmode=require"), Ok(true));
    assert_eq!(to("sslmode=require&sslrootcert=/nowhere"), Ok(true), "as libpq: nothing to check with");
    assert_eq!(to("sslmode=verify-ca&sslrootcert=FOLDER/ca.crt"), Ok(true));
    assert_eq!(to("sslmode=verify-full&sslrootcert=FOLDER/ca.crt"), Ok(true));
    assert_eq!(to("sslmode=verify-full&sslrootcert=FOLDER/server.crt"), Ok(true), "the certificate itself");
}

#[test]
fn a_certificate_of_somebody_else_is_refused() {
    let to = |parameters: &str| encrypted("postgres", "localhost", parameters);
    for mode in ["require", "verify-ca", "verify-full"] {
        let error = to(&format!("sslmode={mode}&sslrootcert=FOLDER/other.crt")).unwrap_err();
        assert!(error.contains("certificate"), "{mode}: {error}");
    }
    let error = to("sslmode=verify-ca&sslrootcert=/nowhere/root.crt").unwrap_err();
    assert!(error.contains("/nowhere/root.crt"), "{error}");
    assert!(to("sslmode=verify-full").is_err(), "no home folder, no root certificate");
    let error = to("sslrootcert=system").unwrap_err();
    assert!(error.contains("certificate"), "{error}");
}

#[test]
fn only_verify_full_looks_at_the_name() {
    let parameters = |mode: &str| format!("sslmode={mode}&sslrootcert=FOLDER/ca.crt");
    assert_eq!(encrypted("postgres", "127.0.0.1", &parameters("verify-ca")), Ok(true));
    let error = encrypted("postgres", "127.0.0.1", &parameters("verify-full")).unwrap_err();
    assert!(error.contains("not valid for name"), "{error}");
    let by_address = format!("{}&hostaddr=127.0.0.1", parameters("verify-full"));
    assert_eq!(encrypted("postgres", "localhost", &by_address), Ok(true), "the name that was asked for counts");
}

#[test]
fn a_client_certificate_is_shown() {
    let files = "sslmode=require&sslcert=FOLDER/client.crt&sslkey=FOLDER/client.key";
    assert_eq!(encrypted("certified", "localhost", files), Ok(true));
    let error = encrypted("certified", "localhost", "sslmode=require").unwrap_err();
    assert!(error.contains("certificate"), "{error}");
    let open = secured().folder.join("open.key");
    std::fs::copy(secured().folder.join("client.key"), &open).unwrap();
    std::fs::set_permissions(&open, std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
    let error = encrypted("certified", "localhost", "sslmode=require&sslcert=FOLDER/client.crt&sslkey=FOLDER/open.key")
        .unwrap_err();
    assert!(error.contains("chmod 0600"), "{error}");
}

#[test]
fn prefer_falls_back_where_the_server_wants_no_tls_and_require_does_not() {
    assert_eq!(encrypted("plain", "localhost", "sslmode=prefer"), Ok(false));
    assert!(encrypted("plain", "localhost", "sslmode=require").is_err());
    assert_eq!(encrypted("secret", "localhost", "sslmode=prefer"), Ok(true));
    assert!(encrypted("secret", "localhost", "sslmode=disable").is_err());
}

#[test]
fn a_cancel_request_goes_through_tls_too() {
    let secured = secured();
    let url = format!("postgres://secret@localhost:{}/postgres?sslmode=require", secured.server.address.port);
    secured.server.shell("", "GRANT CREATE ON SCHEMA public TO secret");
    let mut database = connect(&url);
    database.ensure_tables().unwrap();
    database.state().unwrap();
    let mut watcher = Watcher::default();
    watcher.stop.store(true, Ordering::Relaxed);
    let text = "SELECT pg_sleep(600);";
    let failure = run_watched(&mut database, (&[], "a1"), text, Transaction::Own, &mut watcher).unwrap_err();
    assert_eq!(failure.cause, aludel::database::FailureCause::Interrupted);
}
