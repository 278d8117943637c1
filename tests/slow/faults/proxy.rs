//! Proxy between a runner and its server that injects a fault at an exact message. A message is everything that the
//! client sends before the server answers.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

/// Moment of the fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// The message does not reach the server.
    Before,
    /// The server has received the message and is executing it.
    During,
    /// The server has started to answer, and the answer does not reach the runner.
    After,
}

/// Action at that moment. The connection is cut in any case.
pub type Strike = Arc<dyn Fn() + Send + Sync>;

pub struct Proxy {
    pub port: u16,
    messages: Arc<AtomicUsize>,
    begun: Arc<AtomicUsize>,
    struck: Arc<AtomicUsize>,
}

struct Fault {
    at: usize,
    when: When,
    strike: Strike,
    begun: Arc<AtomicUsize>,
    struck: Arc<AtomicUsize>,
}

impl Fault {
    /// Returns `true` if the fault is due at this message. Only once, because a runner that reconnects gets here again.
    fn is_due(&self, message: usize) -> bool {
        message == self.at && self.at > 0 && self.begun.swap(1, Ordering::SeqCst) == 0
    }
}

impl Proxy {
    /// Starts a proxy in front of `server`. The fault is injected at message `at` (from 1) of the first connection that
    /// has as many; never if `at` is 0.
    pub fn start(server: (String, u16), at: usize, when: When, strike: Strike) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let (messages, begun, struck) = <(Arc<AtomicUsize>, Arc<AtomicUsize>, Arc<AtomicUsize>)>::default();
        let fault = Arc::new(Fault { at, when, strike, begun: Arc::clone(&begun), struck: Arc::clone(&struck) });
        let counted = Arc::clone(&messages);
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let Ok(upstream) = TcpStream::connect((server.0.as_str(), server.1)) else { continue };
                let (fault, counted) = (Arc::clone(&fault), Arc::clone(&counted));
                std::thread::spawn(move || connection(&client, &upstream, &fault, &counted));
            }
        });
        Self { port, messages, begun, struck }
    }

    /// Returns the number of messages so far.
    pub fn messages(&self) -> usize {
        self.messages.load(Ordering::SeqCst)
    }

    /// Returns `true` if the fault was injected. Waits until the action is complete.
    pub fn has_struck(&self) -> bool {
        let start = std::time::Instant::now();
        while self.begun.load(Ordering::SeqCst) > self.struck.load(Ordering::SeqCst) {
            assert!(start.elapsed().as_secs() < 150, "the strike does not end");
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
        self.struck.load(Ordering::SeqCst) > 0
    }
}

fn connection(client: &TcpStream, server: &TcpStream, fault: &Fault, counted: &AtomicUsize) {
    let _ = (client.set_nodelay(true), server.set_nodelay(true));
    let is_new_message = Arc::new(Mutex::new((true, 0_usize)));
    std::thread::scope(|scope| {
        let state = Arc::clone(&is_new_message);
        scope.spawn(move || {
            pass(server, client, |_| {
                let mut state = state.lock().unwrap();
                state.0 = true;
                let strikes = fault.when == When::After && fault.is_due(state.1);
                strikes.then(|| hit(fault)).is_none()
            });
            cut(client, server);
        });
        pass(client, server, |bytes| {
            let mut state = is_new_message.lock().unwrap();
            if std::mem::take(&mut state.0) {
                state.1 += 1;
                counted.store(state.1, Ordering::SeqCst);
                if fault.when != When::After && fault.is_due(state.1) {
                    if fault.when == When::During {
                        let mut server = server;
                        let _ = server.write_all(bytes);
                    }
                    hit(fault);
                    return false;
                }
            }
            true
        });
        cut(client, server);
    });
}

fn hit(fault: &Fault) {
    (fault.strike)();
    fault.struck.store(1, Ordering::SeqCst);
}

fn cut(client: &TcpStream, server: &TcpStream) {
    let _ = (client.shutdown(Shutdown::Both), server.shutdown(Shutdown::Both));
}

/// Forwards bytes until `look` returns `false` or one side ends.
fn pass(mut from: &TcpStream, mut to: &TcpStream, mut look: impl FnMut(&[u8]) -> bool) {
    let mut buffer = [0; 65536];
    while let Ok(count) = from.read(&mut buffer) {
        let Some(bytes) = buffer.get(..count).filter(|bytes| !bytes.is_empty()) else { return };
        if !look(bytes) || to.write_all(bytes).is_err() {
            return;
        }
    }
}
