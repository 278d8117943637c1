//! A TCP proxy in front of PostgreSQL that makes every answer later by a set time, and counts what goes through.
//! It knows the frame of the protocol (<https://www.postgresql.org/docs/current/protocol-message-formats.html>),
//! no more; no TLS.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc;
use std::time::{Duration, Instant};

/// What went through since the last [`Proxy::reset`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    pub connections: u64,
    /// Messages of the client after the startup and the password: Query, Parse and so on, without Terminate.
    pub messages: u64,
    /// `ReadyForQuery` of the server after the first of a connection: how often the client waited for its turn.
    pub turns: u64,
}

#[derive(Default)]
struct Counters {
    connections: AtomicU64,
    messages: AtomicU64,
    turns: AtomicU64,
}

/// A running proxy; it ends with the process.
pub struct Proxy {
    pub port: u16,
    counters: Arc<Counters>,
}

impl Proxy {
    /// Listens on a free port; each answer of the server at `host:port` is `delay` late.
    pub fn start(host: &str, port: u16, delay: Duration) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a loopback port");
        let own = listener.local_addr().expect("its address").port();
        let counters = Arc::new(Counters::default());
        let (shared, host) = (Arc::clone(&counters), host.to_owned());
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let server = TcpStream::connect((host.as_str(), port)).expect("the server");
                serve(client, server, delay, &shared);
            }
        });
        Self { port: own, counters }
    }

    pub fn reset(&self) {
        for counter in [&self.counters.connections, &self.counters.messages, &self.counters.turns] {
            counter.store(0, Ordering::SeqCst);
        }
    }

    pub fn counts(&self) -> Counts {
        let Counters { connections, messages, turns } = &*self.counters;
        let [connections, messages, turns] = [connections, messages, turns].map(|c| c.load(Ordering::SeqCst));
        // Each connection is told once that it may begin.
        Counts { connections, messages, turns: turns.saturating_sub(connections) }
    }
}

fn serve(client: TcpStream, server: TcpStream, delay: Duration, counters: &Arc<Counters>) {
    counters.connections.fetch_add(1, Ordering::SeqCst);
    for stream in [&client, &server] {
        stream.set_nodelay(true).expect("TCP_NODELAY");
    }
    let (up, down) = (Arc::clone(counters), Arc::clone(counters));
    let (from_client, to_server) = (client.try_clone().expect("a socket"), server.try_clone().expect("a socket"));
    std::thread::spawn(move || {
        let mut frames = Frames::new(true);
        pump(from_client, to_server, Duration::ZERO, move |bytes| {
            frames.read(bytes, |kind| {
                // Passwords are `p`, Terminate is `X`.
                if !matches!(kind, b'p' | b'X') {
                    up.messages.fetch_add(1, Ordering::SeqCst);
                }
            });
        });
    });
    std::thread::spawn(move || {
        let mut frames = Frames::new(false);
        pump(server, client, delay, move |bytes| {
            frames.read(bytes, |kind| {
                if kind == b'Z' {
                    down.turns.fetch_add(1, Ordering::SeqCst);
                }
            });
        });
    });
}

/// Passes bytes on, each `delay` after it came: what comes meanwhile does not wait longer for it.
fn pump(mut from: TcpStream, mut to: TcpStream, delay: Duration, mut look: impl FnMut(&[u8])) {
    let (sender, receiver) = mpsc::channel::<(Instant, Vec<u8>)>();
    let writer = std::thread::spawn(move || {
        for (due, bytes) in receiver {
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
            if to.write_all(&bytes).is_err() {
                break;
            }
        }
        let _ = to.shutdown(std::net::Shutdown::Write);
    });
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(count @ 1..) = from.read(&mut buffer) {
        let due = Instant::now() + delay;
        look(&buffer[..count]);
        if sender.send((due, buffer[..count].to_vec())).is_err() {
            break;
        }
    }
    drop(sender);
    let _ = writer.join();
}

/// Finds the messages in a stream.
struct Frames {
    is_startup: bool,
    head: Vec<u8>,
    skip: usize,
}

impl Frames {
    fn new(is_startup: bool) -> Self {
        Self { is_startup, head: Vec::new(), skip: 0 }
    }

    fn read(&mut self, mut bytes: &[u8], mut message: impl FnMut(u8)) {
        while let [first, rest @ ..] = bytes {
            if self.skip > 0 {
                let passed = self.skip.min(bytes.len());
                self.skip -= passed;
                bytes = &bytes[passed..];
                continue;
            }
            self.head.push(*first);
            bytes = rest;
            let type_bytes = usize::from(!self.is_startup);
            if self.head.len() == type_bytes + 4 {
                let length: [u8; 4] = self.head[type_bytes..].try_into().expect("four bytes");
                self.skip = (u32::from_be_bytes(length) as usize).saturating_sub(4);
                if !self.is_startup {
                    message(self.head[0]);
                }
                self.is_startup = false;
                self.head.clear();
            }
        }
    }
}
