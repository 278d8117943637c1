//! What `information_schema` does not have of a table: partitions, a parser of a full text index, defaults of bytes, and
//! options of MySQL.

use super::super::Draft;
use super::super::text::Word;
use crate::schema::{Attribute, Key, Kind};
use crate::sql::TokenKind;

/// Adds it.
pub(super) fn add(draft: &mut Draft, name: &str, text: &str, tokens: &[Word<'_>]) {
    let has = |first: &str, second: &str| {
        tokens.windows(2).any(|pair| matches!(pair, [one, two] if one.is(first) && two.is(second)))
    };
    if has("PERIOD", "FOR") {
        draft.leave_alone(name, "table with a period");
        return;
    }
    add_byte_defaults(draft, name, text, tokens);
    add_options(draft, name, tokens);
    if let Some(partitions) = partitions(text, tokens)
        && let Some(table) = draft.schema.get_mut(&Draft::table(name))
    {
        table.set(Attribute::PartitionBy, partitions);
    }
    for (index, _) in tokens.iter().enumerate().filter(|(_, token)| token.is("PARSER")) {
        let before = tokens.get(..index).unwrap_or_default();
        let key =
            before.iter().rposition(|token| token.is("KEY")).and_then(|key| before.get(key + 1)).and_then(Word::name);
        let parser = tokens.get(index + 1).and_then(Word::name);
        let (Some(key), Some(parser)) = (key, parser) else { continue };
        if let Some(object) = draft.schema.get_mut(&Key::of_table(Kind::Index, None, name, &key)) {
            object.set(Attribute::Options, vec![format!("parser={parser}")]);
        }
    }
}

/// Splits the tokens within the table's parentheses at its commas, and returns those behind the parentheses too.
fn elements<'a, 't>(tokens: &'a [Word<'t>]) -> (Vec<&'a [Word<'t>]>, &'a [Word<'t>]) {
    let mut depth = 0_usize;
    let (mut elements, mut start) = (Vec::new(), 0);
    for (index, token) in tokens.iter().enumerate() {
        match token.kind {
            TokenKind::Open => depth += 1,
            TokenKind::Close => depth = depth.saturating_sub(1),
            _ => {}
        }
        let is_end = depth == 0 && token.kind == TokenKind::Close;
        if is_end || depth == 1 && token.text == "," {
            elements.extend(tokens.get(start..index));
            start = index + 1;
        } else if depth == 1 && token.kind == TokenKind::Open {
            start = index + 1;
        }
        if is_end {
            return (elements, tokens.get(index + 1..).unwrap_or_default());
        }
    }
    (elements, &[])
}

/// Replaces the defaults of binary columns: `information_schema` has them as hexadecimal digits, and cut off at the first NUL.
fn add_byte_defaults(draft: &mut Draft, table: &str, text: &str, tokens: &[Word<'_>]) {
    for element in elements(tokens).0 {
        let Some(column) = element.first().and_then(Word::name) else { continue };
        let Some(object) = draft.schema.get_mut(&Key::of_table(Kind::Column, None, table, &column)) else { continue };
        let is_binary = object.text(Attribute::Type).is_some_and(|of_type| of_type.contains("binary("));
        let is_literal = object.text(Attribute::Default).is_some_and(|default| !default.starts_with('('));
        let default = element.iter().position(|token| token.is("DEFAULT")).and_then(|place| element.get(place + 1));
        if let Some(default) = default.filter(|_| is_binary && is_literal) {
            object.set(Attribute::Default, literal_at(text, default));
        }
    }
}

/// The literal that begins with the token: `'ab\0'`, `0xFF00`.
fn literal_at<'t>(text: &'t str, token: &Word<'t>) -> &'t str {
    if token.kind == TokenKind::Text {
        return token.text;
    }
    let rest = text.get(token.start..).unwrap_or_default();
    rest.split([',', ' ', '\n']).next().unwrap_or_default()
}

/// Adds what follows the parentheses and is not in `CREATE_OPTIONS`.
fn add_options(draft: &mut Draft, table: &str, tokens: &[Word<'_>]) {
    let (_, tail) = elements(tokens);
    let end = tail.iter().position(|token| token.is("PARTITION")).unwrap_or(tail.len());
    let tail = tail.get(..end).unwrap_or_default();
    let at = |index: usize| tail.get(index);
    for (index, token) in tail.iter().enumerate() {
        if token.is("TABLESPACE") && at(index + 1).and_then(Word::name).is_some() {
            draft.unmodelled("table option", &format!("{table}.TABLESPACE"));
        }
        let size = at(index + 2).filter(|_| token.is("AUTOEXTEND_SIZE"));
        if let (Some(size), Some(object)) = (size, draft.schema.get_mut(&Draft::table(table))) {
            let mut options = object.list(Attribute::Options).to_vec();
            options.push(format!("autoextend_size={}", size.text));
            options.sort();
            object.set(Attribute::Options, options);
        }
    }
}

/// From PARTITION BY to the end, without the engine of each partition (the table's is told already).
fn partitions(text: &str, tokens: &[Word<'_>]) -> Option<String> {
    let mut depth = 0_usize;
    let mut start = None;
    for (index, token) in tokens.iter().enumerate() {
        match token.kind {
            TokenKind::Open => depth += 1,
            TokenKind::Close => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 && token.is("PARTITION") && tokens.get(index + 1).is_some_and(|next| next.is("BY")) {
            start = Some(index);
            break;
        }
    }
    let own = tokens.get(start?..)?;
    let mut written = String::new();
    let mut end = own.first()?.start;
    let mut index = 0;
    while let Some(token) = own.get(index) {
        let is_engine = token.is("ENGINE") && own.get(index + 1).is_some_and(|next| next.text == "=");
        if is_engine || matches!(token.kind, TokenKind::ExecutableOpen | TokenKind::ExecutableClose) {
            written.push_str(text.get(end..token.start)?.trim_end());
            let last = if is_engine { own.get(index + 2)? } else { token };
            end = last.end;
            index += usize::from(is_engine) * 2;
        }
        index += 1;
    }
    written.push_str(text.get(end..)?.trim_end());
    Some(written)
}
