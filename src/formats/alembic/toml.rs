//! Parser for `[tool.alembic]` of a `pyproject.toml`: strings, lists of strings, booleans, numbers, and tables of
//! hooks. Supports no more of TOML (<https://toml.io/en/v1.0.0>); skips the rest of the file.

use std::collections::BTreeMap;

use super::literal::{Literal, literal};
use super::token::{PythonLexer, PythonToken};

/// Value of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum TomlValue {
    Text(String),
    Texts(Vec<String>),
    Bool(bool),
    Number(String),
}

/// Keys of a table with their values.
pub(super) type TomlTable = BTreeMap<String, TomlValue>;

/// Returns the table `[tool.alembic]` and each `[[tool.alembic.post_write_hooks]]`, or `None` if the file has no
/// `[tool.alembic]`.
pub(super) fn read(text: &str) -> Option<(TomlTable, Vec<TomlTable>)> {
    let (mut main, mut hooks): (Option<TomlTable>, Vec<TomlTable>) = (None, Vec::new());
    let mut place = TomlSection::Elsewhere;
    let mut lexer = PythonLexer::new(text, if text.starts_with('\u{feff}') { 3 } else { 0 });
    while !lexer.at_end() {
        lexer.indent();
        if lexer.skip_blank_line() {
            continue;
        }
        let line = text.get(lexer.at..).and_then(|rest| rest.lines().next()).unwrap_or_default();
        if line.starts_with('[') {
            place = TomlSection::of(line);
            match place {
                TomlSection::Main => _ = main.get_or_insert_default(),
                TomlSection::Hook => hooks.push(TomlTable::new()),
                TomlSection::Elsewhere => {}
            }
        } else if let (Some(table), Some((key, at))) = (place.table(&mut main, &mut hooks), key(line, lexer.at))
            && let Some(value) = value(&mut PythonLexer::new(text, at))
        {
            table.insert(key, value);
        }
        if lexer.skip_line().is_err() {
            break;
        }
    }
    main.map(|main| (main, hooks))
}

#[derive(Clone, Copy)]
enum TomlSection {
    Main,
    Hook,
    Elsewhere,
}

impl TomlSection {
    fn of(line: &str) -> Self {
        let name: String =
            line.split(']').next().unwrap_or_default().chars().filter(|c| !" \t\"'".contains(*c)).collect();
        match name.as_str() {
            "[tool.alembic" => Self::Main,
            "[[tool.alembic.post_write_hooks" => Self::Hook,
            _ => Self::Elsewhere,
        }
    }

    fn table<'t>(self, main: &'t mut Option<TomlTable>, hooks: &'t mut [TomlTable]) -> Option<&'t mut TomlTable> {
        match self {
            Self::Main => main.as_mut(),
            Self::Hook => hooks.last_mut(),
            Self::Elsewhere => None,
        }
    }
}

/// Returns the key of a line and the offset of its value.
fn key(line: &str, start: usize) -> Option<(String, usize)> {
    let (key, _) = line.split_once('=')?;
    Some((key.trim().trim_matches(['"', '\'']).to_owned(), start + key.len() + 1))
}

fn value(lexer: &mut PythonLexer<'_>) -> Option<TomlValue> {
    match lexer.next().ok()? {
        PythonToken::Text(span) => Some(TomlValue::Text(string(span.of(lexer.text)))),
        PythonToken::Name(span) => match span.of(lexer.text) {
            "true" => Some(TomlValue::Bool(true)),
            "false" => Some(TomlValue::Bool(false)),
            _ => None,
        },
        PythonToken::Number(span) => Some(TomlValue::Number(span.of(lexer.text).to_owned())),
        PythonToken::Operator(b'[', _) => {
            let mut texts = Vec::new();
            loop {
                match lexer.next().ok()? {
                    PythonToken::Text(span) => texts.push(string(span.of(lexer.text))),
                    token if token.is(b']') => return Some(TomlValue::Texts(texts)),
                    token if token.is(b',') => {}
                    _ => return None,
                }
            }
        }
        _ => None,
    }
}

/// Returns the value of a string. `'...'` has no escape sequences; those of `"..."` are nearly the same as in Python.
fn string(source: &str) -> String {
    let raw = if source.starts_with('\'') { format!("r{source}") } else { source.to_owned() };
    match literal(&raw) {
        Literal::Text(text) => text,
        _ => String::new(),
    }
}
