//! Timeouts of the session: set where they differ from the ones in effect, and reset where a unit has none.

use super::Mysql;
use crate::database::Timeouts;
use crate::dialects::mysql::flavour::MysqlFlavour;

/// Longest lock timeout in seconds: one year. The server has no value for an unlimited one.
const LONGEST_LOCK_TIMEOUT: u128 = 31_536_000;

/// Returns the assignments that set the timeouts of a session.
///
/// The lock timeouts are in whole seconds, at least one: `lock_wait_timeout` is for metadata locks,
/// `innodb_lock_wait_timeout` for rows.
fn assignments(timeouts: &Timeouts, flavour: MysqlFlavour) -> Vec<String> {
    let mut parts = Vec::new();
    if let Some(lock) = timeouts.lock {
        let seconds = match lock.is_zero() {
            true => LONGEST_LOCK_TIMEOUT,
            false => lock.as_millis().div_ceil(1000).clamp(1, LONGEST_LOCK_TIMEOUT),
        };
        parts.push(format!("lock_wait_timeout = {seconds}"));
        parts.push(format!("innodb_lock_wait_timeout = {seconds}"));
    }
    if let Some(time) = timeouts.statement {
        let value = flavour.statement_timeout_value(time);
        parts.push(format!("{} = {value}", flavour.statement_timeout_variable()));
    }
    parts
}

/// Timeouts that a session has.
#[derive(Debug, Default)]
pub(super) struct SessionTimeouts {
    /// Last statement that set them; `None` if the values are not known.
    told: Option<String>,
    /// True if an earlier unit set the lock timeouts.
    has_set_lock: bool,
    /// True if an earlier unit set the statement timeout.
    has_set_statement: bool,
    /// True if the statement timeout of a unit may be in effect.
    is_statement_limited: bool,
}

impl SessionTimeouts {
    /// Returns the statement that sets `timeouts`, or `None` if the session has them already.
    fn change_to(&mut self, timeouts: Timeouts, flavour: MysqlFlavour) -> Option<String> {
        let mut parts = assignments(&timeouts, flavour);
        // A timeout that no unit has set is left alone: a program's session may have its own.
        if timeouts.lock.is_none() && self.has_set_lock {
            parts.extend(["lock_wait_timeout = DEFAULT", "innodb_lock_wait_timeout = DEFAULT"].map(str::to_owned));
        }
        if timeouts.statement.is_none() && self.has_set_statement {
            parts.push(format!("{} = DEFAULT", flavour.statement_timeout_variable()));
        }
        self.has_set_lock |= timeouts.lock.is_some();
        self.has_set_statement |= timeouts.statement.is_some();
        self.is_statement_limited = timeouts.statement.is_some();
        let words = (!parts.is_empty()).then(|| format!("SET SESSION {}", parts.join(", ")));
        let is_new = self.told != words;
        self.told.clone_from(&words);
        words.filter(|_| is_new)
    }

    /// To be called when other statements may have changed the session's settings.
    pub(super) fn forget(&mut self) {
        self.told = None;
        self.is_statement_limited = self.has_set_statement;
    }
}

impl Mysql<'_> {
    /// Returns the statement that sets the timeouts of the next unit, or `None` if the session has them already.
    pub(super) fn new_timeouts(&mut self) -> Option<String> {
        self.session_timeouts.change_to(self.timeouts, self.flavour)
    }

    /// Ends the statement timeout of the last unit, which does not apply to aludel's own queries. An error is left to
    /// the query after it.
    pub(super) fn end_statement_timeout(&mut self) {
        if self.session_timeouts.is_statement_limited {
            self.session_timeouts.told = None;
            self.session_timeouts.is_statement_limited = false;
            let variable = self.flavour.statement_timeout_variable();
            let _ = self.control(&format!("SET SESSION {variable} = DEFAULT"));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const MARIADB: MysqlFlavour = MysqlFlavour::Mariadb;

    #[test]
    fn each_product_gets_its_own_units() {
        let seconds = |seconds| Some(Duration::from_secs(seconds));
        let both = Timeouts { lock: seconds(5), statement: seconds(60) };
        let expected = "lock_wait_timeout = 5, innodb_lock_wait_timeout = 5, max_statement_time = 60";
        assert_eq!(assignments(&both, MARIADB).join(", "), expected);
        let off = Timeouts { lock: seconds(0), statement: None };
        let expected = "lock_wait_timeout = 31536000, innodb_lock_wait_timeout = 31536000";
        assert_eq!(assignments(&off, MysqlFlavour::Mysql).join(", "), expected);
        let short = Timeouts { lock: Some(Duration::from_millis(300)), statement: Some(Duration::from_millis(1500)) };
        let expected = "lock_wait_timeout = 1, innodb_lock_wait_timeout = 1, max_execution_time = 1500";
        assert_eq!(assignments(&short, MysqlFlavour::Mysql).join(", "), expected);
        assert!(assignments(&Timeouts::default(), MARIADB).is_empty());
    }

    #[test]
    fn what_a_unit_set_is_reset_for_the_next_one_without_it() {
        let seconds = |seconds| Some(Duration::from_secs(seconds));
        let mut session = SessionTimeouts::default();
        assert_eq!(session.change_to(Timeouts::default(), MARIADB), None, "the session keeps its own");
        let first = session.change_to(Timeouts { lock: None, statement: seconds(2) }, MARIADB);
        assert_eq!(first.as_deref(), Some("SET SESSION max_statement_time = 2"));
        let next = session.change_to(Timeouts { lock: seconds(5), statement: None }, MARIADB);
        let five = "lock_wait_timeout = 5, innodb_lock_wait_timeout = 5";
        assert_eq!(next, Some(format!("SET SESSION {five}, max_statement_time = DEFAULT")));
        assert_eq!(session.change_to(Timeouts { lock: seconds(5), statement: None }, MARIADB), None);
        session.forget();
        assert_eq!(session.change_to(Timeouts { lock: seconds(5), statement: None }, MARIADB), next);
        let last = session.change_to(Timeouts::default(), MARIADB);
        let reset = "lock_wait_timeout = DEFAULT, innodb_lock_wait_timeout = DEFAULT, max_statement_time = DEFAULT";
        assert_eq!(last, Some(format!("SET SESSION {reset}")));
    }
}
