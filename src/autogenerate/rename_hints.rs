//! `-- renamed from: old_name` in a schema file: beside or above a column, above or within the first line of a CREATE.
//! Knows text and the two schemas; what is no rename between these two (any more) is passed over.

use crate::schema::{Key, Kind, Rename, Schema};
use crate::sql::{self, Dialect, Lexer, Piece, Token, TokenKind, unquoted};

const MARK: &str = "renamed from:";

/// The renames that comments of `text` tell, as far as the old name is in `from` and the new one in `to`.
#[must_use]
pub fn rename_hints(text: &str, dialect: Dialect, from: &Schema, to: &Schema) -> Vec<Rename> {
    if !text.contains(MARK) {
        return Vec::new();
    }
    let Ok(pieces) = sql::split(text, dialect) else { return Vec::new() };
    let mut renames: Vec<Rename> = Vec::new();
    for piece in &pieces {
        let hints = Hints::of(text, piece, dialect);
        let table = hints.made.clone();
        for (place, old) in hints.found {
            let rename = match place {
                Place::Whole => whole(&table, &old, from, to),
                Place::Column(new) => column(&table, &renames, &new, &old, from, to),
            };
            renames.extend(rename);
        }
    }
    renames
}

/// What a comment is about.
enum Place {
    /// What the statement makes.
    Whole,
    /// A column of it.
    Column(String),
}

struct Hints {
    /// The name that the statement makes.
    made: String,
    found: Vec<(Place, String)>,
}

impl Hints {
    fn of(text: &str, piece: &Piece, dialect: Dialect) -> Self {
        let code = piece.span.of(text);
        let tokens: Vec<Token> = Lexer::new(code, dialect).map_while(Result::ok).collect();
        let made = made_name(code, &tokens);
        let first_line_end = first_code_line_end(code, &tokens);
        let mut found = Vec::new();
        for (index, token) in tokens.iter().enumerate().filter(|(_, token)| token.kind == TokenKind::Comment) {
            let Some(old) = hint(token.span.of(code)) else { continue };
            let place = if token.span.start < first_line_end {
                Place::Whole
            } else {
                match beside(code, &tokens, index) {
                    Some(name) => Place::Column(name),
                    None => continue,
                }
            };
            found.push((place, old));
        }
        Self { made, found }
    }
}

/// The old name that a comment tells.
fn hint(comment: &str) -> Option<String> {
    let rest = comment.split_once(MARK)?.1.trim();
    let name = rest.split(|c: char| c.is_whitespace() || matches!(c, '*' | ',')).next().unwrap_or_default();
    let name = name.trim_matches(['"', '`']);
    (!name.is_empty()).then(|| name.to_owned())
}

/// The end of the line on which the statement begins.
fn first_code_line_end(code: &str, tokens: &[Token]) -> usize {
    let start = tokens.iter().find(|token| !token.kind.is_trivia()).map_or(code.len(), |token| token.span.start);
    code.get(start..).and_then(|rest| rest.find('\n')).map_or(code.len(), |end| start + end)
}

/// The name in front of the first parenthesis, `AS` or the like: the last identifier of a dotted name behind the kind.
fn made_name(code: &str, tokens: &[Token]) -> String {
    let words = tokens.iter().filter(|token| !token.kind.is_trivia());
    let mut name = String::new();
    let mut after_point = false;
    let skipped = [
        "create",
        "table",
        "if",
        "not",
        "exists",
        "or",
        "replace",
        "temporary",
        "temp",
        "unlogged",
        "view",
        "index",
        "unique",
        "materialized",
        "type",
        "domain",
        "sequence",
        "concurrently",
    ];
    for token in words {
        let word = token.span.of(code);
        match token.kind {
            TokenKind::Word if skipped.contains(&word.to_ascii_lowercase().as_str()) => {}
            TokenKind::Word | TokenKind::QuotedIdentifier if name.is_empty() || after_point => {
                name = unquoted(word);
                after_point = false;
            }
            TokenKind::Operator if word == "." => after_point = true,
            _ => break,
        }
    }
    name
}

/// The first name on the comment's own line in front of it; else the first one behind it.
fn beside(code: &str, tokens: &[Token], comment: usize) -> Option<String> {
    let start = tokens.get(comment)?.span.start;
    let line = code.get(..start).and_then(|before| before.rfind('\n')).map_or(0, |end| end + 1);
    let is_name = |token: &&Token| matches!(token.kind, TokenKind::Word | TokenKind::QuotedIdentifier);
    let before = tokens.iter().filter(|token| token.span.start >= line && token.span.start < start).find(is_name);
    let found = before.or_else(|| tokens.iter().skip(comment).find(is_name))?;
    Some(unquoted(found.span.of(code)))
}

const WHOLES: [Kind; 8] = [
    Kind::Table,
    Kind::View,
    Kind::MaterializedView,
    Kind::Index,
    Kind::Enum,
    Kind::Domain,
    Kind::Composite,
    Kind::Sequence,
];

fn same(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other)
}

fn whole(new: &str, old: &str, from: &Schema, to: &Schema) -> Option<Rename> {
    let old = old.rsplit('.').next().unwrap_or(old);
    WHOLES.into_iter().find_map(|kind| {
        let arrived = to.objects().find(|object| object.key.kind == kind && same(&object.key.name, new))?;
        let before = from.objects().find(|object| {
            object.key.kind == kind && same(&object.key.name, old) && object.key.namespace == arrived.key.namespace
        })?;
        fresh(&before.key, &arrived.key, from, to)
    })
}

fn column(table: &str, renames: &[Rename], new: &str, old: &str, from: &Schema, to: &Schema) -> Option<Rename> {
    let is = |key: &Key, table: &str, name: &str| {
        key.kind == Kind::Column && key.table.as_deref().is_some_and(|of| same(of, table)) && same(&key.name, name)
    };
    let arrived = to.objects().find(|object| is(&object.key, table, new))?;
    // The table itself may be renamed.
    let table_before = renames
        .iter()
        .find(|rename| rename.from.kind == Kind::Table && same(&rename.to, table))
        .map_or(table, |rename| rename.from.name.as_str());
    let before = from.objects().find(|object| is(&object.key, table_before, old))?;
    if from.objects().any(|object| is(&object.key, table_before, new)) {
        return None;
    }
    Some(Rename { from: before.key.clone(), to: arrived.key.name.clone() })
}

/// A rename that was not done yet.
fn fresh(before: &Key, arrived: &Key, from: &Schema, to: &Schema) -> Option<Rename> {
    let is_done = from.get(arrived).is_some() || to.get(before).is_some();
    (!is_done).then(|| Rename { from: before.clone(), to: arrived.name.clone() })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::schema::Object;

    fn schema(tables: &[(&str, &[&str])]) -> Schema {
        let mut schema = Schema::new(Dialect::Sqlite);
        for (table, columns) in tables {
            schema.add(Object::new(Key::new(Kind::Table, None, table)));
            for column in *columns {
                schema.add(Object::new(Key::of_table(Kind::Column, None, table, column)));
            }
        }
        schema
    }

    fn shown(text: &str, from: &Schema, to: &Schema) -> Vec<String> {
        let renames = rename_hints(text, Dialect::Sqlite, from, to);
        renames.iter().map(|rename| format!("{} -> {}", rename.from, rename.to)).collect()
    }

    #[test]
    fn a_comment_beside_or_above_a_column_and_above_a_table() {
        let from = schema(&[("people", &["id", "name", "mail"])]);
        let to = schema(&[("users", &["id", "full_name", "email"])]);
        let text = "-- renamed from: people\nCREATE TABLE users (\n  id INTEGER,\n  full_name TEXT, -- renamed from: name\n  \
                    -- renamed from: mail\n  email TEXT\n);";
        assert_eq!(shown(text, &from, &to), ["people -> users", "people.name -> full_name", "people.mail -> email"]);
    }

    #[test]
    fn what_was_renamed_already_is_passed_over() {
        let now = schema(&[("users", &["id", "email"])]);
        let text =
            "CREATE TABLE users ( -- renamed from: people\n  id INTEGER,\n  email TEXT -- renamed from: mail\n);";
        assert_eq!(shown(text, &now, &now), Vec::<String>::new());
    }
}
