//! Rewrites statements for a schema that takes the place of `public`. Works on tokens and text; must not depend on the
//! origin of the other schema.

use crate::diagnostic::Span;
use crate::sql::{Dialect, Lexer};

/// Name of the schema that is replaced.
const PUBLIC: &str = "public";

/// Replaces `public` by `schema` in a statement: as a qualifier (also in bodies and strings, because of
/// `nextval('public.s')`), after the keyword SCHEMA, and in a search path.
#[must_use]
pub fn in_schema(statement: &str, schema: &str) -> String {
    if !statement.contains(PUBLIC) {
        return statement.to_owned();
    }
    let tokens: Vec<_> = Lexer::new(statement, Dialect::POSTGRES)
        .map_while(Result::ok)
        .filter(|token| !token.kind.is_trivia())
        .map(|token| token.span)
        .collect();
    let word = |index: usize| tokens.get(index).map(|span| span.slice(statement)).unwrap_or_default();
    let is = |index: usize, wanted: &str| word(index).eq_ignore_ascii_case(wanted);
    let path = is(0, "SET") && (1..3).any(|index| is(index, "search_path"));
    let (mut result, mut kept) = (String::new(), 0);
    for (index, span) in tokens.iter().enumerate().filter(|(index, _)| is(*index, PUBLIC)) {
        if path || index.checked_sub(1).is_some_and(|before| is(before, "SCHEMA")) {
            result.push_str(Span::new(kept, span.start).slice(statement));
            result.push_str(schema);
            kept = span.end;
        }
    }
    result.push_str(Span::new(kept, statement.len()).slice(statement));
    in_front_of_names(&result, schema)
}

fn in_front_of_names(text: &str, schema: &str) -> String {
    let mut pieces = text.split("public.");
    let mut result = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        // Not the schema: the end of a longer name (`republic.t`), or a name after a dot (`x.public.t`).
        let within = |last: char| last.is_alphanumeric() || matches!(last, '_' | '$' | '.');
        result.push_str(if result.ends_with(within) { PUBLIC } else { schema });
        result.push('.');
        result.push_str(piece);
    }
    result
}

#[cfg(test)]
mod tests {
    use super::in_schema;

    #[test]
    fn what_names_public_names_the_other() {
        for (said, expected) in [
            (
                "CREATE TABLE public.a (x int DEFAULT nextval('public.s'), public int, y republic.t, z public.public.w)",
                "CREATE TABLE own.a (x int DEFAULT nextval('own.s'), public int, y republic.t, z own.public.w)",
            ),
            ("SET search_path = public, pg_catalog", "SET search_path = own, pg_catalog"),
            ("SET LOCAL search_path TO public", "SET LOCAL search_path TO own"),
            ("COMMENT ON SCHEMA public IS 'public'", "COMMENT ON SCHEMA own IS 'public'"),
            ("GRANT USAGE ON SCHEMA public TO PUBLIC", "GRANT USAGE ON SCHEMA own TO PUBLIC"),
            ("GRANT SELECT ON a TO public", "GRANT SELECT ON a TO public"),
        ] {
            assert_eq!(in_schema(said, "own"), expected);
        }
    }
}
