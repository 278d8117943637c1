//! What `packaging/build` makes of a binary, and the address of the repository, which has one place.

use std::path::{Path, PathBuf};
use std::process::Command;

use sha2::{Digest as _, Sha256};

const TARGET: &str = "x86_64-unknown-linux-musl";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn version() -> &'static str {
    env!("CARGO_PKG_VERSION")
}

fn run(program: &str, arguments: &[&str], folder: &Path) -> String {
    let output = Command::new(program).args(arguments).current_dir(folder).output();
    let output = output.unwrap_or_else(|error| panic!("{program}: {error}"));
    assert!(output.status.success(), "{program} {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn read(path: PathBuf) -> String {
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn sum(path: &Path) -> String {
    Sha256::digest(std::fs::read(path).unwrap()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Packs a small program in the place of the binary. Returns the folder of the packages.
fn packed(folder: &Path) -> PathBuf {
    let program = folder.join("program");
    std::fs::write(&program, "#!/bin/sh\necho \"a program: $*\"\n").unwrap();
    let out = folder.join("out");
    let build = root().join("packaging/build");
    let arguments = ["--out", out.to_str().unwrap(), "--binary", program.to_str().unwrap(), TARGET];
    run(build.to_str().unwrap(), &arguments, folder);
    out
}

#[test]
fn the_packages_of_a_target_hold_the_binary_and_say_where_it_runs() {
    let folder = tempfile::tempdir().unwrap();
    let out = packed(folder.path());
    let wheel =
        format!("aludel-{}-py3-none-manylinux2014_x86_64.manylinux_2_17_x86_64.musllinux_1_1_x86_64.whl", version());
    run("python3", &["-m", "zipfile", "-e", out.join("wheels").join(wheel).to_str().unwrap(), "wheel"], folder.path());
    let inside = folder.path().join("wheel");
    let info = inside.join(format!("aludel-{}.dist-info", version()));
    assert!(read(info.join("WHEEL")).contains("Tag: py3-none-manylinux2014_x86_64\n"));
    assert!(read(info.join("METADATA")).contains(&format!("\nVersion: {}\n", version())));
    // Every file with its size; the list itself without.
    let record = read(info.join("RECORD"));
    assert_eq!(record.lines().count(), 7, "{record}");
    for line in record.lines().filter(|line| !line.ends_with("RECORD,,")) {
        let [name, hash, size] = line.split(',').collect::<Vec<_>>()[..] else { panic!("{line}") };
        let length = std::fs::metadata(inside.join(name)).unwrap().len();
        assert!(hash.starts_with("sha256=") && size == length.to_string(), "{line}");
    }
    assert!(record.contains(&format!("aludel-{}.data/scripts/aludel,", version())), "{record}");

    let archive = out.join(format!("archives/aludel-{}-{TARGET}.tar.gz", version()));
    run("tar", &["-xzf", archive.to_str().unwrap()], folder.path());
    let unpacked = folder.path().join(format!("aludel-{}-{TARGET}", version()));
    assert_eq!(run(unpacked.join("aludel").to_str().unwrap(), &["x"], folder.path()), "a program: x\n");
    let notices = read(unpacked.join("THIRD-PARTY-LICENSES"));
    assert!(notices.contains("libsqlite3-sys ") && notices.contains("ring ") && !notices.contains("proptest "));
    let schema = read(root().join("docs/aludel.schema.json"));
    assert!(read(unpacked.join("aludel.schema.json")) == schema, "the schema of aludel.yaml");
    let sums = read(out.join("archives/SHA256SUMS"));
    assert_eq!(sums, format!("{}  aludel-{}-{TARGET}.tar.gz\n", sum(&archive), version()));
    let formula = read(out.join("manifests/aludel.rb"));
    assert!(formula.contains(&format!("sha256 \"{}\"", sum(&archive))), "{formula}");
}

#[test]
fn npm_finds_the_package_of_its_platform_among_the_optional_ones() {
    let folder = tempfile::tempdir().unwrap();
    let out = packed(folder.path());
    let manifest = |name: &str| -> serde_json::Value {
        let file = out.join(format!("npm/{name}-{}.tgz", version()));
        let text = run("tar", &["-xzOf", file.to_str().unwrap(), "package/package.json"], folder.path());
        serde_json::from_str(&text).unwrap()
    };
    let (main, platform) = (manifest("aludel"), manifest("aludel-linux-x64"));
    assert_eq!((&platform["os"][0], &platform["cpu"][0]), (&"linux".into(), &"x64".into()));
    let optional = main["optionalDependencies"].as_object().unwrap();
    assert_eq!(optional.len(), 5);
    assert_eq!(optional[platform["name"].as_str().unwrap()], version(), "one version for all: {optional:?}");
    assert_eq!(main["bin"]["aludel"], "bin/aludel.js");
}

#[test]
fn a_commit_gives_the_same_packages_again() {
    let [first, second] = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let [one, other] = [packed(first.path()), packed(second.path())];
    for folder in ["archives", "wheels", "npm", "manifests"] {
        for entry in std::fs::read_dir(one.join(folder)).unwrap() {
            let name = entry.unwrap().file_name();
            let [one, other] = [&one, &other].map(|out| sum(&out.join(folder).join(&name)));
            assert_eq!(one, other, "{name:?}");
        }
    }
}

/// `https://github.com/OWNER/NAME`, with the line of docs/packaging.md that replaces it.
#[test]
fn the_address_of_the_repository_is_that_of_the_manifest_everywhere() {
    let manifest = read(root().join("Cargo.toml"));
    let line = manifest.lines().find_map(|line| line.strip_prefix("repository = \"https://github.com/")).unwrap();
    let repository = line.trim_end_matches('"');
    let listed = run("git", &["ls-files", "*.md", "*.yml", "*.yaml", "*.rs", "*.json", "*.txt", "*.toml"], root());
    let mut wrong = Vec::new();
    for path in listed.lines().filter(|path| !path.starts_with("tests/conformance/")) {
        let Ok(text) = std::fs::read_to_string(root().join(path)) else { continue };
        for host in ["github.com/", "githubusercontent.com/"] {
            let addresses = text.match_indices(host).map(|(at, _)| &text[at + host.len()..]);
            let other = addresses.filter(|rest| !rest.starts_with(repository)).filter(|rest| {
                let name = rest.split(['/', '"', ' ', '\n', ')', '.']).nth(1);
                name == Some("aludel")
            });
            wrong.extend(other.map(|rest| format!("{path}: {}", rest.lines().next().unwrap_or_default())));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
