//! Other tools' names of commands, with the command to type here instead.

use clap::error::{ContextKind, ContextValue};

/// Hint about the command that was meant, if `error` is about one that only another tool has.
pub fn meant(error: &clap::Error) -> Option<&'static str> {
    let Some(ContextValue::String(typed)) = error.get(ContextKind::InvalidSubcommand) else { return None };
    command(&typed.to_ascii_lowercase())
}

/// Commands of Alembic, Flyway, Rails, Django, Prisma, golang-migrate, dbmate, goose, Atlas and Sqitch.
fn command(typed: &str) -> Option<&'static str> {
    Some(match typed {
        "migrate" | "up" | "apply" | "update" | "db:migrate" | "run" | "migrate:up" => {
            "`aludel upgrade head` applies what is pending (`heads` where there are several)"
        }
        "rollback" | "down" | "undo" | "revert" | "db:rollback" | "redo" => {
            "`aludel downgrade -1` reverts the last revision"
        }
        "new" | "create" | "generate" | "add" | "make" | "makemigrations" | "make:migration" => {
            "`aludel revision -m TEXT` writes a new revision"
        }
        "info" | "version" | "state" => "`aludel status` shows where the database is and what is pending",
        "list" | "showmigrations" | "graph" => "`aludel history -i` draws the revisions and marks what is applied",
        "validate" | "doctor" => {
            "`aludel check` compares desired schema, revisions and database; `aludel verify` checks what is applied"
        }
        "baseline" | "resolve" | "fake" | "force" | "mark" => {
            "`aludel stamp REVISION` sets the current revision without running anything"
        }
        "dump" | "introspect" | "pull" | "db:pull" => {
            "`aludel inspect` prints what a database holds, `aludel backup` creates a backup"
        }
        "sql" | "sqlmigrate" | "script" => "`aludel upgrade head --sql` prints the script",
        "clean" | "drop" => "`aludel reset` drops everything of a service and upgrades again",
        "plan" | "dry-run" => "`aludel upgrade head --dry-run` prints the plan",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_that_is_offered_exists() {
        let known = crate::cli::command();
        for typed in
            ["migrate", "rollback", "new", "info", "list", "validate", "baseline", "dump", "sql", "clean", "plan"]
        {
            let text = command(typed).unwrap_or_default();
            for offered in text.split("`aludel ").skip(1).filter_map(|rest| rest.split([' ', '`']).next()) {
                assert!(known.find_subcommand(offered).is_some(), "{typed}: {offered}");
            }
            assert!(known.find_subcommand(typed).is_none(), "{typed} is a command of ours");
        }
    }
}
