//! Tests of the splitter as a whole: cases per dialect, properties, and real dumps.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod dumps;
mod fingerprint;
mod mysql;
mod postgres;
mod properties;
mod sqlite;

use super::{Dialect, Piece, SplitProblem, StatementKind, split};

/// Test case: a text and its expected pieces, each as `Kind: sql`, without those of kind `Nothing`.
type Case<'a> = (&'a str, &'a [&'a str]);

fn shown(piece: &Piece, text: &str) -> String {
    let sql = piece.sql.of(text);
    match piece.kind {
        StatementKind::Nothing => "Nothing".to_owned(),
        StatementKind::Rows => format!("Rows: {sql}"),
        StatementKind::CopyFromStdin { data } => format!("Copy: {sql} <- {:?}", data.of(text)),
        StatementKind::TransactionControl => format!("Transaction: {sql}"),
        StatementKind::Setting => format!("Setting: {sql}"),
        StatementKind::Other => format!("Other: {sql}"),
    }
}

fn pieces(text: &str, dialect: Dialect) -> Vec<String> {
    let pieces = split(text, dialect).unwrap_or_else(|error| panic!("{error} in {text}"));
    let whole: String = pieces.iter().map(|piece| piece.span.of(text)).collect();
    assert_eq!(whole, text, "the pieces cover the text");
    pieces.iter().filter(|piece| piece.kind != StatementKind::Nothing).map(|piece| shown(piece, text)).collect()
}

fn check(dialect: Dialect, cases: &[Case<'_>]) {
    for (text, expected) in cases {
        assert_eq!(pieces(text, dialect), *expected, "of {text}");
    }
}

/// Asserts that each text is rejected with the problem, at the given part of the text.
fn refused(dialect: Dialect, cases: &[(&str, SplitProblem, &str)]) {
    for (text, problem, part) in cases {
        let error = split(text, dialect).expect_err(text);
        assert_eq!(error.problem, *problem, "of {text}");
        assert_eq!(error.span.of(text), *part, "of {text}");
    }
}
