//! Values that simple CHECKs of one column allow: `c > 0`, `c <= 5`, `c BETWEEN 1 AND 5`, `c IN ('a', 'b')`.

use super::made_up_rows::MadeUpValue;
use super::outline::Relation;
use super::statement::ConstraintKind;
use crate::sql::{Dialect, Lexer, TokenKind};

/// Values that the CHECKs of a table allow in a column. What is not understood allows everything.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct ColumnBounds {
    least: Option<i64>,
    most: Option<i64>,
    /// Texts, as literals.
    texts: Vec<String>,
}

impl ColumnBounds {
    pub(super) fn new(table: &Relation, column: &str, dialect: Dialect) -> Self {
        let mut bounds = Self::default();
        for constraint in &table.constraints {
            if let ConstraintKind::Check(condition) = &constraint.kind {
                bounds.read(&words(condition, dialect), &column.to_lowercase());
            }
        }
        bounds
    }

    fn read(&mut self, words: &[String], column: &str) {
        if words.iter().any(|word| word == "or" || word == "not") {
            return;
        }
        for at in 0..words.len() {
            let Some([name, operator, rest @ ..]) = words.get(at..) else { continue };
            if name != column {
                continue;
            }
            let number = rest.first().and_then(|word| word.parse::<i64>().ok());
            match (operator.as_str(), number) {
                (">", Some(number)) => self.least = self.least.max(Some(number + 1)),
                (">=", Some(number)) => self.least = self.least.max(Some(number)),
                ("<", Some(number)) => self.most = Some(self.most.unwrap_or(i64::MAX).min(number - 1)),
                ("<=", Some(number)) => self.most = Some(self.most.unwrap_or(i64::MAX).min(number)),
                ("between", Some(least)) => {
                    self.least = self.least.max(Some(least));
                    self.most = rest.get(2).and_then(|word| word.parse().ok());
                }
                // PostgreSQL prints IN as `= ANY (ARRAY[...])`.
                ("in" | "=", None) => {
                    let is_list = |word: &&String| matches!(word.as_str(), "any" | "array");
                    let texts = rest.iter().skip_while(is_list).take_while(|word| word.starts_with('\''));
                    self.texts = texts.cloned().collect();
                }
                _ => {}
            }
        }
    }

    /// Value out of a list of texts.
    pub(super) fn listed(&self, number: &str) -> Option<MadeUpValue> {
        let (last, others) = self.texts.split_last()?;
        let count = self.texts.len();
        let mut sql = "CASE".to_owned();
        for (at, text) in others.iter().enumerate() {
            sql += &format!(" WHEN {number} % {count} = {at} THEN {text}");
        }
        let sql = if others.is_empty() { last.clone() } else { format!("{sql} ELSE {last} END") };
        Some(MadeUpValue { sql, capacity: u64::try_from(count).unwrap_or(u64::MAX) })
    }

    /// Number between the bounds.
    pub(super) fn limited(&self, number: &str) -> Option<MadeUpValue> {
        let most = self.most?;
        let least = self.least.unwrap_or(most.min(0));
        let count = u64::try_from(most.checked_sub(least)?.checked_add(1)?).ok().filter(|count| *count > 0)?;
        Some(MadeUpValue { sql: format!("({least} + {number} % {count})"), capacity: count })
    }
}

/// Words of a condition in lower case, without parentheses, commas and casts; operators are one word.
fn words(condition: &str, dialect: Dialect) -> Vec<String> {
    let tokens = Lexer::new(condition, dialect).map_while(Result::ok).filter(|token| !token.kind.is_trivia());
    let mut words: Vec<String> = Vec::new();
    let mut is_cast = false;
    for token in tokens {
        let text = token.span.slice(condition);
        if words.last().is_some_and(|word| word == "-") && text.chars().all(|c| c.is_ascii_digit()) {
            words.iter_mut().last().into_iter().for_each(|word| word.push_str(text));
        } else if words.last().is_some_and(|word| word == "::") {
            // The type of a cast, which may have several words: `character varying`.
            words.pop();
            is_cast = true;
        } else if !text.chars().all(|c| "(),[]".contains(c)) {
            let is_type = is_cast && token.kind == TokenKind::Word && !is_keyword(text);
            if !is_type {
                is_cast = false;
                let is_text = text.starts_with('\'');
                words.push(if is_text { text.to_owned() } else { text.trim_matches(['"', '`']).to_lowercase() });
            }
        }
    }
    words
}

fn is_keyword(word: &str) -> bool {
    matches!(word.to_lowercase().as_str(), "and" | "or" | "not" | "is" | "in" | "between")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn bounds(condition: &str) -> ColumnBounds {
        let mut bounds = ColumnBounds::default();
        bounds.read(&words(condition, Dialect::POSTGRES), "c");
        bounds
    }

    #[test]
    fn simple_conditions_bound_a_column() {
        let number = |least, most| ColumnBounds { least, most, texts: Vec::new() };
        for (condition, expected) in [
            ("c > 0", number(Some(1), None)),
            ("((c >= 0) AND (c < 5))", number(Some(0), Some(4))),
            ("c BETWEEN 1 AND 5", number(Some(1), Some(5))),
            ("(\"c\" <= '-3'::integer)", ColumnBounds::default()),
            ("c <= -3", number(None, Some(-3))),
            ("d > 7", ColumnBounds::default()),
            ("c > 7 OR d > 7", ColumnBounds::default()),
        ] {
            assert_eq!(bounds(condition), expected, "{condition}");
        }
        let texts = ColumnBounds { texts: vec!["'a'".to_owned(), "'B'".to_owned()], ..ColumnBounds::default() };
        assert_eq!(bounds("c IN ('a', 'B')"), texts);
        assert_eq!(bounds("((c)::text = ANY ((ARRAY['a'::character varying, 'B'::text])::text[]))"), texts);
    }

    #[test]
    fn values_stay_between_the_bounds() {
        assert_eq!(bounds("c BETWEEN 1 AND 5").limited("n").unwrap().sql, "(1 + n % 5)");
        assert_eq!(bounds("c IN ('a', 'b')").listed("n").unwrap().sql, "CASE WHEN n % 2 = 0 THEN 'a' ELSE 'b' END");
    }
}
