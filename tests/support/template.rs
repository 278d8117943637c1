//! Templates of data folders: created once for each server program and copied afterwards, because `initdb` takes as
//! long as many tests.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Fills `data` with a copy of the template for `program`. If there is none, runs `make` to create `data`, and copies
/// the template from it.
pub(super) fn fill(data: &Path, program: &Path, make: impl FnOnce()) {
    let template = template_folder(program);
    if !template.is_dir() {
        make();
        keep(data, &template);
        return;
    }
    copy(&template, data);
}

/// Returns the folder of the template, which depends on the size and time of the program's file.
fn template_folder(program: &Path) -> PathBuf {
    let mut hasher = DefaultHasher::new();
    let metadata = std::fs::metadata(program).expect("a server's program");
    (program, metadata.len(), metadata.modified().expect("a time of change")).hash(&mut hasher);
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("data-{:016x}", hasher.finish()))
}

fn keep(data: &Path, template: &Path) {
    let parent = template.parent().expect("a folder in the target folder");
    std::fs::create_dir_all(parent).expect("the folder of templates");
    let own = template.with_extension(std::process::id().to_string());
    copy(data, &own);
    // MySQL stores the server's UUID in this file; two servers must not share it.
    let _ = std::fs::remove_file(own.join("auto.cnf"));
    // Another test process may have created the template first; it is equivalent.
    if std::fs::rename(&own, template).is_err() {
        let _ = std::fs::remove_dir_all(own);
    }
}

/// Copies with owners and modes, because the files belong to the server's user if the tests run as root.
fn copy(from: &Path, to: &Path) {
    super::prepare(Command::new("cp").arg("-a").arg(from).arg(to));
}
