//! How gently a service's database is treated: timeouts, retries, the kind of lock, the throttle of backfills.
//! Values only; how they are read from a config file is in [`super::settings`].

use std::time::Duration;

use super::url::DatabaseUrl;

/// The keys of a service that are about this, as [`super::settings`] knows them.
pub(super) const KEYS: [&str; 9] = [
    "lock_timeout",
    "statement_timeout",
    "lock_retries",
    "lock",
    "lease_time",
    "batch_target",
    "max_replica_lag",
    "replicas",
    "max_waiting",
];

/// What keeps two runners from working on one version table at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LockKind {
    /// A lock of the database session (PostgreSQL's advisory lock, `GET_LOCK`, a lock file).
    #[default]
    Advisory,
    /// A row with an owner and an end, renewed while the run lasts: behind poolers and on clusters.
    Lease,
}

/// What a mapping says; what it does not say is none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct GentleSettings {
    pub lock_timeout: Option<Duration>,
    pub statement_timeout: Option<Duration>,
    pub lock_retries: Option<u32>,
    pub lock: Option<LockKind>,
    pub lease_time: Option<Duration>,
    pub batch_target: Option<Duration>,
    pub max_replica_lag: Option<Duration>,
    pub replicas: Option<Vec<DatabaseUrl>>,
    pub max_waiting: Option<u32>,
}

impl GentleSettings {
    pub(super) fn or(self, defaults: Self) -> Self {
        Self {
            lock_timeout: self.lock_timeout.or(defaults.lock_timeout),
            statement_timeout: self.statement_timeout.or(defaults.statement_timeout),
            lock_retries: self.lock_retries.or(defaults.lock_retries),
            lock: self.lock.or(defaults.lock),
            lease_time: self.lease_time.or(defaults.lease_time),
            batch_target: self.batch_target.or(defaults.batch_target),
            max_replica_lag: self.max_replica_lag.or(defaults.max_replica_lag),
            replicas: self.replicas.or(defaults.replicas),
            max_waiting: self.max_waiting.or(defaults.max_waiting),
        }
    }

    pub(super) fn gentle(self) -> SafetySettings {
        let usual = SafetySettings::default();
        SafetySettings {
            lock_timeout: self.lock_timeout.unwrap_or(usual.lock_timeout),
            statement_timeout: self.statement_timeout,
            lock_retries: self.lock_retries.unwrap_or(usual.lock_retries),
            lock: self.lock.unwrap_or_default(),
            lease_time: self.lease_time.unwrap_or(usual.lease_time),
            batch_target: self.batch_target.unwrap_or(usual.batch_target),
            max_replica_lag: self.max_replica_lag.unwrap_or(usual.max_replica_lag),
            replicas: self.replicas.unwrap_or_default(),
            max_waiting: self.max_waiting.unwrap_or(usual.max_waiting),
        }
    }
}

/// How gently a service's database is treated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SafetySettings {
    /// How long a statement waits for a lock; zero: as long as it takes.
    pub lock_timeout: Duration,
    /// How long a statement may take; zero: as long as it takes; none: as the server says.
    pub statement_timeout: Option<Duration>,
    /// How often a revision that could not get its lock is tried again.
    pub lock_retries: u32,
    /// What keeps other runners away.
    pub lock: LockKind,
    /// How long a lease lives without being renewed.
    pub lease_time: Duration,
    /// How long a batch of a backfill should take.
    pub batch_target: Duration,
    /// A backfill pauses while a replica is further behind than this; zero: it does not look.
    pub max_replica_lag: Duration,
    /// The replicas that are asked how far they are behind, where the server itself does not know (MySQL, MariaDB).
    pub replicas: Vec<DatabaseUrl>,
    /// A backfill pauses while more sessions than these wait for locks; nobody may wait for a batch's own.
    pub max_waiting: u32,
}

impl Default for SafetySettings {
    fn default() -> Self {
        Self {
            lock_timeout: Duration::from_secs(5),
            statement_timeout: None,
            lock_retries: 10,
            lock: LockKind::Advisory,
            lease_time: Duration::from_secs(15),
            batch_target: Duration::from_millis(500),
            max_replica_lag: Duration::from_secs(10),
            replicas: Vec::new(),
            max_waiting: 0,
        }
    }
}
