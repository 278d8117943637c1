//! A database that was dumped and restored has the same schema, however the server rewrites its expressions.

use aludel::schema::difference;

use super::place::{Place, ROLES};
use crate::support;
use crate::support::cases::{Case, are_complete, cases, say};

#[test]
fn a_restored_database_reads_as_the_one_that_was_dumped() {
    let _ = support::postgres().try_shell("", ROLES);
    let wanted = |case: &&Case| {
        case.name.starts_with("list_of_values_everywhere") || case.name.starts_with("together_the_shop_g")
    };
    let cases: Vec<Case> = cases("postgres");
    if !support::postgres().knows_sql_bodies() {
        say("the cases have bodies that servers before 14 do not know: not run");
        return;
    }
    let (mut place, mut restored) = (Place::new(), Place::new());
    let mut count = 0;
    for case in cases.iter().filter(wanted) {
        place.empty();
        restored.empty();
        place.run(&case.new).unwrap();
        let settings = "SET check_function_bodies = off; SET client_min_messages = warning;";
        // Commands of psql, and a setting that servers before 17 do not have, whose pg_dump may be newer.
        let is_for_psql = |line: &&str| line.starts_with('\\') || line.starts_with("SET transaction_timeout");
        let dump: String =
            place.dump(false).lines().filter(|line| !is_for_psql(line)).map(|line| format!("{line}\n")).collect();
        let dump = dump.replace("CREATE SCHEMA public;", "");
        restored.run(&format!("{settings}{dump};RESET ALL")).unwrap();
        let [one, other] = [&mut place, &mut restored].map(|place| place.read(case, false).unwrap());
        let found = difference(&one, &other);
        assert!(found.is_empty(), "{}: {:#?}", case.name, found.changes);
        count += 1;
    }
    assert!(count > 1 || !are_complete());
}
