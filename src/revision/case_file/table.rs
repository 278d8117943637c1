//! Tables of expected rows, in comments: `-- | id | name |`, the first line with the names of the columns.

use crate::diagnostic::Span;

use super::CaseFileError;

/// Rows that a query has to find.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpectedTable {
    /// Names of the columns.
    pub columns: Vec<String>,
    /// Rows; a NULL is `None`.
    pub rows: Vec<Vec<Option<String>>>,
    /// Position, from the first line to the last.
    pub span: Span,
}

impl ExpectedTable {
    /// Parses the comments that are lines of a table; `None` if there are none.
    pub(super) fn parse(comments: &[Span], text: &str) -> Result<Option<Self>, CaseFileError> {
        let mut table: Option<Self> = None;
        for span in comments {
            let Some(line) = table_line(span.slice(text)) else { continue };
            let cells = cells(line).ok_or(CaseFileError::TableLine { span: *span })?;
            let Some(table) = &mut table else {
                let columns = cells.into_iter().map(Option::unwrap_or_default).collect();
                table = Some(Self { columns, rows: Vec::new(), span: *span });
                continue;
            };
            table.span.end = span.end;
            if is_rule(&cells) {
                continue;
            }
            if cells.len() != table.columns.len() {
                let (expected, found) = (table.columns.len(), cells.len());
                return Err(CaseFileError::Ragged { span: *span, expected, found });
            }
            table.rows.push(cells);
        }
        Ok(table)
    }
}

fn table_line(comment: &str) -> Option<&str> {
    comment.strip_prefix("--")?.trim().strip_prefix('|')
}

/// Returns `true` for the line below the names, as Markdown has it.
fn is_rule(cells: &[Option<String>]) -> bool {
    let is_dashes = |text: &str| text.contains('-') && text.chars().all(|c| c == '-' || c == ':');
    cells.iter().all(|cell| cell.as_deref().is_some_and(is_dashes))
}

/// Splits a line after its first `|`. A cell in single quotes is taken as it is, with `''` for a quote; any other one
/// without the blanks around it. `NULL` without quotes means no value.
fn cells(line: &str) -> Option<Vec<Option<String>>> {
    let mut cells = Vec::new();
    let mut rest = line;
    while !rest.trim().is_empty() {
        let inner = rest.trim_start();
        if let Some(quoted) = inner.strip_prefix('\'') {
            let (cell, behind) = quoted_cell(quoted)?;
            cells.push(Some(cell));
            rest = behind.trim_start().strip_prefix('|')?;
        } else {
            let (cell, behind) = rest.split_once('|')?;
            let cell = cell.trim();
            cells.push((cell != "NULL").then(|| cell.to_owned()));
            rest = behind;
        }
    }
    Some(cells)
}

/// Reads up to the closing quote. Returns the cell and what follows it.
fn quoted_cell(text: &str) -> Option<(String, &str)> {
    let mut cell = String::new();
    let mut rest = text;
    loop {
        let (part, behind) = rest.split_once('\'')?;
        cell.push_str(part);
        match behind.strip_prefix('\'') {
            Some(after) => {
                cell.push('\'');
                rest = after;
            }
            None => return Some((cell, behind)),
        }
    }
}
