//! Parser for the SQL script of `alembic --sql`: splits it into revisions and removes the statements for Alembic's own
//! version table. Source: `alembic.runtime.migration.MigrationContext.run_migrations` and `begin_transaction` (1.20).

use crate::diagnostic::Span;
use crate::sql::{self, Dialect, Piece, SplitError, StatementKind};

/// Start of the comment line above the SQL of each revision.
const MARKER: &str = "-- Running ";

/// Part of a script that belongs to one revision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AlembicScriptSection<'t> {
    /// Id of the revision.
    pub revision: &'t str,
    /// Direction: `true` for the upgrade of the revision, `false` for its downgrade.
    pub is_upgrade: bool,
    /// Text between its marker and the next one or the end.
    pub text: &'t str,
}

/// SQL of one revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SectionSql {
    /// Statements, without those for the version table and without transaction control.
    pub sql: String,
    /// Transaction setting: `false` if the revision commits in between (`autocommit_block`).
    pub transaction: bool,
}

/// Reason why a section is not recognized as Alembic's output.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScriptProblem {
    /// The text cannot be split into statements.
    #[error("{0}")]
    Split(SplitError),
    /// No statement changes the version table.
    #[error("no statement changes the version table {table}")]
    NoVersionRow {
        /// Name of the expected version table.
        table: String,
    },
}

/// Splits a script at its markers.
#[must_use]
pub fn sections(script: &str) -> Vec<AlembicScriptSection<'_>> {
    let mut found: Vec<(&str, bool, usize, usize)> = Vec::new();
    let mut at = 0;
    for line in script.split_inclusive('\n') {
        let start = at;
        at += line.len();
        if let Some((revision, is_upgrade)) = marker(line) {
            found.push((revision, is_upgrade, start, at));
        }
    }
    let ends: Vec<usize> = found.iter().skip(1).map(|(_, _, start, _)| *start).chain([script.len()]).collect();
    let section = |((revision, is_upgrade, _, start), end)| AlembicScriptSection {
        revision,
        is_upgrade,
        text: &script[start..end],
    };
    found.into_iter().zip(ends).map(section).collect()
}

/// Parses `-- Running upgrade a, b -> c` (upgrade of c) and `-- Running downgrade c -> a, b` (downgrade of c).
fn marker(line: &str) -> Option<(&str, bool)> {
    let (operation, ids) = line.trim_end().strip_prefix(MARKER)?.split_once(' ')?;
    let (from, to) = ids.split_once("->")?;
    let (revision, is_upgrade) = match operation {
        "upgrade" => (to, true),
        "downgrade" => (from, false),
        _ => return None,
    };
    Some((revision.trim(), is_upgrade)).filter(|(revision, _)| !revision.is_empty() && !revision.contains(", "))
}

/// Returns the SQL of a section without Alembic's own statements: those for the version table `table` at its end, and
/// `BEGIN` and `COMMIT` anywhere.
///
/// # Errors
/// [`ScriptProblem`]. A section without a statement for the version table may have been written for another one.
pub fn section_sql(text: &str, dialect: Dialect, table: &str) -> Result<SectionSql, ScriptProblem> {
    let pieces = sql::split(text, dialect).map_err(ScriptProblem::Split)?;
    let mut kept = pieces.as_slice();
    let mut has_row = false;
    // From the end, because Alembic updates the version table after the revision's own statements.
    while let Some((last, before)) = kept.split_last() {
        let is_row = is_for_table(last.sql.slice(text), table);
        if !(is_row || matches!(last.kind, StatementKind::Nothing | StatementKind::TransactionControl)) {
            break;
        }
        has_row |= is_row;
        kept = before;
    }
    if !has_row {
        return Err(ScriptProblem::NoVersionRow { table: table.to_owned() });
    }
    let own = |piece: &&Piece| piece.kind == StatementKind::TransactionControl;
    let transaction = !kept.iter().any(|piece| own(&piece));
    Ok(SectionSql { sql: joined(text, kept.iter().filter(|piece| !own(piece))), transaction })
}

/// Joins comments and statements with an empty line between two. Drops a lone `;`, because Alembic appends one even to
/// statements that have one.
fn joined<'p>(text: &str, pieces: impl Iterator<Item = &'p Piece>) -> String {
    let mut sql = String::new();
    let mut whole = |span: Span| {
        let part = span.slice(text).trim();
        if !part.is_empty() && part != ";" {
            sql.push_str(if sql.is_empty() { "" } else { "\n\n" });
            sql.push_str(part);
        }
    };
    pieces.for_each(|piece| whole(piece.span));
    if !sql.is_empty() {
        sql.push('\n');
    }
    sql
}

/// Returns `true` if the statement is one that Alembic writes for its version table.
fn is_for_table(statement: &str, table: &str) -> bool {
    const BEGINNINGS: [&str; 5] = ["INSERT INTO ", "UPDATE ", "DELETE FROM ", "CREATE TABLE ", "DROP TABLE "];
    let rest = BEGINNINGS.iter().find_map(|beginning| statement.strip_prefix(beginning));
    rest.is_some_and(|rest| last_name(rest) == table)
}

/// Returns the last part of the name at the start of `rest`, without quotes: `"public"."alembic_version" SET`.
fn last_name(rest: &str) -> String {
    let mut name = String::new();
    let mut quote = None;
    for c in rest.chars() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (Some(_), c) => name.push(c),
            (None, '"' | '`') => quote = Some(c),
            (None, '.') => name.clear(),
            (None, c) if c.is_whitespace() || c == '(' => break,
            (None, c) => name.push(c),
        }
    }
    name
}

/// Returns the dialect that Alembic's log reports (`Context impl PostgresqlImpl.`), if any.
#[must_use]
pub fn spoken_dialect(log: &str) -> Option<&str> {
    let (_, rest) = log.split_once("Context impl ")?;
    rest.split_once("Impl").map(|(name, _)| name)
}

/// Removes log lines from a script, for projects that log to stdout. Recognizes the format of Alembic's own
/// `alembic.ini` template: `INFO  [alembic.runtime.migration] Running upgrade ...`.
#[must_use]
pub fn without_log(script: &str) -> String {
    let is_log = |line: &&str| {
        let (level, rest) = line.split_once(' ').unwrap_or_default();
        ["DEBUG", "INFO", "WARNI", "WARNING", "ERROR", "CRITI", "CRITICAL"].contains(&level)
            && ["[alembic", "[sqlalchemy", "[flask_migrate]", "[root]"]
                .iter()
                .any(|name| rest.trim_start().starts_with(name))
    };
    script.split_inclusive('\n').filter(|line| !is_log(line)).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const SCRIPT: &str = "BEGIN;\n\nCREATE TABLE alembic_version (\n    version_num VARCHAR(32) NOT NULL\n);\n\n\
        -- Running upgrade  -> a1\n\nCREATE TABLE t (\n    id SERIAL NOT NULL\n);\n\nINSERT INTO alembic_version \
        (version_num) VALUES ('a1') RETURNING alembic_version.version_num;\n\n\
        -- Running upgrade a1 -> b2\n\nUPDATE t SET id = 1;;\n\nUPDATE alembic_version SET version_num='b2' WHERE \
        alembic_version.version_num = 'a1';\n\n-- Running upgrade b2, c3 -> d4\n\nCOMMIT;\n\n\
        CREATE INDEX CONCURRENTLY i ON t (id);\n\nBEGIN;\n\nDELETE FROM \"s\".\"alembic_version\" WHERE x;\n\n\
        UPDATE s.alembic_version SET x;\n\nCOMMIT;\n\n";

    fn sql(text: &str) -> (String, bool) {
        let found = section_sql(text, Dialect::POSTGRES, "alembic_version").unwrap();
        (found.sql, found.transaction)
    }

    #[test]
    fn a_script_is_cut_into_revisions_without_the_version_table() {
        let sections = sections(SCRIPT);
        let ids: Vec<_> = sections.iter().map(|section| (section.revision, section.is_upgrade)).collect();
        assert_eq!(ids, [("a1", true), ("b2", true), ("d4", true)]);
        let [a1, b2, d4] = [0, 1, 2].map(|index| sql(sections[index].text));
        assert_eq!(a1, ("CREATE TABLE t (\n    id SERIAL NOT NULL\n);\n".to_owned(), true));
        assert_eq!(b2, ("UPDATE t SET id = 1;\n".to_owned(), true));
        assert_eq!(d4, ("CREATE INDEX CONCURRENTLY i ON t (id);\n".to_owned(), false));
    }

    #[test]
    fn a_transaction_for_each_revision_leaves_nothing_either() {
        let script = "-- Running downgrade b2 -> a1\n\nDROP TABLE t;\n\nUPDATE alembic_version SET x;\n\nCOMMIT;\n\n\
            BEGIN;\n\n-- Running downgrade a1 -> \n\nDELETE FROM alembic_version WHERE x;\n\nCOMMIT;\n\n";
        let sections = sections(script);
        let ids: Vec<_> = sections.iter().map(|section| (section.revision, section.is_upgrade)).collect();
        assert_eq!(ids, [("b2", false), ("a1", false)]);
        assert_eq!(sql(sections[0].text), ("DROP TABLE t;\n".to_owned(), true));
        assert_eq!(sql(sections[1].text), (String::new(), true));
    }

    #[test]
    fn another_version_table_is_an_error_and_not_sql() {
        let problem = section_sql("INSERT INTO other_version VALUES ('a');\n", Dialect::POSTGRES, "alembic_version");
        assert_eq!(problem, Err(ScriptProblem::NoVersionRow { table: "alembic_version".to_owned() }));
        let mine = "INSERT INTO alembic_version_note VALUES ('a');\nINSERT INTO `alembic_version` VALUES ('a');\n";
        let kept = section_sql(mine, Dialect::MYSQL, "alembic_version").unwrap().sql;
        assert_eq!(kept, "INSERT INTO alembic_version_note VALUES ('a');\n");
    }

    #[test]
    fn the_log_tells_the_dialect() {
        let log = "INFO  [alembic.runtime.migration] Context impl PostgresqlImpl.\nINFO  x";
        assert_eq!(spoken_dialect(log), Some("Postgresql"));
        assert_eq!(spoken_dialect("INFO"), None);
    }

    #[test]
    fn a_log_between_the_statements_is_left_out() {
        let script =
            "INFO  [alembic.runtime.migration] Context impl SQLiteImpl.\nBEGIN;\nINFO [alembic] x\nSELECT 1;\n";
        assert_eq!(without_log(script), "BEGIN;\nSELECT 1;\n");
    }
}
