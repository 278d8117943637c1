//! Hints for command lines that clap refuses: other tools' names of commands with the command to type here instead, and
//! the usual targets where `upgrade` or `downgrade` has none.

use clap::error::{ContextKind, ContextValue};

/// Returns a hint about what was meant, if `error` is about a command of another tool or a missing target.
pub fn meant(error: &clap::Error) -> Option<&'static str> {
    match error.get(ContextKind::InvalidSubcommand) {
        Some(ContextValue::String(typed)) => command(&typed.to_ascii_lowercase()),
        _ => missing_target(error),
    }
}

/// Returns the targets to type, if `error` is about an `upgrade` or a `downgrade` without one.
fn missing_target(error: &clap::Error) -> Option<&'static str> {
    let missing = match error.get(ContextKind::InvalidArg)? {
        ContextValue::Strings(names) => names.iter().any(|name| name == "<TARGET>"),
        _ => false,
    };
    let ContextValue::StyledStr(usage) = error.get(ContextKind::Usage)? else { return None };
    let usage = usage.to_string();
    TARGETS.iter().find(|(name, _)| missing && usage.contains(&format!(" {name} "))).map(|(_, hint)| *hint)
}

/// Commands that need a target, with the usual ones.
const TARGETS: [(&str, &str); 2] = [
    ("upgrade", "`aludel upgrade head` applies all that is pending, `aludel upgrade +1` only the next revision"),
    (
        "downgrade",
        "`aludel downgrade -1` reverts the last revision, `aludel downgrade REVISION` all above that one, \
         `aludel downgrade base` all",
    ),
];

/// Returns the hint for another tool's command, typed in any spelling of its separators.
fn command(typed: &str) -> Option<&'static str> {
    let typed = typed.replace('_', "-");
    OTHER_WORDS.iter().find(|(words, _)| words.contains(&typed.as_str())).map(|(_, hint)| *hint)
}

/// Commands of Alembic, Atlas, dbmate, Diesel, Django, Drizzle, EF Core, Flyway, golang-migrate, goose, Knex, Laravel,
/// Liquibase, Prisma, Rails, Sequelize, Sqitch, sqlx and TypeORM, each with the command of aludel.
const OTHER_WORDS: &[(&[&str], &str)] = &[
    (
        &[
            "migrate",
            "migration",
            "migrations",
            "up",
            "apply",
            "update",
            "run",
            "goto",
            "up-to",
            "db:migrate",
            "migrate:up",
            "migrate:latest",
            "migration:run",
        ],
        "`aludel upgrade head` applies what is pending (`heads` where there are several)",
    ),
    (&["up-by-one", "update-count"], "`aludel upgrade +1` applies the next revision"),
    (
        &[
            "rollback",
            "down",
            "undo",
            "revert",
            "redo",
            "down-to",
            "rollback-count",
            "rollback-to-date",
            "unapply",
            "db:rollback",
            "db:migrate:undo",
            "migrate:rollback",
            "migrate:down",
            "migration:revert",
        ],
        "`aludel downgrade -1` reverts the last revision",
    ),
    (
        &[
            "new",
            "create",
            "generate",
            "add",
            "make",
            "makemigrations",
            "make:migration",
            "migrate:make",
            "migration:create",
            "migration:generate",
            "generate-changelog",
            "diff-changelog",
        ],
        "`aludel revision -m TEXT` writes a new revision, with --autogenerate from the desired schema",
    ),
    (
        &["info", "version", "state", "db:version", "pending", "migrate:status", "db:migrate:status"],
        "`aludel status` shows where the database is and what is pending",
    ),
    (
        &["list", "ls", "showmigrations", "graph", "tree", "migrate:list", "migration:show"],
        "`aludel history -i` draws the revisions and marks what is applied",
    ),
    (
        &["validate", "doctor", "schema:validate"],
        "`aludel check` compares desired schema, revisions and database; `aludel verify` checks what is applied",
    ),
    (
        &[
            "baseline",
            "resolve",
            "fake",
            "force",
            "mark",
            "set",
            "changelog-sync",
            "mark-next-changeset-ran",
            "mark-next-changeset-rolled-back",
        ],
        "`aludel stamp REVISION` sets the current revision without running anything",
    ),
    (
        &["hash", "clear-checksums", "rehash", "accept"],
        "`aludel repair --accept REVISION` accepts a revision that was edited after it ran",
    ),
    (&["release-locks", "list-locks", "unlock"], "a lock ends with its process; `aludel preflight` shows who holds it"),
    (
        &[
            "dump",
            "introspect",
            "pull",
            "snapshot",
            "schema",
            "inspectdb",
            "print-schema",
            "db:pull",
            "db:schema:dump",
            "schema:dump",
            "schema:log",
        ],
        "`aludel inspect` prints what a database holds, `aludel backup` creates a backup",
    ),
    (
        &["sync", "schema:sync", "db:push", "load", "db:schema:load"],
        "`aludel push` brings a development database to the desired schema",
    ),
    (
        &["sql", "sqlmigrate", "script", "update-sql", "rollback-sql", "bundle"],
        "`aludel upgrade head --sql` prints the script",
    ),
    (
        &[
            "clean",
            "fresh",
            "refresh",
            "flush",
            "wipe",
            "drop-all",
            "db:reset",
            "db:wipe",
            "db:setup",
            "setup",
            "migrate:fresh",
            "migrate:refresh",
            "migrate:reset",
            "schema:drop",
        ],
        "`aludel reset` drops everything of a service and upgrades again",
    ),
    (
        &["createdb", "db:create", "database:create", "create-db"],
        "`aludel create-database` creates the database, `aludel upgrade head --create-database` also fills it",
    ),
    (&["drop", "dropdb", "db:drop", "drop-db"], "`aludel drop-database` drops the database of a service"),
    (&["db:seed", "db:seed:all", "seed:run", "loaddata"], "`aludel seed` runs the seed files"),
    (&["squashmigrations", "collapse"], "`aludel squash` replaces several revisions with one"),
    (&["fix", "rework"], "`aludel rebase` moves revisions onto another one"),
    (&["plan", "dry-run", "preview"], "`aludel upgrade head --dry-run` prints the plan"),
    (
        &["remove", "rm", "delete", "migrate:delete"],
        "delete the file of a revision that is applied nowhere; `aludel history -i` marks what is applied",
    ),
    (
        &["verify-checksums", "abort-if-pending", "db:abort-if-pending-migrations", "check-pending"],
        "`aludel current --check-heads` ends with 3 when something is pending",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_that_is_offered_exists() {
        let known = crate::cli::command();
        for (words, hint) in OTHER_WORDS.iter().copied().chain(TARGETS.map(|(_, hint)| (&[][..], hint))) {
            for offered in hint.split("`aludel ").skip(1).filter_map(|rest| rest.split([' ', '`']).next()) {
                assert!(known.find_subcommand(offered).is_some(), "{words:?}: {offered}");
            }
            for word in words {
                assert!(known.find_subcommand(word).is_none(), "{word} is a command of ours");
                assert_eq!(command(word), Some(hint), "{word} is in the list twice, or not as it is looked up");
            }
        }
    }

    #[test]
    fn the_spelling_of_separators_does_not_matter() {
        assert_eq!(command("drop_all"), command("drop-all"));
        assert!(command("db:abort_if_pending_migrations").is_some());
        assert_eq!(command("status"), None);
    }
}
