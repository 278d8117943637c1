//! Messages of several statements, and the mapping from the server's response back to a statement and a byte of the
//! unit's text. Text only.

use crate::database::SectionQuery;
use crate::diagnostic::Span;

/// Role of a statement within a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum StatementRole {
    /// BEGIN, SET and the like.
    Control,
    /// PREPARE of statements that later parts execute.
    Prepare,
    /// Guard, or guarded change of the version rows.
    Fence,
    /// Piece of the unit, by index.
    Piece(usize),
    /// Piece of the unit that an earlier attempt has run too, by index.
    Repeat(usize),
    /// Part of a piece for one range of keys.
    Batch,
    /// Query of the server's clock, between two pieces.
    Clock,
    /// Query of the unit that must return no rows.
    Query(SectionQuery),
    /// Comparison of the version rows with the unit's expected result.
    Rows,
    /// The journal row, whose id is returned.
    NewJournal,
    Journal,
    /// COMMIT.
    Commit,
}

#[derive(Debug, Clone, Copy)]
struct Placed {
    part: StatementRole,
    /// Index of the step that the statement belongs to.
    step: usize,
    /// Start in the message, in bytes.
    start: usize,
    /// Start of a piece in the unit's text, in bytes.
    origin: usize,
    length: usize,
}

/// Part of a message that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FailedPart {
    pub(super) part: Option<StatementRole>,
    /// Index of its step.
    pub(super) step: usize,
    /// Byte of the unit's text that the server's position corresponds to.
    pub(super) offset: Option<usize>,
}

/// A message under construction. Each statement ends with a newline before its `;`, so that a comment at its end does
/// not swallow the next statement.
#[derive(Debug, Default)]
pub(super) struct Message {
    text: String,
    placed: Vec<Placed>,
    step: usize,
}

impl Message {
    /// Sets the step that the next statements belong to.
    pub(super) const fn belongs_to(&mut self, step: usize) {
        self.step = step;
    }

    /// Adds an internal statement (without a semicolon).
    pub(super) fn add(&mut self, part: StatementRole, sql: &str) {
        self.append(part, sql, 0);
    }

    /// Adds a piece, which is at `span` in `text`.
    pub(super) fn add_piece(&mut self, part: StatementRole, span: Span, text: &str) {
        self.append(part, span.slice(text), span.start);
    }

    fn append(&mut self, part: StatementRole, sql: &str, origin: usize) {
        self.placed.push(Placed { part, step: self.step, start: self.text.len(), origin, length: sql.len() });
        self.text.push_str(sql);
        self.text.push_str("\n;\n");
    }

    /// Returns the text to send.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Returns whether there is nothing to send.
    pub(super) const fn is_empty(&self) -> bool {
        self.placed.is_empty()
    }

    /// Returns the parts, in the order of the server's results.
    pub(super) fn parts(&self) -> impl Iterator<Item = StatementRole> + '_ {
        self.placed.iter().map(|placed| placed.part)
    }

    /// Returns each part with its statement; concatenated, the statements are the text.
    pub(super) fn statements(&self) -> impl Iterator<Item = (StatementRole, &str)> {
        let ends = self.placed.iter().skip(1).map(|placed| placed.start).chain([self.text.len()]);
        let statement = |(placed, end): (&Placed, usize)| (placed.part, Span::new(placed.start, end).slice(&self.text));
        self.placed.iter().zip(ends).map(statement)
    }

    /// Returns the failed part, given the number of `completed` statements: the part at the server's `position`
    /// (characters from 1), or else the one after the completed ones.
    ///
    /// The position takes precedence, because a syntax error anywhere in a message is reported before any of it runs.
    pub(super) fn failed(&self, completed: usize, position: Option<u32>) -> FailedPart {
        let byte = position.and_then(|position| self.byte(position));
        let pointed = byte.and_then(|byte| Some((self.at(byte)?, byte)));
        let failed = |placed: Placed, offset| FailedPart { part: Some(placed.part), step: placed.step, offset };
        match pointed {
            Some((placed @ Placed { part: StatementRole::Piece(_) | StatementRole::Repeat(_), .. }, byte)) => {
                let offset = byte.saturating_sub(placed.start).min(placed.length);
                failed(placed, Some(placed.origin + offset))
            }
            Some((placed, _)) => failed(placed, None),
            None => match self.placed.get(completed) {
                Some(placed) => failed(*placed, None),
                None => FailedPart { part: None, step: self.step, offset: None },
            },
        }
    }

    fn byte(&self, position: u32) -> Option<usize> {
        let characters = usize::try_from(position).ok()?.checked_sub(1)?;
        let mut starts = self.text.char_indices().map(|(byte, _)| byte);
        Some(starts.nth(characters).unwrap_or(self.text.len()))
    }

    /// Returns the statement that contains the byte, or that ends before it (a syntax error is often reported at the
    /// semicolon).
    fn at(&self, byte: usize) -> Option<Placed> {
        let after = self.placed.partition_point(|placed| placed.start <= byte);
        self.placed.get(after.checked_sub(1)?).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "-- Größe\nSELECT 'ü', x;\nSELECT (1;\n";

    fn message() -> Message {
        let mut message = Message::default();
        message.add(StatementRole::Control, "BEGIN");
        message.add_piece(StatementRole::Piece(1), Span::new(11, 25), TEXT);
        message.add_piece(StatementRole::Piece(2), Span::new(27, 36), TEXT);
        message.add(StatementRole::Commit, "COMMIT");
        message
    }

    fn failed(message: &Message, completed: usize, position: Option<u32>) -> (Option<StatementRole>, Option<usize>) {
        let FailedPart { part, offset, .. } = message.failed(completed, position);
        (part, offset)
    }

    fn position(message: &Message, needle: &str) -> Option<u32> {
        let byte = message.text().find(needle)?;
        u32::try_from(message.text().get(..byte)?.chars().count() + 1).ok()
    }

    #[test]
    fn positions_are_characters_of_the_message_and_become_bytes_of_the_text() {
        let message = message();
        let failed = failed(&message, 1, position(&message, "x"));
        assert_eq!(failed, (Some(StatementRole::Piece(1)), TEXT.find(", x").map(|comma| comma + 2)));
    }

    #[test]
    fn an_error_at_our_semicolon_is_at_the_end_of_the_statement() {
        let message = message();
        let semicolon = position(&message, "(1").map(|position| position + 3);
        assert_eq!(
            failed(&message, 0, semicolon),
            (Some(StatementRole::Piece(2)), TEXT.find("(1").map(|open| open + 2))
        );
    }

    #[test]
    fn without_a_position_the_answers_are_counted() {
        let message = message();
        assert_eq!(failed(&message, 2, None), (Some(StatementRole::Piece(2)), None));
        assert_eq!(failed(&message, 3, None), (Some(StatementRole::Commit), None));
        assert_eq!(failed(&message, 9, None), (None, None));
    }
}
