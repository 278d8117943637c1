//! Contents of the published crate: everything that its users build and read, and no tests.

use std::path::Path;
use std::process::Command;

fn packaged_files() -> Vec<String> {
    let output = Command::new(env!("CARGO"))
        .args(["package", "--list", "--allow-dirty", "--offline", "--package", "aludel"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

/// Returns the files that a source file includes by name, outside its unit tests.
fn included_files(source: &str) -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(root.join(source)).unwrap();
    let code: Vec<&str> = text.split("include_str!(\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    let folder = root.join(source).parent().unwrap().to_owned();
    let relative = |name: &str| {
        let path = folder.join(name).canonicalize().unwrap();
        path.strip_prefix(root.canonicalize().unwrap()).unwrap().to_str().unwrap().to_owned()
    };
    code.into_iter().map(relative).collect()
}

#[test]
fn a_package_holds_what_the_crate_includes_and_no_tests() {
    let files = packaged_files();
    let is_packaged = |name: &str| files.iter().any(|file| file == name);
    for name in ["README.md", "LICENSE", "CHANGELOG.md", "build.rs", "src/lib.rs", "src/main.rs", "docs/library.md"] {
        assert!(is_packaged(name), "{name} is missing");
    }
    let is_test = |file: &&String| file.starts_with("src/") && file.contains("tests");
    for source in files.iter().filter(|file| file.starts_with("src/") && file.ends_with(".rs")) {
        for included in included_files(source).iter().filter(|_| !is_test(&source)) {
            assert!(is_packaged(included), "{source} includes {included}, which is missing");
        }
    }
    let foreign: Vec<&String> =
        files.iter().filter(|file| file.starts_with("tests/") || file.starts_with('.')).collect();
    assert_eq!(foreign, [".cargo_vcs_info.json"]);
    let made_up: Vec<&String> = files.iter().filter(|file| file.contains("/memory/")).collect();
    assert!(made_up.is_empty(), "the database of the tests is not for users: {made_up:?}");
}

#[test]
fn the_manifest_says_who_the_crate_is_for() {
    let manifest = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml")).unwrap();
    for key in ["description", "license", "readme", "keywords", "categories", "rust-version", "include"] {
        let line = format!("\n{key} = ");
        assert!(manifest.contains(&line), "Cargo.toml has no {key}");
    }
}

#[test]
fn the_front_page_of_the_library_lists_five_items() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(root.join("src/lib.rs")).unwrap();
    let mut listed = Vec::new();
    let mut attributes = String::new();
    for line in text.lines() {
        if line.starts_with("#[") {
            attributes += line;
            continue;
        }
        // Items of a module are indented.
        let is_hidden = attributes.contains("doc(hidden)") || attributes.contains("doctest");
        if let Some(item) = line.strip_prefix("pub ").filter(|_| !is_hidden) {
            let names = item.trim_start_matches("mod ").trim_start_matches("use migrator::");
            listed
                .extend(names.split(|c: char| !c.is_alphanumeric()).filter(|name| !name.is_empty()).map(str::to_owned));
        }
        attributes.clear();
    }
    // The fifth is the macro `embed!`, which is exported where it is defined.
    assert_eq!(listed, ["migrator", "Embedded", "Migrator", "crates"]);
}
