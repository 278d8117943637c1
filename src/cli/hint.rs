//! Commands in hints: completed with the service's name if the config has several services.

use clap::CommandFactory as _;

use super::arguments::CommandLine;

/// Appends `-s SERVICE` to every aludel command in `hint` that selects no service yet. A command without arguments is
/// only mentioned, not meant to be typed, and stays as it is.
pub fn with_service(hint: &str, service: &str) -> String {
    let mut text = String::new();
    let mut rest = hint;
    while let Some(at) = rest.find("aludel ") {
        let (before, line) = rest.split_at(at);
        // A command in backticks ends at the closing one, any other at the end of the hint.
        let end = if before.ends_with('`') { line.find('`') } else { None }.unwrap_or(line.len());
        let (line, behind) = line.split_at(end);
        text += before;
        text += line;
        if accepts_service(line, service) {
            text += &format!(" -s {service}");
        }
        rest = behind;
    }
    text + rest
}

/// Returns `true` if clap accepts `line` with `-s SERVICE` behind it, and it selects no service yet.
fn accepts_service(line: &str, service: &str) -> bool {
    let words: Vec<&str> = line.split_whitespace().collect();
    if words.len() <= 2 {
        return false;
    }
    let parse = |words: &[&str]| CommandLine::read(&mut CommandLine::command(), words);
    let selects_none = |line: CommandLine| line.global.service.is_empty() && line.command.works_on_services();
    parse(&words).is_ok_and(selects_none) && parse(&[words.as_slice(), &["-s", service]].concat()).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_to_type_name_their_service_once() {
        for (hint, expected) in [
            ("undo it, then: aludel stamp current", "undo it, then: aludel stamp current -s auth"),
            ("`aludel stamp --purge heads` fixes the table", "`aludel stamp --purge heads -s auth` fixes the table"),
            ("first: aludel downgrade a1 -s chat", "first: aludel downgrade a1 -s chat"),
            ("aludel upgrade head --all", "aludel upgrade head --all"),
            ("aludel repair --accept --all", "aludel repair --accept --all -s auth"),
            ("run `aludel upgrade` again", "run `aludel upgrade` again"),
            ("aludel status shows what is half-applied", "aludel status shows what is half-applied"),
            ("fix the file", "fix the file"),
            ("aludel check compares with the revisions", "aludel check compares with the revisions"),
            ("aludel import flyway DIR", "aludel import flyway DIR -s auth"),
            ("aludel revision --autogenerate -m TEXT", "aludel revision --autogenerate -m TEXT -s auth"),
            ("aludel downgrade -1", "aludel downgrade -1 -s auth"),
            ("aludel init --template multi", "aludel init --template multi"),
            ("aludel man man1", "aludel man man1"),
            ("aludel upgrade head --nonsense", "aludel upgrade head --nonsense"),
        ] {
            assert_eq!(with_service(hint, "auth"), expected);
        }
    }
}
