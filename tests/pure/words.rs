//! The words of the field: signs of translated English stay out of messages, help, comments and pages.

use std::path::{Path, PathBuf};

/// A word or phrase that is not used, and what is written instead.
const SIGNS: [(&str, &str); 25] = [
    ("mend", "fix"),
    ("mends", "fixes"),
    ("mended", "fixed"),
    ("mending", "fixing"),
    ("nobody", "no session, no one"),
    ("somebody", "another session, a user"),
    ("anew", "again; rewritten, rebuilt"),
    ("look whether", "check that"),
    ("looks whether", "checks that"),
    ("goes on behind", "continues after"),
    ("go on behind", "continue after"),
    ("for good", "permanently"),
    ("half done", "half-applied"),
    ("half-done", "half-applied"),
    ("leave away", "remove"),
    ("left away", "removed"),
    ("is no success", "is not a success"),
    ("is no failure", "is not a failure"),
    ("is no query", "is not a query"),
    ("of what is wrong", "that are wrong"),
    ("let go of it", "released it"),
    ("gap", "placeholder"),
    ("gaps", "placeholders"),
    ("skeleton", "template"),
    ("skeletons", "templates"),
];

/// Places that may have a sign: the start of the path below the root, a text beside the sign, and the reason.
const ALLOWED: [(&str, &str, &str); 3] = [
    ("", "open-gap", "an error code, which keeps its value"),
    ("", "foreign-gap", "an error code, which keeps its value"),
    ("", "{gap}", "a variable of a format string, which is not printed"),
];

/// A part of a file: the number of its line, and its text.
type Part = (usize, String);

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn files(folder: &str, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|found| found == extension) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn is_test(path: &Path) -> bool {
    path.components().any(|part| matches!(part.as_os_str().to_str(), Some("tests" | "tests.rs")))
}

/// Splits Rust source into its comments and its string literals; tests at the end of a file are left out.
fn comments_and_strings(source: &str) -> (Vec<Part>, Vec<Part>) {
    let source = source.split("\nmod tests {").next().unwrap_or(source);
    let bytes = source.as_bytes();
    let (mut comments, mut strings) = (Vec::new(), Vec::new());
    let (mut at, mut line) = (0, 1);
    while at < bytes.len() {
        let rest = &source[at..];
        let length = match bytes[at] {
            b'/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            b'"' | b'r' => string_length(rest, at.checked_sub(1).map(|before| bytes[before])),
            // A quote as a character, which opens no string.
            b'\'' if rest.starts_with("'\"'") => 3,
            b'\'' if rest.starts_with("'\\\"'") => 4,
            _ => 0,
        };
        match bytes[at] {
            b'/' if length > 0 => comments.push((line, rest[..length].to_owned())),
            b'"' | b'r' if length > 1 => strings.push((line, rest[..length].replace("\\\n", " "))),
            _ => {}
        }
        let end = (at + length.max(1)).min(bytes.len());
        line += bytes[at..end].iter().filter(|byte| **byte == b'\n').count();
        at = end;
        while !source.is_char_boundary(at) {
            at += 1;
        }
    }
    (comments, strings)
}

/// Returns the length of the string literal, raw or not, that `rest` starts with; 0 if it starts with none.
fn string_length(rest: &str, before: Option<u8>) -> usize {
    if let Some(raw) = rest.strip_prefix('r') {
        let hashes = raw.bytes().take_while(|byte| *byte == b'#').count();
        let is_word = before.is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        if is_word || !raw[hashes..].starts_with('"') {
            return 0;
        }
        let end = format!("\"{}", "#".repeat(hashes));
        let start = 1 + hashes + 1;
        return rest[start..].find(&end).map_or(rest.len(), |found| start + found + end.len());
    }
    let mut escaped = false;
    let close = rest.bytes().skip(1).position(|byte| {
        let is_end = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        is_end
    });
    close.map_or(rest.len(), |close| close + 2)
}

/// Returns the signs in `text`, as whole words whatever their case and the white space in them.
fn signs(text: &str) -> Vec<&'static (&'static str, &'static str)> {
    let words = text.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ");
    let is_part = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    let has = |sign: &str| {
        words.match_indices(sign).any(|(at, _)| {
            !is_part(words[..at].chars().next_back()) && !is_part(words[at + sign.len()..].chars().next())
        })
    };
    let mut found: Vec<_> = SIGNS.iter().filter(|(sign, _)| has(sign)).collect();
    found.extend(in_context(&words));
    found
}

/// Returns the signs that depend on the words beside them.
fn in_context(words: &str) -> Vec<&'static (&'static str, &'static str)> {
    let words: Vec<&str> = words.split(|c: char| !c.is_alphanumeric() && c != '_' && c != '-').collect();
    let mut found = Vec::new();
    for three in words.windows(3) {
        match three {
            ["stands", next, _] if !["for", "in"].contains(next) => found.push(&("stands", "is")),
            // The beginning of a line may continue "there".
            [before, "is" | "are", "no"] if !["there", "", "which", "answer"].contains(before) => {
                found.push(&("is no ...", "is not a ..."));
            }
            _ => {}
        }
    }
    found.retain(|_| !words.iter().any(|word| ["longer", "one", "more"].contains(word)));
    found
}

/// Fails with every place in `parts` that has a sign and is not allowed to.
fn refuse(path: &Path, parts: &[Part], wrong: &mut Vec<String>) {
    let path = path.strip_prefix(root()).unwrap().to_str().unwrap().replace('\\', "/");
    for (line, text) in parts {
        for (sign, instead) in signs(text) {
            let is_allowed = |(place, phrase, _): &(&str, &str, &str)| path.starts_with(place) && text.contains(phrase);
            if !ALLOWED.iter().any(is_allowed) {
                wrong.push(format!("{path}:{line}: \"{sign}\": write {instead}"));
            }
        }
    }
}

#[test]
fn messages_and_help_have_no_signs_of_translated_english() {
    let mut wrong = Vec::new();
    for path in files("src", "rs").iter().filter(|path| !is_test(path)) {
        let (comments, strings) = comments_and_strings(&std::fs::read_to_string(path).unwrap());
        refuse(path, &strings, &mut wrong);
        // Doc comments of arguments are the help.
        if path.starts_with(root().join("src/cli")) {
            refuse(path, &comments, &mut wrong);
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// The first line of a doc comment is a noun phrase or a verb in the third person.
#[test]
fn no_doc_comment_begins_with_a_clause() {
    const CLAUSES: [&str; 5] = ["What", "Whether", "Why", "How", "Who"];
    let mut wrong = Vec::new();
    for path in files("src", "rs").into_iter().filter(|path| !is_test(path)) {
        let (comments, _) = comments_and_strings(&std::fs::read_to_string(&path).unwrap());
        let mut before = 0;
        for (line, text) in comments {
            let doc = text.strip_prefix("///").or_else(|| text.strip_prefix("//!")).unwrap_or_default();
            if before + 1 != line && doc.split_whitespace().next().is_some_and(|word| CLAUSES.contains(&word)) {
                wrong.push(format!("{}:{line}:{doc}", path.display()));
            }
            before = line;
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn comments_have_no_signs_of_translated_english() {
    let mut wrong = Vec::new();
    for path in &files("src", "rs") {
        let (comments, _) = comments_and_strings(&std::fs::read_to_string(path).unwrap());
        refuse(path, &comments, &mut wrong);
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn pages_and_templates_have_no_signs_of_translated_english() {
    let mut wrong = Vec::new();
    let pages = [
        files("docs", "md"),
        files("templates", "sql"),
        ["README.md", "SECURITY.md"].map(|name| root().join(name)).to_vec(),
    ];
    for path in pages.iter().flatten() {
        let text = std::fs::read_to_string(path).unwrap();
        // With the next line, as a phrase may be wrapped.
        let lines: Vec<_> = text.lines().collect();
        let pairs = lines.iter().enumerate().map(|(index, line)| {
            let next = lines.get(index + 1).and_then(|next| next.split_whitespace().next()).unwrap_or_default();
            (index + 1, format!("{line} {next}"))
        });
        refuse(path, &pairs.collect::<Vec<_>>(), &mut wrong);
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn a_sign_is_found_as_a_whole_word_in_strings_and_comments_only() {
    let source = "let nobody = \"is 'half\n done'\"; // Mend it\nlet c = '\"'; let mended = r#\"commend \"anew\"\"#;";
    let (comments, strings) = comments_and_strings(source);
    let found =
        |parts: &[Part]| parts.iter().flat_map(|(_, text)| signs(text)).map(|(sign, _)| *sign).collect::<Vec<_>>();
    assert_eq!(found(&comments), ["mend"]);
    assert_eq!(found(&strings), ["half done", "anew"]);
    assert_eq!(strings[1].0, 3);
}
