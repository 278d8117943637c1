//! Commands in hints: completed with the service's name if the config has several services.

/// Commands that work on a service.
const COMMANDS: [&str; 11] = [
    "upgrade",
    "downgrade",
    "stamp",
    "repair",
    "verify",
    "deploy",
    "preflight",
    "restore",
    "backup",
    "merge",
    "current",
];

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
        if wants_service(line) {
            text += &format!(" -s {service}");
        }
        rest = behind;
    }
    text + rest
}

fn wants_service(line: &str) -> bool {
    let words: Vec<&str> = line.split_whitespace().collect();
    // With `repair --accept`, `--all` means all revisions, not all services.
    let is_repair = words.get(1) == Some(&"repair");
    let names_one = words.iter().any(|word| ["-s", "--service"].contains(word) || (*word == "--all" && !is_repair));
    words.len() > 2 && !names_one && words.get(1).is_some_and(|command| COMMANDS.contains(command))
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
        ] {
            assert_eq!(with_service(hint, "auth"), expected);
        }
    }
}
