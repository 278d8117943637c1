//! Cases of the lint rules (tests/lint), as statements to run.

use std::path::Path;

use aludel::ddl::{self, DdlServer, Outline};
use aludel::sql::{self, Dialect, StatementKind};

/// Line of a case file.
#[derive(Clone)]
pub struct Case {
    /// File and line.
    pub place: String,
    /// One transaction around the statements.
    pub in_transaction: bool,
    /// Statements that ran before.
    pub before: Vec<String>,
    pub statements: Vec<String>,
}

fn folder() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/lint"))
}

/// Returns the text of a file in the folder of base schemas: `schema/postgresql_rows.sql`.
pub fn text(path: &str) -> String {
    std::fs::read_to_string(folder().join(path)).unwrap()
}

/// Returns the cases of a dialect for its default server. The same statements in several files are one case.
pub fn cases(dialect: Dialect) -> Vec<Case> {
    let mut paths: Vec<_> =
        std::fs::read_dir(folder().join("cases")).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let mut cases = Vec::new();
    let mut seen = std::collections::BTreeSet::new();
    for path in paths {
        let rule = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let mut is_own = false;
        for (number, line) in std::fs::read_to_string(&path).unwrap().lines().enumerate() {
            if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
                is_own = name == dialect.name();
            } else if is_own && line.starts_with(['+', '-']) {
                let text = line[1..].trim();
                let case = case(text, format!("{rule}:{}", number + 1), dialect);
                cases.extend(case.filter(|_| seen.insert(text.to_owned())));
            }
        }
    }
    cases
}

/// Reads `{modifiers} before || statements`; `None` for a case of another server.
fn case(text: &str, place: String, dialect: Dialect) -> Option<Case> {
    let (modifiers, rest) = match text.strip_prefix('{') {
        Some(inner) => inner.split_once('}').unwrap(),
        None => ("", text),
    };
    if modifiers.contains("server:") {
        return None;
    }
    let (before, sql) = rest.split_once(" || ").unwrap_or(("", rest));
    Some(Case {
        place,
        in_transaction: !modifiers.contains("transaction: false"),
        before: statements(before, dialect),
        statements: statements(sql, dialect),
    })
}

/// Splits a text into statements.
pub fn statements(text: &str, dialect: Dialect) -> Vec<String> {
    let pieces = sql::split(text, dialect).unwrap_or_default();
    let pieces = pieces.into_iter().filter(|piece| piece.kind != StatementKind::Nothing);
    pieces.map(|piece| piece.sql.slice(text).to_owned()).collect()
}

/// Returns the outline after these statements.
pub fn outline_after(mut outline: Outline, statements: &[String]) -> Outline {
    for statement in statements {
        let parsed = ddl::parse(statement, outline.dialect);
        outline.apply(&parsed);
    }
    outline
}

/// Outline of the base schema.
pub fn base_outline(dialect: Dialect) -> Outline {
    let schema = statements(&text(&format!("schema/{}.sql", dialect.name())), dialect);
    let mut outline = outline_after(Outline::new(dialect), &schema);
    outline.settle();
    outline
}

/// Server that the statements run on.
pub fn server(database: &dyn aludel::database::Database) -> DdlServer {
    let server = database.server();
    let version = aludel::database::version_numbers(&server.version);
    DdlServer { dialect: server.dialect, flavour: server.flavour, version }
}
