//! The README's tour, executed as printed: every command in a copy of the example, every file with the contents that
//! the page shows.

use std::path::Path;

use crate::support::project::{Project, Run};

/// Block of the page: its language and its lines.
struct Block {
    language: String,
    lines: Vec<String>,
}

fn blocks(page: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut open: Option<Block> = None;
    for line in page.lines() {
        match (line.strip_prefix("```"), &mut open) {
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (Some(language), None) => open = Some(Block { language: language.to_owned(), lines: Vec::new() }),
            (None, Some(block)) => block.lines.push(line.to_owned()),
            (None, None) => {}
        }
    }
    blocks
}

/// Redacts output that differs from run to run: times, and dates in the names of files.
fn redacted(text: &str) -> Vec<String> {
    let word = |word: &str| {
        let is_stamp =
            |part: &str, length: usize| part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit());
        let parts: Vec<&str> = word.split('/').flat_map(|part| part.split('_')).collect();
        match parts.iter().position(|part| is_stamp(part, 8)) {
            Some(at) if parts.get(at + 1).is_some_and(|part| is_stamp(part, 4)) => {
                word.replace(&format!("{}_{}", parts[at], parts[at + 1]), "DATE")
            }
            _ => word.to_owned(),
        }
    };
    let line = |line: &str| {
        let words: Vec<String> = line.split(' ').map(word).collect();
        let mut line = words.join(" ");
        // Matches `12 ms` also before a comma.
        while let Some(at) = line.find(" ms") {
            let start = line[..at].rfind(|c: char| !c.is_ascii_digit()).map_or(0, |at| at + 1);
            line.replace_range(start..at + 3, "TIME");
        }
        line
    };
    text.lines().map(line).collect()
}

fn typed(project: &Project, command: &str) -> String {
    let (command, file) = match command.split_once(" > ") {
        Some((command, file)) => (command, Some(file)),
        None => (command, None),
    };
    // A text in double quotes is one argument.
    let mut arguments: Vec<String> = Vec::new();
    for (index, part) in command.split('"').enumerate() {
        match index % 2 {
            0 => arguments.extend(part.split_whitespace().map(str::to_owned)),
            _ => arguments.push(part.to_owned()),
        }
    }
    // `cargo run -- upgrade head`, or `aludel upgrade head`.
    let program =
        arguments.iter().position(|argument| argument == "--").filter(|_| arguments[0] == "cargo").unwrap_or(0);
    let arguments: Vec<&str> = arguments[program + 1..].iter().map(String::as_str).collect();
    let Run { stdout, stderr, .. } = project.run(&arguments);
    match file {
        Some(file) => project.write(file, &stdout),
        None => return stderr + &stdout,
    }
    stderr
}

#[test]
fn the_tour_works_as_it_is_printed() {
    let page = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let project = Project::example();
    let mut last = String::new();
    let mut commands = 0;
    for Block { language, lines } in blocks(&page) {
        match language.as_str() {
            "sql" if last.trim_end().ends_with(".sql") => project.write(last.trim_end(), &(lines.join("\n") + "\n")),
            "console" => {
                let mut lines = lines.into_iter().peekable();
                while let Some(command) = lines.next() {
                    let command = command.strip_prefix("$ ").unwrap().to_owned();
                    let mut expected = String::new();
                    while let Some(line) = lines.next_if(|line| !line.starts_with("$ ")) {
                        expected = expected + &line + "\n";
                    }
                    last = typed(&project, &command);
                    let (mut said, mut expected) = (redacted(&last), redacted(&expected));
                    // Services run in parallel, so their lines may have any order.
                    if command.contains("--all") {
                        said.sort();
                        expected.sort();
                    }
                    assert_eq!(said, expected, "$ {command}");
                    commands += 1;
                }
            }
            _ => {}
        }
    }
    assert!(commands > 8, "{commands}");
    assert!(project.path("upgrade.sql").metadata().unwrap().len() > 0);
}
