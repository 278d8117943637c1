//! `other-database`.

use super::prelude::*;
use crate::sql::{Lexer, TokenKind, unquoted};

pub(super) static RULE: Rule = Rule {
    code: "other-database",
    severity: Some(Severity::Warning),
    dialects: SERVERS,
    title: "A table in a schema or database that the history does not know",
    danger: "No revision has created it: it belongs to another service or to one server only, and the statement fails on every \
             database where it is not there: in CI, in a shadow database, in a new environment.",
    safe: "Let the service that owns it change it; where both share a database, give each a schema of its own.",
    scales: false,
    check,
};

fn check(view: &View<'_>, found: &mut Findings) {
    if matches!(
        view.parsed(),
        DdlStatement::CreateRoutine { .. } | DdlStatement::Setting { .. } | DdlStatement::Opaque(_)
    ) {
        return;
    }
    let sql = &view.statement.sql;
    let tokens: Vec<_> =
        Lexer::new(sql, view.server.dialect).map_while(Result::ok).filter(|token| !token.kind.is_trivia()).collect();
    let is_name = |kind: TokenKind| matches!(kind, TokenKind::Word | TokenKind::QuotedIdentifier);
    // ON is followed by a table in CREATE INDEX and GRANT, and by a condition in a join.
    let has_joins =
        matches!(view.parsed(), DdlStatement::Rows(_) | DdlStatement::Harmless(_) | DdlStatement::CreateView { .. });
    let mut places = vec!["FROM", "JOIN", "INTO", "UPDATE", "TABLE", "REFERENCES", "EXISTS", "ONLY", "TO"];
    if !has_joins {
        places.push("ON");
    }
    let mut reported = Vec::new();
    for window in tokens.windows(4) {
        let [before, schema, dot, name] = window else { continue };
        let is_place = places.iter().any(|place| before.span.slice(sql).eq_ignore_ascii_case(place));
        if !is_place || !is_name(schema.kind) || dot.span.slice(sql) != "." || !is_name(name.kind) {
            continue;
        }
        let schema_name = match schema.kind {
            TokenKind::QuotedIdentifier => unquoted(schema.span.slice(sql)),
            _ => view.server.dialect.rules().fold_identifier(schema.span.slice(sql)),
        };
        // A word that also occurs without a dot is an alias, or the name of a table or of a common table expression.
        let text = schema.span.slice(sql);
        let is_alias = tokens.windows(2).any(|pair| match pair {
            [word, next] => word.span.slice(sql).eq_ignore_ascii_case(text) && next.span.slice(sql) != ".",
            _ => false,
        });
        if is_alias || view.before.has_schema(&schema_name) || reported.contains(&schema_name) {
            continue;
        }
        found.add(format!("no revision knows the schema {schema_name}")).at(schema.span);
        reported.push(schema_name);
    }
    if let DdlStatement::Harmless("USE") = view.parsed() {
        found.add("USE changes to another database");
    }
}
