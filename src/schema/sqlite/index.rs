//! A CREATE INDEX statement as SQLite keeps it. Knows the grammar (<https://www.sqlite.org/lang_createindex.html>).

use std::collections::BTreeSet;

use super::table::{Use, columns_read};
use super::tokens::{Cursor, Spelling, comma_parts, tokens};
use super::words::folded;
use crate::diagnostic::Span;

/// An index, as its statement says.
#[derive(Debug, Clone)]
pub struct Index {
    /// What it is over, each in one spelling.
    pub columns: Vec<String>,
    /// Whether it refuses equal keys.
    pub is_unique: bool,
    /// A partial index's condition.
    pub predicate: Option<String>,
    /// What it names, and where.
    pub(super) uses: Vec<(Span, Use)>,
}

impl Index {
    /// Reads the statement for an index of a table with these columns (folded); none when it is not understood.
    #[must_use]
    pub fn parse(sql: &str, columns: &BTreeSet<String>) -> Option<Self> {
        let tokens = tokens(sql)?;
        let mut cursor = Cursor::new(&tokens);
        cursor.expect("CREATE")?;
        let is_unique = cursor.eat("UNIQUE");
        cursor.expect("INDEX")?;
        cursor.name()?;
        cursor.expect("ON")?;
        let table = cursor.name()?;
        let own = folded(&table.text);
        let spelling = Spelling { names: columns, folds: true, table: Some(&own) };
        let body = cursor.group()?;
        let mut uses = vec![(table.span, Use::Table)];
        uses.extend(columns_read(body, columns, &own));
        let columns_spelled = comma_parts(body).into_iter().map(|part| match part.split_last() {
            Some((last, rest)) if last.is("ASC") => spelling.of(rest),
            _ => spelling.of(part),
        });
        let columns_spelled = columns_spelled.collect();
        let mut predicate = None;
        if cursor.eat("WHERE") {
            let mut condition = Vec::new();
            while let Some(token) = cursor.take() {
                condition.push(*token);
            }
            uses.extend(columns_read(&condition, columns, &own));
            predicate = Some(spelling.of(&condition));
        }
        uses.sort_by_key(|(span, _)| span.start);
        cursor.is_empty().then_some(Self { columns: columns_spelled, is_unique, predicate, uses })
    }
}
