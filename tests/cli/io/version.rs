//! `--version`: output of build.rs in a checkout, in a copy without git, and in a package.

use std::path::Path;
use std::process::Command;

/// Returns the output of build.rs for a crate in `folder`.
fn printed(folder: &Path, variables: &[(&str, &str)]) -> String {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("build.rs");
    let program = folder.join("target-build");
    let compiler = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let mut command = Command::new(compiler);
    command.args(["--edition", "2024", "-o"]).arg(&program).arg(source).env("CARGO_MANIFEST_DIR", folder);
    assert!(command.status().unwrap().success(), "build.rs compiles");
    let mut command = Command::new(&program);
    command.env_remove("ALUDEL_BUILD").env("TARGET", "other").env("PROFILE", "debug").envs(variables.iter().copied());
    let output = command.current_dir(folder).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Returns the complete expected output for this build, which ends with the target.
fn lines(build: &str) -> String {
    let facts = if build.is_empty() { "other".to_owned() } else { format!("{build} other") };
    format!(
        "cargo:rerun-if-changed=build.rs\ncargo:rerun-if-env-changed=ALUDEL_BUILD\ncargo:rustc-env=ALUDEL_BUILD= ({facts})\n"
    )
}

fn git(folder: &Path, arguments: &[&str]) -> String {
    let mut command = Command::new("git");
    command.current_dir(folder).args(["-c", "user.name=x", "-c", "user.email=x@x"]).args(arguments);
    let output = command.env("GIT_COMMITTER_DATE", "2026-11-21T23:30:00-05:00").output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

#[test]
fn a_build_says_its_commit_where_there_is_one_and_is_the_same_byte_for_byte() {
    let checkout = tempfile::tempdir().unwrap();
    git(checkout.path(), &["init", "-q"]);
    git(checkout.path(), &["commit", "-q", "--allow-empty", "-m", "one"]);
    let commit = git(checkout.path(), &["rev-parse", "HEAD"]);
    let said = lines(&format!("{} 2026-11-22", &commit[..12]));
    assert_eq!(printed(checkout.path(), &[]), said);
    assert_eq!(printed(checkout.path(), &[("SOURCE_DATE_EPOCH", "1")]), said, "the commit's date, not the build's");
    assert_eq!(printed(checkout.path(), &[("ALUDEL_BUILD", "v1 of us")]), lines("v1 of us"));
}

#[test]
fn a_build_without_a_repository_of_its_own_claims_no_commit() {
    let alone = tempfile::tempdir().unwrap();
    assert_eq!(printed(alone.path(), &[]), lines(""));
    // Unpacked inside the repository of another project.
    let outer = tempfile::tempdir().unwrap();
    git(outer.path(), &["init", "-q"]);
    git(outer.path(), &["commit", "-q", "--allow-empty", "-m", "theirs"]);
    let inside = outer.path().join("vendor");
    std::fs::create_dir(&inside).unwrap();
    assert_eq!(printed(&inside, &[]), lines(""));
}

#[test]
fn a_package_says_the_commit_that_cargo_wrote_into_it() {
    let package = tempfile::tempdir().unwrap();
    let info = package.path().join(".cargo_vcs_info.json");
    std::fs::write(
        &info,
        "{\n  \"git\": {\n    \"sha1\": \"0123456789abcdef0123456789abcdef01234567\"\n  },\n  \"path_in_vcs\": \"\"\n}",
    )
    .unwrap();
    assert_eq!(printed(package.path(), &[]), lines("0123456789ab"));
    std::fs::write(&info, "{\"git\": {\"sha1\": \"0123456789abcdef0123456789abcdef01234567\", \"dirty\": true}}")
        .unwrap();
    assert_eq!(printed(package.path(), &[]), lines(""), "changed files are of no commit");
}
