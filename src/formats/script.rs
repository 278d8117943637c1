//! Conversion of a script of another tool to a section: removes `BEGIN` and `COMMIT` around it and determines whether
//! it runs in a transaction.

use super::imported::{Caution, Imported, Warning};
use crate::diagnostic::Span;
use crate::sql::{self, Dialect, Piece, StatementKind};

/// Text of a section, and whether it became a template.
pub type SectionText = (String, bool);

/// Collector for the warnings of one file.
#[derive(Debug)]
pub struct Notes<'n> {
    path: &'n str,
    warnings: &'n mut Vec<Warning>,
}

impl<'n> Notes<'n> {
    /// Creates a collector for the file at `path`.
    #[must_use]
    pub fn new(path: &'n str, warnings: &'n mut Vec<Warning>) -> Self {
        Self { path, warnings }
    }

    /// Adds a warning, unless the file has the same one already.
    pub fn add(&mut self, caution: Caution) {
        let warning = Warning { path: self.path.to_owned(), caution };
        if !self.warnings.contains(&warning) {
            self.warnings.push(warning);
        }
    }
}

/// Text of a section and its transaction setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SectionScript {
    pub(super) text: String,
    /// Transaction setting; `None` if the section contains no statement.
    pub(super) transaction: Option<bool>,
}

/// Converts a script; `in_transaction` is how its tool would run it.
pub(super) fn script(text: &str, dialect: Dialect, in_transaction: bool, notes: &mut Notes<'_>) -> SectionScript {
    let text = tidy(text);
    let pieces = match sql::split(&text, dialect) {
        Ok(pieces) => pieces,
        Err(error) => {
            notes.add(Caution::Unreadable { error: error.to_string() });
            return SectionScript { text, transaction: Some(in_transaction) };
        }
    };
    let sent: Vec<&Piece> = pieces.iter().filter(|piece| piece.kind != StatementKind::Nothing).collect();
    let controls = sent.iter().filter(|piece| piece.kind == StatementKind::TransactionControl).count();
    if let Some((begin, commit)) = frame(&text, &sent, controls, dialect) {
        let text = without(&text, &[begin, commit]);
        return SectionScript { transaction: Some(!refuses(&text, dialect)), text };
    }
    if controls > 0 {
        notes.add(Caution::OwnTransactions);
    }
    let transaction = in_transaction && controls == 0 && !refuses(&text, dialect);
    SectionScript { transaction: (!sent.is_empty()).then_some(transaction), text }
}

/// Removes what separates statements; one that nothing else ends gets a semicolon. Inside a quoted text it is no
/// separator.
pub(super) fn statements_between(text: &str, separator: &str, dialect: Dialect) -> String {
    if separator.is_empty() || !text.contains(separator) {
        return text.to_owned();
    }
    let (mut whole, mut open) = (String::new(), String::new());
    let mut parts = text.split(separator).peekable();
    while let Some(part) = parts.next() {
        open.push_str(part);
        let pieces = sql::split(&open, dialect);
        if parts.peek().is_some() {
            match pieces {
                // A quote is open: the next part belongs to it.
                Err(_) => open.push_str(separator),
                Ok(pieces) => push_ended(&mut whole, &std::mem::take(&mut open), &pieces),
            }
        }
    }
    whole + open.trim_start_matches(['\r', '\n'])
}

/// Appends statements, the last one with a semicolon.
fn push_ended(whole: &mut String, text: &str, pieces: &[Piece]) {
    let is_sent = |piece: &&Piece| piece.kind != StatementKind::Nothing;
    let start = text.len() - text.trim_start_matches(['\r', '\n']).len();
    match pieces.iter().rfind(is_sent).map(|piece| piece.sql.end) {
        // The terminator is behind the statement; only a comment may follow it.
        Some(end) if !text[end..].contains(';') && !text[..end].ends_with(';') => {
            whole.push_str(&text[start..end]);
            whole.push(';');
            whole.push_str(text[end..].trim_end());
        }
        _ => whole.push_str(text[start..].trim_end()),
    }
    if !text.trim().is_empty() {
        whole.push('\n');
    }
}

/// Determines how a script that is read in place runs. Returns its span without `BEGIN` and `COMMIT` around everything,
/// and whether it runs in a transaction: not if it contains other transaction control or a statement that cannot run in
/// one.
#[must_use]
pub fn in_place(text: &str, dialect: Dialect) -> (Span, bool) {
    let whole = Span::new(0, text.len());
    let Ok(pieces) = sql::split(text, dialect) else { return (whole, true) };
    let sent: Vec<&Piece> = pieces.iter().filter(|piece| piece.kind != StatementKind::Nothing).collect();
    let controls = sent.iter().filter(|piece| piece.kind == StatementKind::TransactionControl).count();
    let inside =
        frame(text, &sent, controls, dialect).map(|(begin, commit)| Span::new(begin.span.end, commit.sql.start));
    let transaction = inside.is_some() || controls == 0;
    let span = inside.unwrap_or(whole);
    (span, transaction && !refuses(span.slice(text), dialect))
}

/// Returns the `BEGIN` and `COMMIT` around everything, if there is no other transaction control.
fn frame<'p>(text: &str, sent: &[&'p Piece], controls: usize, dialect: Dialect) -> Option<(&'p Piece, &'p Piece)> {
    let (first, last) = (sent.first()?, sent.last()?);
    let word = |piece: &Piece| sql::keywords(piece.sql.slice(text), dialect).next().unwrap_or_default();
    let are = first.kind == StatementKind::TransactionControl && last.kind == StatementKind::TransactionControl;
    let frame = are && matches!(&*word(first), "BEGIN" | "START") && matches!(&*word(last), "COMMIT" | "END");
    (controls == 2 && frame).then_some((first, last))
}

/// Removes the statements of these pieces, and lines that become empty by that.
pub(super) fn without(text: &str, pieces: &[&Piece]) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut from = 0;
    for piece in pieces {
        kept.push_str(&text[from..piece.sql.start]);
        from = piece.span.end;
        let rest = &text[from..];
        let line = rest.split_inclusive('\n').next().unwrap_or_default();
        if line.trim().is_empty() && (kept.is_empty() || kept.ends_with('\n')) {
            from += line.len();
        }
    }
    kept.push_str(&text[from..]);
    tidy(&kept)
}

fn refuses(text: &str, dialect: Dialect) -> bool {
    let Ok(pieces) = sql::split(text, dialect) else { return false };
    pieces.iter().any(|piece| sql::refuses_transaction(piece.sql.slice(text), dialect).is_some())
}

/// Removes empty lines at both ends and adds a line end.
pub(super) fn tidy(text: &str) -> String {
    let start = text.len() - text.trim_start().len();
    let line = text.get(..start).and_then(|blank| blank.rfind('\n')).map_or(0, |newline| newline + 1);
    let body = text[line..].trim_end();
    if body.trim().is_empty() { String::new() } else { format!("{body}\n") }
}

/// Stores both scripts in the revision, which has one transaction setting for both.
pub(super) fn set(imported: &mut Imported, up: SectionScript, down: Option<SectionScript>, notes: &mut Notes<'_>) {
    let back = down.as_ref().and_then(|script| script.transaction);
    imported.transaction = up.transaction.unwrap_or(true) && back.unwrap_or(true);
    if let (Some(one), Some(other)) = (up.transaction, back)
        && one != other
    {
        notes.add(Caution::SharedTransaction);
    }
    if down.is_none() {
        notes.add(Caution::NoDowngrade);
    }
    imported.upgrade = up.text;
    imported.downgrade = down.map(|script| script.text);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, in_transaction: bool) -> (SectionScript, Vec<&'static str>) {
        let mut warnings = Vec::new();
        let script = script(text, Dialect::POSTGRES, in_transaction, &mut Notes::new("f", &mut warnings));
        (script, warnings.iter().map(|warning| warning.caution.name()).collect())
    }

    #[test]
    fn begin_and_commit_around_everything_become_the_header() {
        let (script, warnings) = read("-- Deploy a\n\nBEGIN;\n\nCREATE TABLE a (x int);\n\nCOMMIT;\n", false);
        assert_eq!(script.text, "-- Deploy a\n\n\nCREATE TABLE a (x int);\n");
        assert_eq!((script.transaction, warnings), (Some(true), vec![]));
        assert_eq!(read("START TRANSACTION; SELECT 1; END;", false).0.transaction, Some(true));
    }

    #[test]
    fn other_transactions_stay_and_are_told() {
        let (script, warnings) = read("BEGIN; SELECT 1; COMMIT; BEGIN; SELECT 2; COMMIT;", true);
        assert_eq!((script.transaction, warnings), (Some(false), vec!["own-transactions"]));
        assert!(script.text.starts_with("BEGIN; SELECT 1"));
    }

    #[test]
    fn what_a_transaction_cannot_hold_is_outside() {
        assert_eq!(read("CREATE INDEX CONCURRENTLY i ON t (x);", true).0.transaction, Some(false));
        assert_eq!(read("-- nothing\n", false).0.transaction, None);
        assert_eq!(read("SELECT 1", false).0.transaction, Some(false));
    }

    #[test]
    fn text_that_cannot_be_split_is_kept_and_told() {
        let (script, warnings) = read("SELECT 'open", true);
        assert_eq!((&*script.text, warnings), ("SELECT 'open\n", vec!["unreadable"]));
    }

    #[test]
    fn empty_lines_around_a_text_go() {
        assert_eq!(tidy("\n\n  a\n b \n\n"), "  a\n b\n");
        assert_eq!(tidy(" \n"), "");
    }

    #[test]
    fn separators_go_and_statements_end() {
        const BREAKPOINT: &str = "--> statement-breakpoint";
        let text =
            "CREATE TABLE a (x int)\n--> statement-breakpoint\nSELECT 1; -- one--> statement-breakpoint\nSELECT 2";
        let expected = "CREATE TABLE a (x int);\nSELECT 1; -- one\nSELECT 2";
        assert_eq!(statements_between(text, BREAKPOINT, Dialect::POSTGRES), expected);
        assert_eq!(statements_between("SELECT 1", BREAKPOINT, Dialect::MYSQL), "SELECT 1");
        assert_eq!(statements_between("SELECT 1\n\n\nSELECT 2\n", "\n\n\n", Dialect::MYSQL), "SELECT 1;\nSELECT 2\n");
        let quoted = "SELECT 'a\n\n\nb'\n\n\nSELECT 2\n";
        assert_eq!(statements_between(quoted, "\n\n\n", Dialect::MYSQL), "SELECT 'a\n\n\nb';\nSELECT 2\n");
    }
}
