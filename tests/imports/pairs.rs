//! Pairs of files by time: imported, and read in place.

use super::{Switch, warnings};
use crate::support::project::Kind;

#[test]
fn pairs_written_for_psql_on_postgres() {
    let mut switch = Switch::new("pairs", Kind::Postgres);
    let document = switch.import_twice(&["20240102_030405", "20240110_101112", "20240111_000000"]);
    assert_eq!(
        warnings(&document),
        [
            ("psql-dropped", "20240102_030405_create_rooms.sql"),
            ("psql-dropped", "20240102_030405_create_rooms.sql"),
            ("variable", "20240110_101112_owner.sql"),
        ]
    );
    switch.variables = &["-x", "owner=O'Neil"];
    switch.up_down_up("SELECT name, owner, tags[2][1] FROM rooms ORDER BY 1 LIMIT 1;", "room 1|O'Neil|c");
}
