//! Checks that plpgsql, the language of DO blocks and functions in the plan, exists and may be used (PostgreSQL).

use super::{Item, Level};
use crate::database::{Database, DatabaseError};
use crate::engine::PreparedRun;
use crate::operations::ask::ask_value;
use crate::sql::{Dialect, keywords, quote_identifier};

/// Returns the problem; `None` if the plan needs no plpgsql or the user has it.
pub(super) fn item(database: &mut dyn Database, survey: &PreparedRun) -> Result<Option<Item>, DatabaseError> {
    if database.server().dialect != Dialect::Postgres || !needs_plpgsql(survey) {
        return Ok(None);
    }
    let sql = "SELECT CASE WHEN NOT EXISTS (SELECT FROM pg_catalog.pg_language WHERE lanname = 'plpgsql') THEN 'missing' \
               ELSE (SELECT 'denied' FROM pg_catalog.pg_language WHERE lanname = 'plpgsql' \
                     AND NOT pg_catalog.has_language_privilege(oid, 'USAGE')) END";
    let item =
        |text: &str, remedy: String| Item { remedies: vec![remedy], ..Item::new("privileges", Level::Stop, text) };
    Ok(match ask_value(database, sql)?.as_deref() {
        Some("missing") => Some(item(
            "the plan has a DO block or a function in plpgsql, and the database has no such language",
            "CREATE EXTENSION plpgsql;".to_owned(),
        )),
        Some(_) => {
            let user = ask_value(database, "SELECT current_user")?.unwrap_or_default();
            let user = quote_identifier(&user, Dialect::Postgres);
            let text = "the plan has a DO block or a function in plpgsql, which the user may not use";
            Some(item(text, format!("GRANT USAGE ON LANGUAGE plpgsql TO {user};")))
        }
        None => None,
    })
}

/// Returns `true` if the plan has a DO block without another language or a routine in plpgsql, and does not create the
/// language itself.
fn needs_plpgsql(survey: &PreparedRun) -> bool {
    let statements = survey.prepared.iter().flat_map(|prepared| {
        let text = &prepared.section.text;
        prepared.sent().map(move |piece| piece.sql.of(text))
    });
    let mut needs = false;
    for statement in statements {
        let words: Vec<String> = keywords(statement, Dialect::Postgres).take(2).collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let lower = statement.to_ascii_lowercase();
        match words.as_slice() {
            ["CREATE", "EXTENSION"] if lower.contains("plpgsql") => return false,
            ["DO", ..] => needs |= !lower.contains("language ") || lower.contains("plpgsql"),
            _ => needs |= lower.contains("language plpgsql") || lower.contains("language 'plpgsql'"),
        }
    }
    needs
}
