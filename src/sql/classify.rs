//! Classification of a statement by its first tokens.
//!
//! Sources: PostgreSQL's manual, "SQL Commands"; MySQL's manual, "Statements That Cause an Implicit Commit"; SQLite's
//! "SQL As Understood By SQLite".

use super::lexer::{Lexer, TokenKind};
use super::{Dialect, StatementKind};

/// First four tokens, without white space, comments, delimiters of executable comments, and opening parentheses.
type Leading<'t> = [&'t str; 4];

/// Kind of the statement `sql`. COPY from stdin is recognized by the splitter instead.
pub(super) fn kind(sql: &str, dialect: Dialect) -> StatementKind {
    let leading = leading(sql, dialect);
    if controls_transaction(leading, dialect) {
        StatementKind::TransactionControl
    } else if is_setting(leading, dialect) {
        StatementKind::Setting
    } else if touches_rows(leading, dialect) {
        StatementKind::Rows
    } else {
        StatementKind::Other
    }
}

fn leading(sql: &str, dialect: Dialect) -> Leading<'_> {
    let mut found = [""; 4];
    let code = Lexer::new(sql, dialect).map_while(Result::ok).filter(|token| {
        !token.kind.is_trivia()
            && !matches!(token.kind, TokenKind::ExecutableOpen | TokenKind::ExecutableClose | TokenKind::Open)
    });
    for (slot, token) in found.iter_mut().zip(code) {
        *slot = token.span.of(sql);
    }
    found
}

fn one_of(word: &str, keywords: &[&str]) -> bool {
    keywords.iter().any(|keyword| word.eq_ignore_ascii_case(keyword))
}

fn controls_transaction([first, second, third, _]: Leading<'_>, dialect: Dialect) -> bool {
    let is = |keyword: &str| first.eq_ignore_ascii_case(keyword);
    let to_savepoint = one_of(second, &["TO"]) || (one_of(second, &["WORK", "TRANSACTION"]) && one_of(third, &["TO"]));
    if is("ROLLBACK") {
        return !to_savepoint;
    }
    match dialect {
        _ if is("COMMIT") => true,
        Dialect::Mysql if is("BEGIN") => !one_of(second, &["NOT"]),
        _ if is("BEGIN") => true,
        Dialect::Postgres | Dialect::Mysql if is("START") => one_of(second, &["TRANSACTION"]),
        Dialect::Postgres if is("PREPARE") => one_of(second, &["TRANSACTION"]),
        Dialect::Postgres => is("END") || is("ABORT"),
        Dialect::Sqlite => is("END"),
        Dialect::Mysql => is("XA"),
    }
}

fn is_setting(leading: Leading<'_>, dialect: Dialect) -> bool {
    let [first, ..] = leading;
    let is = |keyword: &str| first.eq_ignore_ascii_case(keyword);
    match dialect {
        Dialect::Postgres => is("SET") || is("RESET") || (is("SELECT") && calls_set_config(leading)),
        Dialect::Mysql if is("SET") => !sets_beyond_session(leading),
        Dialect::Mysql => is("USE"),
        Dialect::Sqlite => is("PRAGMA"),
    }
}

/// MySQL's SET that sets no variable: SET PASSWORD and the like commit implicitly, and SET STATEMENT ... FOR is of the
/// kind of the statement after it.
fn sets_beyond_session([_, second, third, _]: Leading<'_>) -> bool {
    let default_role = one_of(second, &["DEFAULT"]) && one_of(third, &["ROLE"]);
    default_role || one_of(second, &["PASSWORD", "STATEMENT", "RESOURCE"])
}

fn calls_set_config([_, second, third, fourth]: Leading<'_>) -> bool {
    one_of(second, &["set_config"])
        || (one_of(second, &["pg_catalog"]) && third == "." && one_of(fourth, &["set_config"]))
}

fn touches_rows([first, second, ..]: Leading<'_>, dialect: Dialect) -> bool {
    const EVERYWHERE: [&str; 7] = ["SELECT", "INSERT", "UPDATE", "DELETE", "WITH", "VALUES", "EXPLAIN"];
    if one_of(first, &EVERYWHERE) {
        return true;
    }
    match dialect {
        Dialect::Postgres => one_of(first, &["MERGE", "TABLE", "COPY", "SHOW"]),
        Dialect::Mysql if one_of(first, &["LOAD"]) => one_of(second, &["DATA", "XML"]),
        Dialect::Mysql => one_of(first, &["REPLACE", "TABLE", "SHOW", "DESCRIBE", "DESC", "DO"]),
        Dialect::Sqlite => one_of(first, &["REPLACE"]),
    }
}
