//! Queries that write: `WITH x AS (DELETE ...) SELECT`, `WITH ... DELETE`, `SELECT ... INTO`.
//!
//! Sources: PostgreSQL's manual, "WITH Queries" (data-modifying statements) and "SELECT INTO"; MySQL's, "WITH (Common
//! Table Expressions)" and "SELECT ... INTO Statement"; SQLite's "The WITH Clause".

use super::Dialect;
use super::lexer::{Lexer, Token, TokenKind};
use crate::diagnostic::Span;

/// Verbs of statements that write, where a statement may begin.
const WRITING: [&str; 5] = ["INSERT", "UPDATE", "DELETE", "MERGE", "REPLACE"];

/// Verbs of the statement after the list of a WITH clause that only read.
const READING: [&str; 3] = ["SELECT", "VALUES", "TABLE"];

/// Returns the word that makes the query `sql` write, or `None` if it only reads. What a function that it calls does is
/// not visible here.
#[must_use]
pub fn writing_word(sql: &str, dialect: Dialect) -> Option<Span> {
    let tokens: Vec<Token> = Lexer::new(sql, dialect).map_while(Result::ok).filter(is_code).collect();
    let word = |token: &Token| (token.kind == TokenKind::Word).then(|| token.span.slice(sql).to_ascii_uppercase());
    let begins_with_list = tokens.first().and_then(word).is_some_and(|word| word == "WITH");
    let mut is_in_list = begins_with_list;
    let mut depth = 0_usize;
    for (index, token) in tokens.iter().enumerate() {
        match token.kind {
            TokenKind::Open => depth += 1,
            TokenKind::Close => depth = depth.saturating_sub(1),
            _ => {}
        }
        let Some(text) = word(token) else { continue };
        let kind_before = |back: usize| index.checked_sub(back).and_then(|at| tokens.get(at));
        // `x AS (DELETE`, `x AS MATERIALIZED (DELETE`.
        let follows_as =
            kind_before(2).and_then(word).is_some_and(|word| matches!(word.as_str(), "AS" | "MATERIALIZED"));
        let begins_part = follows_as && kind_before(1).is_some_and(|token| token.kind == TokenKind::Open);
        let follows_list =
            is_in_list && depth == 0 && kind_before(1).is_some_and(|token| token.kind == TokenKind::Close);
        // A call, such as MySQL's function INSERT(), is not a statement.
        let is_call = tokens.get(index + 1).is_some_and(|token| token.kind == TokenKind::Open);
        let is_verb = begins_part || follows_list;
        // INTO is reserved in all dialects, so it is not a name.
        if text == "INTO" || (is_verb && !is_call && WRITING.contains(&text.as_str())) {
            return Some(token.span);
        }
        is_in_list &= !(follows_list && READING.contains(&text.as_str()));
    }
    None
}

fn is_code(token: &Token) -> bool {
    !token.kind.is_trivia() && !matches!(token.kind, TokenKind::ExecutableOpen | TokenKind::ExecutableClose)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_writes_is_found_at_its_word() {
        for (sql, dialect, expected) in [
            ("WITH gone AS (DELETE FROM t RETURNING x) SELECT x FROM gone", Dialect::POSTGRES, "DELETE"),
            (
                "with a as (select 1), b as not materialized (update t set x = 1 returning x) table b",
                Dialect::POSTGRES,
                "update",
            ),
            ("WITH x(a) AS (SELECT 1) DELETE FROM t WHERE a IN (SELECT a FROM x)", Dialect::MYSQL, "DELETE"),
            ("WITH x AS (SELECT 1) REPLACE INTO t SELECT * FROM x", Dialect::SQLITE, "REPLACE"),
            ("SELECT x INTO copied FROM t", Dialect::POSTGRES, "INTO"),
            ("SELECT x FROM t INTO OUTFILE '/tmp/t'", Dialect::MYSQL, "INTO"),
            ("SELECT x FROM t /*!50000 into @x */", Dialect::MYSQL, "into"),
            ("TABLE t INTO OUTFILE '/tmp/t'", Dialect::MYSQL, "INTO"),
        ] {
            assert_eq!(writing_word(sql, dialect).map(|span| span.slice(sql)), Some(expected), "{sql}");
        }
    }

    #[test]
    fn what_only_looks_like_it_is_left_alone() {
        for sql in [
            "SELECT 'INTO', \"into\" FROM t -- INTO\n",
            "SELECT max(update), count(*) update FROM t WHERE (delete IS NULL)",
            "WITH x AS (SELECT count(*) update FROM t) SELECT count(*) delete FROM x",
            "WITH x AS (SELECT replace(a, 'b', 'c') FROM t), y AS (VALUES (1)) (SELECT insert('a', 1, 1, 'b') FROM x)",
            "SELECT * FROM t FOR UPDATE",
        ] {
            for dialect in [Dialect::POSTGRES, Dialect::MYSQL, Dialect::SQLITE] {
                assert_eq!(writing_word(sql, dialect), None, "{sql}");
            }
        }
    }
}
