//! Properties that hold for every text.

use proptest::prelude::*;

use super::Dialect;
use crate::sql::{
    Lexer, StatementKind, fingerprint, keywords, quote_identifier, quote_literal, refuses_transaction, split,
};

const DIALECTS: [Dialect; 3] = [Dialect::POSTGRES, Dialect::MYSQL, Dialect::SQLITE];

/// Fragments of SQL, with all constructs that are hard to lex.
const FRAGMENTS: [&str; 84] = [
    " ",
    "\n",
    "\r\n",
    "\t",
    ";",
    ";;",
    "'",
    "''",
    "\"",
    "`",
    "[",
    "]",
    "(",
    ")",
    "$",
    "$$",
    "$a$",
    "$1",
    "a$b$",
    "\\",
    "\\.",
    "\\.\n",
    "\\restrict x\n",
    "\\N",
    "\\'",
    "--",
    "-- ",
    "-- x\n",
    "#",
    "/*",
    "*/",
    "/* x */",
    "/*!",
    "/*!50003 ",
    "/*M!100100 ",
    "/*M!999999\\- ",
    "E'",
    "e'\\'",
    "U&'",
    "U&\"",
    "N'",
    "x'",
    "1",
    "1e",
    "1.5",
    "0x1F",
    "+",
    "-",
    "<=>",
    ":",
    ":=",
    "::",
    "@",
    ".",
    "ü",
    "\u{feff}",
    "\0",
    "DELIMITER ",
    "DELIMITER //\n",
    "DELIMITER ;\n",
    "//",
    "CREATE ",
    "CREATE FUNCTION f() ",
    "PROCEDURE p() ",
    "TRIGGER t ",
    "FOR EACH ROW ",
    "EVENT e DO ",
    "BEGIN ",
    "BEGIN ATOMIC ",
    "NOT ATOMIC ",
    "END",
    " END ",
    "IF ",
    "THEN ",
    "ELSE ",
    "CASE ",
    "LOOP ",
    "REPEAT ",
    "WHILE ",
    "DECLARE EXIT HANDLER FOR ",
    "COPY t FROM stdin",
    "SELECT 1",
    "COMMIT",
    "DO ",
];

fn near_sql() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(&FRAGMENTS[..]), 0..40).prop_map(|parts| parts.concat())
}

fn holds(text: &str, dialect: Dialect) {
    let mut lexed = 0;
    for token in Lexer::new(text, dialect) {
        let Ok(token) = token else { break };
        assert_eq!(token.span.start, lexed);
        assert!(token.span.end > lexed && text.is_char_boundary(token.span.end));
        lexed = token.span.end;
    }
    match split(text, dialect) {
        Err(error) => assert!(text.get(error.span.range()).is_some(), "{error:?}"),
        Ok(pieces) => {
            let mut end = 0;
            for piece in &pieces {
                assert_eq!(piece.span.start, end, "a gap");
                assert!(piece.span.end > piece.span.start, "an empty piece");
                assert!(
                    piece.span.start <= piece.sql.start && piece.sql.end <= piece.span.end,
                    "sql outside its piece"
                );
                assert!(text.get(piece.sql.range()).is_some() && text.get(piece.span.range()).is_some());
                assert_eq!(piece.kind == StatementKind::Nothing, piece.sql.is_empty(), "{piece:?}");
                assert_eq!(piece.sql.slice(text), piece.sql.slice(text).trim_matches([' ', '\n', '\t']));
                end = piece.span.end;
            }
            assert_eq!(end, text.len());
        }
    }
    assert_eq!(fingerprint(text, dialect).len(), 64);
    let _ = (keywords(text, dialect).count(), refuses_transaction(text, dialect));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn pieces_of_any_text_give_the_text_back(text in any::<String>()) {
        DIALECTS.iter().for_each(|dialect| holds(&text, *dialect));
    }

    #[test]
    fn pieces_of_texts_near_sql_give_the_text_back(text in near_sql()) {
        DIALECTS.iter().for_each(|dialect| holds(&text, *dialect));
    }

    #[test]
    fn line_ends_do_not_change_the_fingerprint(text in near_sql()) {
        let unix = text.replace('\r', "");
        let dos = unix.replace('\n', "\r\n");
        for dialect in DIALECTS {
            prop_assert_eq!(fingerprint(&unix, dialect), fingerprint(&dos, dialect), "{:?}", dialect);
        }
    }

    #[test]
    fn a_quoted_text_is_one_token(text in any::<String>(), before in prop::sample::select(vec!["", "x = ", "("])) {
        for dialect in DIALECTS {
            for quoted in [quote_literal(&text.replace('\0', ""), dialect), quote_identifier(&text, dialect)] {
                let statement = format!("{before}{quoted}");
                let tokens: Vec<_> = Lexer::new(&statement, dialect).map(Result::unwrap).collect();
                prop_assert_eq!(tokens.last().unwrap().span.slice(&statement), quoted);
            }
        }
    }
}

/// Long repetitions, among them openings that are never closed.
#[test]
fn long_repetitions_split_like_short_ones() {
    let shapes = [
        "a", "$", "$a", "$a$ ", "''", "'\n", "E'a'\n", "/*", "/*!1 ", "*/", "-", "(", "\\.\n", "CASE ", "BEGIN ", ";",
        "x$$", "END;",
    ];
    let openings = ["", "DELIMITER $$\n", "COPY t FROM stdin;\n", "CREATE PROCEDURE p() BEGIN ", "SELECT $q$"];
    for dialect in DIALECTS {
        for (opening, shape) in openings.iter().flat_map(|opening| shapes.iter().map(move |shape| (opening, shape))) {
            holds(&format!("{opening}{}", shape.repeat(4_000)), dialect);
        }
    }
}
