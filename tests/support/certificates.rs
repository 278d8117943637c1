//! TLS certificates for tests, created with the `openssl` program.

use std::path::Path;
use std::process::Command;

fn openssl(folder: &Path, arguments: &[&str]) {
    let output = Command::new("openssl")
        .args(arguments)
        .current_dir(folder)
        .output()
        .expect("openssl: apt-get install -y openssl");
    assert!(output.status.success(), "openssl {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}

const KEY: [&str; 5] = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];

/// Creates `NAME.crt` and `NAME.key` of a certificate authority.
pub fn authority(folder: &Path, name: &str) {
    let (key, certificate, subject) = (format!("{name}.key"), format!("{name}.crt"), format!("/CN=authority {name}"));
    let mut arguments = vec!["req", "-x509", "-days", "2", "-keyout", &key, "-out", &certificate, "-subj", &subject];
    arguments.extend(KEY);
    openssl(folder, &arguments);
}

/// Creates `NAME.crt` and `NAME.key`, signed by the authority `ca`.
pub fn signed(folder: &Path, name: &str, subject: &str, extension: &str) {
    let [key, request, certificate, extensions] = ["key", "csr", "crt", "ext"].map(|end| format!("{name}.{end}"));
    std::fs::write(folder.join(&extensions), extension).unwrap();
    let mut arguments = vec!["req", "-keyout", &key, "-out", &request, "-subj", subject];
    arguments.extend(KEY);
    openssl(folder, &arguments);
    let sign = ["x509", "-req", "-days", "2", "-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial"];
    openssl(folder, &[&sign[..], &["-in", &request, "-out", &certificate, "-extfile", &extensions]].concat());
}
