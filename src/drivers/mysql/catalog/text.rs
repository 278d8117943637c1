//! Makes the server's texts independent of the database's name, token by token.

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostic::Span;
use crate::schema::{Key, Kind};
use crate::sql::{Dialect, Lexer, TokenKind, quote_identifier};

/// Token other than white space and comments, with its position in the text.
#[derive(Debug, Clone, Copy)]
pub(super) struct CatalogToken<'t> {
    pub(super) kind: TokenKind,
    pub(super) text: &'t str,
    pub(super) start: usize,
    pub(super) end: usize,
}

impl CatalogToken<'_> {
    pub(super) fn is(&self, word: &str) -> bool {
        self.kind == TokenKind::Word && self.text.eq_ignore_ascii_case(word)
    }

    /// Returns the name of a token in backquotes.
    pub(super) fn name(&self) -> Option<String> {
        let inner = self.text.strip_prefix('`')?.strip_suffix('`')?;
        Some(inner.replace("``", "`"))
    }
}

pub(super) fn words(text: &str) -> Vec<CatalogToken<'_>> {
    tokens(text).collect()
}

/// Returns the tokens up to the first one that cannot be read, as they are needed.
pub(super) fn tokens(text: &str) -> impl Iterator<Item = CatalogToken<'_>> {
    Lexer::new(text, Dialect::MYSQL).map_while(Result::ok).filter(|token| !token.kind.is_trivia()).map(|token| {
        CatalogToken { kind: token.kind, text: token.span.slice(text), start: token.span.start, end: token.span.end }
    })
}

/// Removes the database's name from qualified names in `text`. Keeps a name that could be an alias.
pub(super) fn without_database(text: &str, database: &str, relations: &BTreeMap<String, Kind>) -> String {
    let quoted = quote_identifier(database, Dialect::MYSQL);
    if !text.contains(&quoted) {
        return text.to_owned();
    }
    let words = words(text);
    let mut written = String::with_capacity(text.len());
    let mut end = 0;
    for (index, word) in words.iter().enumerate() {
        let at = |offset: usize| words.get(index + offset);
        let is_point = |offset: usize| at(offset).is_some_and(|word| word.text == ".");
        let before = index.checked_sub(1).and_then(|before| words.get(before));
        if word.text != quoted || !is_point(1) || before.is_some_and(|before| before.text == ".") {
            continue;
        }
        let behind_from = before.is_some_and(|before| stands_before_a_table(before));
        let is_relation = at(2).and_then(CatalogToken::name).is_some_and(|name| relations.contains_key(&name));
        let calls = at(3).is_some_and(|word| word.kind == TokenKind::Open);
        if is_point(3) || calls || (behind_from && is_relation) {
            written.push_str(Span::new(end, word.start).slice(text));
            end = at(1).map_or(word.end, |point| point.end);
        }
    }
    written.push_str(Span::new(end, text.len()).slice(text));
    written
}

fn stands_before_a_table(word: &CatalogToken<'_>) -> bool {
    word.kind == TokenKind::Open || ["from", "join", "straight_join"].iter().any(|name| word.is(name))
}

/// Returns the tables, views and sequences that a view's text reads, and the functions it may call.
pub(super) fn read_by(text: &str, relations: &BTreeMap<String, Kind>, functions: &BTreeSet<String>) -> BTreeSet<Key> {
    let words = words(text);
    let mut found = BTreeSet::new();
    for (index, word) in words.iter().enumerate() {
        let Some(name) = word.name() else { continue };
        let before = index.checked_sub(1).and_then(|before| words.get(before));
        let calls = words.get(index + 1).is_some_and(|next| next.kind == TokenKind::Open);
        if calls && functions.contains(&name) {
            found.insert(Key::new(Kind::Function, None, &name));
        }
        if before.is_some_and(stands_before_a_table)
            && let Some(kind) = relations.get(&name)
        {
            found.insert(Key::new(*kind, None, &name));
        }
    }
    found
}

/// Returns the sequences named in an expression.
pub(super) fn sequences(text: &str, relations: &BTreeMap<String, Kind>) -> BTreeSet<Key> {
    let names = words(text).into_iter().filter_map(|word| word.name());
    names
        .filter(|name| relations.get(name) == Some(&Kind::Sequence))
        .map(|name| Key::new(Kind::Sequence, None, &name))
        .collect()
}

/// Formats `name@host` as SQL; a role has no host.
pub(super) fn definer(of: &str) -> String {
    let quoted = |name: &str| quote_identifier(name, Dialect::MYSQL);
    match of.rsplit_once('@') {
        Some((name, host)) if !host.is_empty() => format!("{}@{}", quoted(name), quoted(host)),
        Some((name, _)) => quoted(name),
        None => quoted(of),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn relations() -> BTreeMap<String, Kind> {
        ["t", "x"].into_iter().map(|name| (name.to_owned(), Kind::Table)).collect()
    }

    #[test]
    fn the_databases_name_goes_and_an_alias_of_that_name_stays() {
        let text =
            "select `x`.`a`,`x`.`t`.`b`,`x`.`f`(`x`.`a`) from (`x`.`t` join `x`.`x`) where `x`.`t`.`a` = '`x`.`t`'";
        let wanted = "select `x`.`a`,`t`.`b`,`f`(`x`.`a`) from (`t` join `x`) where `t`.`a` = '`x`.`t`'";
        assert_eq!(without_database(text, "x", &relations()), wanted);
    }

    #[test]
    fn a_view_reads_what_stands_behind_from_and_join() {
        let text = "AS select `t`.`x` AS `x` from (`t` `a` join `y` on(`f`(`t`.`x`)))";
        let functions = ["f".to_owned()].into();
        let found: Vec<_> = read_by(text, &relations(), &functions).into_iter().map(|key| key.name).collect();
        assert_eq!(found, ["t", "f"]);
    }

    #[test]
    fn a_definer_is_quoted() {
        assert_eq!(definer("a@b@%"), "`a@b`@`%`");
        assert_eq!(definer("role@"), "`role`");
    }
}
