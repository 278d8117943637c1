//! Prepared catalog queries, for a session that reads the catalog again and again: planning them takes longer than
//! running them.
//!
//! PREPARE is not undone by a rollback, but any statement may remove what was prepared (`DEALLOCATE ALL`, `DISCARD
//! ALL`). The queries are then sent as they are, and prepared again with the next reading.

use crate::drivers::postgres::errors::ConnectionError;
use crate::drivers::postgres::wire::WireConnection;

/// SQLSTATE `invalid_sql_statement_name`: a prepared statement does not exist.
const GONE: &str = "26000";

/// Prepared queries of a session.
#[derive(Debug, Default)]
pub(in crate::drivers::postgres) struct RepeatedQueries {
    /// Sets of queries, each prepared under names of its own.
    sets: Vec<PreparedSet>,
    /// Number of sets so far. The names of one that is gone are not used again.
    count: usize,
}

#[derive(Debug)]
struct PreparedSet {
    queries: Vec<String>,
    number: usize,
}

impl RepeatedQueries {
    /// Returns the statements that execute the queries. Prepares them first if they are not.
    pub(super) fn executed(
        &mut self,
        link: &mut WireConnection<'_>,
        queries: &[String],
    ) -> Result<Vec<String>, ConnectionError> {
        let known = self.sets.iter().find(|set| set.queries == queries).map(|set| set.number);
        let number = match known {
            Some(number) => number,
            None => {
                self.count += 1;
                let number = self.count;
                let prepare = |(index, query): (usize, &String)| format!("PREPARE {} AS {query}", name(number, index));
                let message: Vec<String> = queries.iter().enumerate().map(prepare).collect();
                link.run_query(&message.join(";\n"))?;
                self.sets.push(PreparedSet { queries: queries.to_vec(), number });
                number
            }
        };
        Ok((0..queries.len()).map(|index| format!("EXECUTE {}", name(number, index))).collect())
    }

    /// Forgets what was prepared if the error means that it is gone. Returns `true` in that case.
    pub(super) fn forgets(&mut self, error: &ConnectionError) -> bool {
        let is_gone = error.sqlstate() == Some(GONE);
        if is_gone {
            self.sets.clear();
        }
        is_gone
    }
}

fn name(set: usize, index: usize) -> String {
    format!("aludel_catalog_{set}_{index}")
}
