//! Indexes that an interrupted `CREATE INDEX CONCURRENTLY` or `REINDEX CONCURRENTLY` left INVALID (manual, "Building
//! Indexes Concurrently"). SQL text only.

use super::super::wire::WireRows;
use crate::database::statements::text_literal;
use crate::sql::{self, Dialect, Lexer, TokenKind, quote_identifier};

const DIALECT: Dialect = Dialect::POSTGRES;

/// An INVALID index.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Invalid {
    /// Quoted and schema-qualified name.
    pub(super) name: String,
    /// Process that is building it now. Such an index is not a leftover.
    pub(super) builder: Option<String>,
}

/// Query for the INVALID indexes in the way of `sql`; `None` if `sql` builds no index concurrently.
pub(super) fn invalid_ones(sql: &str) -> Option<String> {
    let condition = match sql::refuses_transaction(sql, DIALECT)? {
        "CREATE INDEX CONCURRENTLY" => {
            let (index, table) = created(sql)?;
            format!("c.relname = {} AND i.indrelid = pg_catalog.to_regclass({})", literal(&index), literal(&table))
        }
        "REINDEX CONCURRENTLY" => {
            let (kind, name) = rebuilt(sql)?;
            let table = match kind {
                "TABLE" => format!("pg_catalog.to_regclass({})", literal(&name)),
                _ => format!(
                    "(SELECT indrelid FROM pg_catalog.pg_index WHERE indexrelid = pg_catalog.to_regclass({}))",
                    literal(&name)
                ),
            };
            format!("c.relname ~ '_ccnew[0-9]*$' AND i.indrelid = {table}")
        }
        _ => return None,
    };
    Some(format!(
        "SELECT pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname), \
         (SELECT min(p.pid) FROM pg_catalog.pg_stat_progress_create_index p WHERE p.index_relid = i.indexrelid) \
         FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid \
         JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE NOT i.indisvalid AND c.relkind = 'i' AND {condition}"
    ))
}

/// Parses the result.
pub(super) fn read(rows: Option<&WireRows>) -> Vec<Invalid> {
    let invalid = |row: &Vec<Option<String>>| {
        Some(Invalid { name: row.first().cloned().flatten()?, builder: row.get(1).cloned().flatten() })
    };
    rows.into_iter().flatten().filter_map(invalid).collect()
}

fn literal(value: &str) -> String {
    text_literal(DIALECT, value)
}

/// Returns the first tokens of a statement without white space and comments.
fn words(sql: &str) -> Vec<(TokenKind, &str)> {
    let tokens = Lexer::new(sql, DIALECT).map_while(Result::ok).filter(|token| !token.kind.is_trivia());
    tokens.take(32).map(|token| (token.kind, token.span.slice(sql))).collect()
}

fn is(word: Option<&(TokenKind, &str)>, keyword: &str) -> bool {
    word.is_some_and(|(kind, text)| *kind == TokenKind::Word && text.eq_ignore_ascii_case(keyword))
}

/// Returns index (in its catalog spelling) and table (as written) of CREATE INDEX CONCURRENTLY name ON table.
fn created(sql: &str) -> Option<(String, String)> {
    let words = words(sql);
    let mut at = words.iter().position(|word| is(Some(word), "CONCURRENTLY"))? + 1;
    if is(words.get(at), "IF") {
        at += 3;
    }
    let index = words.get(at).filter(|word| !is(Some(word), "ON"))?;
    let index = match index {
        (TokenKind::Word, text) => text.to_lowercase(),
        (TokenKind::QuotedIdentifier, text) => text.strip_prefix('"')?.strip_suffix('"')?.replace("\"\"", "\""),
        _ => return None,
    };
    at += 2;
    if is(words.get(at), "ONLY") {
        at += 1;
    }
    Some((index, dotted(words.get(at..)?)))
}

/// Returns `INDEX` or `TABLE` and the name (as written) of REINDEX CONCURRENTLY.
fn rebuilt(sql: &str) -> Option<(&'static str, String)> {
    let words = words(sql);
    let kinds = ["INDEX", "TABLE"];
    let (at, kind) = words
        .iter()
        .enumerate()
        .find_map(|(at, word)| kinds.into_iter().find(|kind| is(Some(word), kind)).map(|kind| (at, kind)))?;
    let at = if is(words.get(at + 1), "CONCURRENTLY") { at + 2 } else { at + 1 };
    Some((kind, dotted(words.get(at..)?)))
}

/// Returns a name with its schema, in a form that `to_regclass` accepts.
fn dotted(words: &[(TokenKind, &str)]) -> String {
    let mut name = words.first().map_or_else(String::new, |(_, text)| (*text).to_owned());
    if let [_, (_, "."), (_, second), ..] = words {
        name = format!("{name}.{second}");
    }
    name
}

/// Query for the existence of an object, as a single boolean; `None` if it cannot be determined.
pub(in super::super) fn exists(object: &sql::CatalogObject) -> Option<String> {
    use sql::ObjectKind as K;
    let in_schema = |name: &str| match &object.schema {
        Some(schema) => format!("{}.{}", quote_identifier(schema, DIALECT), quote_identifier(name, DIALECT)),
        None => quote_identifier(name, DIALECT),
    };
    let class = |name: &str| format!("pg_catalog.to_regclass({})", literal(&in_schema(name)));
    let of_table = object.table.as_deref().map(class);
    let name = literal(&object.name);
    let found = match object.kind {
        // An INVALID index does not count: it will be dropped and rebuilt.
        K::Index => {
            let table = of_table.map_or_else(
                || format!("i.indexrelid = {}", class(&object.name)),
                |table| format!("i.indrelid = {table} AND c.relname = {name}"),
            );
            format!(
                "SELECT 1 FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid \
                 WHERE {table} AND i.indisvalid"
            )
        }
        K::Table | K::View | K::MaterializedView | K::Sequence => {
            format!("SELECT 1 WHERE {} IS NOT NULL", class(&object.name))
        }
        K::Type => format!("SELECT 1 WHERE pg_catalog.to_regtype({}) IS NOT NULL", literal(&in_schema(&object.name))),
        K::Column => format!(
            "SELECT 1 FROM pg_catalog.pg_attribute WHERE attrelid = {} AND attname = {name} AND NOT attisdropped",
            of_table?
        ),
        K::Constraint => {
            format!("SELECT 1 FROM pg_catalog.pg_constraint WHERE conrelid = {} AND conname = {name}", of_table?)
        }
        K::Trigger => {
            format!("SELECT 1 FROM pg_catalog.pg_trigger WHERE tgrelid = {} AND tgname = {name}", of_table?)
        }
        K::Schema => format!("SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = {name}"),
        K::Database => format!("SELECT 1 FROM pg_catalog.pg_database WHERE datname = {name}"),
        K::Extension => format!("SELECT 1 FROM pg_catalog.pg_extension WHERE extname = {name}"),
        // Functions with the same name differ by their arguments only.
        K::Function | K::Procedure => return None,
    };
    Some(format!("SELECT EXISTS ({found})"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_index_and_its_table_are_found() {
        let of = |sql| created(sql).unwrap();
        let pair = |index: &str, table: &str| (index.to_owned(), table.to_owned());
        assert_eq!(of("CREATE INDEX CONCURRENTLY I ON t (a)"), pair("i", "t"));
        assert_eq!(
            of("create unique index concurrently if not exists \"I\"\"x\" on only App.\"T\" (a)"),
            pair("I\"x", "App.\"T\"")
        );
        assert_eq!(created("CREATE INDEX CONCURRENTLY ON t (a)"), None);
        assert_eq!(rebuilt("REINDEX (VERBOSE) TABLE CONCURRENTLY app.t"), Some(("TABLE", "app.t".to_owned())));
        assert_eq!(rebuilt("REINDEX INDEX CONCURRENTLY i"), Some(("INDEX", "i".to_owned())));
        assert_eq!(invalid_ones("CREATE INDEX i ON t (a)"), None);
        assert_eq!(invalid_ones("VACUUM t"), None);
    }
}
