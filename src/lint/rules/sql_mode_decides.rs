//! `sql-mode-decides`.

use super::prelude::*;
use crate::sql::{Lexer, TokenKind};

pub(super) static RULE: Rule = Rule {
    code: "sql-mode-decides",
    severity: Some(Severity::Info),
    dialects: MYSQL,
    title: "A statement that means something else under another sql_mode",
    danger: "A default of '0000-00-00' is refused by a server with NO_ZERO_DATE (MySQL's default, not MariaDB's); \"text\" is a \
             column under ANSI_QUOTES; a || b is OR, and under PIPES_AS_CONCAT the joined text. A revision that takes strict \
             mode away stores values cut to fit instead of refusing them. CI and production differ in this more often than in \
             the version.",
    safe: "NULL instead of a zero date, single quotes around texts, concat() or OR; leave sql_mode as it is.",
    scales: false,
    check,
};

fn check(view: &View<'_>, found: &mut Findings) {
    if let DdlStatement::Setting { name, value } = view.parsed() {
        let is_mode = name.rsplit('.').next() == Some("sql_mode");
        let value = value.to_uppercase();
        let is_literal = value.starts_with(['\'', '"']);
        if is_mode && is_literal && !value.contains("STRICT_") && !value.contains("TRADITIONAL") {
            found.add("values that do not fit are cut from here on, instead of refused");
        }
        return;
    }
    if is_of_rows(view.parsed()) {
        return;
    }
    let sql = &view.statement.sql;
    let tokens = Lexer::new(sql, view.server.dialect).map_while(Result::ok).filter(|token| !token.kind.is_trivia());
    let mut is_behind_default = false;
    for token in tokens {
        let text = token.span.slice(sql);
        if text == "||" {
            found.add("|| is OR, or joins texts, as sql_mode says").at(token.span);
        } else if text.starts_with('"') && token.kind != TokenKind::Word {
            found.add(format!("{text} is a text, or a name, as sql_mode says")).at(token.span);
        } else if is_behind_default && is_zero_date(text) {
            found.add(format!("a default of {text} is accepted or refused, as sql_mode says")).at(token.span);
        }
        is_behind_default = text.eq_ignore_ascii_case("DEFAULT");
    }
}

/// Statements that no other database of the service runs with another mode by habit: only changes of schemas are judged.
fn is_of_rows(statement: &DdlStatement) -> bool {
    matches!(
        statement,
        DdlStatement::Rows(_)
            | DdlStatement::Harmless(_)
            | DdlStatement::Access { .. }
            | DdlStatement::Opaque(_)
            | DdlStatement::CreateRoutine { .. }
            | DdlStatement::CreateTrigger { .. }
            | DdlStatement::Unknown
    )
}

/// `'0000-00-00'`, also with a time, and a date with a month or a day of zero.
fn is_zero_date(text: &str) -> bool {
    let inner = text.trim_matches(['\'', '"']);
    let date: Vec<&str> = inner.split([' ', 'T']).next().unwrap_or_default().split('-').collect();
    let [year, month, day] = date.as_slice() else { return false };
    let is_number = |part: &&str| !part.is_empty() && part.chars().all(|c| c.is_ascii_digit());
    let is_zero = |part: &str| part.chars().all(|c| c == '0');
    text.len() > inner.len() && date.iter().all(is_number) && year.len() == 4 && (is_zero(month) || is_zero(day))
}
