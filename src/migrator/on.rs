//! A migrator on a connection that the program has open.

use super::error::Error;
use super::report::{Report, Status};
use super::session::{Session, course};
use super::{Migrator, current};
use crate::database::Lend;
use crate::graph::Operation;
use crate::id::RevisionId;

/// A [`Migrator`] on a program's own connection; [`Migrator::on`] makes it.
pub struct On<'m, 'c> {
    pub(super) migrator: &'m Migrator,
    pub(super) connection: &'c mut dyn Lend,
}

impl On<'_, '_> {
    fn session(&mut self) -> Session<'_, '_> {
        Session { migrator: self.migrator, lent: Some(&mut *self.connection) }
    }

    /// As [`Migrator::upgrade`].
    ///
    /// # Errors
    /// As [`Migrator::upgrade`]; and when several services are chosen, or a transaction is open on the connection.
    pub fn upgrade(&mut self, target: &str) -> Result<Report, Error> {
        let course = course(self.migrator, Operation::Upgrade, target);
        self.session().run(&course)
    }

    /// As [`Migrator::downgrade`].
    ///
    /// # Errors
    /// As [`Migrator::downgrade`]; and when several services are chosen, or a transaction is open on the connection.
    pub fn downgrade(&mut self, target: &str) -> Result<Report, Error> {
        let course = course(self.migrator, Operation::Downgrade, target);
        self.session().run(&course)
    }

    /// As [`Migrator::plan`].
    ///
    /// # Errors
    /// As [`Migrator::plan`]; and when several services are chosen, or a transaction is open on the connection.
    pub fn plan(&mut self, target: &str) -> Result<Report, Error> {
        let course = course(self.migrator, Operation::Upgrade, target);
        self.session().plan(&course)
    }

    /// As [`Migrator::plan_downgrade`].
    ///
    /// # Errors
    /// As [`Migrator::plan_downgrade`]; and when several services are chosen, or a transaction is open on the connection.
    pub fn plan_downgrade(&mut self, target: &str) -> Result<Report, Error> {
        let course = course(self.migrator, Operation::Downgrade, target);
        self.session().plan(&course)
    }

    /// As [`Migrator::stamp`].
    ///
    /// # Errors
    /// As [`Migrator::stamp`]; and when several services are chosen, or a transaction is open on the connection.
    pub fn stamp(&mut self, targets: &[&str]) -> Result<Report, Error> {
        self.session().stamp(targets, false)
    }

    /// Where the database is.
    ///
    /// # Errors
    /// As [`Migrator::status`]; and when several services are chosen, or a transaction is open on the connection.
    pub fn status(&mut self) -> Result<Status, Error> {
        let mut all = self.session().status()?;
        // One connection is one service: it was refused otherwise.
        all.pop().ok_or_else(|| Error::SeveralServices(Vec::new()))
    }

    /// The version rows.
    ///
    /// # Errors
    /// As [`On::status`].
    pub fn current(&mut self) -> Result<Vec<RevisionId>, Error> {
        self.status().map(current)
    }
}
