//! Extensions that a text creates.

use std::collections::BTreeSet;

use crate::sql::{Dialect, Lexer, TokenKind, unquoted};

/// Returns the names after each `CREATE EXTENSION [IF NOT EXISTS]` in the text. Literals are searched as well (`DO`
/// blocks, `EXECUTE`), comments are not. A text that is not SQL (a Python revision) is searched word by word.
pub(super) fn created_extensions(text: &str) -> BTreeSet<String> {
    let mut created = BTreeSet::new();
    // Cheap check first: few texts create an extension, and a history is long.
    if text.as_bytes().windows(9).any(|word| word.eq_ignore_ascii_case(b"extension")) {
        collect(text, &mut created);
    }
    created
}

fn collect(text: &str, created: &mut BTreeSet<String>) {
    let mut words = Vec::new();
    for token in Lexer::new(text, Dialect::POSTGRES) {
        let Ok(token) = token else {
            words = text.split(|letter| !is_of_name(letter)).filter(|word| !word.is_empty()).collect();
            break;
        };
        let word = token.span.slice(text);
        match token.kind {
            kind if kind.is_trivia() => {}
            TokenKind::Text => collect(literal(word), created),
            _ => words.push(word),
        }
    }
    for (at, pair) in words.windows(2).enumerate() {
        if let [create, extension] = pair
            && create.eq_ignore_ascii_case("CREATE")
            && extension.eq_ignore_ascii_case("EXTENSION")
        {
            let is_condition =
                |word: &&&str| ["IF", "NOT", "EXISTS"].iter().any(|known| word.eq_ignore_ascii_case(known));
            let name = words.iter().skip(at + 2).find(|word| !is_condition(word));
            created.extend(name.map(|name| if name.starts_with('"') { unquoted(name) } else { name.to_lowercase() }));
        }
    }
}

fn is_of_name(letter: char) -> bool {
    letter.is_alphanumeric() || matches!(letter, '_' | '-')
}

/// Content of a literal without its delimiters. Escapes are not resolved: it is only searched for words.
fn literal(word: &str) -> &str {
    let start = match word.find(['\'', '$']) {
        Some(at) if word.get(at..).is_some_and(|rest| rest.starts_with('$')) => {
            let tag = word.get(at + 1..).and_then(|rest| rest.find('$')).map_or(0, |end| end + 1);
            at + 1 + tag
        }
        Some(at) => at + 1,
        None => return "",
    };
    word[start..].trim_end_matches(['\'', '$'])
}

#[cfg(test)]
mod tests {
    use super::created_extensions;

    fn created(text: &str) -> Vec<String> {
        created_extensions(text).into_iter().collect()
    }

    #[test]
    fn a_statement_is_found_in_any_form() {
        assert_eq!(
            created("create extension citext;\nCREATE EXTENSION IF NOT EXISTS \"uuid-ossp\" SCHEMA x;"),
            ["citext", "uuid-ossp"]
        );
        assert_eq!(created("DO $x$ BEGIN EXECUTE 'CREATE EXTENSION PostGIS'; END $x$;"), ["postgis"]);
    }

    #[test]
    fn a_comment_and_other_statements_create_nothing() {
        assert!(created("-- CREATE EXTENSION citext\nALTER EXTENSION hstore UPDATE; DROP EXTENSION ltree;").is_empty());
        assert!(created("COMMENT ON EXTENSION citext IS 'x'; SELECT 'extension'").is_empty());
    }

    #[test]
    fn a_text_that_is_no_sql_is_searched_for_words() {
        assert_eq!(
            created("def upgrade():\n    it's = op.execute(\"CREATE EXTENSION IF NOT EXISTS hstore;\")"),
            ["hstore"]
        );
    }
}
