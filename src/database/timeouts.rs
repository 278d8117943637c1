//! Timeouts of statements, and the SQL that sets them in each dialect.

use std::time::Duration;

/// Timeouts for a unit's statements. `None` keeps the server's setting; zero means no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Timeouts {
    /// Maximum wait for a lock.
    pub lock: Option<Duration>,
    /// Maximum duration of a statement, including lock waits.
    pub statement: Option<Duration>,
}

impl Timeouts {
    /// Returns PostgreSQL's settings with their values in milliseconds. Zero means no limit there too.
    #[must_use]
    pub fn postgres(&self) -> Vec<(&'static str, u128)> {
        let named = [("lock_timeout", self.lock), ("statement_timeout", self.statement)];
        named.into_iter().filter_map(|(name, time)| Some((name, time?.as_millis()))).collect()
    }

    /// Returns the assignments that set the timeouts of a MySQL or MariaDB session.
    ///
    /// MySQL's lock timeouts are in whole seconds, at least one, and cannot be disabled: the maximum is one year
    /// (`lock_wait_timeout` is for metadata locks, `innodb_lock_wait_timeout` for rows). `max_statement_time` is
    /// MariaDB's and applies to all statements; MySQL's `max_execution_time` applies to SELECT only.
    #[must_use]
    pub fn mysql(&self, is_mariadb: bool) -> Vec<String> {
        let mut parts = Vec::new();
        if let Some(lock) = self.lock {
            let most = 31_536_000;
            let seconds = if lock.is_zero() { most } else { lock.as_millis().div_ceil(1000).clamp(1, most) };
            parts.push(format!("lock_wait_timeout = {seconds}"));
            parts.push(format!("innodb_lock_wait_timeout = {seconds}"));
        }
        match self.statement {
            Some(time) if is_mariadb => parts.push(format!("max_statement_time = {}", time.as_secs_f64())),
            Some(time) => parts.push(format!("max_execution_time = {}", time.as_millis())),
            None => {}
        }
        parts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_server_is_told_in_its_own_units() {
        let seconds = |seconds| Some(Duration::from_secs(seconds));
        let both = Timeouts { lock: seconds(5), statement: seconds(60) };
        assert_eq!(both.postgres(), [("lock_timeout", 5000), ("statement_timeout", 60_000)]);
        let expected = "lock_wait_timeout = 5, innodb_lock_wait_timeout = 5, max_statement_time = 60";
        assert_eq!(both.mysql(true).join(", "), expected);
        let off = Timeouts { lock: seconds(0), statement: None };
        assert_eq!(off.postgres(), [("lock_timeout", 0)]);
        let expected = "lock_wait_timeout = 31536000, innodb_lock_wait_timeout = 31536000";
        assert_eq!(off.mysql(false).join(", "), expected);
        let short = Timeouts { lock: Some(Duration::from_millis(300)), statement: Some(Duration::from_millis(1500)) };
        let expected = "lock_wait_timeout = 1, innodb_lock_wait_timeout = 1, max_execution_time = 1500";
        assert_eq!(short.mysql(false).join(", "), expected);
        assert!(Timeouts::default().mysql(true).is_empty());
    }
}
