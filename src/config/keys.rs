//! Description of every key of a config file, from which its JSON Schema is made. A test compares the list with the keys
//! that the parser knows.

/// Key of a config file.
#[derive(Debug, Clone, Copy)]
pub struct ConfigKey {
    /// Name.
    pub name: &'static str,
    /// Form of its value.
    pub form: KeyForm,
    /// Meaning, in one line.
    pub about: &'static str,
}

/// Type of a key's value. Values of all types can also be written as `${NAME}`.
#[derive(Debug, Clone, Copy)]
pub enum KeyForm {
    /// Text.
    Text,
    /// Database URL.
    Url,
    /// `true` or `false`.
    Flag,
    /// Whole number from this one.
    Number(u32),
    /// Duration: `500ms`, `5s`, `2m`, `1h`, `0`.
    Duration,
    /// One of these words.
    Word(&'static [&'static str]),
    /// Text or a list of texts: paths, names.
    Texts,
    /// Command line: text that is split into words, or a list of words.
    Command,
    /// Command line, or a list of them.
    Commands,
    /// Mapping with these keys.
    Map(&'static [ConfigKey]),
    /// List of values of this form.
    List(&'static KeyForm),
    /// Mapping of any names to a text or a list of texts.
    Names,
    /// One of several forms.
    Any(&'static [KeyForm]),
}

use KeyForm::{Any, Command, Commands, Duration, Flag, List, Map, Names, Number, Text, Texts, Url, Word};

const fn key(name: &'static str, form: KeyForm, about: &'static str) -> ConfigKey {
    ConfigKey { name, form, about }
}

/// Keys of a service. All except `revisions` may also be beside `services`, as defaults.
pub const SERVICE_KEYS: &[ConfigKey] = &[
    key("url", Url, "Database: postgres://user@host/name, mysql://user@host/name, sqlite:PATH. Default: DATABASE_URL"),
    key(
        "url_command",
        Any(&[Command, Map(URL_COMMAND)]),
        "Program that prints the password, or the URL if `url` is not set; asked again for each connection",
    ),
    key("password_file", Text, "File that contains the password, read again for each connection"),
    key("revisions", Texts, "Folder of revisions, or a list of folders; new files go to the first"),
    key("recursive", Flag, "Read the folders in them too"),
    key(
        "layout",
        Word(&["revisions", "pairs"]),
        "Kind of files: revisions with headers, or pairs of files named by time",
    ),
    key("version_table", Text, "Name of the version table. Default: aludel_version"),
    key("version_schema", Text, "Schema of the version table"),
    key("templates", Text, "Folder of templates for new revisions"),
    key("file_template", Text, "Template for the names of new files: year, month, day, hour, minute, second, id, slug"),
    key("post_write_hooks", Commands, "Commands that run on each new file; {path} is replaced by its path"),
    key("env", Text, "Name of the environment, for templates. Default: ALUDEL_ENV"),
    key("checks", List(&Map(CHECK)), "Queries that check the health of the database"),
    key("hooks", Map(HOOKS), "Commands that run at the stages of a deploy"),
    key("on_failure", Word(&["stop", "downgrade", "restore"]), "Reaction of a deploy to a failure"),
    key("backup", Map(BACKUP), "Backups"),
    key("python", Any(&[Command, Map(PYTHON)]), "Alembic command that renders revisions written in Python"),
    key("constants", Names, "Values that Python revisions import from other modules"),
    key("lint", Map(LINT), "Settings of `aludel lint`"),
    key("lock_timeout", Duration, "Timeout of a statement that waits for a lock. Default: 5s"),
    key("statement_timeout", Duration, "Timeout of a statement. Default: the server's"),
    key(
        "lock_retries",
        Number(0),
        "Retries of a revision whose statement timed out while it waited for a lock. Default: 10",
    ),
    key(
        "durable",
        Word(&["run", "each"]),
        "Moment at which revisions are durable: at the end of the run, or each before the next",
    ),
    key("pipeline", Number(1), "Revisions that are sent before the first is answered. Default: 8"),
    key(
        "lock",
        Word(&["advisory", "lease"]),
        "Kind of lock against other runners; lease is for transaction poolers and clusters",
    ),
    key("lease_time", Duration, "Time after which a lease expires unless it is renewed. Default: 15s"),
    key("batch_target", Duration, "Target duration of one batch of a backfill. Default: 500ms"),
    key("max_replica_lag", Duration, "Replica lag above which a backfill pauses. Default: 10s"),
    key("replicas", Texts, "URLs of replicas whose lag is read, for servers that do not report it"),
    key("max_waiting", Number(0), "Sessions waiting for locks above which a backfill pauses. Default: 0"),
    key("ahead", Word(&["allow", "refuse"]), "Upgrade of a database that a newer release has upgraded"),
    key("keep_downgrades", Flag, "Keep downgrade sections in the journal. Default: true"),
    key("prove_merges", Any(&[Flag, Word(&["require"])]), "Prove that the sides of a merge commute. Default: true"),
    key(
        "schema",
        Any(&[Texts, Map(SCHEMA)]),
        "Desired schema: SQL files, a folder, a URL, or a command that prints SQL",
    ),
    key("schema_file", Text, "File that gets the schema of the database after each run, except with `protected`"),
    key("shadow_url", Url, "Server for shadow databases, or a database to use as the shadow"),
    key("shadow_extensions", Texts, "Extensions that a shadow database gets too (PostgreSQL)"),
    key("shadow_setup", Texts, "SQL files that run in a shadow database before the first revision"),
    key("protected", Flag, "Refuse commands that drop everything or change the database without a revision"),
    key("seed", Texts, "SQL files with the first rows of a new database"),
    key("tests", Texts, "Cases of `aludel test`: files or folders"),
    key("online", Flag, "Generated statements are safe for a database in use. Default: true"),
    key("owners", Flag, "Owners and privileges are part of the schema"),
    key("snapshot", Flag, "Keep the schema beside the journal after each run. Default: true"),
    key("require_downgrade", Flag, "Refuse revisions without a downgrade section"),
];

/// Keys that are not settings of a service.
pub const FILE_KEYS: &[ConfigKey] = &[
    key("services", Any(&[]), "Services by name"),
    key("env_file", Any(&[Text, Flag]), "File with variables beside the environment. Default: .env; false for none"),
];

const URL_COMMAND: &[ConfigKey] = &[
    key("run", Command, "Program and arguments, without a shell"),
    key("timeout", Duration, "Time after which it is killed. Default: 30s"),
];

const CHECK: &[ConfigKey] = &[
    key("name", Text, "Name, for reports"),
    key("query", Text, "One SQL query"),
    key("expect", Word(&["empty", "value", "at_most"]), "Expected result. Default: empty"),
    key("value", Text, "Value that `expect` refers to"),
    key("max_time", Duration, "Longest time that the query may take"),
];

const HOOK: &[ConfigKey] = &[
    key("run", Command, "Program and arguments, without a shell"),
    key("timeout", Duration, "Time after which it is killed. Default: 1m"),
    key("on_error", Word(&["stop", "continue"]), "Effect of a failure"),
];

const HOOK_FORM: KeyForm = Any(&[Command, Map(HOOK), List(&Any(&[Command, Map(HOOK)]))]);

const HOOKS: &[ConfigKey] = &[
    key("before_deploy", HOOK_FORM, "After the preflight, before anything is changed"),
    key("after_upgrade", HOOK_FORM, "After the revisions, before the verification"),
    key("on_failure", HOOK_FORM, "After a failure"),
    key("after_deploy", HOOK_FORM, "At the end of a successful deploy"),
];

const BACKUP: &[ConfigKey] = &[
    key("program", Text, "Dump program: a name or a path"),
    key("folder", Text, "Folder of the backups. Default: backups"),
    key("keep", Number(1), "Number of backups of the service to keep. Default: all"),
    key("pipe", Command, "Filters between the dump and the file, with | between them"),
    key("unpipe", Command, "Filters that reverse `pipe`"),
    key("jobs", Number(1), "Connections that dump and restore in parallel (PostgreSQL)"),
];

const LINT: &[ConfigKey] = &[
    key("rules", Names, "Levels of rules by their codes: error, warning, info or off"),
    key("small_table", Text, "Size up to which a table counts as small: 10MB"),
    key("own", Text, "Folder of the team's own rules"),
    key("gate", Flag, "Refuse to run a revision in which lint finds an error"),
    key("server", Text, "Product and version of the server, if none is asked"),
];

const PYTHON: &[ConfigKey] = &[
    key("run", Command, "Alembic command"),
    key("folder", Text, "Folder in which it runs"),
    key("online", Flag, "Let Alembic itself run revisions that have no SQL"),
    key("url_variable", Texts, "Environment variables from which env.py reads the URL"),
];

const SCHEMA: &[ConfigKey] = &[key("command", Command, "Program that prints the SQL of the desired schema")];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{backup, lint, settings};

    fn names(keys: &[ConfigKey]) -> Vec<&'static str> {
        let mut names: Vec<_> = keys.iter().map(|key| key.name).collect();
        names.sort_unstable();
        names
    }

    fn sorted(keys: impl IntoIterator<Item = &'static str>) -> Vec<&'static str> {
        let mut keys: Vec<_> = keys.into_iter().collect();
        keys.sort_unstable();
        keys
    }

    /// A key that is added to the parser needs a description here.
    #[test]
    fn every_key_that_the_parser_knows_is_described() {
        assert_eq!(names(SERVICE_KEYS), sorted(settings::service_keys()));
        assert_eq!(names(FILE_KEYS), sorted(settings::FILE_KEYS));
        assert_eq!(names(BACKUP), sorted(backup::KEYS));
        for (described, known) in [
            (URL_COMMAND, &settings::URL_COMMAND_KEYS[..]),
            (CHECK, &settings::CHECK_KEYS),
            (HOOK, &settings::HOOK_KEYS),
            (PYTHON, &settings::PYTHON_KEYS),
            (LINT, &lint::KEYS),
        ] {
            assert_eq!(names(described), sorted(known.iter().copied()));
        }
        assert_eq!(names(HOOKS), sorted(crate::config::Moment::ALL.map(crate::config::Moment::name)));
    }
}
