//! docs/errors.md has a heading for every error code of the source, and for no other.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// What a code stands behind where reports are made (src/cli).
const BEFORE_A_CODE: [&str; 4] = ["Report::new(", "Self::new(", "server(&error,", "server(error,"];

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}

/// The text literal that `text` starts with.
fn literal(text: &str) -> Option<&str> {
    text.trim_start().strip_prefix('"')?.split('"').next()
}

/// `=> "code"` in the bodies of functions named `code`.
fn codes_of_functions(text: &str) -> impl Iterator<Item = &str> {
    let bodies = text.split("fn code(&self) -> &'static str {").skip(1);
    let bodies = bodies.map(|rest| rest.split("\n    }").next().unwrap_or_default());
    bodies.flat_map(|body| body.split("=>").skip(1).filter_map(literal))
}

fn codes_of_reports(text: &str) -> impl Iterator<Item = &str> {
    BEFORE_A_CODE.iter().flat_map(move |call| text.split(call).skip(1).filter_map(literal))
}

fn is_code(text: &&str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')
}

fn codes_in_source() -> BTreeSet<String> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut codes = BTreeSet::new();
    for path in sources(&source) {
        let text = std::fs::read_to_string(&path).unwrap();
        codes.extend(codes_of_functions(&text).map(str::to_owned));
        if path.starts_with(source.join("cli")) {
            codes.extend(codes_of_reports(&text).filter(is_code).map(str::to_owned));
        }
    }
    codes
}

#[test]
fn every_error_code_is_explained_and_no_other() {
    let page = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/errors.md")).unwrap();
    let headings: Vec<_> = page.lines().filter_map(|line| line.strip_prefix("### ")).map(str::to_owned).collect();
    let explained: BTreeSet<_> = headings.iter().cloned().collect();
    assert_eq!(headings.len(), explained.len(), "a code is explained twice");
    let codes = codes_in_source();
    let missing: Vec<_> = codes.difference(&explained).collect();
    let gone: Vec<_> = explained.difference(&codes).collect();
    assert!(missing.is_empty() && gone.is_empty(), "docs/errors.md: missing {missing:?}, no longer there {gone:?}");
}

#[test]
fn the_scan_finds_the_codes_of_the_contract() {
    let codes = codes_in_source();
    for code in [
        "revision-not-found",
        "revision-ambiguous",
        "multiple-heads",
        "not-in-lineage",
        "relative-out-of-range",
        "cycle",
        "duplicate-revision",
        "missing-down-revision",
        "statement-failed",
        "locked",
        "connection-failed",
        "config-invalid",
        "revision-invalid",
    ] {
        assert!(codes.contains(code), "{code}");
    }
}
