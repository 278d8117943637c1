//! Timeouts as PostgreSQL's settings.

use crate::database::Timeouts;

/// Returns the settings with their values in milliseconds. Zero means no limit there too.
pub(super) fn timeout_settings(timeouts: &Timeouts) -> Vec<(&'static str, u128)> {
    let named = [("lock_timeout", timeouts.lock), ("statement_timeout", timeouts.statement)];
    named.into_iter().filter_map(|(name, time)| Some((name, time?.as_millis()))).collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn only_what_is_set_is_sent_in_milliseconds() {
        let seconds = |seconds| Some(Duration::from_secs(seconds));
        let both = Timeouts { lock: seconds(5), statement: seconds(60) };
        assert_eq!(timeout_settings(&both), [("lock_timeout", 5000), ("statement_timeout", 60_000)]);
        let off = Timeouts { lock: seconds(0), statement: None };
        assert_eq!(timeout_settings(&off), [("lock_timeout", 0)]);
    }
}
