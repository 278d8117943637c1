//! Servers that all programs of one `tests/run` share. The script names a folder in `ALUDEL_TEST_RUN` and holds the named
//! pipe `alive` in it open; a server ends when the script does, however that happens.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use super::guard::Lifetime;
use super::{Address, Server};

/// Returns the server that `program` is, which the first test program that needs it starts. Without `tests/run`, each
/// test program starts its own.
pub(super) fn shared(program: &Path, start: impl FnOnce(Lifetime<'_>) -> Server) -> Server {
    let Some(folder) = std::env::var_os("ALUDEL_TEST_RUN").filter(|folder| !folder.is_empty()).map(PathBuf::from)
    else {
        return start(Lifetime::Program);
    };
    let path = folder.join(program.display().to_string().replace('/', "_"));
    let mut file = File::options()
        .create(true)
        .truncate(false)
        .read(true)
        .write(true)
        .open(path)
        .expect("the folder of tests/run");
    file.lock().expect("a lock, so that one program starts the server");
    let mut text = String::new();
    file.read_to_string(&mut text).expect("the server's address");
    if let Some((url, folder)) = text.split_once('\n') {
        return Server { address: Address::parse(url), folder: Some(Path::new(folder).to_owned()), guard: None };
    }
    let server = start(Lifetime::Run(&folder.join("alive")));
    let own = server.folder.as_ref().expect("the folder of a server that was started here");
    write!(file, "{}\n{}", server.address.url(""), own.display()).expect("the server's address is kept");
    server
}
