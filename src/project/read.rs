//! Reading of text files: the whole file, or only as much as the header needs.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use crate::diagnostic::{Location, Span};
use crate::revision::{Header, RevisionError, find_conflict};

use super::error::{ProjectError, ProjectResult};

/// Number of bytes read first. Nearly all headers are shorter.
const FIRST_READ: usize = 1024;

/// Returns the text of a whole file.
pub(super) fn read_text(path: &Path) -> ProjectResult<String> {
    let bytes = std::fs::read(path).map_err(|error| unreadable(path, error))?;
    String::from_utf8(bytes).map_err(|error| not_utf8(path, error.as_bytes(), error.utf8_error().valid_up_to()))
}

/// Returns the header of a revision file. `buffer` is reused between calls to avoid allocations.
pub(super) fn header(path: &Path, buffer: &mut Vec<u8>) -> ProjectResult<Header> {
    let mut file = open(path)?;
    read_header(path, &mut file, buffer).map(|(header, _)| header)
}

/// Returns the header of a revision file, and the whole text from the same reading if it is at most `limit` bytes long.
///
/// The text is also `None` if the file after its header cannot be read or is not UTF-8: reading the whole file reports
/// that.
pub(super) fn header_and_text(
    path: &Path,
    buffer: &mut Vec<u8>,
    limit: usize,
) -> ProjectResult<(Header, Option<Box<str>>)> {
    let mut file = open(path)?;
    let (header, mut complete) = read_header(path, &mut file, buffer)?;
    while !complete && buffer.len() <= limit {
        match read_more(&mut file, buffer) {
            Ok(is_end) => complete = is_end,
            Err(_) => return Ok((header, None)),
        }
    }
    if !complete || buffer.len() > limit {
        return Ok((header, None));
    }
    Ok((header, std::str::from_utf8(buffer).ok().map(Box::from)))
}

fn open(path: &Path) -> ProjectResult<File> {
    File::open(path).map_err(|error| unreadable(path, error))
}

/// Reads as much of `file` as its header needs. Returns the header, and `true` if the file is known to end there.
fn read_header(path: &Path, file: &mut File, buffer: &mut Vec<u8>) -> ProjectResult<(Header, bool)> {
    buffer.clear();
    loop {
        let complete = read_more(file, buffer).map_err(|error| unreadable(path, error))?;
        let text = valid(path, buffer, complete)?;
        let header = Header::read(text, complete).map_err(|error| wrong(path, text, error))?;
        if let Some(header) = header {
            return Ok((header, complete));
        }
        if complete {
            // Never happens: a complete text has either a header or an error.
            return Err(wrong(path, text, RevisionError::NoHeader { span: Span::default() }));
        }
    }
}

/// Reads up to twice as much into `buffer`. Returns `true` at the end of the file.
fn read_more(file: &mut File, buffer: &mut Vec<u8>) -> io::Result<bool> {
    let start = buffer.len();
    let end = (start * 2).max(FIRST_READ);
    buffer.resize(end, 0);
    let mut filled = start;
    while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match file.read(rest) {
            Ok(0) => break,
            // A short read nearly always means the end of the file. The first time this is not verified with another
            // read, because the header is usually complete; if not, the caller reads again.
            Ok(count) => {
                filled += count;
                if filled < end && start == 0 {
                    break;
                }
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    buffer.truncate(filled);
    Ok(filled == start || (start > 0 && filled < end))
}

/// Returns the valid UTF-8 at the start of `bytes`. Before the end of the file, an incomplete last character is
/// ignored.
fn valid<'b>(path: &Path, bytes: &'b [u8], complete: bool) -> ProjectResult<&'b str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(text),
        Err(error) if error.error_len().is_none() && !complete => {
            let valid = std::str::from_utf8(&bytes[..error.valid_up_to()]);
            valid.map_err(|error| not_utf8(path, bytes, error.valid_up_to()))
        }
        Err(error) => Err(not_utf8(path, bytes, error.valid_up_to())),
    }
}

pub(super) fn unreadable(path: &Path, error: io::Error) -> Box<ProjectError> {
    Box::new(ProjectError::Read { path: path.to_owned(), error })
}

/// Creates the error for an invalid revision file.
pub(super) fn wrong(path: &Path, text: &str, error: RevisionError) -> Box<ProjectError> {
    let location = Location { path: path.to_owned(), text: text.to_owned(), span: error.span() };
    Box::new(ProjectError::Revision { location, error })
}

/// Returns an error if the text contains git's conflict markers.
pub(super) fn refuse_conflict(path: &Path, text: &str) -> ProjectResult<()> {
    match find_conflict(text, 0) {
        Some(span) => Err(wrong(path, text, RevisionError::GitConflict { span })),
        None => Ok(()),
    }
}

pub(super) fn not_utf8(path: &Path, bytes: &[u8], bad: usize) -> Box<ProjectError> {
    let text = String::from_utf8_lossy(bytes).into_owned();
    // The text before the invalid byte has the same length as the bytes; the replacement character follows it.
    let span = Span::new(bad, bad + char::REPLACEMENT_CHARACTER.len_utf8());
    let location = Location { path: path.to_owned(), text, span };
    Box::new(ProjectError::NotUtf8 { location, byte: bytes.get(bad).copied().unwrap_or_default() })
}
