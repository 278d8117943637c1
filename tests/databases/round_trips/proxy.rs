//! Proxy that counts round trips, whatever the protocol: how often the client sends something after the server has
//! answered. A message that arrives in several pieces counts once.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

/// A running proxy; it ends with the process.
pub struct Proxy {
    pub port: u16,
    round_trips: Arc<AtomicUsize>,
    /// Threads that read what clients send. Each ends with its connection.
    clients: Arc<Mutex<Vec<JoinHandle<()>>>>,
}

impl Proxy {
    /// Starts a proxy in front of the server at `host:port`.
    pub fn start(host: &str, port: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let own = listener.local_addr().unwrap().port();
        let round_trips = Arc::new(AtomicUsize::new(0));
        let clients: Arc<Mutex<Vec<JoinHandle<()>>>> = Arc::default();
        let (counter, started, host) = (Arc::clone(&round_trips), Arc::clone(&clients), host.to_owned());
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let served = serve(client, TcpStream::connect((host.as_str(), port)).unwrap(), &counter);
                started.lock().unwrap().push(served);
            }
        });
        Self { port: own, round_trips, clients }
    }

    /// Returns the number of round trips of all connections, which the clients have ended. Their last message has no
    /// answer, so that it may still be on its way when the client is gone.
    pub fn round_trips(&self) -> usize {
        for client in self.clients.lock().unwrap().drain(..) {
            client.join().unwrap();
        }
        self.round_trips.load(Ordering::SeqCst)
    }
}

/// Returns the thread that reads what the client sends.
fn serve(client: TcpStream, server: TcpStream, round_trips: &Arc<AtomicUsize>) -> JoinHandle<()> {
    for stream in [&client, &server] {
        stream.set_nodelay(true).unwrap();
    }
    let is_answered = Arc::new(AtomicBool::new(true));
    let (counter, mark) = (Arc::clone(round_trips), Arc::clone(&is_answered));
    let (from_client, to_server) = (client.try_clone().unwrap(), server.try_clone().unwrap());
    // Marked before the answer is passed on, so that the client's next message cannot be faster.
    thread::spawn(move || forward(server, client, || mark.store(true, Ordering::SeqCst)));
    thread::spawn(move || {
        forward(from_client, to_server, || {
            if is_answered.swap(false, Ordering::SeqCst) {
                counter.fetch_add(1, Ordering::SeqCst);
            }
        });
    })
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
