//! Python revision files in all common styles: aludel parses from the text what Alembic reads by executing them.

use std::collections::BTreeMap;

use crate::support::alembic;
use crate::support::project::{Kind, Project};

/// An `env.py` that connects to no database and prints what Alembic read from each file.
const DUMP: &str = r#"import json
from alembic import context

def listed(value):
    if value is None:
        return []
    return [value] if isinstance(value, str) else list(value)

script = context.script
found = {}
for revision in script.walk_revisions():
    found[revision.revision] = {
        "down_revision": listed(revision.down_revision),
        "depends_on": [d for d in listed(revision.dependencies) if d],
        "branch_labels": sorted(l for l in revision._orig_branch_labels if l),
        "message": " ".join(revision.doc.split()) or None,
        "heads": sorted(script.get_heads()),
        "is_head": revision.is_head,
        "is_base": revision.is_base,
        "is_branch_point": revision.is_branch_point,
        "is_merge_point": revision.is_merge_point,
    }
print("DUMP" + json.dumps(found))
"#;

const TAIL: &str = "\n\ndef upgrade():\n    pass\n\n\ndef downgrade():\n    pass\n";

/// Returns one file for each style. All except the first follow `base0`, or set their own parent.
fn styles() -> Vec<(&'static str, Vec<u8>)> {
    let mut files: Vec<(&'static str, Vec<u8>)> = Vec::new();
    let mut add = |name: &'static str, text: &str| files.push((name, text.as_bytes().to_vec()));
    add(
        "base.py",
        "\"\"\"The base\n\nRevision ID: base0\nRevises: wrong\n\"\"\"\nrevision = 'base0'\ndown_revision = None\n",
    );
    add("plain.py", "revision = 'plain'\ndown_revision = 'base0'\nbranch_labels = None\ndepends_on = None\n");
    add("double.py", "revision = \"double\"\ndown_revision = \"base0\"\n");
    add(
        "annotated.py",
        "from typing import Sequence, Union\nrevision: str = 'annotated'\ndown_revision: Union[str, Sequence[str], None] = 'base0'\nbranch_labels: Union[str, Sequence[str], None] = None\ndepends_on: Union[str, Sequence[str], None] = None\n",
    );
    add(
        "annotated_black.py",
        "from typing import Optional, Sequence\nrevision: str = \"annotated2\"\ndown_revision: Optional[str] = \"base0\"\nbranch_labels: Optional[Sequence[str]] = (\"black\",)\n",
    );
    add("annotated_quoted.py", "revision: 'str' = 'annotated3'\ndown_revision: 'str | None' = 'base0'\n");
    add(
        "annotated_first.py",
        "revision: str\ndown_revision: 'str | None'\nrevision = 'annotated4'\ndown_revision = 'base0'\n",
    );
    add(
        "annotated_final.py",
        "from typing import Final\nrevision: Final = 'annotated5'\ndown_revision: Final = 'base0'\n",
    );
    add("unicode_prefix.py", "revision = u'uprefix'\ndown_revision = u'base0'\n");
    add("raw.py", "revision = r'raw'\ndown_revision = R'base0'\n");
    add("parentheses.py", "revision = ('parentheses')\ndown_revision = (\n    'base0'\n)\n");
    add("tuple_one.py", "revision = 'tuple1'\ndown_revision = ('base0',)\n");
    add("merge_tuple.py", "revision = 'merge1'\ndown_revision = ('plain', 'double')\n");
    add("merge_list.py", "revision = 'merge2'\ndown_revision = ['annotated', 'annotated2']\n");
    add("merge_bare.py", "revision = 'merge3'\ndown_revision = 'annotated3', 'annotated4'\n");
    add(
        "merge_lines.py",
        "revision = 'merge4'\ndown_revision = (\n    # the left side\n    'merge1',  # with a comment\n\n    'merge2',\n)  # done\n",
    );
    add("merge_call.py", "revision = 'merge5'\ndown_revision = tuple(['raw', 'uprefix'])\n");
    add("labels_text.py", "revision = 'labels1'\ndown_revision = 'base0'\nbranch_labels = 'one'\n");
    add("labels_tuple.py", "revision = 'labels2'\ndown_revision = 'base0'\nbranch_labels = ('two', 'three')\n");
    add("labels_not_tuple.py", "revision = 'labels3'\ndown_revision = 'base0'\nbranch_labels = ('four')\n");
    add("labels_list.py", "revision = 'labels4'\ndown_revision = 'base0'\nbranch_labels = ['five',]\n");
    add("labels_empty.py", "revision = 'labels5'\ndown_revision = 'base0'\nbranch_labels = ()\n");
    add("labels_set.py", "revision = 'labels6'\ndown_revision = 'base0'\nbranch_labels = {'six'}\n");
    add("depends_text.py", "revision = 'depends1'\ndown_revision = 'base0'\ndepends_on = 'plain'\n");
    add("depends_empty.py", "revision = 'depends2'\ndown_revision = 'base0'\ndepends_on = ''\n");
    add("depends_several.py", "revision = 'depends3'\ndown_revision = 'base0'\ndepends_on = ('plain', \"one\")\n");
    add("depends_list.py", "revision = 'depends4'\ndown_revision = 'base0'\ndepends_on = []\n");
    add("concatenated.py", "revision = 'conc' 'atenated'\ndown_revision = ('ba'\n                 \"se0\")\n");
    add("continued.py", "revision = \\\n    'continued'\ndown_revision \\\n    = 'base0'\n");
    add("triple.py", "revision = '''triple'''\ndown_revision = \"\"\"base0\"\"\"\n");
    add("comments.py", "# revision = 'no'\nrevision = 'comments'  # revision = 'no'\ndown_revision = 'base0'# 'no'\n");
    add(
        "twice.py",
        "revision = 'no'\nrevision = 'twice'\ndown_revision = None\n\ndef upgrade():\n    pass\n\ndown_revision = 'base0'\n",
    );
    add("semicolons.py", "revision = 'semicolons'; down_revision = 'base0'; depends_on = None;\n");
    add("unpacked.py", "revision, down_revision = 'unpacked', 'base0'\n");
    add("chained.py", "revision = identifier = 'chained'\nparent = down_revision = 'base0'\n");
    add(
        "constant.py",
        "PARENT = 'base0'\nNAME = 'const'\nrevision = NAME + 'ant'\ndown_revision = PARENT\nLABELS = ('seven', 'eight')\nbranch_labels = LABELS\n",
    );
    add("formatted.py", "NUMBER = '17'\nrevision = f'formatted{NUMBER}'\ndown_revision = f'base0'\n");
    add("zero.py", "revision = '0'\ndown_revision = 'base0'\n");
    add("octal.py", "revision = '045'\ndown_revision = '0'\n");
    add("version.py", "revision = '0.57.0rc1'\ndown_revision = '045'\n");
    add("not_hex.py", "revision = '1b2c3d4e5f6g'\ndown_revision = '0.57.0rc1'\n");
    add("prefix.py", "revision = '1b2c'\ndown_revision = '1b2c3d4e5f6g'\n");
    add("neutron.py", "revision = '2023_1_expand01'\ndown_revision = '1b2c'\n");
    add("unicode_id.py", "revision = 'größe'\ndown_revision = 'base0'\n");
    add(
        "crlf.py",
        "\"\"\"Lines end\r\nas on Windows\r\n\r\nRevision ID: x\r\n\"\"\"\r\nrevision = 'crlf'\r\ndown_revision = 'base0'\r\ndepends_on = (\r\n    'plain',\r\n)\r\n",
    );
    add("bom.py", "\u{feff}\"\"\"With a mark\"\"\"\nrevision = 'bom'\ndown_revision = 'base0'\n");
    add("no_newline.py", "revision = 'nonewline'\ndown_revision = 'base0'");
    add(
        "cookie.py",
        "#!/usr/bin/env python\n# -*- coding: utf-8 -*-\n'''Größe der Tabelle'''\nrevision = 'cookie'\ndown_revision = 'base0'\n",
    );
    add("doc_single.py", "'One line'\nrevision = 'doc1'\ndown_revision = 'base0'\n");
    add(
        "doc_escapes.py",
        "\"\"\"Adds \\\"it\\\" \\u00fc \\x41\\\n here\n\nRevises: no\n\"\"\"\nrevision = 'doc2'\ndown_revision = 'base0'\n",
    );
    add("doc_after_imports.py", "import os\n\"\"\"Not a docstring\"\"\"\nrevision = 'doc3'\ndown_revision = 'base0'\n");
    add(
        "doc_blank.py",
        "\"\"\"\n\nLeading lines\n   and more\n \nstill\n\nnot\n\"\"\"\nrevision = 'doc4'\ndown_revision = 'base0'\n",
    );
    add("doc_concatenated.py", "'Two ' \"parts\"\nrevision = 'doc5'\ndown_revision = 'base0'\n");
    add(
        "doc_future.py",
        "# comment\n\n\"\"\"Before the future\"\"\"\nfrom __future__ import annotations\nrevision: str = 'doc6'\ndown_revision: str | None = 'base0'\n",
    );
    add(
        "bodies.py",
        "import functools\nrevision = 'bodies'\ndown_revision = 'base0'\nTEXT = \"\"\"\nrevision = 'no'\ndown_revision = 'no'\n\"\"\"\n\nclass Thing:\n    revision = 'no'\n\ndef f(revision='no', *, down_revision=None):\n    revision = 'no'\n    def g():\n    \trevision = 'no'\n    return {'revision': revision}\n\n@functools.lru_cache(maxsize=None)\ndef h(): revision = 'no'; down_revision = 'no'\n\nif __name__ == '__main__':\n    print(revision)\nfor name in (\"revision\", 'down_revision'):\n    assert name != 'revision' or True, \"revision = 'no'\"\ntry:\n    import nothing_at_all\nexcept ImportError: nothing_at_all = None\nwith open(__file__) as handle: pass\nmatch = [\"revision = 'no'\", '''x''']\nrevision_count = 3\nthing = dict(revision='no', down_revision='no')\nx = lambda revision=1: revision\nprint_ = f\"{thing['revision']} {{'revision'}} \\\" revision = 'no'\"\n",
    );
    add(".hidden.py", "revision = 'hidden'\ndown_revision = 'base0'\n");
    add("dotted.name.py", "revision = 'dotted'\ndown_revision = 'base0'\n");
    // Files that Alembic ignores.
    add("__init__.py", "revision = 'no'\ndown_revision = 'nowhere'\n");
    add(".#lock.py", "revision = 'no'\ndown_revision = 'nowhere'\n");
    add("notes.txt", "revision = 'no'\n");
    add("old.pyc", "no");
    let mut latin =
        b"# coding: latin-1\n\"\"\"Gr\xf6\xdfe\"\"\"\nrevision = 'latin'\ndown_revision = 'base0'\n".to_vec();
    latin.extend_from_slice(TAIL.as_bytes());
    files.push(("latin.py", latin));
    files
}

/// Returns what Alembic reads from the project's files, by id.
fn theirs(project: &Project) -> BTreeMap<String, serde_json::Value> {
    project.write("mig/env.py", DUMP);
    let run = alembic::run(project, &["current"]);
    let line = run.stdout.lines().find_map(|line| line.strip_prefix("DUMP"));
    serde_json::from_str(line.unwrap_or_else(|| panic!("{}{}", run.stdout, run.stderr))).unwrap()
}

/// Returns what aludel reads from them, in the same form.
fn ours(project: &Project) -> BTreeMap<String, serde_json::Value> {
    let heads = project.json(&["heads"]);
    let mut heads: Vec<String> = heads["services"][0]["heads"]
        .as_array()
        .unwrap_or_else(|| panic!("{heads}"))
        .iter()
        .map(|head| head["revision"].as_str().unwrap().to_owned())
        .collect();
    heads.sort();
    let history = project.json(&["history"]);
    let revisions = history["services"][0]["revisions"].as_array().unwrap();
    let one = |revision: &serde_json::Value| {
        let mut labels: Vec<&str> =
            revision["branch_labels"].as_array().unwrap().iter().map(|label| label.as_str().unwrap()).collect();
        labels.sort();
        let value = serde_json::json!({
            "down_revision": revision["down_revision"], "depends_on": revision["depends_on"], "branch_labels": labels,
            "message": revision["message"], "heads": heads, "is_head": revision["is_head"], "is_base": revision["is_base"],
            "is_branch_point": revision["is_branch_point"], "is_merge_point": revision["is_merge_point"],
        });
        (revision["revision"].as_str().unwrap().to_owned(), value)
    };
    revisions.iter().map(one).collect()
}

#[test]
fn every_style_is_read_as_alembic_reads_it() {
    let (project, _) = alembic::project(Kind::Sqlite);
    for (name, mut bytes) in styles() {
        if name.ends_with(".py") && bytes.ends_with(b"\n") {
            bytes.extend_from_slice(TAIL.as_bytes());
        }
        std::fs::write(project.path("mig/versions").join(name), bytes).unwrap();
    }
    std::fs::create_dir_all(project.path("mig/versions/__pycache__")).unwrap();
    project.write("mig/versions/__pycache__/no.py", "revision = 'no'\ndown_revision = 'nowhere'\n");
    let (theirs, ours) = (theirs(&project), ours(&project));
    assert!(theirs.len() > 55, "{}", theirs.len());
    for (id, expected) in &theirs {
        assert_eq!(ours.get(id), Some(expected), "{id}");
    }
    assert_eq!(ours.len(), theirs.len());
}

#[test]
fn dated_and_nested_folders_are_read_where_the_config_says_so() {
    let (project, _) = alembic::project(Kind::Sqlite);
    let file = |id: &str, down: &str| format!("revision = '{id}'\ndown_revision = {down}\n{TAIL}");
    project.write("mig/versions/2024/05/a.py", &file("aaa1", "None"));
    project.write("mig/versions/2024/06/b.py", &file("bbb2", "'aaa1'"));
    project.write("mig/versions/c.py", &file("ccc3", "'bbb2'"));
    project.write("mig/versions/__pycache__/x.py", &file("no", "'nowhere'"));
    let ini = std::fs::read_to_string(project.path("alembic.ini")).unwrap();
    project.write("alembic.ini", &format!("{ini}recursive_version_locations = true\n"));
    let config = std::fs::read_to_string(project.path("aludel.yaml")).unwrap();
    project.write("aludel.yaml", &format!("{config}    recursive: true\n"));
    let ours = ours(&project);
    assert_eq!(ours.len(), 3);
    // Alembic supports nested folders since 1.10.
    let version = alembic::run(&project, &["--version"]).stdout;
    let minor: u32 = version.split('.').nth(1).and_then(|minor| minor.parse().ok()).unwrap();
    if minor >= 10 {
        assert_eq!(theirs(&project), ours);
    }
}

#[test]
fn constants_of_other_modules_come_from_the_config() {
    let (project, _) = alembic::project(Kind::Sqlite);
    let text = "from neutron.db.migration import cli\nrevision = 'aaa1'\ndown_revision = None\nbranch_labels = (cli.EXPAND_BRANCH,)\n";
    project.write("mig/versions/a.py", text);
    let refused = project.json(&["heads"]);
    let error = &refused["error"];
    assert_eq!((error["code"].as_str(), &error["line"]), (Some("python-unreadable"), &4.into()), "{refused}");
    let hint = error["hints"][0].as_str().unwrap();
    assert!(hint.ends_with("constants:\n  cli.EXPAND_BRANCH: VALUE"), "{hint}");
    let config = std::fs::read_to_string(project.path("aludel.yaml")).unwrap();
    project.write("aludel.yaml", &format!("constants:\n  cli.EXPAND_BRANCH: expand\n{config}"));
    assert_eq!(project.json(&["heads"])["services"][0]["heads"][0]["branch_labels"][0], "expand");
}

#[test]
fn an_sql_file_wins_over_a_python_file_that_cannot_be_read() {
    let (project, _) = alembic::project(Kind::Sqlite);
    project.write("mig/versions/a.py", "revision = 'aaa1'\ndown_revision = parent_of('aaa1')\n");
    assert_eq!(project.json(&["heads"])["error"]["line"], 2);
    project.write("mig/versions/a.sql", "-- revision: aaa1\n\n-- @upgrade\n\n-- @downgrade\n");
    assert_eq!(project.json(&["heads"])["services"][0]["heads"][0]["path"], "mig/versions/a.sql");
}

#[test]
fn errors_of_the_graph_point_at_the_assignment() {
    let (project, _) = alembic::project(Kind::Sqlite);
    project.write("mig/versions/a.py", "\"\"\"A\"\"\"\n\nrevision = 'aaa1'\ndown_revision = 'nowhere'\n");
    let error = &project.json(&["heads"])["error"];
    assert_eq!(
        (error["code"].as_str(), &error["line"], error["path"].as_str()),
        (Some("missing-down-revision"), &4.into(), Some("mig/versions/a.py"))
    );
    project.write("mig/versions/a.py", "revision = 'aaa1'\ndown_revision = None\n");
    project.write("mig/versions/b.py", "down_revision = None\nrevision = 'aaa1'\n");
    let error = &project.json(&["heads"])["error"];
    assert_eq!((error["code"].as_str(), &error["line"]), (Some("duplicate-revision"), &1.into()));
    assert!(error["notes"].to_string().contains("mig/versions/b.py:2"), "{error}");
}
