//! Runs a plan on a database: lock, transactions, version rows, journal. Reports events to an observer.
