//! What a config says of how a deploy is done: checks, hooks, what follows a failure. Values only.

use std::time::Duration;

/// How long a hook may take when the config does not say.
pub const DEFAULT_HOOK_TIMEOUT: Duration = Duration::from_secs(60);

/// A query that tells whether all is well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// Its name.
    pub name: String,
    /// The query.
    pub query: String,
    /// What it has to answer.
    pub expect: Expect,
    /// How long it may take.
    pub max_time: Option<Duration>,
}

/// What a check's query has to answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expect {
    /// No row.
    Empty,
    /// This value in the first column of its first row.
    Value(String),
    /// A number there that is not above this one.
    AtMost(String),
}

/// A command that runs at a moment of a deploy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hook {
    /// Program and arguments; no shell is between.
    pub command: Vec<String>,
    /// How long it may take; then it is ended.
    pub timeout: Duration,
    /// Whether its failure stops the deploy (is told as a warning otherwise).
    pub stops: bool,
}

/// A moment at which hooks run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Moment {
    /// After a preflight that went well, before anything is changed.
    BeforeDeploy,
    /// When the revisions have run, before the verification.
    AfterUpgrade,
    /// When something failed, before what `on_failure` says is done.
    OnFailure,
    /// At the end of a deploy that went well.
    AfterDeploy,
}

impl Moment {
    /// All of them, in order.
    pub const ALL: [Self; 4] = [Self::BeforeDeploy, Self::AfterUpgrade, Self::OnFailure, Self::AfterDeploy];

    /// Its key in the config.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::BeforeDeploy => "before_deploy",
            Self::AfterUpgrade => "after_upgrade",
            Self::OnFailure => "on_failure",
            Self::AfterDeploy => "after_deploy",
        }
    }

    /// Whether a failure of its hooks stops the deploy when the config does not say.
    #[must_use]
    pub const fn stops(self) -> bool {
        matches!(self, Self::BeforeDeploy | Self::AfterUpgrade)
    }
}

/// The hooks of a service.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hooks(pub std::collections::BTreeMap<Moment, Vec<Hook>>);

impl Hooks {
    /// Those of a moment, in order.
    #[must_use]
    pub fn at(&self, moment: Moment) -> &[Hook] {
        self.0.get(&moment).map_or(&[], Vec::as_slice)
    }
}

/// What a deploy does when something failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnFailure {
    /// Nothing: a person decides.
    #[default]
    Stop,
    /// Downgrades to where it started.
    Downgrade,
    /// Restores the backup that it made.
    Restore,
}

impl OnFailure {
    /// The word in the config.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Stop => "stop",
            Self::Downgrade => "downgrade",
            Self::Restore => "restore",
        }
    }
}
