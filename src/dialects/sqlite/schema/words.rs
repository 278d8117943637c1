//! Names and reserved words of SQLite.

use crate::sql::{Dialect, quote_identifier};

/// Words that cannot be names unless quoted: <https://www.sqlite.org/lang_keywords.html> without those that parse.y
/// lets fall back to a name. In lower case, sorted.
const RESERVED: [&str; 65] = [
    "add",
    "all",
    "alter",
    "and",
    "as",
    "autoincrement",
    "between",
    "case",
    "check",
    "collate",
    "commit",
    "constraint",
    "create",
    "current_date",
    "current_time",
    "current_timestamp",
    "default",
    "deferrable",
    "delete",
    "distinct",
    "drop",
    "else",
    "escape",
    "except",
    "exists",
    "false",
    "foreign",
    "from",
    "group",
    "having",
    "in",
    "index",
    "insert",
    "intersect",
    "into",
    "is",
    "isnull",
    "join",
    "limit",
    "not",
    "nothing",
    "notnull",
    "null",
    "on",
    "or",
    "order",
    "primary",
    "raise",
    "references",
    "returning",
    "select",
    "set",
    "table",
    "then",
    "to",
    "transaction",
    "true",
    "union",
    "unique",
    "update",
    "using",
    "values",
    "when",
    "where",
    "with",
];

/// Returns whether `word`, in lower case, cannot be a name without quotes.
pub(super) fn is_reserved(word: &str) -> bool {
    RESERVED.binary_search(&word).is_ok()
}

/// Returns whether `name` can be written without quotes.
pub(super) fn is_plain(name: &str) -> bool {
    let mut characters = name.chars();
    let first = characters.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_');
    let rest = characters.all(|character| character.is_ascii_alphanumeric() || character == '_');
    first && rest && !is_reserved(&name.to_ascii_lowercase())
}

/// Returns the name, quoted if needed.
pub(super) fn name(name: &str) -> String {
    if is_plain(name) { name.to_owned() } else { quote_identifier(name, Dialect::SQLITE) }
}

/// Returns the names, separated by commas.
pub(super) fn names<'n>(list: impl IntoIterator<Item = &'n str>) -> String {
    list.into_iter().map(name).collect::<Vec<_>>().join(", ")
}

/// Folds case as SQLite does for names: ASCII letters only.
pub(super) fn folded(name: &str) -> String {
    name.to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_are_sorted_so_that_they_are_found() {
        assert!(RESERVED.is_sorted());
        assert!(is_reserved("order") && !is_reserved("key"));
    }

    #[test]
    fn only_names_that_need_quotes_get_them() {
        assert_eq!(names(["users", "order", "a b", "Größe", "1st"]), "users, \"order\", \"a b\", \"Größe\", \"1st\"");
    }
}
