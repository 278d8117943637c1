//! HTTP server of `open`: one page, on the loopback interface only, at an address that only the user is given.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

/// Longest head of a request in bytes.
const LONGEST_HEAD: u64 = 16 * 1024;

/// Time that a browser has to send its request, or to read the answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// Interval at which the caller is asked whether to end.
const TICK: Duration = Duration::from_millis(100);

/// A server with its address.
pub struct PageServer {
    /// Address of the page: `http://127.0.0.1:PORT/TOKEN/`.
    pub address: String,
    requests: Receiver<TcpStream>,
}

impl PageServer {
    /// Listens on a free port. `token` is the path of the page.
    ///
    /// # Errors
    /// No port of the loopback interface can be had.
    pub fn start(token: &str) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let port = listener.local_addr()?.port();
        let path = format!("/{token}/");
        let (sender, requests) = channel();
        let address = format!("http://127.0.0.1:{port}{path}");
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (sender, path) = (sender.clone(), path.clone());
                // Browsers open connections on which they send nothing: each has a thread, so that none waits for them.
                std::thread::spawn(move || {
                    if let Some(stream) = accepted(stream, &path, port) {
                        // Fails when the server has ended.
                        let _ = sender.send(stream);
                    }
                });
            }
        });
        Ok(Self { address, requests })
    }

    /// Answers requests until `is_ended` returns `true`. `page` is called for each of them, so that a reload shows what
    /// is there then.
    pub fn serve(&self, is_ended: impl Fn() -> bool, mut page: impl FnMut() -> String) {
        while !is_ended() {
            match self.requests.recv_timeout(TICK) {
                Ok(mut stream) => {
                    // Fails if the browser went away.
                    let _ = answer(&mut stream, "200 OK", "text/html", &page());
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }
}

/// Reads a request and returns its connection if it is one for the page; answers any other.
fn accepted(mut stream: TcpStream, path: &str, port: u16) -> Option<TcpStream> {
    stream.set_read_timeout(Some(PATIENCE)).ok()?;
    stream.set_write_timeout(Some(PATIENCE)).ok()?;
    match verdict(&request_head(&stream).ok()?, path, port) {
        Ok(()) => Some(stream),
        Err(status) => {
            let _ = answer(&mut stream, status, "text/plain", status);
            None
        }
    }
}

/// Reads the lines of a request up to the empty one.
fn request_head(stream: &TcpStream) -> io::Result<Vec<String>> {
    let mut lines = Vec::new();
    for line in BufReader::new(stream.take(LONGEST_HEAD)).lines() {
        match line? {
            end if end.is_empty() => return Ok(lines),
            line => lines.push(line),
        }
    }
    Err(io::ErrorKind::UnexpectedEof.into())
}

/// Returns the status with which a request is refused. The host must be the address itself: a page of another site
/// whose name was made to point here (DNS rebinding) sends that name.
fn verdict(head: &[String], path: &str, port: u16) -> Result<(), &'static str> {
    let mut words = head.first().map(String::as_str).unwrap_or_default().split(' ');
    let (method, wanted) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let hosts: Vec<&str> = head
        .iter()
        .filter_map(|line| line.split_once(':'))
        .filter(|(name, _)| name.eq_ignore_ascii_case("host"))
        .map(|(_, value)| value.trim())
        .collect();
    let own = [format!("127.0.0.1:{port}"), format!("localhost:{port}")];
    match hosts.as_slice() {
        [host] if own.iter().any(|own| own == host) => {}
        _ => return Err("403 Forbidden"),
    }
    match (method, wanted == path) {
        (_, false) => Err("404 Not Found"),
        ("GET", true) => Ok(()),
        _ => Err("405 Method Not Allowed"),
    }
}

fn answer(stream: &mut TcpStream, status: &str, kind: &str, body: &str) -> io::Result<()> {
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: {kind}; charset=utf-8\r\nContent-Length: {length}\r\nConnection: close\r\n\
         Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\nX-Frame-Options: DENY\r\n\
         Referrer-Policy: no-referrer\r\nCross-Origin-Resource-Policy: same-origin\r\n\
         Cross-Origin-Opener-Policy: same-origin\r\n\r\n"
    );
    stream.write_all(head.as_bytes())?;
    stream.write_all(body.as_bytes())?;
    stream.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(request: &str) -> Result<(), &'static str> {
        let head: Vec<String> = request.lines().map(str::to_owned).collect();
        verdict(&head, "/secret/", 8000)
    }

    #[test]
    fn only_the_address_itself_is_answered() {
        assert_eq!(judge("GET /secret/ HTTP/1.1\nhost: 127.0.0.1:8000"), Ok(()));
        assert_eq!(judge("GET /secret/ HTTP/1.1\nHost: localhost:8000"), Ok(()));
        for path in ["/", "/secret", "/secret/x", "/secret/?a", "//secret/"] {
            assert_eq!(judge(&format!("GET {path} HTTP/1.1\nHost: 127.0.0.1:8000")), Err("404 Not Found"), "{path}");
        }
        assert_eq!(judge("POST /secret/ HTTP/1.1\nHost: 127.0.0.1:8000"), Err("405 Method Not Allowed"));
    }

    #[test]
    fn a_request_under_another_name_is_refused() {
        for host in ["evil.example:8000", "127.0.0.1", "127.0.0.1:80", "127.0.0.1.evil.example:8000", ""] {
            assert_eq!(judge(&format!("GET /secret/ HTTP/1.1\nHost: {host}")), Err("403 Forbidden"), "{host}");
        }
        assert_eq!(judge("GET /secret/ HTTP/1.1"), Err("403 Forbidden"));
        assert_eq!(judge("GET /secret/ HTTP/1.1\nHost: 127.0.0.1:8000\nHost: evil.example"), Err("403 Forbidden"));
    }
}
