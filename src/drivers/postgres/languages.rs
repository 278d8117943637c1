//! plpgsql, the language of `DO` blocks and most functions.

use crate::database::refusable::try_value;
use crate::database::{Database, DatabaseError, MissingPrivilege};
use crate::sql::{Dialect, keywords, quote_identifier};

/// Returns the problem if the statements need plpgsql, and the database does not have it or the user may not use it.
pub(super) fn missing(
    database: &mut dyn Database,
    statements: &mut dyn Iterator<Item = &str>,
) -> Result<Option<MissingPrivilege>, DatabaseError> {
    if !needs_plpgsql(statements) {
        return Ok(None);
    }
    let sql = "SELECT CASE WHEN NOT EXISTS (SELECT FROM pg_catalog.pg_language WHERE lanname = 'plpgsql') THEN 'missing' \
               ELSE (SELECT 'denied' FROM pg_catalog.pg_language WHERE lanname = 'plpgsql' \
                     AND NOT pg_catalog.has_language_privilege(oid, 'USAGE')) END";
    Ok(match try_value(database, sql)?.as_deref() {
        Some("missing") => Some(MissingPrivilege {
            text: "the plan has a DO block or a function in plpgsql, and the database has no such language".to_owned(),
            grant: "CREATE EXTENSION plpgsql;".to_owned(),
        }),
        Some(_) => {
            let user = try_value(database, "SELECT current_user")?.unwrap_or_default();
            let user = quote_identifier(&user, Dialect::POSTGRES);
            Some(MissingPrivilege {
                text: "the plan has a DO block or a function in plpgsql, which the user may not use".to_owned(),
                grant: format!("GRANT USAGE ON LANGUAGE plpgsql TO {user};"),
            })
        }
        None => None,
    })
}

/// Returns `true` if there is a DO block without another language or a routine in plpgsql, and the statements do not
/// create the language themselves.
fn needs_plpgsql(statements: &mut dyn Iterator<Item = &str>) -> bool {
    let mut needs = false;
    for statement in statements {
        let words: Vec<String> = keywords(statement, Dialect::POSTGRES).take(2).collect();
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
