//! Properties of a table that `information_schema` lacks or describes partially: partitions, the parser of a full-text
//! index, options of MySQL, texts with bytes or characters that it loses.

use super::super::MysqlSchemaBuilder;
use super::super::text::CatalogToken;
use crate::schema::{Attribute, Key, Kind, Object};
use crate::sql::TokenKind;

/// Adds the properties found in the statement.
pub(super) fn add(draft: &mut MysqlSchemaBuilder, name: &str, text: &str, tokens: &[CatalogToken<'_>]) {
    let has = |first: &str, second: &str| {
        tokens.windows(2).any(|pair| matches!(pair, [one, two] if one.is(first) && two.is(second)))
    };
    if has("PERIOD", "FOR") {
        draft.leave_alone(name, "table with a period");
        return;
    }
    let (elements, tail) = elements(tokens);
    for element in &elements {
        replace_lossy_texts(draft, name, text, element);
        add_vector_options(draft, name, element);
    }
    add_options(draft, name, tail);
    if let Some(partitions) = partitions(text, tokens)
        && let Some(table) = draft.schema.get_mut(&MysqlSchemaBuilder::table(name))
    {
        table.set(Attribute::PartitionBy, partitions);
    }
    for (index, _) in tokens.iter().enumerate().filter(|(_, token)| token.is("PARSER")) {
        let before = &tokens[..index];
        let key = before
            .iter()
            .rposition(|token| token.is("KEY"))
            .and_then(|key| before.get(key + 1))
            .and_then(CatalogToken::name);
        let parser = tokens.get(index + 1).and_then(CatalogToken::name);
        let (Some(key), Some(parser)) = (key, parser) else { continue };
        if let Some(object) = draft.schema.get_mut(&Key::of_table(Kind::Index, None, name, &key)) {
            object.set(Attribute::Options, vec![format!("parser={parser}")]);
        }
    }
}

/// Splits the tokens within the table's parentheses at its commas. Also returns the tokens after the parentheses.
fn elements<'a, 't>(tokens: &'a [CatalogToken<'t>]) -> (Vec<&'a [CatalogToken<'t>]>, &'a [CatalogToken<'t>]) {
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
            return (elements, &tokens[index + 1..]);
        }
    }
    (elements, &[])
}

/// Replaces texts of a column or check that `information_schema` has lost. It shows question marks for invalid text and
/// for four-byte characters, and may truncate the defaults of binary columns.
fn replace_lossy_texts(draft: &mut MysqlSchemaBuilder, table: &str, text: &str, element: &[CatalogToken<'_>]) {
    let position = |word: &str| element.iter().position(|token| token.is(word));
    let behind = |word: &str| expression_at(text, element.get(position(word)? + 1..)?);
    let is_check = element.first().is_some_and(|token| token.is("CONSTRAINT"));
    let name = element.get(usize::from(is_check)).and_then(CatalogToken::name).unwrap_or_default();
    let kind = if is_check { Kind::Check } else { Kind::Column };
    let shows_expressions = draft.flavour.shows_all_characters_of_expressions();
    let is_truncated = draft.flavour.truncates_binary_defaults();
    let Some(object) = draft.schema.get_mut(&Key::of_table(kind, None, table, &name)) else { return };
    let is_lossy = |object: &Object, attribute| object.text(attribute).is_some_and(|value| value.contains('?'));
    let is_binary = object.text(Attribute::Type).is_some_and(|of_type| of_type.contains("binary("));
    let is_literal = object.text(Attribute::Default).is_some_and(|default| !default.starts_with('('));
    // Where SHOW CREATE loses characters of expressions, `information_schema` has them.
    if let Some(default) = behind("DEFAULT")
        && (is_lossy(object, Attribute::Default) && (is_literal || shows_expressions)
            || is_truncated && is_binary && is_literal)
    {
        object.set(Attribute::Default, default);
    }
    for (word, attribute) in [("AS", Attribute::Generated), ("CHECK", Attribute::ColumnCheck)] {
        if let Some(inner) = behind(word).and_then(within_parentheses)
            && shows_expressions
            && is_lossy(object, attribute)
        {
            object.set(attribute, inner);
        }
    }
    if let Some(check) = behind("CHECK").filter(|_| shows_expressions && is_lossy(object, Attribute::Definition)) {
        object.set(Attribute::Definition, format!("CHECK {check}"));
    }
}

/// Adds the options of MariaDB's vector index: `` VECTOR KEY `k` (`e`) `m`='6' `distance`='cosine' ``.
fn add_vector_options(draft: &mut MysqlSchemaBuilder, table: &str, element: &[CatalogToken<'_>]) {
    let [first, second, index, rest @ ..] = element else { return };
    let Some(name) = index.name().filter(|_| first.is("VECTOR") && second.is("KEY")) else { return };
    let options: Vec<String> = rest
        .windows(3)
        .filter(|three| three.get(1).is_some_and(|equals| equals.text == "="))
        .filter_map(|three| Some(format!("{}={}", three.first()?.name()?, three.get(2)?.text.trim_matches('\''))))
        .collect();
    if let (Some(object), false) =
        (draft.schema.get_mut(&Key::of_table(Kind::Index, None, table, &name)), options.is_empty())
    {
        object.set(Attribute::Options, options);
    }
}

/// Returns the literal or expression at the start of the tokens, up to the first space outside of parentheses:
/// `'ab\0'`, `0xFF00`, `concat('a', 1)`.
fn expression_at<'t>(text: &'t str, tokens: &[CatalogToken<'t>]) -> Option<&'t str> {
    let first = tokens.first()?;
    let (mut depth, mut end) = (0_usize, first.start);
    for token in tokens {
        if depth == 0 && token.start > end {
            break;
        }
        match token.kind {
            TokenKind::Open => depth += 1,
            TokenKind::Close => depth = depth.saturating_sub(1),
            _ => {}
        }
        end = token.end;
    }
    text.get(first.start..end)
}

fn within_parentheses(text: &str) -> Option<&str> {
    text.strip_prefix('(')?.strip_suffix(')')
}

/// Adds options after the parentheses that are not in `CREATE_OPTIONS`.
fn add_options(draft: &mut MysqlSchemaBuilder, table: &str, tail: &[CatalogToken<'_>]) {
    let end = tail.iter().position(|token| token.is("PARTITION")).unwrap_or(tail.len());
    let tail = &tail[..end];
    let at = |index: usize| tail.get(index);
    for (index, token) in tail.iter().enumerate() {
        if token.is("TABLESPACE") && at(index + 1).and_then(CatalogToken::name).is_some() {
            draft.unmodelled("table option", &format!("{table}.TABLESPACE"));
        }
        if (token.is("DATA") || token.is("INDEX")) && at(index + 1).is_some_and(|next| next.is("DIRECTORY")) {
            draft.unmodelled("table option", &format!("{table}.{} DIRECTORY", token.text));
        }
        let size = at(index + 2).filter(|_| token.is("AUTOEXTEND_SIZE"));
        if let (Some(size), Some(object)) = (size, draft.schema.get_mut(&MysqlSchemaBuilder::table(table))) {
            let mut options = object.list(Attribute::Options).to_vec();
            options.push(format!("autoextend_size={}", size.text));
            options.sort();
            object.set(Attribute::Options, options);
        }
    }
}

/// Returns the text from PARTITION BY to the end, without the engine of each partition (which is the table's).
fn partitions(text: &str, tokens: &[CatalogToken<'_>]) -> Option<String> {
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
