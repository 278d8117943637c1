//! Proxy that counts round trips, whatever the protocol: how often the client sends something after the server has
//! answered. A message that arrives in several pieces counts once.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// A running proxy; it ends with the process.
pub struct Proxy {
    pub port: u16,
    round_trips: Arc<AtomicUsize>,
}

impl Proxy {
    /// Starts a proxy in front of the server at `host:port`.
    pub fn start(host: &str, port: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let own = listener.local_addr().unwrap().port();
        let round_trips = Arc::new(AtomicUsize::new(0));
        let (counter, host) = (Arc::clone(&round_trips), host.to_owned());
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                serve(client, TcpStream::connect((host.as_str(), port)).unwrap(), &counter);
            }
        });
        Self { port: own, round_trips }
    }

    /// Returns the number of round trips of all connections so far.
    pub fn round_trips(&self) -> usize {
        self.round_trips.load(Ordering::SeqCst)
    }
}

fn serve(client: TcpStream, server: TcpStream, round_trips: &Arc<AtomicUsize>) {
    for stream in [&client, &server] {
        stream.set_nodelay(true).unwrap();
    }
    let is_answered = Arc::new(AtomicBool::new(true));
    let (counter, mark) = (Arc::clone(round_trips), Arc::clone(&is_answered));
    let (from_client, to_server) = (client.try_clone().unwrap(), server.try_clone().unwrap());
    std::thread::spawn(move || {
        forward(from_client, to_server, || {
            if is_answered.swap(false, Ordering::SeqCst) {
                counter.fetch_add(1, Ordering::SeqCst);
            }
        });
    });
    // Marked before the answer is passed on, so that the client's next message cannot be faster.
    std::thread::spawn(move || forward(server, client, || mark.store(true, Ordering::SeqCst)));
}

fn forward(mut from: TcpStream, mut to: TcpStream, on_bytes: impl Fn()) {
    let mut buffer = [0; 65_536];
    while let Ok(length @ 1..) = from.read(&mut buffer) {
        on_bytes();
        if to.write_all(&buffer[..length]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(std::net::Shutdown::Write);
}
