//! Command lines of the programs of MariaDB and MySQL. The password is passed in the environment (`MYSQL_PWD`). Option
//! files are ignored, because aludel's own connection ignores them too.

use std::process::Command;

use super::BackupContext;
use super::error::BackupError;
use super::pipeline::apart;
use super::program::{ProductVersion, Program, ProgramQuery};
use crate::config::DatabaseUrl;
use crate::database::{Database, Server};
use crate::sql::{Dialect, quote_identifier};

/// Product and version of the server, in the form in which programs are compared with it.
pub(super) fn identity(server: &Server) -> ProductVersion {
    let version = server.version.split('-').next().unwrap_or_default();
    ProductVersion { product: server.product.clone(), version: version.to_owned() }
}

/// Finds the dump program: of the server's product and of at least its major version.
pub(super) fn dump_program(order: &BackupContext<'_>, server: &Server) -> Result<Program, BackupError> {
    let is_mariadb = server.product == "MariaDB";
    let names: &[&str] = if is_mariadb { &["mariadb-dump", "mysqldump"] } else { &["mysqldump"] };
    let server = identity(server);
    let wanted = ProgramQuery { names, before: Vec::new(), behind: Vec::new(), server: &server };
    let fits = |found: &ProductVersion| found.product == server.product && found.major() >= server.major();
    match &order.service.backup.program {
        Some(name) => wanted.named(name, order, &fits),
        None => wanted.find(order, &fits),
    }
}

/// Finds the client program of the server's product.
pub(super) fn client_program(order: &BackupContext<'_>, server: &Server) -> Result<Program, BackupError> {
    let is_mariadb = server.product == "MariaDB";
    let names: &[&str] = if is_mariadb { &["mariadb", "mysql"] } else { &["mysql"] };
    let configured = order.service.backup.program.as_deref().and_then(std::path::Path::parent);
    let before = configured.filter(|folder| !folder.as_os_str().is_empty()).map(Into::into).into_iter().collect();
    let server = identity(server);
    let wanted = ProgramQuery { names, before, behind: Vec::new(), server: &server };
    wanted.find(order, &|found: &ProductVersion| found.product == server.product)
}

/// Properties of aludel's own connection.
pub(super) struct Here {
    /// Name of the current database.
    pub(super) database: String,
    /// `true` if the connection uses TLS.
    pub(super) has_tls: bool,
}

/// Reads these properties from the server.
pub(super) fn here(database: &mut dyn Database) -> Result<Here, BackupError> {
    let rows = database.execute("SELECT DATABASE(); SHOW STATUS LIKE 'Ssl_cipher'")?;
    let value = |index: usize, column: usize| rows.get(index).and_then(|rows| rows.first()?.get(column)?.clone());
    Ok(Here {
        database: value(0, 0).unwrap_or_default(),
        has_tls: value(1, 1).is_some_and(|cipher| !cipher.is_empty()),
    })
}

/// Creates a command line with everything that the program needs to connect.
pub(super) fn command(program: &Program, url: &DatabaseUrl, has_tls: bool) -> Command {
    let mut command = Command::new(&program.path);
    command.args(["--no-defaults", "--default-character-set=utf8mb4", "--max-allowed-packet=1G"]);
    let parameter = |names: [&str; 2]| names.iter().find_map(|name| url.parameter(name));
    match parameter(["socket", "unix_socket"]) {
        Some(socket) => command.arg(format!("--socket={socket}")),
        None => {
            let (host, port) = url.hosts().first().cloned().unwrap_or_else(|| ("localhost".to_owned(), None));
            let host = if host.is_empty() { "localhost".to_owned() } else { host };
            command.arg("--protocol=tcp").arg(format!("--host={host}")).arg(format!("--port={}", port.unwrap_or(3306)))
        }
    };
    if let Some(user) = url.user() {
        command.arg(format!("--user={user}"));
    }
    let mode = parameter(["ssl-mode", "ssl_mode"]).or_else(|| url.parameter("sslmode")).unwrap_or("PREFERRED");
    let mode = mode.to_ascii_uppercase().replace('-', "_");
    let files = [["ssl-ca", "ssl_ca"], ["ssl-cert", "ssl_cert"], ["ssl-key", "ssl_key"]];
    let files = files.map(|names| parameter(names).map(|file| format!("--{}={file}", names[0])));
    command.args(tls(program.identity.product == "MariaDB", &mode, files, has_tls));
    if let Some(password) = password(url) {
        command.env("MYSQL_PWD", password);
    }
    apart(&mut command);
    command
}

/// Returns the password of the URL. The programs read `MYSQL_PWD` from the environment by themselves.
pub(super) fn password(url: &DatabaseUrl) -> Option<&str> {
    url.password().map(crate::config::Secret::expose).filter(|password| !password.is_empty())
}

/// Returns the TLS options. MySQL's programs accept the mode by name. MariaDB's cannot verify a certificate without its
/// host name, so for `VERIFY_CA` they verify both. With `PREFERRED` they use TLS if aludel's own connection does.
fn tls(is_mariadb: bool, mode: &str, files: [Option<String>; 3], has_tls: bool) -> Vec<String> {
    let mut arguments: Vec<String> = match (is_mariadb, mode) {
        (false, mode) => vec![format!("--ssl-mode={mode}")],
        (true, "VERIFY_CA" | "VERIFY_IDENTITY") => vec!["--ssl".into(), "--ssl-verify-server-cert".into()],
        (true, "REQUIRED") => vec!["--ssl".into(), "--skip-ssl-verify-server-cert".into()],
        (true, "PREFERRED") if has_tls => vec!["--ssl".into(), "--skip-ssl-verify-server-cert".into()],
        (true, _) => vec!["--skip-ssl".into()],
    };
    // MariaDB's programs take a file for a wish for TLS.
    if mode != "DISABLED" && !(is_mariadb && mode == "PREFERRED" && !has_tls) {
        arguments.extend(files.into_iter().flatten());
    }
    arguments
}

/// Creates the command line that all dumps share: one consistent snapshot, unbuffered rows, and binary values as
/// hexadecimal.
pub(super) fn dump(program: &Program, url: &DatabaseUrl, has_tls: bool) -> Command {
    let mut command = command(program, url, has_tls);
    command.args(["--single-transaction", "--quick", "--hex-blob", "--no-tablespaces", "--tz-utc"]);
    if program.identity.product == "MySQL" {
        command.args(["--set-gtid-purged=OFF", "--column-statistics=0"]);
    }
    command
}

/// Returns the length of a dump's head in bytes: comments and settings, some of which MySQL's programs write as
/// comments.
pub(super) fn head_length(dump: &[u8]) -> u64 {
    let is_of_head = |line: &&[u8]| {
        let line = line.trim_ascii();
        line.is_empty()
            || line.starts_with(b"--")
            || (line.starts_with(b"/*") && (line.ends_with(b"*/;") || line.ends_with(b"*/")))
    };
    dump.split_inclusive(|byte| *byte == b'\n').take_while(is_of_head).map(|line| line.len() as u64).sum()
}

/// Returns the statements that drop everything in the database except the tables `kept`. Empty if there is nothing to
/// drop.
pub(super) fn emptying(database: &mut dyn Database, kept: &[String]) -> Result<Vec<String>, BackupError> {
    let lists = database.execute(
        "SELECT table_name, table_type FROM information_schema.tables WHERE table_schema = DATABASE(); \
         SELECT routine_name, routine_type FROM information_schema.routines WHERE routine_schema = DATABASE(); \
         SELECT event_name, 'EVENT' FROM information_schema.events WHERE event_schema = DATABASE()",
    )?;
    let mut drops = Vec::new();
    for row in lists.iter().flatten() {
        let [Some(name), Some(kind)] = row.as_slice() else { continue };
        let kind = match kind.as_str() {
            "VIEW" | "SYSTEM VIEW" => "VIEW",
            kind @ ("SEQUENCE" | "PROCEDURE" | "FUNCTION" | "EVENT" | "PACKAGE" | "PACKAGE BODY") => kind,
            _ if kept.contains(name) => continue,
            _ => "TABLE",
        };
        drops.push(format!("DROP {kind} IF EXISTS {}", quote_identifier(name, Dialect::Mysql)));
    }
    Ok(drops)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn arguments(product: &str, url: &str, has_tls: bool) -> String {
        let identity = ProductVersion { product: product.to_owned(), version: "1".to_owned() };
        let command =
            command(&Program { path: "x".into(), identity }, &DatabaseUrl::parse(url, None).unwrap(), has_tls);
        command.get_args().skip(3).map(|argument| argument.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn the_head_of_a_dump_ends_before_its_first_statement() {
        let head =
            "/*M!999999\\- enable the sandbox mode */ \n-- MariaDB dump 10.19\n--\n\n/*!40101 SET NAMES utf8mb4 */;\n";
        let body = "DROP TABLE IF EXISTS `t`;\n/*!40101 SET x */;\n";
        assert_eq!(head_length(format!("{head}{body}").as_bytes()), head.len() as u64);
        assert_eq!(head_length(head.as_bytes()), head.len() as u64);
        assert_eq!(head_length(b"/*!50003 CREATE TRIGGER t\n */;\n"), 0);
    }

    #[test]
    fn address_and_tls_are_passed_on_and_the_password_is_not() {
        let url = "mysql://u:geheim@h:1/db?ssl-mode=verify_identity&ssl-ca=/ca.pem";
        let tcp = "--protocol=tcp --host=h --port=1 --user=u";
        assert_eq!(arguments("MySQL", url, true), format!("{tcp} --ssl-mode=VERIFY_IDENTITY --ssl-ca=/ca.pem"));
        assert_eq!(arguments("MariaDB", url, true), format!("{tcp} --ssl --ssl-verify-server-cert --ssl-ca=/ca.pem"));
        assert_eq!(arguments("MariaDB", "mysql://u@h:1/db", false), format!("{tcp} --skip-ssl"));
        let url = "mysql://u@h:1/db?ssl-mode=required&ssl-cert=/me.crt&ssl-key=/me.key";
        let files = "--ssl-cert=/me.crt --ssl-key=/me.key";
        assert_eq!(arguments("MySQL", url, true), format!("{tcp} --ssl-mode=REQUIRED {files}"));
        assert_eq!(arguments("MariaDB", url, true), format!("{tcp} --ssl --skip-ssl-verify-server-cert {files}"));
        assert_eq!(
            arguments("MariaDB", "mysql:///db?socket=/s", true),
            "--socket=/s --ssl --skip-ssl-verify-server-cert"
        );
    }
}
