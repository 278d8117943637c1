//! Columns and constraints, in `CREATE TABLE` and in actions of `ALTER TABLE`.

use super::reader::Reader;
use crate::ddl::statement::{ConstraintDefinition, ConstraintKind, DdlColumn, ForeignTarget, GeneratedColumn};
use crate::sql::TokenKind;

/// Keywords that show that a column has no type, which SQLite allows.
const INSTEAD_OF_TYPE: [&str; 10] =
    ["NOT", "NULL", "DEFAULT", "PRIMARY", "UNIQUE", "CHECK", "REFERENCES", "CONSTRAINT", "GENERATED", "COLLATE"];

/// Keywords that begin a property of a column: they end its type, and the expression of its default.
const PROPERTIES: [&str; 38] = [
    "NOT",
    "NULL",
    "DEFAULT",
    "PRIMARY",
    "UNIQUE",
    "CHECK",
    "REFERENCES",
    "CONSTRAINT",
    "COLLATE",
    "GENERATED",
    "AS",
    "AUTO_INCREMENT",
    "AUTOINCREMENT",
    "COMMENT",
    "FIRST",
    "AFTER",
    "ON",
    "KEY",
    "STORAGE",
    "COMPRESSION",
    "INVISIBLE",
    "VISIBLE",
    "CHARSET",
    "DEFERRABLE",
    "USING",
    "VIRTUAL",
    "STORED",
    "PERSISTENT",
    "COLUMN_FORMAT",
    "ENGINE_ATTRIBUTE",
    "ALWAYS",
    "IDENTITY",
    "INITIALLY",
    "CASCADE",
    "RESTRICT",
    "ASCII",
    "UNICODE",
    "BINARY",
];

/// Parses a column: its name, its type and everything behind it. Constraints that belong to it are returned beside it.
pub(super) fn column(reader: &mut Reader<'_>) -> Option<(DdlColumn, Vec<ConstraintDefinition>)> {
    let name = reader.identifier()?;
    column_named(name, reader)
}

/// Parses what follows the name of a column.
pub(super) fn column_named(name: String, reader: &mut Reader<'_>) -> Option<(DdlColumn, Vec<ConstraintDefinition>)> {
    let (written_type, data_type) = data_type(reader);
    let is_serial =
        matches!(written_type.as_str(), "serial" | "bigserial" | "smallserial" | "serial4" | "serial8" | "serial2");
    let mut column = DdlColumn {
        name,
        data_type,
        is_not_null: is_serial,
        is_numbered: is_serial,
        written_type,
        ..DdlColumn::default()
    };
    let mut constraints = Vec::new();
    while !reader.is_at_end() {
        let name = if reader.take(&["CONSTRAINT"]) { reader.identifier_unless(&KINDS) } else { None };
        if !property(&mut column, &mut constraints, reader, name) {
            reader.skip();
        }
    }
    Some((column, constraints))
}

const KINDS: [&str; 6] = ["CHECK", "PRIMARY", "UNIQUE", "REFERENCES", "NOT", "FOREIGN"];

impl Reader<'_> {
    /// Consumes an identifier unless it is one of the keywords: `CONSTRAINT CHECK (...)` has no name in MySQL.
    fn identifier_unless(&mut self, keywords: &[&str]) -> Option<String> {
        if self.is_one(keywords) { None } else { self.identifier() }
    }
}

/// Parses one property of a column. Returns `false` if none comes next.
fn property(
    column: &mut DdlColumn,
    constraints: &mut Vec<ConstraintDefinition>,
    reader: &mut Reader<'_>,
    name: Option<String>,
) -> bool {
    let mut own = |kind, not_valid| {
        let columns = vec![column.name.clone()];
        let constraint = ConstraintDefinition {
            name: name.clone(),
            kind,
            columns,
            not_valid,
            using_index: None,
            is_of_column: true,
        };
        constraints.push(constraint);
    };
    if reader.take(&["NOT", "NULL"]) {
        column.is_not_null = true;
    } else if reader.take(&["NULL"]) {
        column.is_not_null = false;
    } else if reader.take(&["DEFAULT"]) {
        column.default = Some(expression(reader));
    } else if reader.take(&["PRIMARY", "KEY"]) || reader.is("KEY") && reader.take(&["KEY"]) {
        own(ConstraintKind::PrimaryKey, false);
        column.is_not_null = true;
    } else if reader.take(&["UNIQUE"]) {
        reader.take(&["KEY"]);
        own(ConstraintKind::Unique, false);
    } else if reader.take(&["CHECK"]) {
        let text = reader.group().map(|inner| inner.plain()).unwrap_or_default();
        own(ConstraintKind::Check(text), not_valid(reader));
    } else if reader.take(&["REFERENCES"]) {
        let Some(reference) = reference(reader) else { return false };
        own(ConstraintKind::ForeignKey(reference), not_valid(reader));
    } else if reader.take(&["GENERATED"]) {
        let by_default = reader.take(&["BY", "DEFAULT"]);
        reader.take(&["ALWAYS"]);
        reader.take(&["AS"]);
        if by_default || reader.take(&["IDENTITY"]) {
            column.is_numbered = true;
            column.is_not_null = true;
        } else {
            generated(column, reader);
        }
    } else if reader.is("AS") && reader.clone().take_and_group("AS") {
        reader.take(&["AS"]);
        generated(column, reader);
    } else if reader.take_one(&["AUTO_INCREMENT", "AUTOINCREMENT"]) {
        column.is_numbered = true;
    } else if reader.take_one(&["FIRST", "AFTER"]) {
        column.has_place = true;
        reader.identifier();
    } else if reader.take(&["CHARACTER", "SET"]) || reader.take(&["CHARSET"]) {
        reader.sign("=");
        column.charset = reader.next().map(|word| word.text.trim_matches('\'').to_lowercase());
    } else if reader.take(&["COLLATE"]) {
        column.collation = reader.next().map(|word| word.text.trim_matches(['\'', '"']).to_lowercase());
    } else if reader.take(&["ON"]) || reader.take(&["COMMENT"]) {
        reader.skip();
    } else {
        return false;
    }
    true
}

impl Reader<'_> {
    fn take_and_group(&mut self, keyword: &str) -> bool {
        self.take(&[keyword]) && self.peek().is_some_and(|word| word.kind == TokenKind::Open)
    }
}

fn generated(column: &mut DdlColumn, reader: &mut Reader<'_>) {
    let expression = reader.group().map(|inner| format!("({})", inner.plain())).unwrap_or_default();
    // PostgreSQL had stored columns only before 18, where the word is required; MySQL's and SQLite's default is virtual.
    let is_stored = reader.take_one(&["STORED", "PERSISTENT"]);
    reader.take(&["VIRTUAL"]);
    column.generated = Some(GeneratedColumn { expression, is_stored });
}

/// Consumes `NOT VALID`, `NOT ENFORCED` and properties of a foreign key before them.
fn not_valid(reader: &mut Reader<'_>) -> bool {
    let mut ahead = reader.clone();
    loop {
        if ahead.take(&["NOT", "VALID"]) || ahead.take(&["NOT", "ENFORCED"]) {
            *reader = ahead;
            return true;
        }
        let skipped = ahead.take(&["ON", "DELETE"]) || ahead.take(&["ON", "UPDATE"]);
        if skipped {
            if !(ahead.take(&["NO", "ACTION"]) || ahead.take(&["SET", "NULL"]) || ahead.take(&["SET", "DEFAULT"])) {
                ahead.skip();
            }
        } else if !(ahead.take(&["NOT", "DEFERRABLE"])
            || ahead.take_one(&["DEFERRABLE", "ENFORCED"])
            || ahead.take(&["INITIALLY", "DEFERRED"])
            || ahead.take(&["INITIALLY", "IMMEDIATE"])
            || ahead.take(&["MATCH", "FULL"])
            || ahead.take(&["MATCH", "SIMPLE"])
            || ahead.take(&["NO", "INHERIT"]))
        {
            *reader = ahead;
            return false;
        }
    }
}

fn reference(reader: &mut Reader<'_>) -> Option<ForeignTarget> {
    let table = reader.name()?;
    let columns = reader.group().map(|inner| inner.key_columns()).unwrap_or_default();
    Some(ForeignTarget { table, columns, changes_rows: changes_rows(reader.clone()) })
}

/// Returns `true` if one of the actions behind the referenced columns changes rows.
fn changes_rows(mut ahead: Reader<'_>) -> bool {
    if ahead.take(&["MATCH"]) {
        ahead.skip();
    }
    while ahead.take(&["ON", "DELETE"]) || ahead.take(&["ON", "UPDATE"]) {
        if ahead.is_one(&["CASCADE", "SET"]) {
            return true;
        }
        // RESTRICT, or NO ACTION.
        let has_two_words = ahead.is("NO");
        ahead.skip();
        if has_two_words {
            ahead.skip();
        }
    }
    false
}

/// Consumes a type. Returns it as written, in lower case, and in the dialect's canonical spelling.
pub(super) fn data_type(reader: &mut Reader<'_>) -> (String, String) {
    let start = reader.clone();
    let mut is_first = true;
    while let Some(word) = reader.peek() {
        let is_word = matches!(word.kind, TokenKind::Word | TokenKind::QuotedIdentifier);
        let is_keyword = word.kind == TokenKind::Word
            && if is_first { reader.is_one(&INSTEAD_OF_TYPE) } else { reader.is_one(&PROPERTIES) };
        let is_charset = reader.clone().take(&["CHARACTER", "SET"]);
        let is_sign = matches!(word.text, "." | "[" | "]" | "[]");
        let is_part = is_word || is_sign || matches!(word.kind, TokenKind::Open | TokenKind::Number);
        if is_keyword || is_charset || !is_part {
            break;
        }
        is_first = false;
        reader.skip();
    }
    let written = start.until(reader).plain();
    let canonical = reader.dialect.change_rules().data_type(&written);
    (written, canonical)
}

/// Consumes an expression behind `DEFAULT` and returns it as written: a group, or tokens up to the next property.
fn expression(reader: &mut Reader<'_>) -> String {
    let start = reader.clone();
    reader.skip();
    while !reader.is_at_end() && !reader.is_one(&PROPERTIES) {
        reader.skip();
    }
    start.until(reader).text().to_owned()
}

/// Parses a constraint of a table: `CONSTRAINT c CHECK (...)`. Returns `None` if none comes next.
pub(super) fn constraint(reader: &mut Reader<'_>) -> Option<ConstraintDefinition> {
    let mut ahead = reader.clone();
    let name = if ahead.take(&["CONSTRAINT"]) { ahead.identifier_unless(&KINDS) } else { None };
    let mut found = ConstraintDefinition {
        name,
        kind: ConstraintKind::Exclusion,
        columns: Vec::new(),
        not_valid: false,
        using_index: None,
        is_of_column: false,
    };
    if ahead.take(&["PRIMARY", "KEY"]) {
        found.kind = ConstraintKind::PrimaryKey;
        key(&mut found, &mut ahead);
    } else if ahead.take(&["UNIQUE"]) {
        ahead.take_one(&["KEY", "INDEX"]);
        found.kind = ConstraintKind::Unique;
        ahead.take(&["NULLS", "NOT", "DISTINCT"]);
        key(&mut found, &mut ahead);
    } else if ahead.take(&["CHECK"]) {
        let text = ahead.group()?.plain();
        found.kind = ConstraintKind::Check(text);
        found.not_valid = not_valid(&mut ahead);
    } else if ahead.take(&["FOREIGN", "KEY"]) {
        ahead.condition();
        if ahead.peek().is_some_and(|word| word.kind != TokenKind::Open) {
            let index = ahead.identifier();
            found.name = found.name.or(index);
        }
        found.columns = ahead.group()?.key_columns();
        if !ahead.take(&["REFERENCES"]) {
            return None;
        }
        found.kind = ConstraintKind::ForeignKey(reference(&mut ahead)?);
        found.not_valid = not_valid(&mut ahead);
    } else if ahead.take(&["NOT", "NULL"]) {
        found.kind = ConstraintKind::NotNull;
        found.columns.extend(ahead.identifier());
        found.not_valid = not_valid(&mut ahead);
    } else if !ahead.take(&["EXCLUDE"]) {
        return None;
    }
    *reader = ahead;
    Some(found)
}

fn key(found: &mut ConstraintDefinition, reader: &mut Reader<'_>) {
    if reader.take(&["USING", "INDEX"]) {
        found.using_index = reader.identifier();
        return;
    }
    if reader.take(&["USING"]) {
        reader.skip();
    }
    if reader.peek().is_some_and(|word| word.kind != TokenKind::Open) {
        let name = reader.identifier();
        found.name = found.name.take().or(name);
        if reader.take(&["USING"]) {
            reader.skip();
        }
    }
    found.columns = reader.group().map(|inner| inner.key_columns()).unwrap_or_default();
}
