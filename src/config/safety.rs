//! Safety settings of a service: timeouts, retries, kind of lock, throttle of backfills.
//! Values only; [`super::settings`] reads them from a config file.

use std::time::Duration;

use super::url::DatabaseUrl;

/// Keys of a service that belong to these settings.
pub(super) const KEYS: [&str; 14] = [
    "lock_timeout",
    "statement_timeout",
    "lock_retries",
    "durable",
    "pipeline",
    "lock",
    "lease_time",
    "batch_target",
    "max_replica_lag",
    "replicas",
    "max_waiting",
    "ahead",
    "keep_downgrades",
    "prove_merges",
];

/// Kind of lock that keeps two runners from changing one version table at the same time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LockKind {
    /// Lock of the database session: PostgreSQL's advisory lock, `GET_LOCK`, a lock file.
    #[default]
    Advisory,
    /// Row with an owner and an expiry time, renewed during the run. For transaction poolers and clusters.
    Lease,
}

/// Moment at which the revisions of a run are durable: written to the disk, and to synchronous standbys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Durable {
    /// At the end of the run, and wherever a revision is relied on before. A crash of the server in between
    /// loses the last revisions of the run, each as a whole.
    #[default]
    Run,
    /// Each revision before the next one starts.
    Each,
}

/// Treatment of a database that has revisions applied which have no files, but which its journal describes: a newer
/// release has upgraded it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AheadPolicy {
    /// An upgrade applies what it knows and what is missing.
    #[default]
    Allow,
    /// An upgrade is refused.
    Refuse,
}

/// Proof that the sides of a merge commute, before the merge is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ProveMerges {
    /// A merge is proved if a shadow database can be had; otherwise it is written without.
    #[default]
    Yes,
    /// Not proved.
    No,
    /// A merge is written only if it was proved.
    Require,
}

/// Keys set in one mapping; `None` for those that are not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct GentleSettings {
    pub lock_timeout: Option<Duration>,
    pub statement_timeout: Option<Duration>,
    pub lock_retries: Option<u32>,
    pub durable: Option<Durable>,
    pub pipeline: Option<usize>,
    pub lock: Option<LockKind>,
    pub lease_time: Option<Duration>,
    pub batch_target: Option<Duration>,
    pub max_replica_lag: Option<Duration>,
    pub replicas: Option<Vec<DatabaseUrl>>,
    pub max_waiting: Option<u32>,
    pub ahead: Option<AheadPolicy>,
    pub keep_downgrades: Option<bool>,
    pub prove_merges: Option<ProveMerges>,
}

impl GentleSettings {
    pub(super) fn or(self, defaults: Self) -> Self {
        Self {
            lock_timeout: self.lock_timeout.or(defaults.lock_timeout),
            statement_timeout: self.statement_timeout.or(defaults.statement_timeout),
            lock_retries: self.lock_retries.or(defaults.lock_retries),
            durable: self.durable.or(defaults.durable),
            pipeline: self.pipeline.or(defaults.pipeline),
            lock: self.lock.or(defaults.lock),
            lease_time: self.lease_time.or(defaults.lease_time),
            batch_target: self.batch_target.or(defaults.batch_target),
            max_replica_lag: self.max_replica_lag.or(defaults.max_replica_lag),
            replicas: self.replicas.or(defaults.replicas),
            max_waiting: self.max_waiting.or(defaults.max_waiting),
            ahead: self.ahead.or(defaults.ahead),
            keep_downgrades: self.keep_downgrades.or(defaults.keep_downgrades),
            prove_merges: self.prove_merges.or(defaults.prove_merges),
        }
    }

    pub(super) fn gentle(self) -> SafetySettings {
        let usual = SafetySettings::default();
        SafetySettings {
            lock_timeout: self.lock_timeout.unwrap_or(usual.lock_timeout),
            statement_timeout: self.statement_timeout,
            lock_retries: self.lock_retries.unwrap_or(usual.lock_retries),
            durable: self.durable.unwrap_or_default(),
            pipeline: self.pipeline.unwrap_or(usual.pipeline),
            lock: self.lock.unwrap_or_default(),
            lease_time: self.lease_time.unwrap_or(usual.lease_time),
            batch_target: self.batch_target.unwrap_or(usual.batch_target),
            max_replica_lag: self.max_replica_lag.unwrap_or(usual.max_replica_lag),
            replicas: self.replicas.unwrap_or_default(),
            max_waiting: self.max_waiting.unwrap_or(usual.max_waiting),
            ahead: self.ahead.unwrap_or_default(),
            keep_downgrades: self.keep_downgrades.unwrap_or(usual.keep_downgrades),
            prove_merges: self.prove_merges.unwrap_or_default(),
        }
    }
}

/// Safety settings of a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SafetySettings {
    /// Timeout for a statement that waits for a lock; zero for no timeout.
    pub lock_timeout: Duration,
    /// Timeout for a statement; zero for no timeout, `None` for the server's setting.
    pub statement_timeout: Option<Duration>,
    /// Maximum number of retries of a revision whose statement timed out while it waited for a lock.
    pub lock_retries: u32,
    /// Moment at which the revisions of a run are durable.
    pub durable: Durable,
    /// Maximum number of revisions that are sent before the first of them has been answered; 1 to wait for each.
    pub pipeline: usize,
    /// Kind of lock against other runners.
    pub lock: LockKind,
    /// Time after which a lease expires unless it is renewed.
    pub lease_time: Duration,
    /// Target duration of one batch of a backfill.
    pub batch_target: Duration,
    /// Replica lag above which a backfill pauses; zero disables the check.
    pub max_replica_lag: Duration,
    /// Replicas that are queried for their lag, because a MySQL or MariaDB primary does not report it.
    pub replicas: Vec<DatabaseUrl>,
    /// Number of sessions waiting for locks above which a backfill pauses.
    pub max_waiting: u32,
    /// Treatment of a database that a newer release has upgraded.
    pub ahead: AheadPolicy,
    /// True if the journal keeps the downgrade sections of the revisions that it applies.
    pub keep_downgrades: bool,
    /// Proof of merges.
    pub prove_merges: ProveMerges,
}

impl Default for SafetySettings {
    fn default() -> Self {
        Self {
            lock_timeout: Duration::from_secs(5),
            statement_timeout: None,
            lock_retries: 10,
            durable: Durable::Run,
            pipeline: 8,
            lock: LockKind::Advisory,
            lease_time: Duration::from_secs(15),
            batch_target: Duration::from_millis(500),
            max_replica_lag: Duration::from_secs(10),
            replicas: Vec::new(),
            max_waiting: 0,
            ahead: AheadPolicy::Allow,
            keep_downgrades: true,
            prove_merges: ProveMerges::Yes,
        }
    }
}
