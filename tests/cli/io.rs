//! Input and output of the binary: revision files, URLs, output; and errors that must precede anything destructive.

mod destroying;
mod files;
mod output;
mod services;
mod version;
