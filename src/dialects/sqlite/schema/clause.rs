//! Parser for the clauses of CREATE TABLE (<https://www.sqlite.org/syntax/column-constraint.html>,
//! <https://www.sqlite.org/syntax/table-constraint.html>).

use std::collections::BTreeSet;

use super::table::{Column, ParsedTable, TableConstraint, Use, columns_read};
use super::tokens::{NameToken, Spelling, SqliteToken, TokenCursor, comma_parts};
use super::words::{self, folded, is_reserved};
use crate::diagnostic::Span;
use crate::schema::Kind;
use crate::sql::{Dialect, TokenKind, quote_literal};

/// Context of a clause.
pub(super) struct ClauseContext<'c> {
    pub(super) sql: &'c str,
    pub(super) spelling: Spelling<'c>,
    /// Folded name of the table.
    pub(super) own: &'c str,
}

/// Parses a column definition with its constraints.
pub(super) fn column(
    cursor: &mut TokenCursor<'_, '_>,
    context: &ClauseContext<'_>,
    table: &mut ParsedTable,
) -> Option<()> {
    let name = cursor.name()?;
    table.use_column(&name);
    let mut column = Column { name: name.text.clone(), of_type: of_type(cursor, context)?, ..Column::default() };
    let mut given = None;
    while cursor.peek().is_some_and(|token| !token.is_comma()) {
        if cursor.eat("CONSTRAINT") {
            given = Some(cursor.name()?.text);
            continue;
        }
        let at = At { column: &name, place: table.columns.len(), name: given.take() };
        of_column(cursor, context, table, &mut column, at)?;
    }
    column.source = context.sql.get(name.span.start..cursor.end)?.to_owned();
    table.columns.push(column);
    Some(())
}

/// Parses a type name: `VARCHAR(80)`, in upper case.
fn of_type(cursor: &mut TokenCursor<'_, '_>, context: &ClauseContext<'_>) -> Option<String> {
    const ENDS: [&str; 11] = [
        "CONSTRAINT",
        "PRIMARY",
        "NOT",
        "NULL",
        "UNIQUE",
        "CHECK",
        "DEFAULT",
        "COLLATE",
        "REFERENCES",
        "GENERATED",
        "AS",
    ];
    let mut words = Vec::new();
    while let Some(token) = cursor.peek() {
        let is_word = token.name().is_some() && !ENDS.iter().any(|word| token.is(word));
        if !is_word {
            break;
        }
        words.push(token.name()?.to_ascii_uppercase());
        cursor.take();
    }
    let numbers = if !words.is_empty() && cursor.is_at_group() {
        format!("({})", context.spelling.spell(cursor.group()?).replace(", ", ","))
    } else {
        String::new()
    };
    Some(words.join(" ") + &numbers)
}

/// Column of a column constraint, and the constraint's name.
struct At<'c> {
    column: &'c NameToken,
    place: usize,
    name: Option<String>,
}

fn of_column(
    cursor: &mut TokenCursor<'_, '_>,
    context: &ClauseContext<'_>,
    table: &mut ParsedTable,
    column: &mut Column,
    at: At<'_>,
) -> Option<()> {
    let mut named = |what: &str| {
        column.extras.extend(at.name.as_deref().map(|name| format!("CONSTRAINT {} {what}", words::name(name))))
    };
    if cursor.eat("DEFAULT") {
        named("DEFAULT");
        column.default = Some(default(cursor, context)?);
    } else if cursor.eat("NULL") {
        conflict(cursor)?;
    } else if cursor.eat("NOT") {
        cursor.expect("NULL")?;
        let conflict = conflict(cursor)?;
        named("NOT NULL");
        column.extras.extend((!conflict.is_empty()).then(|| format!("NOT NULL{conflict}")));
        column.is_not_null = true;
    } else if cursor.eat("COLLATE") {
        column.collation = Some(cursor.name()?.text.to_ascii_uppercase());
    } else if cursor.is("GENERATED") || cursor.is("AS") {
        generated(cursor, context, table, column)?;
    } else {
        let constraint = own_constraint(cursor, context, table, column, at)?;
        table.constraints.push(constraint);
    }
    Some(())
}

/// Parses a column constraint that could also be a table constraint.
fn own_constraint(
    cursor: &mut TokenCursor<'_, '_>,
    context: &ClauseContext<'_>,
    table: &mut ParsedTable,
    column: &mut Column,
    at: At<'_>,
) -> Option<TableConstraint> {
    let columns = vec![at.column.text.clone()];
    let listed = words::name(&folded(&at.column.text));
    let place = Some(at.place);
    if cursor.eat("PRIMARY") {
        cursor.expect("KEY")?;
        let descends = !cursor.eat("ASC") && cursor.eat("DESC");
        let conflict = conflict(cursor)?;
        column.is_auto = cursor.eat("AUTOINCREMENT");
        // INTEGER PRIMARY KEY DESC is not an alias of the rowid, PRIMARY KEY (a DESC) is. The spellings must differ.
        let direction = if descends { " DESC" } else { "" };
        let definition = format!("PRIMARY KEY{direction} ({listed}){conflict}");
        Some(TableConstraint { columns, ..TableConstraint::new(Kind::PrimaryKey, at.name, place, definition) })
    } else if cursor.eat("UNIQUE") {
        let definition = format!("UNIQUE ({listed}){}", conflict(cursor)?);
        Some(TableConstraint { columns, ..TableConstraint::new(Kind::Unique, at.name, place, definition) })
    } else if cursor.eat("CHECK") {
        check(cursor, context, table, at.name, place)
    } else if cursor.is("REFERENCES") {
        references(
            cursor,
            context,
            table,
            TableConstraint { columns, ..TableConstraint::new(Kind::ForeignKey, at.name, place, String::new()) },
        )
    } else {
        None
    }
}

/// Parses a table constraint.
pub(super) fn of_table(
    cursor: &mut TokenCursor<'_, '_>,
    context: &ClauseContext<'_>,
    table: &mut ParsedTable,
) -> Option<()> {
    let mut name = None;
    while cursor.eat("CONSTRAINT") {
        name = Some(cursor.name()?.text);
    }
    let constraint = if cursor.eat("CHECK") {
        check(cursor, context, table, name, None)?
    } else if cursor.eat("FOREIGN") {
        cursor.expect("KEY")?;
        let columns = plain_names(cursor.group()?)?;
        columns.iter().for_each(|column| table.use_column(column));
        let columns = columns.into_iter().map(|column| column.text).collect();
        references(
            cursor,
            context,
            table,
            TableConstraint { columns, ..TableConstraint::new(Kind::ForeignKey, name, None, String::new()) },
        )?
    } else {
        key(cursor, context, table, name)?
    };
    table.constraints.push(constraint);
    Some(())
}

/// Parses a PRIMARY KEY or UNIQUE table constraint.
fn key(
    cursor: &mut TokenCursor<'_, '_>,
    context: &ClauseContext<'_>,
    table: &mut ParsedTable,
    name: Option<String>,
) -> Option<TableConstraint> {
    let (kind, words) = if cursor.eat("PRIMARY") {
        cursor.expect("KEY")?;
        (Kind::PrimaryKey, "PRIMARY KEY")
    } else {
        cursor.expect("UNIQUE")?;
        (Kind::Unique, "UNIQUE")
    };
    let mut columns = Vec::new();
    let mut spelled = Vec::new();
    for part in comma_parts(cursor.group()?) {
        let (part, is_auto) = without_last(part, "AUTOINCREMENT");
        let (part, _) = without_last(part, "ASC");
        let first = TokenCursor::new(part).name()?;
        let rest = context.spelling.spell(part.get(1..)?);
        spelled.push(format!("{} {rest}", words::name(&folded(&first.text))).trim_end().to_owned());
        table.use_column(&first);
        if is_auto {
            let place = table.column_index(&first.text)?;
            table.columns.get_mut(place)?.is_auto = true;
        }
        columns.push(first.text);
    }
    let definition = format!("{words} ({}){}", spelled.join(", "), conflict(cursor)?);
    Some(TableConstraint { columns, ..TableConstraint::new(kind, name, None, definition) })
}

fn check(
    cursor: &mut TokenCursor<'_, '_>,
    context: &ClauseContext<'_>,
    table: &mut ParsedTable,
    name: Option<String>,
    place: Option<usize>,
) -> Option<TableConstraint> {
    let expression = cursor.group()?;
    conflict(cursor)?;
    let uses = columns_read(expression, context.spelling.names, context.own);
    let reads = columns_of(&uses);
    table.uses.extend(uses);
    let definition = format!("CHECK ({})", context.spelling.spell(expression));
    Some(TableConstraint { reads, ..TableConstraint::new(Kind::Check, name, place, definition) })
}

fn generated(
    cursor: &mut TokenCursor<'_, '_>,
    context: &ClauseContext<'_>,
    table: &mut ParsedTable,
    column: &mut Column,
) -> Option<()> {
    if cursor.eat("GENERATED") {
        cursor.expect("ALWAYS")?;
    }
    cursor.expect("AS")?;
    let expression = cursor.group()?;
    let uses = columns_read(expression, context.spelling.names, context.own);
    column.reads = columns_of(&uses);
    table.uses.extend(uses);
    column.generated = Some(context.spelling.spell(expression));
    column.is_stored = cursor.eat("STORED");
    cursor.eat("VIRTUAL");
    Some(())
}

fn columns_of(uses: &[(Span, Use)]) -> BTreeSet<String> {
    uses.iter().filter_map(|(_, used)| if let Use::Column(name) = used { Some(name.clone()) } else { None }).collect()
}

/// Parses `REFERENCES t (a) ON DELETE ... DEFERRABLE ...`, and leaves out clauses that state the default.
fn references(
    cursor: &mut TokenCursor<'_, '_>,
    context: &ClauseContext<'_>,
    table: &mut ParsedTable,
    key: TableConstraint,
) -> Option<TableConstraint> {
    cursor.expect("REFERENCES")?;
    let target = cursor.name()?;
    let folded_target = folded(&target.text);
    let pointed_at = if cursor.is_at_group() { plain_names(cursor.group()?)? } else { Vec::new() };
    table.uses.push((target.span, Use::Target(folded_target.clone())));
    let uses = pointed_at.iter().map(|name| (name.span, Use::TargetColumn(folded_target.clone(), folded(&name.text))));
    table.uses.extend(uses);
    let target_columns: Vec<String> = pointed_at.into_iter().map(|name| name.text).collect();
    let list = |columns: &[String]| {
        words::names(columns.iter().map(|name| folded(name)).collect::<Vec<_>>().iter().map(String::as_str))
    };
    let at = if target_columns.is_empty() { String::new() } else { format!(" ({})", list(&target_columns)) };
    let mut definition = format!("FOREIGN KEY ({}) REFERENCES {}{at}", list(&key.columns), words::name(&folded_target));
    definition += &actions(cursor, context)?;
    let deferrable = deferrable(cursor)?;
    Some(TableConstraint { definition, target: Some(target.text), target_columns, deferrable, ..key })
}

fn actions(cursor: &mut TokenCursor<'_, '_>, context: &ClauseContext<'_>) -> Option<String> {
    let mut found = BTreeSet::new();
    loop {
        if cursor.eat("ON") {
            let event = cursor.take()?.text.to_ascii_uppercase();
            let first = cursor.take()?.text.to_ascii_uppercase();
            let action = match first.as_str() {
                "SET" | "NO" => format!("{first} {}", cursor.take()?.text.to_ascii_uppercase()),
                _ => first,
            };
            found.insert(format!(" ON {event} {action}"));
        } else if cursor.eat("MATCH") {
            let name = cursor.take()?;
            // SQLite parses MATCH clauses and ignores them.
            found.insert(format!(" MATCH {}", context.spelling.spell(std::slice::from_ref(name)).to_ascii_uppercase()));
        } else {
            break;
        }
    }
    Some(found.into_iter().filter(|action| !action.ends_with("NO ACTION")).collect())
}

/// Parses `[NOT] DEFERRABLE [INITIALLY ...]`. A NOT may also start the column's NOT NULL.
fn deferrable(cursor: &mut TokenCursor<'_, '_>) -> Option<Option<String>> {
    let is_not = cursor.is("NOT") && cursor.peek_second().is_some_and(|token| token.is("DEFERRABLE"));
    if is_not {
        cursor.take();
    }
    if !cursor.eat("DEFERRABLE") {
        return Some(None);
    }
    let is_late = if cursor.eat("INITIALLY") { cursor.take()?.is("DEFERRED") } else { false };
    let text = if is_late { "deferrable initially deferred" } else { "deferrable" };
    Some((!is_not).then(|| text.to_owned()))
}

/// Parses ` ON CONFLICT REPLACE`. Returns an empty text if the clause is absent, or is the default, ABORT.
fn conflict(cursor: &mut TokenCursor<'_, '_>) -> Option<String> {
    if !cursor.is("ON") {
        return Some(String::new());
    }
    cursor.take();
    cursor.expect("CONFLICT")?;
    let action = cursor.take()?.text.to_ascii_uppercase();
    Some(if action == "ABORT" { String::new() } else { format!(" ON CONFLICT {action}") })
}

/// Parses a default: a signed literal or an expression in parentheses. SQLite takes a bare name for a text here.
fn default(cursor: &mut TokenCursor<'_, '_>, context: &ClauseContext<'_>) -> Option<String> {
    const VALUES: [&str; 6] = ["null", "true", "false", "current_date", "current_time", "current_timestamp"];
    if cursor.is_at_group() {
        return Some(format!("({})", context.spelling.spell(cursor.group()?)));
    }
    let mut sign = String::new();
    while cursor.peek().is_some_and(|token| matches!(token.text, "+" | "-")) {
        sign += cursor.take()?.text;
    }
    let token = cursor.take()?;
    let literal = |text: &str| quote_literal(text, Dialect::SQLITE);
    Some(match token.kind {
        TokenKind::Word if VALUES.contains(&folded(token.text).as_str()) => folded(token.text),
        TokenKind::Word if is_reserved(&folded(token.text)) => return None,
        TokenKind::Word | TokenKind::QuotedIdentifier => literal(&token.name()?),
        TokenKind::Number | TokenKind::Text => sign + token.text,
        _ => return None,
    })
}

fn plain_names(group: &[SqliteToken<'_>]) -> Option<Vec<NameToken>> {
    comma_parts(group).into_iter().map(|part| TokenCursor::new(part).name()).collect()
}

fn without_last<'a, 't>(part: &'a [SqliteToken<'t>], word: &str) -> (&'a [SqliteToken<'t>], bool) {
    match part.split_last() {
        Some((last, rest)) if last.is(word) => (rest, true),
        _ => (part, false),
    }
}

impl TableConstraint {
    fn new(kind: Kind, name: Option<String>, of_column: Option<usize>, definition: String) -> Self {
        Self {
            kind,
            name,
            of_column,
            columns: Vec::new(),
            definition,
            target: None,
            target_columns: Vec::new(),
            deferrable: None,
            reads: BTreeSet::new(),
        }
    }
}
