//! Content of a whole database as text, written by `pg_dump`.

use std::collections::BTreeMap;
use std::process::Stdio;

use super::dump_program::{connecting, dump_program};
use crate::database::dump::{ContentsRequest, DatabaseContents};
use crate::database::program::ProgramError;
use crate::database::{DumpError, Server};

/// Reads schema and rows of the database.
pub(super) fn contents(server: &Server, request: &ContentsRequest<'_>) -> Result<DatabaseContents, DumpError> {
    let exclude = |name: &String| format!("--exclude-table=*.\"{}\"", name.replace('"', "\"\""));
    let excluded: Vec<String> = request.excluded.iter().map(exclude).collect();
    let dump = |kind| {
        let arguments: Vec<&str> =
            [kind, "--no-owner"].into_iter().chain(excluded.iter().map(String::as_str)).collect();
        dump_text(server, request, &arguments)
    };
    let (schema, data) = (dump("--schema-only")?, dump("--data-only")?);
    // pg_dump of newer minor versions writes a random key into each dump.
    let is_ours =
        |line: &&str| !line.trim().is_empty() && !line.starts_with("\\restrict") && !line.starts_with("\\unrestrict");
    let mut schema: Vec<String> = schema.lines().filter(is_ours).map(str::to_owned).collect();
    let mut rows: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut table = None;
    // The rows of a table are between two lines: `COPY public.t (a, b) FROM stdin;` and `\.`
    for line in data.lines().filter(is_ours) {
        match (&table, line.strip_prefix("COPY ")) {
            (Some(_), _) if line == "\\." => table = None,
            (Some(name), _) => rows.entry(String::clone(name)).or_default().push(line.to_owned()),
            (None, Some(rest)) => {
                let name = rest.split(" (").next().unwrap_or(rest).to_owned();
                rows.entry(name.clone()).or_default();
                table = Some(name);
            }
            // Positions of sequences: `SELECT pg_catalog.setval(...)`.
            (None, None) if line.starts_with("SELECT ") => schema.push(line.to_owned()),
            (None, None) => {}
        }
    }
    Ok(DatabaseContents { schema, rows })
}

/// Runs `pg_dump` with `arguments` and returns its output.
fn dump_text(server: &Server, request: &ContentsRequest<'_>, arguments: &[&str]) -> Result<String, ProgramError> {
    let program = dump_program(&request.search, server)?;
    let call = connecting(&program, &request.search, request.url, request.url.database().unwrap_or_default());
    let output = call.args(arguments.iter().copied()).command().stdin(Stdio::null()).output();
    let output = output.map_err(|error| ProgramError::Unusable { program: program.path, reason: error.to_string() })?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr).trim_end().to_owned();
    Err(ProgramError::Failed { program: "pg_dump".to_owned(), status: output.status.to_string(), said })
}
