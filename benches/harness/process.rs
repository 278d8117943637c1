//! Whole processes: run, timed, their memory.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Runs to the end with nothing on stdin and nobody reading; how long it took. A failure ends the benchmark.
pub fn time(command: &mut Command) -> Duration {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let start = Instant::now();
    let status = command.status().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let took = start.elapsed();
    if !status.success() {
        let said = command.stderr(Stdio::piped()).output().expect("a second try");
        panic!("{command:?}: {status}\n{}", String::from_utf8_lossy(&said.stderr));
    }
    took
}

/// What it prints. A failure ends the benchmark.
pub fn output(command: &mut Command) -> String {
    let output = command.stdin(Stdio::null()).output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{command:?}: {}\n{out}{err}", output.status);
    out.into_owned()
}

/// aludel on the project that [`super::revisions::write`] made around `revisions`, with the database at `url`.
pub fn aludel(url: &str, revisions: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(super::ALUDEL);
    let project = revisions.parent().expect("the project's folder");
    command.args(arguments).current_dir(project).env_remove("ALUDEL_CONFIG").env("BENCH_URL", url);
    command
}

/// The largest resident size in MiB; none without GNU time.
pub fn peak_memory(command: &Command) -> Option<f64> {
    let time = super::on_path("time")?;
    let mut timed = Command::new(time);
    timed.args(["-f", "%M"]).arg(command.get_program()).args(command.get_args());
    timed.current_dir(command.get_current_dir().unwrap_or(Path::new("/")));
    timed.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let output = timed.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).output().ok()?;
    let said = String::from_utf8_lossy(&output.stderr);
    said.lines().last()?.trim().parse::<f64>().ok().map(|kibibytes| kibibytes / 1024.0)
}
