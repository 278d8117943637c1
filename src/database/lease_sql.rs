//! Statements on the lock table of a lease. What differs between databases is in [`LeaseRules`].

use std::time::Duration;

use super::VersionTable;

/// SQL of the lock table on one database. Each driver with leases implements it.
pub trait LeaseRules: Send + Sync {
    /// Returns the quoted name of a table.
    fn qualified(&self, schema: Option<&str>, name: &str) -> String;

    /// Returns a text literal.
    fn literal(&self, text: &str) -> String;

    /// Returns an expression for the server's clock, which moves on during a transaction.
    fn now(&self) -> &'static str;

    /// Returns an expression for the server's clock plus `time`.
    fn after(&self, time: Duration) -> String;

    /// Returns an expression for the column `lease_until` as text in UTC.
    fn until_as_text(&self) -> &'static str;

    /// Returns the statements that create the table and its only row if they do not exist.
    fn create(&self, name: &str) -> [String; 2];

    /// Returns the message that acquires the lease by `update`. It must fail while a statement of the old owner still
    /// runs, if the database lets it find out.
    fn take(&self, name: &str, update: String) -> String;

    /// Returns a message that runs `update` and whose last result is the number of changed rows.
    fn count_changed(&self, update: &str) -> String;

    /// Returns a condition that holds as long as the row has the token. If the database can, it locks the row until the
    /// transaction ends, so that a takeover waits.
    fn condition(&self, name: &str, token: u64) -> String;

    /// Returns a setting for the sessions that read the table; refused by servers that do not need it.
    fn session_setting(&self) -> Option<&'static str> {
        None
    }
}

/// Statements on the lock table of one version table, for one owner.
#[derive(Clone)]
pub(super) struct LeaseSql {
    rules: &'static dyn LeaseRules,
    /// Quoted name of the lock table.
    name: String,
    /// Owner as a literal.
    owner: String,
    /// Time until the lease expires without a renewal.
    pub(super) time: Duration,
}

impl LeaseSql {
    pub(super) fn new(rules: &'static dyn LeaseRules, table: &VersionTable, owner: &str, time: Duration) -> Self {
        let name = rules.qualified(table.schema.as_deref(), &format!("{}_lock", table.name));
        Self { rules, name, owner: rules.literal(owner), time }
    }

    pub(super) fn session_setting(&self) -> Option<&'static str> {
        self.rules.session_setting()
    }

    pub(super) fn make(&self) -> [String; 2] {
        self.rules.create(&self.name)
    }

    pub(super) fn read(&self) -> String {
        let (name, now, until) = (&self.name, self.rules.now(), self.rules.until_as_text());
        format!("SELECT owner, token, {until}, lease_until <= {now} FROM {name} WHERE id = 1")
    }

    /// Raises the token from `token` and sets the owner, unless another runner was faster.
    pub(super) fn take(&self, token: u64) -> String {
        let (owner, end, now) = (&self.owner, self.end(), self.rules.now());
        let update = self.counted(
            &format!("owner = {owner}, token = {}, lease_until = {end}", token + 1),
            &format!("token = {token} AND (owner IS NULL OR lease_until <= {now})"),
        );
        self.rules.take(&self.name, update)
    }

    pub(super) fn renew(&self, token: u64) -> String {
        self.counted(&format!("lease_until = {}", self.end()), &self.mine(token))
    }

    pub(super) fn renewal_in_transaction(&self, token: u64) -> String {
        format!("UPDATE {} SET lease_until = {} WHERE id = 1 AND token = {token}", self.name, self.end())
    }

    pub(super) fn release(&self, token: u64) -> String {
        self.counted(&format!("owner = NULL, lease_until = {}", self.rules.now()), &self.mine(token))
    }

    pub(super) fn condition(&self, token: u64) -> String {
        self.rules.condition(&self.name, token)
    }

    fn end(&self) -> String {
        self.rules.after(self.time)
    }

    fn mine(&self, token: u64) -> String {
        format!("token = {token} AND owner = {}", self.owner)
    }

    fn counted(&self, set: &str, condition: &str) -> String {
        self.rules.count_changed(&format!("UPDATE {} SET {set} WHERE id = 1 AND {condition}", self.name))
    }
}

/// Returns the statement that creates the lock table, with `lease_until` of the type `instant`.
#[must_use]
pub fn create_lock_table(name: &str, instant: &str, options: &str) -> String {
    format!(
        "CREATE TABLE IF NOT EXISTS {name} (\n    id INTEGER NOT NULL PRIMARY KEY,\n    owner VARCHAR(255) NULL,\n    \
         token BIGINT NOT NULL,\n    lease_until {instant} NOT NULL\n){options}"
    )
}
