//! Tests of the impact.

use crate::sql::tests::lost;
use crate::sql::{Dialect, impact};

#[test]
fn losses_behind_a_query_are_found() {
    assert_eq!(lost("WITH replace AS (SELECT 1) DELETE FROM a", Dialect::SQLITE), "deletes rows of a All");
    assert_eq!(impact("WITH c AS (SELECT 1) REPLACE INTO a SELECT * FROM c", Dialect::SQLITE).locks.len(), 1);
}
