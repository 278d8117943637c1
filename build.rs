//! What the binary knows of its build: the commit, its date and the target, for `--version`. And links GCC's unwinder statically where there is a
//! static one, so that the binary needs nothing but libc at run time (the standard library would otherwise load libgcc_s.so, which
//! small container images do not have).

use std::path::Path;
use std::process::Command;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let target = std::env::var("TARGET").unwrap_or_default();
    let facts: Vec<String> = build().into_iter().chain([target.clone()]).collect();
    println!("cargo:rustc-env=ALUDEL_BUILD= ({})", facts.join(" "));
    if target.ends_with("linux-gnu") {
        link_unwinder();
    }
}

/// `COMMIT DATE`: what `ALUDEL_BUILD` says (for builds from an archive), else what git says; `COMMIT` in a package. The same for every
/// build of a commit: twelve digits however many git would need here, and the day in UTC.
fn build() -> Option<String> {
    println!("cargo:rerun-if-env-changed=ALUDEL_BUILD");
    if let Ok(text) = std::env::var("ALUDEL_BUILD") {
        return Some(text.trim().to_owned()).filter(|text| !text.is_empty() && !text.contains('\n'));
    }
    if let Some(commit) = packaged_commit() {
        return Some(commit);
    }
    // An archive that was unpacked inside somebody else's repository is not of that repository's commit.
    let top = git(&["rev-parse", "--show-toplevel"])?;
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).canonicalize().ok()?;
    if Path::new(&top).canonicalize().ok()? != here {
        return None;
    }
    // A build for development holds what is not committed yet anyway: there, a commit is no reason to build everything anew.
    if std::env::var("PROFILE").is_ok_and(|profile| profile == "release") {
        watch_git();
    }
    let said = git(&["log", "-1", "--format=%H %cd", "--date=format-local:%Y-%m-%d"])?;
    let (commit, date) = said.split_once(' ')?;
    Some(format!("{} {date}", commit.get(..12)?))
}

/// The commit that `cargo package` wrote down; `None` elsewhere, and for a package of files that were not committed.
fn packaged_commit() -> Option<String> {
    let info = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(".cargo_vcs_info.json")).ok()?;
    let (_, behind) = info.split_once("\"sha1\"").filter(|_| !info.contains("\"dirty\""))?;
    let commit = behind.split('"').nth(1)?.get(..12)?;
    commit.bytes().all(|byte| byte.is_ascii_hexdigit()).then(|| commit.to_owned())
}

/// Builds again after a commit or a checkout. A file that is not there would mean: with every build.
fn watch_git() {
    for name in ["HEAD", "logs/HEAD"] {
        if let Some(path) = git(&["rev-parse", "--git-path", name]).filter(|path| Path::new(path).exists()) {
            println!("cargo:rerun-if-changed={path}");
        }
    }
}

/// What git prints; `None` where there is no git, or no repository.
fn git(arguments: &[&str]) -> Option<String> {
    let mut command = Command::new("git");
    command.args(arguments).current_dir(env!("CARGO_MANIFEST_DIR")).env("TZ", "UTC");
    let output = command.output().ok().filter(|output| output.status.success())?;
    Some(String::from_utf8(output.stdout).ok()?.trim().to_owned()).filter(|text| !text.is_empty())
}

fn link_unwinder() {
    let compiler = std::env::var("CC").unwrap_or_else(|_| "cc".to_owned());
    let Ok(output) = Command::new(compiler).arg("-print-file-name=libgcc_eh.a").output() else { return };
    let file = String::from_utf8_lossy(&output.stdout);
    // The compiler answers with the bare name when it has no such file.
    if let Some(folder) = Path::new(file.trim()).parent().filter(|folder| folder.is_absolute()) {
        println!("cargo:rustc-link-search=native={}", folder.display());
        println!("cargo:rustc-link-lib=static:-bundle=gcc_eh");
    }
}
