//! Formatted SQL of Liquibase: `--liquibase formatted sql`, `--changeset author:id`, `--rollback`.
//!
//! Source: Liquibase's documentation ("SQL Changelog Format", "Changeset Attributes") and its
//! `FormattedSqlChangeLogParser` with `AbstractFormattedChangeLogParser`.

use super::ChangeSet;
use crate::formats::imported::{Caution, File, ForeignError, Problem};
use crate::formats::script::Notes;

/// Word of the first line.
const HEAD: &str = "liquibase formatted sql";

/// Returns `true` if the file is a changelog.
pub(super) fn is_changelog(text: &str) -> bool {
    text.lines().find(|line| !line.trim().is_empty()).and_then(comment).is_some_and(|words| is_word(words, HEAD))
}

/// Returns the words of a comment line.
fn comment(line: &str) -> Option<&str> {
    line.trim_start().strip_prefix("--").map(str::trim)
}

fn is_word(words: &str, word: &str) -> bool {
    words.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word))
}

/// Returns what follows a directive, which a colon may end.
fn after<'l>(line: &'l str, directive: &str) -> Option<&'l str> {
    let words = comment(line)?;
    if !is_word(words, directive) {
        return None;
    }
    let rest = &words[directive.len()..];
    let ends = rest.is_empty() || rest.starts_with([' ', '\t', ':']);
    ends.then(|| rest.trim_start_matches(':').trim())
}

/// Reads the change sets of a file, in order.
pub(super) fn change_sets(file: &File, notes: &mut Notes<'_>) -> Result<Vec<ChangeSet>, ForeignError> {
    let mut found: Vec<ChangeSet> = Vec::new();
    let mut in_rollback_comment = false;
    let mut is_ignored = false;
    for (index, line) in file.content().split_inclusive('\n').enumerate() {
        if let Some(lines) = after(line, "ignoreLines") {
            is_ignored = lines != "end";
            if lines.parse::<usize>().is_ok() {
                return Err(ForeignError::at(&file.path, index + 1, Problem::Plan(NO_COUNT.to_owned())));
            }
            continue;
        }
        if is_ignored {
            continue;
        }
        if let Some(rest) = after(line, "changeset") {
            let change = head(file, index + 1, rest, notes)?;
            found.push(change);
            continue;
        }
        let Some(change) = found.last_mut() else {
            if after(line, "property").is_some() {
                notes.add(Caution::Setting { setting: comment(line).unwrap_or_default().to_owned() });
            } else if comment(line).is_none() && !line.trim().is_empty() {
                return Err(ForeignError::at(&file.path, index + 1, Problem::Before("--changeset author:id")));
            }
            continue;
        };
        if in_rollback_comment {
            in_rollback_comment = !line.contains("*/");
            let text = line.split("*/").next().unwrap_or_default();
            change.add_rollback(text.trim_end_matches(['\r', '\n']));
        } else if is_rollback_comment(line) {
            in_rollback_comment = !line.contains("*/");
            change.add_rollback("");
        } else if let Some(text) = after(line, "rollback") {
            change.add_rollback(text);
        } else if let Some(text) = after(line, "comment") {
            change.comment.get_or_insert_with(|| text.to_owned());
        } else if ["preconditions", "precondition-sql-check", "property"].iter().any(|word| after(line, word).is_some())
        {
            notes.add(Caution::Setting { setting: comment(line).unwrap_or_default().to_owned() });
        } else if after(line, "validCheckSum").is_none() {
            change.up.push_str(line);
        }
    }
    Ok(found)
}

/// Reason why `--ignoreLines:3` is refused.
const NO_COUNT: &str = "write `--ignoreLines:start` and `--ignoreLines:end` in place of a number of lines";

fn is_rollback_comment(line: &str) -> bool {
    let words = line.trim_start().strip_prefix("/*").map(str::trim_start);
    words
        .and_then(|words| words.strip_prefix("liquibase"))
        .is_some_and(|rest| rest.trim_start().starts_with("rollback"))
}

/// Parses `author:id attribute:value attribute:"a value"`.
fn head(file: &File, line: usize, text: &str, notes: &mut Notes<'_>) -> Result<ChangeSet, ForeignError> {
    let wrong = || ForeignError::at(&file.path, line, Problem::Plan("`--changeset` needs author:id".to_owned()));
    let (author, rest) = word(text).ok_or_else(wrong)?;
    let (id, mut rest) = word(rest.strip_prefix(':').ok_or_else(wrong)?).ok_or_else(wrong)?;
    let mut change = ChangeSet::new(&author, &id, &file.path);
    while !rest.trim().is_empty() {
        let (name, after) = word(rest.trim_start()).ok_or_else(wrong)?;
        let (value, after) = match after.strip_prefix(':') {
            Some(after) => word(after).unwrap_or((String::new(), after)),
            None => (String::new(), after),
        };
        change.set(&name, &value, notes);
        rest = after;
    }
    Ok(change)
}

/// Splits off a word, which ends at a blank or a colon, or is in quotes.
fn word(text: &str) -> Option<(String, &str)> {
    if let Some((quoted, rest)) = text.strip_prefix('"').and_then(|rest| rest.split_once('"')) {
        return Some((quoted.to_owned(), rest));
    }
    let end = text.find(|c: char| c.is_whitespace() || c == ':').unwrap_or(text.len());
    let (word, rest) = text.split_at(end);
    (!word.is_empty()).then(|| (word.to_owned(), rest))
}
