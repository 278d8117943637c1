//! Connections opened in the background while the revision files are read, with the state of their databases.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::thread::JoinHandle;

use crate::cli::surroundings::environment;
use crate::config::Service;
use crate::database::{Database, DatabaseError, VersionTable};
use crate::drivers;

/// Maximum number of connections opened this way: a server may admit only a few at a time.
const MAX_CONNECTIONS: usize = 4;

/// Result of connecting.
pub type ConnectionResult = Result<Box<dyn Database>, DatabaseError>;

/// Connections in progress, by service.
#[derive(Debug, Default)]
pub struct Ahead {
    threads: RefCell<BTreeMap<String, JoinHandle<ConnectionResult>>>,
}

impl Ahead {
    /// Starts to connect to the first databases behind a network, and to read their version rows and journals, which
    /// every command needs that connects to all of them. A connection that is never taken ends with the process.
    pub fn start(&self, services: &[Service]) {
        for service in services.iter().filter(|service| is_remote(service)).take(MAX_CONNECTIONS) {
            let its = service.clone();
            let thread = std::thread::spawn(move || {
                let mut database = connect(&its)?;
                database.prefetch_state();
                Ok(database)
            });
            self.threads.borrow_mut().insert(service.name.clone(), thread);
        }
    }

    /// Waits for the service's connection; `None` if none was started.
    pub fn take(&self, service: &Service) -> Option<ConnectionResult> {
        let thread = self.threads.borrow_mut().remove(&service.name)?;
        Some(thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    }
}

fn is_remote(service: &Service) -> bool {
    service.url().is_ok_and(|url| url.path().is_none())
}

/// Connects to the service's database.
///
/// # Errors
/// If there is no usable URL, or the server refuses the connection.
pub fn connect(service: &Service) -> ConnectionResult {
    let url = service.url().map_err(DatabaseError::from)?;
    drivers::open(url, &VersionTable::of_service(service), &service.name, &environment)
}
