//! Progress of a statement that runs in batches.

use std::time::Duration;

use crate::sql::Batch;

/// A committed batch, reported to the throttle.
#[derive(Debug, Clone, PartialEq)]
pub struct BatchStep<'a> {
    /// Parameters of the batches, from the file.
    pub batch: &'a Batch,
    /// Number of keys of the next batch, unless the throttle changes it.
    pub size: u64,
    /// Number of keys of this batch.
    pub keys: u64,
    /// Number of keys so far, including those of earlier attempts.
    pub done: u64,
    /// Part of the key range that is done, from 0 to 1.
    pub share: f64,
    /// Duration of this batch.
    pub took: Duration,
}
