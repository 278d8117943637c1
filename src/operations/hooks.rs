//! Runs the hooks of a deploy. The facts are passed as environment variables and as JSON on stdin; none of them
//! contains a password. Must not depend on the steps of a deploy.

use std::collections::BTreeMap;
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use crate::config::{EnvFileVariables, Hook};
use crate::system::process::{in_own_group, kill_group};

/// Number of bytes kept from the end of a hook's output.
const KEPT: u64 = 16 * 1024;

/// Polling interval while a hook runs.
const TICK: Duration = Duration::from_millis(20);

/// Result of a hook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ran {
    /// Command and arguments, separated by spaces.
    pub command: String,
    /// Reason of the failure; `None` after a success.
    pub problem: Option<String>,
    /// End of its output on stdout and stderr.
    pub said: String,
    /// Duration.
    pub took: Duration,
    /// True if its failure stops the deploy.
    pub stops: bool,
}

/// Runs a hook until it exits, its time is over, or `interrupted` returns `true`. `facts` maps names (`service`,
/// `from`) to values; in the environment they are `ALUDEL_SERVICE`, `ALUDEL_FROM`.
/// `variables` are those of the env file that the environment does not set.
#[must_use]
pub fn run_hook(
    hook: &Hook,
    variables: &EnvFileVariables,
    facts: &BTreeMap<&'static str, String>,
    interrupted: &dyn Fn() -> bool,
) -> Ran {
    let started = Instant::now();
    let (problem, said) = match attempt(hook, variables, facts, started, interrupted) {
        Ok((problem, said)) => (problem, said),
        Err(error) => (Some(error.to_string()), String::new()),
    };
    Ran { command: hook.command.join(" "), problem, said, took: started.elapsed(), stops: hook.stops }
}

fn attempt(
    hook: &Hook,
    variables: &EnvFileVariables,
    facts: &BTreeMap<&'static str, String>,
    started: Instant,
    interrupted: &dyn Fn() -> bool,
) -> std::io::Result<(Option<String>, String)> {
    let Some((program, arguments)) = hook.command.split_first() else { return Ok((None, String::new())) };
    // Files instead of pipes: a process that the hook leaves running in the background would keep a pipe open.
    let mut output = tempfile::tempfile()?;
    let mut input = tempfile::tempfile()?;
    serde_json::to_writer(&mut input, facts)?;
    input.write_all(b"\n")?;
    input.seek(SeekFrom::Start(0))?;
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::from(input));
    command.stdout(Stdio::from(output.try_clone()?)).stderr(Stdio::from(output.try_clone()?));
    command.envs(variables.iter().map(|(name, value)| (name, value.expose())));
    for (name, value) in facts {
        command.env(format!("ALUDEL_{}", name.to_ascii_uppercase()), value);
    }
    in_own_group(&mut command);
    let mut child = command.spawn()?;
    let problem = match wait(&mut child, hook.timeout, started, interrupted)? {
        Ended::Itself(status) if status.success() => None,
        Ended::Itself(status) => Some(status.to_string()),
        Ended::Late => Some(format!("it took longer than {} s and was killed", hook.timeout.as_secs_f64())),
        Ended::Interrupted => Some("interrupted".to_owned()),
    };
    Ok((problem, output_end(&mut output)?))
}

enum Ended {
    Itself(ExitStatus),
    Late,
    Interrupted,
}

fn wait(
    child: &mut Child,
    timeout: Duration,
    started: Instant,
    interrupted: &dyn Fn() -> bool,
) -> std::io::Result<Ended> {
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Ended::Itself(status));
        }
        let ended = match (started.elapsed() > timeout, interrupted()) {
            (true, _) => Ended::Late,
            (false, true) => Ended::Interrupted,
            (false, false) => {
                std::thread::sleep(TICK);
                continue;
            }
        };
        kill_group(child);
        child.wait()?;
        return Ok(ended);
    }
}

/// Returns the end of the output.
fn output_end(output: &mut std::fs::File) -> std::io::Result<String> {
    let length = output.seek(SeekFrom::End(0))?;
    output.seek(SeekFrom::Start(length.saturating_sub(KEPT)))?;
    let mut bytes = Vec::new();
    output.take(KEPT).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).trim().to_owned())
}

#[cfg(all(test, unix))]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn hook(script: &str, timeout: Duration) -> Hook {
        Hook { command: ["sh", "-c", script].map(str::to_owned).to_vec(), timeout, stops: true }
    }

    fn run(script: &str, timeout: Duration) -> Ran {
        let facts = BTreeMap::from([("service", "auth".to_owned()), ("to", "3f2a".to_owned())]);
        run_hook(&hook(script, timeout), &EnvFileVariables::new(), &facts, &|| false)
    }

    #[test]
    fn facts_come_as_environment_and_as_json() {
        let ran = run("echo $ALUDEL_SERVICE $ALUDEL_TO; cat; echo oops >&2", Duration::from_secs(60));
        assert_eq!(
            (ran.problem, ran.said),
            (None, "auth 3f2a\n{\"service\":\"auth\",\"to\":\"3f2a\"}\noops".to_owned())
        );
    }

    #[test]
    fn a_failure_has_its_status_and_what_was_said() {
        let ran = run("echo no; exit 7", Duration::from_secs(60));
        assert_eq!((ran.problem.unwrap(), ran.said), ("exit status: 7".to_owned(), "no".to_owned()));
        let nowhere = Hook { command: vec!["/no/such/program".to_owned()], ..hook("", Duration::from_secs(1)) };
        assert!(run_hook(&nowhere, &EnvFileVariables::new(), &BTreeMap::new(), &|| false).problem.is_some());
    }

    #[test]
    fn a_hook_that_takes_too_long_is_ended_with_what_it_started() {
        let ran = run("sleep 600 & sleep 600", Duration::from_millis(50));
        assert!(ran.problem.unwrap().contains("longer than 0.05 s"));
        assert!(ran.took < Duration::from_secs(60));
    }

    #[test]
    fn what_stays_in_the_background_is_not_waited_for() {
        let ran = run("sleep 600 & echo started; kill $!", Duration::from_secs(60));
        assert!(ran.problem.is_none() && ran.took < Duration::from_secs(60));
    }
}
