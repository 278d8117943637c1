//! A migrator that uses a connection of the program.

use super::error::Error;
use super::report::{Report, Status};
use super::session::{MigratorSession, run_target};
use super::{Migrator, current};
use crate::database::BorrowedConnection;
use crate::graph::Operation;
use crate::id::RevisionId;

/// A [`Migrator`] that uses an open connection of the program; created by [`Migrator::with_connection`].
pub struct On<'m, 'c> {
    pub(super) migrator: &'m Migrator,
    pub(super) connection: &'c mut dyn BorrowedConnection,
}

impl On<'_, '_> {
    fn session(&mut self) -> MigratorSession<'_, '_> {
        MigratorSession { migrator: self.migrator, lent: Some(&mut *self.connection) }
    }

    /// Applies revisions up to `target`, like [`Migrator::upgrade`].
    ///
    /// # Errors
    /// As [`Migrator::upgrade`]; also if several services are selected, or a transaction is open on the connection.
    pub fn upgrade(&mut self, target: &str) -> Result<Report, Error> {
        let run_target = run_target(self.migrator, Operation::Upgrade, target);
        self.session().run(&run_target)
    }

    /// Reverts revisions down to `target`, like [`Migrator::downgrade`].
    ///
    /// # Errors
    /// As [`Migrator::downgrade`]; also if several services are selected, or a transaction is open on the connection.
    pub fn downgrade(&mut self, target: &str) -> Result<Report, Error> {
        let run_target = run_target(self.migrator, Operation::Downgrade, target);
        self.session().run(&run_target)
    }

    /// Returns the plan of an upgrade, like [`Migrator::plan`].
    ///
    /// # Errors
    /// As [`Migrator::plan`]; also if several services are selected, or a transaction is open on the connection.
    pub fn plan(&mut self, target: &str) -> Result<Report, Error> {
        let run_target = run_target(self.migrator, Operation::Upgrade, target);
        self.session().plan(&run_target)
    }

    /// Returns the plan of a downgrade, like [`Migrator::plan_downgrade`].
    ///
    /// # Errors
    /// As [`Migrator::plan_downgrade`]; also if several services are selected, or a transaction is open on the
    /// connection.
    pub fn plan_downgrade(&mut self, target: &str) -> Result<Report, Error> {
        let run_target = run_target(self.migrator, Operation::Downgrade, target);
        self.session().plan(&run_target)
    }

    /// Sets the current revisions to `targets` without running any SQL of them, like [`Migrator::stamp`].
    ///
    /// # Errors
    /// As [`Migrator::stamp`]; also if several services are selected, or a transaction is open on the connection.
    pub fn stamp(&mut self, targets: &[&str]) -> Result<Report, Error> {
        self.session().stamp(targets, false)
    }

    /// Reads the state of the database, like [`Migrator::status`].
    ///
    /// # Errors
    /// As [`Migrator::status`]; also if several services are selected, or a transaction is open on the connection.
    pub fn status(&mut self) -> Result<Status, Error> {
        let mut all = self.session().status()?;
        // Exactly one service is selected, or `status` would have returned an error.
        all.pop().ok_or_else(|| Error::SeveralServices(Vec::new()))
    }

    /// Returns the current revisions, like [`Migrator::current`].
    ///
    /// # Errors
    /// As [`On::status`].
    pub fn current(&mut self) -> Result<Vec<RevisionId>, Error> {
        self.status().map(current)
    }
}
