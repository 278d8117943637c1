//! Filter for the head of a `pg_restore` script. Removes settings that an older server does not have.
//!
//! `pg_dump` and `pg_restore` work with older servers, but their scripts are meant for servers of their own version:
//! scripts of version 17 begin with `SET transaction_timeout = 0`, which every server up to 16 rejects. Must not depend
//! on programs or files.

use std::collections::BTreeSet;

use crate::database::restore::ScriptFilter;
use crate::database::{Database, DatabaseError};

/// Passes on a script piece by piece, without the settings that are not in `known`.
#[derive(Debug)]
pub(super) struct HeadFilter {
    known: BTreeSet<String>,
    /// Line of the head that is still incomplete.
    line: Vec<u8>,
    is_head: bool,
}

/// Returns the names of all settings of the server.
///
/// # Errors
/// [`DatabaseError`].
pub(super) fn known_settings(database: &mut dyn Database) -> Result<BTreeSet<String>, DatabaseError> {
    let rows = database.execute("SELECT pg_catalog.lower(name) FROM pg_catalog.pg_settings")?;
    Ok(rows.into_iter().flatten().flatten().flatten().collect())
}

impl HeadFilter {
    pub(super) fn new(known: BTreeSet<String>) -> Self {
        Self { known, line: Vec::new(), is_head: true }
    }

    /// Ends the incomplete line: appends it to `head`, unless it is a setting that is not known.
    fn end_line(&mut self, head: &mut Vec<u8>) {
        let line = std::mem::take(&mut self.line);
        let text = String::from_utf8_lossy(&line);
        // Rows of a table may look like a SET statement, so filtering ends at the first line that does not belong to
        // the head.
        self.is_head = is_of_head(text.trim());
        match setting(text.trim()) {
            Some(name) if self.is_head && !self.known.contains(&name.to_ascii_lowercase()) => {}
            _ => head.extend_from_slice(&line),
        }
    }
}

impl ScriptFilter for HeadFilter {
    fn pass<'p>(&mut self, piece: &'p [u8]) -> (Vec<u8>, &'p [u8]) {
        let mut head = Vec::new();
        let mut rest = piece;
        while self.is_head {
            let Some(end) = rest.iter().position(|byte| *byte == b'\n') else {
                self.line.extend_from_slice(rest);
                return (head, &[]);
            };
            let (line, behind) = rest.split_at(end + 1);
            rest = behind;
            self.line.extend_from_slice(line);
            self.end_line(&mut head);
        }
        (head, rest)
    }

    fn finish(&mut self) -> Vec<u8> {
        let mut head = Vec::new();
        if !self.line.is_empty() {
            self.end_line(&mut head);
        }
        head
    }
}

/// Returns the statements in the head of a script, without the settings that are not in `known`.
pub(super) fn head_statements(script: &str, known: &BTreeSet<String>) -> String {
    let is_known = |line: &&str| setting(line).is_none_or(|name| known.contains(&name.to_ascii_lowercase()));
    let is_statement = |line: &&str| line.starts_with("SET ") || line.starts_with("SELECT ");
    let lines = script.lines().map(str::trim).take_while(|line| is_of_head(line));
    lines.filter(is_statement).filter(is_known).collect::<Vec<_>>().join("\n")
}

/// Returns `true` for lines that may precede the first statement that creates, drops or fills an object.
fn is_of_head(line: &str) -> bool {
    let starts = ["--", "\\restrict ", "SET ", "SELECT pg_catalog.set_config("];
    line.is_empty() || starts.iter().any(|start| line.starts_with(start))
}

/// Returns the name in `SET name = value;`.
fn setting(line: &str) -> Option<&str> {
    let (name, _) = line.strip_prefix("SET ")?.strip_suffix(';')?.split_once(" = ")?;
    name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_').then_some(name)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const HEAD: &str = "--\n-- PostgreSQL database dump\n--\n\n\\restrict x\n\nSET lock_timeout = 0;\n\
                        SET transaction_timeout = 0;\nSET row_security = off;\n";

    fn filtered(script: &str, size: usize) -> String {
        let known = ["lock_timeout", "row_security"].map(str::to_owned);
        let mut filter = HeadFilter::new(known.into_iter().collect());
        let mut passed = Vec::new();
        for piece in script.as_bytes().chunks(size) {
            let (head, rest) = filter.pass(piece);
            passed.extend([&head, rest].concat());
        }
        passed.extend(filter.finish());
        String::from_utf8(passed).unwrap()
    }

    #[test]
    fn a_setting_that_the_server_lacks_is_left_out_of_the_head_and_of_nothing_else() {
        let body = "CREATE TABLE t (x text);\nCOPY t FROM stdin;\nSET transaction_timeout = 0;\n\\.\nSET transaction_timeout = 0;\nend";
        let script = format!("{HEAD}\n{body}");
        let expected = script.replacen("SET transaction_timeout = 0;\n", "", 1);
        for size in [1, 2, 7, 100, 10_000] {
            assert_eq!(filtered(&script, size), expected, "{size}");
        }
    }

    #[test]
    fn the_heads_statements_are_those_that_the_server_can_run() {
        let known = ["lock_timeout", "row_security"].map(str::to_owned).into_iter().collect();
        let script = format!(
            "{HEAD}SELECT pg_catalog.set_config('search_path', '', false);\n\nCREATE TABLE t ();\nSET lock_timeout = 1;\n"
        );
        let expected =
            "SET lock_timeout = 0;\nSET row_security = off;\nSELECT pg_catalog.set_config('search_path', '', false);";
        assert_eq!(head_statements(&script, &known), expected);
    }

    #[test]
    fn a_script_that_ends_in_its_head_comes_out_whole() {
        for script in ["", "SET lock_timeout = 0;", "--", "\n", "SET SESSION AUTHORIZATION 'x';\n"] {
            assert_eq!(filtered(script, 3), script);
        }
        assert_eq!(filtered("SET transaction_timeout = 0;", 5), "");
    }
}
