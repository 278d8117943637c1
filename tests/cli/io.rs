//! Input and output of the binary: revision files, URLs, output; and errors that must precede anything destructive.

mod destroying;
mod env_file;
mod files;
mod includes;
mod output;
mod services;
mod version;
