//! `identifier-too-long`.

use super::prelude::*;
use crate::sql::{Lexer, TokenKind};

pub(super) static RULE: Rule = Rule {
    code: "identifier-too-long",
    severity: Some(Severity::Error),
    dialects: SERVERS,
    title: "A name that is longer than the server keeps",
    danger: "PostgreSQL cuts a name after 63 bytes with no more than a notice, so that two names become one, and statements that \
             look for the whole one do not find it. MySQL and MariaDB refuse more than 64 characters.",
    safe: "Choose a shorter name.",
    scales: false,
    check,
};

fn check(view: &View<'_>, found: &mut Findings) {
    let Some((longest, unit)) = view.server.dialect.change_rules().longest_name() else { return };
    if matches!(view.parsed(), DdlStatement::Rows(_) | DdlStatement::Harmless(_)) {
        return;
    }
    let sql = &view.statement.sql;
    let is_name = |kind: TokenKind| matches!(kind, TokenKind::Word | TokenKind::QuotedIdentifier);
    for token in Lexer::new(sql, view.server.dialect).map_while(Result::ok).filter(|token| is_name(token.kind)) {
        let text = token.span.slice(sql);
        let name = match token.kind {
            TokenKind::QuotedIdentifier => crate::sql::unquoted(text),
            _ => text.to_owned(),
        };
        let length = if unit == "bytes" { name.len() } else { name.chars().count() };
        if length > longest {
            found.add(format!("{name} has {length} {unit}; the server keeps {longest}")).at(token.span);
        }
    }
}
