//! Statements that name the schema `public`, as they are to be said where another schema stands for it. Knows tokens and
//! text; must not know where the other schema came from.

use crate::diagnostic::Span;
use crate::sql::{Dialect, Lexer};

/// The schema that is stood for.
const PUBLIC: &str = "public";

/// The statement with `schema` in the place of `public`: in front of names (within bodies and texts too, as
/// `nextval('public.s')` names it there), behind the word SCHEMA, and in a search path.
#[must_use]
pub fn in_schema(statement: &str, schema: &str) -> String {
    if !statement.contains(PUBLIC) {
        return statement.to_owned();
    }
    let tokens: Vec<_> = Lexer::new(statement, Dialect::Postgres)
        .map_while(Result::ok)
        .filter(|token| !token.kind.is_trivia())
        .map(|token| token.span)
        .collect();
    let word = |index: usize| tokens.get(index).map(|span| span.of(statement)).unwrap_or_default();
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
