//! Prepared catalog queries, for a session that reads the catalog again and again: planning them takes longer than
//! running them.
//!
//! PREPARE is not undone by a rollback, but any statement may remove what was prepared (`DEALLOCATE ALL`, `DISCARD
//! ALL`). The queries are then sent as they are, and prepared again with the next reading.

use std::collections::HashMap;

use crate::drivers::postgres::errors::ConnectionError;
use crate::drivers::postgres::wire::WireConnection;

/// SQLSTATE `invalid_sql_statement_name`: a prepared statement does not exist.
const GONE: &str = "26000";

/// Prepared queries of a session.
#[derive(Debug, Default)]
pub(in crate::drivers::postgres) struct RepeatedQueries {
    /// Number of each query, which is part of its name.
    numbers: HashMap<String, usize>,
    /// Number of queries so far. The names of those that are gone are not used again.
    count: usize,
}

impl RepeatedQueries {
    /// Returns the statements that execute the queries. Prepares those first that are not.
    pub(super) fn executed(
        &mut self,
        link: &mut WireConnection<'_>,
        queries: &[String],
    ) -> Result<Vec<String>, ConnectionError> {
        let missing: Vec<&String> = queries.iter().filter(|query| !self.numbers.contains_key(*query)).collect();
        if !missing.is_empty() {
            let first = self.count + 1;
            self.count += missing.len();
            let prepare = |(number, query): (usize, &&String)| format!("PREPARE {} AS {query}", name(number));
            let message: Vec<String> = (first..).zip(&missing).map(prepare).collect();
            link.run_query(&message.join(";\n"))?;
            self.numbers.extend(missing.into_iter().cloned().zip(first..));
        }
        let number = |query: &String| self.numbers.get(query).copied();
        Ok(queries.iter().filter_map(number).map(|number| format!("EXECUTE {}", name(number))).collect())
    }

    /// Forgets what was prepared if the error means that it is gone. Returns `true` in that case.
    pub(super) fn forgets(&mut self, error: &ConnectionError) -> bool {
        let is_gone = error.sqlstate() == Some(GONE);
        if is_gone {
            self.numbers.clear();
        }
        is_gone
    }
}

fn name(number: usize) -> String {
    format!("aludel_catalog_{number}")
}
