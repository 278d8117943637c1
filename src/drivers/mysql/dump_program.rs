//! Command lines of the programs of MariaDB and MySQL. The password is passed in the environment (`MYSQL_PWD`). Option
//! files are ignored, because aludel's own connection ignores them too.

use crate::config::{DatabaseUrl, Secret};
use crate::database::Server;
use crate::database::program::{ProductVersion, Program, ProgramCall, ProgramError, ProgramQuery, ProgramSearch};
use crate::dialects::mysql::flavour::MysqlFlavour;

/// Product and version of the server, in the form in which programs are compared with it.
fn identity(server: &Server) -> ProductVersion {
    let version = server.version.split('-').next().unwrap_or_default();
    ProductVersion { product: server.product.clone(), version: version.to_owned() }
}

/// Finds the dump program: of the server's product and of at least its major version.
pub(super) fn dump_program(search: &ProgramSearch<'_>, server: &Server) -> Result<Program, ProgramError> {
    let flavour = MysqlFlavour::from_handle(server.flavour);
    let server = identity(server);
    let wanted = ProgramQuery {
        names: flavour.dump_programs(),
        before: Vec::new(),
        behind: Vec::new(),
        server: &server,
        package: flavour.client_package(),
    };
    let fits = |found: &ProductVersion| found.product == server.product && found.major() >= server.major();
    match search.configured {
        Some(name) => wanted.named(name, search, &fits),
        None => wanted.find(search, &fits),
    }
}

/// Finds the client program of the server's product.
pub(super) fn client_program(search: &ProgramSearch<'_>, server: &Server) -> Result<Program, ProgramError> {
    let flavour = MysqlFlavour::from_handle(server.flavour);
    let server = identity(server);
    let wanted = ProgramQuery {
        names: flavour.client_programs(),
        before: search.configured_folder().map(Into::into).into_iter().collect(),
        behind: Vec::new(),
        server: &server,
        package: flavour.client_package(),
    };
    wanted.find(search, &|found: &ProductVersion| found.product == server.product)
}

/// Creates a command line with everything that a program of the product `flavour` needs to connect. `has_tls` is `true`
/// if aludel's own connection uses TLS.
pub(super) fn connecting(
    program: &Program,
    environment: &dyn Fn(&str) -> Option<String>,
    flavour: MysqlFlavour,
    url: &DatabaseUrl,
    has_tls: bool,
) -> ProgramCall {
    let call = ProgramCall::new(program.path.clone()).with_password("MYSQL_PWD", password(url));
    let call = call.with_variables(&["MYSQL_PWD"], environment);
    let call = call.args(["--no-defaults", "--default-character-set=utf8mb4", "--max-allowed-packet=1G"]);
    let parameter = |names: [&str; 2]| names.iter().find_map(|name| url.parameter(name));
    let call = match parameter(["socket", "unix_socket"]) {
        Some(socket) => call.arg(format!("--socket={socket}")),
        None => {
            let (host, port) = url.hosts().first().cloned().unwrap_or_else(|| ("localhost".to_owned(), None));
            let host = if host.is_empty() { "localhost".to_owned() } else { host };
            call.arg("--protocol=tcp").arg(format!("--host={host}")).arg(format!("--port={}", port.unwrap_or(3306)))
        }
    };
    let call = call.args(url.user().map(|user| format!("--user={user}")));
    let mode = parameter(["ssl-mode", "ssl_mode"]).or_else(|| url.parameter("sslmode")).unwrap_or("PREFERRED");
    let mode = mode.to_ascii_uppercase().replace('-', "_");
    let files = [["ssl-ca", "ssl_ca"], ["ssl-cert", "ssl_cert"], ["ssl-key", "ssl_key"]];
    let files = files.map(|names| parameter(names).map(|file| format!("--{}={file}", names[0])));
    call.args(tls(flavour, &mode, files, has_tls))
}

/// Returns the password of the URL. The programs read `MYSQL_PWD` from the environment by themselves.
fn password(url: &DatabaseUrl) -> Option<&str> {
    url.password().map(Secret::expose).filter(|password| !password.is_empty())
}

/// Returns the TLS options. Programs without the option for the mode verify certificate and host name for `VERIFY_CA`
/// too. With `PREFERRED` they use TLS if aludel's own connection does.
fn tls(flavour: MysqlFlavour, mode: &str, files: [Option<String>; 3], has_tls: bool) -> Vec<String> {
    let has_mode = flavour.has_ssl_mode_option();
    let mut arguments: Vec<String> = match mode {
        mode if has_mode => vec![format!("--ssl-mode={mode}")],
        "VERIFY_CA" | "VERIFY_IDENTITY" => vec!["--ssl".into(), "--ssl-verify-server-cert".into()],
        "REQUIRED" => vec!["--ssl".into(), "--skip-ssl-verify-server-cert".into()],
        "PREFERRED" if has_tls => vec!["--ssl".into(), "--skip-ssl-verify-server-cert".into()],
        _ => vec!["--skip-ssl".into()],
    };
    // Without a mode, a file alone enables TLS.
    if mode != "DISABLED" && (has_mode || mode != "PREFERRED" || has_tls) {
        arguments.extend(files.into_iter().flatten());
    }
    arguments
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const MYSQL: MysqlFlavour = MysqlFlavour::Mysql;
    const MARIADB: MysqlFlavour = MysqlFlavour::Mariadb;

    fn arguments(flavour: MysqlFlavour, url: &str, has_tls: bool) -> String {
        let identity = ProductVersion { product: flavour.product().to_owned(), version: "1".to_owned() };
        let program = Program { path: "x".into(), identity };
        let call = connecting(&program, &|_| None, flavour, &DatabaseUrl::parse(url, None).unwrap(), has_tls);
        let arguments = call.arguments().iter().skip(3);
        arguments.map(|argument| argument.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn address_and_tls_are_passed_on_and_the_password_is_not() {
        let url = "mysql://u:geheim@h:1/db?ssl-mode=verify_identity&ssl-ca=/ca.pem";
        let tcp = "--protocol=tcp --host=h --port=1 --user=u";
        assert_eq!(arguments(MYSQL, url, true), format!("{tcp} --ssl-mode=VERIFY_IDENTITY --ssl-ca=/ca.pem"));
        assert_eq!(arguments(MARIADB, url, true), format!("{tcp} --ssl --ssl-verify-server-cert --ssl-ca=/ca.pem"));
        assert_eq!(arguments(MARIADB, "mysql://u@h:1/db", false), format!("{tcp} --skip-ssl"));
        let url = "mysql://u@h:1/db?ssl-mode=required&ssl-cert=/me.crt&ssl-key=/me.key";
        let files = "--ssl-cert=/me.crt --ssl-key=/me.key";
        assert_eq!(arguments(MYSQL, url, true), format!("{tcp} --ssl-mode=REQUIRED {files}"));
        assert_eq!(arguments(MARIADB, url, true), format!("{tcp} --ssl --skip-ssl-verify-server-cert {files}"));
        assert_eq!(
            arguments(MARIADB, "mysql:///db?socket=/s", true),
            "--socket=/s --ssl --skip-ssl-verify-server-cert"
        );
    }
}
