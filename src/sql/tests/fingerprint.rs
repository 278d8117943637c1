//! Differences that a fingerprint ignores, and those that it reflects.

use super::Dialect;
use crate::sql::fingerprint;

fn same(dialect: Dialect, texts: &[&str]) {
    let prints: Vec<String> = texts.iter().map(|text| fingerprint(text, dialect)).collect();
    for (text, print) in texts.iter().zip(&prints) {
        assert_eq!(Some(print), prints.first(), "{text}");
        assert!(print.len() == 64 && print.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')));
    }
}

fn different(dialect: Dialect, texts: &[&str]) {
    for (number, text) in texts.iter().enumerate() {
        for other in &texts[..number] {
            assert_ne!(fingerprint(text, dialect), fingerprint(other, dialect), "{text} and {other}");
        }
    }
}

#[test]
fn layout_does_not_count() {
    same(
        Dialect::POSTGRES,
        &[
            "CREATE TABLE t (a int); SELECT 1;",
            "CREATE TABLE t(a int) ;\r\nSELECT\t1;\r\n",
            "\u{feff}-- new\nCREATE TABLE t ( a int );;  /* x */ SELECT 1",
        ],
    );
    same(Dialect::POSTGRES, &["DO $$a\n\tb $$", "DO $$a\r\n\tb $$;"]);
    same(Dialect::POSTGRES, &["COPY t FROM stdin;\n1\n\\.\n", "COPY t FROM stdin;\r\n1\r\n\\.\r\n"]);
    same(Dialect::POSTGRES, &["\\restrict a\nSELECT 1;", "\\restrict b\nSELECT 1;"]);
    same(Dialect::MYSQL, &["SELECT 1; # x", "DELIMITER //\nSELECT 1//"]);
}

#[test]
fn content_counts() {
    different(
        Dialect::POSTGRES,
        &[
            "SELECT 'a b'",
            "SELECT 'a  b'",
            "SELECT 'a b '",
            "SELECT 'a', 'b'",
            "SELECT \"a b\"",
            "select 'a b'",
            "SELECT $$a b$$",
            "SELECT $$a -- c\nb$$",
            "SELECT $$a -- d\nb$$",
            "SELECT ab",
            "SELECT a b",
            "SELECT a<=b",
            "SELECT a< =b",
            "SELECT; ab",
            "",
            "SELECT a; b",
            "SELECT E'a b'",
        ],
    );
    different(
        Dialect::POSTGRES,
        &["COPY t FROM stdin;\n1\n\\.\n", "COPY t FROM stdin;\n2\n\\.\n", "COPY t FROM stdin;\n1 \n\\.\n"],
    );
    different(
        Dialect::MYSQL,
        &["/*!50003 SET a=1 */", "/*!50003 SET a=2 */", "/*!50100 SET a=1 */", "SET a=1", "/* SET a=1 */"],
    );
}

#[test]
fn the_hash_itself_never_changes() {
    // Journals contain these hashes: if the algorithm changed, applied revisions would be reported as edited.
    assert_eq!(fingerprint("", Dialect::SQLITE), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    let print = "1a5a79238b9fde89580ded866fc3d9ffa4d8406f99fdd3a37811463ab7550d7c";
    assert_eq!(fingerprint("SELECT 1;", Dialect::SQLITE), print);
}

#[test]
fn a_text_that_does_not_split_has_one_too() {
    same(Dialect::POSTGRES, &["SELECT 'a\nb", "SELECT 'a  \r\nb\r\n\r\n"]);
    different(Dialect::POSTGRES, &["SELECT 'a", "SELECT 'b", "\\connect x", "\\connect y"]);
}
