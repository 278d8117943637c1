//! Renders statements as SQL text, with comments above each statement that has notes.

use crate::schema::{Script, ScriptPart, Statement, StatementNote};
use crate::sql::{self, Dialect, Lexer, StatementKind, TokenKind};

/// Maximum width of a comment line.
const WIDTH: usize = 110;

/// Character of the delimiter around a body.
const DELIMITER_MARK: char = '$';

/// Renders the statements of a part with their comments and terminators. Statements with comments or several lines are
/// set off by blank lines.
#[must_use]
pub fn part_text(part: &ScriptPart, dialect: Dialect) -> String {
    statements_text(&part.statements, &|statement| terminated(statement, dialect))
}

/// Renders all parts of a script for the database's own client, with a comment above each part: whether it runs in
/// a transaction. The mysql client needs `DELIMITER` lines around a body, which it would otherwise end at the first
/// semicolon.
#[must_use]
pub fn script_text(script: &Script, dialect: Dialect) -> String {
    let mut text = String::new();
    for part in &script.parts {
        let several = script.parts.len() > 1;
        if !text.is_empty() {
            text.push('\n');
        }
        match part.transaction {
            false => text.push_str("-- outside a transaction\n"),
            true if several => text.push_str("-- in a transaction\n"),
            true => {}
        }
        text.push_str(&statements_text(&part.statements, &|statement| for_client(statement, dialect)));
    }
    text
}

/// Placeholders that have to be filled in, in order.
pub fn placeholders(part: &ScriptPart) -> impl Iterator<Item = &str> {
    part.statements.iter().flat_map(|statement| &statement.notes).filter_map(|note| match note {
        StatementNote::Placeholder(text) => Some(text.as_str()),
        _ => None,
    })
}

fn statements_text(statements: &[Statement], terminated: &dyn Fn(&str) -> String) -> String {
    let mut text = String::new();
    for (index, statement) in statements.iter().enumerate() {
        let has_notes = |index: usize| statements.get(index).is_some_and(|statement| !statement.notes.is_empty());
        let is_long = |index: usize| statements.get(index).is_some_and(|statement| statement.sql.contains('\n'));
        let near = |test: &dyn Fn(usize) -> bool| test(index) || index.checked_sub(1).is_some_and(test);
        if index > 0 && (near(&has_notes) || near(&is_long)) {
            text.push('\n');
        }
        for note in &statement.notes {
            text.push_str(&comment(note));
        }
        text.push_str(&terminated(&statement.sql));
    }
    text
}

/// Renders a note as comment lines.
pub(super) fn comment(note: &StatementNote) -> String {
    let words = match note {
        StatementNote::Loses(what) => format!("LOSES {what}"),
        StatementNote::Locks(what) => format!("Locks: {what}"),
        StatementNote::Placeholder(what) => format!("FILL IN: {what}"),
        StatementNote::Remark(what) => what.clone(),
    };
    let mut lines = String::new();
    for line in words.lines() {
        let mut column = 0;
        for word in line.split_whitespace() {
            if column == 0 || column + word.len() >= WIDTH {
                lines.push_str(if column == 0 { "--" } else { "\n--" });
                column = 2;
            }
            lines.push(' ');
            lines.push_str(word);
            column += 1 + word.len();
        }
        if column > 0 {
            lines.push('\n');
        }
    }
    lines
}

/// Appends a terminator to a statement. If a semicolon would not end it (MySQL's bodies), it is enclosed in `DELIMITER`
/// lines.
fn terminated(statement: &str, dialect: Dialect) -> String {
    let plain = format!("{statement};\n");
    let is_one = |text: &str| {
        sql::split(text, dialect)
            .is_ok_and(|pieces| pieces.iter().filter(|piece| piece.kind != StatementKind::Nothing).count() <= 1)
    };
    // A line comment at the end of the statement would hide the semicolon.
    let plain = if is_one(&plain) && ends_itself(&plain, dialect) { plain } else { format!("{statement}\n;\n") };
    if is_one(&plain) {
        return plain;
    }
    dialect.rules().with_delimiter(statement, DELIMITER_MARK).unwrap_or(plain)
}

/// Like [`terminated`], but for a client that does not recognize bodies.
fn for_client(statement: &str, dialect: Dialect) -> String {
    let is_body =
        || Lexer::new(statement, dialect).map_while(Result::ok).any(|token| token.kind == TokenKind::Semicolon);
    let delimited = dialect.rules().with_delimiter(statement, DELIMITER_MARK).filter(|_| is_body());
    delimited.unwrap_or_else(|| terminated(statement, dialect))
}

/// Returns `true` if a statement after `text` is still a separate one.
fn ends_itself(text: &str, dialect: Dialect) -> bool {
    let followed = format!("{text}SELECT 1;\n");
    sql::split(&followed, dialect)
        .is_ok_and(|pieces| pieces.iter().filter(|piece| piece.kind != StatementKind::Nothing).count() == 2)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn comments_stand_over_their_statement() {
        let part = ScriptPart {
            transaction: true,
            statements: vec![
                Statement::new("CREATE TABLE a (x int)"),
                Statement::new("DROP TABLE b").note(StatementNote::Loses("all rows of b".to_owned())),
                Statement::new("DROP TABLE c"),
            ],
        };
        let expected = "CREATE TABLE a (x int);\n\n-- LOSES all rows of b\nDROP TABLE b;\n\nDROP TABLE c;\n".to_owned();
        assert_eq!(part_text(&part, Dialect::SQLITE), expected);
    }

    #[test]
    fn a_body_is_delimited_for_mysqls_client_and_nothing_else_is() {
        let body = "CREATE PROCEDURE p()\nBEGIN\n  SELECT '$$';\nEND";
        let wanted = format!("DELIMITER $$$\n{body}\n$$$\nDELIMITER ;\n");
        assert_eq!(for_client(body, Dialect::MYSQL), wanted);
        for plain in ["CREATE TABLE t (a int COMMENT 'a;b')", "CREATE VIEW v AS SELECT ';'"] {
            assert_eq!(for_client(plain, Dialect::MYSQL), format!("{plain};\n"));
        }
    }

    #[test]
    fn a_body_is_one_statement_however_it_is_written() {
        let body = "CREATE PROCEDURE p()\nBEGIN\n  SELECT 1;\n  SELECT 2;\nEND";
        let text = terminated(body, Dialect::MYSQL);
        let pieces = sql::split(&text, Dialect::MYSQL).unwrap();
        assert_eq!(pieces.iter().filter(|piece| piece.kind != StatementKind::Nothing).count(), 1, "{text}");
        assert_eq!(terminated("SELECT 1 -- one", Dialect::SQLITE), "SELECT 1 -- one\n;\n");
    }
}
