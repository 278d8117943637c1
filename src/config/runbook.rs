//! Deploy settings of a service: checks, hooks, reaction to failures. Values only.

use std::time::Duration;

/// Timeout of a hook if the config sets none.
pub const DEFAULT_HOOK_TIMEOUT: Duration = Duration::from_secs(60);

/// Query that checks the health of the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// Name, for reports.
    pub name: String,
    /// One SQL query.
    pub query: String,
    /// Expected result.
    pub expect: Expect,
    /// Longest time that the query may take; a slower one fails the check but is not cancelled.
    pub max_time: Option<Duration>,
}

/// Expected result of a check's query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expect {
    /// No row.
    Empty,
    /// This value in the first column of the first row.
    Value(String),
    /// A number in the first column of the first row that is not greater than this one.
    AtMost(String),
}

/// Command that runs at a stage of a deploy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hook {
    /// Program and arguments, executed without a shell.
    pub command: Vec<String>,
    /// Time after which the command is terminated.
    pub timeout: Duration,
    /// If `true`, a failure stops the deploy; otherwise it is reported as a warning.
    pub stops: bool,
}

/// Stage of a deploy at which hooks run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Moment {
    /// After a successful preflight, before anything is changed.
    BeforeDeploy,
    /// After the revisions, before the verification.
    AfterUpgrade,
    /// After a failure, before the action of `on_failure`.
    OnFailure,
    /// At the end of a successful deploy.
    AfterDeploy,
}

impl Moment {
    /// All stages, in order.
    pub const ALL: [Self; 4] = [Self::BeforeDeploy, Self::AfterUpgrade, Self::OnFailure, Self::AfterDeploy];

    /// Returns the stage's key in the config.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::BeforeDeploy => "before_deploy",
            Self::AfterUpgrade => "after_upgrade",
            Self::OnFailure => "on_failure",
            Self::AfterDeploy => "after_deploy",
        }
    }

    /// Returns `true` if a failed hook of this stage stops the deploy by default.
    #[must_use]
    pub const fn stops(self) -> bool {
        matches!(self, Self::BeforeDeploy | Self::AfterUpgrade)
    }
}

/// Hooks of a service, by stage.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hooks(pub std::collections::BTreeMap<Moment, Vec<Hook>>);

impl Hooks {
    /// Returns the hooks of one stage, in order.
    #[must_use]
    pub fn at(&self, moment: Moment) -> &[Hook] {
        self.0.get(&moment).map_or(&[], Vec::as_slice)
    }
}

/// Reaction of a deploy to a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnFailure {
    /// Stops and leaves the decision to a person.
    #[default]
    Stop,
    /// Downgrades to the revisions that were applied before the deploy.
    Downgrade,
    /// Restores the backup that the deploy made.
    Restore,
}

impl OnFailure {
    /// Returns the value of the key `on_failure` in the config.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Stop => "stop",
            Self::Downgrade => "downgrade",
            Self::Restore => "restore",
        }
    }
}
