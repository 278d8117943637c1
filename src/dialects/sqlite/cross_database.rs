//! Files that SQLite statements attach or write.

use crate::sql::{TableNameToken, TokenKind};

/// File of `ATTACH [DATABASE] expression AS name` and `VACUUM [schema] INTO expression`. Only the empty string (a
/// temporary file) and `:memory:` are certain to be no file of the user's: SQLite also takes a name, quoted or not, as
/// the string, and evaluates any expression.
pub(super) fn named_database<'t>(words: &[TableNameToken<'t>]) -> Option<TableNameToken<'t>> {
    let (first, rest) = words.split_first()?;
    let expression = if first.is("ATTACH") {
        let is_keyword = matches!(rest, [keyword, next, ..] if keyword.is("DATABASE") && !next.is("AS"));
        rest.get(usize::from(is_keyword)..)?
    } else if first.is("VACUUM") {
        let into = rest.iter().take(2).position(|word| word.is("INTO"))?;
        rest.get(into + 1..)?
    } else {
        return None;
    };
    let file = expression.first()?;
    let is_alone = expression.get(1).is_none_or(|next| next.is("AS"));
    let is_literal = matches!(file.kind, TokenKind::Text | TokenKind::QuotedIdentifier);
    let is_no_file = is_alone && is_literal && matches!(file.plain().as_str(), "" | ":memory:");
    (!is_no_file).then_some(*file)
}

#[cfg(test)]
mod tests {
    use crate::sql::{Dialect, named_database};

    #[test]
    fn a_file_that_sqlite_attaches_or_writes_is_found_however_it_is_written() {
        for (sql, file) in [
            ("ATTACH 'app.db' AS x", "app.db"),
            ("attach database 'app.db' as x", "app.db"),
            ("ATTACH \"app.db\" AS x", "app.db"),
            ("ATTACH [app.db] AS x", "app.db"),
            ("ATTACH app AS x", "app"),
            ("ATTACH DATABASE app AS ':memory:'", "app"),
            ("ATTACH '' || 'app.db' AS x", ""),
            ("ATTACH ('app.db') AS x", "("),
            ("VACUUM INTO 'app.db'", "app.db"),
            ("VACUUM main INTO \"app.db\"", "app.db"),
        ] {
            assert_eq!(named_database(sql, Dialect::SQLITE).map(|(name, _)| name).as_deref(), Some(file), "{sql}");
        }
        for sql in
            ["ATTACH ':memory:' AS x", "ATTACH '' AS x", "ATTACH DATABASE \":memory:\" AS x", "VACUUM", "VACUUM x"]
        {
            assert_eq!(named_database(sql, Dialect::SQLITE), None, "{sql}");
        }
    }
}
