//! Timeouts of the session: set where they differ from the ones in effect, and reset where a unit has none.

use super::Mysql;
use crate::database::Timeouts;

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
    fn change_to(&mut self, timeouts: Timeouts, is_mariadb: bool) -> Option<String> {
        let mut parts = timeouts.mysql(is_mariadb);
        // A timeout that no unit has set is left alone: a program's session may have its own.
        if timeouts.lock.is_none() && self.has_set_lock {
            parts.extend(["lock_wait_timeout = DEFAULT", "innodb_lock_wait_timeout = DEFAULT"].map(str::to_owned));
        }
        if timeouts.statement.is_none() && self.has_set_statement {
            parts.push(format!("{} = DEFAULT", statement_variable(is_mariadb)));
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

/// MariaDB's and MySQL's name of the statement timeout.
const fn statement_variable(is_mariadb: bool) -> &'static str {
    if is_mariadb { "max_statement_time" } else { "max_execution_time" }
}

impl Mysql<'_> {
    /// Returns the statement that sets the timeouts of the next unit, or `None` if the session has them already.
    pub(super) fn new_timeouts(&mut self) -> Option<String> {
        let is_mariadb = self.server.product == "MariaDB";
        self.session_timeouts.change_to(self.timeouts, is_mariadb)
    }

    /// Ends the statement timeout of the last unit, which does not apply to aludel's own queries. An error is left to
    /// the query after it.
    pub(super) fn end_statement_timeout(&mut self) {
        if self.session_timeouts.is_statement_limited {
            self.session_timeouts.told = None;
            self.session_timeouts.is_statement_limited = false;
            let variable = statement_variable(self.server.product == "MariaDB");
            let _ = self.control(&format!("SET SESSION {variable} = DEFAULT"));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn what_a_unit_set_is_reset_for_the_next_one_without_it() {
        let seconds = |seconds| Some(Duration::from_secs(seconds));
        let mut session = SessionTimeouts::default();
        assert_eq!(session.change_to(Timeouts::default(), true), None, "the session keeps its own");
        let first = session.change_to(Timeouts { lock: None, statement: seconds(2) }, true);
        assert_eq!(first.as_deref(), Some("SET SESSION max_statement_time = 2"));
        let next = session.change_to(Timeouts { lock: seconds(5), statement: None }, true);
        let five = "lock_wait_timeout = 5, innodb_lock_wait_timeout = 5";
        assert_eq!(next, Some(format!("SET SESSION {five}, max_statement_time = DEFAULT")));
        assert_eq!(session.change_to(Timeouts { lock: seconds(5), statement: None }, true), None);
        session.forget();
        assert_eq!(session.change_to(Timeouts { lock: seconds(5), statement: None }, true), next);
        let last = session.change_to(Timeouts::default(), true);
        let reset = "lock_wait_timeout = DEFAULT, innodb_lock_wait_timeout = DEFAULT, max_statement_time = DEFAULT";
        assert_eq!(last, Some(format!("SET SESSION {reset}")));
    }
}
