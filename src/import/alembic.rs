//! The service's Alembic, redirected to a scratch database. The redirection is verified before anything else is run
//! with it.

use crate::config::{DatabaseUrl, Python, Service};
use crate::database::{DatabaseError, VersionTable, statements};
use crate::drivers;
use crate::project::redirect::Redirected;
use crate::project::render::Output;

use super::error::ImportAlembicError;

/// Row of the version table that is not the id of any revision.
const MARK: &str = "aludel_is_here";

/// The service's Alembic, redirected to another database.
pub struct RedirectedAlembic(Redirected);

impl RedirectedAlembic {
    /// Redirects `python` to the database at `url`. `names` are environment variables from which the project reads its
    /// URL.
    ///
    /// # Errors
    /// The copy of the ini file cannot be written.
    pub fn new(
        python: &Python,
        url: &DatabaseUrl,
        names: &[String],
        environment: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, ImportAlembicError> {
        let mut variables = python.url_variables.clone();
        variables.extend(names.iter().map(|name| (name.clone(), environment(name))));
        let url = url.current().map_err(DatabaseError::from)?;
        Redirected::new(python, &url, &variables).map(Self).map_err(ImportAlembicError::Folder)
    }

    /// Runs Alembic with these arguments.
    ///
    /// # Errors
    /// The program cannot be started.
    pub fn call(&self, arguments: &[&str]) -> Result<Output, ImportAlembicError> {
        Ok(self.0.call(arguments)?)
    }

    /// Checks that Alembic works on the empty shadow at `url`, which has the schema of the version table: inserts a row
    /// that no revision has into its version table, and requires that Alembic's output mentions that row.
    ///
    /// # Errors
    /// [`ImportAlembicError::Elsewhere`] if it works on another database; errors of the database.
    pub fn check(
        &self,
        service: &Service,
        url: &DatabaseUrl,
        environment: &dyn Fn(&str) -> Option<String>,
    ) -> Result<(), ImportAlembicError> {
        let table = VersionTable { schema: service.version_schema.clone(), name: service.version_table.clone() };
        let mut database = drivers::open(url, &table, "import", environment)?;
        let dialect = url.dialect();
        let name = statements::version_table(dialect, &table);
        database.execute(&statements::create_version_table(dialect, &table))?;
        database.execute(&format!("INSERT INTO {name} VALUES ({})", statements::text_literal(dialect, MARK)))?;
        let output = self.call(&["current"])?;
        database.execute(&format!("DROP TABLE {name}"))?;
        let said = format!("{}\n{}", output.stdout, output.stderr);
        if said.contains(MARK) {
            return Ok(());
        }
        let last = said.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("nothing");
        Err(ImportAlembicError::Elsewhere { said: last.trim().to_owned() })
    }
}
