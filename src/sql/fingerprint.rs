//! Fingerprints: hashes of SQL text that do not depend on its layout.

use sha2::{Digest, Sha256};

use super::lexer::Lexer;
use super::{Dialect, Piece, StatementKind, split};
use crate::hexadecimal::hexadecimal;

/// Returns the SHA-256 of the statements in `text`, token by token, as lower-case hexadecimal digits.
///
/// Comments, white space between tokens, line terminators, a byte order mark, empty statements, the terminator of the
/// last statement and `DELIMITER` lines are ignored. Everything else is significant: upper and lower case, the content
/// of strings, dollar quotes and COPY data (with CRLF as LF), and the code in MySQL's executable comments. A text that
/// cannot be split is hashed line by line without trailing white space.
#[must_use]
pub fn fingerprint(text: &str, dialect: Dialect) -> String {
    let digest = statements(text, dialect).unwrap_or_else(|| lines(text));
    hexadecimal(digest.finalize())
}

/// Returns the same hash for one statement of a split text.
#[must_use]
pub fn statement_fingerprint(text: &str, piece: &Piece, dialect: Dialect) -> String {
    let mut digest = Sha256::new();
    match statement(&mut digest, text, piece, dialect) {
        Some(()) => hexadecimal(digest.finalize()),
        None => hexadecimal(lines(piece.sql.slice(text)).finalize()),
    }
}

/// Hash of the statements; `None` if the text cannot be split.
fn statements(text: &str, dialect: Dialect) -> Option<Sha256> {
    let mut digest = Sha256::new();
    for piece in split(text, dialect).ok()? {
        if piece.kind == StatementKind::Nothing {
            continue;
        }
        statement(&mut digest, text, &piece, dialect)?;
    }
    Some(digest)
}

fn statement(digest: &mut Sha256, text: &str, piece: &Piece, dialect: Dialect) -> Option<()> {
    let sql = piece.sql.slice(text);
    for token in Lexer::new(sql, dialect) {
        let token = token.ok()?;
        if !token.kind.is_trivia() {
            part(digest, b't', token.span.slice(sql));
        }
    }
    if let StatementKind::CopyFromStdin { data } = piece.kind {
        part(digest, b'd', data.slice(text));
    }
    part(digest, b';', "");
    Some(())
}

fn lines(text: &str) -> Sha256 {
    let mut digest = Sha256::new();
    for line in text.trim_end().lines() {
        part(&mut digest, b'l', line.trim_end());
    }
    digest
}

/// Adds one part, preceded by its length, so that different lists of parts never result in the same bytes.
fn part(digest: &mut Sha256, tag: u8, text: &str) {
    let length = |text: &str, left_out: usize| ((text.len() - left_out) as u64).to_le_bytes();
    digest.update([tag]);
    // Most tokens have no line terminator, and to look for one costs more than to hash them.
    if !text.as_bytes().contains(&b'\r') {
        digest.update(length(text, 0));
        digest.update(text);
        return;
    }
    digest.update(length(text, text.matches("\r\n").count()));
    for (number, segment) in text.split("\r\n").enumerate() {
        if number > 0 {
            digest.update(b"\n");
        }
        digest.update(segment);
    }
}
