//! A program that brings its own database up to date when it starts. As many copies as you like may start at once: one of
//! them does the work, the others wait for it and find nothing to do.
//!
//!     DATABASE_URL=sqlite:notes.db cargo run --example notes
#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::process::ExitCode;
use std::time::Duration;

use aludel::migrator::{Error, Event};
use aludel::{Embedded, Migrator};

/// In the program: no file is needed where it runs. The service is called `notes`, and its database is `DATABASE_URL`.
static REVISIONS: Embedded = aludel::embed!("examples/notes/revisions");

fn main() -> ExitCode {
    match migrate() {
        Ok(applied) => {
            println!("ready, {applied} revisions applied by this copy");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("not started: {error}");
            ExitCode::FAILURE
        }
    }
}

/// How many revisions this copy of the program applied.
fn migrate() -> Result<usize, Error> {
    let migrator = Migrator::embedded(REVISIONS.clone().named("notes"))?
        .lock_timeout(Duration::from_secs(300))
        .on_event(|service, event| match event {
            Event::Waiting { waited, .. } => eprintln!("{service}: another copy migrates, waited {waited:?}"),
            Event::Finished { revision, message, duration, .. } => {
                eprintln!("{service}: {revision} {message} {duration:?}");
            }
            _ => {}
        });
    Ok(migrator.upgrade("head")?.steps().count())
}
