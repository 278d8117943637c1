//! Commands from the config that run on each new file, such as formatters and linters. If a hook fails, the file stays.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::config::Service;

/// Placeholder for the path of the new file in a hook.
const PATH: &str = "{path}";

/// Failure of a hook.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the hook `{command}` failed: {problem}")]
pub struct HookFailure {
    /// Command as it was run, its words separated by spaces.
    pub command: String,
    /// Exit status and output, or the reason why it could not be started.
    pub problem: String,
}

/// Runs the service's hooks on the file, one after the other, and returns the failures. `{path}` in a word is replaced
/// by the path; without it the path is appended as the last argument.
#[must_use]
pub fn run_hooks(service: &Service, path: &Path) -> Vec<HookFailure> {
    service.post_write_hooks.iter().filter_map(|hook| run(hook, service, path).err()).collect()
}

fn run(hook: &[String], service: &Service, path: &Path) -> Result<(), HookFailure> {
    let shown = path.display().to_string();
    let mut words: Vec<_> = hook.iter().map(|word| word.replace(PATH, &shown)).collect();
    if !hook.iter().any(|word| word.contains(PATH)) {
        words.push(shown);
    }
    let Some((program, arguments)) = words.split_first() else { return Ok(()) };
    let failure = |problem| HookFailure { command: words.join(" "), problem };
    let variables = service.variables.iter().map(|(name, value)| (name, value.expose()));
    let output = Command::new(program).args(arguments).envs(variables).stdin(Stdio::null()).output();
    let output = output.map_err(|error| failure(error.to_string()))?;
    if output.status.success() {
        return Ok(());
    }
    let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).trim().to_owned());
    let said: Vec<_> = said.into_iter().filter(|text| !text.is_empty()).collect();
    Err(failure([vec![output.status.to_string()], said].concat().join("\n")))
}
