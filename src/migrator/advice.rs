//! Texts of error reports for a program: they name the settings of a [`Migrator`](super::Migrator) instead of the options
//! of the command line.

/// Options of the command line in texts of reports, and what a program uses instead.
const SETTINGS: [(&str, &str); 5] = [
    ("--lock-timeout SECONDS", "`Migrator::lock_timeout`"),
    ("--kill-blockers", "`Migrator::kill_blockers`"),
    ("--single-transaction", "`Migrator::single_transaction`"),
    ("DATABASE_URL or --url", "DATABASE_URL or `Embedded::url`"),
    ("--yes skips the question", "`Migrator::may_lose_rows` allows the loss"),
];

/// Returns `text` with the settings of a program in the place of options.
pub(super) fn for_program(text: &str) -> String {
    let text = SETTINGS.iter().fold(text.to_owned(), |text, (option, setting)| text.replace(option, setting));
    with_variables(&text)
}

/// Replaces `-x KEY=VALUE`, where KEY is any word.
fn with_variables(text: &str) -> String {
    let mut parts = text.split("-x ");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| match part.split_once("=VALUE") {
        Some((key, rest)) if !key.contains(' ') => format!("{text}`Migrator::variable({key:?}, VALUE)`{rest}"),
        _ => format!("{text}-x {part}"),
    })
}

#[cfg(test)]
mod tests {
    use super::for_program;

    #[test]
    fn options_become_settings() {
        for (text, expected) in [
            ("remove --single-transaction", "remove `Migrator::single_transaction`"),
            ("give it a value: -x tenant=VALUE", "give it a value: `Migrator::variable(\"tenant\", VALUE)`"),
            ("tar -x a b=VALUE", "tar -x a b=VALUE"),
            ("aludel stamp --purge a1", "aludel stamp --purge a1"),
        ] {
            assert_eq!(for_program(text), expected);
        }
    }
}
