//! Binary entry point: calls [`aludel::cli::main`] and nothing else.

fn main() -> std::process::ExitCode {
    aludel::cli::main()
}
