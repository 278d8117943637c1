//! The scanner and the YAML parser agree; values keep their text; errors have the right span.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::time::Duration;

use proptest::prelude::*;

use super::super::render_header;
use super::*;
use crate::diagnostic::position;

fn read(text: &str) -> Result<Header, RevisionError> {
    Header::read(text, true).map(Option::unwrap)
}

fn ids(header: &Header) -> Vec<&str> {
    header.down_revisions.iter().map(RevisionId::as_str).collect()
}

/// Raw fields of a header as parsed by the scanner and by the YAML parser, without spans.
fn both_ways(text: &str) -> Option<[Vec<(HeaderKey, fields::Raw<'_>)>; 2]> {
    let block = block(text, true).ok()??;
    let fast = scan::fields(text, &block)?.into_iter().map(|f| (f.key, f.value)).collect();
    let slow = match yaml::fields(text, &block) {
        Ok(fields) => fields.into_iter().map(|f| (f.key, f.value)).collect(),
        Err(error) => panic!("the scanner took what YAML refuses: {text:?}: {error:?}"),
    };
    Some([fast, slow])
}

const ODD_IDS: [&str; 14] = [
    "0123",
    "1e5123456789",
    "12_34",
    "no",
    "null1",
    "0x1f",
    "null",
    "~",
    "true",
    "größe",
    "1.0",
    ".inf",
    "0o7",
    "NULL",
];

#[test]
fn ids_are_text_letter_for_letter_in_every_place() {
    for id in ODD_IDS {
        for quoted in [id.to_owned(), format!("'{id}'"), format!("\"{id}\"")] {
            let header = read(&format!("-- revision: {quoted}\n-- down_revision: [{quoted}, a]\n")).unwrap();
            assert_eq!(header.revision.as_str(), id, "{quoted}");
            assert_eq!(ids(&header), [id, "a"], "{quoted}");
            // Also through YAML: the scanner does not accept comments.
            let header = read(&format!("-- revision: {quoted} # c\n-- down_revision:\n--   - {quoted}\n")).unwrap();
            assert_eq!((header.revision.as_str(), ids(&header)), (id, vec![id]), "{quoted}");
        }
    }
}

#[test]
fn an_unquoted_null_down_revision_is_a_base_and_a_quoted_one_an_id() {
    for base in ["null", "~", "", "Null", "[]", "null # base"] {
        assert_eq!(ids(&read(&format!("-- revision: a\n-- down_revision: {base}")).unwrap()), [""; 0], "{base}");
    }
    assert_eq!(ids(&read("-- revision: a\n-- down_revision: 'null'").unwrap()), ["null"]);
    assert_eq!(ids(&read("-- revision: a\n-- down_revision: \"~\"").unwrap()), ["~"]);
}

#[test]
fn every_key_is_read() {
    let text = "\u{feff}\n-- revision: a1\r\n-- down_revision: [b1, c1]\r\n--\r\n-- # a comment\r\n-- message: Zwölf\r\n\
                -- created: 2026-11-21T12:00:00Z\r\n-- branch_labels: billing\r\n-- depends_on: [auth:91be, x]\r\n\
                -- transaction: false\r\n-- template: true\r\n-- phase: contract\r\n-- lock_timeout: 500ms\r\n\
                -- statement_timeout: 0";
    let header = read(text).unwrap();
    assert_eq!(ids(&header), ["b1", "c1"]);
    assert_eq!(header.message.as_deref(), Some("Zwölf"));
    assert_eq!(header.created.as_deref(), Some("2026-11-21T12:00:00Z"));
    assert_eq!(header.options.branch_labels, ["billing"]);
    let references = [(Some("auth"), "91be"), (None, "x")];
    assert_eq!(header.depends_on.iter().map(|r| (r.service.as_deref(), &*r.symbol)).collect::<Vec<_>>(), references);
    assert_eq!((header.transaction, header.template), (false, true));
    assert_eq!(header.phase, Phase::Contract);
    assert_eq!(header.options.lock_timeout, Some(Duration::from_millis(500)));
    assert_eq!(header.options.statement_timeout, Some(Duration::ZERO));
}

#[test]
fn block_scalars_and_multi_line_lists_are_yaml() {
    let header =
        read("-- revision: a\n-- message: |\n--   one\n--   two\n-- branch_labels:\n-- - x\n-- - y\n").unwrap();
    assert_eq!(header.message.as_deref(), Some("one\ntwo\n"));
    assert_eq!(header.options.branch_labels, ["x", "y"]);
}

#[test]
fn the_header_is_read_from_the_beginning_of_a_file() {
    let text = "-- revision: a\n-- message: b\n\n-- @upgrade\nSELECT 1;\n";
    let enough = "-- revision: a\n-- message: b\n\n".len();
    for end in 0..text.len() {
        let read = Header::read(&text[..end], false).unwrap();
        assert_eq!(read.is_some(), end >= enough, "{end}");
    }
    assert_eq!(Header::read("-- revision: a\n-- @upgrade\n", false).unwrap().unwrap().revision.as_str(), "a");
}

/// The error, the text that it points at, and its line.
#[track_caller]
fn refused(text: &str) -> (RevisionError, &str, usize) {
    let error = read(text).unwrap_err();
    let span = error.span();
    (error, span.slice(text), position(text, span.start).line)
}

#[test]
fn an_unknown_key_names_the_nearest_known_one() {
    let (error, at, line) = refused("-- revision: a\n-- down_revison: b\n");
    assert!(matches!(error, RevisionError::UnknownKey { nearest: Some("down_revision"), .. }), "{error:?}");
    assert_eq!((at, line), ("down_revison", 2));
    let (error, at, _) = refused("-- revision: a\n-- colour: b\n");
    assert!(matches!(error, RevisionError::UnknownKey { nearest: None, .. }), "{error:?}");
    assert_eq!(at, "colour");
}

#[test]
fn each_error_points_at_its_place() {
    let cases = [
        ("-- revision: a-b\n", "a-b", 1),
        ("-- revision: a\n-- down_revision: [b, 2026-01-01]\n", "2026-01-01", 2),
        ("-- revision: [a]\n", "[a]", 1),
        ("-- revision: a\n-- transaction: no\n", "no", 2),
        ("-- revision: a\n-- transaction: 'false'\n", "'false'", 2),
        ("-- revision: a\n-- revision: b\n", "revision", 2),
        ("-- message: a\n", "-- message: a", 1),
        ("-- just words\n", "-- just words", 1),
        ("-- revision: a\n-- message: fix: the thing\n", "fix: the thing", 2),
        ("-- revision: a\n-- message: @all\n", "@all", 2),
        ("-- revision: a\n-- depends_on: 'auth:'\n", "auth:", 2),
        ("-- revision: a\n-- branch_labels: {a: b}\n", "{a: b}", 2),
        ("CREATE TABLE t;\n", "CREATE TABLE t;", 1),
        ("\n-- @upgrade\n", "-- @upgrade", 2),
        ("-- revision: a\n-- @upgrad\n", "-- @upgrad", 2),
        ("-- revision: a\n-- phase: expnd\n", "expnd", 2),
        ("-- revision: a\n-- lock_timeout: 5\n", "5", 2),
    ];
    for (text, place, line) in cases {
        let (error, at, found) = refused(text);
        assert_eq!((at, found), (place, line), "{text:?}: {error:?}");
    }
    assert!(matches!(read(""), Err(RevisionError::NoHeader { .. })));
}

#[test]
fn a_message_that_needs_quotes_is_shown_with_them() {
    let (error, ..) = refused("-- revision: a\n-- message: fix: the \"thing\"\n");
    let RevisionError::NeedsQuotes { quoted, .. } = error else { panic!("{error:?}") };
    assert_eq!(quoted, "\"fix: the \\\"thing\\\"\"");
    assert_eq!(read(&format!("-- revision: a\n-- message: {quoted}")).unwrap().message.unwrap(), "fix: the \"thing\"");
}

#[test]
fn yaml_errors_point_into_the_file() {
    let text = "\n-- revision: a\n-- message: \"open\n-- created: b\n\nSELECT";
    let (error, _, line) = refused(text);
    assert!(matches!(error, RevisionError::Yaml { .. }), "{error:?}");
    assert!((3..=4).contains(&line), "{line} {error:?}");
}

fn id() -> impl Strategy<Value = RevisionId> {
    prop_oneof![
        "[0-9a-f]{12}".prop_map(|id| RevisionId::new(&id).unwrap()),
        proptest::sample::select(ODD_IDS.to_vec()).prop_map(|id| RevisionId::new(id).unwrap()),
        "\\PC{1,6}".prop_filter_map("no id", |id| RevisionId::new(&id).ok()),
    ]
}

fn symbol() -> impl Strategy<Value = String> {
    "\\PC{1,6}".prop_filter("no symbol", |text| {
        !text.contains(|c: char| "@:".contains(c) || c.is_whitespace() || c.is_control())
    })
}

fn header() -> impl Strategy<Value = Header> {
    let reference = (proptest::option::of(symbol()), symbol());
    let text = prop_oneof![".*", "[ -~]*", Just("null".to_owned()), Just("a #b".to_owned()), Just(" x ".to_owned())];
    let lists = (
        proptest::collection::vec(id(), 0..4),
        proptest::collection::vec(
            reference.prop_map(|(service, symbol)| DependencyReference { service, symbol }),
            0..3,
        ),
        proptest::collection::vec(symbol(), 0..3),
        proptest::collection::vec(id(), 0..3),
    );
    let time = proptest::option::of((0..100_000_u64).prop_map(Duration::from_millis));
    let gentle = (proptest::sample::select(Phase::ALL.to_vec()), time.clone(), time);
    let texts = (proptest::option::of(text), proptest::option::of("[0-9TZ:-]{0,20}"));
    (id(), lists, texts, any::<[bool; 3]>(), gentle).prop_map(
        |(
            revision,
            (down_revisions, depends_on, branch_labels, replaces),
            (message, created),
            [transaction, template, keep_downgrade],
            gentle,
        )| Header {
            revision,
            down_revisions,
            depends_on,
            message,
            created,
            transaction,
            template,
            phase: gentle.0,
            keep_downgrade,
            options: HeaderOptions {
                branch_labels,
                lock_timeout: gentle.1,
                statement_timeout: gentle.2,
                replaces,
                ..HeaderOptions::default()
            }
            .into(),
        },
    )
}

/// Lines that resemble header lines, with characters that are special in YAML at every position.
fn lines() -> impl Strategy<Value = String> {
    let key = proptest::sample::select(HeaderKey::ALL.map(HeaderKey::name).to_vec());
    let bits = proptest::sample::select(vec![
        "a", "0", "é", " ", ":", ",", "#", "'", "\"", "[", "]", "{", "}", "-", "?", "&", "*", "!", "|", ">", "%", "@",
        "\\", "~", "null", "true", "\t", "\u{a0}", "\u{feff}", "\u{85}", "\u{2028}", "...", "---", ".", "/", "(", "$",
        "=", "<<",
    ]);
    let value = proptest::collection::vec(bits, 0..6).prop_map(|bits| bits.concat());
    let value = prop_oneof![
        value.clone(),
        value.clone().prop_map(|v| format!("'{v}'")),
        value.clone().prop_map(|v| format!("\"{v}\"")),
        proptest::collection::vec(value, 0..3).prop_map(|items| format!("[{}]", items.join(", "))),
    ];
    proptest::collection::vec((key, value), 1..4)
        .prop_map(|lines| lines.into_iter().map(|(key, value)| format!("-- {key}: {value}\n")).collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn what_is_written_reads_back(header in header()) {
        let text = render_header(&header);
        prop_assert_eq!(read(&text), Ok(header), "{}", text);
    }

    #[test]
    fn the_scanner_agrees_with_yaml(text in lines()) {
        if let Some([fast, slow]) = both_ways(&text) {
            prop_assert_eq!(fast, slow, "{}", text);
        }
    }

    #[test]
    fn no_text_panics(text in "(-- )?(revision|@upgrade|message|[a-z]*): ?\\PC*\n?(-- \\PC*\n)*") {
        let _ = read(&text).map_err(|error| error.span().slice(&text).len());
    }
}
