//! Validation of routine bodies. The server checks a body that is given as text when the routine is created, and
//! rejects references to objects that are created later, or that are found only with another `search_path`.

use crate::schema::{Script, Statement, StatementNote};

/// Turns off `check_function_bodies` around such routines, as `pg_dump` does. Their bodies were checked when the
/// desired schema was created.
pub(super) fn disable_check_function_bodies(script: &mut Script) {
    for part in &mut script.parts {
        let is_meant = |statement: &Statement| may_be_faulted(&statement.sql);
        let (first, last) = (part.statements.iter().position(is_meant), part.statements.iter().rposition(is_meant));
        let Some((first, last)) = first.zip(last) else { continue };
        let note = "bodies may use what is created later, or what only another search_path finds".to_owned();
        let off = Statement::new("SET check_function_bodies = off").note(StatementNote::Remark(note));
        part.statements.insert(last + 1, Statement::new("RESET check_function_bodies"));
        part.statements.insert(first, off);
    }
}

/// Returns whether the server could reject the body: one in SQL, or one in PL/pgSQL with variables, whose types it
/// looks up.
fn may_be_faulted(sql: &str) -> bool {
    let is_routine = ["FUNCTION ", "PROCEDURE "]
        .iter()
        .any(|kind| sql.strip_prefix("CREATE OR REPLACE ").is_some_and(|rest| rest.starts_with(kind)));
    let Some((head, body)) = sql.split_once("\nAS $").filter(|_| is_routine) else { return false };
    let is_in = |language: &str| head.lines().any(|line| line.trim_start().starts_with(language));
    is_in("LANGUAGE sql") || is_in("LANGUAGE plpgsql") && body.to_ascii_lowercase().contains("declare")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn function(language: &str, body: &str) -> String {
        format!(
            "CREATE OR REPLACE FUNCTION public.f()\n RETURNS integer\n LANGUAGE {language}\nAS $function$ {body} $function$"
        )
    }

    #[test]
    fn bodies_that_the_server_would_look_into_are_taken_as_they_are() {
        assert!(may_be_faulted(&function("sql", "SELECT g()")));
        assert!(may_be_faulted(&function("plpgsql", "DECLARE a mood; BEGIN RETURN 1; END")));
        assert!(!may_be_faulted(&function("plpgsql", "BEGIN RETURN 1; END")));
        assert!(!may_be_faulted("CREATE OR REPLACE FUNCTION f()\n RETURNS integer\n LANGUAGE sql\nRETURN 1"));
    }

    #[test]
    fn the_setting_holds_for_the_routines_only() {
        let mut script = Script::default();
        for sql in
            ["CREATE TABLE a ()", &function("sql", "SELECT 1"), &function("sql", "SELECT 2"), "CREATE TABLE b ()"]
        {
            script.push(true, Statement::new(sql));
        }
        disable_check_function_bodies(&mut script);
        let found: Vec<&str> =
            script.statements().map(|statement| statement.sql.split(' ').next().unwrap_or_default()).collect();
        assert_eq!(found, ["CREATE", "SET", "CREATE", "CREATE", "RESET", "CREATE"]);
    }
}
