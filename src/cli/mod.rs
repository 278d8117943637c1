//! The command line: the only part that prints, and the only one that reads the terminal and the clock.
/// Runs the command line; returns the process's exit status.
pub fn main() -> std::process::ExitCode {
    std::process::ExitCode::SUCCESS
}
