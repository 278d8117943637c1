//! Error codes in the source, found by searching its text.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Text before a code where reports are created (src/cli).
const BEFORE_A_CODE: [&str; 4] = ["CommandError::new(", "Self::new(", "server(&error,", "server(error,"];

/// Returns every code in `src`.
pub fn in_source() -> BTreeSet<String> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut codes = BTreeSet::new();
    for path in files(&source, "rs") {
        let text = std::fs::read_to_string(&path).unwrap();
        codes.extend(of_functions(&text).filter(is_code).map(str::to_owned));
        if path.starts_with(source.join("cli")) {
            codes.extend(of_reports(&text).filter(is_code).map(str::to_owned));
        }
    }
    codes
}

/// Returns all files below `folder` with this extension, in order.
pub fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut entries: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    let below = |path: PathBuf| if path.is_dir() { files(&path, extension) } else { vec![path] };
    let found = entries.into_iter().flat_map(below);
    found.filter(|path| path.extension().is_some_and(|found| found == extension)).collect()
}

/// Returns the string literal that `text` starts with.
fn literal(text: &str) -> Option<&str> {
    text.trim_start().strip_prefix('"')?.split('"').next()
}

/// Returns the codes in `=> "code"` in the bodies of functions named `code`.
fn of_functions(text: &str) -> impl Iterator<Item = &str> {
    let bodies = text.split("fn code(&self) -> &'static str {").skip(1);
    let bodies = bodies.map(|rest| rest.split("\n    }").next().unwrap_or_default());
    bodies.flat_map(|body| body.split("=>").skip(1).filter_map(literal))
}

fn of_reports(text: &str) -> impl Iterator<Item = &str> {
    BEFORE_A_CODE.iter().flat_map(move |call| text.split(call).skip(1).filter_map(literal))
}

fn is_code(text: &&str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')
}
