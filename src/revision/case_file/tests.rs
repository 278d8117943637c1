#![allow(clippy::unwrap_used, clippy::panic)]

use super::*;
use crate::diagnostic::position;

const CASE: &str = "\
-- Whoever was suspended stays so.
-- @case suspended people stay suspended
-- @at aaaa1111
INSERT INTO users VALUES (1, '-- @at bbbb2222
-- @expect');

-- @upgrade head
-- @expect
SELECT id FROM users WHERE id > 1;
SELECT 1 WHERE 1 = 0
-- @expect
SELECT id, name FROM users
-- | id | name      |
-- |----|-----------|
-- | 1  | 'a | ''b' |
-- | 2  | NULL      |
-- @downgrade -1
DELETE FROM users;
";

fn parse(text: &str) -> Result<CaseFile, CaseFileError> {
    CaseFile::parse(text, Dialect::SQLITE)
}

#[test]
fn a_case_has_its_steps_in_order_and_a_marker_in_a_string_is_none() {
    let file = parse(CASE).unwrap();
    let [case] = file.cases.as_slice() else { panic!("{file:?}") };
    assert_eq!(case.name.as_deref(), Some("suspended people stay suspended"));
    assert_eq!(case.at.text, "aaaa1111");
    let [
        CaseStep::Run(rows),
        CaseStep::Upgrade(up),
        CaseStep::ExpectNothing(queries),
        found,
        CaseStep::Downgrade(down),
        CaseStep::Run(_),
    ] = case.steps.as_slice()
    else {
        panic!("{:?}", case.steps)
    };
    assert!(rows.slice(CASE).contains("-- @expect');"), "{}", rows.slice(CASE));
    assert_eq!((up.text.as_str(), up.span.slice(CASE), down.text.as_str()), ("head", "head", "-1"));
    let queries: Vec<_> = queries.iter().map(|span| span.slice(CASE)).collect();
    assert_eq!(queries, ["SELECT id FROM users WHERE id > 1", "SELECT 1 WHERE 1 = 0"]);
    let CaseStep::ExpectRows(query, table) = found else { panic!("{found:?}") };
    assert_eq!(query.slice(CASE), "SELECT id, name FROM users");
    assert_eq!(table.columns, ["id", "name"]);
    let text = |text: &str| Some(text.to_owned());
    assert_eq!(table.rows, [[text("1"), text("a | 'b")], [text("2"), None]]);
}

#[test]
fn a_file_holds_several_cases_and_fixtures() {
    let text = "-- @fixture aaaa\nINSERT INTO t VALUES (1);\n-- @at bbbb\n-- @expect\nSELECT 1;\n-- @at cccc\n-- @case x\n-- @at d\n";
    let file = parse(text).unwrap();
    assert_eq!(file.fixtures.len(), 1);
    let cases: Vec<_> = file.cases.iter().map(|case| (case.at.text.as_str(), case.name.as_deref())).collect();
    assert_eq!(cases, [("bbbb", None), ("cccc", None), ("d", Some("x"))]);
}

#[test]
fn what_is_wrong_is_named_with_its_line() {
    let cases = [
        ("SELECT 1;\n", "the file has no case: it has neither `-- @at REVISION` nor `-- @fixture REVISION`", 1),
        ("SELECT 1;\n-- @at a\n", "this belongs to no case", 1),
        ("-- @at a\n-- @expects\nSELECT 1;\n", "this is not a marker", 2),
        ("-- @at a\n -- @Upgrade: b\n", "this is not a marker", 2),
        ("-- @at\n", "`@at` has no argument", 1),
        ("-- @case a\nINSERT INTO t VALUES (1);\n", "this belongs to no case", 2),
        ("-- @case a\n-- @upgrade b\n", "the case has no `-- @at REVISION`", 1),
        ("-- @at a\n-- @case b\n", "the case has no `-- @at REVISION`", 2),
        ("-- @fixture a\n-- @expect\nSELECT 1;\n", "this belongs to no case", 2),
        ("-- @at a\n-- @expect\n-- nothing\n", "`@expect` has no query", 2),
        ("-- @at a\n-- @expect\nDELETE FROM t;\n", "`@expect` may contain only queries", 3),
        (
            "-- @at a\n-- @expect\nSELECT 1;\nSELECT 2;\n-- | a |\n",
            "a table of expected rows belongs to the one query before it",
            4,
        ),
        (
            "-- @at a\n-- @expect\nSELECT 1;\n-- | a |\n-- | 1 | 2 |\n",
            "the row has 2 cells, and the table has 1 columns",
            5,
        ),
        ("-- @at a\n-- @expect\nSELECT 1;\n-- | a\n", "a line of a table is `-- | cell | cell |`", 4),
        ("-- @at a\nINSERT INTO t VALUES ('x);\n", "a string is not closed", 2),
    ];
    for (text, message, line) in cases {
        let error = parse(text).unwrap_err();
        assert_eq!((error.to_string().as_str(), position(text, error.span().start).line), (message, line), "{text}");
    }
}

#[test]
fn other_words_behind_an_at_are_text() {
    let text = "-- @author Ada\n-- @at a\n-- @batch table=t\nINSERT INTO t VALUES (1);\n";
    assert_eq!(parse(text).unwrap().cases[0].steps.len(), 1);
    assert!(has_case_marker("x\n-- @fixture a\n") && !has_case_marker("-- @author Ada\nSELECT 1;\n"));
}
