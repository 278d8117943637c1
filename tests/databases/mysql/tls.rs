//! Client certificates, on a server that requires them.

use std::path::PathBuf;

use crate::support::certificates::{authority, signed};
use crate::support::project::Project;
use crate::support::{self, Server};

/// Starts a server with a certificate for `localhost`. Returns it with the folder of `ca.crt`, `client.crt` and
/// `client.key`. Its user `certified` needs a certificate signed by that authority.
fn secured() -> (Server, PathBuf) {
    let folder = tempfile::Builder::new().prefix("aludel-tls-").tempdir().unwrap().keep();
    std::fs::set_permissions(&folder, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    authority(&folder, "ca");
    signed(&folder, "server", "/CN=server", "subjectAltName=DNS:localhost");
    signed(&folder, "client", "/CN=certified", "subjectAltName=DNS:certified");
    // The server runs as another user, which has to read its key.
    std::fs::set_permissions(folder.join("server.key"), std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
    let file = |option: &str, name: &str| format!("--{option}={}", folder.join(name).display());
    let settings = [file("ssl-ca", "ca.crt"), file("ssl-cert", "server.crt"), file("ssl-key", "server.key")];
    let settings: Vec<&str> = settings.iter().map(String::as_str).collect();
    let server = support::start_mariadb_with(&settings);
    server.shell(
        "",
        "CREATE DATABASE app; CREATE USER certified@'%' IDENTIFIED BY 'certified-secret' REQUIRE X509; \
         GRANT ALL ON app.* TO certified@'%';",
    );
    (server, folder)
}

#[test]
fn a_client_certificate_is_shown_to_a_server_that_asks_for_one() {
    let (server, folder) = secured();
    let project = Project::new();
    project.write("aludel.yaml", "services:\n  app:\n    url: ${URL}\n    revisions: r\n");
    project.revision("a1111", "", "CREATE TABLE t (x INT);\nSELECT 1;", "DROP TABLE t;");
    let run = |parameters: &str, arguments: &[&str]| {
        let parameters = parameters.replace("FOLDER", &folder.display().to_string());
        let port = server.address.port;
        let url = format!("mysql://certified:certified-secret@localhost:{port}/app?{parameters}");
        support::project::Run::of(project.command(arguments).env("URL", url).output().unwrap())
    };
    let refused = run("ssl-mode=REQUIRED", &["upgrade", "head"]);
    assert!(refused.status == 1 && refused.stderr.contains("error[connection-failed]"), "{}", refused.stderr);
    let files = "ssl-mode=VERIFY_IDENTITY&ssl-ca=FOLDER/ca.crt&ssl-cert=FOLDER/client.crt&ssl-key=FOLDER/client.key";
    let upgraded = run(files, &["upgrade", "head"]);
    assert_eq!(upgraded.status, 0, "{}", upgraded.stderr);
    assert_eq!(server.shell("app", "SELECT version_num FROM aludel_version;"), "a1111");
    // The dump program uses the certificate too.
    let backed_up = run(files, &["backup"]);
    assert_eq!(backed_up.status, 0, "{}", backed_up.stderr);
    let missing = run("ssl-mode=REQUIRED&ssl-cert=/nowhere/me.crt&ssl-key=/nowhere/me.key", &["current"]);
    assert!(missing.stderr.contains("ssl-cert=/nowhere/me.crt"), "{}", missing.stderr);
    let alone = run("ssl-cert=FOLDER/client.crt", &["current"]);
    assert!(alone.stderr.contains("ssl-cert needs ssl-key"), "{}", alone.stderr);
    server.stop();
    let _ = std::fs::remove_dir_all(folder);
}
