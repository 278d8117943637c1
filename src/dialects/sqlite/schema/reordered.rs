//! Comparison of two CREATE TABLE statements, whatever the order of their columns and constraints.

use super::tokens::tokens;
use crate::sql::TokenKind;

/// Returns `true` if both statements create the same table but for the order of its columns: between the parentheses
/// both have the same items. It compares tokens, so that it holds for what is not modelled, too.
pub(in crate::dialects::sqlite) fn is_reordered(one: &str, other: &str) -> bool {
    items(one).is_some_and(|one| items(other) == Some(one))
}

/// Returns the text outside the parentheses, and the items between them, sorted. `None` for another statement.
fn items(statement: &str) -> Option<(String, Vec<String>)> {
    let (mut outside, mut items, mut depth, mut is_over) = (String::new(), Vec::new(), 0_usize, false);
    for token in tokens(statement)? {
        match (token.kind, depth) {
            (TokenKind::Open, 0) if items.is_empty() => items.push(String::new()),
            (TokenKind::Close, 1) if !is_over => is_over = true,
            (_, 1) if token.is_comma() && !is_over => items.push(String::new()),
            _ => {
                let text = if items.is_empty() || is_over { &mut outside } else { items.last_mut()? };
                text.push_str(token.text);
                text.push(' ');
            }
        }
        match token.kind {
            TokenKind::Open => depth += 1,
            TokenKind::Close => depth = depth.checked_sub(1)?,
            _ => {}
        }
    }
    items.sort_unstable();
    (is_over && depth == 0).then_some((outside, items))
}

#[cfg(test)]
mod tests {
    use super::is_reordered;

    #[test]
    fn the_same_items_in_another_order_are_the_same_table() {
        let one = "CREATE TABLE t (id int, a numeric(10, 2) DEFAULT (1 + 2), UNIQUE (id), b text) STRICT";
        let other = "CREATE TABLE t (id int, b text, -- new\n a numeric(10,2) DEFAULT (1 + 2), UNIQUE (id)) STRICT";
        assert!(is_reordered(one, other));
    }

    #[test]
    fn another_item_or_option_is_another_table() {
        let one = "CREATE TABLE t (id int, a numeric(10, 2))";
        for other in [
            "CREATE TABLE t (id int, a numeric(2, 10))",
            "CREATE TABLE t (a numeric(10, 2), id int) STRICT",
            "CREATE TABLE t (id int, a numeric(10, 2), id int)",
            "CREATE TABLE t (id int)",
            "CREATE TABLE u (id int, a numeric(10, 2))",
            "CREATE TABLE t (id int, a 'numeric(10, 2)')",
            "CREATE TABLE t AS SELECT 1",
        ] {
            assert!(!is_reordered(one, other), "{other}");
        }
        assert!(!is_reordered("CREATE TABLE t AS SELECT 1", "CREATE TABLE t AS SELECT 1"));
    }
}
