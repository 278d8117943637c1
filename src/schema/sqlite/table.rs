//! A CREATE TABLE statement as SQLite keeps it, to its columns and constraints. Knows the grammar
//! (<https://www.sqlite.org/lang_createtable.html>); must not know catalogs or changes.

use std::collections::BTreeSet;

use super::clause::{self, Context};
use super::tokens::{Cursor, Name, Spelling, Token, comma_parts, tokens};
use super::words::folded;
use crate::diagnostic::Span;
use crate::schema::Kind;
use crate::sql::TokenKind;

/// A table, as its statement says.
#[derive(Debug, Clone)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// Its columns in order.
    pub columns: Vec<Column>,
    /// Its constraints, those that stand at a column among them, in order.
    pub constraints: Vec<Constraint>,
    /// `STRICT`.
    pub is_strict: bool,
    /// `WITHOUT ROWID`.
    pub is_without_rowid: bool,
    /// What it names, and where; in order.
    pub(super) uses: Vec<(Span, Use)>,
}

/// What a name in a statement stands for. All folded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Use {
    /// The table itself: its own name behind CREATE TABLE, or before a column.
    Table,
    /// A column of the table.
    Column(String),
    /// The table a foreign key points at.
    Target(String),
    /// A column of that table.
    TargetColumn(String, String),
}

/// A column, as the statement says.
#[derive(Debug, Clone, Default)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its type, in upper case; empty when it has none.
    pub of_type: String,
    /// `NOT NULL`, said at the column.
    pub is_not_null: bool,
    /// The default: a literal, or an expression in parentheses.
    pub default: Option<String>,
    /// The collation, in upper case.
    pub collation: Option<String>,
    /// `AUTOINCREMENT`.
    pub is_auto: bool,
    /// What it is generated from.
    pub generated: Option<String>,
    /// Whether what is generated is kept.
    pub is_stored: bool,
    /// What else is said: names and ON CONFLICT of NOT NULL, names of defaults.
    pub extras: Vec<String>,
    /// The definition as it is written.
    pub source: String,
    /// The columns its generation reads; folded.
    pub(super) reads: BTreeSet<String>,
}

/// A constraint, as the statement says.
#[derive(Debug, Clone)]
pub struct Constraint {
    /// Which one it is.
    pub kind: Kind,
    /// Its name, when it has one.
    pub name: Option<String>,
    /// The place of the column it stands at; none: it stands behind the columns.
    pub of_column: Option<usize>,
    /// The columns of a key.
    pub columns: Vec<String>,
    /// Its one spelling.
    pub definition: String,
    /// The table a foreign key points at.
    pub target: Option<String>,
    /// The columns it points at; none said: the primary key.
    pub target_columns: Vec<String>,
    /// `deferrable` and the like.
    pub deferrable: Option<String>,
    /// The columns that a check reads; folded.
    pub(super) reads: BTreeSet<String>,
}

impl Table {
    /// Reads the statement; none when it is not understood.
    #[must_use]
    pub fn parse(sql: &str) -> Option<Self> {
        let tokens = tokens(sql)?;
        let mut cursor = Cursor::new(&tokens);
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
        let context = Context { sql, spelling, own: &own };
        let mut body = Cursor::new(body);
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

    /// The column's place.
    #[must_use]
    pub fn place(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name.eq_ignore_ascii_case(name))
    }

    /// The column.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.get(self.place(name)?)
    }

    /// The primary key.
    #[must_use]
    pub fn primary_key(&self) -> Option<&Constraint> {
        self.constraints.iter().find(|constraint| constraint.kind == Kind::PrimaryKey)
    }

    /// The column that is another name of the rowid (<https://www.sqlite.org/lang_createtable.html#rowid>).
    #[must_use]
    pub fn rowid_column(&self) -> Option<&Column> {
        let key = self.primary_key().filter(|_| !self.is_without_rowid)?;
        let [name] = key.columns.as_slice() else { return None };
        let descends_at_column = key.of_column.is_some() && key.definition.contains(" DESC");
        self.column(name).filter(|column| column.of_type == "INTEGER" && !descends_at_column)
    }

    /// Whether the column refuses NULL, also because it is in a key: of a table WITHOUT ROWID or a STRICT one, the rowid
    /// itself apart.
    #[must_use]
    pub fn refuses_null(&self, column: &Column) -> bool {
        let is_same = |name: &String| name.eq_ignore_ascii_case(&column.name);
        let is_rowid = self.rowid_column().is_some_and(|rowid| rowid.name == column.name);
        let in_key = || self.primary_key().is_some_and(|key| key.columns.iter().any(is_same));
        column.is_not_null || ((self.is_without_rowid || self.is_strict) && !is_rowid && in_key())
    }

    /// The names of the columns, folded.
    #[must_use]
    pub fn names(&self) -> BTreeSet<String> {
        self.columns.iter().map(|column| folded(&column.name)).collect()
    }
}

/// What stands behind the columns: `STRICT` and `WITHOUT ROWID`.
fn options(cursor: &mut Cursor<'_, '_>) -> Option<(bool, bool)> {
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

/// The columns' names, folded, before anything else is read: what is a name in an expression depends on them.
fn column_names(body: &[Token<'_>]) -> Option<BTreeSet<String>> {
    let parts =
        comma_parts(body).into_iter().map_while(|part| part.first().filter(|first| !starts_constraint(Some(first))));
    parts.map(|first| first.name().map(|name| folded(&name))).collect()
}

fn starts_constraint(token: Option<&Token<'_>>) -> bool {
    const STARTS: [&str; 5] = ["CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN"];
    token.is_some_and(|token| STARTS.iter().any(|word| token.is(word)))
}

/// The columns that an expression reads, with where it does.
pub(super) fn columns_read(expression: &[Token<'_>], columns: &BTreeSet<String>, own: &str) -> Vec<(Span, Use)> {
    let mut before: Option<&Token<'_>> = None;
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

impl Table {
    pub(super) fn use_column(&mut self, name: &Name) {
        self.uses.push((name.span, Use::Column(folded(&name.text))));
    }
}
