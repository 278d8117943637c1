//! `DELIMITER` lines for the mysql client, which ends a statement at its first semicolon even inside a body.

use crate::sql::{self, Dialect};

/// Encloses a statement in lines that change the delimiter to one that does not occur in it: `mark`, twice or more.
#[must_use]
pub fn with_delimiter(statement: &str, mark: char) -> String {
    let mut delimiter = String::from_iter([mark, mark]);
    while statement.contains(&delimiter) {
        delimiter.push(mark);
    }
    format!("DELIMITER {delimiter}\n{statement}\n{delimiter}\nDELIMITER ;\n")
}

/// Returns `true` if the statement creates an object whose body contains statements.
#[must_use]
pub fn begins_body(statement: &str) -> bool {
    let words: Vec<String> = sql::keywords(statement, Dialect::MYSQL).take(8).collect();
    let makes = |word: &str| words.iter().any(|known| known == word);
    makes("CREATE") && ["PROCEDURE", "FUNCTION", "TRIGGER", "EVENT", "PACKAGE"].into_iter().any(makes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delimiter_does_not_occur_in_the_statement() {
        let text = with_delimiter("SELECT '$$'; SELECT 1", '$');
        assert_eq!(text, "DELIMITER $$$\nSELECT '$$'; SELECT 1\n$$$\nDELIMITER ;\n");
    }

    #[test]
    fn only_programs_have_a_body() {
        assert!(begins_body("create definer = me trigger t before insert on u for each row begin"));
        assert!(!begins_body("CREATE TABLE t (a int)") && !begins_body("DROP TRIGGER t"));
    }
}
