//! Tests of the splitter as a whole: properties and real dumps; and helpers for those in the folders of the dialects.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod dumps;
mod fingerprint;
mod properties;

use super::{
    CatalogObject, Dialect, Effect, Losing, Piece, SplitProblem, StatementKind, TableLock, effect, impact, split,
};

/// Test case: a text and its expected pieces, each as `Kind: sql`, without those of kind `Nothing`.
pub(crate) type Case<'a> = (&'a str, &'a [&'a str]);

fn shown(piece: &Piece, text: &str) -> String {
    let sql = piece.sql.slice(text);
    match piece.kind {
        StatementKind::Nothing => "Nothing".to_owned(),
        StatementKind::Rows => format!("Rows: {sql}"),
        StatementKind::CopyFromStdin { data } => format!("Copy: {sql} <- {:?}", data.slice(text)),
        StatementKind::TransactionControl => format!("Transaction: {sql}"),
        StatementKind::Setting => format!("Setting: {sql}"),
        StatementKind::Other => format!("Other: {sql}"),
    }
}

fn pieces(text: &str, dialect: Dialect) -> Vec<String> {
    let pieces = split(text, dialect).unwrap_or_else(|error| panic!("{error} in {text}"));
    let whole: String = pieces.iter().map(|piece| piece.span.slice(text)).collect();
    assert_eq!(whole, text, "the pieces cover the text");
    pieces.iter().filter(|piece| piece.kind != StatementKind::Nothing).map(|piece| shown(piece, text)).collect()
}

/// Asserts the pieces of each text.
pub(crate) fn check(dialect: Dialect, cases: &[Case<'_>]) {
    for (text, expected) in cases {
        assert_eq!(pieces(text, dialect), *expected, "of {text}");
    }
}

/// Asserts that each text is rejected with the problem, at the given part of the text.
pub(crate) fn refused(dialect: Dialect, cases: &[(&str, SplitProblem, &str)]) {
    for (text, problem, part) in cases {
        let error = split(text, dialect).expect_err(text);
        assert_eq!(error.problem, *problem, "of {text}");
        assert_eq!(error.span.slice(text), *part, "of {text}");
    }
}

/// Locks of a statement, as one text.
pub(crate) fn locks(sql: &str, dialect: Dialect) -> String {
    let locks = impact(sql, dialect).locks;
    let lock = |lock: &TableLock| format!("{} {} {:?}", lock.table, lock.name, lock.work);
    locks.iter().map(lock).collect::<Vec<_>>().join("; ")
}

/// Losses of a statement, as one text.
pub(crate) fn lost(sql: &str, dialect: Dialect) -> String {
    let losses = impact(sql, dialect).losses;
    let one = |losing: &Losing| format!("{} {} {:?}", losing.loss.name(), losing.table, losing.part);
    losses.iter().map(one).collect::<Vec<_>>().join("; ")
}

/// Effect of a statement, as a text; `open` if there is none.
pub(crate) fn effect_text(sql: &str, dialect: Dialect) -> String {
    let object = |object: &CatalogObject| {
        let parts = [object.schema.as_deref(), object.table.as_deref(), Some(object.name.as_str())];
        format!("{:?} {}", object.kind, parts.into_iter().flatten().collect::<Vec<_>>().join("."))
    };
    match effect(sql, dialect) {
        Some(Effect::Makes(made)) => format!("makes {}", object(&made)),
        Some(Effect::Drops(dropped)) => format!("drops {}", object(&dropped)),
        Some(Effect::Repeatable) => "repeatable".to_owned(),
        None => "open".to_owned(),
    }
}
