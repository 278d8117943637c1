//! Complete files: sections, text outside of sections, and rendering.
#![allow(clippy::unwrap_used, clippy::panic)]

use proptest::prelude::*;

use super::*;

const HEADER: &str = "-- revision: a\n";

#[test]
fn sections_are_the_bytes_between_their_lines() {
    let text = "-- revision: a\n\n-- @upgrade\nUP;\n\n-- @downgrade  \n-- @verify\nSELECT 1";
    let revision = Revision::parse(text).unwrap();
    assert_eq!(revision.body(Section::Upgrade), Some("UP;\n\n"));
    assert_eq!(revision.body(Section::Downgrade), Some(""));
    assert_eq!(revision.body(Section::Verify), Some("SELECT 1"));
    let text = "-- revision: a\n-- @require\nSELECT 1;\n-- @upgrade\nUP;\n";
    let revision = Revision::parse(text).unwrap();
    assert_eq!(revision.body(Section::Require), Some("SELECT 1;\n"));
    assert_eq!(revision.body(Section::Upgrade), Some("UP;\n"));
    assert_eq!(Revision::parse("-- revision: a\n-- @upgrade").unwrap().body(Section::Upgrade), Some(""));
    assert_eq!(Revision::parse(HEADER).unwrap().upgrade, None);
}

#[test]
fn byte_order_mark_crlf_and_non_ascii_text_keep_their_bytes() {
    let text = "\u{feff}-- revision: a\r\n\r\n--@upgrade\r\nSELECT 'ß';\r\n--   @downgrade\r\nSELECT '日本'";
    let revision = Revision::parse(text).unwrap();
    assert_eq!(revision.body(Section::Upgrade), Some("SELECT 'ß';\r\n"));
    assert_eq!(revision.body(Section::Downgrade), Some("SELECT '日本'"));
}

#[track_caller]
fn refused(rest: &str) -> (RevisionError, String) {
    let text = format!("{HEADER}{rest}");
    let error = Revision::parse(&text).unwrap_err();
    let at = error.span().slice(&text).to_owned();
    (error, at)
}

#[test]
fn text_outside_a_section_is_refused() {
    for line in ["DROP TABLE t;", "-- a comment", "/* x */"] {
        let (error, at) = refused(&format!("\n{line}\n-- @upgrade\n"));
        assert!(matches!(error, RevisionError::OutsideSection { .. }), "{error:?}");
        assert_eq!(at, line);
    }
    assert!(matches!(refused("\nSELECT 1").0, RevisionError::OutsideSection { .. }));
}

#[test]
fn a_second_section_of_a_kind_is_refused() {
    let (error, at) = refused("-- @upgrade\nA;\n-- @downgrade\n-- @upgrade \n");
    assert!(matches!(error, RevisionError::DuplicateSection { section: Section::Upgrade, .. }), "{error:?}");
    assert_eq!(at, "-- @upgrade ");
}

#[test]
fn a_second_header_is_refused_wherever_it_stands() {
    for rest in [
        "\n-- revision: b\n",
        "\n-- @upgrade\nA;\n-- revision: b\n-- down_revision: a\n\n-- @upgrade\nB;\n",
        "\n-- @upgrade\nA;\n\n-- message: x\n-- revision: b\n",
        "\n-- @upgrade\nA;\n\n-- revision: b\n\n-- @upgrade\nB;\n",
    ] {
        let (error, at) = refused(rest);
        assert!(matches!(error, RevisionError::SecondHeader { .. }), "{rest:?} {error:?}");
        assert_eq!(at, "-- revision: b");
    }
    let comment = format!("{HEADER}-- @upgrade\n-- revision: the second of the table\nSELECT 1;\n-- message: none\n");
    assert!(Revision::parse(&comment).is_ok());
}

#[test]
fn lines_that_nearly_start_a_section_are_refused_and_others_left_alone() {
    for (line, nearest) in [
        ("-- @upgrad", Section::Upgrade),
        ("-- @down", Section::Downgrade),
        ("-- @Downgrade", Section::Downgrade),
        ("-- @downgrade:", Section::Downgrade),
        ("-- @verfiy", Section::Verify),
        ("-- @requires", Section::Require),
        ("-- @req", Section::Require),
        ("--- @upgrade", Section::Upgrade),
        ("  -- @verify", Section::Verify),
    ] {
        let (error, at) = refused(&format!("-- @upgrade\n{line}\n"));
        let RevisionError::MisspeltSection { nearest: found, .. } = error else { panic!("{error:?}") };
        assert_eq!((found, at.as_str()), (nearest, line));
    }
    for line in ["-- @param x", "-- @upgrade the table first", "-- @todo", "-- see @upgrade", "SELECT '-- @up'", "-- @"]
    {
        assert!(Revision::parse(&format!("{HEADER}-- @upgrade\n{line}\n")).is_ok(), "{line}");
    }
}

#[test]
fn a_file_is_written_as_the_guide_shows_it() {
    let mut header = Header::new(crate::id::RevisionId::new("3f2a9c1b7d40").unwrap());
    header.message = Some("fix: the thing".into());
    header.depends_on = vec![DependencyReference { service: Some("auth".into()), symbol: "91be".into() }];
    let text =
        render(&header, &[(Section::Downgrade, "DROP TABLE t;"), (Section::Upgrade, "CREATE TABLE t (a int);\n")]);
    let expected = "-- revision: 3f2a9c1b7d40\n-- message: \"fix: the thing\"\n-- depends_on: [auth:91be]\n\n\
                    -- @upgrade\nCREATE TABLE t (a int);\n\n-- @downgrade\nDROP TABLE t;\n";
    assert_eq!(text.as_deref(), Ok(expected));
    let text = render(&header, &[(Section::Upgrade, "CREATE TABLE t (a int);\n"), (Section::Require, "SELECT 1;")]);
    assert!(text.unwrap().ends_with("\n-- @require\nSELECT 1;\n\n-- @upgrade\nCREATE TABLE t (a int);\n"));
}

#[test]
fn with_a_section_prefix_the_usual_section_lines_are_text() {
    let text = "-- revision: a\n-- section_prefix: x-\n-- @x-upgrade\nSELECT '\n-- @downgrade\n-- @verify\n';\n\
                -- revision: b\n-- message: c\n-- @x-downgrade\nDOWN;\n";
    let revision = Revision::parse(text).unwrap();
    let upgrade = "SELECT '\n-- @downgrade\n-- @verify\n';\n-- revision: b\n-- message: c\n";
    assert_eq!(revision.body(Section::Upgrade), Some(upgrade));
    assert_eq!(revision.body(Section::Downgrade), Some("DOWN;\n"));
    for slip in ["-- @x-downgrad", "-- @X-upgrade", "--- @x-upgrade", "  -- @x-verify"] {
        let text = format!("{HEADER}-- section_prefix: x-\n\n-- @x-upgrade\n{slip}\n");
        assert!(matches!(Revision::parse(&text), Err(RevisionError::MisspeltSection { .. })), "{slip}");
    }
    let quoted = "-- revision: a\n-- section_prefix: \"1\"\n-- @1upgrade\nUP;\n";
    assert_eq!(Revision::parse(quoted).unwrap().body(Section::Upgrade), Some("UP;\n"));
    let (error, at) = refused("-- section_prefix: \"a b\"\n-- @upgrade\n");
    assert!(matches!(error, RevisionError::WrongType { expected: ExpectedValue::SectionPrefix, .. }), "{error:?}");
    assert_eq!(at, "\"a b\"");
}

#[test]
fn lines_of_git_are_refused_in_the_header_and_behind_it() {
    for rest in [
        "<<<<<<< HEAD\n-- down_revision: b\n=======\n-- down_revision: c\n>>>>>>> other\n\n-- @upgrade\n",
        "=======\n-- down_revision: c\n-- @upgrade\n",
        "\n-- @upgrade\nA;\n<<<<<<< HEAD\nB;\n=======\nC;\n>>>>>>> other\n",
    ] {
        let (error, _) = refused(rest);
        assert!(matches!(error, RevisionError::GitConflict { .. }), "{rest}: {error:?}");
    }
    let early = format!("{HEADER}<<<<<<< HEAD\n-- down_revision: b\n");
    assert!(Header::read(&early, false).is_err(), "the header alone would be a base");
    assert!(Revision::parse("<<<<<<< HEAD\n-- revision: a\n=======\n-- revision: b\n>>>>>>> x\n").is_err());
}

proptest! {
    #[test]
    fn bodies_cover_everything_behind_the_header_but_the_section_lines(
        bodies in proptest::collection::vec("([a-z;' é]{0,8}\r?\n){0,3}", 3)
    ) {
        let text = format!("{HEADER}-- @verify\n{}-- @upgrade\r\n{}-- @downgrade\n{}", bodies[0], bodies[1], bodies[2]);
        let revision = Revision::parse(&text).unwrap();
        prop_assert_eq!(revision.body(Section::Verify), Some(&*bodies[0]));
        prop_assert_eq!(revision.body(Section::Upgrade), Some(&*bodies[1]));
        prop_assert_eq!(revision.body(Section::Downgrade), Some(&*bodies[2]));
    }

    #[test]
    fn what_is_written_is_read_back_whatever_lines_it_has(
        lines in proptest::collection::vec(
            "(-- @upgrade|--@down|-- @verify:|  -- @Downgrade|-- revision: b|-- message: x|-- @section-upgrade|-- @section2-verify|'|;|a|)",
            0..6
        ),
        second in proptest::option::of("(-- @upgrade\n){0,2}x")
    ) {
        let body = lines.join("\n");
        let mut sections = vec![(Section::Upgrade, body.as_str())];
        sections.extend(second.as_deref().map(|body| (Section::Downgrade, body)));
        let header = Header::new(crate::id::RevisionId::new("a").unwrap());
        let text = render(&header, &sections).unwrap();
        let read = Revision::parse(&text).unwrap();
        prop_assert_eq!(read.body(Section::Upgrade).map(str::trim_end), Some(body.trim_end()));
        prop_assert_eq!(read.body(Section::Downgrade).map(str::trim_end), second.as_deref().map(str::trim_end));
    }

    #[test]
    fn no_text_panics(text in "(--|@|revision: a|\n|\r|upgrade|down| |\\PC){0,40}") {
        let _ = Revision::parse(&text);
    }
}
