//! Parser for CREATE INDEX statements (<https://www.sqlite.org/lang_createindex.html>).

use std::collections::BTreeSet;

use super::table::{Use, columns_read};
use super::tokens::{Spelling, TokenCursor, comma_parts, tokens};
use super::words::folded;
use crate::diagnostic::Span;

/// A parsed CREATE INDEX statement.
#[derive(Debug, Clone)]
pub struct Index {
    /// Indexed columns and expressions, in normalized spelling.
    pub columns: Vec<String>,
    /// `UNIQUE`.
    pub is_unique: bool,
    /// Condition of a partial index.
    pub predicate: Option<String>,
    /// Spans of the names in the statement, in order.
    pub(super) uses: Vec<(Span, Use)>,
}

impl Index {
    /// Parses the statement. `columns` are the folded column names of its table. Returns `None` for unsupported syntax.
    #[must_use]
    pub fn parse(sql: &str, columns: &BTreeSet<String>) -> Option<Self> {
        let tokens = tokens(sql)?;
        let mut cursor = TokenCursor::new(&tokens);
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
            Some((last, rest)) if last.is("ASC") => spelling.spell(rest),
            _ => spelling.spell(part),
        });
        let columns_spelled = columns_spelled.collect();
        let mut predicate = None;
        if cursor.eat("WHERE") {
            let mut condition = Vec::new();
            while let Some(token) = cursor.take() {
                condition.push(*token);
            }
            uses.extend(columns_read(&condition, columns, &own));
            predicate = Some(spelling.spell(&condition));
        }
        uses.sort_by_key(|(span, _)| span.start);
        cursor.is_empty().then_some(Self { columns: columns_spelled, is_unique, predicate, uses })
    }
}
