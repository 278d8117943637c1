//! Command lines of PostgreSQL's programs. The password is passed in the environment, everything else in the connection
//! string (<https://www.postgresql.org/docs/current/libpq-connect.html>).

use std::path::{Path, PathBuf};

use crate::config::{DatabaseUrl, Secret};
use crate::database::Server;
use crate::database::program::{ProductVersion, Program, ProgramCall, ProgramError, ProgramQuery, ProgramSearch};
use crate::dialects::postgres::flavour::PostgresFlavour;

/// Folder in which Debian installs the programs of each version.
const VERSIONS: &str = "/usr/lib/postgresql";

/// URL parameters that are not copied to the connection string. Password, user and database are passed separately;
/// `sslnegotiation` is unknown to libpq before 17; `client_encoding` is left to the programs.
const NOT_PASSED_ON: [&str; 6] = ["password", "sslpassword", "user", "dbname", "sslnegotiation", "client_encoding"];

/// Product and version of the server, in the form in which programs are compared with it.
fn identity(server: &Server) -> ProductVersion {
    ProductVersion { product: server.product.clone(), version: server.version.clone() }
}

fn package(server: &Server) -> &'static str {
    PostgresFlavour::from_handle(server.flavour).client_package()
}

/// Finds `pg_dump` of the server's major version or, if there is none, of the next later one. An older `pg_dump`
/// refuses to work.
pub(super) fn dump_program(search: &ProgramSearch<'_>, server: &Server) -> Result<Program, ProgramError> {
    let package = package(server);
    let server = identity(server);
    let names = &["pg_dump"];
    let wanted = ProgramQuery { names, before: Vec::new(), behind: version_folders(), server: &server, package };
    let fits = |found: &ProductVersion| found.product == server.product && found.major() >= server.major();
    match search.configured {
        Some(name) => wanted.named(name, search, &fits),
        None => wanted.find_nearest(search, &fits),
    }
}

/// Finds `pg_restore` of the version of `writer`, the program that wrote the backup (`pg_dump 15.8`), or of the next
/// later one.
pub(super) fn restore_program(
    search: &ProgramSearch<'_>,
    server: &Server,
    writer: &str,
) -> Result<Program, ProgramError> {
    let before = search.configured_folder();
    let writer = writer_identity(server, writer);
    let fits = fits_writer(&writer);
    wanted_beside(&["pg_restore"], before, &writer, package(server)).find_nearest(search, &fits)
}

/// Returns `true` if `pg_restore` is newer than the server, so that its scripts may contain settings that the server
/// does not have.
pub(super) fn is_newer(pg_restore: &Program, server: &Server) -> bool {
    pg_restore.identity.major() > identity(server).major()
}

/// Finds the `psql` next to `pg_restore`. Both must be of one version, because `psql` runs the script that `pg_restore`
/// writes.
pub(super) fn script_program(
    pg_restore: &Program,
    search: &ProgramSearch<'_>,
    server: &Server,
    writer: &str,
) -> Result<Program, ProgramError> {
    let writer = writer_identity(server, writer);
    wanted_beside(&["psql"], pg_restore.path.parent(), &writer, package(server)).find(search, &fits_writer(&writer))
}

fn writer_identity(server: &Server, writer: &str) -> ProductVersion {
    let version = writer.rsplit(' ').next().unwrap_or_default().to_owned();
    ProductVersion { product: server.product.clone(), version }
}

fn fits_writer(writer: &ProductVersion) -> impl Fn(&ProductVersion) -> bool {
    |found| found.product == writer.product && found.major() >= writer.major()
}

fn wanted_beside<'w>(
    names: &'w [&'w str],
    before: Option<&Path>,
    writer: &'w ProductVersion,
    package: &'static str,
) -> ProgramQuery<'w> {
    let before = before.map(Path::to_owned).into_iter().collect();
    ProgramQuery { names, before, behind: version_folders(), server: writer, package }
}

/// Returns the program folders of all installed versions, newest first.
fn version_folders() -> Vec<PathBuf> {
    let entries = std::fs::read_dir(VERSIONS).into_iter().flatten().flatten();
    let version = |entry: &std::fs::DirEntry| entry.file_name().to_str()?.parse::<u32>().ok();
    let mut folders: Vec<_> = entries.filter_map(|entry| Some((version(&entry)?, entry.path().join("bin")))).collect();
    folders.sort();
    folders.into_iter().rev().map(|(_, folder)| folder).collect()
}

/// Creates the command line of a program that connects to `database`.
pub(super) fn connecting(
    program: &Program,
    search: &ProgramSearch<'_>,
    url: &DatabaseUrl,
    database: &str,
) -> ProgramCall {
    let call = ProgramCall::new(program.path.clone()).with_password("PGPASSWORD", password(url));
    let call = call.with_variables(&variables(), search.environment);
    call.args(["--no-password", "--dbname"]).arg(connection_string(url, database))
}

/// Names of the environment variables that aludel's own connection reads, and the programs too.
fn variables() -> Vec<&'static str> {
    let parameters = super::settings::PARAMETERS.iter().map(|(_, variable)| *variable);
    let others = ["PGUSER", "PGPASSWORD", "PGDATABASE", "PGSERVICE", "PGSERVICEFILE", "PGSYSCONFDIR"];
    parameters.filter(|variable| !variable.is_empty()).chain(others).collect()
}

/// Returns the password of the URL. The programs read `PGPASSWORD` and `~/.pgpass` by themselves.
fn password(url: &DatabaseUrl) -> Option<&str> {
    let named = |text: &&str| !text.is_empty();
    url.parameter("password").or_else(|| url.password().map(Secret::expose)).filter(named)
}

fn connection_string(url: &DatabaseUrl, database: &str) -> String {
    let mut pairs: Vec<(&str, String)> = Vec::new();
    if !url.hosts().is_empty() && url.parameter("host").is_none() {
        let hosts: Vec<_> = url.hosts().iter().map(|(host, _)| host.as_str()).collect();
        pairs.push(("host", hosts.join(",")));
        if url.hosts().iter().any(|(_, port)| port.is_some()) {
            let usual = || url.parameter("port").unwrap_or("5432").to_owned();
            let ports = url.hosts().iter().map(|(_, port)| port.map_or_else(usual, |port| port.to_string()));
            pairs.push(("port", ports.collect::<Vec<_>>().join(",")));
        }
    }
    if let Some(user) = url.parameter("user").or_else(|| url.user()) {
        pairs.push(("user", user.to_owned()));
    }
    pairs.push(("dbname", database.to_owned()));
    for (name, value) in url.parameters() {
        if !NOT_PASSED_ON.contains(&name.as_str()) && !pairs.iter().any(|(known, _)| known == name) {
            pairs.push((name, value.clone()));
        }
    }
    let quoted = |value: &str| value.replace('\\', "\\\\").replace('\'', "\\'");
    pairs.iter().map(|(name, value)| format!("{name}='{}'", quoted(value))).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn string(url: &str) -> String {
        connection_string(&DatabaseUrl::parse(url, None).unwrap(), "it's")
    }

    #[test]
    fn everything_but_the_password_is_passed_on() {
        let url =
            "postgres://u:geheim@a:1,b/db?sslmode=verify-full&sslrootcert=/ca.pem&password=secret&application_name=x";
        assert_eq!(
            string(url),
            r"host='a,b' port='1,5432' user='u' dbname='it\'s' sslmode='verify-full' sslrootcert='/ca.pem' application_name='x'"
        );
        assert_eq!(
            string("postgres:///db?host=/run/pg&user=me&port=7"),
            r"user='me' dbname='it\'s' host='/run/pg' port='7'"
        );
    }
}
