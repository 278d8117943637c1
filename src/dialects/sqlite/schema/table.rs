//! Parser for CREATE TABLE statements (<https://www.sqlite.org/lang_createtable.html>).

use std::collections::BTreeSet;

use super::clause::{self, ClauseContext};
use super::tokens::{NameToken, Spelling, SqliteToken, TokenCursor, comma_parts, tokens};
use super::words::folded;
use crate::diagnostic::Span;
use crate::schema::Kind;
use crate::sql::TokenKind;

/// A parsed CREATE TABLE statement.
#[derive(Debug, Clone)]
pub struct ParsedTable {
    /// Name of the table.
    pub name: String,
    /// Columns in order.
    pub columns: Vec<Column>,
    /// Column and table constraints, in textual order.
    pub constraints: Vec<TableConstraint>,
    /// `STRICT` table.
    pub is_strict: bool,
    /// `WITHOUT ROWID` table.
    pub is_without_rowid: bool,
    /// Spans of the names in the statement, in order.
    pub(super) uses: Vec<(Span, Use)>,
}

/// Meaning of a name in a statement. All names are folded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Use {
    /// The table itself: after CREATE TABLE, or as the qualifier of a column.
    Table,
    /// A column of the table.
    Column(String),
    /// Table referenced by a foreign key.
    Target(String),
    /// Referenced table and column of a foreign key.
    TargetColumn(String, String),
}

/// A parsed column definition.
#[derive(Debug, Clone, Default)]
pub struct Column {
    /// Name of the column.
    pub name: String,
    /// Type in upper case; empty if there is none.
    pub of_type: String,
    /// Has a `NOT NULL` constraint of its own.
    pub is_not_null: bool,
    /// Default: a literal, or an expression in parentheses.
    pub default: Option<String>,
    /// Collation in upper case.
    pub collation: Option<String>,
    /// `AUTOINCREMENT`.
    pub is_auto: bool,
    /// Expression of a generated column.
    pub generated: Option<String>,
    /// `STORED`, as opposed to `VIRTUAL`.
    pub is_stored: bool,
    /// Other clauses that count as a difference: names and ON CONFLICT of NOT NULL, names of defaults.
    pub extras: Vec<String>,
    /// Definition as written.
    pub source: String,
    /// Columns used by the generation expression; folded.
    pub(super) reads: BTreeSet<String>,
}

/// A parsed constraint.
#[derive(Debug, Clone)]
pub struct TableConstraint {
    /// Kind of the constraint.
    pub kind: Kind,
    /// Name, if it has one.
    pub name: Option<String>,
    /// Index of the column that it is attached to; `None` for a table constraint.
    pub of_column: Option<usize>,
    /// Columns of a key.
    pub columns: Vec<String>,
    /// Definition in normalized spelling.
    pub definition: String,
    /// Table referenced by a foreign key.
    pub target: Option<String>,
    /// Referenced columns; empty for the primary key of the referenced table.
    pub target_columns: Vec<String>,
    /// `deferrable` or `deferrable initially deferred`.
    pub deferrable: Option<String>,
    /// Columns used by a check; folded.
    pub(super) reads: BTreeSet<String>,
}

impl ParsedTable {
    /// Parses the statement. Returns `None` for unsupported syntax.
    #[must_use]
    pub fn parse(sql: &str) -> Option<Self> {
        let tokens = tokens(sql)?;
        let mut cursor = TokenCursor::new(&tokens);
        cursor.expect("CREATE")?;
        cursor.expect("TABLE")?;
        let name = cursor.name()?;
        let body = cursor.group()?;
        let (is_strict, is_without_rowid) = options(&mut cursor)?;
        let names = column_names(body)?;
        let mut table = Self {
            name: name.text.clone(),
            columns: Vec::new(),
            constraints: Vec::new(),
            is_strict,
            is_without_rowid,
            uses: vec![(name.span, Use::Table)],
        };
        let own = folded(&name.text);
        let spelling = Spelling { names: &names, folds: true, table: Some(&own) };
        let context = ClauseContext { sql, spelling, own: &own };
        let mut body = TokenCursor::new(body);
        loop {
            if starts_constraint(body.peek()) {
                while !body.is_empty() {
                    clause::of_table(&mut body, &context, &mut table)?;
                    body.eat_comma();
                }
                break;
            }
            clause::column(&mut body, &context, &mut table)?;
            if !body.eat_comma() {
                break;
            }
        }
        let whole = body.is_empty() && !table.columns.is_empty();
        table.uses.sort_by_key(|(span, _)| span.start);
        whole.then_some(table)
    }

    /// Returns the index of the column, ignoring case.
    #[must_use]
    pub fn column_index(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name.eq_ignore_ascii_case(name))
    }

    /// Returns the column, ignoring case.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.get(self.column_index(name)?)
    }

    /// Returns the primary key.
    #[must_use]
    pub fn primary_key(&self) -> Option<&TableConstraint> {
        self.constraints.iter().find(|constraint| constraint.kind == Kind::PrimaryKey)
    }

    /// Returns the column that is an alias of the rowid (<https://www.sqlite.org/lang_createtable.html#rowid>).
    #[must_use]
    pub fn rowid_column(&self) -> Option<&Column> {
        let key = self.primary_key().filter(|_| !self.is_without_rowid)?;
        let [name] = key.columns.as_slice() else { return None };
        // Only `a INTEGER PRIMARY KEY DESC` is excluded, by a documented quirk of SQLite; PRIMARY KEY (a DESC) is an
        // alias.
        let descends_at_column = key.of_column.is_some() && key.definition.contains(" DESC");
        self.column(name).filter(|column| column.of_type == "INTEGER" && !descends_at_column)
    }

    /// Returns whether the column refuses NULL, by NOT NULL or as a primary key column of a WITHOUT ROWID or STRICT
    /// table. An alias of the rowid accepts NULL on insertion.
    #[must_use]
    pub fn refuses_null(&self, column: &Column) -> bool {
        let is_same = |name: &String| name.eq_ignore_ascii_case(&column.name);
        let is_rowid = self.rowid_column().is_some_and(|rowid| rowid.name == column.name);
        let in_key = || self.primary_key().is_some_and(|key| key.columns.iter().any(is_same));
        column.is_not_null || ((self.is_without_rowid || self.is_strict) && !is_rowid && in_key())
    }

    /// Returns the folded column names.
    #[must_use]
    pub fn names(&self) -> BTreeSet<String> {
        self.columns.iter().map(|column| folded(&column.name)).collect()
    }
}

/// Parses the table options: `STRICT` and `WITHOUT ROWID`.
fn options(cursor: &mut TokenCursor<'_, '_>) -> Option<(bool, bool)> {
    let (mut is_strict, mut is_without_rowid) = (false, false);
    while !cursor.is_empty() {
        if cursor.eat("STRICT") {
            is_strict = true;
        } else if cursor.eat("WITHOUT") {
            cursor.expect("ROWID")?;
            is_without_rowid = true;
        } else {
            return None;
        }
        cursor.eat_comma();
    }
    Some((is_strict, is_without_rowid))
}

/// Returns the folded column names. They are needed first, because they decide which quoted words in expressions are
/// names.
fn column_names(body: &[SqliteToken<'_>]) -> Option<BTreeSet<String>> {
    let parts =
        comma_parts(body).into_iter().map_while(|part| part.first().filter(|first| !starts_constraint(Some(first))));
    parts.map(|first| first.name().map(|name| folded(&name))).collect()
}

fn starts_constraint(token: Option<&SqliteToken<'_>>) -> bool {
    const STARTS: [&str; 5] = ["CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN"];
    token.is_some_and(|token| STARTS.iter().any(|word| token.is(word)))
}

/// Returns the columns used by an expression, with their spans.
pub(super) fn columns_read(expression: &[SqliteToken<'_>], columns: &BTreeSet<String>, own: &str) -> Vec<(Span, Use)> {
    let mut before: Option<&SqliteToken<'_>> = None;
    let mut found = Vec::new();
    for (index, token) in expression.iter().enumerate() {
        let next = expression.get(index + 1);
        let calls = token.kind == TokenKind::Word && next.is_some_and(|next| next.kind == TokenKind::Open);
        let is_no_column = calls || before.is_some_and(|before| before.is("COLLATE") || before.is("AS"));
        if let Some(name) = token.identifier().filter(|_| !is_no_column) {
            if name == own && next.is_some_and(|next| next.text == ".") {
                found.push((token.span, Use::Table));
            } else if columns.contains(&name) {
                found.push((token.span, Use::Column(name)));
            }
        }
        before = Some(token);
    }
    found
}

impl ParsedTable {
    pub(super) fn use_column(&mut self, name: &NameToken) {
        self.uses.push((name.span, Use::Column(folded(&name.text))));
    }
}
