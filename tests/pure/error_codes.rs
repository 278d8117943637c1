//! `docs/errors.md` explains every error code, the source uses every one, and those of the contract exist.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use aludel::error_code::ErrorCode;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn every_error_code_is_explained_once_and_in_the_order_of_the_enum() {
    let page = std::fs::read_to_string(root().join("docs/errors.md")).unwrap();
    let headings: Vec<_> = page.lines().filter_map(|line| line.strip_prefix("### ")).collect();
    let codes: Vec<_> = ErrorCode::ALL.iter().map(|code| code.as_str()).collect();
    let explained: BTreeSet<_> = headings.iter().collect();
    let known: BTreeSet<_> = codes.iter().collect();
    let missing: Vec<_> = known.difference(&explained).collect();
    let gone: Vec<_> = explained.difference(&known).collect();
    assert!(missing.is_empty() && gone.is_empty(), "docs/errors.md: missing {missing:?}, no longer there {gone:?}");
    assert_eq!(headings, codes, "docs/errors.md and src/error_code.rs have the codes in different orders");
}

#[test]
fn every_error_code_is_kebab_case_and_unique() {
    let codes: BTreeSet<_> = ErrorCode::ALL.iter().map(|code| code.as_str()).collect();
    assert_eq!(codes.len(), ErrorCode::ALL.len());
    for code in codes {
        let words = code.split('-').all(|word| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase()));
        assert!(words, "{code}");
    }
}

#[test]
fn every_error_code_is_used() {
    let mut text = String::new();
    read(&root().join("src"), &mut text);
    let name = |code: &ErrorCode| format!("ErrorCode::{code:?}");
    let is_word = |rest: &str| !rest.starts_with(|c: char| c.is_alphanumeric());
    let is_used = |name: &str| text.match_indices(name).any(|(at, _)| is_word(&text[at + name.len()..]));
    let unused: Vec<_> = ErrorCode::ALL.iter().map(name).filter(|name| !is_used(name)).collect();
    assert!(unused.is_empty(), "{unused:?}");
}

/// Appends the Rust files below the folder.
fn read(folder: &Path, text: &mut String) {
    let entries: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    for path in entries {
        if path.is_dir() {
            read(&path, text);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            text.push_str(&std::fs::read_to_string(&path).unwrap());
        }
    }
}

#[test]
fn the_codes_of_the_contract_exist() {
    let known: BTreeSet<_> = ErrorCode::ALL.iter().map(|code| code.as_str()).collect();
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
        "checksum-mismatch",
        "locked",
        "connection-failed",
        "config-invalid",
        "revision-invalid",
    ] {
        assert!(known.contains(code), "{code}");
    }
}
