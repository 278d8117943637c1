//! Links GCC's unwinder statically where there is a static one, so that the binary needs nothing but libc at run time
//! (the standard library would otherwise load libgcc_s.so, which small container images do not have).

use std::path::Path;
use std::process::Command;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let target = std::env::var("TARGET").unwrap_or_default();
    if !target.ends_with("linux-gnu") {
        return;
    }
    let compiler = std::env::var("CC").unwrap_or_else(|_| "cc".to_owned());
    let Ok(output) = Command::new(compiler).arg("-print-file-name=libgcc_eh.a").output() else { return };
    let file = String::from_utf8_lossy(&output.stdout);
    // The compiler answers with the bare name when it has no such file.
    if let Some(folder) = Path::new(file.trim()).parent().filter(|folder| folder.is_absolute()) {
        println!("cargo:rustc-link-search=native={}", folder.display());
        println!("cargo:rustc-link-lib=static:-bundle=gcc_eh");
    }
}
