//! Tests with Python revisions in many styles, compared with the values that Python would compute.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fmt::Write as _;

use proptest::prelude::*;

use super::*;
use crate::diagnostic::position;

fn constants() -> Constants {
    let one = |name: &str, value: &str| (name.to_owned(), vec![value.to_owned()]);
    Constants::from([
        one("cli.EXPAND_BRANCH", "expand"),
        one("ROOT", "root0"),
        ("labels.BOTH".to_owned(), vec!["a".to_owned(), "b".to_owned()]),
    ])
}

fn read_file(text: &str) -> Result<Option<PythonRevision>, PythonError> {
    read("x.py", text, &constants())
}

/// Formats a revision as `id <- parents ^depends_on #labels`.
#[track_caller]
fn line(text: &str) -> String {
    let found = read_file(text).unwrap_or_else(|error| panic!("{error:?}\n{text}")).expect(text);
    let ids: Vec<&str> = found.down_revisions.iter().map(RevisionId::as_str).collect();
    let mut line = format!("{} <- {}", found.revision, ids.join(","));
    for (sign, texts) in [('^', &found.depends_on), ('#', &found.branch_labels)] {
        if !texts.is_empty() {
            let _ = write!(line, " {sign}{}", texts.join(","));
        }
    }
    line
}

use crate::id::RevisionId;

#[test]
fn assignments_are_read_in_every_style() {
    for (text, expected) in [
        ("revision = 'a1'\ndown_revision = None\n", "a1 <- "),
        ("revision='a1'\ndown_revision='b2'", "a1 <- b2"),
        ("revision = \"a1\"\r\ndown_revision = \"b2\"\r\n", "a1 <- b2"),
        ("revision: str = 'a1'\ndown_revision: Union[str, None] = 'b2'\n", "a1 <- b2"),
        ("revision: str='a1'\ndown_revision: Union[str, Sequence[str], None]='b2'\n", "a1 <- b2"),
        ("revision:str='a1'\ndown_revision: \"str | None\" = 'b2'\n", "a1 <- b2"),
        ("revision: Final[str] = 'a1'\ndown_revision: t.Optional[t.Tuple[str, ...]] = ('b2', 'c3')\n", "a1 <- b2,c3"),
        ("revision: str\nrevision = 'a1'\ndown_revision: str | None = None\n", "a1 <- "),
        ("revision = u'a1'\ndown_revision = U\"b2\"\n", "a1 <- b2"),
        ("revision = r'a1'\ndown_revision = f'b2'\n", "a1 <- b2"),
        ("revision = ('a1')\ndown_revision = (\n    'b2'\n)\n", "a1 <- b2"),
        ("revision = '''a1'''\ndown_revision = \"\"\"b2\"\"\"\n", "a1 <- b2"),
        ("revision = 'a' '1'\ndown_revision = ('b'\n  \"2\")\n", "a1 <- b2"),
        ("revision = 'a1'  # the id\ndown_revision = 'b2'# 'c3'\n", "a1 <- b2"),
        ("revision = 'a1'\ndown_revision = ('b2', 'c3')\n", "a1 <- b2,c3"),
        ("revision = 'a1'\ndown_revision = 'b2', 'c3'\n", "a1 <- b2,c3"),
        ("revision = 'a1'\ndown_revision = 'b2',\n", "a1 <- b2"),
        ("revision = 'a1'\ndown_revision = ['b2', 'c3',]\n", "a1 <- b2,c3"),
        ("revision = 'a1'\ndown_revision = {'b2'}\n", "a1 <- b2"),
        ("revision = 'a1'\ndown_revision = ()\n", "a1 <- "),
        ("revision = 'a1'\ndown_revision = (None,)\n", "a1 <- "),
        ("revision = 'a1'\ndown_revision = tuple(['b2', 'c3'])\n", "a1 <- b2,c3"),
        ("revision = 'a1'\ndown_revision = (  # both\n  'b2',  # one\n\n  # and\n  'c3',\n)\n", "a1 <- b2,c3"),
        ("revision = \\\n    'a1'\ndown_revision \\\n = 'b2'\n", "a1 <- b2"),
        ("revision = 'a1'; down_revision = 'b2'; depends_on = None;\n", "a1 <- b2"),
        (
            "revision = 'x'\nrevision = 'a1'\ndown_revision = None\ndef upgrade(): pass\ndown_revision = 'b2'\n",
            "a1 <- b2",
        ),
        ("revision = rev = 'a1'\ndown = down_revision = 'b2'\n", "a1 <- b2"),
        ("revision, down_revision = 'a1', 'b2'\n", "a1 <- b2"),
        ("revision, down_revision = ('a1', None)\n", "a1 <- "),
        ("PREVIOUS = 'b2'\nrevision = 'a1'\ndown_revision = PREVIOUS\n", "a1 <- b2"),
        ("A = 'a'\nB = A\nrevision = B + '1'\ndown_revision = f'{A}2'\n", "a1 <- a2"),
        ("A = 'x'\nrevision = A\nA = 'y'\ndown_revision = None\n", "x <- "),
        ("revision = 'a1'\ndown_revision = None\ndepends_on = \"\"\nbranch_labels = ''\n", "a1 <- "),
        ("revision = 'a1'\ndown_revision = None\ndepends_on = ('b2')\nbranch_labels = 'one'\n", "a1 <-  ^b2 #one"),
        (
            "revision = 'a1'\ndown_revision = None\ndepends_on = ['b2', \"c3\"]\nbranch_labels = ('one', 'two')\n",
            "a1 <-  ^b2,c3 #one,two",
        ),
        (
            "from m import cli\nrevision = 'a1'\ndown_revision = ROOT\nbranch_labels = (cli.EXPAND_BRANCH,)\n",
            "a1 <- root0 #expand",
        ),
        ("revision = 'a1'\ndown_revision = ROOT\nbranch_labels = labels . BOTH\n", "a1 <- root0 #a,b"),
        ("\u{feff}# -*- coding: utf-8 -*-\nrevision = 'größe'\ndown_revision = '045'\n", "größe <- 045"),
        ("revision = '0'\ndown_revision = None", "0 <- "),
        ("revision = '0.57.0rc1'\ndown_revision = '2023_1_expand01'", "0.57.0rc1 <- 2023_1_expand01"),
        ("revision = '1b2c3d4e5f6g'\ndown_revision = '1b2c'", "1b2c3d4e5f6g <- 1b2c"),
    ] {
        assert_eq!(line(text), expected, "{text}");
    }
}

#[test]
fn bodies_docstrings_and_comments_do_not_count() {
    let text = r#"'''Says revision = 'no'
revision = "no"
'''
# revision = 'no'
import sqlalchemy as sa
from alembic import op  # revision = 'no'
TABLE = sa.table("t", sa.column("revision"))
revision = 'a1'
down_revision = 'b2'
rows = """
revision = 'no'
"""; more = f"{TABLE['x']} revision = 'no'"
def upgrade():
    revision = 'no'
    down_revision: str = "no"
    op.execute("""
revision = 'no'
    """)
    print "revision = 'no'", `x`, 0777, ur'\d'
	tab = 1
class Thing(object):
  revision = 'no'
  def f(self): revision = 'no'

@decorated(revision='no')
async def g():
    if 1:
revision_note = 'x'
op.revision = 'no'
thing["revision"] = 'no'
print(revision == 'no', "down_revision = ")
if __name__ == "__main__":
    print(revision)
"#;
    let text = text.replace("    if 1:\n", "    if 1: pass\n");
    assert_eq!(line(&text), "a1 <- b2");
}

#[test]
fn what_has_to_be_run_is_an_error_at_its_place() {
    for (text, place, part, message) in [
        (
            "revision = get_revision()\ndown_revision = None",
            1,
            "get_revision()",
            "`revision` cannot be read without running the file",
        ),
        (
            "revision = f'{now():%Y}'\ndown_revision = None",
            1,
            "f'{now():%Y}'",
            "`revision` cannot be read without running the file",
        ),
        (
            "revision = 'a1'\ndown_revision = 'b%s' % 2",
            2,
            "'b%s' %",
            "`down_revision` cannot be read without running the file",
        ),
        (
            "revision = 'a1'\ndown_revision = [x for x in y]",
            2,
            "x",
            "`down_revision` is the value of `x`, which is defined elsewhere",
        ),
        (
            "revision = 'a1'\ndown_revision = None\nbranch_labels = (base.LABEL,)",
            3,
            "base.LABEL",
            "`branch_labels` is the value of `base.LABEL`, which is defined elsewhere",
        ),
        (
            "from base import down_revision\nrevision = 'a1'",
            1,
            "down_revision",
            "`down_revision` is the value of `down_revision`, which is defined elsewhere",
        ),
        (
            "revision = 'a1'\nif x:\n    down_revision = 'b2'\nelse:\n    down_revision = None",
            5,
            "down_revision",
            "`down_revision` is set in a conditional block",
        ),
        (
            "revision = 'a1'\nif x: down_revision = 'b2'",
            2,
            "down_revision",
            "`down_revision` is set in a conditional block",
        ),
        (
            "revision = 'a1'\ndown_revision = 'b'\ndown_revision += '2'",
            3,
            "down_revision",
            "`down_revision` cannot be read without running the file",
        ),
        ("revision = 17\ndown_revision = None", 1, "17", "`revision` is a number, not text"),
        ("revision = None\ndown_revision = None", 1, "revision", "`revision` is None, not text"),
        (
            "revision = 'a1'\ndown_revision = 17",
            2,
            "17",
            "`down_revision` is a number, not None, text or a collection of texts",
        ),
        (
            "revision = 'a1'\ndown_revision = b'b2'",
            2,
            "b'b2'",
            "`down_revision` is bytes, not None, text or a collection of texts",
        ),
        ("revision = 'a-1'\ndown_revision = None", 1, "'a-1'", "`revision`: the revision id \"a-1\" holds '-'"),
        ("revision = 'a1'\ndown_revision = ''", 2, "''", "`down_revision`: a revision id is empty"),
        ("revision = 'a1'\n", 1, "'a1'", "there is no `down_revision`"),
        ("revision = 'a1\ndown_revision = None", 1, "'a1", "this is not Python: the string does not end"),
        ("revision = 'a1'\ndown_revision = ('b2'", 2, "", "this is not Python: the bracket is not closed"),
    ] {
        let error = read_file(text).expect_err(text);
        assert_eq!(error.to_string(), message, "{text}");
        assert_eq!((position(text, error.span.start).line, error.span.slice(text)), (place, part), "{text}");
    }
}

#[test]
fn an_error_knows_the_revision_where_it_can_be_read() {
    let error = read_file("down_revision = f()\nrevision = 'a1'").unwrap_err();
    assert_eq!(error.revision.as_deref(), Some("a1"));
    assert_eq!(read_file("revision = f()\ndown_revision = None").unwrap_err().revision, None);
}

#[test]
fn files_without_a_revision_are_none() {
    for text in ["", "\n\n", "# nothing\n", "def upgrade(): pass\n", "revision: str\n", "x = 'revision'\n"] {
        assert_eq!(read_file(text), Ok(None), "{text:?}");
    }
    let legacy = read("3f2a.py", "down_revision = None\n", &Constants::new()).unwrap().unwrap();
    assert_eq!(legacy.revision.as_str(), "3f2a");
}

#[test]
fn messages_and_dates_come_from_the_docstring_alone() {
    let of = |text: &str| {
        let found = read_file(text).unwrap().unwrap();
        (found.message.unwrap_or_default(), found.created.unwrap_or_default())
    };
    let tail = "revision = 'a1'\ndown_revision = 'b2'\n";
    let doc = "Add *stuff*\nto it.\n\nRevision ID: no\nRevises: wrong\nCreate Date: 2020-01-02 03:04:05.000006\n";
    let both = ("Add *stuff* to it.".to_owned(), "2020-01-02T03:04:05.000006Z".to_owned());
    assert_eq!(of(&format!("\"\"\"{doc}\"\"\"\n{tail}")), both);
    assert_eq!(of(&format!("# cookie\n\nu'''\n{doc}'''\n{tail}")), both);
    assert_eq!(of(&format!("r\"\"\"{}\"\"\"\r\n{tail}", doc.replace('\n', "\r\n"))), both);
    let none = (String::new(), String::new());
    assert_eq!(of(&format!("import os\n\"\"\"{doc}\"\"\"\n{tail}")), none, "not the first statement");
    assert_eq!(of(&format!("f'''{doc}'''\n{tail}")), none);
    assert_eq!(of(tail), none);
}

#[test]
fn the_places_of_variables_are_found_again() {
    let text = "revision = 'x'\ndown_revision = None\nrevision = 'a1'\n";
    let place = place_of(text, Variable::Revision).unwrap();
    assert_eq!(position(text, place.start).line, 3);
    assert_eq!(place_of(text, Variable::DependsOn), None);
}

#[test]
fn names_of_files_are_taken_as_alembic_takes_them() {
    for name in ["a.py", ".hidden.py", "3f2a_x.py"] {
        assert!(is_revision_file(name.as_bytes()), "{name}");
    }
    for name in ["__init__.py", "__init__old.py", ".#a.py", "a.pyc", "a.sql", "._a.py"] {
        assert!(!is_revision_file(name.as_bytes()), "{name}");
    }
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in "[a-c'\"\\\\\n\r\t (){}\\[\\]=:;,.#+frevision_down é]{0,120}") {
        let _ = read_file(&text);
        let _ = read_file(&format!("revision = {text}"));
        let _ = place_of(&text, Variable::Revision);
    }

    #[test]
    fn texts_come_back_as_they_were_written(id in "[a-z0-9_.]{1,12}", parents in proptest::collection::vec("[a-z0-9_]{1,12}", 0..4)) {
        let quoted: Vec<_> = parents.iter().map(|parent| format!("'{parent}',")).collect();
        let text = format!("revision = \"{id}\"\ndown_revision = ({})\n", quoted.join("\n  "));
        prop_assert_eq!(line(&text), format!("{id} <- {}", parents.join(",")));
    }
}
