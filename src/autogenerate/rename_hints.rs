//! Rename markers in schema files: comments `-- renamed from: old_name` next to or above a column, or above, after or
//! inside a CREATE statement. Markers of renames that are already applied are ignored; one that matches no object is an
//! error.

use crate::diagnostic::Span;
use crate::schema::{Key, Kind, Rename, Schema};
use crate::sql::{self, Dialect, Lexer, Piece, Token, TokenKind, unquoted};

const MARK: &str = "renamed from:";

/// Marker that matches no object.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`renamed from: {old}`: there is no such {what}")]
pub struct UnknownRename {
    /// Position of the comment in the schema file.
    pub span: Span,
    /// Old name in the marker.
    pub old: String,
    /// Description of the object that was not found.
    pub what: String,
}

/// Returns the renames that the comments in `text` ask for and that are not applied yet.
///
/// # Errors
/// [`UnknownRename`] for a marker that is not next to an object that can be renamed, or whose old name is not in
/// `from`.
pub fn rename_hints(text: &str, dialect: Dialect, from: &Schema, to: &Schema) -> Result<Vec<Rename>, UnknownRename> {
    let mut renames: Vec<Rename> = Vec::new();
    if !text.contains(MARK) {
        return Ok(renames);
    }
    let Ok(pieces) = sql::split(text, dialect) else { return Ok(renames) };
    let mut made_before = MadeName::default();
    for piece in &pieces {
        let markers = markers(text, piece, dialect, &made_before);
        for marker in markers.found {
            let found = match &marker.place {
                HintSubject::Whole(new) => whole(new, &marker.old, from, to),
                HintSubject::Column(new) => column(&markers.made, &renames, new, &marker.old, from, to),
            };
            match found {
                HintOutcome::Rename(rename) => renames.push(rename),
                HintOutcome::Unknown(what) if marker.is_strict => {
                    return Err(UnknownRename { span: marker.span, old: marker.old, what });
                }
                HintOutcome::Done | HintOutcome::Unknown(_) => {}
            }
        }
        made_before = markers.made;
    }
    Ok(renames)
}

/// Object that a comment refers to.
enum HintSubject {
    /// Object created by a statement.
    Whole(MadeName),
    /// Column of that object, by name.
    Column(String),
}

/// Name of the object that a statement creates.
#[derive(Debug, Clone, Default)]
struct MadeName {
    /// Schema, if the statement names it.
    namespace: Option<String>,
    name: String,
}

impl MadeName {
    /// Returns those of the keys that the statement can mean. Without a schema, it means `public` where that has the
    /// object.
    fn meant(&self, keys: Vec<Key>) -> Vec<Key> {
        let wanted = self.namespace.as_deref().unwrap_or("public");
        // Databases without schemas have no namespaces.
        let is_wanted = |key: &Key| key.namespace.as_deref().is_none_or(|namespace| same(namespace, wanted));
        if self.namespace.is_some() || keys.iter().any(is_wanted) {
            return keys.into_iter().filter(is_wanted).collect();
        }
        keys
    }
}

struct Marker {
    place: HintSubject,
    old: String,
    span: Span,
    /// `true` if the comment starts with the marker. A sentence that contains the words may have another meaning, so it
    /// is never an error.
    is_strict: bool,
}

/// Markers in one statement.
struct Markers {
    made: MadeName,
    found: Vec<Marker>,
}

/// Result of matching a marker with the schemas.
enum HintOutcome {
    Rename(Rename),
    /// The rename is already applied, or there is nothing that could be renamed yet.
    Done,
    /// Description of the object that is missing.
    Unknown(String),
}

fn markers(text: &str, piece: &Piece, dialect: Dialect, made_before: &MadeName) -> Markers {
    let code = piece.span.slice(text);
    let tokens: Vec<Token> = Lexer::new(code, dialect).map_while(Result::ok).collect();
    let made = made_name(code, &tokens);
    let mut found = Vec::new();
    for (index, token) in tokens.iter().enumerate().filter(|(_, token)| token.kind == TokenKind::Comment) {
        let comment = token.span.slice(code);
        let Some(old) = hint(comment) else { continue };
        let span = token.span.shifted(piece.span.start);
        let is_strict = comment.trim_start_matches(['-', '/', '*', '#', ' ', '\t']).starts_with(MARK);
        let place = if is_behind_the_statement_before(text, piece, code, &tokens, index) {
            HintSubject::Whole(made_before.clone())
        } else {
            column_beside(code, &tokens, index).map_or_else(|| HintSubject::Whole(made.clone()), HintSubject::Column)
        };
        found.push(Marker { place, old, span, is_strict });
    }
    Markers { made, found }
}

/// Returns `true` if the comment is on the line on which the previous statement ends:
/// `CREATE TABLE a (b int); -- renamed from: c`. The splitter counts such a comment as leading text of the next
/// statement.
fn is_behind_the_statement_before(text: &str, piece: &Piece, code: &str, tokens: &[Token], comment: usize) -> bool {
    let Some(token) = tokens.get(comment) else { return false };
    let is_leading = tokens.iter().take(comment).all(|token| token.kind.is_trivia());
    let has_line_end = code.get(..token.span.start).is_some_and(|before| before.contains('\n'));
    let before = &text[..piece.span.start];
    is_leading
        && !has_line_end
        && before.lines().next_back().is_some_and(|line| !line.trim().is_empty())
        && !before.ends_with('\n')
}

/// Extracts the old name from a comment.
fn hint(comment: &str) -> Option<String> {
    let rest = comment.split_once(MARK)?.1.trim();
    let name = rest.split(|c: char| c.is_whitespace() || matches!(c, '*' | ',')).next().unwrap_or_default();
    let name = name.trim_matches(['"', '`']);
    (!name.is_empty()).then(|| name.to_owned())
}

/// Name of the created object: the first dotted name after the keywords.
fn made_name(code: &str, tokens: &[Token]) -> MadeName {
    let words = tokens.iter().filter(|token| !token.kind.is_trivia());
    let mut made = MadeName::default();
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
        let word = token.span.slice(code);
        match token.kind {
            TokenKind::Word if skipped.contains(&word.to_ascii_lowercase().as_str()) => {}
            TokenKind::Word | TokenKind::QuotedIdentifier if made.name.is_empty() || after_point => {
                let before = std::mem::replace(&mut made.name, unquoted(word));
                made.namespace = after_point.then_some(before);
                after_point = false;
            }
            TokenKind::Operator if word == "." => after_point = true,
            _ => break,
        }
    }
    made
}

/// Returns the column that the comment refers to. After code on the same line, it is the column whose definition
/// contains or precedes the comment; on a line of its own, it is the next column. `None` if the comment refers to the
/// whole object.
fn column_beside(code: &str, tokens: &[Token], comment: usize) -> Option<String> {
    let start = tokens.get(comment)?.span.start;
    let line = code.get(..start).and_then(|before| before.rfind('\n')).map_or(0, |end| end + 1);
    let is_code = |token: &&Token| !token.kind.is_trivia();
    let is_name = |token: &&Token| matches!(token.kind, TokenKind::Word | TokenKind::QuotedIdentifier);
    let before: Vec<&Token> = tokens.iter().take(comment).filter(is_code).collect();
    let definition = Definition::at_end_of(code, &before)?;
    let is_alone = before.last().is_none_or(|last| last.span.start < line);
    let found = if is_alone { tokens.iter().skip(comment).find(is_name) } else { definition.name(&before) };
    found.map(|name| unquoted(name.span.slice(code)))
}

/// Starts of column definitions in a list, as indexes of tokens.
struct Definition {
    /// Definition in which the tokens end.
    current: usize,
    previous: Option<usize>,
}

impl Definition {
    /// Returns `None` unless the tokens end inside the parentheses of a column list.
    fn at_end_of(code: &str, tokens: &[&Token]) -> Option<Self> {
        let (mut depth, mut found) = (0_usize, None::<Self>);
        for (place, token) in tokens.iter().enumerate() {
            match token.span.slice(code) {
                "(" => {
                    depth += 1;
                    if depth == 1 {
                        found = Some(Self { current: place + 1, previous: None });
                    }
                }
                ")" => depth = depth.saturating_sub(1),
                "," if depth == 1 => {
                    found = found.map(|found| Self { current: place + 1, previous: Some(found.current) });
                }
                _ => {}
            }
        }
        found.filter(|_| depth > 0)
    }

    /// Name of the current definition; of the previous one if only its comma precedes the comment.
    fn name<'t>(&self, tokens: &[&'t Token]) -> Option<&'t Token> {
        let is_name = |token: &&&Token| matches!(token.kind, TokenKind::Word | TokenKind::QuotedIdentifier);
        let start = if tokens.len() > self.current { self.current } else { self.previous? };
        tokens.iter().skip(start).find(is_name).copied()
    }
}

const WHOLES: [Kind; 9] = [
    Kind::Table,
    Kind::View,
    Kind::MaterializedView,
    Kind::Index,
    Kind::Enum,
    Kind::Domain,
    Kind::Collation,
    Kind::Composite,
    Kind::Sequence,
];

fn same(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other)
}

fn whole(made: &MadeName, old: &str, from: &Schema, to: &Schema) -> HintOutcome {
    let old = old.rsplit('.').next().unwrap_or(old);
    let named = |schema: &'_ Schema, kind: Kind, name: &str| -> Vec<Key> {
        let objects = schema.objects().filter(|object| object.key.kind == kind && same(&object.key.name, name));
        objects.map(|object| object.key.clone()).collect()
    };
    let arrived: Vec<Key> = WHOLES.into_iter().flat_map(|kind| named(to, kind, &made.name)).collect();
    let arrived = made.meant(arrived);
    let Some(first) = arrived.first() else {
        return HintOutcome::Unknown("object after it that can be renamed".to_owned());
    };
    for key in &arrived {
        if let Some(before) = named(from, key.kind, old).into_iter().find(|before| before.namespace == key.namespace) {
            return fresh(&before, key, from, to);
        }
    }
    let is_empty = !from.objects().any(|object| object.key.kind == Kind::Table);
    if is_empty || arrived.iter().any(|key| from.get(key).is_some()) {
        return HintOutcome::Done;
    }
    HintOutcome::Unknown(first.kind.words().to_owned())
}

fn columns(schema: &Schema, table: &str, name: &str) -> Vec<Key> {
    let is = |key: &Key| {
        key.kind == Kind::Column && key.table.as_deref().is_some_and(|of| same(of, table)) && same(&key.name, name)
    };
    schema.objects().filter(|object| is(&object.key)).map(|object| object.key.clone()).collect()
}

fn column(made: &MadeName, renames: &[Rename], new: &str, old: &str, from: &Schema, to: &Schema) -> HintOutcome {
    let table = made.name.as_str();
    let Some(arrived) = made.meant(columns(to, table, new)).into_iter().next() else {
        return HintOutcome::Unknown(format!("column {new} of {table} next to it"));
    };
    let find_before =
        |table: &str, name: &str| columns(from, table, name).into_iter().find(|key| key.namespace == arrived.namespace);
    // The table itself may be renamed by another marker.
    let is_table = |rename: &&Rename| {
        rename.from.kind == Kind::Table && rename.from.namespace == arrived.namespace && same(&rename.to, table)
    };
    let table_before = renames.iter().find(is_table).map_or(table, |rename| rename.from.name.as_str());
    let is_it = |key: &Key| key.table.is_none() && key.namespace == arrived.namespace && same(&key.name, table_before);
    let is_there = from.objects().any(|object| is_it(&object.key));
    if !is_there || find_before(table_before, new).is_some() {
        return HintOutcome::Done;
    }
    match find_before(table_before, old) {
        Some(before) => HintOutcome::Rename(Rename { from: before, to: arrived.name }),
        None => HintOutcome::Unknown(format!("column of {table_before}")),
    }
}

/// Returns the rename, unless it is already applied.
fn fresh(before: &Key, arrived: &Key, from: &Schema, to: &Schema) -> HintOutcome {
    if from.get(arrived).is_some() || to.get(before).is_some() {
        return HintOutcome::Done;
    }
    HintOutcome::Rename(Rename { from: before.clone(), to: arrived.name.clone() })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::schema::Object;

    fn schema(tables: &[(&str, &[&str])]) -> Schema {
        let mut schema = Schema::new(Dialect::SQLITE);
        for (table, columns) in tables {
            schema.add(Object::new(Key::new(Kind::Table, None, table)));
            for column in *columns {
                schema.add(Object::new(Key::of_table(Kind::Column, None, table, column)));
            }
        }
        schema
    }

    fn shown(text: &str, from: &Schema, to: &Schema) -> Vec<String> {
        let renames = rename_hints(text, Dialect::SQLITE, from, to).unwrap();
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

    #[test]
    fn a_line_with_several_columns_is_about_the_one_beside_the_comment() {
        let from = schema(&[("t", &["id", "b", "d", "z"]), ("u", &["x"])]);
        let to = schema(&[("t", &["id", "a", "c", "e"]), ("v", &["y"])]);
        let text = "CREATE TABLE t (id INTEGER, a DECIMAL(1, 2), -- renamed from: b\n  c TEXT /* renamed from: d */, e INT\n  \
                    -- renamed from: z\n  , f INT);\nCREATE TABLE v (y /* renamed from: x */); -- renamed from: u\nCREATE TABLE w (q);";
        let text = text.replace("e INT\n  -- renamed from: z\n  , f INT", "e INT -- renamed from: z\n");
        assert_eq!(shown(&text, &from, &to), ["t.b -> a", "t.d -> c", "t.z -> e", "u -> v"]);
    }

    #[test]
    fn a_marker_that_names_nothing_is_an_error() {
        let (from, to) = (schema(&[("t", &["id"])]), schema(&[("t", &["id", "a"]), ("u", &["x"])]));
        let refused = |text: &str| {
            let error = rename_hints(text, Dialect::SQLITE, &from, &to).unwrap_err();
            (error.span.slice(text).to_owned(), error.to_string())
        };
        let text = "CREATE TABLE t (\n  id INTEGER,\n  a TEXT -- renamed from: nobody\n);";
        let error = "`renamed from: nobody`: there is no such column of t".to_owned();
        assert_eq!(refused(text), ("-- renamed from: nobody".to_owned(), error));
        assert!(refused("-- renamed from: nothing\nCREATE TABLE u (x);").1.ends_with("no such table"));
        assert!(refused("CREATE TABLE t (id, a);\n-- renamed from: t\n").1.ends_with("that can be renamed"));
        // A sentence is not a marker, and a new table has no renamed columns.
        let text =
            "CREATE TABLE t (id, a); -- the table was renamed from: whatever\nCREATE TABLE u (x -- renamed from: y\n);";
        assert_eq!(rename_hints(text, Dialect::SQLITE, &from, &to), Ok(Vec::new()));
        assert_eq!(rename_hints(&text.replace("u (x", "t (a"), Dialect::SQLITE, &schema(&[]), &to), Ok(Vec::new()));
    }

    #[test]
    fn with_the_same_table_in_two_schemas_the_one_of_the_statement_is_meant() {
        let schema = |columns: [&str; 3]| {
            let mut schema = Schema::new(Dialect::POSTGRES);
            for (namespace, column) in ["a", "b", "public"].into_iter().zip(columns) {
                schema.add(Object::new(Key::new(Kind::Table, Some(namespace), "t")));
                schema.add(Object::new(Key::of_table(Kind::Column, Some(namespace), "t", column)));
            }
            schema
        };
        let from = schema(["old", "old", "old"]);
        for (table, to, expected) in [
            ("b.t", schema(["old", "new", "old"]), "b"),
            ("\"a\".t", schema(["new", "new", "new"]), "a"),
            ("t", schema(["new", "new", "new"]), "public"),
        ] {
            let text = format!("CREATE TABLE {table} (\n  new integer -- renamed from: old\n);");
            let renames = rename_hints(&text, Dialect::POSTGRES, &from, &to).unwrap();
            assert_eq!(renames.len(), 1, "{table}");
            assert_eq!(renames[0].from.namespace.as_deref(), Some(expected), "{table}");
        }
    }
}
