//! Input and output of the binary: revision files, URLs, output; and errors that must precede anything destructive.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "io/destroying.rs"]
mod destroying;
#[path = "io/files.rs"]
mod files;
#[path = "io/output.rs"]
mod output;
#[path = "io/services.rs"]
mod services;
mod support;
#[path = "io/version.rs"]
mod version;

macro_rules! on_each_database {
    ($($name:ident,)*) => {
        mod sqlite { $(#[test] fn $name() { super::$name(super::Kind::Sqlite); })* }
        mod postgres { $(#[test] fn $name() { super::$name(super::Kind::Postgres); })* }
        mod mariadb { $(#[test] fn $name() { super::$name(super::Kind::Mariadb); })* }
    };
}

pub(crate) use on_each_database;
